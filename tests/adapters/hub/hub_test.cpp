#include "adapters/hub/hub.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "tests/support/sample_rows.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace pumpscope::hub {

namespace {

using namespace std::chrono_literals;
using test::sample_key;

constexpr int64_t wall_ms = 1'700'000'000'123;

/// An event of a stream, taken apart.
struct event {
  std::string id = {};
  std::string type = {};
  std::string data = {};
  std::string retry = {};
  std::string comment = {};

  [[nodiscard]] boost::json::object json() const {
    return boost::json::parse(data).as_object();
  }

  [[nodiscard]] std::string seq() const {
    return std::string{json().at("seq").as_string()};
  }
};

/// Reads a stream as the standard says: fields by line, events by empty line.
std::vector<event> parse(std::string_view bytes) {
  auto result = std::vector<event>{};
  auto current = event{};
  auto is_any = false;
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    EXPECT_NE(end, std::string_view::npos);
    auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line.empty()) {
      if (is_any)
        result.push_back(current);
      current = {};
      is_any = false;
      continue;
    }
    is_any = true;
    auto colon = line.find(':');
    auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    if (value.starts_with(' '))
      value.remove_prefix(1);
    if (name.empty())
      current.comment = "comment";
    else if (name == "id")
      current.id = value;
    else if (name == "event")
      current.type = value;
    else if (name == "data")
      current.data = value;
    else if (name == "retry")
      current.retry = value;
    else
      ADD_FAILURE() << "unknown field " << name;
  }
  EXPECT_FALSE(is_any) << "an event is not at its end";
  return result;
}

/// A subscriber that reads all there is when it is asked to.
struct subscriber {
  std::shared_ptr<http::body_source> source = {};
  bool is_at_end = false;
  size_t wakes = 0;

  std::vector<event> read(size_t bytes_max = 1 << 16) {
    auto bytes = std::string{};
    auto texts = std::vector<std::shared_ptr<const std::string>>{};
    do {
      texts.clear();
      is_at_end = !source->next(texts, bytes_max);
      for (auto& text : texts)
        bytes += *text;
    } while (!texts.empty() && !is_at_end);
    return parse(bytes);
  }
};

std::vector<std::string> types_of(const std::vector<event>& x) {
  auto result = std::vector<std::string>{};
  for (auto& each : x)
    result.push_back(each.retry.empty() ? each.type : "retry");
  return result;
}

using types = std::vector<std::string>;

class hub_test : public ::testing::Test {
protected:
  void make(hub_settings settings = {}) {
    settings.server = "abc";
    sut_ = std::make_unique<hub>(settings);
  }

  std::unique_ptr<subscriber> follow(const std::string& topics,
                                     const std::string& last_event_id = {}) {
    auto names = parse_topics(topics);
    EXPECT_TRUE(names) << topics;
    auto result = std::make_unique<subscriber>();
    result->source = sut_->subscribe(*names, last_event_id, now_);
    if (result->source)
      result->source->on_wake([x = result.get()] { ++x->wakes; });
    return result;
  }

  /// One that has read its beginning.
  std::unique_ptr<subscriber> follow_on(const std::string& topics) {
    auto result = follow(topics);
    result->read();
    return result;
  }

  void publish(std::vector<messages::publication> items) {
    auto x = messages::publication_batch{};
    x.number = 1;
    x.fence = 7;
    x.items = std::move(items);
    sut_->publish(x, now_, wall_ms);
  }

  void pass(std::chrono::milliseconds x) {
    now_ += x;
    sut_->tick(now_);
  }

  std::unique_ptr<hub> sut_ = {};
  hub::time_point now_ = hub::time_point{1h};
};

std::string name(uint64_t number) {
  return domain::to_string(sample_key(number));
}

messages::publication trade(uint64_t mint, uint64_t seq, uint64_t prev) {
  auto epoch = std::make_shared<messages::epoch>();
  epoch->trades.push_back(
    test::sample_trade(seq, {10, 1, 1}, sample_key(9), sample_key(mint)));
  return messages::trade_publication{epoch, 0, {seq, 0, prev, 10}};
}

messages::publication token(uint64_t mint, uint64_t seq,
                            int64_t last_trade_at = 0) {
  auto x = messages::token_publication{};
  x.token.mint = sample_key(mint);
  x.token.quote_mint = domain::known_keys::wsol_mint;
  x.token.name = "a\nname";
  x.token.last_trade_at = last_trade_at;
  x.holders = 3;
  x.stamp = {seq, 1, 0, 10};
  return x;
}

messages::publication candle(uint64_t mint, uint64_t seq, int64_t time) {
  auto x = messages::candle_publication{};
  x.mint = sample_key(mint);
  x.bar.quote_mint = domain::known_keys::wsol_mint;
  x.bar.interval = domain::interval::m1;
  x.bar.candle.open_time = time;
  x.stamp = {seq, 1, 0, 10};
  return x;
}

messages::publication wallet(uint64_t address, uint64_t seq) {
  auto x = messages::wallet_publication{};
  x.wallet.wallet = sample_key(address);
  x.stamp = {seq, 1, 0, 10};
  return x;
}

messages::publication market(uint64_t epoch) {
  auto x = messages::market_publication{};
  for (auto& list : x.lists)
    list = std::make_shared<messages::market>();
  x.stamp = {epoch, 0, epoch - 1, 0};
  return x;
}

messages::publication board(domain::board_window window, uint64_t epoch) {
  auto x = messages::board_publication{};
  x.window = window;
  x.net = std::make_shared<messages::board>();
  x.losses = std::make_shared<messages::board>();
  x.totals = std::make_shared<messages::totals_by_wallet>();
  x.stamp = {epoch, 0, 0, 0};
  return x;
}

messages::publication birth(uint64_t seq) {
  auto epoch = std::make_shared<messages::epoch>();
  epoch->token_events.push_back(
    test::sample_event(seq, {10, 1, 1}, sample_key(seq)));
  epoch->token_events[0].kind = domain::token_event_kind::created;
  // Decoders let no other text in.
  epoch->token_events[0].name = "a \"name\"";
  return messages::lifecycle_publication{epoch, 0, {seq, 0, 0, 10}};
}

} // namespace

TEST_F(hub_test, begins_with_a_pause_for_reconnects_and_ends_with_ready) {
  make();
  auto x = follow("market,trades");
  auto texts = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_TRUE(x->source->next(texts, 1 << 16));
  auto bytes = std::string{};
  for (auto& text : texts)
    bytes += *text;
  // The two channels took a number together.
  EXPECT_EQ(bytes, "retry: 1000\n\n"
                   "id: abc-1\nevent: ready\n"
                   "data: {\"topics\":2,\"server\":\"abc\"}\n\n");
}

TEST_F(hub_test, tells_the_envelope_of_redis_with_the_channel_first) {
  make();
  auto x = follow_on("trade:" + name(1));
  publish({trade(1, 5, 4)});
  auto seen = x->read();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, "abc-2");
  EXPECT_EQ(seen[0].type, "trade");
  EXPECT_TRUE(seen[0].data.starts_with(
    "{\"channel\":\"trade:" + name(1)
    + "\",\"v\":1,\"type\":\"trade\",\"fence\":\"7\",\"seq\":\"5\",\"rev\":0,"
      "\"prev\":\"4\",\"slot\":10,\"ts\":1700000000123,\"data\":{"))
    << seen[0].data;
}

TEST_F(hub_test, makes_nothing_that_nobody_follows) {
  make();
  auto x = follow_on("trade:" + name(1) + ",candle:" + name(1) + ":1m");
  publish({trade(2, 5, 0), candle(2, 5, 60), token(1, 5), wallet(9, 5),
           market(1), birth(6)});
  EXPECT_TRUE(x->read().empty());
  EXPECT_EQ(sut_->counters().messages_total, 0U);
  publish({trade(1, 7, 0)});
  EXPECT_EQ(sut_->counters().messages_total, 1U);
}

TEST_F(hub_test, makes_a_message_once_for_all) {
  make();
  auto first = follow_on("market");
  auto second = follow_on("market");
  publish({market(1)});
  auto ours = std::vector<std::shared_ptr<const std::string>>{};
  auto theirs = ours;
  first->source->next(ours, 1 << 16);
  second->source->next(theirs, 1 << 16);
  ASSERT_EQ(ours.size(), 1U);
  EXPECT_EQ(ours, theirs);
  EXPECT_EQ(sut_->counters().messages_total, 1U);
  EXPECT_EQ(sut_->counters().deliveries_total, 2U);
}

TEST_F(hub_test, tells_whoever_comes_the_newest_state_of_each_channel) {
  make();
  auto before = follow_on("candle:" + name(1) + ":1m,wallet:" + name(9));
  publish({token(1, 5), token(1, 6), market(1), market(2),
           board(domain::board_window::d7, 3), candle(1, 5, 60),
           candle(1, 6, 120), wallet(9, 7)});
  auto x = follow("token:" + name(1) + ",market,leaderboard:7d,candle:"
                  + name(1) + ":1m,wallet:" + name(9) + ",leaderboard:24h,"
                  + "trade:" + name(1));
  auto seen = x->read();
  // Those that were made already have lower numbers.
  EXPECT_EQ(types_of(seen), (types{"retry", "candle", "wallet", "token",
                                   "market", "leaderboard", "ready"}));
  EXPECT_EQ(seen[1].json().at("data").at("time").as_int64(), 120);
  EXPECT_EQ(seen[3].seq(), "6");
  EXPECT_EQ(seen[4].seq(), "2");
  EXPECT_EQ(seen[5].json().at("channel").as_string(), "leaderboard:7d");
}

TEST_F(hub_test, tells_the_last_births_and_no_others) {
  auto settings = hub_settings{};
  settings.news_max = 2;
  make(settings);
  publish({birth(1), birth(2), birth(3)});
  auto x = follow("tokens:new,tokens:graduated");
  auto seen = x->read();
  ASSERT_EQ(types_of(seen),
            (types{"retry", "token_new", "token_new", "ready"}));
  EXPECT_EQ(seen[1].seq(), "2");
  EXPECT_EQ(seen[2].seq(), "3");
  publish({birth(4)});
  EXPECT_EQ(types_of(x->read()), types{"token_new"});
  auto y = follow("tokens:new");
  seen = y->read();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[1].seq(), "3");
  EXPECT_EQ(sut_->news(channel_kind::created).size(), 2U);
}

TEST_F(hub_test, tells_again_what_was_missed) {
  make();
  auto topics = "market,trade:" + name(1);
  auto x = follow(topics);
  auto other = follow_on("trade:" + name(2));
  x->read();
  publish({market(1), trade(1, 5, 0)});
  auto id = x->read().back().id;
  x.reset();
  publish({market(2), trade(2, 6, 0), trade(1, 7, 5), market(3)});
  auto again = follow(topics, id);
  auto seen = again->read();
  ASSERT_EQ(types_of(seen),
            (types{"retry", "market", "trade", "market", "ready"}));
  EXPECT_EQ(seen[1].seq(), "2");
  EXPECT_EQ(seen[2].seq(), "7");
  EXPECT_EQ(seen[3].seq(), "3");
  EXPECT_EQ(sut_->counters().resumes_total, 1U);
  // Whoever had all of it misses nothing.
  auto up_to_date = follow(topics, seen.back().id);
  EXPECT_EQ(types_of(up_to_date->read()), (types{"retry", "ready"}));
}

TEST_F(hub_test, resumes_amid_a_beginning_that_was_cut) {
  make();
  publish({token(1, 5), token(2, 6), market(3)});
  auto topics = "token:" + name(1) + ",token:" + name(2) + ",market";
  auto x = follow(topics);
  auto seen = x->read();
  ASSERT_EQ(types_of(seen),
            (types{"retry", "token", "token", "market", "ready"}));
  x.reset();
  auto rest = follow(topics, seen[1].id)->read();
  EXPECT_EQ(types_of(rest), (types{"retry", "token", "market", "ready"}));
  EXPECT_EQ(rest[1].seq(), "6");
}

TEST_F(hub_test, begins_anew_where_it_cannot_resume) {
  make();
  publish({market(1)});
  auto x = follow("market");
  auto id = x->read().back().id;
  for (auto bad : {"", "-", "abc", "abc-", "abc-x", "abc--1", "abd-1", "abc-99",
                   "abc-99999999999999999999", "-1"}) {
    auto seen = follow("market", bad)->read();
    auto expected = *bad == '\0' ? types{"retry", "market", "ready"}
                                 : types{"retry", "reset", "market", "ready"};
    EXPECT_EQ(types_of(seen), expected) << bad;
  }
  EXPECT_EQ(follow("market", id)->read().size(), 2U);
}

TEST_F(hub_test, begins_anew_when_the_ring_is_too_small) {
  auto settings = hub_settings{};
  settings.ring_bytes_max = 4'000;
  make(settings);
  auto x = follow("market");
  auto id = x->read().back().id;
  for (uint64_t i = 1; i <= 20; ++i)
    publish({market(i)});
  EXPECT_LE(sut_->counters().ring_bytes, 4'000U);
  auto seen = follow("market", id)->read();
  EXPECT_EQ(types_of(seen), (types{"retry", "reset", "market", "ready"}));
  EXPECT_EQ(seen[2].seq(), "20");
  EXPECT_EQ(sut_->counters().resets_total, 1U);
}

TEST_F(hub_test, goes_on_for_a_while_where_nobody_listens) {
  make();
  auto topics = "trade:" + name(1);
  auto x = follow(topics);
  auto id = x->read().back().id;
  x.reset();
  pass(59s);
  publish({trade(1, 5, 0)});
  auto seen = follow(topics, id)->read();
  EXPECT_EQ(types_of(seen), (types{"retry", "trade", "ready"}));
  id = seen.back().id;
  // The last one left now.
  pass(60s);
  EXPECT_EQ(sut_->counters().channels, 0U);
  publish({trade(1, 6, 5)});
  EXPECT_EQ(types_of(follow(topics, id)->read()),
            (types{"retry", "reset", "ready"}));
}

TEST_F(hub_test, lets_only_so_many_channels_linger) {
  auto settings = hub_settings{};
  settings.lingering_max = 2;
  make(settings);
  for (uint64_t i = 1; i <= 5; ++i)
    follow("token:" + name(i));
  EXPECT_EQ(sut_->counters().channels, 2U);
}

TEST_F(hub_test, has_all_begin_anew_when_the_messages_do) {
  make();
  publish({market(1)});
  auto x = follow("market");
  auto id = x->read().back().id;
  sut_->restart(now_);
  EXPECT_EQ(types_of(x->read()), (types{"reset", "market", "ready"}));
  EXPECT_EQ(types_of(follow("market", id)->read()),
            (types{"retry", "reset", "market", "ready"}));
}

TEST_F(hub_test, wakes_a_reader_once_for_what_came_since_it_had_all) {
  make();
  auto x = follow("market");
  publish({market(1)});
  EXPECT_EQ(x->wakes, 0U);
  x->read();
  publish({market(2), market(3)});
  publish({market(4)});
  EXPECT_EQ(x->wakes, 1U);
  // One piece is left: it knows.
  auto texts = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_TRUE(x->source->next(texts, 1));
  EXPECT_EQ(texts.size(), 1U);
  publish({market(5)});
  EXPECT_EQ(x->wakes, 1U);
  x->read();
  publish({market(6)});
  EXPECT_EQ(x->wakes, 2U);
}

TEST_F(hub_test, gives_no_more_at_once_than_is_asked_for) {
  make();
  auto x = follow_on("market");
  publish({market(1), market(2), market(3)});
  auto texts = std::vector<std::shared_ptr<const std::string>>{};
  x->source->next(texts, 1 << 16);
  ASSERT_EQ(texts.size(), 3U);
  auto size = texts[0]->size();
  publish({market(4), market(5), market(6)});
  texts.clear();
  x->source->next(texts, 2 * size);
  EXPECT_EQ(texts.size(), 2U);
}

TEST_F(hub_test, keeps_the_newest_states_of_a_slow_client) {
  auto settings = hub_settings{};
  settings.client_bytes_max = 20'000;
  make(settings);
  auto x = follow_on("market,trade:" + name(1) + ",token:" + name(1));
  auto quick = follow_on("trade:" + name(1));
  for (uint64_t i = 1; i <= 200; ++i) {
    publish({market(i), trade(1, i, i - 1), token(1, i)});
    quick->read();
  }
  auto bytes = size_t{0};
  auto seen = x->read();
  auto last = std::map<std::string, uint64_t>{};
  auto hole = false;
  for (auto& each : seen) {
    bytes += each.data.size();
    auto seq = std::stoull(each.seq());
    EXPECT_GT(seq, last[each.type]);
    auto prev = std::stoull(std::string{each.json().at("prev").as_string()});
    hole = hole || (each.type == "trade" && prev > last[each.type]);
    last[each.type] = seq;
  }
  EXPECT_LE(bytes, settings.client_bytes_max);
  EXPECT_EQ(last["market"], 200U);
  EXPECT_EQ(last["token"], 200U);
  EXPECT_TRUE(hole || last["trade"] < 200);
  x.reset();
  EXPECT_GT(sut_->counters().left_out_total, 0U);
}

TEST_F(hub_test, ends_who_takes_nothing) {
  make();
  auto idle = follow_on("market");
  auto stuck = follow_on("market");
  publish({market(1)});
  idle->read();
  pass(1s);
  pass(30s);
  EXPECT_FALSE(stuck->is_at_end);
  pass(1s);
  // It must hear of it although it never had all.
  EXPECT_EQ(stuck->wakes, 2U);
  EXPECT_TRUE(stuck->read().empty());
  EXPECT_TRUE(stuck->is_at_end);
  idle->read();
  EXPECT_FALSE(idle->is_at_end);
  stuck.reset();
  EXPECT_EQ(sut_->counters().stalled_total, 1U);
  EXPECT_EQ(sut_->counters().clients, 1U);
}

TEST_F(hub_test, does_not_end_who_takes_slowly) {
  make();
  auto x = follow_on("market");
  for (uint64_t i = 1; i <= 100; ++i)
    publish({market(i)});
  for (auto i = 0; i < 50; ++i) {
    auto texts = std::vector<std::shared_ptr<const std::string>>{};
    EXPECT_TRUE(x->source->next(texts, 1));
    pass(20s);
  }
}

TEST_F(hub_test, shows_that_it_lives) {
  make();
  auto x = follow_on("market");
  pass(14s);
  EXPECT_EQ(x->wakes, 0U);
  pass(1s);
  EXPECT_EQ(x->wakes, 1U);
  auto seen = x->read();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].comment, "comment");
  pass(14s);
  EXPECT_TRUE(x->read().empty());
  pass(1s);
  EXPECT_EQ(x->read().size(), 1U);
}

TEST_F(hub_test, samples_the_trades_of_all_coins) {
  make();
  auto x = follow_on("trades");
  for (auto second = 0; second < 10; ++second)
    for (uint64_t i = 1; i <= 100; ++i) {
      now_ += 10ms;
      publish({trade(i, i, 0)});
    }
  auto seen = x->read();
  EXPECT_LE(seen.size(), 200U);
  EXPECT_GE(seen.size(), 100U);
  EXPECT_EQ(seen[0].type, "trade");
  EXPECT_EQ(seen[0].json().at("channel").as_string(), "trades");
}

TEST_F(hub_test, tells_ticks_where_somebody_follows) {
  make();
  auto x = follow_on("tick:" + name(1));
  auto trades = std::vector{
    test::sample_trade(0, {10, 1, 1}, sample_key(9), sample_key(1)),
    test::sample_trade(0, {10, 1, 2}, sample_key(9), sample_key(2))};
  sut_->publish_ticks(trades, now_, wall_ms);
  auto seen = x->read();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].type, "tick");
  EXPECT_TRUE(seen[0].data.starts_with("{\"channel\":\"tick:" + name(1)
                                       + "\",\"v\":1,\"type\":\"tick\","))
    << seen[0].data;
}

TEST_F(hub_test, refuses_more_clients_than_it_may_have) {
  auto settings = hub_settings{};
  settings.clients_max = 2;
  make(settings);
  auto first = follow("market");
  auto second = follow("market");
  EXPECT_FALSE(follow("market")->source);
  EXPECT_EQ(sut_->counters().refused_total, 1U);
  first.reset();
  EXPECT_TRUE(follow("market")->source);
}

TEST_F(hub_test, lets_any_client_leave_without_the_others) {
  make();
  auto clients = std::vector<std::unique_ptr<subscriber>>{};
  for (uint64_t i = 0; i < 20; ++i)
    clients.push_back(
      follow_on("market,token:" + name(i % 3) + ",token:" + name(i % 5 + 7)));
  // Every third one, from the middle of the lists.
  for (size_t i = 0; i < clients.size(); i += 3)
    clients[i].reset();
  publish({market(1), token(1, 5)});
  for (size_t i = 0; i < clients.size(); ++i)
    if (clients[i]) {
      auto expected = i % 3 == 1 ? types{"market", "token"} : types{"market"};
      EXPECT_EQ(types_of(clients[i]->read()), expected) << i;
    }
}

TEST_F(hub_test, ends_behind_what_waits) {
  make();
  auto x = follow_on("market");
  publish({market(1)});
  sut_->close();
  EXPECT_EQ(types_of(x->read()), types{"market"});
  EXPECT_TRUE(x->is_at_end);
  EXPECT_FALSE(follow("market")->source);
  // A subscription may outlive the hub.
  sut_.reset();
}

TEST_F(hub_test, ends_all_and_takes_new_ones) {
  make();
  auto x = follow_on("market");
  publish({market(1)});
  sut_->end_all();
  EXPECT_EQ(types_of(x->read()), types{"market"});
  EXPECT_TRUE(x->is_at_end);
  auto next = follow_on("market");
  publish({market(2)});
  EXPECT_EQ(types_of(next->read()), types{"market"});
}

TEST_F(hub_test, keeps_what_lists_and_boards_show) {
  make();
  EXPECT_FALSE(sut_->market());
  EXPECT_FALSE(sut_->board(domain::board_window::all));
  publish({market(4), board(domain::board_window::all, 5), token(1, 6)});
  auto lists = sut_->market();
  ASSERT_TRUE(lists);
  EXPECT_EQ(std::get<messages::market_publication>(lists->message).stamp.seq,
            4U);
  EXPECT_EQ(lists->fence, 7U);
  EXPECT_TRUE(sut_->board(domain::board_window::all));
  auto entry = sut_->tokens().find(sample_key(1));
  ASSERT_TRUE(entry);
  EXPECT_EQ(token_of(*entry).holders, 3U);
  EXPECT_EQ(entry->published_ms, wall_ms);
}

TEST_F(hub_test, lists_tokens_as_of_the_last_tick) {
  make();
  publish({token(1, 5), token(2, 6)});
  auto list = sut_->tokens().list();
  EXPECT_EQ(list->size(), 2U);
  publish({token(3, 7)});
  // Whoever lists shares it.
  EXPECT_EQ(sut_->tokens().list(), list);
  pass(1s);
  EXPECT_EQ(sut_->tokens().list()->size(), 3U);
  EXPECT_EQ(list->size(), 2U);
}

TEST_F(hub_test, forgets_the_tokens_that_traded_least_recently) {
  auto settings = hub_settings{};
  settings.tokens_max = 32;
  make(settings);
  for (uint64_t i = 1; i <= 33; ++i)
    publish({token(i, i, static_cast<int64_t>(1'000 - i))});
  // One too many, and a sixteenth.
  EXPECT_EQ(sut_->tokens().size(), 30U);
  EXPECT_TRUE(sut_->tokens().find(sample_key(1)));
  EXPECT_FALSE(sut_->tokens().find(sample_key(33)));
  EXPECT_FALSE(sut_->tokens().find(sample_key(31)));
  EXPECT_TRUE(sut_->tokens().find(sample_key(30)));
}

TEST_F(hub_test, keeps_the_newer_message_of_a_token) {
  make();
  publish({token(1, 6), token(1, 5)});
  EXPECT_EQ(token_of(*sut_->tokens().find(sample_key(1))).stamp.seq, 6U);
}

} // namespace pumpscope::hub

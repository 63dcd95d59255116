#include "messages/hosting.hpp"

#include "messages/plain_codec.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <variant>

namespace pumpscope::messages {

namespace {

using test::sample_key;

host_begin sample_begin() {
  auto result = host_begin{};
  result.id = {7, 2};
  result.hash_seed = 11;
  result.partition_count = 4;
  result.head.jpos = 100;
  result.head.epoch = 9;
  result.publishes = true;
  result.partitions = {0, 2, 3};
  return result;
}

host_order order_of(decltype(host_order::what) x) {
  return {3, std::move(x)};
}

host_epoch sample_epoch() {
  auto result = host_epoch{};
  result.after.jpos = 3;
  result.after.chain_time = -5;
  auto trade = domain::trade{};
  trade.jpos = 1;
  trade.wallet = sample_key(1);
  trade.mint = sample_key(2);
  trade.side = domain::trade_side::sell;
  trade.net_quote_units = -(domain::i128{1} << 100);
  result.trades.push_back(trade);
  auto event = domain::token_event{};
  event.jpos = 2;
  event.kind = domain::token_event_kind::migrated;
  event.name = "a name";
  result.token_events.push_back(event);
  result.repairs.push_back({projection::token, sample_key(3), 3});
  return result;
}

token_changes sample_changes() {
  auto result = token_changes{};
  result.partition = 3;
  result.more = true;
  auto change = token_change{};
  change.token.mint = sample_key(4);
  change.token.market_cap = domain::i128{12};
  change.token.progress = 0.25;
  change.token.windows[1].wallets = 5;
  change.bars.push_back({{sample_key(5), domain::interval::h24, {}}, 8, true});
  result.changes.push_back(change);
  result.holders.push_back({sample_key(6), -2});
  return result;
}

TEST(hosting, what_a_host_is_told_comes_as_it_was) {
  auto begin = decode_host_begin(encode(sample_begin()));
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->id, (hosting_id{7, 2}));
  EXPECT_EQ(begin->head, sample_begin().head);
  EXPECT_EQ(begin->partitions, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_TRUE(begin->publishes);
  auto order = decode_host_order(encode(order_of(sample_epoch())));
  ASSERT_TRUE(order);
  EXPECT_EQ(order->number, 3U);
  auto* epoch = std::get_if<host_epoch>(&order->what);
  ASSERT_NE(epoch, nullptr);
  EXPECT_EQ(epoch->after, sample_epoch().after);
  EXPECT_EQ(epoch->trades, sample_epoch().trades);
  EXPECT_EQ(epoch->token_events, sample_epoch().token_events);
  EXPECT_EQ(epoch->repairs, sample_epoch().repairs);
  order = decode_host_order(
    encode(order_of(partitions_joined{sample_begin().head, {1, 5}})));
  ASSERT_TRUE(order);
  auto* joined = std::get_if<partitions_joined>(&order->what);
  ASSERT_NE(joined, nullptr);
  EXPECT_EQ(joined->head, sample_begin().head);
  EXPECT_EQ(joined->partitions, (std::vector<uint32_t>{1, 5}));
}

TEST(hosting, answers_come_as_they_were) {
  auto totals = totals_by_wallet{};
  totals[sample_key(1)].realized = -3;
  totals[sample_key(2)].trades = 4;
  auto bytes = encode(host_answer{
    totals_by_wallet_ptr{std::make_shared<totals_by_wallet>(totals)}});
  auto answer = decode_host_answer(bytes);
  ASSERT_TRUE(answer);
  auto& found = *std::get<totals_by_wallet_ptr>(*answer);
  EXPECT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at(sample_key(1)).realized, -3);
  EXPECT_EQ(found.at(sample_key(2)).trades, 4U);

  auto changes = std::make_shared<token_changes>(sample_changes());
  answer = decode_host_answer(encode(host_answer{token_changes_ptr{changes}}));
  ASSERT_TRUE(answer);
  auto& told = *std::get<token_changes_ptr>(*answer);
  ASSERT_EQ(told.changes.size(), 1U);
  EXPECT_EQ(told.changes[0].token.mint, sample_key(4));
  EXPECT_EQ(told.changes[0].token.market_cap, domain::i128{12});
  EXPECT_EQ(told.changes[0].token.progress, 0.25);
  EXPECT_EQ(told.changes[0].token.windows, changes->changes[0].token.windows);
  EXPECT_EQ(told.changes[0].bars[0].bar, changes->changes[0].bars[0].bar);
  EXPECT_EQ(told.holders, changes->holders);

  auto view = std::make_shared<wallet_view>();
  view->positions.resize(1);
  view->positions[0].lots.push_back({1, 2, 3});
  answer = decode_host_answer(encode(host_answer{wallet_view_ptr{view}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<wallet_view_ptr>(*answer)->positions, view->positions);

  auto token = std::make_shared<token_view>();
  token->known = true;
  token->state.mint = sample_key(9);
  token->state.symbol = "S";
  answer = decode_host_answer(encode(host_answer{token_view_ptr{token}}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<token_view_ptr>(*answer)->state, token->state);
}

TEST(hosting, programs_that_write_otherwise_are_told_apart) {
  struct one {
    uint64_t a = 0;
    std::string b = {};
  };
  struct same {
    int64_t c = 0;
    std::string d = {};
  };
  struct longer {
    uint64_t a = 0;
    std::string b = {};
    std::optional<uint8_t> c = {};
  };
  struct swapped {
    std::string b = {};
    uint64_t a = 0;
  };
  auto layout = plain::layout_of<one>();
  EXPECT_EQ(plain::layout_of<same>(), layout);
  EXPECT_NE(plain::layout_of<longer>(), layout);
  EXPECT_NE(plain::layout_of<swapped>(), layout);
  EXPECT_NE(plain::layout_of<std::vector<one>>(), layout);
}

TEST(hosting, questions_come_as_they_were) {
  auto question = host_question{projection::token, 3, 5, get_market{}};
  std::get<get_market>(question.what).list = market_list::graduating;
  auto found = decode_host_question(encode(question));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, projection::token);
  EXPECT_EQ(found->partition, 3U);
  EXPECT_EQ(found->number, 5U);
  EXPECT_EQ(std::get<get_market>(found->what).list, market_list::graduating);
  found = decode_host_question(
    encode(host_question{projection::wallet, 0, 0, flush_partition{}}));
  ASSERT_TRUE(found);
  EXPECT_TRUE(std::holds_alternative<flush_partition>(found->what));
}

TEST(hosting, refuses_what_cannot_be) {
  auto begin = sample_begin();
  begin.partitions = {0, 4};
  EXPECT_FALSE(decode_host_begin(encode(begin)));
  begin.partitions = {2, 1};
  EXPECT_FALSE(decode_host_begin(encode(begin)));
  begin.partitions = {1, 1};
  EXPECT_FALSE(decode_host_begin(encode(begin)));
  begin.partitions = {};
  EXPECT_FALSE(decode_host_begin(encode(begin)));
  begin = sample_begin();
  ++begin.layout;
  EXPECT_FALSE(decode_host_begin(encode(begin)));
  auto epoch = sample_epoch();
  epoch.trades.push_back(epoch.trades.front());
  EXPECT_FALSE(decode_host_order(encode(order_of(epoch))));
  epoch = sample_epoch();
  epoch.trades.front().side = static_cast<domain::trade_side>(2);
  EXPECT_FALSE(decode_host_order(encode(order_of(epoch))));
  EXPECT_FALSE(decode_host_order(encode(order_of(partitions_left{}))));
  EXPECT_FALSE(decode_host_order(encode(order_of(partitions_left{{2, 1}}))));
  EXPECT_FALSE(decode_host_order(
    encode(order_of(partitions_dropped{{domain::hash_slots}}))));
  EXPECT_FALSE(decode_host_question(encode(
    host_question{static_cast<projection>(2), 0, 0, flush_partition{}})));
}

TEST(hosting, neither_cut_nor_changed_bytes_do_harm) {
  auto answer = host_answer{
    token_changes_ptr{std::make_shared<token_changes>(sample_changes())}};
  for (auto& bytes : {encode(sample_begin()), encode(order_of(sample_epoch())),
                      encode(answer), to_frame(host_folded{3})}) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      auto cut = std::string_view{bytes}.substr(0, size);
      decode_host_begin(cut);
      decode_host_order(cut);
      decode_host_answer(cut);
      decode_host_event(cut);
      decode_host_question(cut);
    }
    auto random = std::mt19937_64{size_t{bytes.size()}};
    for (auto i = 0; i < 2'000; ++i) {
      auto changed = bytes;
      changed[random() % changed.size()] = static_cast<char>(random());
      decode_host_begin(changed);
      decode_host_order(changed);
      decode_host_answer(changed);
      decode_host_event(changed);
      decode_host_question(changed);
    }
  }
}

TEST(hosting, a_part_of_a_message_is_none) {
  auto begin = encode(sample_begin());
  for (size_t size = 0; size < begin.size(); ++size)
    EXPECT_FALSE(decode_host_begin(std::string_view{begin}.substr(0, size)));
  auto epoch = encode(order_of(sample_epoch()));
  for (size_t size = 0; size < epoch.size(); ++size)
    EXPECT_FALSE(decode_host_order(std::string_view{epoch}.substr(0, size)));
}

TEST(hosting, events_come_out_of_pieces_of_any_size) {
  auto news = token_news{};
  news.chain_time = 5;
  news.items.resize(1);
  news.items[0].row.name = "n";
  auto stream = to_frame(host_folded{3}) + to_frame(news)
                + to_frame(repair_wanted{projection::token, sample_key(1)})
                + to_frame(host_failure{domain::errc::fenced, "why"});
  for (size_t size = 1; size <= stream.size(); ++size) {
    auto reader = host_event_reader{};
    auto events = std::vector<host_event>{};
    for (size_t at = 0; at < stream.size(); at += size)
      ASSERT_TRUE(
        reader.read(std::string_view{stream}.substr(at, size),
                    [&](host_event& x) { events.push_back(std::move(x)); }));
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(std::get<host_folded>(events[0]).epoch, 3U);
    EXPECT_EQ(std::get<token_news>(events[1]).items[0].row.name, "n");
    EXPECT_EQ(std::get<repair_wanted>(events[2]).key, sample_key(1));
    EXPECT_EQ(std::get<host_failure>(events[3]).what, "why");
  }
}

TEST(hosting, what_is_no_event_ends_the_stream) {
  auto reader = host_event_reader{};
  auto ignore = [](host_event&) {};
  EXPECT_FALSE(reader.read("\xFF\xFF\xFF\xFF", ignore));
  reader = {};
  EXPECT_FALSE(reader.read(std::string{"\1\0\0\0\x7F", 5}, ignore));
}

} // namespace

} // namespace pumpscope::messages

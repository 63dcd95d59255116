#include "actors/holder_counts.hpp"
#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "actors/wallet_partition.hpp"
#include "tests/actors/store_fixture.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using messages::projection;

constexpr auto buy = domain::trade_side::buy;
constexpr auto sell = domain::trade_side::sell;

/// Counts by number of the coin.
using counts = std::map<uint64_t, uint64_t>;

/// A wallet partition, and whoever counts what it tells.
class holders : public store_fixture {
protected:
  actors::partition_config config() const {
    auto result = actors::partition_config{};
    result.hash_seed = one_partition.hash_seed;
    result.publishes = true;
    result.live_max = live_max_;
    return result;
  }

  /// A new process: nothing but the store is left.
  void start() {
    aut_ = adopt(self_->spawn<caf::monitored>(actors::wallet_partition,
                                              config(), head_.fence, reader_,
                                              writer_, router_));
    sut_ = actors::holder_counts{1};
    caf::anon_send(aut_, atom::start_v, head_);
    run();
  }

  void send(const messages::epoch_ptr& x) {
    caf::anon_send(aut_, route(x));
  }

  void fold(std::vector<domain::trade> trades, bool late = false) {
    send(commit(std::move(trades), late));
    run();
  }

  /// A slot turns out to be dead.
  void void_slot(uint64_t slot, const std::vector<uint64_t>& wallets) {
    auto sealed = epoch_after(head_);
    sealed.slots = {sample_slot(slot)};
    head_ = sealed.after;
    ASSERT_TRUE(store_->commit_epoch(sealed));
    auto x = epoch_after(head_);
    add_event(x, domain::void_position(slot), domain::pubkey{});
    x.token_events.back().kind = domain::token_event_kind::slot_voided;
    x.slots_voided = {slot};
    for (auto wallet : wallets)
      x.repairs.push_back(
        {projection::wallet, sample_key(wallet), x.after.jpos});
    head_ = x.after;
    auto epoch = std::make_shared<const messages::epoch>(std::move(x));
    ASSERT_EQ(store_->commit_epoch(*epoch).value(),
              messages::commit_outcome::committed);
    send(epoch);
    run();
  }

  void flush() {
    EXPECT_TRUE(ask<uint64_t>(aut_, atom::flush_v));
  }

  /// Those who are told and stored are put to sleep, down to `live_max`.
  void sleep() {
    sut_.take(0, answer(100));
    flush();
  }

  messages::wallet_changes answer(uint32_t keys_max = 0) {
    auto request = messages::get_changes{};
    request.keys_max = keys_max;
    request.holders_taken = sut_.taken(0);
    auto x = ask<messages::wallet_changes_ptr>(aut_, request);
    EXPECT_TRUE(x);
    return x ? **x : messages::wallet_changes{};
  }

  /// What whoever listens counts now.
  counts count() {
    sut_.take(0, answer());
    return known();
  }

  counts known() const {
    auto result = counts{};
    for (uint64_t mint = 100; mint < 110; ++mint)
      if (auto of = sut_.of(sample_key(mint)); of != 0)
        result[mint] = of;
    return result;
  }

  /// What the journal says: units by wallet and coin, added up.
  counts expected() {
    auto units = std::map<std::pair<domain::pubkey, domain::pubkey>, int64_t>{};
    auto result = counts{};
    auto keys = std::map<domain::pubkey, uint64_t>{};
    for (uint64_t mint = 100; mint < 110; ++mint)
      keys[sample_key(mint)] = mint;
    auto voided = std::vector<uint64_t>{};
    auto trades = std::vector<domain::trade>{};
    EXPECT_TRUE(store_->visit_journal(
      [&](const domain::trade& x) { trades.push_back(x); },
      [&](const domain::token_event& x) {
        if (x.kind == domain::token_event_kind::slot_voided)
          voided.push_back(x.position.slot);
      }));
    for (auto& x : trades)
      if (std::find(voided.begin(), voided.end(), x.position.slot)
          == voided.end()) {
        auto& of = units[{x.wallet, x.mint}];
        auto by = static_cast<int64_t>(x.token_units);
        of = x.side == buy ? of + by : std::max<int64_t>(0, of - by);
      }
    for (auto& [key, of] : units)
      if (of > 0)
        ++result[keys.at(key.second)];
    return result;
  }

  static domain::trade trade(domain::trade_side side, uint64_t slot,
                             uint64_t wallet, uint64_t mint = 100,
                             uint64_t units = 5) {
    return plain_trade(side, slot, sample_key(wallet), sample_key(mint), units,
                       10);
  }

  bool has_quit() {
    auto result = false;
    self_->receive([&](const caf::down_msg&) { result = true; },
                   caf::after(std::chrono::seconds{0}) >> [] {});
    return result;
  }

  size_t live_max_ = 100;
  messages::store_writer_actor writer_ = adopt(sys_.spawn(
    actors::store_writer, actors::store_writer_config{}, store_, router_));
  messages::store_reader_actor reader_ = adopt(
    sys_.spawn(actors::store_reader, actors::store_reader_config{},
               std::shared_ptr<messages::store>{store_->reader().value()}));
  messages::wallet_partition_actor aut_ = {};
  actors::holder_counts sut_ = actors::holder_counts{1};
};

TEST_F(holders, come_with_a_buy_and_go_with_all_that_they_hold) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2), trade(buy, 3, 1, 101)});
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
  fold({trade(sell, 4, 1, 100, 4)});
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
  fold({trade(sell, 5, 1, 100, 4), trade(sell, 6, 1, 101), trade(buy, 7, 3)});
  EXPECT_EQ(count(), (counts{{100, 2}}));
  EXPECT_EQ(count(), expected());
  EXPECT_EQ(sut_.size(), 1U);
}

TEST_F(holders, hold_against_any_quote) {
  start();
  auto dollars = trade(buy, 2, 1);
  dollars.quote_mint = domain::known_keys::usdc_mint;
  fold({trade(buy, 1, 1), dollars});
  EXPECT_EQ(count(), (counts{{100, 1}}));
  fold({trade(sell, 3, 1)});
  EXPECT_EQ(count(), (counts{{100, 1}}));
}

TEST_F(holders, are_told_again_when_an_answer_got_lost) {
  start();
  fold({trade(buy, 1, 1)});
  answer();
  fold({trade(buy, 2, 2)});
  answer();
  fold({trade(sell, 3, 1)});
  EXPECT_EQ(count(), (counts{{100, 1}}));
  EXPECT_EQ(count(), (counts{{100, 1}}));
}

TEST_F(holders, are_counted_beside_changes_that_nobody_wants_yet) {
  start();
  fold({trade(buy, 1, 1)});
  EXPECT_TRUE(answer().changes.empty());
  EXPECT_EQ(answer(10).changes.size(), 1U);
}

TEST_F(holders, are_found_again_after_a_restart) {
  start();
  fold(
    {trade(buy, 1, 1), trade(buy, 2, 2), trade(sell, 3, 2), trade(buy, 4, 3)});
  flush();
  // In the tail: one comes, one goes.
  fold({trade(buy, 5, 4), trade(sell, 6, 3)});
  start();
  EXPECT_EQ(count(), (counts{{100, 2}}));
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_told_on_by_whoever_follows) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  flush();
  EXPECT_EQ(count(), (counts{{100, 2}}));
  // The one before gets no more; these are in the journal.
  commit({trade(buy, 3, 3), trade(sell, 4, 1)});
  auto follows = config();
  follows.holders_known = true;
  aut_ = adopt(sys_.spawn(actors::wallet_partition, follows, head_.fence,
                          reader_, writer_, router_));
  sut_.begin_anew(0);
  caf::anon_send(aut_, atom::start_v, head_);
  EXPECT_TRUE(ask<atom::finished>(aut_, atom::start_v));
  EXPECT_EQ(count(), expected());
  fold({trade(sell, 5, 2)});
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_not_asked_for_where_nothing_is_published) {
  start();
  fold({trade(buy, 1, 1)});
  flush();
  auto quiet = config();
  quiet.publishes = false;
  aut_ = adopt(sys_.spawn(actors::wallet_partition, quiet, head_.fence, reader_,
                          writer_, router_));
  caf::anon_send(aut_, atom::start_v, head_);
  run();
  fold({trade(buy, 2, 2)});
  EXPECT_TRUE(answer().holders.empty());
}

TEST_F(holders, are_right_behind_a_late_trade) {
  start();
  // Sells of nothing, until the late buy gives them something to sell.
  fold({trade(buy, 1, 2, 101), trade(sell, 5, 1), trade(buy, 6, 1, 101)});
  EXPECT_EQ(count(), (counts{{101, 2}}));
  fold({trade(buy, 2, 1, 100, 8)}, true);
  EXPECT_EQ(count(), (counts{{100, 1}, {101, 2}}));
  fold({trade(sell, 3, 1, 100, 4)}, true);
  EXPECT_EQ(count(), (counts{{101, 2}}));
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_right_behind_a_repair_of_one_that_sleeps) {
  live_max_ = 1;
  start();
  fold({trade(buy, 1, 1), trade(buy, 3, 1, 101), trade(buy, 4, 2),
        trade(buy, 5, 3)});
  sleep();
  ASSERT_EQ(status_of(aut_, "entities"), 1U);
  for (uint64_t wallet = 1; wallet <= 3; ++wallet) {
    auto late = trade(sell, 2, wallet);
    late.position.tx_index = static_cast<uint32_t>(wallet);
    fold({late}, true);
  }
  EXPECT_EQ(count(), expected());
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
}

TEST_F(holders, are_right_behind_a_repair_that_a_crash_left_open) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 5, 1, 101)});
  flush();
  commit({trade(sell, 2, 1)}, true);
  start();
  EXPECT_EQ(count(), (counts{{101, 1}}));
}

TEST_F(holders, are_right_when_their_trades_turn_out_to_be_on_no_chain) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 5, 2), trade(sell, 6, 1),
        trade(buy, 7, 2, 101)});
  flush();
  EXPECT_EQ(count(), (counts{{100, 1}, {101, 1}}));
  void_slot(6, {1});
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
  void_slot(5, {2});
  EXPECT_EQ(count(), (counts{{100, 1}, {101, 1}}));
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_right_after_one_died) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  // One that holds and one that does not die over their next trades.
  send(commit({trade(sell, 3, 1), trade(buy, 4, 1, 101), trade(buy, 5, 3)}));
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 2U);
  run();
  EXPECT_EQ(status_of(aut_, "entity_restarts_total"), 2U);
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_right_after_one_died_that_was_stored) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 1, 101)});
  flush();
  start();
  send(commit({trade(sell, 3, 1)}));
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 1U);
  run();
  EXPECT_EQ(count(), (counts{{101, 1}}));
}

TEST_F(holders, start_anew_when_one_dies_in_its_repair) {
  start();
  fold({trade(buy, 5, 1)});
  EXPECT_FALSE(has_quit());
  send(commit({trade(buy, 2, 1)}, true));
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 1U);
  run();
  // What it held is known to the store alone.
  EXPECT_TRUE(has_quit());
  start();
  EXPECT_EQ(count(), (counts{{100, 1}}));
}

TEST_F(holders, are_right_when_a_state_cannot_be_read) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 1, 101), trade(buy, 3, 2)});
  flush();
  auto& row = disk_->at(projection::wallet, 0)
                .positions.at(sample_key(1))
                .begin()
                ->second;
  row.blob.back() = static_cast<char>(~row.blob.back());
  start();
  EXPECT_EQ(count(), (counts{{100, 2}, {101, 1}}));
  fold({trade(sell, 4, 1), trade(buy, 5, 2, 101)});
  EXPECT_EQ(status_of(aut_, "damaged_total"), 1U);
  EXPECT_EQ(count(), (counts{{100, 1}, {101, 2}}));
  EXPECT_EQ(count(), expected());
}

TEST_F(holders, are_complete_for_an_epoch_that_all_partitions_told) {
  auto told = [](uint64_t epoch, uint64_t number) {
    auto x = messages::wallet_changes{};
    x.epoch = epoch;
    x.holders_number = number;
    return x;
  };
  auto sut = actors::holder_counts{2};
  EXPECT_FALSE(sut.reaches(0));
  sut.take(0, told(5, 1));
  EXPECT_FALSE(sut.reaches(0));
  sut.take(1, told(3, 1));
  EXPECT_TRUE(sut.reaches(3));
  EXPECT_FALSE(sut.reaches(4));
  sut.take(1, told(6, 2));
  EXPECT_TRUE(sut.reaches(5));
  EXPECT_EQ(sut.taken(1), 2U);
}

// -- totals for boards --------------------------------------------------------

TEST_F(holders, totals_are_those_of_now_live_or_stored) {
  live_max_ = 1;
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  sleep();
  ASSERT_EQ(status_of(aut_, "entities"), 1U);
  auto totals = [this] {
    auto query = messages::get_totals{};
    query.wallets = {sample_key(1), sample_key(2), sample_key(3)};
    auto x = ask<messages::totals_by_wallet_ptr>(aut_, query);
    EXPECT_TRUE(x);
    return x ? **x : messages::totals_by_wallet{};
  };
  auto x = totals();
  // Nobody knows the third.
  ASSERT_EQ(x.size(), 2U);
  EXPECT_EQ(x.at(sample_key(1)).trades, 1U);
  EXPECT_EQ(x.at(sample_key(2)).trades, 1U);
  auto loads = status_of(reader_, "requests_total");
  EXPECT_EQ(totals(), x);
  // What was loaded is kept until the wallet does something.
  EXPECT_EQ(status_of(reader_, "requests_total"), loads);
  fold({trade(buy, 3, 1), trade(buy, 4, 2)});
  sleep();
  for (auto& [wallet, of] : totals())
    EXPECT_EQ(of.trades, 2U);
}

} // namespace

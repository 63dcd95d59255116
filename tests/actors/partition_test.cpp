#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "actors/token_partition.hpp"
#include "actors/wallet_partition.hpp"
#include "messages/state_rows.hpp"
#include "tests/actors/store_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using messages::projection;

constexpr auto buy = domain::trade_side::buy;
constexpr auto sell = domain::trade_side::sell;

/// A partition between a real reader and a real writer over a store in memory.
class partition_fixture : public store_fixture {
protected:
  actors::partition_config config() const {
    auto result = actors::partition_config{};
    result.hash_seed = one_partition.hash_seed;
    result.live_max = live_max_;
    return result;
  }

  template <class Actor>
  void send(const Actor& to, const messages::epoch_ptr& x) {
    caf::anon_send(to, route(x));
  }

  size_t live_max_ = 100;
  messages::store_writer_actor writer_ = adopt(sys_.spawn(
    actors::store_writer, actors::store_writer_config{}, store_, router_));
  messages::store_reader_actor reader_ = adopt(
    sys_.spawn(actors::store_reader, actors::store_reader_config{},
               std::shared_ptr<messages::store>{store_->reader().value()}));
  domain::pubkey mint_ = sample_key(100);
};

class wallet_partition : public partition_fixture {
protected:
  void start() {
    aut_ = adopt(self_->spawn<caf::monitored>(actors::wallet_partition,
                                              config(), head_.fence, reader_,
                                              writer_, router_));
    caf::anon_send(aut_, atom::start_v, head_);
    run();
  }

  domain::trade trade(domain::trade_side side, uint64_t slot, uint64_t wallet,
                      uint64_t units, uint64_t quote) {
    return plain_trade(side, slot, sample_key(wallet), mint_, units, quote);
  }

  /// What a wallet holds of the coin, live or stored; -1 = no answer.
  int64_t units(uint64_t wallet) {
    auto x = ask<messages::wallet_view_ptr>(aut_, atom::get_v,
                                            sample_key(wallet));
    if (!x)
      return -1;
    return (*x)->positions.empty()
             ? 0
             : static_cast<int64_t>((*x)->positions[0].units);
  }

  uint64_t flush() {
    auto x = ask<uint64_t>(aut_, atom::flush_v);
    return x ? *x : ~uint64_t{0};
  }

  messages::wallet_partition_actor aut_ = {};
};

TEST_F(wallet_partition, folds_the_tail_of_the_journal_behind_its_cursor) {
  commit({trade(buy, 1, 1, 5, 10)});
  start();
  EXPECT_EQ(units(1), 5);
  EXPECT_EQ(flush(), 1U);

  commit({trade(buy, 2, 1, 7, 10), trade(buy, 3, 2, 1, 1)});
  start();
  EXPECT_EQ(units(1), 12);
  EXPECT_EQ(units(2), 1);
  EXPECT_EQ(status_of(aut_, "applied"), 3U);
}

TEST_F(wallet_partition, folds_a_state_again_that_cannot_be_read) {
  commit({trade(buy, 1, 1, 5, 10), trade(buy, 2, 2, 3, 10)});
  start();
  EXPECT_EQ(flush(), 2U);
  auto row = [this]() -> messages::position_row& {
    auto& positions = disk_->at(projection::wallet, 0).positions;
    return positions.at(sample_key(1)).begin()->second;
  };
  row().blob.back() = static_cast<char>(~row().blob.back());
  // The next trade finds it, among states that are whole.
  commit({trade(sell, 3, 1, 2, 10), trade(buy, 4, 2, 1, 10)});
  start();
  EXPECT_EQ(units(1), 3);
  EXPECT_EQ(units(2), 4);
  EXPECT_EQ(status_of(aut_, "damaged_total"), 1U);
  EXPECT_EQ(flush(), 4U);
  EXPECT_TRUE(messages::restore_position(row()));
  EXPECT_EQ(row().position.units, 3);
}

TEST_F(wallet_partition, folds_no_epoch_before_its_tail) {
  commit({trade(buy, 1, 1, 5, 10)});
  aut_ = adopt(sys_.spawn(actors::wallet_partition, config(), head_.fence,
                          reader_, writer_, router_));
  auto head = head_;
  // The epoch is there first.
  send(aut_, commit({trade(sell, 2, 1, 5, 20)}));
  run();
  EXPECT_TRUE(seen_->applied.empty());
  caf::anon_send(aut_, atom::start_v, head);
  run();
  EXPECT_EQ(units(1), 0);
  EXPECT_EQ(seen_->applied, (std::vector<uint64_t>{2}));
}

TEST_F(wallet_partition, acknowledges_an_epoch_when_all_entities_are_back) {
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run_all_but("wallet-ledger");
  EXPECT_TRUE(seen_->applied.empty());
  run();
  EXPECT_EQ(seen_->applied, (std::vector<uint64_t>{1}));
}

TEST_F(wallet_partition, stores_in_a_cut_exactly_what_is_folded) {
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  auto request = self_->request(aut_, caf::infinite, atom::flush_v);
  // One more epoch arrives while the cut is under way.
  run_all_but("wallet-ledger");
  send(aut_, commit({trade(buy, 2, 1, 7, 10)}));
  run_all_but("store-writer");
  auto& partition = disk_->at(projection::wallet, 0);
  EXPECT_EQ(partition.cursor.jpos, 0U);
  run();
  request.receive([](uint64_t) {},
                  [](caf::error& err) { ADD_FAILURE() << to_string(err); });
  EXPECT_EQ(flush(), 2U);
  EXPECT_EQ(partition.cursor.jpos, 2U);
  EXPECT_EQ(partition.wallets.at(sample_key(1)).totals.trades, 2U);
}

TEST_F(wallet_partition, cuts_when_its_period_ends) {
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  EXPECT_EQ(disk_->at(projection::wallet, 0).cursor.jpos, 0U);
  advance(actors::partition_config{}.checkpoint_period);
  EXPECT_EQ(disk_->at(projection::wallet, 0).cursor.jpos, 1U);
}

TEST_F(wallet_partition, rests_after_a_cut_that_took_long) {
  auto period = actors::partition_config{}.checkpoint_period;
  auto stored = [this] { return disk_->at(projection::wallet, 0).cursor.jpos; };
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  sched_.advance_time(period);
  run_all_but("store-writer");
  advance(period / 2);
  EXPECT_EQ(stored(), 1U);

  // It took half a period: none is due for nine times as long.
  send(aut_, commit({trade(buy, 2, 1, 7, 10)}));
  for (auto i = 0; i < 4; ++i)
    advance(period);
  EXPECT_EQ(stored(), 1U);
  advance(period);
  EXPECT_EQ(stored(), 2U);
  // That one was quick.
  send(aut_, commit({trade(buy, 3, 1, 7, 10)}));
  advance(period);
  EXPECT_EQ(stored(), 3U);
}

TEST_F(wallet_partition, drops_idle_entities_and_loads_them_again) {
  live_max_ = 1;
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10), trade(buy, 2, 2, 6, 10),
                     trade(buy, 3, 3, 7, 10)}));
  run();
  EXPECT_EQ(status_of(aut_, "entities"), 3U);
  EXPECT_EQ(flush(), 3U);
  EXPECT_EQ(status_of(aut_, "entities"), 1U);
  EXPECT_EQ(units(1), 5);
  send(aut_, commit({trade(buy, 4, 1, 1, 1), trade(buy, 5, 2, 1, 1),
                     trade(buy, 6, 3, 1, 1)}));
  run();
  EXPECT_EQ(units(1), 6);
  EXPECT_EQ(units(2), 7);
  EXPECT_EQ(units(3), 8);
}

TEST_F(wallet_partition, keeps_entities_whose_changes_are_not_stored) {
  live_max_ = 1;
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  // A second epoch changes others between the cut and its answer.
  auto request = self_->request(aut_, caf::infinite, atom::flush_v);
  run_all_but("store-writer");
  send(aut_, commit({trade(buy, 2, 2, 6, 10), trade(buy, 3, 3, 7, 10)}));
  run();
  request.receive([](uint64_t) {}, [](caf::error&) { FAIL(); });
  EXPECT_EQ(units(2), 6);
  EXPECT_EQ(units(3), 7);
}

TEST_F(wallet_partition, folds_again_what_an_entity_died_over) {
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  send(aut_, commit({trade(buy, 2, 1, 7, 10), trade(buy, 3, 2, 1, 1)}));
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 2U);
  run();
  EXPECT_EQ(units(1), 12);
  EXPECT_EQ(units(2), 1);
  EXPECT_EQ(status_of(aut_, "entity_restarts_total"), 2U);
  EXPECT_EQ(seen_->applied, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(flush(), 3U);
}

TEST_F(wallet_partition, quits_when_an_entity_dies_in_a_cut) {
  start();
  send(aut_, commit({trade(buy, 1, 1, 5, 10)}));
  run();
  caf::anon_send(aut_, atom::tick_v);
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 1U);
  run();
  auto reason = caf::error{};
  self_->receive([&reason](const caf::down_msg& x) { reason = x.reason; });
  EXPECT_EQ(reason, caf::make_error(domain::errc::internal));
  EXPECT_EQ(disk_->at(projection::wallet, 0).cursor.jpos, 0U);
}

TEST_F(wallet_partition, folds_a_repaired_wallet_in_chain_order) {
  start();
  // The sell comes first: nothing is matched. The late buy was before it.
  send(aut_, commit({trade(sell, 5, 1, 5, 90)}));
  run();
  send(aut_, commit({trade(buy, 2, 1, 5, 100)}, true));
  run();
  auto view = ask<messages::wallet_view_ptr>(aut_, atom::get_v, sample_key(1));
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)->totals.realized, -10);
  auto board = ask<messages::board_ptr>(aut_, messages::get_board{});
  ASSERT_TRUE(board);
  ASSERT_EQ((*board)->rows.size(), 1U);
  EXPECT_EQ((*board)->rows[0].net, -10);
  EXPECT_EQ((*board)->rows[0].trades, 2U);
  EXPECT_EQ(flush(), 2U);
  for (auto& [repair, open] : disk_->repairs)
    EXPECT_NE(repair.kind, projection::wallet);
}

TEST_F(wallet_partition, does_a_repair_that_a_crash_left_open) {
  commit({trade(sell, 5, 1, 5, 90)});
  start();
  EXPECT_EQ(flush(), 1U);
  // Journaled, never folded.
  commit({trade(buy, 2, 1, 5, 100)}, true);
  start();
  auto view = ask<messages::wallet_view_ptr>(aut_, atom::get_v, sample_key(1));
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)->totals.realized, -10);
  EXPECT_EQ((*view)->totals.trades, 2U);
}

TEST_F(wallet_partition, quits_when_the_store_does_not_answer) {
  store_->on_operation = [](auto) { return store_fault::unavailable; };
  reader_ = adopt(
    sys_.spawn(actors::store_reader, actors::store_reader_config{},
               std::shared_ptr<messages::store>{store_->reader().value()}));
  start();
  auto reason = caf::error{};
  self_->receive([&reason](const caf::down_msg& x) { reason = x.reason; });
  EXPECT_EQ(reason, caf::make_error(domain::errc::store_unavailable));
}

class token_partition : public partition_fixture {
protected:
  void start() {
    aut_
      = adopt(sys_.spawn(actors::token_partition, config(), head_.fence,
                         reader_, writer_, router_, messages::market_actor{}));
    caf::anon_send(aut_, atom::start_v, head_);
    run();
  }

  domain::trade trade(uint64_t slot, uint64_t mint) {
    return plain_trade(buy, slot, sample_key(1), sample_key(mint), 10, 1);
  }

  uint64_t trades(uint64_t mint) {
    auto x = ask<messages::token_view_ptr>(aut_, atom::get_v, sample_key(mint));
    return x ? (*x)->state.trades : ~uint64_t{0};
  }

  uint64_t flush() {
    auto x = ask<uint64_t>(aut_, atom::flush_v);
    return x ? *x : ~uint64_t{0};
  }

  messages::token_partition_actor aut_ = {};
};

TEST_F(token_partition, folds_the_tail_of_the_journal_behind_its_cursor) {
  commit({trade(1, 1)});
  start();
  EXPECT_EQ(flush(), 1U);
  commit({trade(2, 1), trade(3, 2)});
  start();
  EXPECT_EQ(trades(1), 2U);
  EXPECT_EQ(trades(2), 1U);
}

TEST_F(token_partition, drops_idle_entities_and_loads_them_again) {
  live_max_ = 1;
  start();
  send(aut_, commit({trade(1, 1), trade(2, 2), trade(3, 3)}));
  run();
  EXPECT_EQ(flush(), 3U);
  EXPECT_EQ(status_of(aut_, "entities"), 1U);
  send(aut_, commit({trade(4, 1), trade(5, 2), trade(6, 3)}));
  run();
  for (uint64_t mint = 1; mint <= 3; ++mint)
    EXPECT_EQ(trades(mint), 2U);
}

TEST_F(token_partition, folds_again_what_an_entity_died_over) {
  start();
  send(aut_, commit({trade(1, 1)}));
  run();
  send(aut_, commit({trade(2, 1)}));
  run_all_but("token-candles");
  EXPECT_EQ(kill("token-candles"), 1U);
  run();
  EXPECT_EQ(trades(1), 2U);
  EXPECT_EQ(flush(), 2U);
}

TEST_F(token_partition, stores_the_candles_of_a_repaired_token) {
  start();
  send(aut_, commit({trade(5, 1)}));
  run();
  EXPECT_EQ(flush(), 1U);
  send(aut_, commit({trade(2, 1)}, true));
  run();
  EXPECT_EQ(flush(), 2U);
  auto& candles = disk_->at(projection::token, 0).candles;
  ASSERT_FALSE(candles.empty());
  for (auto& [key, row] : candles) {
    EXPECT_EQ(row.candle.trades, 2U);
    // The one that came late opened the bar.
    auto first = domain::spot_price(trade(2, 1));
    EXPECT_EQ(domain::compare(row.candle.open, first), 0);
  }
}

/// A trade that joins the one of the slot before.
domain::trade chained_trade(uint64_t slot) {
  auto x = plain_trade(buy, slot, sample_key(1), sample_key(1), 10, 1);
  x.event_base_reserves = 1'000'000 - 10 * slot;
  return x;
}

TEST_F(token_partition, tells_where_reserves_break_before_it_acknowledges) {
  start();
  send(aut_, commit({chained_trade(1), chained_trade(2)}));
  run();
  EXPECT_TRUE(seen_->breaks.empty());

  send(aut_, commit({chained_trade(5), chained_trade(6)}));
  run();

  ASSERT_EQ(seen_->breaks.size(), 1U);
  auto& told = seen_->breaks[0];
  EXPECT_EQ(told.mint, sample_key(1));
  EXPECT_FALSE(told.whole);
  EXPECT_EQ(told.spans, (std::vector<domain::break_span>{
                          {2, {5, 0, 1}, chained_trade(5).block_time}}));
  EXPECT_EQ(status_of(aut_, "reserve_breaks"), 1U);
  EXPECT_EQ(status_of(aut_, "reserve_breaks_total"), 1U);
}

TEST_F(token_partition, tells_again_at_a_start_where_reserves_break) {
  start();
  send(aut_, commit({chained_trade(1), chained_trade(5)}));
  run();
  EXPECT_EQ(flush(), 2U);
  auto before = seen_->breaks;
  seen_->breaks.clear();

  start();

  ASSERT_EQ(seen_->breaks.size(), 1U);
  EXPECT_TRUE(seen_->breaks[0].whole);
  EXPECT_EQ(seen_->breaks[0].spans, before[0].spans);
  EXPECT_EQ(status_of(aut_, "reserve_breaks"), 1U);
  EXPECT_EQ(status_of(aut_, "reserve_breaks_total"), 0U);
}

TEST_F(token_partition, tells_that_a_break_is_healed) {
  start();
  send(aut_, commit({chained_trade(1), chained_trade(3)}));
  run();
  EXPECT_EQ(status_of(aut_, "reserve_breaks"), 1U);
  seen_->breaks.clear();

  send(aut_, commit({chained_trade(2)}, true));
  run();

  ASSERT_EQ(seen_->breaks.size(), 1U);
  EXPECT_TRUE(seen_->breaks[0].whole);
  EXPECT_TRUE(seen_->breaks[0].spans.empty());
  EXPECT_EQ(status_of(aut_, "reserve_breaks"), 0U);
  EXPECT_EQ(status_of(aut_, "reserve_breaks_total"), 1U);
  EXPECT_EQ(flush(), 3U);
  auto& row = disk_->at(projection::token, 0).tokens.at(sample_key(1));
  EXPECT_EQ(row.reserve_breaks, 0U);
  // All rows are in the sums, live and of the history.
  EXPECT_EQ(status_of(aut_, "sum_mismatches_total"), 0U);
  EXPECT_TRUE(seen_->repairs_wanted.empty());
}

} // namespace

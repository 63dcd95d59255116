#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "actors/token_partition.hpp"
#include "actors/wallet_partition.hpp"
#include "tests/actors/store_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

constexpr auto buy = domain::trade_side::buy;
constexpr auto sell = domain::trade_side::sell;

class change_feed : public store_fixture {
protected:
  actors::partition_config config() const {
    auto result = actors::partition_config{};
    result.hash_seed = one_partition.hash_seed;
    result.publishes = true;
    result.changed_max = changed_max_;
    return result;
  }

  void start() {
    wallets_ = adopt(sys_.spawn(actors::wallet_partition, config(), head_.fence,
                                reader_, writer_, router_));
    tokens_
      = adopt(sys_.spawn(actors::token_partition, config(), head_.fence,
                         reader_, writer_, router_, messages::market_actor{}));
    caf::anon_send(wallets_, atom::start_v, head_);
    caf::anon_send(tokens_, atom::start_v, head_);
    run();
  }

  void fold(std::vector<domain::trade> trades) {
    auto routed = route(commit(std::move(trades)));
    caf::anon_send(wallets_, routed);
    caf::anon_send(tokens_, routed);
    run();
  }

  void flush() {
    EXPECT_TRUE(ask<uint64_t>(wallets_, atom::flush_v));
    EXPECT_TRUE(ask<uint64_t>(tokens_, atom::flush_v));
  }

  messages::wallet_changes wallet_changes(uint32_t keys_max = 100,
                                          uint64_t delivered_jpos = 0,
                                          bool resync = false) {
    auto x = ask<messages::wallet_changes_ptr>(
      wallets_, messages::get_changes{keys_max, resync, delivered_jpos});
    EXPECT_TRUE(x);
    return x ? **x : messages::wallet_changes{};
  }

  messages::token_changes token_changes(bool resync = false) {
    auto x = ask<messages::token_changes_ptr>(
      tokens_, messages::get_changes{100, resync, head_.jpos});
    EXPECT_TRUE(x);
    return x ? **x : messages::token_changes{};
  }

  static domain::trade trade(domain::trade_side side, uint64_t slot,
                             uint64_t wallet, uint64_t mint = 100) {
    return plain_trade(side, slot, sample_key(wallet), sample_key(mint), 5, 10);
  }

  size_t changed_max_ = 100;
  messages::store_writer_actor writer_ = adopt(sys_.spawn(
    actors::store_writer, actors::store_writer_config{}, store_, router_));
  messages::store_reader_actor reader_ = adopt(
    sys_.spawn(actors::store_reader, actors::store_reader_config{},
               std::shared_ptr<messages::store>{store_->reader().value()}));
  messages::wallet_partition_actor wallets_ = {};
  messages::token_partition_actor tokens_ = {};
};

TEST_F(change_feed, tells_the_newest_state_of_each_key_once) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  fold({trade(buy, 3, 1), trade(sell, 4, 1, 200)});

  auto x = wallet_changes();
  ASSERT_EQ(x.changes.size(), 2U);
  EXPECT_EQ(x.epoch, 2U);
  EXPECT_EQ(x.jpos, 4U);
  EXPECT_FALSE(x.more);
  auto& first = x.changes[0];
  EXPECT_EQ(first.wallet, sample_key(1));
  EXPECT_EQ(first.totals.trades, 3U);
  EXPECT_EQ(first.seq, 4U);
  EXPECT_EQ(first.slot, 4U);
  // Both positions changed; their lots stay at home.
  ASSERT_EQ(first.positions.size(), 2U);
  EXPECT_EQ(first.positions[0].units, 10);
  EXPECT_EQ(first.positions[0].lots.size(), 0U);
  EXPECT_TRUE(wallet_changes().changes.empty());

  fold({trade(buy, 5, 1)});
  x = wallet_changes();
  ASSERT_EQ(x.changes.size(), 1U);
  // The other position did not change since.
  EXPECT_EQ(x.changes[0].positions.size(), 1U);
}

TEST_F(change_feed, tells_as_many_as_are_wanted) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2), trade(buy, 3, 3)});
  auto x = wallet_changes(2);
  EXPECT_EQ(x.changes.size(), 2U);
  EXPECT_TRUE(x.more);
  x = wallet_changes(2);
  EXPECT_EQ(x.changes.size(), 1U);
  EXPECT_FALSE(x.more);
}

TEST_F(change_feed, tells_a_hole_when_nobody_asked_for_long) {
  changed_max_ = 2;
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  EXPECT_EQ(wallet_changes().lost, 0U);
  fold({trade(buy, 3, 1), trade(buy, 4, 2), trade(buy, 5, 3)});
  auto x = wallet_changes();
  EXPECT_EQ(x.changes.size(), 2U);
  EXPECT_EQ(x.lost, 5U);
  EXPECT_EQ(wallet_changes().lost, 0U);
}

TEST_F(change_feed, tells_bars_that_closed_before_those_that_are_open) {
  start();
  fold({trade(buy, 1, 1)});
  EXPECT_FALSE(token_changes().changes.empty());
  // Two seconds later: a bar of a second closed.
  fold({trade(buy, 3, 1)});

  auto x = token_changes();
  ASSERT_EQ(x.changes.size(), 1U);
  auto& token = x.changes[0];
  EXPECT_EQ(token.token.trades, 2U);
  EXPECT_EQ(token.token.last_side, buy);
  EXPECT_EQ(token.seq, 2U);
  ASSERT_EQ(token.bars.size(), 7U);
  EXPECT_TRUE(token.bars[0].closed);
  EXPECT_EQ(token.bars[0].bar.interval, domain::interval::s1);
  EXPECT_EQ(token.bars[0].seq, 1U);
  for (size_t i = 1; i < 7; ++i) {
    EXPECT_FALSE(token.bars[i].closed);
    EXPECT_EQ(token.bars[i].seq, 2U);
  }
  auto day = static_cast<size_t>(domain::token_window::h24);
  EXPECT_EQ(token.token.windows[day].sums.trades, 2U);
}

TEST_F(change_feed, tells_tokens_again_when_a_window_moved) {
  start();
  fold({trade(buy, 1, 1)});
  token_changes();
  // Later in another coin: the 5 minutes of the first one are over.
  fold({trade(buy, 400, 1, 200)});
  auto x = token_changes();
  ASSERT_EQ(x.changes.size(), 2U);
  for (auto& change : x.changes)
    // Nothing new is to be drawn where nothing was traded.
    EXPECT_EQ(change.bars.empty(), change.token.mint == sample_key(100));
}

TEST_F(change_feed, tells_everything_again_from_the_store_after_a_restart) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2, 200)});
  EXPECT_EQ(wallet_changes().changes.size(), 2U);
  EXPECT_EQ(token_changes().changes.size(), 2U);
  // The next request tells that all of it is delivered.
  wallet_changes(100, head_.jpos);
  flush();
  start();
  EXPECT_TRUE(wallet_changes().changes.empty());
  EXPECT_TRUE(token_changes().changes.empty());
  auto x = token_changes(true);
  EXPECT_EQ(x.changes.size(), 2U);
  for (auto& change : x.changes) {
    EXPECT_EQ(change.token.trades, 1U);
    EXPECT_EQ(change.seq, 0U);
  }
}

TEST_F(change_feed, tells_what_was_stored_and_perhaps_not_published) {
  start();
  fold({trade(buy, 1, 1)});
  EXPECT_EQ(wallet_changes().changes.size(), 1U);
  fold({trade(buy, 2, 2, 200)});
  EXPECT_EQ(wallet_changes(100, 1).changes.size(), 1U);
  flush();
  start();
  // The first request of a publisher asks for all.
  auto x = wallet_changes(100, 0, true);
  ASSERT_EQ(x.changes.size(), 1U);
  EXPECT_EQ(x.changes[0].wallet, sample_key(2));
  EXPECT_EQ(x.changes[0].positions.size(), 1U);
}

TEST_F(change_feed, tells_again_whom_it_is_asked_for) {
  start();
  fold({trade(buy, 1, 1), trade(buy, 2, 2)});
  wallet_changes();
  auto request = messages::get_changes{};
  // One that nobody knows among them.
  request.again = {sample_key(1), sample_key(3)};
  auto x = ask<messages::wallet_changes_ptr>(wallets_, request);
  ASSERT_TRUE(x);
  ASSERT_EQ((*x)->changes.size(), 1U);
  EXPECT_EQ((*x)->changes[0].wallet, sample_key(1));
  EXPECT_EQ((*x)->changes[0].totals.trades, 1U);
}

TEST_F(change_feed, tells_the_tail_of_the_journal_after_a_crash) {
  start();
  fold({trade(buy, 1, 1)});
  start();
  auto x = wallet_changes();
  ASSERT_EQ(x.changes.size(), 1U);
  EXPECT_EQ(x.changes[0].seq, 1U);
}

TEST_F(change_feed, keeps_an_entity_that_is_not_told_yet) {
  start();
  fold({trade(buy, 1, 1)});
  flush();
  EXPECT_EQ(status_of(wallets_, "entities"), 1U);
}

TEST_F(change_feed, tells_an_entity_that_died_once_it_is_folded_again) {
  start();
  fold({trade(buy, 1, 1)});
  auto request = self_->request(wallets_, caf::infinite,
                                messages::get_changes{100, false, 0});
  run_all_but("wallet-ledger");
  EXPECT_EQ(kill("wallet-ledger"), 1U);
  run();
  request.receive(
    [](const messages::wallet_changes_ptr& x) {
      EXPECT_TRUE(x->changes.empty());
    },
    [](caf::error& err) { ADD_FAILURE() << to_string(err); });
  fold({trade(buy, 2, 1)});
  auto x = wallet_changes();
  ASSERT_EQ(x.changes.size(), 1U);
  EXPECT_EQ(x.changes[0].totals.trades, 2U);
}

} // namespace

// A publisher with a sink in its own process beside the other one.

#include "tests/actors/publisher_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using namespace std::chrono_literals;

class publisher_of_two : public publisher {
protected:
  publisher_of_two() {
    has_local_ = true;
  }

  /// The `(prev, seq)` of one kind of messages.
  template <class Kind>
  static std::vector<std::pair<uint64_t, uint64_t>>
  links_of(const std::vector<publication>& items) {
    auto result = std::vector<std::pair<uint64_t, uint64_t>>{};
    for (auto& item : items)
      if (auto x = std::get_if<Kind>(&item))
        result.emplace_back(x->stamp.prev, x->stamp.seq);
    return result;
  }

  using links = std::vector<std::pair<uint64_t, uint64_t>>;
};

TEST_F(publisher_of_two, tells_the_local_one_while_the_other_is_away) {
  start();
  commit({1, 1});
  change_token(2, {60});
  EXPECT_TRUE(items().empty());
  auto local = local_items();
  EXPECT_EQ(links_of<messages::trade_publication>(local),
            (links{{0, 1}, {1, 2}}));
  EXPECT_EQ(links_of<messages::candle_publication>(local), (links{{0, 2}}));
  EXPECT_EQ(links_of<messages::token_publication>(local), (links{{0, 2}}));
  advance(config_.board_period);
  EXPECT_EQ(links_of<messages::board_publication>(local_items()).size(), 3U);
}

TEST_F(publisher_of_two, tells_a_sink_that_returns_all_that_it_missed_once) {
  start();
  ready();
  commit({1});
  change_token(1, {60});
  deliver_all();
  ready(false);
  commit({1});
  change_token(2, {60});
  commit({1});
  change_token(3, {60, 120});
  commit({1});
  change_token(4, {120});
  auto before = items().size();
  ready();
  deliver_all();

  auto all = items();
  auto late = std::vector<publication>(
    all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
  // Each trade; each bar and the token once, in their last state. None of
  // them shows a hole.
  EXPECT_EQ(links_of<messages::trade_publication>(late),
            (links{{1, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(links_of<messages::candle_publication>(late),
            (links{{1, 3}, {3, 4}}));
  EXPECT_EQ(links_of<messages::token_publication>(late), (links{{1, 4}}));
  // The local one heard all of it when it happened, and hears nothing twice.
  EXPECT_EQ(links_of<messages::trade_publication>(local_items()),
            (links{{0, 1}, {1, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(links_of<messages::candle_publication>(local_items()),
            (links{{0, 1}, {1, 2}, {2, 3}, {3, 3}, {3, 4}}));
  EXPECT_EQ(links_of<messages::token_publication>(local_items()),
            (links{{0, 1}, {1, 2}, {2, 3}, {3, 4}}));
  // Keys may be gone with the sink.
  EXPECT_TRUE(seen_->token_requests.back().resync);
}

TEST_F(publisher_of_two, counts_as_published_what_the_other_took) {
  start();
  ready();
  commit({1});
  change_token(1);
  deliver_all();
  advance(config_.period);
  EXPECT_EQ(seen_->token_requests.back().delivered_jpos, 1U);
  ready(false);
  commit({1});
  change_token(2);
  advance(config_.period);
  advance(config_.period);
  EXPECT_EQ(links_of<messages::token_publication>(local_items()).size(), 2U);
  EXPECT_EQ(seen_->token_requests.back().delivered_jpos, 1U);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 1U);
  ready();
  deliver_all();
  advance(config_.period);
  EXPECT_EQ(seen_->token_requests.back().delivered_jpos, 2U);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 2U);
}

TEST_F(publisher_of_two, lets_states_go_when_too_many_wait) {
  config_.owed_bytes_max = 1;
  start();
  ready();
  ready(false);
  change_token(1);
  change_token(2);
  ready();
  EXPECT_TRUE(links_of<messages::token_publication>(items()).empty());
  EXPECT_EQ(status_of(aut_, "owed_left_out_total"), 2U);
}

TEST_F(publisher_of_two, asks_again_for_wallets_whose_states_went) {
  // One wallet has room.
  config_.owed_bytes_max = sizeof(publication) + 512;
  start();
  ready();
  commit({1});
  advance(config_.period);
  deliver_all();
  ready(false);
  for (auto wallet : {7, 8}) {
    seen_->wallets.changes.resize(1);
    seen_->wallets.changes[0].wallet
      = sample_key(static_cast<uint64_t>(wallet));
    seen_->wallets.changes[0].seq = 1;
    seen_->wallets.jpos = 1;
    advance(config_.period);
  }
  // Nobody to tell yet.
  EXPECT_TRUE(seen_->wallet_requests.back().again.empty());
  ready();
  EXPECT_EQ(seen_->wallet_requests.back().again,
            std::vector<domain::pubkey>{sample_key(7)});
  // It is not told that all is published up to there.
  deliver_all();
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 0U);
  EXPECT_TRUE(seen_->wallet_requests.back().again.empty());
}

TEST_F(publisher_of_two, tells_rows_of_before_to_the_one_that_publishes) {
  auto boot = messages::journal_boot{};
  boot.head.jpos = 10;
  boot.published_jpos = 8;
  for (uint64_t jpos = 9; jpos <= 10; ++jpos)
    seen_->old_rows.trades.push_back(sample_trade(
      jpos, {9, static_cast<uint32_t>(jpos), 1}, sample_key(1), sample_key(2)));
  start(boot);
  commit({2});
  ready();
  deliver_all();
  EXPECT_EQ(links_of<messages::trade_publication>(items()),
            (links{{8, 9}, {9, 10}, {10, 11}}));
  EXPECT_EQ(links_of<messages::trade_publication>(local_items()),
            (links{{10, 11}}));
}

TEST_F(publisher_of_two, has_a_bound_for_the_local_one_too) {
  config_.local_batches_max = 2;
  seen_->local_takes = false;
  start();
  commit({1});
  commit({1});
  commit({1});
  EXPECT_EQ(local_items().size(), 2U);
  EXPECT_EQ(status_of(aut_, "local_rows_left_out_total"), 1U);
  // Nobody is asked for what could not be told.
  auto asked = seen_->token_requests.size();
  advance(config_.period);
  EXPECT_EQ(seen_->token_requests.size(), asked);
  // Once it took some it sees the hole.
  caf::anon_send(local_, atom::go_v);
  run();
  commit({1});
  EXPECT_EQ(links_of<messages::trade_publication>(local_items()),
            (links{{0, 1}, {1, 2}, {3, 4}}));
  // Nothing of it touches the other.
  ready();
  EXPECT_EQ(links_of<messages::trade_publication>(items()).size(), 4U);
}

} // namespace

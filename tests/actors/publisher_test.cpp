#include "tests/actors/publisher_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using namespace std::chrono_literals;

TEST_F(publisher, publishes_each_row_at_once_and_names_the_one_before) {
  start();
  ready();
  commit({1, 2, 1});
  commit({2});

  auto all = items();
  ASSERT_EQ(all.size(), 4U);
  auto prevs = std::vector<uint64_t>{};
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(stamp_of(all[i]).seq, i + 1);
    EXPECT_EQ(stamp_of(all[i]).rev, 0U);
    prevs.push_back(stamp_of(all[i]).prev);
  }
  EXPECT_EQ(prevs, (std::vector<uint64_t>{0, 0, 1, 2}));
}

TEST_F(publisher, publishes_births_and_graduations_on_channels_of_their_own) {
  start();
  ready();
  auto x = messages::epoch{};
  auto kinds
    = {domain::token_event_kind::created, domain::token_event_kind::completed,
       domain::token_event_kind::migrated, domain::token_event_kind::created};
  auto jpos = uint64_t{0};
  for (auto kind : kinds) {
    auto event = sample_event(++jpos, {10, 1, 1}, sample_key(1));
    event.kind = kind;
    x.token_events.push_back(event);
  }
  commit({}, x);

  auto all = items();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(stamp_of(all[0]).prev, 0U);
  EXPECT_EQ(stamp_of(all[1]).prev, 0U);
  EXPECT_EQ(stamp_of(all[2]).seq, 4U);
  EXPECT_EQ(stamp_of(all[2]).prev, 1U);
}

TEST_F(publisher, tells_partitions_what_is_delivered_once_it_is) {
  start();
  ready();
  commit({1, 2});
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 0U);
  deliver(1);
  // Rows are delivered; what the partition told was of before.
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 0U);
  seen_->wallets.jpos = 2;
  seen_->wallets.changes.resize(1);
  advance(config_.period);
  auto batch = seen_->batches.back()->number;
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 0U);
  deliver(batch);
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.back().delivered_jpos, 2U);
}

TEST_F(publisher, sends_no_more_than_the_sink_can_take) {
  config_.batches_max = 2;
  start();
  ready();
  for (auto i = 0; i < 5; ++i)
    commit({1});
  EXPECT_EQ(seen_->batches.size(), 2U);
  deliver(1);
  EXPECT_EQ(seen_->batches.size(), 3U);
}

TEST_F(publisher, shows_a_hole_where_its_memory_was_too_small) {
  config_.line_bytes_max = 4 * sizeof(domain::trade) + 4 * sizeof(head_)
                           + 3 * sizeof(messages::epoch);
  start();
  for (auto i = 0; i < 50; ++i)
    commit({1});
  EXPECT_LE(status_of(aut_, "line_bytes"), config_.line_bytes_max);
  auto left_out = status_of(aut_, "rows_left_out_total");
  EXPECT_GT(left_out, 0U);
  ready();

  auto all = items();
  ASSERT_EQ(all.size(), 50 - left_out);
  // The first that comes names one that nobody saw, the others are whole.
  EXPECT_EQ(stamp_of(all[0]).seq, left_out + 1);
  for (auto& item : all)
    EXPECT_EQ(stamp_of(item).prev, stamp_of(item).seq - 1);
}

TEST_F(publisher, publishes_again_what_may_not_have_been) {
  auto boot = messages::journal_boot{};
  boot.head.jpos = 10;
  boot.published_jpos = 7;
  for (uint64_t jpos = 8; jpos <= 10; ++jpos)
    seen_->old_rows.trades.push_back(sample_trade(
      jpos, {9, static_cast<uint32_t>(jpos), 1}, sample_key(1), sample_key(2)));
  start(boot);
  commit({2});
  ready();

  ASSERT_EQ(seen_->loads.size(), 1U);
  EXPECT_EQ(seen_->loads[0].after, 7U);
  EXPECT_EQ(seen_->loads[0].up_to, 10U);
  auto all = items();
  ASSERT_EQ(all.size(), 4U);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(stamp_of(all[i]).seq, i + 8);
    // What was published before this run ended no later than there.
    EXPECT_EQ(stamp_of(all[i]).prev, i + 7);
  }
}

TEST_F(publisher, tells_a_hole_when_too_much_would_be_published_again) {
  config_.republish_max = 1;
  auto boot = messages::journal_boot{};
  boot.head.jpos = 10;
  boot.published_jpos = 2;
  seen_->old_rows.trades.push_back(
    sample_trade(10, {9, 1, 1}, sample_key(1), sample_key(2)));
  start(boot);
  ready();

  auto all = items();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(stamp_of(all[0]).prev, 9U);
}

TEST_F(publisher, asks_partitions_once_a_period_and_only_for_a_sink) {
  start();
  advance(config_.period * 3);
  EXPECT_TRUE(seen_->wallet_requests.empty());
  ready();
  EXPECT_EQ(seen_->wallet_requests.size(), 1U);
  EXPECT_TRUE(seen_->wallet_requests[0].resync);
  advance(config_.period);
  EXPECT_EQ(seen_->wallet_requests.size(), 2U);
  EXPECT_FALSE(seen_->wallet_requests[1].resync);
  EXPECT_EQ(seen_->token_requests.size(), 2U);
  // A sink that comes back may have lost all.
  ready(false);
  ready();
  EXPECT_TRUE(seen_->token_requests.back().resync);
  EXPECT_TRUE(seen_->wallet_requests.back().resync);
}

TEST_F(publisher, numbers_states_by_their_last_row_and_their_epoch) {
  start();
  ready();
  for (auto [seq, epoch, lost] :
       {std::tuple{5, 3, 0}, std::tuple{5, 4, 0}, std::tuple{9, 6, 8}}) {
    auto change = messages::wallet_change{};
    change.wallet = sample_key(1);
    change.seq = static_cast<uint64_t>(seq);
    seen_->wallets.epoch = static_cast<uint64_t>(epoch);
    seen_->wallets.lost = static_cast<uint64_t>(lost);
    seen_->wallets.changes.push_back(change);
    advance(config_.period);
  }

  auto all = items();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(stamp_of(all[0]).seq, 5U);
  EXPECT_EQ(stamp_of(all[0]).rev, 3U);
  EXPECT_EQ(stamp_of(all[1]).seq, 5U);
  EXPECT_EQ(stamp_of(all[1]).rev, 4U);
  EXPECT_EQ(stamp_of(all[1]).prev, 5U);
  // Changes up to 8 may have been left out.
  EXPECT_EQ(stamp_of(all[2]).prev, 8U);
}

TEST_F(publisher, marks_bars_that_lie_in_a_gap) {
  start();
  ready();
  auto x = messages::epoch{};
  x.gaps_opened.push_back({11, 12, 1'700'000'030, "missing_parent", false});
  x.slots = {sample_slot(10), sample_slot(13)};
  x.slots[0].block_time = 1'700'000'010;
  x.slots[1].block_time = 1'700'000'030;
  x.after.chain_time = 1'700'000'030;
  commit({}, x);
  auto change = messages::token_change{};
  change.token.mint = sample_key(1);
  for (auto time : {1'700'000'000, 1'700'000'020, 1'700'000'040}) {
    auto bar = messages::bar_change{};
    bar.bar.interval = domain::interval::s1;
    bar.bar.candle.open_time = time;
    bar.seq = static_cast<uint64_t>(time);
    change.bars.push_back(bar);
  }
  seen_->tokens.changes.push_back(change);
  advance(config_.period);

  auto complete = std::vector<bool>{};
  for (auto& item : items())
    if (auto candle = std::get_if<messages::candle_publication>(&item))
      complete.push_back(candle->complete);
  EXPECT_EQ(complete, (std::vector<bool>{true, false, true}));
}

/// A change of coin 1 in an answer of this epoch.
messages::token_changes changes_at(uint64_t epoch) {
  auto x = messages::token_changes{};
  x.epoch = epoch;
  x.changes.resize(1);
  x.changes[0].token.mint = sample_key(1);
  x.changes[0].seq = epoch;
  return x;
}

TEST_F(publisher, tells_a_token_when_its_holders_are_counted) {
  start();
  ready();
  seen_->tokens = changes_at(7);
  seen_->wallets.epoch = 6;
  seen_->wallets.holders = {{sample_key(1), 2}};
  seen_->wallets.holders_number = 1;
  advance(config_.period);
  EXPECT_TRUE(items().empty());
  EXPECT_EQ(status_of(aut_, "tokens_held"), 1U);
  // The partition is not asked again before.
  auto asked = seen_->token_requests.size();
  seen_->wallets.epoch = 7;
  seen_->wallets.holders = {{sample_key(1), 1}};
  seen_->wallets.holders_number = 2;
  advance(config_.period);
  EXPECT_EQ(seen_->token_requests.size(), asked);
  auto all = items();
  ASSERT_EQ(all.size(), 1U);
  auto& token = std::get<messages::token_publication>(all[0]);
  EXPECT_EQ(token.holders, 3U);
  EXPECT_EQ(token.stamp.rev, 7U);
  advance(config_.period);
  EXPECT_GT(seen_->token_requests.size(), asked);
}

TEST_F(publisher, counts_holders_without_a_sink) {
  start();
  seen_->wallets.holders = {{sample_key(1), 2}};
  advance(config_.period);
  seen_->tokens = changes_at(0);
  ready();
  advance(config_.period);
  auto all = items();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(std::get<messages::token_publication>(all[0]).holders, 2U);
}

TEST_F(publisher, tells_what_the_wallets_of_a_board_know_once_each) {
  seen_->board.rows.resize(1);
  seen_->board.rows[0].wallet = sample_key(5);
  seen_->totals = std::make_shared<messages::totals_by_wallet>();
  (*seen_->totals)[sample_key(5)].tokens = 3;
  start();
  ready();
  advance(config_.board_period);
  ASSERT_EQ(seen_->totals_requests.size(), 1U);
  EXPECT_EQ(seen_->totals_requests[0].wallets,
            std::vector<domain::pubkey>{sample_key(5)});
  auto boards = 0;
  for (auto& item : items())
    if (auto board = std::get_if<messages::board_publication>(&item)) {
      ++boards;
      EXPECT_EQ(board->totals->at(sample_key(5)).tokens, 3U);
    }
  EXPECT_EQ(boards, 3);
}

TEST_F(publisher, tells_boards_without_those_who_do_not_answer) {
  seen_->board.rows.resize(1);
  start();
  ready();
  advance(config_.board_period);
  advance(config_.totals_timeout);
  EXPECT_EQ(status_of(aut_, "totals_failures_total"), 1U);
  ASSERT_EQ(items().size(), 4U);
  EXPECT_TRUE(
    std::get<messages::board_publication>(items()[0]).totals->empty());
}

TEST_F(publisher, publishes_boards_once_an_epoch_and_period) {
  start();
  ready();
  // Not before all partitions answered once.
  advance(config_.period);
  advance(config_.board_period);
  // Three windows by two orders.
  EXPECT_EQ(seen_->boards, 6U);
  auto count = items().size();
  EXPECT_EQ(count, 4U);
  for (auto i = uint64_t{1}; i <= seen_->batches.size(); ++i)
    deliver(i);
  advance(config_.board_period);
  EXPECT_EQ(seen_->boards, 6U);
  caf::anon_send(aut_, messages::epoch_completed{1});
  advance(config_.board_period);
  EXPECT_EQ(seen_->boards, 12U);
  EXPECT_EQ(stamp_of(items().back()).seq, 1U);
}

TEST_F(publisher, publishes_boards_of_all_who_folded_before_they_told) {
  seen_->wallets_fail = true;
  start();
  ready();
  advance(config_.period);
  advance(config_.board_period);
  // Whoever loads its windows gives poor ones.
  EXPECT_EQ(seen_->boards, 0U);
  caf::anon_send(aut_, messages::epoch_completed{1});
  advance(config_.board_period);
  EXPECT_EQ(seen_->boards, 6U);
}

TEST_F(publisher, has_delivered_all_when_a_flush_is_answered) {
  start();
  ready();
  commit({1});
  auto request = self_->request(aut_, caf::infinite, atom::flush_v);
  run();
  auto answered = false;
  for (uint64_t i = 1; i <= 8; ++i)
    deliver(i);
  request.receive([&](uint64_t) { answered = true; },
                  [](caf::error& err) { ADD_FAILURE() << to_string(err); });
  EXPECT_TRUE(answered);
}

TEST_F(publisher, ends_a_flush_when_the_sink_takes_nothing_for_long) {
  start();
  ready();
  commit({1});
  auto request = self_->request(aut_, caf::infinite, atom::flush_v);
  run();
  for (auto past = 0ms; past <= config_.patience + 2 * config_.period;
       past += config_.period)
    advance(config_.period);
  auto answered = false;
  request.receive([&](uint64_t) { answered = true; },
                  [](caf::error& err) { ADD_FAILURE() << to_string(err); });
  EXPECT_TRUE(answered);
}

TEST_F(publisher, waits_in_a_flush_for_answers_that_take_their_time) {
  start();
  ready();
  commit({1});
  for (uint64_t i = 1; i <= 8; ++i)
    deliver(i);
  caf::anon_send(aut_, messages::epoch_completed{1});
  seen_->boards_wait = true;
  auto answered = std::make_shared<bool>(false);
  sys_.spawn([aut = aut_, answered](caf::event_based_actor* self) {
    self->request(aut, caf::infinite, atom::flush_v).then([answered](uint64_t) {
      *answered = true;
    });
  });
  run();
  for (auto past = 0ms; past <= config_.patience + 2 * config_.period;
       past += config_.period) {
    advance(config_.period);
    deliver(seen_->batches.size());
  }
  EXPECT_FALSE(seen_->late_boards.empty());
  EXPECT_FALSE(*answered);
  // Without answers there are no boards.
  seen_->late_boards.clear();
  run();
}

TEST_F(publisher, answers_a_flush_at_once_without_a_sink) {
  start();
  commit({1});
  EXPECT_TRUE(ask<uint64_t>(aut_, atom::flush_v));
}

TEST_F(publisher, tells_how_many_hold_a_coin) {
  start();
  seen_->wallets.holders = {{sample_key(1), 2}};
  advance(config_.period);
  auto holders = ask<uint64_t>(aut_, atom::get_v, sample_key(1));
  ASSERT_TRUE(holders);
  EXPECT_EQ(*holders, 2U);
}

TEST_F(publisher, follows_partitions_that_move) {
  start();
  ready();
  advance(config_.period);
  deliver_all();
  // What the old one knows of holders, and has not told yet.
  seen_->wallets.epoch = 1;
  seen_->wallets.holders_number = 5;
  seen_->wallets.holders.push_back({sample_key(1), 2});
  auto to = std::make_shared<surroundings>();
  to->wallets.epoch = 2;
  to->wallets.holders.push_back({sample_key(1), 1});
  auto asked = seen_->wallet_requests.size();
  ASSERT_TRUE(move_partitions(to));
  auto holders = ask<uint64_t>(aut_, atom::get_v, sample_key(1));
  ASSERT_TRUE(holders);
  EXPECT_EQ(*holders, 2U);
  advance(config_.period);
  // The last time, for what it had not told yet.
  EXPECT_EQ(seen_->wallet_requests.size(), asked + 1);
  ASSERT_EQ(to->wallet_requests.size(), 1U);
  ASSERT_EQ(to->token_requests.size(), 1U);
  // It numbers its answers anew, and tells everything.
  EXPECT_EQ(to->wallet_requests[0].holders_taken, 0U);
  EXPECT_TRUE(to->wallet_requests[0].resync);
  EXPECT_TRUE(to->token_requests[0].resync);
  holders = ask<uint64_t>(aut_, atom::get_v, sample_key(1));
  ASSERT_TRUE(holders);
  EXPECT_EQ(*holders, 3U);
}

TEST_F(publisher, takes_all_that_partitions_have_to_tell_before_they_move) {
  start();
  ready();
  advance(config_.period);
  deliver_all();
  auto before = items().size();
  change_token(7, {60});
  // Not asked yet: what it tells next is told by nobody else.
  auto change = messages::token_change{};
  change.token.mint = sample_key(2);
  change.seq = 8;
  seen_->tokens.epoch = 8;
  seen_->tokens.jpos = 8;
  seen_->tokens.changes.push_back(change);
  seen_->wallets.epoch = 8;
  seen_->wallets.jpos = 8;
  ASSERT_TRUE(move_partitions(std::make_shared<surroundings>()));
  deliver_all();
  auto all = items();
  auto seqs = std::vector<uint64_t>{};
  for (size_t i = before; i < all.size(); ++i)
    seqs.push_back(stamp_of(all[i]).seq);
  EXPECT_EQ(seqs, (std::vector<uint64_t>{7, 7, 8}));
}

TEST_F(publisher, what_partitions_that_move_keep_for_themselves_is_a_hole) {
  start();
  // Nobody listens.
  seen_->tokens.jpos = 8;
  ASSERT_TRUE(move_partitions(seen_));
  ready();
  change_token(9);
  deliver_all();
  auto all = items();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(stamp_of(all.back()).seq, 9U);
  EXPECT_EQ(stamp_of(all.back()).prev, 8U);
}

TEST_F(publisher, does_not_follow_when_a_partition_cannot_tell_its_rest) {
  start();
  ready();
  deliver_all();
  seen_->wallets_fail = true;
  EXPECT_FALSE(move_partitions(std::make_shared<surroundings>()));
  // All begin anew; until then it goes on with those that it has.
  seen_->wallets_fail = false;
  auto asked = seen_->wallet_requests.size();
  advance(config_.period);
  EXPECT_GT(seen_->wallet_requests.size(), asked);
}

TEST_F(publisher, publishes_no_boards_while_partitions_move) {
  start();
  ready();
  advance(config_.board_period);
  auto boards = seen_->boards;
  EXPECT_GT(boards, 0U);
  caf::anon_send(aut_, atom::leave_v);
  caf::anon_send(aut_, messages::epoch_completed{5});
  advance(config_.board_period);
  advance(config_.board_period);
  EXPECT_EQ(seen_->boards, boards);
  auto others = std::make_shared<surroundings>();
  others->wallets_fail = true;
  ASSERT_TRUE(move_partitions(others));
  // They have to tell what they loaded first: others folded what is completed.
  caf::anon_send(aut_, messages::epoch_completed{6});
  advance(config_.period);
  advance(config_.board_period);
  EXPECT_EQ(seen_->boards, boards);
  others->wallets_fail = false;
  advance(config_.period);
  advance(config_.board_period);
  EXPECT_GT(seen_->boards, boards);
}

} // namespace

#include "domain/sealer.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>
#include <vector>

namespace pumpscope::domain {

namespace {

/// Feeds a sealer slot by slot and keeps what it decides. Slots are 1, 2, 3 …
/// and each one's parent is the one before unless told otherwise.
class sealer_test : public ::testing::Test {
protected:
  void start(sealer_config config, sealer_resume resume = {}) {
    sut_ = sealer{config, std::move(resume)};
  }

  /// A transaction with one trade; `mark` tells signatures apart.
  static parsed_transaction transaction(uint64_t slot, uint32_t index,
                                        uint8_t mark = 1) {
    auto result = parsed_transaction{};
    result.slot = slot;
    result.tx_index = index;
    result.signature.bytes[0] = mark;
    result.signature.bytes[1] = static_cast<uint8_t>(index);
    result.trades.emplace_back().position = {slot, index, 1};
    return result;
  }

  void add(uint64_t slot, uint32_t index, uint8_t mark = 1) {
    sut_.add(transaction(slot, index, mark), out_);
  }

  void meta(uint64_t slot, uint64_t parent) {
    auto x = block_meta{};
    x.slot = slot;
    x.parent_slot = parent;
    x.block_time = static_cast<int64_t>(1'000 + slot);
    sut_.add(x, out_);
  }

  void meta(uint64_t slot) {
    meta(slot, slot - 1);
  }

  void status(uint64_t slot, slot_status x) {
    auto update = slot_update{};
    update.slot = slot;
    update.status = x;
    sut_.add(update, out_);
  }

  void confirm(uint64_t slot) {
    status(slot, slot_status::confirmed);
  }

  /// Whole slots, one transaction each, confirmed at once.
  void play(uint64_t from, uint64_t to) {
    for (auto slot = from; slot <= to; ++slot) {
      add(slot, 0);
      meta(slot);
      confirm(slot);
    }
  }

  /// The slots sealed so far: number and how.
  struct decision {
    uint64_t slot = 0;
    bool late = false;
    bool rest = false;

    friend bool operator==(const decision&, const decision&) = default;
  };

  [[nodiscard]] std::vector<decision> decisions() const {
    auto result = std::vector<decision>{};
    for (auto& x : out_.sealed)
      result.push_back({x.slot, x.late, x.rest});
    return result;
  }

  static std::vector<decision> in_order(std::initializer_list<uint64_t> xs) {
    auto result = std::vector<decision>{};
    for (auto x : xs)
      result.push_back({x, false, false});
    return result;
  }

  sealer sut_{{}, {}};
  sealer_output out_ = {};
};

TEST_F(sealer_test, seals_a_slot_when_two_later_metas_came) {
  add(1, 0);
  confirm(1);
  meta(1);
  meta(2);
  EXPECT_TRUE(out_.sealed.empty());
  meta(3);
  EXPECT_EQ(decisions(), in_order({1}));
}

TEST_F(sealer_test, seals_nothing_that_is_not_confirmed) {
  for (uint64_t slot = 1; slot <= 9; ++slot) {
    add(slot, 0);
    meta(slot);
  }
  EXPECT_TRUE(out_.sealed.empty());
}

TEST_F(sealer_test, takes_the_confirmation_of_a_descendant) {
  for (uint64_t slot = 1; slot <= 6; ++slot)
    meta(slot);
  confirm(4);
  EXPECT_EQ(decisions(), in_order({1, 2, 3, 4}));
}

TEST_F(sealer_test, confirms_the_ancestors_that_a_late_meta_names) {
  play(1, 1);
  confirm(3);
  for (uint64_t slot = 4; slot <= 6; ++slot)
    meta(slot);
  meta(2);
  meta(3);
  meta(7);
  meta(8);
  EXPECT_EQ(decisions(), in_order({1, 2, 3}));
}

TEST_F(sealer_test, takes_a_later_meta_that_came_before_for_none) {
  // The metas of 2 and 3 came first: they say nothing about what follows 1.
  meta(2);
  meta(3);
  meta(1);
  confirm(1);
  EXPECT_TRUE(out_.sealed.empty());
  meta(4);
  meta(5);
  EXPECT_EQ(decisions(), in_order({1}));
}

TEST_F(sealer_test, goes_on_behind_a_meta_that_cannot_be_true) {
  play(1, 3);
  meta(uint64_t{1} << 60);
  play(4, 8);
  EXPECT_EQ(decisions(), in_order({1, 2, 3, 4, 5, 6}));
}

TEST_F(sealer_test, counts_a_later_meta_once) {
  add(1, 0);
  meta(1);
  confirm(1);
  for (auto i = 0; i < 3; ++i)
    meta(2);
  EXPECT_TRUE(decisions().empty());
  meta(3);
  EXPECT_EQ(decisions(), in_order({1}));
}

TEST_F(sealer_test, orders_transactions_by_their_index) {
  add(1, 7);
  add(1, 2);
  add(1, 5);
  play(2, 3);
  confirm(1);
  meta(1);
  play(4, 5);
  ASSERT_FALSE(out_.sealed.empty());
  auto indexes = std::vector<uint32_t>{};
  for (auto& x : out_.sealed.front().transactions)
    indexes.push_back(x.tx_index);
  EXPECT_EQ(indexes, (std::vector<uint32_t>{2, 5, 7}));
  EXPECT_EQ(out_.sealed.front().block_time, 1'001);
}

TEST_F(sealer_test, drops_a_copy_before_the_seal_and_behind_it) {
  add(1, 3);
  add(1, 3);
  play(1, 4);
  add(1, 3);
  ASSERT_EQ(decisions(), in_order({1, 2}));
  EXPECT_EQ(out_.sealed.front().transactions.size(), 2U);
  EXPECT_EQ(sut_.counters().duplicates, 2U);
  EXPECT_TRUE(out_.lookups.empty());
}

TEST_F(sealer_test, counts_another_transaction_at_a_known_place_as_conflict) {
  add(1, 3, 1);
  add(1, 3, 2);
  EXPECT_EQ(sut_.counters().conflicts, 1U);
  play(1, 3);
  EXPECT_EQ(out_.sealed.front().transactions.size(), 2U);
}

TEST_F(sealer_test, passes_a_transaction_behind_its_seal_on_as_late_rest) {
  play(1, 4);
  out_.clear();
  add(1, 9);
  ASSERT_EQ(decisions(), (std::vector<decision>{{1, true, true}}));
  EXPECT_EQ(out_.sealed.front().block_time, 1'001);
  EXPECT_EQ(sut_.counters().late, 1U);
  add(1, 9);
  EXPECT_EQ(out_.sealed.size(), 1U);
}

TEST_F(sealer_test, has_transactions_of_forgotten_slots_looked_up) {
  start({.recent_slots = 2});
  play(1, 8);
  out_.clear();
  add(1, 0);
  EXPECT_TRUE(out_.sealed.empty());
  ASSERT_EQ(out_.lookups.size(), 1U);

  auto old = std::move(out_.lookups.front());
  out_.clear();
  auto copy = old;
  sut_.resolve(std::move(copy), 1'001, true, out_);
  copy = old;
  sut_.resolve(std::move(copy), std::nullopt, false, out_);
  EXPECT_TRUE(out_.sealed.empty());
  EXPECT_EQ(sut_.counters().abandoned_transactions, 1U);
  sut_.resolve(std::move(old), 1'001, false, out_);
  EXPECT_EQ(decisions(), (std::vector<decision>{{1, true, true}}));
  EXPECT_EQ(out_.sealed.front().block_time, 1'001);
}

TEST_F(sealer_test, drops_the_fork_that_was_not_confirmed) {
  play(1, 2);
  add(3, 0);
  meta(3, 2);
  add(4, 0);
  meta(4, 2);
  confirm(4);
  for (uint64_t slot = 5; slot <= 7; ++slot) {
    meta(slot);
    confirm(slot);
  }
  EXPECT_EQ(decisions(), in_order({1, 2, 4, 5}));
  EXPECT_EQ(out_.dead_slots, (std::vector<uint64_t>{3}));
  EXPECT_EQ(sut_.counters().abandoned_transactions, 1U);
  EXPECT_EQ(sut_.pending_transactions(), 0U);
}

TEST_F(sealer_test, drops_a_slot_that_is_called_dead) {
  add(2, 0);
  status(2, slot_status::dead);
  EXPECT_EQ(out_.dead_slots, (std::vector<uint64_t>{2}));
  EXPECT_EQ(sut_.pending_transactions(), 0U);
}

TEST_F(sealer_test, goes_past_a_missing_parent_after_the_gap_slots) {
  start({.gap_slots = 6});
  play(1, 3);
  play(5, 10);
  EXPECT_EQ(decisions(), in_order({1, 2, 3}));
  EXPECT_TRUE(out_.gaps_opened.empty());
  play(11, 11);
  EXPECT_EQ(out_.gaps_opened, (std::vector<slot_gap>{{4, 4}}));
  EXPECT_EQ(decisions(), in_order({1, 2, 3, 5, 6, 7, 8, 9}));
}

TEST_F(sealer_test, fills_a_gap_with_slots_that_are_late) {
  start({.gap_slots = 4});
  play(1, 2);
  play(5, 10);
  ASSERT_EQ(out_.gaps_opened, (std::vector<slot_gap>{{3, 4}}));
  out_.clear();

  play(3, 3);
  play(11, 12);
  EXPECT_EQ(decisions().front(), (decision{9, false, false}));
  EXPECT_EQ(decisions().back(), (decision{3, true, false}));
  EXPECT_TRUE(out_.gaps_filled.empty());

  play(4, 4);
  play(13, 14);
  EXPECT_EQ(decisions().back(), (decision{4, true, false}));
  EXPECT_EQ(out_.gaps_filled, (std::vector<slot_gap>{{3, 4}}));
}

TEST_F(sealer_test, the_block_behind_a_gap_tells_that_its_end_was_skipped) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 10;
  resume.first_slot = 1;
  // 7 and 8 have no blocks; 9 was sealed without a word of its parent.
  resume.open_gaps = {{{5, 8}, {}}};
  start({}, resume);
  add(5, 0);
  meta(5, 4);
  confirm(5);
  add(6, 0);
  meta(6, 5);
  confirm(6);
  sut_.finish_late(out_);
  ASSERT_EQ(decisions(), (std::vector<decision>{{5, true}, {6, true}}));
  ASSERT_TRUE(out_.gaps_filled.empty());

  // One that nobody confirmed may be of a fork.
  meta(9, 6);
  EXPECT_TRUE(out_.gaps_filled.empty());
  confirm(9);

  EXPECT_EQ(out_.gaps_filled, (std::vector<slot_gap>{{5, 8}}));
  EXPECT_TRUE(sut_.open_gaps().empty());
}

TEST_F(sealer_test, a_gap_stays_open_where_the_chain_is_not_known) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 10;
  resume.first_slot = 1;
  resume.open_gaps = {{{5, 8}, {}}};
  start({}, resume);
  // Without a meta: its parent could be any slot.
  add(8, 0);
  confirm(8);
  sut_.finish_late(out_);
  EXPECT_TRUE(decisions().empty());
  sut_.finish(out_);

  EXPECT_EQ(decisions(), (std::vector<decision>{{8, true, true}}));
  EXPECT_TRUE(out_.sealed[0].partial);
  EXPECT_TRUE(out_.gaps_filled.empty());
}

TEST_F(sealer_test, has_the_rest_of_a_late_slot_looked_up) {
  start({.gap_slots = 4});
  play(1, 2);
  play(4, 10);
  play(3, 3);
  play(11, 12);
  out_.clear();

  // It may have come before, in a part of 3 that an earlier run journaled.
  add(3, 5);
  EXPECT_TRUE(decisions().empty());
  ASSERT_EQ(out_.lookups.size(), 1U);
  EXPECT_EQ(out_.lookups[0].tx_index, 5U);
}

TEST_F(sealer_test, seals_a_late_slot_once) {
  start({.gap_slots = 4});
  play(1, 2);
  play(4, 10);
  play(3, 3);
  play(11, 12);
  out_.clear();
  play(3, 3);
  play(13, 14);
  for (auto& x : decisions())
    EXPECT_FALSE(x.late);
}

TEST_F(sealer_test, seals_all_that_is_confirmed_at_the_end) {
  play(1, 3);
  add(6, 0);
  confirm(6);
  add(7, 0);
  sut_.finish(out_);
  EXPECT_EQ(decisions(), in_order({1, 2, 3, 6}));
  EXPECT_EQ(out_.gaps_opened, (std::vector<slot_gap>{{4, 5}}));
}

TEST_F(sealer_test, a_slot_whose_meta_got_lost_is_a_gap_at_the_end) {
  play(1, 3);
  // What a cut left of 4; of 5 there is nothing but its status.
  add(4, 0);
  auto update = slot_update{};
  for (auto slot : {uint64_t{4}, uint64_t{5}}) {
    update.slot = slot;
    update.parent = slot - 1;
    update.status = slot_status::confirmed;
    sut_.add(update, out_);
  }
  play(6, 7);
  sut_.finish(out_);
  // What came of 4 is kept, but nobody says that this is all.
  auto expected = in_order({1, 2, 3, 6, 7});
  expected.push_back({4, true, true});
  EXPECT_EQ(decisions(), expected);
  EXPECT_TRUE(out_.sealed.back().partial);
  EXPECT_EQ(out_.gaps_opened, (std::vector<slot_gap>{{4, 5}}));
  out_.clear();

  // A source that has it fills it.
  play(4, 5);
  add(4, 1);
  sut_.finish_late(out_);
  EXPECT_EQ(decisions(), (std::vector<decision>{{4, true}, {5, true}}));
  EXPECT_EQ(out_.gaps_filled, (std::vector<slot_gap>{{4, 5}}));
}

TEST_F(sealer_test, gives_up_the_oldest_slot_at_its_bound) {
  start({.pending_transactions_max = 3});
  add(1, 0);
  add(1, 1);
  add(2, 0);
  add(3, 0);
  EXPECT_LE(sut_.pending_transactions(), 3U);
  EXPECT_EQ(sut_.counters().given_up_slots, 1U);
  EXPECT_EQ(out_.dead_slots, (std::vector<uint64_t>{1}));
}

TEST_F(sealer_test, goes_on_behind_the_slot_that_is_sealed_in_the_journal) {
  start({}, {.sealed_slot = 5, .first_slot = 1});
  play(4, 8);
  EXPECT_EQ(decisions(), in_order({6}));
  ASSERT_EQ(out_.lookups.size(), 2U);
  EXPECT_EQ(out_.lookups[0].slot, 4U);
  EXPECT_EQ(out_.lookups[1].slot, 5U);
}

TEST_F(sealer_test, goes_on_with_the_slot_that_was_open_whatever_its_parent) {
  // A crash came inside slot 8, behind the gap of 6; there is no slot 7.
  auto resume = sealer_resume{};
  resume.sealed_slot = 5;
  resume.open_slot = 8;
  resume.first_slot = 1;
  resume.open_gaps.push_back({{6, 6}, {}});
  start({.gap_slots = 64}, resume);
  meta(8, 6);
  confirm(8);
  play(9, 10);
  EXPECT_EQ(decisions(), in_order({8}));
  EXPECT_TRUE(out_.gaps_opened.empty());

  play(6, 6);
  play(11, 12);
  EXPECT_TRUE(out_.gaps_opened.empty());
  EXPECT_EQ(out_.gaps_filled, (std::vector<slot_gap>{{6, 6}}));
}

TEST_F(sealer_test, voids_the_open_slot_when_the_chain_goes_on_without_it) {
  start({}, {.sealed_slot = 5, .open_slot = 6, .first_slot = 1});
  meta(6, 5);
  status(6, slot_status::dead);
  meta(7, 5);
  confirm(7);
  EXPECT_FALSE(out_.open_slot_voided);
  play(8, 9);
  EXPECT_EQ(decisions(), in_order({7}));
  EXPECT_TRUE(out_.open_slot_voided);
  EXPECT_TRUE(out_.gaps_opened.empty());
}

TEST_F(sealer_test, begins_with_the_open_slot_of_a_fresh_store) {
  start({}, {.open_slot = 7});
  play(6, 9);
  play(10, 11);
  // What lies before the first slot of the journal is late.
  EXPECT_EQ(decisions(), (std::vector<decision>{{7, false, false},
                                                {6, true, false},
                                                {8, false, false},
                                                {9, false, false}}));
}

TEST_F(sealer_test, closes_a_gap_whose_slots_were_all_there_before_a_crash) {
  auto resume = sealer_resume{.sealed_slot = 9, .first_slot = 1};
  resume.open_gaps.push_back({{6, 7}, {{6, 5}, {7, 6}}});
  start({}, resume);
  play(10, 10);
  EXPECT_EQ(out_.gaps_filled, (std::vector<slot_gap>{{6, 7}}));
  play(11, 12);
  EXPECT_EQ(out_.gaps_filled.size(), 1U);
}

} // namespace

} // namespace pumpscope::domain

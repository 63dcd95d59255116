#include "adapters/endpoints/update_merger.hpp"

#include "tests/adapters/endpoints/told_chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace pumpscope::test;
using namespace pumpscope::endpoints;
using pumpscope::domain::slot_status;

namespace {

/// Tells slots [from, to] of `per_slot` transactions and a meta each, without
/// the transactions of `omitted`.
void tell(update_merger& sut, size_t endpoint, uint64_t from, uint64_t to,
          uint64_t per_slot, const std::vector<uint64_t>& omitted = {}) {
  for (auto slot = from; slot <= to; ++slot) {
    for (uint64_t i = 0; i < per_slot; ++i) {
      auto number = slot * 100 + i;
      if (std::find(omitted.begin(), omitted.end(), number) == omitted.end())
        sut.add(endpoint, transaction(slot, number));
    }
    sut.add(endpoint, block_meta(slot));
  }
}

TEST(update_merger, lets_the_first_copy_of_an_update_go_on) {
  auto sut = update_merger{{}};
  // Filter names and the server's clock differ, the rest does not.
  EXPECT_TRUE(sut.add(0, transaction(5, 1, 0, 10)));
  EXPECT_FALSE(sut.add(1, transaction(5, 1, 0, 11)));
  EXPECT_FALSE(sut.add(0, transaction(5, 1, 0, 12)));
  EXPECT_TRUE(sut.add(1, transaction(5, 2)));
  EXPECT_TRUE(sut.add(1, block_meta(5, 1)));
  EXPECT_FALSE(sut.add(0, block_meta(5, 2)));
  EXPECT_TRUE(sut.add(0, status_of(5, slot_status::confirmed)));
  EXPECT_TRUE(sut.add(0, status_of(5, slot_status::finalized)));
  EXPECT_FALSE(sut.add(1, status_of(5, slot_status::confirmed)));
  EXPECT_EQ(sut.counters(0).copies, 2U);
  EXPECT_EQ(sut.counters(1).copies, 2U);
}

TEST(update_merger, lets_the_same_transaction_with_other_contents_go_on) {
  auto sut = update_merger{{}};
  EXPECT_TRUE(sut.add(0, transaction(5, 1, 1)));
  // A damaged first copy must not hide the true one.
  EXPECT_TRUE(sut.add(1, transaction(5, 1, 2)));
  EXPECT_TRUE(sut.add(1, transaction(6, 1, 1)));
}

TEST(update_merger, lets_what_is_no_update_go_on_and_counts_it) {
  auto sut = update_merger{{}};
  auto garbage = update_bytes{0x22, 0xFF, 0xFF};
  EXPECT_TRUE(sut.add(0, garbage));
  EXPECT_TRUE(sut.add(0, garbage));
  EXPECT_TRUE(sut.add(0, {}));
  EXPECT_EQ(sut.counters(0).malformed, 3U);
  EXPECT_EQ(sut.slots(), 0U);
}

TEST(update_merger, counts_what_each_endpoint_lacks) {
  auto sut = update_merger{{}};
  tell(sut, 0, 100, 110, 5, {10203, 10401, 10402});
  tell(sut, 1, 100, 110, 5, {10300});
  // Slot 100 is not whole (its predecessor was not seen), and of the last two
  // later metas did not come: 101 to 108.
  EXPECT_EQ(sut.counters(0).slots_compared, 8U);
  EXPECT_EQ(sut.counters(1).slots_compared, 8U);
  EXPECT_EQ(sut.counters(0).slots_differing, 2U);
  EXPECT_EQ(sut.counters(0).missing_transactions, 3U);
  EXPECT_EQ(sut.counters(1).slots_differing, 1U);
  EXPECT_EQ(sut.counters(1).missing_transactions, 1U);
}

TEST(update_merger, compares_when_the_slower_endpoint_is_two_metas_past) {
  auto sut = update_merger{{}};
  tell(sut, 0, 100, 110, 2);
  tell(sut, 1, 100, 102, 2, {10101});
  EXPECT_EQ(sut.counters(1).slots_compared, 0U);
  // One meta past it, it may still come.
  EXPECT_TRUE(sut.counters(1).missing_transactions == 0);
  tell(sut, 1, 103, 103, 2);
  EXPECT_EQ(sut.counters(1).slots_compared, 1U);
  EXPECT_EQ(sut.counters(1).missing_transactions, 1U);
  EXPECT_FALSE(sut.add(1, transaction(101, 10101)));
  EXPECT_EQ(sut.counters(1).late_transactions, 1U);
}

TEST(update_merger, does_not_let_copies_hide_a_difference) {
  auto sut = update_merger{{}};
  tell(sut, 0, 100, 101, 4);
  // Told twice, a plain XOR would be what it is without it.
  tell(sut, 1, 100, 101, 4, {10101});
  sut.add(1, transaction(101, 10100));
  tell(sut, 0, 102, 103, 4);
  tell(sut, 1, 102, 103, 4);
  EXPECT_EQ(sut.counters(1).missing_transactions, 1U);
  EXPECT_EQ(sut.counters(0).missing_transactions, 0U);
}

TEST(update_merger, does_not_wait_for_an_endpoint_that_is_gone) {
  auto sut = update_merger{{.endpoints = 3}};
  for (size_t i = 0; i < 3; ++i)
    tell(sut, i, 100, 102, 2);
  sut.disconnected(2);
  for (size_t i = 0; i < 2; ++i)
    tell(sut, i, 103, 106, 2);
  EXPECT_EQ(sut.counters(0).slots_compared, 4U);
  EXPECT_EQ(sut.counters(2).slots_compared, 0U);
  // Back behind what it had: that hole is known and not its fault twice.
  tell(sut, 2, 106, 110, 2);
  for (size_t i = 0; i < 2; ++i)
    tell(sut, i, 107, 110, 2);
  EXPECT_EQ(sut.counters(2).slots_compared, 2U);
  EXPECT_EQ(sut.counters(2).missing_transactions, 0U);
}

TEST(update_merger, goes_on_comparing_behind_a_resume) {
  auto sut = update_merger{{}};
  tell(sut, 0, 100, 110, 3);
  tell(sut, 1, 100, 104, 3);
  sut.disconnected(1);
  tell(sut, 1, 102, 110, 3, {10601});
  EXPECT_EQ(sut.counters(1).slots_compared, 8U);
  EXPECT_EQ(sut.counters(1).missing_transactions, 1U);
}

TEST(update_merger, forgets_the_copies_of_a_slot_that_died) {
  auto sut = update_merger{{}};
  EXPECT_TRUE(sut.add(0, transaction(5, 1)));
  EXPECT_TRUE(sut.add(1, transaction(5, 2)));
  EXPECT_TRUE(sut.add(0, status_of(5, slot_status::dead)));
  // The next version of the block holds the same transaction.
  EXPECT_TRUE(sut.add(0, transaction(5, 1)));
  // This endpoint still tells of the version that died.
  EXPECT_FALSE(sut.add(1, transaction(5, 3)));
  EXPECT_FALSE(sut.add(1, status_of(5, slot_status::confirmed)));
  EXPECT_FALSE(sut.add(1, status_of(5, slot_status::dead)));
  EXPECT_TRUE(sut.add(1, transaction(5, 4)));
  EXPECT_FALSE(sut.add(1, transaction(5, 1)));
  EXPECT_TRUE(sut.add(1, status_of(5, slot_status::confirmed)));
}

TEST(update_merger, keeps_its_bounds) {
  auto config = merger_config{};
  config.slots_max = 8;
  config.copies_max = 40;
  auto sut = update_merger{config};
  for (uint64_t slot = 1; slot <= 100; ++slot) {
    tell(sut, 0, slot, slot, 9);
    EXPECT_LE(sut.slots(), 8U);
    EXPECT_LE(sut.copies(), 40U);
  }
  EXPECT_FALSE(sut.add(0, transaction(100, 10001)));
  EXPECT_TRUE(sut.add(0, transaction(1, 101)));
}

TEST(update_merger, is_not_pushed_out_by_slots_of_the_far_future) {
  auto config = merger_config{};
  config.slots_max = 8;
  auto sut = update_merger{config};
  for (uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(sut.add(0, transaction(5, 1)), i == 0);
    sut.add(1, block_meta((uint64_t{1} << 62) + i));
  }
}

} // namespace

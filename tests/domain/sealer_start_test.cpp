#include "domain/sealer.hpp"

#include <gtest/gtest.h>

namespace pumpscope::domain {

namespace {

slot_update status_of(uint64_t slot, slot_status status) {
  auto result = slot_update{};
  result.slot = slot;
  result.parent = slot - 1;
  result.status = status;
  return result;
}

block_meta meta_of(uint64_t slot) {
  auto result = block_meta{};
  result.slot = slot;
  result.parent_slot = slot - 1;
  return result;
}

TEST(sealer_start, does_not_wait_for_slots_that_went_by_before_it_joined) {
  auto x = sealer{{}, {}};
  auto out = sealer_output{};

  // Only the fate of slots 70 to 99 is heard, their contents went by before.
  for (auto slot = uint64_t{70}; slot < 100; ++slot)
    x.add(status_of(slot, slot_status::finalized), out);
  for (auto slot = uint64_t{100}; slot < 103; ++slot) {
    x.add(meta_of(slot), out);
    x.add(status_of(slot, slot_status::confirmed), out);
  }

  ASSERT_EQ(out.sealed.size(), 1u);
  EXPECT_EQ(out.sealed[0].slot, 100u);
}

TEST(sealer_start, seals_a_slot_late_whose_meta_comes_after_the_beginning) {
  auto x = sealer{{}, {}};
  auto out = sealer_output{};
  auto transaction = parsed_transaction{};
  transaction.slot = 99;

  x.add(std::move(transaction), out);
  x.add(status_of(99, slot_status::confirmed), out);
  for (auto slot = uint64_t{100}; slot < 103; ++slot) {
    x.add(meta_of(slot), out);
    x.add(status_of(slot, slot_status::confirmed), out);
  }

  ASSERT_EQ(out.sealed.size(), 1u);
  EXPECT_EQ(out.sealed[0].slot, 100u);
  x.add(meta_of(99), out);
  x.add(meta_of(103), out);
  x.add(meta_of(104), out);
  ASSERT_GT(out.sealed.size(), 1u);
  auto& late = out.sealed.back();
  EXPECT_EQ(late.slot, 99u);
  EXPECT_TRUE(late.late);
}

} // namespace

} // namespace pumpscope::domain

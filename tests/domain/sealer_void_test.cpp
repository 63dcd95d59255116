#include "domain/sealer.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::domain;

namespace {

parsed_transaction transaction_at(uint64_t slot, uint32_t index) {
  parsed_transaction result;
  result.slot = slot;
  result.tx_index = index;
  result.signature.bytes.fill(static_cast<uint8_t>(index + 1));
  trade row;
  row.position = {slot, index, 1};
  result.trades.push_back(row);
  return result;
}

/// Feeds a sealer slots whose parent is the one before.
struct sealer_driver {
  sealer sut{{}, {}};
  sealer_output out = {};

  void transaction(uint64_t slot, uint32_t index) {
    sut.add(transaction_at(slot, index), out);
  }

  void status(uint64_t slot, slot_status x) {
    sut.add(slot_update{slot, {}, x}, out);
  }

  void block(uint64_t slot, uint64_t parent) {
    sut.add(block_meta{slot, parent, 1'700'000'000, 1}, out);
  }

  /// A slot with one transaction, confirmed.
  void whole(uint64_t slot) {
    transaction(slot, 0);
    block(slot, slot - 1);
    status(slot, slot_status::confirmed);
  }
};

TEST(sealer_void, keeps_the_letters_of_a_transaction_without_a_slot) {
  sealer_driver driver;
  driver.whole(10);
  parsed_transaction lost;
  lost.index_unknown = true;
  lost.dead_letters.emplace_back();
  driver.sut.add(std::move(lost), driver.out);
  ASSERT_EQ(driver.out.sealed.size(), 1U);
  EXPECT_TRUE(driver.out.sealed[0].rest);
  EXPECT_EQ(driver.out.sealed[0].transactions[0].dead_letters.size(), 1U);
  EXPECT_TRUE(driver.out.lookups.empty());
}

std::vector<uint64_t> slots_of(const std::vector<sealed_slot>& xs) {
  auto result = std::vector<uint64_t>{};
  for (auto& x : xs)
    result.push_back(x.slot);
  return result;
}

TEST(sealer_void, voids_a_slot_that_dies_after_it_was_sealed_once) {
  sealer_driver driver;
  for (auto slot : {10U, 11U, 12U, 13U, 14U})
    driver.whole(slot);
  ASSERT_EQ(driver.sut.sealed_slot(), 12U);
  driver.status(11, slot_status::dead);
  driver.status(11, slot_status::dead);
  EXPECT_EQ(driver.out.voided_slots, std::vector<uint64_t>{11});
  EXPECT_EQ(driver.sut.counters().voided_slots, 1U);
  EXPECT_EQ(driver.sut.counters().deaths_ignored, 1U);
  // What comes of it afterwards is for the store to judge.
  driver.out.clear();
  driver.transaction(11, 5);
  EXPECT_TRUE(driver.out.sealed.empty());
  EXPECT_EQ(driver.out.lookups.size(), 1U);
}

TEST(sealer_void, goes_on_from_the_parent_of_a_voided_slot) {
  sealer_driver driver;
  for (auto slot : {10U, 11U, 12U})
    driver.whole(slot);
  // 13 is a child of 10: the chain goes on without 11 and 12.
  driver.status(12, slot_status::dead);
  driver.transaction(13, 0);
  driver.block(13, 10);
  driver.status(13, slot_status::confirmed);
  driver.whole(14);
  driver.whole(15);
  driver.whole(16);
  EXPECT_EQ(driver.sut.sealed_slot(), 11U);
  driver.out.clear();
  driver.status(11, slot_status::dead);
  EXPECT_EQ(driver.out.voided_slots, std::vector<uint64_t>{11});
  EXPECT_EQ(slots_of(driver.out.sealed), (std::vector<uint64_t>{13, 14}));
  EXPECT_TRUE(driver.out.gaps_opened.empty());
}

TEST(sealer_void, ignores_the_death_of_an_earlier_version_of_a_slot) {
  sealer_driver driver;
  driver.whole(10);
  driver.transaction(11, 0);
  driver.status(11, slot_status::dead);
  // The block was repaired and is confirmed; a source that resumes repeats all.
  for (auto slot : {11U, 12U, 13U, 14U})
    driver.whole(slot);
  ASSERT_GE(driver.sut.sealed_slot(), 11U);
  driver.status(11, slot_status::dead);
  EXPECT_TRUE(driver.out.voided_slots.empty());
}

TEST(sealer_void,
     after_a_restart_voids_only_what_was_confirmed_before_it_died) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 12;
  resume.first_slot = 10;
  sealer_driver driver;
  driver.sut = sealer{{}, resume};
  driver.status(11, slot_status::dead);
  driver.status(11, slot_status::confirmed);
  driver.status(11, slot_status::dead);
  EXPECT_TRUE(driver.out.voided_slots.empty());
  driver.status(12, slot_status::confirmed);
  driver.status(12, slot_status::dead);
  EXPECT_EQ(driver.out.voided_slots, std::vector<uint64_t>{12});
}

TEST(sealer_void, does_not_void_what_is_too_old_to_die) {
  sealer_driver driver;
  driver.sut = sealer{{.mortal_slots = 2}, {}};
  for (auto slot : {10U, 11U, 12U, 13U, 14U, 15U})
    driver.whole(slot);
  ASSERT_EQ(driver.sut.sealed_slot(), 13U);
  driver.status(11, slot_status::dead);
  EXPECT_TRUE(driver.out.voided_slots.empty());
  driver.status(12, slot_status::dead);
  EXPECT_EQ(driver.out.voided_slots, std::vector<uint64_t>{12});
}

TEST(sealer_void, stops_waiting_for_a_parent_when_it_is_told_to) {
  sealer_driver driver;
  driver.whole(10);
  for (auto slot : {12U, 13U, 14U, 15U})
    driver.whole(slot);
  ASSERT_EQ(driver.sut.sealed_slot(), 10U);
  EXPECT_EQ(driver.sut.waiting_for_parent(), 12U);
  driver.out.clear();
  driver.sut.stop_waiting(driver.out);
  EXPECT_EQ(driver.out.gaps_opened, (std::vector{slot_gap{11, 11}}));
  EXPECT_EQ(slots_of(driver.out.sealed), (std::vector<uint64_t>{12, 13}));
  EXPECT_FALSE(driver.sut.waiting_for_parent());
}

TEST(sealer_void, takes_a_stored_block_time_of_zero_for_none) {
  sealer_driver driver;
  driver.sut.resolve(transaction_at(5, 0), 0, false, driver.out);
  ASSERT_EQ(driver.out.sealed.size(), 1U);
  EXPECT_FALSE(driver.out.sealed[0].block_time);
}

} // namespace

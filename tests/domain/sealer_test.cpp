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

TEST(sealer, keeps_the_letters_of_a_transaction_without_a_slot) {
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

TEST(sealer, takes_a_stored_block_time_of_zero_for_none) {
  sealer_driver driver;
  driver.sut.resolve(transaction_at(5, 0), 0, false, driver.out);
  ASSERT_EQ(driver.out.sealed.size(), 1U);
  EXPECT_FALSE(driver.out.sealed[0].block_time);
}

} // namespace

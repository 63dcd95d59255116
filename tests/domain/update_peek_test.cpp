#include "domain/update_peek.hpp"

#include "domain/wire_writer.hpp"
#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>

using namespace pumpscope::domain;
using pumpscope::test::bytes;

namespace {

TEST(update_peek, tells_what_the_walk_tells_of_a_transaction) {
  auto builder = pumpscope::test::transaction_builder{};
  builder.slot = 77;
  auto update = builder.build();

  auto seen = peek_update(update);

  EXPECT_TRUE(seen.well_formed);
  EXPECT_EQ(seen.kind, update_kind::transaction);
  EXPECT_EQ(seen.slot, 77U);
  EXPECT_EQ(bytes(seen.signature.begin(), seen.signature.end()),
            builder.signature);
}

TEST(update_peek, reads_the_slot_and_its_status) {
  auto body = wire_writer{};
  body.varint(1, 9);
  body.varint(2, 8);
  body.varint(3, 6);
  auto update = wire_writer{};
  update.text(1, "slots");
  update.message(3, body);

  auto seen = peek_update(update.buffer());

  EXPECT_EQ(seen.kind, update_kind::slot);
  EXPECT_EQ(seen.slot, 9U);
  EXPECT_EQ(seen.status, 6U);
}

TEST(update_peek, is_blind_to_filters_and_the_clock_of_the_server) {
  auto body = wire_writer{};
  body.varint(1, 9);
  auto with = [&body](std::string_view filter, uint64_t clock) {
    auto time = wire_writer{};
    time.varint(1, clock);
    auto update = wire_writer{};
    update.text(1, filter);
    update.message(7, body);
    update.message(11, time);
    return update.take();
  };
  auto one = with("a", 1);
  auto two = with("another", 99'999);

  auto first = peek_update(one).payload;
  auto second = peek_update(two).payload;

  EXPECT_EQ(bytes(first.begin(), first.end()),
            bytes(second.begin(), second.end()));
}

TEST(update_peek, refuses_every_update_that_was_cut) {
  auto whole = pumpscope::test::transaction_builder{}.build();
  for (size_t size = 0; size < whole.size(); ++size) {
    // Exact size: a read behind the end is seen by the sanitizer.
    auto part = bytes(whole.begin(), whole.begin() + static_cast<long>(size));
    auto seen = peek_update(part);
    EXPECT_TRUE(!seen.well_formed || seen.kind == update_kind::transaction);
    EXPECT_TRUE(seen.well_formed || seen.kind == update_kind::other);
  }
  EXPECT_FALSE(peek_update(bytes{0x22, 0x05, 0x0A}).well_formed);
  EXPECT_FALSE(peek_update(bytes{}).well_formed);
}

TEST(update_peek, takes_every_damaged_update_that_the_walk_takes) {
  auto whole = pumpscope::test::transaction_builder{}.build();
  auto view = std::make_unique<update_view>();
  auto random = std::minstd_rand{7};
  auto taken = 0;
  for (auto i = 0; i < 20'000; ++i) {
    auto update = bytes{whole.begin(), whole.end()};
    for (auto k = random() % 3; k < 3; ++k)
      update[random() % update.size()] = static_cast<uint8_t>(random());
    auto walked = walk_update(update, *view).has_value();
    auto seen = peek_update(update);
    if (!walked || view->kind != update_kind::transaction)
      continue;
    ++taken;
    ASSERT_TRUE(seen.well_formed);
    ASSERT_EQ(seen.kind, update_kind::transaction);
    ASSERT_EQ(seen.slot, view->transaction.slot);
  }
  EXPECT_GT(taken, 1'000);
}

} // namespace

#include "domain/geyser_walk.hpp"

#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

#include <memory>

using namespace pumpscope::domain;
using namespace pumpscope::test;

namespace {

/// Walks bytes that must be an update.
std::unique_ptr<update_view> walk(const bytes& update) {
  auto result = std::make_unique<update_view>();
  EXPECT_TRUE(walk_update(update, *result));
  return result;
}

/// One of everything.
transaction_builder full_transaction() {
  transaction_builder tx;
  tx.signers = 2;
  tx.keys = {key_of(1), key_of(2), key_of(3)};
  tx.loaded_writable = {key_of(4)};
  tx.loaded_readonly = {key_of(5), key_of(6)};
  tx.outer = {{2, {0, 1}, {9}, {}}, {4, {5}, {8, 8}, {}}};
  tx.inner = {{1, {{2, {3}, {7}, 2}, {4, {}, {}, 3}}}};
  tx.logs = {"one", "two"};
  tx.balances = {{key_of(9), 6}};
  return tx;
}

TEST(geyser_walk, takes_what_the_decoder_needs_of_a_transaction) {
  auto update = full_transaction().build();
  auto view = walk(update);
  ASSERT_EQ(view->kind, update_kind::transaction);
  auto& tx = view->transaction;
  EXPECT_EQ(tx.slot, 1000U);
  EXPECT_EQ(tx.index, 7U);
  EXPECT_EQ(tx.signature.size(), 64U);
  EXPECT_EQ(tx.fee, 5'000U);
  EXPECT_FALSE(tx.failed);
  EXPECT_TRUE(tx.has_meta);
  ASSERT_EQ(tx.outer.size(), 2U);
  EXPECT_EQ(tx.outer[1].outer_index, 1U);
  EXPECT_EQ(tx.outer[1].stack_height, 1U);
  EXPECT_EQ(tx.outer[1].program_index, 4U);
  ASSERT_EQ(tx.inner.size(), 2U);
  EXPECT_EQ(tx.inner[1].outer_index, 1U);
  EXPECT_EQ(tx.inner[1].inner_index, 1U);
  EXPECT_EQ(tx.inner[1].stack_height, 3U);
  ASSERT_EQ(tx.token_balances.size(), 1U);
  EXPECT_EQ(tx.token_balances[0].mint, to_string(key_of(9)));
  EXPECT_EQ(tx.token_balances[0].decimals, 6U);
  auto lines = std::make_unique<log_lines>();
  ASSERT_TRUE(collect_logs(tx, *lines));
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1], "two");
}

TEST(geyser_walk, joins_loaded_addresses_to_the_keys_of_the_message) {
  auto update = full_transaction().build();
  auto view = walk(update);
  auto& tx = view->transaction;
  ASSERT_EQ(tx.key_count(), 6U);
  for (uint8_t i = 0; i < 6; ++i)
    EXPECT_TRUE(tx.key_is(i, key_of(static_cast<uint8_t>(i + 1))));
  EXPECT_EQ(tx.key(6), nullptr);
  EXPECT_FALSE(tx.key_is(6, key_of(1)));
  EXPECT_TRUE(tx.signed_by(key_of(1)));
  EXPECT_TRUE(tx.signed_by(key_of(2)));
  EXPECT_FALSE(tx.signed_by(key_of(3)));
  EXPECT_FALSE(tx.signed_by(key_of(4)));
}

TEST(geyser_walk, counts_no_more_signers_than_there_are_keys) {
  auto builder = full_transaction();
  builder.signers = 4'000'000'000;
  auto update = builder.build();
  auto view = walk(update);
  EXPECT_TRUE(view->transaction.signed_by(key_of(3)));
  EXPECT_FALSE(view->transaction.signed_by(key_of(4)));
}

TEST(geyser_walk, takes_the_index_of_a_group_from_behind_its_instructions) {
  wire_writer group;
  group.message(2, transaction_builder::encode({2, {}, {1}, 2}));
  group.varint(1, 5);
  wire_writer meta;
  meta.message(5, group);
  wire_writer info;
  info.message(4, meta);
  info.bytes(1, bytes(64, 1));
  wire_writer body;
  body.message(1, info);
  wire_writer update;
  update.message(4, body);
  auto view = walk(update.buffer());
  ASSERT_EQ(view->transaction.inner.size(), 1U);
  EXPECT_EQ(view->transaction.inner[0].outer_index, 5U);
}

TEST(geyser_walk, merges_repeated_parts_as_protobuf_does) {
  auto once = full_transaction();
  auto first = once.build();
  // The same member of the oneof again: lists grow, single values are those
  // of the last one.
  once.slot = 2000;
  once.keys = {key_of(7)};
  auto second = once.build();
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  auto view = walk(both);
  EXPECT_EQ(view->transaction.slot, 2000U);
  EXPECT_EQ(view->transaction.message_keys.size(), 4U);
  EXPECT_EQ(view->transaction.inner.size(), 4U);
  // Another member takes its place.
  wire_writer slot;
  slot.varint(1, 5);
  wire_writer third;
  third.message(3, slot);
  both.insert(both.end(), third.buffer().begin(), third.buffer().end());
  view = walk(both);
  EXPECT_EQ(view->kind, update_kind::slot);
  EXPECT_EQ(view->slot.slot, 5U);
  EXPECT_EQ(view->transaction.message_keys.size(), 0U);
}

TEST(geyser_walk, forgives_damage_of_a_part_that_another_one_replaces) {
  auto builder = full_transaction();
  builder.signature = bytes(63, 1);
  auto update = builder.build();
  auto view = std::make_unique<update_view>();
  EXPECT_FALSE(walk_update(update, *view));
  // A ping takes its place.
  update.insert(update.end(), {0x32, 0x00});
  EXPECT_TRUE(walk_update(update, *view));
  EXPECT_EQ(view->kind, update_kind::ping);
  builder = full_transaction();
  builder.keys.resize(account_keys_max + 1);
  update = builder.build();
  update.insert(update.end(), {0x32, 0x00});
  EXPECT_TRUE(walk_update(update, *view));
}

TEST(geyser_walk, reads_slots_metas_pings_and_pongs) {
  wire_writer slot;
  slot.varint(1, 5);
  slot.varint(2, 4);
  slot.varint(3, 6);
  wire_writer update;
  update.message(3, slot);
  auto view = walk(update.buffer());
  EXPECT_EQ(view->slot.slot, 5U);
  EXPECT_EQ(view->slot.parent, 4U);
  EXPECT_EQ(view->slot.status, slot_status::dead);

  wire_writer time;
  time.varint(1, static_cast<uint64_t>(int64_t{-5}));
  wire_writer meta;
  meta.varint(1, 9);
  meta.message(4, time);
  meta.varint(6, 8);
  meta.varint(8, 77);
  update.clear();
  update.message(7, meta);
  view = walk(update.buffer());
  ASSERT_EQ(view->kind, update_kind::block_meta);
  EXPECT_EQ(view->block_meta.slot, 9U);
  EXPECT_EQ(view->block_meta.block_time, -5);
  EXPECT_EQ(view->block_meta.parent_slot, 8U);
  EXPECT_EQ(view->block_meta.executed_transaction_count, 77U);

  update.clear();
  update.message(6, {});
  EXPECT_EQ(walk(update.buffer())->kind, update_kind::ping);

  wire_writer pong;
  pong.varint(1, 3);
  update.clear();
  update.message(9, pong);
  view = walk(update.buffer());
  EXPECT_EQ(view->kind, update_kind::pong);
  EXPECT_EQ(view->pong_id, 3);

  EXPECT_EQ(walk({})->kind, update_kind::other);
}

TEST(geyser_walk, a_status_of_a_newer_server_confirms_nothing) {
  wire_writer slot;
  slot.varint(1, 5);
  slot.varint(3, 99);
  wire_writer update;
  update.message(3, slot);
  auto status = walk(update.buffer())->slot.status;
  EXPECT_NE(status, slot_status::confirmed);
  EXPECT_NE(status, slot_status::finalized);
  EXPECT_NE(status, slot_status::dead);
}

TEST(geyser_walk, skips_known_fields_of_a_wrong_type) {
  wire_writer body;
  body.varint(1, 12);
  body.text(2, "not a slot");
  wire_writer update;
  update.varint(1, 3);
  update.message(4, body);
  // The one thing that is missing is the signature.
  auto view = std::make_unique<update_view>();
  EXPECT_EQ(walk_update(update.buffer(), *view).error(), errc::malformed);
  EXPECT_EQ(view->kind, update_kind::transaction);
}

TEST(geyser_walk, refuses_every_prefix_of_a_transaction) {
  auto update = full_transaction().build();
  auto view = std::make_unique<update_view>();
  for (size_t length = 1; length < update.size(); ++length) {
    // A copy of its own, so that the sanitizer sees a read past its end.
    bytes prefix{update.begin(),
                 update.begin() + static_cast<std::ptrdiff_t>(length)};
    EXPECT_FALSE(walk_update(prefix, *view)) << length;
  }
}

TEST(geyser_walk, refuses_keys_of_a_wrong_length) {
  for (auto length : {0, 31, 33}) {
    wire_writer message;
    message.bytes(2, bytes(static_cast<size_t>(length), 1));
    wire_writer transaction;
    transaction.message(2, message);
    wire_writer info;
    info.bytes(1, bytes(64, 1));
    info.message(3, transaction);
    wire_writer body;
    body.message(1, info);
    wire_writer update;
    update.message(4, body);
    auto view = std::make_unique<update_view>();
    EXPECT_EQ(walk_update(update.buffer(), *view).error(), errc::malformed);
  }
}

TEST(geyser_walk, takes_as_many_parts_as_the_bounds_allow_and_no_more) {
  auto view = std::make_unique<update_view>();
  auto check = [&](transaction_builder& tx, auto& list, size_t bound) {
    list.resize(bound);
    EXPECT_TRUE(walk_update(tx.build(), *view));
    list.resize(bound + 1);
    EXPECT_EQ(walk_update(tx.build(), *view).error(), errc::limit_exceeded);
  };
  transaction_builder keys;
  check(keys, keys.keys, account_keys_max);
  transaction_builder outer;
  check(outer, outer.outer, outer_instructions_max);
  transaction_builder inner;
  inner.inner.resize(1);
  check(inner, inner.inner[0].second, inner_instructions_max);
  transaction_builder balances;
  check(balances, balances.balances, token_balances_max);
}

TEST(geyser_walk, names_a_transaction_that_is_damaged_elsewhere) {
  auto builder = full_transaction();
  builder.slot = 4242;
  builder.index = 17;
  builder.keys.resize(account_keys_max + 1);
  auto view = std::make_unique<update_view>();
  EXPECT_FALSE(walk_update(builder.build(), *view));
  EXPECT_EQ(view->transaction.slot, 4242U);
  EXPECT_EQ(view->transaction.index, 17U);
  EXPECT_EQ(view->transaction.signature.size(), 64U);
}

TEST(geyser_walk, reads_the_marks_of_our_own_sources) {
  auto builder = full_transaction();
  builder.mark = update_mark::index_assumed;
  auto update = builder.build();
  EXPECT_TRUE(walk(update)->index_assumed);
  builder.mark = update_mark::slot_unknown;
  update = builder.build();
  EXPECT_TRUE(walk(update)->slot_unknown);
  EXPECT_FALSE(walk(update)->index_assumed);
}

} // namespace

#include "domain/update_decoder.hpp"

#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::domain;
using namespace pumpscope::test;

namespace {

const pubkey& pump = known_keys::pump_program;

bytes trade_payload(size_t fields = 999) {
  event_values values;
  values.keys = {{"mint", key_of(0x22)}, {"user", key_of(0x11)}};
  values.integers = {{"token_amount", 10},
                     {"virtual_token_reserves", 100},
                     {"is_buy", 1},
                     {"timestamp", 1'700'000'000}};
  return encode_event(program::pump, "TradeEvent", values, fields);
}

transaction_builder trade_transaction() {
  transaction_builder tx;
  tx.key(key_of(0x11));
  tx.add_call(pump, {0}, trade_payload());
  return tx;
}

parsed_transaction transaction_of(parsed_update x) {
  auto result = std::get_if<parsed_transaction>(&x);
  EXPECT_NE(result, nullptr);
  return result != nullptr ? std::move(*result) : parsed_transaction{};
}

TEST(update_decoder, tells_the_kinds_of_updates_apart) {
  update_decoder sut;
  wire_writer slot;
  slot.varint(1, 5);
  slot.varint(3, 1);
  wire_writer update;
  update.message(3, slot);
  auto parsed = sut.decode(update.buffer());
  ASSERT_TRUE(std::holds_alternative<slot_update>(parsed));
  EXPECT_EQ(std::get<slot_update>(parsed).status, slot_status::confirmed);
  update.clear();
  update.message(7, slot);
  EXPECT_TRUE(std::holds_alternative<block_meta>(sut.decode(update.buffer())));
  update.clear();
  update.message(6, {});
  EXPECT_TRUE(std::holds_alternative<ping_update>(sut.decode(update.buffer())));
  update.clear();
  update.message(9, slot);
  EXPECT_EQ(std::get<pong_update>(sut.decode(update.buffer())).id, 5);
  // Accounts are of no use to us.
  update.clear();
  update.message(2, slot);
  EXPECT_TRUE(
    std::holds_alternative<std::monostate>(sut.decode(update.buffer())));
  EXPECT_EQ(sut.counters().updates, 5U);
  EXPECT_EQ(sut.counters().malformed_updates, 0U);
}

TEST(update_decoder, counts_what_it_decodes) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.add_call(pump, {0}, trade_payload());
  tx.add_call(pump, {0}, encode_event(program::pump, "ExtendAccountEvent", {}));
  tx.add_call(key_of(0x70), {0}, trade_payload());
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_EQ(parsed.slot, 1000U);
  EXPECT_EQ(parsed.tx_index, 7U);
  ASSERT_EQ(parsed.trades.size(), 2U);
  EXPECT_EQ(parsed.trades[0].position.ix_path, 1U);
  EXPECT_EQ(parsed.trades[1].position.ix_path, (1U << 16) + 1);
  EXPECT_TRUE(parsed.raw.empty());
  auto& counters = sut.counters();
  EXPECT_EQ(counters.transactions, 1U);
  EXPECT_EQ(counters.trades, 2U);
  EXPECT_EQ(counters.foreign_events, 1U);
  EXPECT_EQ(counters.ignored_for(ignored_reason::not_tracked), 1U);
  EXPECT_EQ(parsed.ignored_trades, 0U);
  auto of = [&](idl::event_id x) {
    return counters.events[static_cast<size_t>(x)];
  };
  EXPECT_EQ(of(idl::event_id::pump_trade_event), 2U);
  EXPECT_EQ(of(idl::event_id::pump_extend_account_event), 1U);
}

TEST(update_decoder, skips_failed_transactions_and_counts_them) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.failed = true;
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_TRUE(parsed.failed);
  EXPECT_TRUE(parsed.trades.empty());
  EXPECT_EQ(sut.counters().failed_transactions, 1U);
  EXPECT_EQ(sut.counters().trades, 0U);
}

TEST(update_decoder, passes_over_transactions_without_our_programs) {
  update_decoder sut;
  transaction_builder tx;
  tx.key(key_of(0x11));
  tx.add_call(key_of(0x70), {0}, trade_payload());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(sut.decode(tx.build())));
  EXPECT_EQ(sut.counters().transactions, 1U);
}

TEST(update_decoder, counts_unknown_events_of_our_programs) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner[0].second[0].data[8] ^= 1;
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_TRUE(parsed.trades.empty());
  EXPECT_TRUE(parsed.dead_letters.empty());
  EXPECT_EQ(sut.counters().unknown_events, 1U);
}

TEST(update_decoder, keeps_what_it_cannot_decode_as_a_dead_letter) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner[0].second[0].data.resize(8 + 57);
  tx.inner[0].second[0].data.pop_back();
  auto update = tx.build();
  auto parsed = transaction_of(sut.decode(update));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  auto& letter = parsed.dead_letters[0];
  EXPECT_EQ(letter.position, (chain_position{1000, 7, 1}));
  EXPECT_EQ(letter.reason, dead_letter_reason::unknown_layout);
  EXPECT_EQ(letter.program, program::pump);
  EXPECT_EQ(letter.decoder_version, decoder_version);
  EXPECT_EQ(letter.signature, parsed.signature);
  EXPECT_EQ(letter.raw, std::string(update.begin(), update.end()));
  // One byte less ends inside of a field.
  tx.inner[0].second[0].data.pop_back();
  parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_payload);
  EXPECT_EQ(
    sut.counters().dead_letters_for(dead_letter_reason::malformed_payload), 1U);
}

TEST(update_decoder, refuses_an_event_that_is_shorter_than_its_name) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner[0].second[0].data.resize(8 + 7);
  auto parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_payload);
}

TEST(update_decoder, bounds_the_bytes_of_a_dead_letter) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner[0].second[0].data.resize(20);
  tx.logs = {std::string(100'000, 'x')};
  auto parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].raw.size(), dead_letter::raw_bytes_max);
}

TEST(update_decoder, counts_bytes_of_newer_layouts_once_per_length) {
  update_decoder sut;
  for (auto extra : {5, 5, 9}) {
    auto tx = trade_transaction();
    auto& data = tx.inner[0].second[0].data;
    data.insert(data.end(), static_cast<size_t>(extra), 0xAB);
    EXPECT_EQ(transaction_of(sut.decode(tx.build())).trades.size(), 1U);
  }
  using pairs = std::vector<std::pair<size_t, uint64_t>>;
  EXPECT_EQ(sut.counters().trailing_bytes.lengths(), (pairs{{5, 2}, {9, 1}}));
}

TEST(update_decoder, bounds_the_lengths_it_tells_apart) {
  trailing_bytes_counter sut;
  for (size_t i = 0; i < 100; ++i)
    sut.add(i);
  EXPECT_EQ(sut.lengths().size(), trailing_bytes_counter::lengths_max);
  EXPECT_EQ(sut.other(), 100 - trailing_bytes_counter::lengths_max);
}

TEST(update_decoder, names_damaged_transactions_of_our_programs_only) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.keys.resize(account_keys_max + 1);
  auto parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_transaction);
  EXPECT_EQ(parsed.dead_letters[0].position, (chain_position{1000, 7, 0}));
  // Not ours, or without a slot: counted only.
  transaction_builder foreign;
  foreign.keys.resize(account_keys_max + 1);
  EXPECT_TRUE(
    std::holds_alternative<std::monostate>(sut.decode(foreign.build())));
  tx.slot = 0;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(sut.decode(tx.build())));
  EXPECT_EQ(sut.counters().malformed_updates, 3U);
}

TEST(update_decoder, loses_no_transaction_without_a_status) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.with_meta = false;
  auto parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_transaction);
}

TEST(update_decoder, refuses_an_index_that_does_not_fit) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.index = uint64_t{1} << 32;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(sut.decode(tx.build())));
  EXPECT_EQ(sut.counters().malformed_updates, 1U);
}

TEST(update_decoder, passes_on_what_the_source_knows_of_the_index) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.mark = update_mark::index_assumed;
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_EQ(parsed.trades[0].flags, trade_flag::index_assumed);
  EXPECT_FALSE(parsed.index_unknown);
}

TEST(update_decoder, makes_dead_letters_of_events_without_a_place) {
  update_decoder sut;
  auto tx = trade_transaction();
  auto other = trade_transaction();
  other.signature.assign(64, 0x33);
  for (auto mark : {update_mark::index_unknown, update_mark::slot_unknown}) {
    tx.mark = mark;
    other.mark = mark;
    auto update = tx.build();
    auto parsed = transaction_of(sut.decode(update));
    EXPECT_TRUE(parsed.index_unknown);
    EXPECT_TRUE(parsed.trades.empty());
    ASSERT_EQ(parsed.dead_letters.size(), 1U);
    auto& letter = parsed.dead_letters[0];
    EXPECT_EQ(letter.reason, dead_letter_reason::no_index);
    EXPECT_EQ(letter.raw, std::string(update.begin(), update.end()));
    EXPECT_EQ(letter.position.ix_path, 1U);
    // Two of one slot must not share a place in the store.
    EXPECT_NE(
      letter.position,
      transaction_of(sut.decode(other.build())).dead_letters[0].position);
  }
  EXPECT_EQ(sut.counters().dead_letters_for(dead_letter_reason::no_index), 4U);
  EXPECT_EQ(sut.counters().trades, 0U);
}

TEST(update_decoder, makes_a_dead_letter_where_a_program_is_outside_the_keys) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner[0].second[0].program = 200;
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_TRUE(parsed.trades.empty());
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_transaction);
  EXPECT_EQ(sut.counters().foreign_events, 0U);
}

TEST(update_decoder, reads_logs_to_the_same_rows_but_for_the_flag) {
  update_decoder sut;
  auto tx = trade_transaction();
  auto expected = transaction_of(sut.decode(tx.build()));
  tx.inner.clear();
  tx.inner_none = true;
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2), success_line(pump),
             data_line(trade_payload()), success_line(pump)};
  auto parsed = transaction_of(sut.decode(tx.build()));
  ASSERT_EQ(parsed.trades.size(), 1U);
  expected.trades[0].flags |= trade_flag::from_log;
  EXPECT_EQ(parsed.trades[0], expected.trades[0]);
  EXPECT_EQ(sut.counters().log_transactions, 1U);
}

TEST(update_decoder, keeps_the_rest_of_an_incomplete_log) {
  update_decoder sut;
  auto tx = trade_transaction();
  tx.inner.clear();
  tx.inner_none = true;
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2),
             success_line(pump),   data_line(trade_payload()),
             invoke_line(pump, 2), success_line(pump),
             "Log truncated",      success_line(pump)};
  auto parsed = transaction_of(sut.decode(tx.build()));
  EXPECT_EQ(parsed.trades.size(), 1U);
  ASSERT_EQ(parsed.dead_letters.size(), 1U);
  EXPECT_EQ(parsed.dead_letters[0].reason,
            dead_letter_reason::malformed_transaction);
}

TEST(update_decoder, survives_any_change_of_any_byte) {
  update_decoder sut;
  auto whole = trade_transaction();
  whole.logs = {invoke_line(pump, 1), data_line(trade_payload())};
  whole.balances = {{key_of(0x22), 6}};
  auto update = whole.build();
  for (size_t i = 0; i < update.size(); ++i) {
    for (auto change : {0x01, 0x80, 0xFF}) {
      bytes changed = update;
      changed[i] = static_cast<uint8_t>(changed[i] ^ change);
      static_cast<void>(sut.decode(changed));
    }
  }
  EXPECT_EQ(sut.counters().updates, update.size() * 3);
}

} // namespace

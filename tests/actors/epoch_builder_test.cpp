#include "actors/epoch_builder.hpp"

#include "tests/actors/store_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

const auto wallet = sample_key(1);
const auto mint = sample_key(2);

/// A slot with transactions of one trade each, at these indexes.
domain::sealed_slot slot_of(uint64_t slot, std::vector<uint32_t> indexes) {
  auto result = domain::sealed_slot{};
  result.slot = slot;
  result.parent = slot - 1;
  result.block_time = static_cast<int64_t>(1'000 + slot);
  for (auto index : indexes) {
    auto& x = result.transactions.emplace_back();
    x.slot = slot;
    x.tx_index = index;
    auto trade = plain_trade(domain::trade_side::buy, slot, wallet, mint, 1, 1);
    trade.position = {slot, index, 1};
    x.trades.push_back(trade);
  }
  return result;
}

/// A transaction behind the seal of its slot.
domain::sealed_slot rest_of(uint64_t slot, uint32_t index) {
  auto result = slot_of(slot, {index});
  result.late = true;
  result.rest = true;
  return result;
}

actors::epoch_builder builder_of(size_t rows_max, messages::head_row head = {},
                                 std::set<domain::chain_position> open = {}) {
  return actors::epoch_builder{head, rows_max, {}, std::move(open)};
}

TEST(epoch_builder, gives_dense_positions_and_the_time_of_the_slot) {
  auto sut = builder_of(100, {.jpos = 6});
  sut.add(slot_of(1, {0, 4}));
  sut.add(slot_of(2, {3}));
  sut.flush();
  auto ready = sut.take_ready();
  ASSERT_EQ(ready.size(), 1U);
  auto& x = *ready[0];
  ASSERT_EQ(x.trades.size(), 3U);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(x.trades[i].jpos, 7 + i);
  EXPECT_EQ(x.trades[2].block_time, 1'002);
  EXPECT_EQ(x.after.jpos, 9U);
  EXPECT_EQ(x.after.sealed_slot, 2U);
  EXPECT_EQ(x.after.first_slot, 1U);
  EXPECT_EQ(x.after.chain_time, 1'002);
  EXPECT_EQ(x.slots.size(), 2U);
}

TEST(epoch_builder, names_the_open_slot_until_its_last_row_is_there) {
  auto sut = builder_of(2);
  sut.add(slot_of(1, {0}));
  sut.add(slot_of(2, {0, 1, 2}));
  sut.flush();
  auto ready = sut.take_ready();
  ASSERT_EQ(ready.size(), 3U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(ready[i]->after.sealed_slot, 1U);
    EXPECT_EQ(ready[i]->after.open_slot, 2U);
    EXPECT_EQ(ready[i]->after.open_slot_jpos, 2U);
    EXPECT_EQ(ready[i + 1]->before, ready[i]->after);
  }
  EXPECT_EQ(ready[2]->after.sealed_slot, 2U);
  EXPECT_EQ(ready[2]->after.open_slot, 0U);
}

TEST(epoch_builder, never_cuts_inside_a_transaction) {
  auto sut = builder_of(2);
  auto slot = slot_of(1, {0});
  for (uint32_t i = 2; i <= 5; ++i) {
    auto trade = slot.transactions[0].trades[0];
    trade.position.ix_path = i;
    slot.transactions[0].trades.push_back(trade);
  }
  sut.add(std::move(slot));
  sut.flush();
  EXPECT_EQ(sut.take_ready().front()->trades.size(), 5U);
}

TEST(epoch_builder, leaves_out_rows_of_the_open_slot_that_are_journaled) {
  auto head
    = messages::head_row{.jpos = 2, .open_slot = 5, .open_slot_jpos = 1};
  auto sut = builder_of(100, head, {{5, 0, 1}, {5, 1, 1}});
  sut.add(slot_of(5, {0, 1, 2}));
  sut.flush();
  auto x = sut.take_ready().front();
  ASSERT_EQ(x->trades.size(), 1U);
  EXPECT_EQ(x->trades[0].position.tx_index, 2U);
  EXPECT_EQ(x->slots.front().trades, 3U);
  EXPECT_TRUE(x->repairs.empty());
  EXPECT_EQ(sut.counters().duplicate_rows, 2U);
}

TEST(epoch_builder, knows_rows_of_the_open_slot_that_come_behind_its_seal) {
  auto head
    = messages::head_row{.jpos = 2, .open_slot = 5, .open_slot_jpos = 1};
  auto sut = builder_of(100, head, {{5, 0, 1}, {5, 1, 1}});
  sut.add(slot_of(5, {0}));
  sut.add(rest_of(5, 1));
  sut.flush();
  EXPECT_TRUE(sut.take_ready().front()->trades.empty());
}

TEST(epoch_builder, marks_a_row_behind_the_chain_for_repair_of_both_kinds) {
  auto sut = builder_of(100);
  sut.add(slot_of(1, {0}));
  sut.add(slot_of(2, {0}));
  sut.add(rest_of(1, 7));
  sut.flush();
  auto x = sut.take_ready().front();
  EXPECT_EQ(x->repairs, (std::vector<messages::repair_row>{
                          {messages::projection::wallet, wallet, 3},
                          {messages::projection::token, mint, 3}}));
  EXPECT_EQ(x->after.sealed_slot, 2U);
}

TEST(epoch_builder, makes_a_dead_letter_of_a_trade_in_an_unknown_pool) {
  auto sut = builder_of(100);
  auto slot = slot_of(1, {0});
  auto& trade = slot.transactions[0].trades[0];
  trade.program = domain::program::pump_amm;
  trade.pool = sample_key(3);
  trade.flags = domain::trade_flag::pool_unresolved;
  sut.add(std::move(slot));
  sut.flush();
  auto x = sut.take_ready().front();
  EXPECT_TRUE(x->trades.empty());
  ASSERT_EQ(x->dead_letters.size(), 1U);
  EXPECT_EQ(x->dead_letters[0].reason,
            domain::dead_letter_reason::unknown_pool);
  EXPECT_EQ(x->slots[0].dead_letters, 1U);
}

TEST(epoch_builder, makes_no_epoch_of_nothing) {
  auto sut = builder_of(100);
  EXPECT_FALSE(sut.has_content());
  sut.flush();
  EXPECT_TRUE(sut.take_ready().empty());
}

TEST(epoch_builder, writes_the_rate_of_the_block_time_into_each_trade) {
  auto sut = builder_of(100);
  sut.add(slot_of(1, {0}));
  sut.price_by([](int64_t time) { return static_cast<uint64_t>(time) * 10; });
  sut.add(slot_of(2, {0, 4}));
  sut.flush();
  auto ready = sut.take_ready();
  ASSERT_EQ(ready.size(), 1U);
  auto& x = ready[0]->trades;
  ASSERT_EQ(x.size(), 3U);
  EXPECT_EQ(x[0].sol_usd_micros, 0U) << "nobody knew one then";
  EXPECT_EQ(x[1].sol_usd_micros, 10'020U);
  EXPECT_EQ(x[2].sol_usd_micros, 10'020U);
}

TEST(epoch_builder, a_repair_that_is_asked_for_shares_no_epoch_with_its_row) {
  auto sut = builder_of(100);
  sut.add(slot_of(1, {0, 4}));
  sut.add_repair(messages::projection::wallet, wallet);
  sut.add(slot_of(2, {3}));
  sut.flush();
  auto ready = sut.take_ready();
  ASSERT_EQ(ready.size(), 2U);
  EXPECT_TRUE(ready[0]->repairs.empty());
  using rows = std::vector<messages::repair_row>;
  EXPECT_EQ(ready[1]->repairs,
            (rows{{messages::projection::wallet, wallet, 2}}));
  EXPECT_EQ(ready[1]->trades.front().jpos, 3U);
}

TEST(epoch_builder, a_repair_stands_once_at_a_position) {
  auto sut = builder_of(100, {.jpos = 6, .sealed_slot = 9});
  // Behind the chain: it brings its repairs along.
  sut.add(rest_of(5, 1));
  sut.add_repair(messages::projection::wallet, wallet);
  sut.add_repair(messages::projection::wallet, sample_key(9));
  sut.add_repair(messages::projection::wallet, sample_key(9));
  sut.flush();
  auto ready = sut.take_ready();
  auto repairs = std::vector<messages::repair_row>{};
  for (auto& x : ready)
    repairs.insert(repairs.end(), x->repairs.begin(), x->repairs.end());
  using messages::projection;
  EXPECT_EQ(repairs, (std::vector<messages::repair_row>{
                       {projection::wallet, wallet, 7},
                       {projection::token, mint, 7},
                       {projection::wallet, sample_key(9), 7},
                     }));
}

TEST(epoch_builder, an_empty_journal_has_nothing_to_repair) {
  auto sut = builder_of(100);
  sut.add_repair(messages::projection::wallet, wallet);
  EXPECT_FALSE(sut.has_content());
}

TEST(epoch_builder, refuses_rows_where_the_journal_has_dropped_its_own) {
  auto sut = builder_of(100, {.jpos = 6, .sealed_slot = 50});
  sut.begin_at({.pass = 1, .start_slot = 10, .start_time = 1'020});
  auto late = slot_of(9, {0, 4});
  late.late = true;
  sut.add(std::move(late));
  // Sealed once: what is missing of it may be a copy of what was dropped.
  sut.add(rest_of(8, 1));
  auto above = slot_of(10, {0});
  above.late = true;
  above.block_time = 1'020;
  sut.add(std::move(above));
  // Of a minute that closed with dropped rows.
  auto older = slot_of(11, {0});
  older.late = true;
  older.block_time = 1'019;
  sut.add(std::move(older));
  sut.flush();

  auto x = sut.take_ready().front();

  ASSERT_EQ(x->trades.size(), 1U);
  EXPECT_EQ(x->trades[0].position.slot, 10U);
  EXPECT_EQ(x->repairs.size(), 2U);
  EXPECT_EQ(sut.counters().below_retention, 4U);
  ASSERT_EQ(x->dead_letters.size(), 3U);
  for (auto& letter : x->dead_letters)
    EXPECT_EQ(letter.reason, domain::dead_letter_reason::below_retention);
  EXPECT_EQ(x->dead_letters[0].position, (domain::chain_position{9, 0, 1}));
  EXPECT_EQ(x->dead_letters[2].position, (domain::chain_position{11, 0, 1}));
  ASSERT_EQ(x->slots.size(), 2U) << "a dropped slot is not sealed";
  EXPECT_EQ(x->slots[1].trades, 0U);
  EXPECT_EQ(x->slots[1].dead_letters, 1U);
}

TEST(epoch_builder, resolves_no_letter_where_the_journal_has_dropped_its_rows) {
  auto sut = builder_of(100, {.jpos = 6, .sealed_slot = 50});
  sut.begin_at({.pass = 1, .start_slot = 10, .start_time = 1'020});
  auto letter = domain::dead_letter{};
  letter.position = {9, 0, 1};
  letter.block_time = 1'030;
  EXPECT_FALSE(
    sut.add_resolved(letter, std::move(slot_of(9, {0}).transactions[0])));
  letter.position = {11, 0, 1};
  letter.block_time = 1'019;
  EXPECT_FALSE(
    sut.add_resolved(letter, std::move(slot_of(11, {0}).transactions[0])));
  EXPECT_FALSE(sut.has_content());
  letter.block_time = 1'020;
  EXPECT_TRUE(
    sut.add_resolved(letter, std::move(slot_of(11, {0}).transactions[0])));
}

} // namespace

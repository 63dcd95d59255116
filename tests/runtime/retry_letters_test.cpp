#include "runtime/retry_letters.hpp"

#include "domain/update_decoder.hpp"
#include "tests/runtime/filled_store.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

using namespace pumpscope;
using namespace pumpscope::test;
using domain::dead_letter_reason;
namespace runtime = pumpscope::runtime;

namespace {

const auto coin = test::key_of(0x22);
const auto pool = test::key_of(0x33);

/// A trade on the curve, by the transaction at `index` of slot 1000.
transaction_builder curve_trade(uint64_t index) {
  auto values = event_values{};
  values.keys = {{"mint", coin}, {"user", test::key_of(0x11)}};
  values.integers = {{"sol_amount", 100},
                     {"token_amount", 10},
                     {"virtual_token_reserves", 100},
                     {"virtual_sol_reserves", 100},
                     {"is_buy", 1},
                     {"timestamp", 1'700'000'000}};
  auto tx = transaction_builder{};
  tx.index = index;
  tx.key(test::key_of(0x11));
  tx.add_call(domain::known_keys::pump_program, {0},
              encode_event(domain::program::pump, "TradeEvent", values));
  return tx;
}

/// A trade in a pool whose mints the transaction does not tell.
transaction_builder pool_trade(uint64_t index) {
  auto values = event_values{};
  values.keys = {{"pool", pool}, {"user", test::key_of(0x11)}};
  values.integers = {{"base_amount_out", 10},
                     {"quote_amount_in", 100},
                     {"user_quote_amount_in", 101},
                     {"pool_base_token_reserves", 1'000},
                     {"pool_quote_token_reserves", 1'000},
                     {"timestamp", 1'700'000'000}};
  auto tx = transaction_builder{};
  tx.index = index;
  tx.key(test::key_of(0x11));
  tx.add_call(domain::known_keys::pump_amm_program, {0},
              encode_event(domain::program::pump_amm, "BuyEvent", values));
  return tx;
}

/// What an older decoder left of the only event of a transaction.
domain::dead_letter letter_of(const transaction_builder& tx,
                              dead_letter_reason reason) {
  auto update = tx.build();
  auto result = domain::dead_letter{};
  result.position = {tx.slot, static_cast<uint32_t>(tx.index), 1};
  result.block_time = 1'700'000'042;
  result.reason = reason;
  result.raw.assign(update.begin(), update.end());
  return result;
}

messages::epoch next_epoch(const messages::head_row& head) {
  auto result = messages::epoch{};
  result.before = head;
  result.after = head;
  ++result.after.epoch;
  return result;
}

/// A store whose journal is at slot 2000 and has these letters.
class retry_letters : public ::testing::Test {
protected:
  void add(std::vector<domain::dead_letter> letters,
           std::vector<messages::pool_row> pools = {}) {
    auto x = next_epoch(must(store_.take_over()));
    x.after.sealed_slot = 2'000;
    x.dead_letters = std::move(letters);
    x.pools = std::move(pools);
    must_commit(store_.commit_epoch(x));
  }

  runtime::retry_report retry() {
    auto result = runtime::retry_letters(store_);
    EXPECT_TRUE(result) << result.error().what;
    return result.value_or(runtime::retry_report{});
  }

  memory_store store_;
};

TEST_F(retry_letters, turns_a_letter_that_decodes_now_into_a_row_to_repair) {
  add({letter_of(curve_trade(7), dead_letter_reason::malformed_payload)});

  auto report = retry();

  EXPECT_EQ(report.letters, 1U);
  EXPECT_EQ(report.resolved, 1U);
  EXPECT_EQ(report.trades, 1U);
  EXPECT_EQ(report.remaining, 0U);
  auto& disk = *store_.disk();
  ASSERT_EQ(disk.trades.size(), 1U);
  auto& row = disk.trades.begin()->second;
  EXPECT_EQ(row.position, (domain::chain_position{1'000, 7, 1}));
  EXPECT_EQ(row.jpos, 1U);
  // The time of its block, which the letter remembers.
  EXPECT_EQ(row.block_time, 1'700'000'042);
  EXPECT_EQ(row.token_units, 10U);
  EXPECT_TRUE(disk.dead_letters.empty());
  EXPECT_EQ(
    disk.repairs.count({messages::projection::wallet, test::key_of(0x11), 1}),
    1U);
  EXPECT_EQ(disk.repairs.count({messages::projection::token, coin, 1}), 1U);
}

TEST_F(retry_letters, leaves_and_counts_what_still_cannot_be_decoded) {
  auto cut = letter_of(curve_trade(7), dead_letter_reason::malformed_payload);
  cut.raw.resize(cut.raw.size() / 2);
  auto no_index = curve_trade(8);
  no_index.mark = domain::update_mark::index_unknown;
  add({cut, letter_of(no_index, dead_letter_reason::no_index),
       letter_of(pool_trade(9), dead_letter_reason::unknown_pool)});

  auto report = retry();

  EXPECT_EQ(report.remaining, 3U);
  EXPECT_EQ(report.resolved, 0U);
  EXPECT_EQ(store_.disk()->dead_letters.size(), 3U);
  EXPECT_EQ(store_.disk()->head.jpos, 0U);
}

TEST_F(retry_letters, finds_the_pool_that_is_known_meanwhile) {
  add({letter_of(pool_trade(9), dead_letter_reason::unknown_pool)},
      {{pool, coin, domain::known_keys::wsol_mint}});

  EXPECT_EQ(retry().trades, 1U);

  auto& row = store_.disk()->trades.at(1);
  EXPECT_EQ(row.mint, coin);
  EXPECT_EQ(row.net_quote_units, 101);
}

TEST_F(retry_letters, finds_the_pool_that_a_later_letter_names) {
  auto values = event_values{};
  values.keys = {{"pool", pool},
                 {"base_mint", coin},
                 {"quote_mint", domain::known_keys::wsol_mint}};
  auto tx = transaction_builder{};
  tx.index = 12;
  tx.add_call(
    domain::known_keys::pump_amm_program, {0},
    encode_event(domain::program::pump_amm, "CreatePoolEvent", values));
  add({letter_of(pool_trade(9), dead_letter_reason::unknown_pool),
       letter_of(tx, dead_letter_reason::malformed_payload)});

  auto report = retry();

  EXPECT_EQ(report.letters, 2U);
  EXPECT_EQ(report.trades, 1U);
  EXPECT_EQ(report.token_events, 1U);
  EXPECT_EQ(report.remaining, 0U);
}

TEST_F(retry_letters, a_trade_between_two_coins_is_counted_and_no_letter) {
  add({letter_of(pool_trade(9), dead_letter_reason::unknown_pool)},
      {{pool, coin, test::key_of(0x44)}});

  auto report = retry();

  EXPECT_EQ(report.ignored, 1U);
  EXPECT_TRUE(store_.disk()->dead_letters.empty());
  EXPECT_EQ(store_.disk()->head.jpos, 0U);
}

TEST_F(retry_letters, a_letter_of_a_whole_transaction_brings_all_of_its_rows) {
  auto tx = curve_trade(7);
  tx.add_call(domain::known_keys::pump_program, {0}, [] {
    auto values = event_values{};
    values.keys = {{"mint", coin}};
    return encode_event(domain::program::pump, "CompleteEvent", values);
  }());
  auto letter = letter_of(tx, dead_letter_reason::malformed_transaction);
  letter.position.ix_path = 0;
  // What the first decoder could read of it is in the journal.
  auto decoder = domain::update_decoder{};
  auto parsed = decoder.decode(tx.build());
  auto x = next_epoch(must(store_.take_over()));
  x.after.sealed_slot = 2'000;
  x.after.jpos = 1;
  x.trades = std::get<domain::parsed_transaction>(parsed).trades;
  x.trades[0].jpos = 1;
  x.dead_letters = {letter};
  must_commit(store_.commit_epoch(x));

  auto report = retry();

  EXPECT_EQ(report.trades, 0U);
  EXPECT_EQ(report.token_events, 1U);
  EXPECT_EQ(store_.disk()->head.jpos, 2U);
}

TEST_F(retry_letters, takes_only_the_one_that_is_named) {
  add({letter_of(curve_trade(7), dead_letter_reason::malformed_payload),
       letter_of(curve_trade(8), dead_letter_reason::malformed_payload)});

  auto report = runtime::retry_letters(store_,
                                       domain::chain_position{1'000, 8, 1});
  auto missing = runtime::retry_letters(store_,
                                        domain::chain_position{1'000, 9, 1});

  ASSERT_TRUE(report);
  EXPECT_EQ(report->letters, 1U);
  EXPECT_EQ(report->trades, 1U);
  EXPECT_FALSE(missing);
  EXPECT_EQ(store_.disk()->dead_letters.size(), 1U);
}

TEST_F(retry_letters, gives_each_row_once_however_often_it_is_killed) {
  auto letters = std::vector<domain::dead_letter>{};
  for (auto i = 0U; i < 600; ++i)
    letters.push_back(
      letter_of(curve_trade(i), dead_letter_reason::malformed_payload));
  add(letters);
  auto disk = store_.disk();
  auto failures = 0;

  // 600 letters are three commits; the n-th process dies at its n-th one.
  for (auto n = 0U; n < 6 && !disk->dead_letters.empty(); ++n) {
    auto killed = memory_store{disk};
    killed.on_operation = [&, commits = 0U](store_operation x) mutable {
      if (x != store_operation::commit_epoch || commits++ < n / 2)
        return store_fault::none;
      return n % 2 == 0 ? store_fault::crash_before : store_fault::crash_after;
    };
    failures += runtime::retry_letters(killed) ? 0 : 1;
  }
  retry();

  EXPECT_GE(failures, 2);
  EXPECT_TRUE(disk->dead_letters.empty());
  EXPECT_EQ(disk->trades.size(), 600U);
  EXPECT_EQ(disk->head.jpos, 600U);
  EXPECT_EQ(disk->repairs.size(), 1'200U);
}

} // namespace

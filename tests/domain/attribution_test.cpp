#include "domain/attribution.hpp"

#include "domain/update_decoder.hpp"
#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace pumpscope::domain;
using namespace pumpscope::test;

namespace {

const pubkey& pump = known_keys::pump_program;
const pubkey& amm = known_keys::pump_amm_program;
const pubkey& wsol = known_keys::wsol_mint;
const pubkey wallet = key_of(0x11);
const pubkey coin = key_of(0x22);
const pubkey other_coin = key_of(0x23);
const pubkey pool = key_of(0x33);
constexpr auto u64_max = std::numeric_limits<uint64_t>::max();

/// A plain curve buy of 1000 tokens for 500 lamports.
event_values curve_buy() {
  event_values x;
  x.keys = {{"mint", coin}, {"user", wallet}};
  x.integers = {{"sol_amount", 500},
                {"token_amount", 1'000},
                {"is_buy", 1},
                {"timestamp", 1'700'000'000},
                {"virtual_sol_reserves", 30'000'000'500},
                {"virtual_token_reserves", 1'073'000'000},
                {"real_sol_reserves", 500},
                {"real_token_reserves", 793'100'000},
                {"fee_basis_points", 95},
                {"fee", 48},
                {"creator_fee_basis_points", 30},
                {"creator_fee", 15},
                {"cashback_fee_basis_points", 7},
                {"cashback", 4},
                {"buyback_fee_basis_points", 5'000},
                {"buyback_fee", 24},
                {"holder_rewards_bps", 3},
                {"holder_rewards", 2}};
  return x;
}

/// A buy of 100 base for 1000 quote, 1030 with all fees.
event_values pool_buy() {
  event_values x;
  x.keys = {{"pool", pool}, {"user", wallet}};
  x.integers = {{"timestamp", 1'700'000'001},
                {"base_amount_out", 100},
                {"quote_amount_in", 1'000},
                {"user_quote_amount_in", 1'030},
                {"pool_base_token_reserves", 10'000},
                {"pool_quote_token_reserves", 99'000},
                {"lp_fee_basis_points", 20},
                {"lp_fee", 2},
                {"protocol_fee_basis_points", 5},
                {"protocol_fee", 8},
                {"coin_creator_fee_basis_points", 50},
                {"coin_creator_fee", 20},
                {"virtual_quote_reserves", 5'000},
                {"base_supply", 777}};
  return x;
}

/// A sale of 100 base for 900 quote, of which the wallet gets 870.
event_values pool_sell() {
  auto x = pool_buy();
  x.integers.erase("base_amount_out");
  x.integers.erase("quote_amount_in");
  x.integers.erase("user_quote_amount_in");
  x.integers["base_amount_in"] = 100;
  x.integers["quote_amount_out"] = 900;
  x.integers["user_quote_amount_out"] = 870;
  return x;
}

/// Decodes a transaction that must be one of ours.
parsed_transaction decode(const transaction_builder& tx) {
  update_decoder sut;
  auto parsed = sut.decode(tx.build());
  auto result = std::get_if<parsed_transaction>(&parsed);
  EXPECT_NE(result, nullptr);
  return result != nullptr ? std::move(*result) : parsed_transaction{};
}

/// A transaction with one curve event, signed by the wallet.
transaction_builder curve_transaction(std::string_view name,
                                      const event_values& values,
                                      size_t fields = 999) {
  transaction_builder tx;
  tx.key(wallet);
  tx.add_call(pump, {0}, encode_event(program::pump, name, values, fields));
  return tx;
}

trade curve_trade(const event_values& values, size_t fields = 999) {
  auto parsed = decode(curve_transaction("TradeEvent", values, fields));
  EXPECT_EQ(parsed.trades.size(), 1U);
  return parsed.trades.empty() ? trade{} : parsed.trades[0];
}

/// A transaction with one event of a pool with these mints.
transaction_builder
pool_transaction(std::string_view name, const event_values& values,
                 const pubkey& base, const pubkey& quote, size_t fields = 999) {
  transaction_builder tx;
  tx.key(wallet);
  auto accounts = pool_accounts(tx, pool, base, quote);
  tx.add_call(amm, accounts,
              encode_event(program::pump_amm, name, values, fields));
  return tx;
}

trade pool_trade(std::string_view name, const event_values& values,
                 const pubkey& base = coin, const pubkey& quote = wsol,
                 size_t fields = 999) {
  auto parsed = decode(pool_transaction(name, values, base, quote, fields));
  EXPECT_EQ(parsed.trades.size(), 1U);
  return parsed.trades.empty() ? trade{} : parsed.trades[0];
}

token_event only_event(const transaction_builder& tx) {
  auto parsed = decode(tx);
  EXPECT_EQ(parsed.token_events.size(), 1U);
  return parsed.token_events.empty() ? token_event{} : parsed.token_events[0];
}

/// The reason of the only dead letter; fails when there are rows.
dead_letter_reason only_reason(const transaction_builder& tx) {
  auto parsed = decode(tx);
  EXPECT_TRUE(parsed.trades.empty());
  EXPECT_TRUE(parsed.token_events.empty());
  EXPECT_EQ(parsed.dead_letters.size(), 1U);
  return parsed.dead_letters.empty() ? dead_letter_reason::no_index
                                     : parsed.dead_letters[0].reason;
}

TEST(curve_trade, takes_the_legs_of_a_buy) {
  auto x = curve_trade(curve_buy());
  EXPECT_EQ(x.side, trade_side::buy);
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.wallet, wallet);
  EXPECT_EQ(x.token_units, 1'000U);
  EXPECT_EQ(x.quote_units, 500U);
  // 48 + 15 + 4 + 2: the buyback fee is part of the first.
  EXPECT_EQ(x.fee_units, 69);
  EXPECT_EQ(x.net_quote_units, 569);
  EXPECT_EQ(x.fee_basis_points, 95U + 30 + 7 + 3);
  EXPECT_EQ(x.flags, 0);
  EXPECT_EQ(x.position, (chain_position{1000, 7, 1}));
  EXPECT_EQ(x.event_time, 1'700'000'000);
  EXPECT_EQ(x.block_time, 1'700'000'000);
  EXPECT_EQ(x.tx_fee_lamports, 5'000U);
  EXPECT_EQ(x.event_base_reserves, 1'073'000'000U);
  EXPECT_EQ(x.event_quote_reserves, 30'000'000'500U);
  EXPECT_EQ(x.real_token_reserves, 793'100'000U);
  EXPECT_EQ(x.real_quote_reserves, 500U);
  EXPECT_TRUE(is_default(x.pool));
}

TEST(curve_trade, a_sell_pays_its_fees_out_of_the_proceeds) {
  auto values = curve_buy();
  values.integers["is_buy"] = 0;
  auto x = curve_trade(values);
  EXPECT_EQ(x.side, trade_side::sell);
  EXPECT_EQ(x.net_quote_units, 500 - 69);
  // A dust sell costs more than it brings.
  values.integers["sol_amount"] = 10;
  EXPECT_EQ(curve_trade(values).net_quote_units, 10 - 69);
}

TEST(curve_trade, takes_the_quote_fields_of_a_coin_that_is_not_in_sol) {
  auto values = curve_buy();
  values.keys["quote_mint"] = known_keys::usdc_mint;
  values.integers["sol_amount"] = 0;
  values.integers["virtual_sol_reserves"] = 0;
  values.integers["real_sol_reserves"] = 0;
  values.integers["quote_amount"] = 350;
  values.integers["virtual_quote_reserves"] = 9'798;
  values.integers["real_quote_reserves"] = 251;
  auto x = curve_trade(values);
  EXPECT_EQ(x.quote_mint, known_keys::usdc_mint);
  EXPECT_EQ(x.quote_units, 350U);
  EXPECT_EQ(x.net_quote_units, 419);
  EXPECT_EQ(x.event_quote_reserves, 9'798U);
  EXPECT_EQ(x.real_quote_reserves, 251U);
  // The amounts of such a coin stand behind the quote mint: without them
  // nothing can be said.
  EXPECT_EQ(only_reason(curve_transaction("TradeEvent", values, 29)),
            dead_letter_reason::unknown_layout);
}

TEST(curve_trade, tells_when_the_layout_does_not_carry_all_fees) {
  for (size_t fields : {8U, 10U, 16U, 22U, 25U, 32U, 34U}) {
    auto x = curve_trade(curve_buy(), fields);
    EXPECT_EQ(has_flag(x, trade_flag::fees_unknown), fields < 34) << fields;
    EXPECT_EQ(x.quote_units, 500U);
  }
  EXPECT_EQ(curve_trade(curve_buy(), 10).fee_units, 0);
  EXPECT_EQ(curve_trade(curve_buy(), 16).fee_units, 63);
  EXPECT_EQ(curve_trade(curve_buy(), 25).fee_units, 67);
}

TEST(curve_trade, with_too_few_fields_is_never_a_trade) {
  EXPECT_EQ(only_reason(curve_transaction("TradeEvent", curve_buy(), 7)),
            dead_letter_reason::unknown_layout);
}

TEST(curve_trade, sums_fees_beyond_64_bits) {
  auto values = curve_buy();
  for (auto name : {"sol_amount", "token_amount", "virtual_sol_reserves",
                    "virtual_token_reserves", "fee", "creator_fee", "cashback",
                    "holder_rewards", "fee_basis_points"})
    values.integers[name] = u64_max;
  auto x = curve_trade(values);
  EXPECT_EQ(x.fee_units, static_cast<i128>(u64_max) * 4);
  EXPECT_EQ(x.net_quote_units, static_cast<i128>(u64_max) * 5);
  EXPECT_EQ(x.fee_basis_points, std::numeric_limits<uint32_t>::max());
}

TEST(curve_trade, refuses_reserves_that_cannot_be) {
  auto values = curve_buy();
  values.integers["virtual_sol_reserves"] = 499;
  EXPECT_EQ(only_reason(curve_transaction("TradeEvent", values)),
            dead_letter_reason::impossible_value);
  values.integers["virtual_sol_reserves"] = 500;
  EXPECT_EQ(curve_trade(values).event_quote_reserves, 500U);
  // No price without tokens.
  values.integers["virtual_token_reserves"] = 0;
  EXPECT_EQ(only_reason(curve_transaction("TradeEvent", values)),
            dead_letter_reason::impossible_value);
  // A sell cannot give the curve more than it has afterwards.
  values.integers["is_buy"] = 0;
  values.integers["virtual_token_reserves"] = 999;
  EXPECT_EQ(only_reason(curve_transaction("TradeEvent", values)),
            dead_letter_reason::impossible_value);
}

TEST(curve_trade, belongs_to_the_fee_payer_when_the_user_did_not_sign) {
  auto tx = curve_transaction("TradeEvent", curve_buy());
  auto payer = key_of(0x55);
  tx.keys = {payer, pump, wallet};
  tx.outer[0].program = 1;
  tx.inner[0].second[0].program = 1;
  auto parsed = decode(tx);
  ASSERT_EQ(parsed.trades.size(), 1U);
  EXPECT_EQ(parsed.trades[0].wallet, payer);
  EXPECT_TRUE(has_flag(parsed.trades[0], trade_flag::routed));
  // A second signer is a wallet of its own.
  tx.signers = 3;
  parsed = decode(tx);
  EXPECT_EQ(parsed.trades[0].wallet, wallet);
  EXPECT_FALSE(has_flag(parsed.trades[0], trade_flag::routed));
}

TEST(curve_trade, of_the_mayhem_vault_keeps_it_as_the_wallet) {
  auto values = curve_buy();
  values.keys["user"] = known_keys::mayhem_vault;
  values.integers["mayhem_mode"] = 1;
  auto x = curve_trade(values);
  EXPECT_EQ(x.wallet, known_keys::mayhem_vault);
  EXPECT_EQ(x.flags, trade_flag::mayhem_vault | trade_flag::mayhem_mode);
}

TEST(curve_trade, takes_decimals_from_the_token_balances) {
  auto tx = curve_transaction("TradeEvent", curve_buy());
  EXPECT_EQ(decode(tx).trades[0].token_decimals, -1);
  tx.balances = {{other_coin, 9}, {coin, 6}};
  EXPECT_EQ(decode(tx).trades[0].token_decimals, 6);
  tx.balances = {{coin, 4'000}};
  EXPECT_EQ(decode(tx).trades[0].token_decimals, -1);
}

TEST(pool_trade, takes_the_legs_of_a_buy_either_way_round) {
  auto values = pool_buy();
  auto x = pool_trade("BuyEvent", values);
  EXPECT_EQ(x.side, trade_side::buy);
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.pool, pool);
  EXPECT_EQ(x.token_units, 100U);
  EXPECT_EQ(x.quote_units, 1'000U);
  EXPECT_EQ(x.fee_units, 30);
  EXPECT_EQ(x.net_quote_units, 1'030);
  EXPECT_EQ(x.flags, 0);
  EXPECT_EQ(x.fee_basis_points, 75U);
  EXPECT_EQ(x.lp_fee_units, 2U);
  EXPECT_EQ(x.virtual_quote_reserves, 5'000);
  EXPECT_EQ(x.base_supply, 777U);
  EXPECT_EQ(reserves_after(x), (reserves{9'900, 100'002}));
  // buy_exact_quote_in names the two amounts the other way round.
  std::swap(values.integers["quote_amount_in"],
            values.integers["user_quote_amount_in"]);
  EXPECT_EQ(pool_trade("BuyEvent", values), x);
}

TEST(pool_trade, takes_the_legs_of_a_sell) {
  auto x = pool_trade("SellEvent", pool_sell());
  EXPECT_EQ(x.side, trade_side::sell);
  EXPECT_EQ(x.token_units, 100U);
  EXPECT_EQ(x.quote_units, 900U);
  EXPECT_EQ(x.fee_units, 30);
  EXPECT_EQ(x.net_quote_units, 870);
  EXPECT_EQ(reserves_after(x), (reserves{10'100, 98'102}));
}

TEST(pool_trade, flips_the_side_of_an_inverted_pool) {
  // Base is money: who buys base sells the coin, and pays fees in the coin.
  auto x = pool_trade("BuyEvent", pool_buy(), wsol, coin);
  EXPECT_EQ(x.side, trade_side::sell);
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.token_units, 1'030U);
  EXPECT_EQ(x.quote_units, 100U);
  EXPECT_EQ(x.net_quote_units, 100);
  EXPECT_EQ(x.fee_units, 0);
  EXPECT_EQ(x.flags, trade_flag::inverted);
  EXPECT_EQ(reserves_after(x), (reserves{9'900, 100'002}));
  EXPECT_EQ(spot_price(x), (price{9'900, 105'002}));

  auto y = pool_trade("SellEvent", pool_sell(), wsol, coin);
  EXPECT_EQ(y.side, trade_side::buy);
  EXPECT_EQ(y.token_units, 870U);
  EXPECT_EQ(y.quote_units, 100U);
  EXPECT_EQ(y.net_quote_units, 100);
  EXPECT_EQ(y.fee_units, 0);
  EXPECT_EQ(reserves_after(y), (reserves{10'100, 98'102}));
}

TEST(pool_trade, knows_usdc_and_usdt_as_money) {
  EXPECT_EQ(
    pool_trade("BuyEvent", pool_buy(), coin, known_keys::usdc_mint).quote_mint,
    known_keys::usdc_mint);
  auto x = pool_trade("BuyEvent", pool_buy(), known_keys::usdt_mint, coin);
  EXPECT_EQ(x.quote_mint, known_keys::usdt_mint);
  EXPECT_TRUE(has_flag(x, trade_flag::inverted));
}

TEST(pool_trade, of_no_coin_is_ignored_and_counted) {
  update_decoder sut;
  auto count = [&](const pubkey& base, const pubkey& quote) {
    auto parsed = sut.decode(
      pool_transaction("BuyEvent", pool_buy(), base, quote).build());
    auto& tx = std::get<parsed_transaction>(parsed);
    EXPECT_TRUE(tx.trades.empty());
    EXPECT_TRUE(tx.dead_letters.empty());
    return tx.ignored_trades;
  };
  EXPECT_EQ(count(coin, other_coin), 1U);
  EXPECT_EQ(count(wsol, known_keys::usdc_mint), 1U);
  EXPECT_EQ(sut.counters().ignored_for(ignored_reason::no_money_side), 1U);
  EXPECT_EQ(sut.counters().ignored_for(ignored_reason::both_sides_money), 1U);
}

TEST(pool_trade, refuses_reserves_that_cannot_be) {
  auto check = [](std::string_view name, event_values values,
                  std::string_view field, uint64_t limit,
                  const pubkey& base = coin, const pubkey& quote = wsol) {
    values.integers[field] = limit;
    EXPECT_TRUE(
      decode(pool_transaction(name, values, base, quote)).dead_letters.empty())
      << field;
    values.integers[field] = limit - 1;
    EXPECT_EQ(only_reason(pool_transaction(name, values, base, quote)),
              dead_letter_reason::impossible_value)
      << field;
  };
  // One token must stay, or there is no price.
  check("BuyEvent", pool_buy(), "pool_base_token_reserves", 101);
  // An inverted pool may give all of its money: the coin side makes the price.
  check("BuyEvent", pool_buy(), "pool_base_token_reserves", 100, wsol, coin);
  // The LP fee stays in the pool.
  check("SellEvent", pool_sell(), "pool_quote_token_reserves", 898);
  // The effective reserve must not be negative...
  auto values = pool_sell();
  values.integers["virtual_quote_reserves"]
    = static_cast<uint64_t>(int64_t{-5'000});
  check("SellEvent", values, "pool_quote_token_reserves", 5'898);
  // ... and not be zero where it is what prices divide by.
  check("SellEvent", values, "pool_quote_token_reserves", 5'899, wsol, coin);
}

TEST(pool_trade, holds_the_largest_amounts) {
  auto values = pool_buy();
  for (auto name : {"quote_amount_in", "user_quote_amount_in", "lp_fee",
                    "pool_base_token_reserves", "pool_quote_token_reserves"})
    values.integers[name] = u64_max;
  values.integers["base_amount_out"] = u64_max - 1;
  auto x = pool_trade("BuyEvent", values);
  EXPECT_EQ(x.quote_units, u64_max);
  EXPECT_EQ(x.net_quote_units, static_cast<i128>(u64_max));
  EXPECT_EQ(reserves_after(x).quote, static_cast<i128>(u64_max) * 3);
  auto y = pool_trade("BuyEvent", values, wsol, coin);
  EXPECT_EQ(y.token_units, u64_max);
  EXPECT_EQ(y.quote_units, u64_max - 1);
}

TEST(pool_trade, refuses_virtual_reserves_beyond_their_bound) {
  auto tx = pool_transaction("SellEvent", pool_sell(), coin, wsol);
  auto& data = tx.inner[0].second[0].data;
  // virtual_quote_reserves stands at 392 of the payload: set its high bytes.
  std::fill_n(data.begin() + 8 + 392 + 8, 8, uint8_t{0x7F});
  EXPECT_EQ(only_reason(tx), dead_letter_reason::impossible_value);
}

TEST(pool_trade, without_its_instruction_waits_for_the_pool) {
  auto tx = pool_transaction("BuyEvent", pool_buy(), coin, wsol);
  tx.outer[0].accounts = {};
  auto parsed = decode(tx);
  ASSERT_EQ(parsed.trades.size(), 1U);
  auto x = parsed.trades[0];
  EXPECT_EQ(x.flags, trade_flag::pool_unresolved);
  EXPECT_EQ(x.pool, pool);
  EXPECT_TRUE(is_default(x.mint));
  auto update = tx.build();
  EXPECT_EQ(parsed.raw, std::string(update.begin(), update.end()));
  // What comes later must give what would have come at once.
  auto normal = x;
  ASSERT_TRUE(assign_pool_mints(normal, coin, wsol));
  EXPECT_EQ(normal, pool_trade("BuyEvent", pool_buy()));
  auto inverted = x;
  ASSERT_TRUE(assign_pool_mints(inverted, wsol, coin));
  EXPECT_EQ(inverted, pool_trade("BuyEvent", pool_buy(), wsol, coin));
  auto ignored = x;
  auto refused = assign_pool_mints(ignored, coin, other_coin);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), refusal{ignored_reason::no_money_side});
  EXPECT_EQ(ignored, x);
}

TEST(pool_trade, believes_no_instruction_of_another_pool) {
  auto tx = pool_transaction("BuyEvent", pool_buy(), coin, wsol);
  tx.outer[0].accounts[0] = tx.key(key_of(0x34));
  EXPECT_EQ(decode(tx).trades[0].flags, trade_flag::pool_unresolved);
}

TEST(pool_trade, takes_mints_from_loaded_addresses) {
  auto tx = pool_transaction("BuyEvent", pool_buy(), coin, wsol);
  // Move both mints to the lookup table.
  std::erase(tx.keys, coin);
  std::erase(tx.keys, wsol);
  tx.loaded_writable = {coin};
  tx.loaded_readonly = {wsol};
  auto program_at = tx.key(amm);
  auto first_loaded = static_cast<uint8_t>(tx.keys.size());
  tx.outer[0].program = program_at;
  tx.inner[0].second[0].program = program_at;
  tx.outer[0].accounts = {tx.key(pool), 0, 0, first_loaded,
                          static_cast<uint8_t>(first_loaded + 1)};
  auto parsed = decode(tx);
  ASSERT_EQ(parsed.trades.size(), 1U);
  EXPECT_EQ(parsed.trades[0].mint, coin);
  EXPECT_EQ(parsed.trades[0].flags, 0);
  // An index without a key names nothing.
  tx.outer[0].accounts[4] = 200;
  EXPECT_EQ(decode(tx).trades[0].flags, trade_flag::pool_unresolved);
}

TEST(token_events, tell_the_birth_of_a_coin) {
  event_values values;
  values.texts = {{"name", "The \xF0\x9F\x90\xB6 coin"},
                  {"symbol", "DOG"},
                  {"uri", "https://x"}};
  values.keys = {{"mint", coin}, {"user", wallet}, {"creator", key_of(0x66)}};
  values.integers
    = {{"timestamp", 1'700'000'000},  {"virtual_token_reserves", 1'073},
       {"virtual_sol_reserves", 30},  {"real_token_reserves", 793},
       {"token_total_supply", 1'000}, {"is_mayhem_mode", 1}};
  auto x = only_event(curve_transaction("CreateEvent", values));
  EXPECT_EQ(x.kind, token_event_kind::created);
  EXPECT_EQ(x.name, "The \xF0\x9F\x90\xB6 coin");
  EXPECT_EQ(x.symbol, "DOG");
  EXPECT_EQ(x.uri, "https://x");
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.wallet, wallet);
  EXPECT_EQ(x.creator, key_of(0x66));
  EXPECT_EQ(x.base_reserves, 1'073U);
  EXPECT_EQ(x.quote_reserves, 30U);
  EXPECT_EQ(x.real_token_reserves, 793U);
  EXPECT_EQ(x.supply, 1'000U);
  EXPECT_EQ(x.flags, trade_flag::mayhem_mode);
  // The first layout had no creator and no time.
  auto old = only_event(curve_transaction("CreateEvent", values, 6));
  EXPECT_TRUE(is_default(old.creator));
  EXPECT_EQ(old.event_time, 0);
  EXPECT_EQ(only_reason(curve_transaction("CreateEvent", values, 5)),
            dead_letter_reason::unknown_layout);
}

TEST(token_events, cut_long_texts_between_characters) {
  event_values values;
  values.texts["name"] = std::string(255, 'x') + "\xC3\xA9";
  values.texts["symbol"] = std::string(100, 's');
  values.texts["uri"] = std::string{"bad \xFF\0 end", 10};
  auto x = only_event(curve_transaction("CreateEvent", values));
  EXPECT_EQ(x.name, std::string(255, 'x'));
  EXPECT_EQ(x.symbol.size(), 64U);
  EXPECT_EQ(x.uri, "bad \xEF\xBF\xBD\xEF\xBF\xBD end");
}

TEST(token_events, tell_completion_and_migration) {
  event_values values;
  values.keys = {{"mint", coin}, {"user", wallet}, {"pool", pool}};
  values.integers
    = {{"timestamp", 5}, {"mint_amount", 206}, {"sol_amount", 84}};
  auto completed = only_event(curve_transaction("CompleteEvent", values, 4));
  EXPECT_EQ(completed.kind, token_event_kind::completed);
  EXPECT_EQ(completed.mint, coin);
  EXPECT_EQ(completed.quote_mint, wsol);
  values.keys["quote_mint"] = known_keys::usdc_mint;
  completed = only_event(curve_transaction("CompleteEvent", values));
  EXPECT_EQ(completed.quote_mint, known_keys::usdc_mint);
  auto migrated
    = only_event(curve_transaction("CompletePumpAmmMigrationEvent", values));
  EXPECT_EQ(migrated.kind, token_event_kind::migrated);
  EXPECT_EQ(migrated.pool, pool);
  EXPECT_EQ(migrated.base_units, 206U);
  EXPECT_EQ(migrated.quote_units, 84U);
  EXPECT_EQ(migrated.quote_mint, known_keys::usdc_mint);
}

TEST(token_events, tell_new_virtual_reserves) {
  event_values values;
  values.keys = {{"mint", coin}};
  values.integers
    = {{"virtual_token_reserves", 1},     {"virtual_sol_reserves", 2},
       {"new_virtual_token_reserves", 3}, {"new_virtual_sol_reserves", 4},
       {"real_token_reserves", 5},        {"real_sol_reserves", 6}};
  auto x
    = only_event(curve_transaction("UpdateMayhemVirtualParamsEvent", values));
  EXPECT_EQ(x.kind, token_event_kind::virtual_params_updated);
  EXPECT_EQ(x.base_reserves, 3U);
  EXPECT_EQ(x.quote_reserves, 4U);
  EXPECT_EQ(x.real_token_reserves, 5U);
  EXPECT_EQ(x.real_quote_reserves, 6U);
}

TEST(token_events, name_the_coin_of_a_new_pool) {
  event_values values;
  values.keys = {{"pool", pool},
                 {"creator", wallet},
                 {"base_mint", coin},
                 {"quote_mint", wsol},
                 {"coin_creator", key_of(0x66)}};
  values.integers = {{"base_mint_decimals", 6}, {"quote_mint_decimals", 9},
                     {"base_amount_in", 10},    {"quote_amount_in", 20},
                     {"pool_base_amount", 11},  {"pool_quote_amount", 21}};
  auto tx = pool_transaction("CreatePoolEvent", values, coin, wsol);
  // The event names the mints itself.
  tx.outer[0].accounts = {};
  auto x = only_event(tx);
  EXPECT_EQ(x.kind, token_event_kind::pool_created);
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.wallet, wallet);
  EXPECT_EQ(x.creator, key_of(0x66));
  EXPECT_EQ(x.token_decimals, 6);
  EXPECT_EQ(x.base_units, 10U);
  EXPECT_EQ(x.quote_units, 20U);
  EXPECT_EQ(x.base_reserves, 11U);
  EXPECT_EQ(x.quote_reserves, 21U);
  EXPECT_EQ(x.flags, 0);
  std::swap(values.keys["base_mint"], values.keys["quote_mint"]);
  x = only_event(pool_transaction("CreatePoolEvent", values, wsol, coin));
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.quote_mint, wsol);
  EXPECT_EQ(x.token_decimals, 9);
  EXPECT_EQ(x.flags, trade_flag::inverted);
  // No coin pool: its base mint names it.
  values.keys["base_mint"] = other_coin;
  x = only_event(pool_transaction("CreatePoolEvent", values, other_coin, coin));
  EXPECT_EQ(x.mint, other_coin);
  EXPECT_EQ(x.quote_mint, coin);
}

TEST(token_events, tell_liquidity_with_the_reserves_before) {
  event_values values;
  values.keys = {{"pool", pool}, {"user", wallet}};
  values.integers
    = {{"base_amount_in", 10},           {"quote_amount_in", 20},
       {"base_amount_out", 10},          {"quote_amount_out", 20},
       {"pool_base_token_reserves", 10}, {"pool_quote_token_reserves", 20}};
  auto x = only_event(pool_transaction("DepositEvent", values, coin, wsol));
  EXPECT_EQ(x.kind, token_event_kind::deposited);
  EXPECT_EQ(x.mint, coin);
  EXPECT_EQ(x.wallet, wallet);
  EXPECT_EQ(x.base_units, 10U);
  EXPECT_EQ(x.quote_units, 20U);
  EXPECT_EQ(x.base_reserves, 10U);
  x = only_event(pool_transaction("WithdrawEvent", values, coin, wsol));
  EXPECT_EQ(x.kind, token_event_kind::withdrawn);
  values.integers["pool_quote_token_reserves"] = 19;
  EXPECT_EQ(only_reason(pool_transaction("WithdrawEvent", values, coin, wsol)),
            dead_letter_reason::impossible_value);
}

TEST(token_events, without_their_instruction_wait_for_the_pool) {
  event_values values;
  values.keys = {{"pool", pool}, {"user", wallet}};
  auto tx = pool_transaction("DepositEvent", values, wsol, coin);
  auto complete = only_event(tx);
  tx.outer[0].accounts = {};
  auto x = only_event(tx);
  EXPECT_EQ(x.flags, trade_flag::pool_unresolved);
  assign_pool_mints(x, wsol, coin);
  EXPECT_EQ(x, complete);
}

TEST(token_events, tell_boosts) {
  event_values values;
  values.keys = {{"pool", pool}, {"mint", coin}, {"authority", wallet}};
  values.integers = {{"virtual_quote_reserves", 17'584},
                     {"real_quote_reserves_after", 100},
                     {"base_reserves_after", 200},
                     {"base_amount_burned", 3},
                     {"quote_amount_in_used", 4}};
  auto x = only_event(pool_transaction("InitBoostEvent", values, coin, wsol));
  EXPECT_EQ(x.kind, token_event_kind::boost_initialized);
  EXPECT_EQ(x.virtual_quote_reserves, 17'584);
  EXPECT_EQ(x.quote_reserves, 100U);
  EXPECT_EQ(x.quote_mint, wsol);
  x = only_event(pool_transaction("BoostBuyAndBurnEvent", values, coin, wsol));
  EXPECT_EQ(x.kind, token_event_kind::boost_bought);
  EXPECT_EQ(x.base_units, 3U);
  EXPECT_EQ(x.quote_units, 4U);
  EXPECT_EQ(x.base_reserves, 200U);
  EXPECT_EQ(x.quote_reserves, 100U);
}

} // namespace

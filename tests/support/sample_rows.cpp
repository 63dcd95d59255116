#include "tests/support/sample_rows.hpp"

#include "domain/known_keys.hpp"

namespace pumpscope::test {

namespace {

using domain::i128;

constexpr auto u64_max = ~uint64_t{0};

/// Amounts that a codec gets wrong first, in turn.
i128 amount(uint64_t number) {
  switch (number % 7) {
    case 0:
      return domain::i128_max;
    case 1:
      return domain::i128_min;
    case 2:
      return -1;
    case 3:
      return static_cast<i128>(u64_max);
    case 4:
      return static_cast<i128>(u64_max) + 1;
    case 5:
      return -static_cast<i128>(u64_max) - 1;
    default:
      return static_cast<i128>(number);
  }
}

domain::signature sample_signature(uint64_t number) {
  auto result = domain::signature{};
  for (auto i = size_t{0}; i < result.bytes.size(); ++i)
    result.bytes[i] = static_cast<uint8_t>(number * 31 + i);
  return result;
}

} // namespace

domain::pubkey sample_key(uint64_t number) {
  auto result = domain::pubkey{};
  auto x = number * 0x9E3779B97F4A7C15ULL + 1;
  for (auto& byte : result.bytes) {
    x ^= x >> 27;
    x *= 0x3C79AC492BA7B653ULL;
    byte = static_cast<uint8_t>(x >> 56);
  }
  return result;
}

domain::pubkey sample_key_in(uint64_t number, uint32_t partition,
                             const messages::store_identity& id) {
  for (;; ++number) {
    auto result = sample_key(number);
    if (domain::partition_of(result, id.hash_seed, id.partitions) == partition)
      return result;
  }
}

domain::trade sample_trade(uint64_t jpos, domain::chain_position position,
                           const domain::pubkey& wallet,
                           const domain::pubkey& mint) {
  auto x = domain::trade{};
  x.position = position;
  x.jpos = jpos;
  x.signature = sample_signature(jpos);
  x.block_time = 1'700'000'000 + static_cast<int64_t>(position.slot);
  x.event_time = jpos % 2 == 0 ? x.block_time : INT64_MIN;
  x.program = domain::program::pump_amm;
  x.side = domain::trade_side::sell;
  x.flags = 0xFFFF;
  x.fee_basis_points = 0xFFFF'FFFF;
  x.token_decimals = static_cast<int16_t>(jpos % 2 == 0 ? -1 : 9);
  x.wallet = wallet;
  x.mint = mint;
  x.quote_mint = jpos % 3 == 0 ? sample_key(77) : domain::known_keys::wsol_mint;
  x.pool = jpos % 3 == 1 ? domain::pubkey{} : sample_key(78);
  x.token_units = u64_max;
  x.quote_units = jpos;
  x.fee_units = amount(jpos);
  x.net_quote_units = amount(jpos + 1);
  x.event_base_reserves = u64_max - 1;
  x.event_quote_reserves = 1;
  x.real_token_reserves = 2;
  x.real_quote_reserves = 3;
  x.pool_base_units = 4;
  x.pool_quote_units = 5;
  x.lp_fee_units = 6;
  x.virtual_quote_reserves = amount(jpos + 2);
  x.base_supply = 7;
  x.tx_fee_lamports = 8;
  x.sol_usd_micros = 9;
  return x;
}

domain::token_event sample_event(uint64_t jpos, domain::chain_position position,
                                 const domain::pubkey& mint) {
  auto x = domain::token_event{};
  x.position = position;
  x.jpos = jpos;
  x.signature = sample_signature(jpos);
  x.block_time = 1'700'000'000 + static_cast<int64_t>(position.slot);
  x.event_time = x.block_time + 1;
  x.kind = domain::token_event_kind::boost_bought;
  x.program = domain::program::pump_amm;
  x.flags = 0x8001;
  x.mint = mint;
  x.quote_mint = domain::known_keys::usdc_mint;
  x.pool = sample_key(79);
  x.wallet = sample_key(80);
  x.creator = sample_key(81);
  x.name = std::string("nul \0 and bad \xFF utf-8", 20);
  x.symbol = std::string(64, 's');
  x.uri = std::string(1'024, 'u');
  x.base_units = u64_max;
  x.quote_units = 1;
  x.base_reserves = 2;
  x.quote_reserves = 3;
  x.real_token_reserves = 4;
  x.real_quote_reserves = 5;
  x.supply = 6;
  x.virtual_quote_reserves = amount(jpos);
  x.token_decimals = 9;
  return x;
}

messages::slot_row sample_slot(uint64_t slot) {
  auto x = messages::slot_row{};
  x.slot = slot;
  x.parent = slot - 1;
  x.block_time = -1;
  x.executed_transactions = 1'000;
  x.trades = 0xFFFF'FFFF;
  x.token_events = 2;
  x.ignored = 3;
  x.dead_letters = 4;
  x.failed_transactions = 5;
  return x;
}

domain::dead_letter sample_letter(domain::chain_position position,
                                  size_t size) {
  auto x = domain::dead_letter{};
  x.position = position;
  x.signature = sample_signature(position.slot);
  x.block_time = 5;
  x.program = domain::program::pump_amm;
  x.reason = domain::dead_letter_reason::malformed_transaction;
  x.decoder_version = 0xFFFF'FFFF;
  x.raw = std::string(size, '\0');
  for (auto i = size_t{0}; i < size; i += 3)
    x.raw[i] = static_cast<char>(i);
  return x;
}

messages::position_row
sample_position(const domain::pubkey& wallet, const domain::pubkey& mint,
                const domain::pubkey& quote_mint, int version) {
  auto n = static_cast<uint64_t>(version);
  auto row = messages::position_row{};
  row.wallet = wallet;
  auto& x = row.position;
  x.key = {mint, quote_mint};
  x.units = amount(n);
  x.cost_basis = amount(n + 1);
  x.bought_units = amount(n + 2);
  x.sold_units = amount(n + 3);
  x.invested = amount(n + 4);
  x.proceeds = amount(n + 5);
  x.realized = amount(n + 6);
  x.realized_gross = amount(n + 7);
  x.realized_fifo = amount(n + 8);
  x.unmatched_units = amount(n + 9);
  x.unmatched_proceeds = amount(n + 10);
  x.buys = u64_max;
  x.sells = n + 1;
  x.realizations = n + 2;
  x.wins = n + 3;
  x.cost_basis_gross = amount(n + 11);
  x.cost_out = amount(n + 12);
  x.matched_units = amount(n + 13);
  x.held_unit_seconds = amount(n + 14);
  x.first_trade_at = INT64_MIN;
  x.last_trade_at = INT64_MAX;
  row.blob = std::string("lots\0", 5) + std::to_string(version);
  return row;
}

messages::wallet_row sample_wallet(const domain::pubkey& wallet, int version) {
  auto n = static_cast<uint64_t>(version);
  auto row = messages::wallet_row{};
  row.wallet = wallet;
  auto& x = row.totals;
  x.trades = u64_max;
  x.realized = amount(n);
  x.realized_gross = amount(n + 1);
  x.realized_fifo = amount(n + 2);
  x.invested = amount(n + 3);
  x.proceeds = amount(n + 4);
  x.realizations = n + 1;
  x.wins = n + 2;
  x.loss_streak_max = n + 3;
  x.loss_streak_worst = amount(n + 5);
  x.tokens = n + 4;
  x.loss_streak = n + 5;
  x.loss_streak_sum = amount(n + 6);
  x.cost_out = amount(n + 7);
  x.sold_units_matched = amount(n + 8);
  x.sold_units = amount(n + 9);
  x.volume = amount(n + 10);
  x.first_trade_at = 1;
  x.last_trade_at = -2;
  x.buy_size_last = amount(n + 11);
  x.buys_after_loss = n + 6;
  x.buys_grown_after_loss = n + 7;
  x.losses = amount(n + 12);
  x.losing_realizations = n + 8;
  x.last_loss = {n + 9, 0xFFFF'FFFF, 7};
  x.last_loss_at = -3;
  row.blob = "extra" + std::to_string(version);
  return row;
}

domain::wallet_bucket sample_bucket(const domain::pubkey& wallet,
                                    uint32_t length, int64_t start,
                                    int version) {
  auto n = static_cast<uint64_t>(version);
  auto x = domain::wallet_bucket{};
  x.wallet = wallet;
  x.length = length;
  x.start = start;
  x.net = amount(n);
  x.losses = amount(n + 1);
  x.realizations = n + 1;
  x.losing_realizations = n + 2;
  x.trades = n + 3;
  x.last_loss = {n + 4, 0xFFFF'FFFF, 6};
  x.last_loss_at = start + 7;
  return x;
}

messages::token_row sample_token(const domain::pubkey& mint, int version) {
  auto x = messages::token_row{};
  x.mint = mint;
  x.quote_mint = domain::known_keys::wsol_mint;
  x.name = "na\xC3\xAFve \xF0\x9F\x9A\x80 \xEF\xBF\xBD '\"\\";
  x.symbol = "s" + std::to_string(version);
  x.uri = "u";
  x.creator = sample_key(99);
  x.created_at = -version;
  x.last_price = {~domain::u128{0}, static_cast<domain::u128>(version) << 90U};
  x.last_trade_at = version;
  x.graduated = version % 2 == 0;
  if (version % 3 != 0)
    x.market_cap = amount(static_cast<uint64_t>(version));
  x.reserve_breaks = static_cast<uint64_t>(version) + 1;
  x.blob = std::string(5'000, static_cast<char>(version));
  return x;
}

messages::candle_row
sample_candle(const domain::pubkey& mint, const domain::pubkey& quote_mint,
              domain::interval length, int64_t time, int version) {
  auto n = static_cast<uint64_t>(version);
  auto row = messages::candle_row{};
  row.mint = mint;
  row.quote_mint = quote_mint;
  row.interval = length;
  auto& x = row.candle;
  x.open_time = time;
  x.open = {1, 2};
  x.high = {~domain::u128{0}, n + 1};
  x.low = {n + 1, ~domain::u128{0}};
  x.close = {3, 4};
  x.first = {n + 1, 2, 3};
  x.last = {n + 2, 0xFFFF'FFFF, 4};
  x.previous_close = {5, ~domain::u128{0}};
  x.volume_quote = amount(n);
  x.volume_token = amount(n + 1);
  x.buy_volume_quote = amount(n + 2);
  x.sell_volume_quote = amount(n + 3);
  x.trades = u64_max;
  x.buys = n + 1;
  x.sells = n + 2;
  x.wallets = n + 3;
  return row;
}

messages::epoch epoch_after(const messages::head_row& head) {
  auto x = messages::epoch{};
  x.before = head;
  x.after = head;
  ++x.after.epoch;
  return x;
}

void add_trade(messages::epoch& x, domain::chain_position position,
               const domain::pubkey& wallet, const domain::pubkey& mint) {
  x.trades.push_back(sample_trade(++x.after.jpos, position, wallet, mint));
}

void add_event(messages::epoch& x, domain::chain_position position,
               const domain::pubkey& mint) {
  x.token_events.push_back(sample_event(++x.after.jpos, position, mint));
}

messages::checkpoint checkpoint_after(const messages::head_row& head,
                                      const messages::cursor_row& cursor,
                                      uint64_t jpos) {
  auto x = messages::checkpoint{};
  x.fence = head.fence;
  x.before = cursor;
  x.after = cursor;
  x.after.jpos = jpos;
  return x;
}

} // namespace pumpscope::test

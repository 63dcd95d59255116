#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <compare>
#include <cstdint>

namespace pumpscope::domain {

/// The place of an event on the chain, and its key in the journal.
struct chain_position {
  uint64_t slot = 0;
  /// Index of the transaction in its block.
  uint32_t tx_index = 0;
  /// `outer_index << 16 | inner_index + 1` of the event's own instruction;
  /// `outer_index << 16` for an event that only a truncated log shows.
  uint32_t ix_path = 0;

  friend auto operator<=>(const chain_position&, const chain_position&)
    = default;
};

/// The on-chain programs whose events we read.
enum class program : uint8_t {
  /// The pump.fun bonding curve.
  pump = 0,
  /// PumpSwap.
  pump_amm = 1,
};

/// What the wallet did with the coin.
enum class trade_side : uint8_t {
  buy = 0,
  sell = 1,
};

/// Facts about a trade that are no numbers; a set of bits in `trade::flags`.
namespace trade_flag {

/// The layout was too old to carry all fee fields; the absent ones count as 0.
inline constexpr uint16_t fees_unknown = 1U << 0;
/// AMM: the pool's base is the money side.
inline constexpr uint16_t inverted = 1U << 1;
/// `event.user` did not sign; `wallet` is the fee payer.
inline constexpr uint16_t routed = 1U << 2;
/// The wallet is the mayhem vault: counts everywhere but on leaderboards.
inline constexpr uint16_t mayhem_vault = 1U << 3;
/// The coin is in mayhem mode (its reserves may be re-parametrised).
inline constexpr uint16_t mayhem_mode = 1U << 4;
/// The event was read from the logs, not from the self-CPI instruction.
inline constexpr uint16_t from_log = 1U << 5;
/// `tx_index` was assumed from input order.
inline constexpr uint16_t index_assumed = 1U << 6;
/// AMM: the mints are not known yet; legs are in base/quote orientation.
inline constexpr uint16_t pool_unresolved = 1U << 7;

} // namespace trade_flag

/// One parsed swap of a coin against its quote (SOL, USDC, USDT): a row of the
/// journal. Immutable once `jpos` is given. Terms and formulas: domain.md 2-3.
struct trade {
  chain_position position = {};
  /// Dense position in the journal, from 1; 0 while not journaled.
  uint64_t jpos = 0;
  domain::signature signature = {};
  /// Unix seconds: time of the slot, else of the event.
  int64_t block_time = 0;
  /// Unix seconds as the event carries them.
  int64_t event_time = 0;

  domain::program program = program::pump;
  trade_side side = trade_side::buy;
  uint16_t flags = 0;
  /// Sum of the fee rates that the event carries, in basis points.
  uint32_t fee_basis_points = 0;
  /// Decimals of the coin from the token balances; -1 when unknown.
  int16_t token_decimals = -1;

  pubkey wallet = {};
  pubkey mint = {};
  pubkey quote_mint = {};
  /// AMM: the pool. Curve: the default key.
  pubkey pool = {};

  /// The coin leg, in token base units.
  uint64_t token_units = 0;
  /// The gross leg: what the pool saw, in quote base units.
  uint64_t quote_units = 0;
  /// All fees on the trade, in quote base units.
  i128 fee_units = 0;
  /// What the wallet paid or got; negative when fees exceed a dust sell.
  i128 net_quote_units = 0;

  /// Curve: virtual token reserves AFTER. AMM: pool base reserves BEFORE.
  uint64_t event_base_reserves = 0;
  /// Curve: virtual quote reserves AFTER. AMM: pool quote reserves BEFORE.
  uint64_t event_quote_reserves = 0;
  /// Curve: real token reserves AFTER. AMM: 0.
  uint64_t real_token_reserves = 0;
  /// Curve: real quote reserves AFTER. AMM: 0.
  uint64_t real_quote_reserves = 0;
  /// AMM: what moved on the base side of the pool. Curve: token_units.
  uint64_t pool_base_units = 0;
  /// AMM: what moved on the quote side, without LP fee. Curve: quote_units.
  uint64_t pool_quote_units = 0;
  /// AMM: LP fee that stays in the pool, in the pool's quote.
  uint64_t lp_fee_units = 0;
  /// AMM: virtual quote reserves; 0 when absent.
  i128 virtual_quote_reserves = 0;
  /// Live supply that the event carries; 0 when absent.
  uint64_t base_supply = 0;

  /// Base and priority fee of the whole transaction, not of the trade.
  uint64_t tx_fee_lamports = 0;
  /// USD per SOL in millionths at the block time; 0 when unknown.
  uint64_t sol_usd_micros = 0;

  friend bool operator==(const trade&, const trade&) = default;
};

/// Tells whether a flag of `trade_flag` is set.
inline bool has_flag(const trade& x, uint16_t flag) {
  return (x.flags & flag) != 0;
}

/// Reserves of a venue in base/quote orientation of the venue, in base units.
struct reserves {
  i128 base = 0;
  i128 quote = 0;

  friend bool operator==(const reserves&, const reserves&) = default;
};

/// Returns the venue's reserves right after the trade: virtual reserves for
/// the curve, pool balances (without virtual ones) for the AMM.
reserves reserves_after(const trade& x);

/// Returns the venue's reserves right before the trade.
reserves reserves_before(const trade& x);

/// A price as an exact fraction: quote base units per token base unit.
struct price {
  u128 quote = 0;
  u128 token = 0;

  friend bool operator==(const price&, const price&) = default;
};

/// Returns the spot price after the trade (domain.md section 5), or an empty
/// price (`token == 0`) where the reserves allow none.
price spot_price(const trade& x);

/// Orders prices by cross multiplication. Pre: neither is empty.
inline int compare(const price& a, const price& b) {
  // Nearly all reserves fit 64 bits; a trade compares a dozen prices.
  if (((a.quote | a.token | b.quote | b.token) >> 64) == 0) {
    auto left = static_cast<u128>(static_cast<uint64_t>(a.quote))
                * static_cast<uint64_t>(b.token);
    auto right = static_cast<u128>(static_cast<uint64_t>(b.quote))
                 * static_cast<uint64_t>(a.token);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return compare_fractions(a.quote, a.token, b.quote, b.token);
}

/// Returns the correctly rounded double of a price; 0 when it is empty.
inline double to_double(const price& x) {
  return x.token == 0 ? 0.0 : fraction_to_double(x.quote, x.token);
}

} // namespace pumpscope::domain

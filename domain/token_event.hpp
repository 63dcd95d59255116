#pragma once

#include "domain/trade.hpp"

#include <cstdint>
#include <string>

namespace pumpscope::domain {

/// What happened to a token apart from a trade. Stored: append only.
enum class token_event_kind : uint8_t {
  /// CreateEvent: the token is born on a bonding curve.
  created = 0,
  /// CompleteEvent: the curve sold its last real token.
  completed = 1,
  /// CompletePumpAmmMigrationEvent: graduated; names the canonical pool.
  migrated = 2,
  /// CreatePoolEvent: a PumpSwap pool of the coin exists.
  pool_created = 3,
  /// DepositEvent: liquidity added. Reserves are those before.
  deposited = 4,
  /// WithdrawEvent: liquidity removed. Reserves are those before.
  withdrawn = 5,
  /// UpdateMayhemVirtualParamsEvent: the curve's reserve chain restarts.
  virtual_params_updated = 6,
  /// InitBoostEvent: the pool's virtual quote reserves are set.
  boost_initialized = 7,
  /// BoostBuyAndBurnEvent: the pool's reserves changed without a trade.
  boost_bought = 8,
  /// No event of the chain: the journaled slot of `position` turned out not to
  /// be on it, and none of its rows counts any more. Names no token.
  slot_voided = 9,
};

/// Returns where the row stands that voids a slot: behind all rows of it.
constexpr chain_position void_position(uint64_t slot) {
  return {slot, 0xFFFF'FFFF, 0xFFFF'FFFF};
}

/// A lifecycle event of a token: a row of the journal beside trades. Fields
/// that a kind does not carry stay at their default.
struct token_event {
  chain_position position = {};
  /// Dense position in the journal, from 1; 0 while not journaled.
  uint64_t jpos = 0;
  domain::signature signature = {};
  /// Unix seconds: time of the slot, else of the event.
  int64_t block_time = 0;
  /// Unix seconds as the event carries them.
  int64_t event_time = 0;

  token_event_kind kind = token_event_kind::created;
  domain::program program = program::pump;
  /// Bits of `trade_flag`: inverted, mayhem_mode, from_log, index_assumed,
  /// pool_unresolved.
  uint16_t flags = 0;

  /// The coin. For a pool that is no coin pool, its base mint.
  pubkey mint = {};
  /// The money side: WSOL for SOL curves.
  pubkey quote_mint = {};
  /// The pool, where the event names one.
  pubkey pool = {};
  /// `user` of the event: payer of the create, depositor, migrator.
  pubkey wallet = {};
  /// Who earns the creator fee, where the event names one.
  pubkey creator = {};

  /// created: from the event, truncated to 256 / 64 / 1024 bytes.
  std::string name = {};
  std::string symbol = {};
  std::string uri = {};

  /// Amounts that moved, in base/quote orientation of the venue: deposited,
  /// withdrawn, migrated, initial liquidity of a pool, boost.
  uint64_t base_units = 0;
  uint64_t quote_units = 0;
  /// Reserves: deposited and withdrawn BEFORE, pool_created AFTER, created and
  /// virtual_params_updated the (new) virtual reserves, boost_bought AFTER.
  uint64_t base_reserves = 0;
  uint64_t quote_reserves = 0;
  /// created, virtual_params_updated: real reserves; 0 when absent.
  uint64_t real_token_reserves = 0;
  uint64_t real_quote_reserves = 0;
  /// created: total supply; 0 when absent.
  uint64_t supply = 0;
  /// boost_*: virtual quote reserves of the pool.
  i128 virtual_quote_reserves = 0;
  /// pool_created: decimals of the coin; -1 when unknown.
  int16_t token_decimals = -1;

  friend bool operator==(const token_event&, const token_event&) = default;
};

/// Tells whether a flag of `trade_flag` is set.
inline bool has_flag(const token_event& x, uint16_t flag) {
  return (x.flags & flag) != 0;
}

} // namespace pumpscope::domain

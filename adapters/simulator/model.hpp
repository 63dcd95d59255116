#pragma once

#include "domain/pubkey.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace pumpscope::simulator {

/// Which generation of the event layouts a token's programs use: number of
/// fields of each event (facts of the published interfaces).
struct layout_era {
  uint8_t trade = 34;
  uint8_t create = 19;
  uint8_t complete = 5;
  uint8_t migration = 9;
  uint8_t amm_buy = 39;
  uint8_t amm_sell = 32;
  uint8_t create_pool = 24;
};

/// The generations, oldest first; the last one is today's.
inline constexpr auto layout_eras = std::array{
  layout_era{8, 6, 4, 8, 20, 20, 19},   layout_era{10, 8, 4, 8, 20, 20, 19},
  layout_era{16, 12, 4, 8, 23, 23, 20}, layout_era{21, 12, 4, 8, 28, 23, 20},
  layout_era{22, 14, 4, 8, 30, 23, 21}, layout_era{23, 14, 4, 8, 30, 23, 21},
  layout_era{25, 15, 4, 8, 32, 25, 21}, layout_era{32, 17, 5, 9, 34, 27, 21},
  layout_era{34, 19, 5, 9, 39, 32, 24},
};

/// First generations that can express a thing.
namespace first_era {

inline constexpr uint8_t creator_fee = 2;
inline constexpr uint8_t mayhem = 5;
inline constexpr uint8_t cashback = 6;
inline constexpr uint8_t foreign_quote = 7;
inline constexpr uint8_t holder_rewards = 8;
inline constexpr uint8_t virtual_quote = 8;

} // namespace first_era

/// What an instruction does.
enum class instruction_kind : uint8_t {
  create,
  curve_buy,
  curve_buy_exact_in,
  curve_sell,
  migrate,
  set_virtual_params,
  create_pool,
  amm_buy,
  amm_buy_exact_in,
  amm_sell,
  deposit,
  withdraw,
  /// Another program whose event has the discriminator of ours.
  foreign,
};

/// How the instruction is reached.
enum class route : uint8_t {
  direct,
  /// Called by an aggregator whose account is `user`; the fee payer trades.
  router,
  /// Called by the mayhem program for its vault.
  mayhem,
};

/// Index of a wallet of the model.
using wallet_index = uint32_t;

/// The mayhem vault as a wallet of the model.
inline constexpr wallet_index vault_wallet = 0xFFFF'FFFF;

/// One instruction of one of our programs with everything its event says. What
/// the amounts mean depends on the kind; all in base units.
struct model_instruction {
  instruction_kind kind = instruction_kind::curve_buy;
  simulator::route route = simulator::route::direct;
  /// Index into `layout_eras`.
  uint8_t era = 8;
  /// Unknown bytes behind the last field: a layout newer than ours.
  uint8_t trailing_bytes = 0;
  /// The buy empties the curve: a CompleteEvent follows.
  bool completes = false;
  bool mayhem = false;
  bool cashback_coin = false;
  /// AMM: base is the money side.
  bool inverted = false;
  /// AMM: neither or both sides are money.
  bool no_coin_trade = false;
  uint16_t pool_index = 0;

  /// Who trades, for the ledger of the truth.
  wallet_index wallet = 0;
  uint64_t token = 0;
  domain::pubkey user = {};
  domain::pubkey mint = {};
  /// The other side: WSOL for SOL curves.
  domain::pubkey quote_mint = {};
  /// The pool or the bonding curve.
  domain::pubkey venue = {};
  /// The bonding curve, where a pool is the venue of a migration.
  domain::pubkey curve = {};
  domain::pubkey creator = {};
  int64_t event_time = 0;

  /// Base or token side, quote side without fees.
  uint64_t base_units = 0;
  uint64_t quote_units = 0;
  /// AMM: what the user paid or got in quote, fees included.
  uint64_t user_quote_units = 0;
  /// Curve: virtual, AFTER. AMM: BEFORE.
  uint64_t base_reserves = 0;
  uint64_t quote_reserves = 0;
  /// Curve: real, AFTER.
  uint64_t real_base = 0;
  uint64_t real_quote = 0;
  uint64_t lp_bps = 0;
  uint64_t lp_fee = 0;
  uint64_t protocol_bps = 0;
  uint64_t protocol_fee = 0;
  uint64_t creator_bps = 0;
  uint64_t creator_fee = 0;
  uint64_t cashback_bps = 0;
  uint64_t cashback = 0;
  uint64_t holder_bps = 0;
  uint64_t holder_rewards = 0;
  int64_t virtual_quote = 0;
  uint64_t lp_tokens = 0;
  uint64_t lp_supply = 0;
  /// What the user held of base and quote before: token balances.
  uint64_t user_base_before = 0;
  uint64_t user_quote_before = 0;
};

/// One transaction of the model: a range of the plan's instructions.
struct model_transaction {
  uint32_t first = 0;
  uint32_t count = 0;
  /// Position in the block.
  uint32_t index = 0;
  bool failed = false;
  /// Keys come partly from address tables.
  bool address_tables = false;
  /// Names the transaction: its signature is derived from it.
  uint64_t nonce = 0;
  uint64_t fee = 0;
  domain::pubkey fee_payer = {};
};

/// One slot of the chain with all its transactions: immutable once planned.
struct slot_plan {
  uint64_t slot = 0;
  uint64_t parent = 0;
  uint64_t height = 0;
  int64_t block_time = 0;
  int64_t time_ms = 0;
  uint32_t executed_transactions = 0;
  /// Never confirmed.
  bool dead = false;
  std::vector<model_transaction> transactions = {};
  std::vector<model_instruction> instructions = {};
};

using slot_plan_ptr = std::shared_ptr<const slot_plan>;

} // namespace pumpscope::simulator

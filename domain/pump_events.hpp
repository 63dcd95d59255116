#pragma once

#include "domain/borsh.hpp"
#include "domain/idl.hpp"
#include "domain/pubkey.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The events that become rows, typed, in the names of the programs' IDLs.
/// Fields that the layout does not have stay at their defaults; `fields` tells
/// how many are there. Views point into the payload.
namespace pumpscope::domain {

/// Size of one shareholder on the wire: a key and a share.
inline constexpr size_t shareholder_bytes = 34;

/// `pump`: a trade on the bonding curve. Reserves are those after it.
struct trade_event {
  size_t fields = 0;
  pubkey mint = {};
  uint64_t sol_amount = 0;
  uint64_t token_amount = 0;
  bool is_buy = false;
  pubkey user = {};
  int64_t timestamp = 0;
  uint64_t virtual_sol_reserves = 0;
  uint64_t virtual_token_reserves = 0;
  uint64_t real_sol_reserves = 0;
  uint64_t real_token_reserves = 0;
  pubkey fee_recipient = {};
  uint64_t fee_basis_points = 0;
  uint64_t fee = 0;
  pubkey creator = {};
  uint64_t creator_fee_basis_points = 0;
  uint64_t creator_fee = 0;
  bool track_volume = false;
  uint64_t total_unclaimed_tokens = 0;
  uint64_t total_claimed_tokens = 0;
  uint64_t current_sol_volume = 0;
  int64_t last_update_timestamp = 0;
  std::string_view ix_name = {};
  bool mayhem_mode = false;
  uint64_t cashback_fee_basis_points = 0;
  uint64_t cashback = 0;
  uint64_t buyback_fee_basis_points = 0;
  uint64_t buyback_fee = 0;
  borsh_elements shareholders = {};
  pubkey quote_mint = {};
  uint64_t quote_amount = 0;
  uint64_t virtual_quote_reserves = 0;
  uint64_t real_quote_reserves = 0;
  uint64_t holder_rewards_bps = 0;
  uint64_t holder_rewards = 0;
};

/// `pump`: a coin is born.
struct create_event {
  size_t fields = 0;
  std::string_view name = {};
  std::string_view symbol = {};
  std::string_view uri = {};
  pubkey mint = {};
  pubkey bonding_curve = {};
  pubkey user = {};
  pubkey creator = {};
  int64_t timestamp = 0;
  uint64_t virtual_token_reserves = 0;
  uint64_t virtual_sol_reserves = 0;
  uint64_t real_token_reserves = 0;
  uint64_t token_total_supply = 0;
  pubkey token_program = {};
  bool is_mayhem_mode = false;
  bool is_cashback_enabled = false;
  pubkey quote_mint = {};
  uint64_t virtual_quote_reserves = 0;
  uint64_t creator_fee_bps = 0;
  bool is_holder_reward = false;
};

/// `pump`: the curve sold its last real token.
struct complete_event {
  size_t fields = 0;
  pubkey user = {};
  pubkey mint = {};
  pubkey bonding_curve = {};
  int64_t timestamp = 0;
  pubkey quote_mint = {};
};

/// `pump`: the coin moved to its canonical pool.
struct migration_event {
  size_t fields = 0;
  pubkey user = {};
  pubkey mint = {};
  uint64_t mint_amount = 0;
  uint64_t sol_amount = 0;
  uint64_t pool_migration_fee = 0;
  pubkey bonding_curve = {};
  int64_t timestamp = 0;
  pubkey pool = {};
  pubkey quote_mint = {};
};

/// `pump`: mayhem mode set other virtual reserves.
struct virtual_params_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  pubkey mint = {};
  uint64_t virtual_token_reserves = 0;
  uint64_t virtual_sol_reserves = 0;
  uint64_t new_virtual_token_reserves = 0;
  uint64_t new_virtual_sol_reserves = 0;
  uint64_t real_token_reserves = 0;
  uint64_t real_sol_reserves = 0;
};

/// `pump_amm`: somebody bought base. Reserves are those before.
struct buy_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  uint64_t base_amount_out = 0;
  uint64_t max_quote_amount_in = 0;
  uint64_t user_base_token_reserves = 0;
  uint64_t user_quote_token_reserves = 0;
  uint64_t pool_base_token_reserves = 0;
  uint64_t pool_quote_token_reserves = 0;
  uint64_t quote_amount_in = 0;
  uint64_t lp_fee_basis_points = 0;
  uint64_t lp_fee = 0;
  uint64_t protocol_fee_basis_points = 0;
  uint64_t protocol_fee = 0;
  uint64_t quote_amount_in_with_lp_fee = 0;
  uint64_t user_quote_amount_in = 0;
  pubkey pool = {};
  pubkey user = {};
  pubkey user_base_token_account = {};
  pubkey user_quote_token_account = {};
  pubkey protocol_fee_recipient = {};
  pubkey protocol_fee_recipient_token_account = {};
  pubkey coin_creator = {};
  uint64_t coin_creator_fee_basis_points = 0;
  uint64_t coin_creator_fee = 0;
  bool track_volume = false;
  uint64_t total_unclaimed_tokens = 0;
  uint64_t total_claimed_tokens = 0;
  uint64_t current_sol_volume = 0;
  int64_t last_update_timestamp = 0;
  uint64_t min_base_amount_out = 0;
  std::string_view ix_name = {};
  uint64_t cashback_fee_basis_points = 0;
  uint64_t cashback = 0;
  uint64_t buyback_fee_basis_points = 0;
  uint64_t buyback_fee = 0;
  i128 virtual_quote_reserves = 0;
  bool can_boost = false;
  uint64_t base_supply = 0;
  uint64_t holder_rewards_bps = 0;
  uint64_t holder_rewards = 0;
};

/// `pump_amm`: somebody sold base. Reserves are those before.
struct sell_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  uint64_t base_amount_in = 0;
  uint64_t min_quote_amount_out = 0;
  uint64_t user_base_token_reserves = 0;
  uint64_t user_quote_token_reserves = 0;
  uint64_t pool_base_token_reserves = 0;
  uint64_t pool_quote_token_reserves = 0;
  uint64_t quote_amount_out = 0;
  uint64_t lp_fee_basis_points = 0;
  uint64_t lp_fee = 0;
  uint64_t protocol_fee_basis_points = 0;
  uint64_t protocol_fee = 0;
  uint64_t quote_amount_out_without_lp_fee = 0;
  uint64_t user_quote_amount_out = 0;
  pubkey pool = {};
  pubkey user = {};
  pubkey user_base_token_account = {};
  pubkey user_quote_token_account = {};
  pubkey protocol_fee_recipient = {};
  pubkey protocol_fee_recipient_token_account = {};
  pubkey coin_creator = {};
  uint64_t coin_creator_fee_basis_points = 0;
  uint64_t coin_creator_fee = 0;
  uint64_t cashback_fee_basis_points = 0;
  uint64_t cashback = 0;
  uint64_t buyback_fee_basis_points = 0;
  uint64_t buyback_fee = 0;
  i128 virtual_quote_reserves = 0;
  bool can_boost = false;
  uint64_t base_supply = 0;
  uint64_t holder_rewards_bps = 0;
  uint64_t holder_rewards = 0;
};

/// `pump_amm`: a pool exists.
struct create_pool_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  uint16_t index = 0;
  pubkey creator = {};
  pubkey base_mint = {};
  pubkey quote_mint = {};
  uint8_t base_mint_decimals = 0;
  uint8_t quote_mint_decimals = 0;
  uint64_t base_amount_in = 0;
  uint64_t quote_amount_in = 0;
  uint64_t pool_base_amount = 0;
  uint64_t pool_quote_amount = 0;
  uint64_t minimum_liquidity = 0;
  uint64_t initial_liquidity = 0;
  uint64_t lp_token_amount_out = 0;
  uint8_t pool_bump = 0;
  pubkey pool = {};
  pubkey lp_mint = {};
  pubkey user_base_token_account = {};
  pubkey user_quote_token_account = {};
  pubkey coin_creator = {};
  bool is_mayhem_mode = false;
  uint64_t creator_fee_bps = 0;
  bool can_edit_creator_fee = false;
  bool is_holder_reward = false;
};

/// `pump_amm`: liquidity came or went; both events have the same layout.
/// Reserves are those before.
struct liquidity_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  uint64_t lp_token_amount = 0;
  uint64_t base_limit = 0;
  uint64_t quote_limit = 0;
  uint64_t user_base_token_reserves = 0;
  uint64_t user_quote_token_reserves = 0;
  uint64_t pool_base_token_reserves = 0;
  uint64_t pool_quote_token_reserves = 0;
  uint64_t base_amount = 0;
  uint64_t quote_amount = 0;
  uint64_t lp_mint_supply = 0;
  pubkey pool = {};
  pubkey user = {};
  pubkey user_base_token_account = {};
  pubkey user_quote_token_account = {};
  pubkey user_pool_token_account = {};
};

/// `pump_amm`: the pool's virtual quote reserves are set.
struct init_boost_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  pubkey mint = {};
  pubkey bonding_curve = {};
  pubkey pool = {};
  i128 virtual_quote_reserves = 0;
  uint64_t real_quote_reserves_after = 0;
};

/// `pump_amm`: the boost vault bought coins and burnt them.
struct boost_buy_event {
  size_t fields = 0;
  int64_t timestamp = 0;
  pubkey mint = {};
  pubkey bonding_curve = {};
  pubkey pool = {};
  pubkey authority = {};
  uint64_t quote_amount_in_requested = 0;
  uint64_t quote_amount_in_used = 0;
  uint64_t base_amount_burned = 0;
  i128 virtual_quote_reserves = 0;
  uint64_t real_quote_reserves_after = 0;
  uint64_t base_reserves_after = 0;
  uint64_t boost_vault_remaining = 0;
};

/// Decodes the fields of a payload (without its discriminator) into an event,
/// by the layout rules of idl::check_layout, with the same errors. Returns the
/// number of bytes after the last known field.
template <class Event>
tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t> payload, Event& out);

} // namespace pumpscope::domain

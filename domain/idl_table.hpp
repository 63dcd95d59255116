#pragma once

// Written by script/generate-idl-table: do not edit.

#include <cstddef>
#include <cstdint>

namespace pumpscope::domain::idl {

/// Every event of both programs; the value is its place in `events()`.
enum class event_id : uint8_t {
  pump_trade_event,
  pump_create_event,
  pump_add_quote_control_mint_event,
  pump_admin_cto_event,
  pump_admin_set_idl_authority_event,
  pump_admin_update_token_incentives_event,
  pump_claim_cashback_event,
  pump_claim_token_incentives_event,
  pump_close_user_volume_accumulator_event,
  pump_collect_creator_fee_event,
  pump_complete_event,
  pump_complete_pump_amm_migration_event,
  pump_distribute_creator_fees_event,
  pump_distribute_fee_to_holders_event,
  pump_extend_account_event,
  pump_init_user_volume_accumulator_event,
  pump_migrate_bonding_curve_creator_event,
  pump_minimum_distributable_fee_event,
  pump_remove_quote_control_mint_event,
  pump_reserved_fee_recipients_event,
  pump_set_creator_event,
  pump_set_metaplex_creator_event,
  pump_set_params_event,
  pump_set_quote_control_admin_event,
  pump_sync_user_volume_accumulator_event,
  pump_update_creator_fee_config_event,
  pump_update_global_authority_event,
  pump_update_mayhem_virtual_params_event,
  amm_buy_event,
  amm_sell_event,
  amm_admin_cto_pool_event,
  amm_admin_update_token_incentives_event,
  amm_boost_buy_and_burn_event,
  amm_claim_cashback_event,
  amm_claim_token_incentives_event,
  amm_close_user_volume_accumulator_event,
  amm_collect_coin_creator_fee_event,
  amm_create_config_event,
  amm_create_pool_event,
  amm_deposit_event,
  amm_disable_event,
  amm_extend_account_event,
  amm_init_boost_event,
  amm_init_user_volume_accumulator_event,
  amm_migrate_pool_coin_creator_event,
  amm_reserved_fee_recipients_event,
  amm_set_bonding_curve_coin_creator_event,
  amm_set_boost_authority_event,
  amm_set_metaplex_coin_creator_event,
  amm_sync_user_volume_accumulator_event,
  amm_update_admin_event,
  amm_update_creator_fee_config_event,
  amm_update_fee_config_event,
  amm_withdraw_event,
};

/// Number of events.
inline constexpr size_t events_total = 54;
/// Number of events of the bonding curve; they come first.
inline constexpr size_t pump_events_total = 28;

} // namespace pumpscope::domain::idl

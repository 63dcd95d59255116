// Written by script/generate-idl-table: do not edit.

#include "domain/idl.hpp"

namespace pumpscope::domain::idl {

namespace {

constexpr field shareholder_fields[] = {
  {"address", type::pubkey, shape::one, 1, 0},
  {"share_bps", type::u16, shape::one, 1, 0},
};

constexpr field pump_trade_event_fields[] = {
  {"mint", type::pubkey, shape::one, 1, 0},
  {"sol_amount", type::u64, shape::one, 1, 0},
  {"token_amount", type::u64, shape::one, 1, 0},
  {"is_buy", type::boolean, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"virtual_sol_reserves", type::u64, shape::one, 1, 0},
  {"virtual_token_reserves", type::u64, shape::one, 1, 0},
  {"real_sol_reserves", type::u64, shape::one, 1, 0},
  {"real_token_reserves", type::u64, shape::one, 1, 0},
  {"fee_recipient", type::pubkey, shape::one, 1, 0},
  {"fee_basis_points", type::u64, shape::one, 1, 0},
  {"fee", type::u64, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
  {"creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"creator_fee", type::u64, shape::one, 1, 0},
  {"track_volume", type::boolean, shape::one, 1, 0},
  {"total_unclaimed_tokens", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
  {"last_update_timestamp", type::i64, shape::one, 1, 0},
  {"ix_name", type::text, shape::one, 1, 0},
  {"mayhem_mode", type::boolean, shape::one, 1, 0},
  {"cashback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"cashback", type::u64, shape::one, 1, 0},
  {"buyback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"buyback_fee", type::u64, shape::one, 1, 0},
  {"shareholders", type::structure, shape::vector, 0, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"quote_amount", type::u64, shape::one, 1, 0},
  {"virtual_quote_reserves", type::u64, shape::one, 1, 0},
  {"real_quote_reserves", type::u64, shape::one, 1, 0},
  {"holder_rewards_bps", type::u64, shape::one, 1, 0},
  {"holder_rewards", type::u64, shape::one, 1, 0},
};

constexpr field pump_create_event_fields[] = {
  {"name", type::text, shape::one, 1, 0},
  {"symbol", type::text, shape::one, 1, 0},
  {"uri", type::text, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"virtual_token_reserves", type::u64, shape::one, 1, 0},
  {"virtual_sol_reserves", type::u64, shape::one, 1, 0},
  {"real_token_reserves", type::u64, shape::one, 1, 0},
  {"token_total_supply", type::u64, shape::one, 1, 0},
  {"token_program", type::pubkey, shape::one, 1, 0},
  {"is_mayhem_mode", type::boolean, shape::one, 1, 0},
  {"is_cashback_enabled", type::boolean, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"virtual_quote_reserves", type::u64, shape::one, 1, 0},
  {"creator_fee_bps", type::u64, shape::one, 1, 0},
  {"is_holder_reward", type::boolean, shape::one, 1, 0},
};

constexpr field pump_add_quote_control_mint_event_fields[] = {
  {"quote_control", type::pubkey, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"initial_virtual_quote_reserves", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_admin_cto_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"old_creator", type::pubkey, shape::one, 1, 0},
  {"new_creator", type::pubkey, shape::one, 1, 0},
  {"is_holder_reward", type::boolean, shape::one, 1, 0},
  {"is_cashback_coin", type::boolean, shape::one, 1, 0},
  {"old_creator_fee_bps", type::u64, shape::one, 1, 0},
  {"new_creator_fee_bps", type::u64, shape::one, 1, 0},
  {"sharing_config_reset", type::boolean, shape::one, 1, 0},
  {"swept_to_holder_vault", type::u64, shape::one, 1, 0},
  {"pool_updated", type::boolean, shape::one, 1, 0},
};

constexpr field pump_admin_set_idl_authority_event_fields[] = {
  {"idl_authority", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_admin_update_token_incentives_event_fields[] = {
  {"start_time", type::i64, shape::one, 1, 0},
  {"end_time", type::i64, shape::one, 1, 0},
  {"day_number", type::u64, shape::one, 1, 0},
  {"token_supply_per_day", type::u64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"seconds_in_a_day", type::i64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_claim_cashback_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"amount", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_claimed", type::u64, shape::one, 1, 0},
  {"total_cashback_earned", type::u64, shape::one, 1, 0},
};

constexpr field pump_claim_token_incentives_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"amount", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
};

constexpr field pump_close_user_volume_accumulator_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_unclaimed_tokens", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
  {"last_update_timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_collect_creator_fee_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
  {"creator_fee", type::u64, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_complete_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_complete_pump_amm_migration_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"mint_amount", type::u64, shape::one, 1, 0},
  {"sol_amount", type::u64, shape::one, 1, 0},
  {"pool_migration_fee", type::u64, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_distribute_creator_fees_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"sharing_config", type::pubkey, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"shareholders", type::structure, shape::vector, 0, 0},
  {"distributed", type::u64, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_distribute_fee_to_holders_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"recipients", type::u64, shape::one, 1, 0},
  {"total", type::u64, shape::one, 1, 0},
};

constexpr field pump_extend_account_event_fields[] = {
  {"account", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"current_size", type::u64, shape::one, 1, 0},
  {"new_size", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_init_user_volume_accumulator_event_fields[] = {
  {"payer", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_migrate_bonding_curve_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"sharing_config", type::pubkey, shape::one, 1, 0},
  {"old_creator", type::pubkey, shape::one, 1, 0},
  {"new_creator", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_minimum_distributable_fee_event_fields[] = {
  {"minimum_required", type::u64, shape::one, 1, 0},
  {"distributable_fees", type::u64, shape::one, 1, 0},
  {"can_distribute", type::boolean, shape::one, 1, 0},
};

constexpr field pump_remove_quote_control_mint_event_fields[] = {
  {"quote_control", type::pubkey, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_reserved_fee_recipients_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"reserved_fee_recipient", type::pubkey, shape::one, 1, 0},
  {"reserved_fee_recipients", type::pubkey, shape::array, 7, 0},
};

constexpr field pump_set_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_set_metaplex_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"metadata", type::pubkey, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_set_params_event_fields[] = {
  {"initial_virtual_token_reserves", type::u64, shape::one, 1, 0},
  {"initial_virtual_sol_reserves", type::u64, shape::one, 1, 0},
  {"initial_real_token_reserves", type::u64, shape::one, 1, 0},
  {"final_real_sol_reserves", type::u64, shape::one, 1, 0},
  {"token_total_supply", type::u64, shape::one, 1, 0},
  {"fee_basis_points", type::u64, shape::one, 1, 0},
  {"withdraw_authority", type::pubkey, shape::one, 1, 0},
  {"enable_migrate", type::boolean, shape::one, 1, 0},
  {"pool_migration_fee", type::u64, shape::one, 1, 0},
  {"creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"fee_recipients", type::pubkey, shape::array, 8, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"set_creator_authority", type::pubkey, shape::one, 1, 0},
  {"admin_set_creator_authority", type::pubkey, shape::one, 1, 0},
};

constexpr field pump_set_quote_control_admin_event_fields[] = {
  {"quote_control", type::pubkey, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"old_admin", type::pubkey, shape::one, 1, 0},
  {"new_admin", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_sync_user_volume_accumulator_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"total_claimed_tokens_before", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens_after", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_update_creator_fee_config_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"creator_fee_configurable", type::boolean, shape::one, 1, 0},
  {"max_configurable_creator_fee_bps", type::u64, shape::one, 1, 0},
};

constexpr field pump_update_global_authority_event_fields[] = {
  {"global", type::pubkey, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"new_authority", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field pump_update_mayhem_virtual_params_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"virtual_token_reserves", type::u64, shape::one, 1, 0},
  {"virtual_sol_reserves", type::u64, shape::one, 1, 0},
  {"new_virtual_token_reserves", type::u64, shape::one, 1, 0},
  {"new_virtual_sol_reserves", type::u64, shape::one, 1, 0},
  {"real_token_reserves", type::u64, shape::one, 1, 0},
  {"real_sol_reserves", type::u64, shape::one, 1, 0},
};

constexpr field amm_buy_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_amount_out", type::u64, shape::one, 1, 0},
  {"max_quote_amount_in", type::u64, shape::one, 1, 0},
  {"user_base_token_reserves", type::u64, shape::one, 1, 0},
  {"user_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_base_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"quote_amount_in", type::u64, shape::one, 1, 0},
  {"lp_fee_basis_points", type::u64, shape::one, 1, 0},
  {"lp_fee", type::u64, shape::one, 1, 0},
  {"protocol_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee", type::u64, shape::one, 1, 0},
  {"quote_amount_in_with_lp_fee", type::u64, shape::one, 1, 0},
  {"user_quote_amount_in", type::u64, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"user_base_token_account", type::pubkey, shape::one, 1, 0},
  {"user_quote_token_account", type::pubkey, shape::one, 1, 0},
  {"protocol_fee_recipient", type::pubkey, shape::one, 1, 0},
  {"protocol_fee_recipient_token_account", type::pubkey, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
  {"coin_creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"coin_creator_fee", type::u64, shape::one, 1, 0},
  {"track_volume", type::boolean, shape::one, 1, 0},
  {"total_unclaimed_tokens", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
  {"last_update_timestamp", type::i64, shape::one, 1, 0},
  {"min_base_amount_out", type::u64, shape::one, 1, 0},
  {"ix_name", type::text, shape::one, 1, 0},
  {"cashback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"cashback", type::u64, shape::one, 1, 0},
  {"buyback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"buyback_fee", type::u64, shape::one, 1, 0},
  {"virtual_quote_reserves", type::i128, shape::one, 1, 0},
  {"can_boost", type::boolean, shape::one, 1, 0},
  {"base_supply", type::u64, shape::one, 1, 0},
  {"holder_rewards_bps", type::u64, shape::one, 1, 0},
  {"holder_rewards", type::u64, shape::one, 1, 0},
};

constexpr field amm_sell_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_amount_in", type::u64, shape::one, 1, 0},
  {"min_quote_amount_out", type::u64, shape::one, 1, 0},
  {"user_base_token_reserves", type::u64, shape::one, 1, 0},
  {"user_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_base_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"quote_amount_out", type::u64, shape::one, 1, 0},
  {"lp_fee_basis_points", type::u64, shape::one, 1, 0},
  {"lp_fee", type::u64, shape::one, 1, 0},
  {"protocol_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee", type::u64, shape::one, 1, 0},
  {"quote_amount_out_without_lp_fee", type::u64, shape::one, 1, 0},
  {"user_quote_amount_out", type::u64, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"user_base_token_account", type::pubkey, shape::one, 1, 0},
  {"user_quote_token_account", type::pubkey, shape::one, 1, 0},
  {"protocol_fee_recipient", type::pubkey, shape::one, 1, 0},
  {"protocol_fee_recipient_token_account", type::pubkey, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
  {"coin_creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"coin_creator_fee", type::u64, shape::one, 1, 0},
  {"cashback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"cashback", type::u64, shape::one, 1, 0},
  {"buyback_fee_basis_points", type::u64, shape::one, 1, 0},
  {"buyback_fee", type::u64, shape::one, 1, 0},
  {"virtual_quote_reserves", type::i128, shape::one, 1, 0},
  {"can_boost", type::boolean, shape::one, 1, 0},
  {"base_supply", type::u64, shape::one, 1, 0},
  {"holder_rewards_bps", type::u64, shape::one, 1, 0},
  {"holder_rewards", type::u64, shape::one, 1, 0},
};

constexpr field amm_admin_cto_pool_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_mint", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"old_coin_creator", type::pubkey, shape::one, 1, 0},
  {"new_coin_creator", type::pubkey, shape::one, 1, 0},
  {"is_holder_reward", type::boolean, shape::one, 1, 0},
  {"is_cashback_coin", type::boolean, shape::one, 1, 0},
  {"old_creator_fee_bps", type::u64, shape::one, 1, 0},
  {"new_creator_fee_bps", type::u64, shape::one, 1, 0},
};

constexpr field amm_admin_update_token_incentives_event_fields[] = {
  {"start_time", type::i64, shape::one, 1, 0},
  {"end_time", type::i64, shape::one, 1, 0},
  {"day_number", type::u64, shape::one, 1, 0},
  {"token_supply_per_day", type::u64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"seconds_in_a_day", type::i64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field amm_boost_buy_and_burn_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"authority", type::pubkey, shape::one, 1, 0},
  {"quote_amount_in_requested", type::u64, shape::one, 1, 0},
  {"quote_amount_in_used", type::u64, shape::one, 1, 0},
  {"base_amount_burned", type::u64, shape::one, 1, 0},
  {"virtual_quote_reserves", type::i128, shape::one, 1, 0},
  {"real_quote_reserves_after", type::u64, shape::one, 1, 0},
  {"base_reserves_after", type::u64, shape::one, 1, 0},
  {"boost_vault_remaining", type::u64, shape::one, 1, 0},
};

constexpr field amm_claim_cashback_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"amount", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_claimed", type::u64, shape::one, 1, 0},
  {"total_cashback_earned", type::u64, shape::one, 1, 0},
};

constexpr field amm_claim_token_incentives_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"amount", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
};

constexpr field amm_close_user_volume_accumulator_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
  {"total_unclaimed_tokens", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens", type::u64, shape::one, 1, 0},
  {"current_sol_volume", type::u64, shape::one, 1, 0},
  {"last_update_timestamp", type::i64, shape::one, 1, 0},
};

constexpr field amm_collect_coin_creator_fee_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
  {"coin_creator_fee", type::u64, shape::one, 1, 0},
  {"coin_creator_vault_ata", type::pubkey, shape::one, 1, 0},
  {"coin_creator_token_account", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_create_config_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"lp_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee_recipients", type::pubkey, shape::array, 8, 0},
  {"coin_creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"admin_set_coin_creator_authority", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_create_pool_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"index", type::u16, shape::one, 1, 0},
  {"creator", type::pubkey, shape::one, 1, 0},
  {"base_mint", type::pubkey, shape::one, 1, 0},
  {"quote_mint", type::pubkey, shape::one, 1, 0},
  {"base_mint_decimals", type::u8, shape::one, 1, 0},
  {"quote_mint_decimals", type::u8, shape::one, 1, 0},
  {"base_amount_in", type::u64, shape::one, 1, 0},
  {"quote_amount_in", type::u64, shape::one, 1, 0},
  {"pool_base_amount", type::u64, shape::one, 1, 0},
  {"pool_quote_amount", type::u64, shape::one, 1, 0},
  {"minimum_liquidity", type::u64, shape::one, 1, 0},
  {"initial_liquidity", type::u64, shape::one, 1, 0},
  {"lp_token_amount_out", type::u64, shape::one, 1, 0},
  {"pool_bump", type::u8, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"lp_mint", type::pubkey, shape::one, 1, 0},
  {"user_base_token_account", type::pubkey, shape::one, 1, 0},
  {"user_quote_token_account", type::pubkey, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
  {"is_mayhem_mode", type::boolean, shape::one, 1, 0},
  {"creator_fee_bps", type::u64, shape::one, 1, 0},
  {"can_edit_creator_fee", type::boolean, shape::one, 1, 0},
  {"is_holder_reward", type::boolean, shape::one, 1, 0},
};

constexpr field amm_deposit_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"lp_token_amount_out", type::u64, shape::one, 1, 0},
  {"max_base_amount_in", type::u64, shape::one, 1, 0},
  {"max_quote_amount_in", type::u64, shape::one, 1, 0},
  {"user_base_token_reserves", type::u64, shape::one, 1, 0},
  {"user_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_base_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"base_amount_in", type::u64, shape::one, 1, 0},
  {"quote_amount_in", type::u64, shape::one, 1, 0},
  {"lp_mint_supply", type::u64, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"user_base_token_account", type::pubkey, shape::one, 1, 0},
  {"user_quote_token_account", type::pubkey, shape::one, 1, 0},
  {"user_pool_token_account", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_disable_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"disable_create_pool", type::boolean, shape::one, 1, 0},
  {"disable_deposit", type::boolean, shape::one, 1, 0},
  {"disable_withdraw", type::boolean, shape::one, 1, 0},
  {"disable_buy", type::boolean, shape::one, 1, 0},
  {"disable_sell", type::boolean, shape::one, 1, 0},
};

constexpr field amm_extend_account_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"account", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"current_size", type::u64, shape::one, 1, 0},
  {"new_size", type::u64, shape::one, 1, 0},
};

constexpr field amm_init_boost_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"mint", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"virtual_quote_reserves", type::i128, shape::one, 1, 0},
  {"real_quote_reserves_after", type::u64, shape::one, 1, 0},
};

constexpr field amm_init_user_volume_accumulator_event_fields[] = {
  {"payer", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field amm_migrate_pool_coin_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_mint", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"sharing_config", type::pubkey, shape::one, 1, 0},
  {"old_coin_creator", type::pubkey, shape::one, 1, 0},
  {"new_coin_creator", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_reserved_fee_recipients_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"reserved_fee_recipient", type::pubkey, shape::one, 1, 0},
  {"reserved_fee_recipients", type::pubkey, shape::array, 7, 0},
};

constexpr field amm_set_bonding_curve_coin_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_mint", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"bonding_curve", type::pubkey, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_set_boost_authority_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"old_boost_authority", type::pubkey, shape::one, 1, 0},
  {"new_boost_authority", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_set_metaplex_coin_creator_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"base_mint", type::pubkey, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"metadata", type::pubkey, shape::one, 1, 0},
  {"coin_creator", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_sync_user_volume_accumulator_event_fields[] = {
  {"user", type::pubkey, shape::one, 1, 0},
  {"total_claimed_tokens_before", type::u64, shape::one, 1, 0},
  {"total_claimed_tokens_after", type::u64, shape::one, 1, 0},
  {"timestamp", type::i64, shape::one, 1, 0},
};

constexpr field amm_update_admin_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"new_admin", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_update_creator_fee_config_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"creator_fee_configurable", type::boolean, shape::one, 1, 0},
  {"max_configurable_creator_fee_bps", type::u64, shape::one, 1, 0},
};

constexpr field amm_update_fee_config_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"admin", type::pubkey, shape::one, 1, 0},
  {"lp_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee_basis_points", type::u64, shape::one, 1, 0},
  {"protocol_fee_recipients", type::pubkey, shape::array, 8, 0},
  {"coin_creator_fee_basis_points", type::u64, shape::one, 1, 0},
  {"admin_set_coin_creator_authority", type::pubkey, shape::one, 1, 0},
};

constexpr field amm_withdraw_event_fields[] = {
  {"timestamp", type::i64, shape::one, 1, 0},
  {"lp_token_amount_in", type::u64, shape::one, 1, 0},
  {"min_base_amount_out", type::u64, shape::one, 1, 0},
  {"min_quote_amount_out", type::u64, shape::one, 1, 0},
  {"user_base_token_reserves", type::u64, shape::one, 1, 0},
  {"user_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_base_token_reserves", type::u64, shape::one, 1, 0},
  {"pool_quote_token_reserves", type::u64, shape::one, 1, 0},
  {"base_amount_out", type::u64, shape::one, 1, 0},
  {"quote_amount_out", type::u64, shape::one, 1, 0},
  {"lp_mint_supply", type::u64, shape::one, 1, 0},
  {"pool", type::pubkey, shape::one, 1, 0},
  {"user", type::pubkey, shape::one, 1, 0},
  {"user_base_token_account", type::pubkey, shape::one, 1, 0},
  {"user_quote_token_account", type::pubkey, shape::one, 1, 0},
  {"user_pool_token_account", type::pubkey, shape::one, 1, 0},
};

constexpr structure structure_table[] = {
  {"Shareholder", shareholder_fields},
};

constexpr event event_table[] = {
  {program::pump, "TradeEvent", 0xee61e64ed37fdbbdULL, 8,
   pump_trade_event_fields},
  {program::pump, "CreateEvent", 0x7663ebde4da9721bULL, 6,
   pump_create_event_fields},
  {program::pump, "AddQuoteControlMintEvent", 0x3e212d584a57afa4ULL, 1,
   pump_add_quote_control_mint_event_fields},
  {program::pump, "AdminCtoEvent", 0x7811ffaa62e27c6eULL, 1,
   pump_admin_cto_event_fields},
  {program::pump, "AdminSetIdlAuthorityEvent", 0x5c6db94b22463bf5ULL, 1,
   pump_admin_set_idl_authority_event_fields},
  {program::pump, "AdminUpdateTokenIncentivesEvent", 0xde431df7786cfa93ULL, 1,
   pump_admin_update_token_incentives_event_fields},
  {program::pump, "ClaimCashbackEvent", 0xe593f20721f6d6e2ULL, 1,
   pump_claim_cashback_event_fields},
  {program::pump, "ClaimTokenIncentivesEvent", 0xe8ce5bcd31f6ac4fULL, 1,
   pump_claim_token_incentives_event_fields},
  {program::pump, "CloseUserVolumeAccumulatorEvent", 0xf4385892acbd9f92ULL, 1,
   pump_close_user_volume_accumulator_event_fields},
  {program::pump, "CollectCreatorFeeEvent", 0xaf0cbf0e017f027aULL, 3,
   pump_collect_creator_fee_event_fields},
  {program::pump, "CompleteEvent", 0x08982ed49c61725fULL, 4,
   pump_complete_event_fields},
  {program::pump, "CompletePumpAmmMigrationEvent", 0x94ea945cb95de9bdULL, 8,
   pump_complete_pump_amm_migration_event_fields},
  {program::pump, "DistributeCreatorFeesEvent", 0x28cab304708137a5ULL, 7,
   pump_distribute_creator_fees_event_fields},
  {program::pump, "DistributeFeeToHoldersEvent", 0x84a5b4b0ced7bee3ULL, 1,
   pump_distribute_fee_to_holders_event_fields},
  {program::pump, "ExtendAccountEvent", 0x7c16925d90d76161ULL, 1,
   pump_extend_account_event_fields},
  {program::pump, "InitUserVolumeAccumulatorEvent", 0xd88265e8480d2486ULL, 1,
   pump_init_user_volume_accumulator_event_fields},
  {program::pump, "MigrateBondingCurveCreatorEvent", 0x03f36cd5dc68a79bULL, 1,
   pump_migrate_bonding_curve_creator_event_fields},
  {program::pump, "MinimumDistributableFeeEvent", 0x3431b6ebef84d8a8ULL, 1,
   pump_minimum_distributable_fee_event_fields},
  {program::pump, "RemoveQuoteControlMintEvent", 0x30d1d5008656212eULL, 1,
   pump_remove_quote_control_mint_event_fields},
  {program::pump, "ReservedFeeRecipientsEvent", 0x5fbb4bdd12fabc2bULL, 1,
   pump_reserved_fee_recipients_event_fields},
  {program::pump, "SetCreatorEvent", 0xd248fbf5257b34edULL, 1,
   pump_set_creator_event_fields},
  {program::pump, "SetMetaplexCreatorEvent", 0xa2bf697f2006cb8eULL, 1,
   pump_set_metaplex_creator_event_fields},
  {program::pump, "SetParamsEvent", 0x838f303ef69fc3dfULL, 1,
   pump_set_params_event_fields},
  {program::pump, "SetQuoteControlAdminEvent", 0xf71e51ca458df84aULL, 1,
   pump_set_quote_control_admin_event_fields},
  {program::pump, "SyncUserVolumeAccumulatorEvent", 0xff5b51747ca77ac5ULL, 1,
   pump_sync_user_volume_accumulator_event_fields},
  {program::pump, "UpdateCreatorFeeConfigEvent", 0xbf7ff66a7c7cc698ULL, 1,
   pump_update_creator_fee_config_event_fields},
  {program::pump, "UpdateGlobalAuthorityEvent", 0xf7cfce232a89c3b6ULL, 1,
   pump_update_global_authority_event_fields},
  {program::pump, "UpdateMayhemVirtualParamsEvent", 0xd6dca8a1b6e47b75ULL, 8,
   pump_update_mayhem_virtual_params_event_fields},
  {program::pump_amm, "BuyEvent", 0x7777f52c1f52f467ULL, 20,
   amm_buy_event_fields},
  {program::pump_amm, "SellEvent", 0x2adc03a50a372f3eULL, 20,
   amm_sell_event_fields},
  {program::pump_amm, "AdminCtoPoolEvent", 0x7a939d96f9a3232fULL, 1,
   amm_admin_cto_pool_event_fields},
  {program::pump_amm, "AdminUpdateTokenIncentivesEvent", 0xde431df7786cfa93ULL,
   1, amm_admin_update_token_incentives_event_fields},
  {program::pump_amm, "BoostBuyAndBurnEvent", 0xb9c25c30161c453fULL, 12,
   amm_boost_buy_and_burn_event_fields},
  {program::pump_amm, "ClaimCashbackEvent", 0xe593f20721f6d6e2ULL, 1,
   amm_claim_cashback_event_fields},
  {program::pump_amm, "ClaimTokenIncentivesEvent", 0xe8ce5bcd31f6ac4fULL, 1,
   amm_claim_token_incentives_event_fields},
  {program::pump_amm, "CloseUserVolumeAccumulatorEvent", 0xf4385892acbd9f92ULL,
   1, amm_close_user_volume_accumulator_event_fields},
  {program::pump_amm, "CollectCoinCreatorFeeEvent", 0x593adaeaeec2f5e8ULL, 1,
   amm_collect_coin_creator_fee_event_fields},
  {program::pump_amm, "CreateConfigEvent", 0x1651e2378159346bULL, 1,
   amm_create_config_event_fields},
  {program::pump_amm, "CreatePoolEvent", 0x74a776a0d20c31b1ULL, 19,
   amm_create_pool_event_fields},
  {program::pump_amm, "DepositEvent", 0x906b8e1f533df878ULL, 16,
   amm_deposit_event_fields},
  {program::pump_amm, "DisableEvent", 0x681bcae44cc1fd6bULL, 1,
   amm_disable_event_fields},
  {program::pump_amm, "ExtendAccountEvent", 0x7c16925d90d76161ULL, 1,
   amm_extend_account_event_fields},
  {program::pump_amm, "InitBoostEvent", 0x11f65104f94a7caeULL, 6,
   amm_init_boost_event_fields},
  {program::pump_amm, "InitUserVolumeAccumulatorEvent", 0xd88265e8480d2486ULL,
   1, amm_init_user_volume_accumulator_event_fields},
  {program::pump_amm, "MigratePoolCoinCreatorEvent", 0x2ef7a593c752ddaaULL, 1,
   amm_migrate_pool_coin_creator_event_fields},
  {program::pump_amm, "ReservedFeeRecipientsEvent", 0x5fbb4bdd12fabc2bULL, 1,
   amm_reserved_fee_recipients_event_fields},
  {program::pump_amm, "SetBondingCurveCoinCreatorEvent", 0xd3bd634166ebe7f2ULL,
   1, amm_set_bonding_curve_coin_creator_event_fields},
  {program::pump_amm, "SetBoostAuthorityEvent", 0x6947ca5b8df08059ULL, 1,
   amm_set_boost_authority_event_fields},
  {program::pump_amm, "SetMetaplexCoinCreatorEvent", 0xe466cf7c7bc76b96ULL, 1,
   amm_set_metaplex_coin_creator_event_fields},
  {program::pump_amm, "SyncUserVolumeAccumulatorEvent", 0xff5b51747ca77ac5ULL,
   1, amm_sync_user_volume_accumulator_event_fields},
  {program::pump_amm, "UpdateAdminEvent", 0xea423ff657ab98e1ULL, 1,
   amm_update_admin_event_fields},
  {program::pump_amm, "UpdateCreatorFeeConfigEvent", 0xbf7ff66a7c7cc698ULL, 1,
   amm_update_creator_fee_config_event_fields},
  {program::pump_amm, "UpdateFeeConfigEvent", 0xd0bcf43e2341175aULL, 1,
   amm_update_fee_config_event_fields},
  {program::pump_amm, "WithdrawEvent", 0xc0472ca01a850916ULL, 16,
   amm_withdraw_event_fields},
};

static_assert(std::size(event_table) == events_total);

} // namespace

std::span<const event> events() {
  return event_table;
}

std::span<const structure> structures() {
  return structure_table;
}

} // namespace pumpscope::domain::idl

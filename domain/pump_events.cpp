#include "domain/pump_events.hpp"

namespace pumpscope::domain {

namespace {

/// Reads fields in order up to the first one that is not there.
template <class... Fields>
void read(borsh_reader& reader, Fields&... fields) {
  // The fold's value only says where it stopped; the reader counts.
  static_cast<void>((reader.next(fields) && ...));
}

void read_fields(borsh_reader& reader, trade_event& x) {
  if (!(reader.next(x.mint) && reader.next(x.sol_amount)
        && reader.next(x.token_amount) && reader.next(x.is_buy)
        && reader.next(x.user) && reader.next(x.timestamp)
        && reader.next(x.virtual_sol_reserves)
        && reader.next(x.virtual_token_reserves)
        && reader.next(x.real_sol_reserves)
        && reader.next(x.real_token_reserves) && reader.next(x.fee_recipient)
        && reader.next(x.fee_basis_points) && reader.next(x.fee)
        && reader.next(x.creator) && reader.next(x.creator_fee_basis_points)
        && reader.next(x.creator_fee) && reader.next(x.track_volume)
        && reader.next(x.total_unclaimed_tokens)
        && reader.next(x.total_claimed_tokens)
        && reader.next(x.current_sol_volume)
        && reader.next(x.last_update_timestamp) && reader.next(x.ix_name)
        && reader.next(x.mayhem_mode)
        && reader.next(x.cashback_fee_basis_points) && reader.next(x.cashback)
        && reader.next(x.buyback_fee_basis_points)
        && reader.next(x.buyback_fee)))
    return;
  if (!reader.next(x.shareholders, shareholder_bytes))
    return;
  read(reader, x.quote_mint, x.quote_amount, x.virtual_quote_reserves,
       x.real_quote_reserves, x.holder_rewards_bps, x.holder_rewards);
}

void read_fields(borsh_reader& reader, create_event& x) {
  read(reader, x.name, x.symbol, x.uri, x.mint, x.bonding_curve, x.user,
       x.creator, x.timestamp, x.virtual_token_reserves, x.virtual_sol_reserves,
       x.real_token_reserves, x.token_total_supply, x.token_program,
       x.is_mayhem_mode, x.is_cashback_enabled, x.quote_mint,
       x.virtual_quote_reserves, x.creator_fee_bps, x.is_holder_reward);
}

void read_fields(borsh_reader& reader, complete_event& x) {
  read(reader, x.user, x.mint, x.bonding_curve, x.timestamp, x.quote_mint);
}

void read_fields(borsh_reader& reader, migration_event& x) {
  read(reader, x.user, x.mint, x.mint_amount, x.sol_amount,
       x.pool_migration_fee, x.bonding_curve, x.timestamp, x.pool,
       x.quote_mint);
}

void read_fields(borsh_reader& reader, virtual_params_event& x) {
  read(reader, x.timestamp, x.mint, x.virtual_token_reserves,
       x.virtual_sol_reserves, x.new_virtual_token_reserves,
       x.new_virtual_sol_reserves, x.real_token_reserves, x.real_sol_reserves);
}

void read_fields(borsh_reader& reader, buy_event& x) {
  read(reader, x.timestamp, x.base_amount_out, x.max_quote_amount_in,
       x.user_base_token_reserves, x.user_quote_token_reserves,
       x.pool_base_token_reserves, x.pool_quote_token_reserves,
       x.quote_amount_in, x.lp_fee_basis_points, x.lp_fee,
       x.protocol_fee_basis_points, x.protocol_fee,
       x.quote_amount_in_with_lp_fee, x.user_quote_amount_in, x.pool, x.user,
       x.user_base_token_account, x.user_quote_token_account,
       x.protocol_fee_recipient, x.protocol_fee_recipient_token_account,
       x.coin_creator, x.coin_creator_fee_basis_points, x.coin_creator_fee,
       x.track_volume, x.total_unclaimed_tokens, x.total_claimed_tokens,
       x.current_sol_volume, x.last_update_timestamp, x.min_base_amount_out,
       x.ix_name, x.cashback_fee_basis_points, x.cashback,
       x.buyback_fee_basis_points, x.buyback_fee, x.virtual_quote_reserves,
       x.can_boost, x.base_supply, x.holder_rewards_bps, x.holder_rewards);
}

void read_fields(borsh_reader& reader, sell_event& x) {
  read(reader, x.timestamp, x.base_amount_in, x.min_quote_amount_out,
       x.user_base_token_reserves, x.user_quote_token_reserves,
       x.pool_base_token_reserves, x.pool_quote_token_reserves,
       x.quote_amount_out, x.lp_fee_basis_points, x.lp_fee,
       x.protocol_fee_basis_points, x.protocol_fee,
       x.quote_amount_out_without_lp_fee, x.user_quote_amount_out, x.pool,
       x.user, x.user_base_token_account, x.user_quote_token_account,
       x.protocol_fee_recipient, x.protocol_fee_recipient_token_account,
       x.coin_creator, x.coin_creator_fee_basis_points, x.coin_creator_fee,
       x.cashback_fee_basis_points, x.cashback, x.buyback_fee_basis_points,
       x.buyback_fee, x.virtual_quote_reserves, x.can_boost, x.base_supply,
       x.holder_rewards_bps, x.holder_rewards);
}

void read_fields(borsh_reader& reader, create_pool_event& x) {
  read(reader, x.timestamp, x.index, x.creator, x.base_mint, x.quote_mint,
       x.base_mint_decimals, x.quote_mint_decimals, x.base_amount_in,
       x.quote_amount_in, x.pool_base_amount, x.pool_quote_amount,
       x.minimum_liquidity, x.initial_liquidity, x.lp_token_amount_out,
       x.pool_bump, x.pool, x.lp_mint, x.user_base_token_account,
       x.user_quote_token_account, x.coin_creator, x.is_mayhem_mode,
       x.creator_fee_bps, x.can_edit_creator_fee, x.is_holder_reward);
}

void read_fields(borsh_reader& reader, liquidity_event& x) {
  read(reader, x.timestamp, x.lp_token_amount, x.base_limit, x.quote_limit,
       x.user_base_token_reserves, x.user_quote_token_reserves,
       x.pool_base_token_reserves, x.pool_quote_token_reserves, x.base_amount,
       x.quote_amount, x.lp_mint_supply, x.pool, x.user,
       x.user_base_token_account, x.user_quote_token_account,
       x.user_pool_token_account);
}

void read_fields(borsh_reader& reader, init_boost_event& x) {
  read(reader, x.timestamp, x.mint, x.bonding_curve, x.pool,
       x.virtual_quote_reserves, x.real_quote_reserves_after);
}

void read_fields(borsh_reader& reader, boost_buy_event& x) {
  read(reader, x.timestamp, x.mint, x.bonding_curve, x.pool, x.authority,
       x.quote_amount_in_requested, x.quote_amount_in_used,
       x.base_amount_burned, x.virtual_quote_reserves,
       x.real_quote_reserves_after, x.base_reserves_after,
       x.boost_vault_remaining);
}

/// Fields of the oldest published layout of each event, as in the event table.
template <class Event>
constexpr size_t oldest_fields = 0;
template <>
constexpr size_t oldest_fields<trade_event> = 8;
template <>
constexpr size_t oldest_fields<create_event> = 6;
template <>
constexpr size_t oldest_fields<complete_event> = 4;
template <>
constexpr size_t oldest_fields<migration_event> = 8;
template <>
constexpr size_t oldest_fields<virtual_params_event> = 8;
template <>
constexpr size_t oldest_fields<buy_event> = 20;
template <>
constexpr size_t oldest_fields<sell_event> = 20;
template <>
constexpr size_t oldest_fields<create_pool_event> = 19;
template <>
constexpr size_t oldest_fields<liquidity_event> = 16;
template <>
constexpr size_t oldest_fields<init_boost_event> = 6;
template <>
constexpr size_t oldest_fields<boost_buy_event> = 12;

} // namespace

template <class Event>
tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t> payload, Event& out) {
  borsh_reader reader{payload};
  read_fields(reader, out);
  out.fields = reader.fields();
  if (!reader.ok())
    return tl::unexpected{dead_letter_reason::malformed_payload};
  if (out.fields < oldest_fields<Event>)
    return tl::unexpected{dead_letter_reason::unknown_layout};
  return reader.remaining();
}

template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, trade_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, create_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, complete_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, migration_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, virtual_params_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, buy_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, sell_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, create_pool_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, liquidity_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, init_boost_event&);
template tl::expected<size_t, dead_letter_reason>
decode_event(std::span<const uint8_t>, boost_buy_event&);

} // namespace pumpscope::domain

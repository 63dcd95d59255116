#include "domain/attribution.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "domain/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace pumpscope::domain {

namespace {

constexpr size_t name_bytes_max = 256;
constexpr size_t symbol_bytes_max = 64;
constexpr size_t uri_bytes_max = 1024;

/// Fields of a TradeEvent that hold the quote amounts of a coin that is not
/// quoted in SOL.
constexpr size_t trade_fields_with_quote = 32;
/// Fields of a TradeEvent with all fees.
constexpr size_t trade_fields_with_all_fees = 34;

/// What `attribute` hands down.
struct attribution_input {
  const found_event* event = nullptr;
  const transaction_view* transaction = nullptr;
  uint16_t flags = 0;
  size_t* trailing_bytes = nullptr;

  /// The fields of the payload: what stands behind the discriminator.
  [[nodiscard]] byte_view fields() const {
    return event->payload.subspan(8);
  }
};

/// The mints of a pool as its owning instruction names them.
struct pool_mints {
  pubkey base = {};
  pubkey quote = {};
};

bool copy_key(const transaction_view& tx, const instruction_view& x, size_t at,
              pubkey& out) {
  if (at >= x.accounts.size())
    return false;
  auto bytes = tx.key(x.accounts[at]);
  if (bytes == nullptr)
    return false;
  std::memcpy(out.bytes.data(), bytes, out.bytes.size());
  return true;
}

/// Reads the mints of `pool` off the owning instruction: every instruction of
/// the AMM that emits an event of a pool has the pool at account 0 and the
/// mints at 3 and 4. One that does not name this pool tells nothing.
std::optional<pool_mints> mints_of(const attribution_input& input,
                                   const pubkey& pool) {
  auto owner = input.event->owner;
  pubkey named;
  pool_mints result;
  if (owner == nullptr || !copy_key(*input.transaction, *owner, 0, named)
      || named != pool || !copy_key(*input.transaction, *owner, 3, result.base)
      || !copy_key(*input.transaction, *owner, 4, result.quote))
    return std::nullopt;
  return result;
}

/// Decimals of a mint from the token balances; -1 when none is of it.
int16_t decimals_of(const transaction_view& tx, const pubkey& mint) {
  if (tx.token_balances.empty())
    return -1;
  auto text = to_base58(mint);
  for (auto& x : tx.token_balances)
    if (x.mint == text.view() && x.decimals <= 255)
      return static_cast<int16_t>(x.decimals);
  return -1;
}

/// Sum of fee rates, at most the largest value that the row can hold.
template <class... Rates>
uint32_t sum_rates(Rates... rates) {
  auto sum = (static_cast<u128>(rates) + ...);
  return static_cast<uint32_t>(
    std::min<u128>(sum, std::numeric_limits<uint32_t>::max()));
}

/// The wallet of a trade (domain.md section 2): the user when it signed or is
/// the protocol's own bot, else the fee payer, because it is a router.
void set_wallet(trade& x, const pubkey& user, const transaction_view& tx) {
  x.wallet = user;
  if (user == known_keys::mayhem_vault) {
    x.flags |= trade_flag::mayhem_vault;
    return;
  }
  if (tx.signed_by(user) || tx.message_keys.empty())
    return;
  x.flags |= trade_flag::routed;
  std::memcpy(x.wallet.bytes.data(), tx.message_keys[0], x.wallet.bytes.size());
}

/// What a trade and a token event have in common.
template <class Row>
Row begin_row(const attribution_input& input, int64_t timestamp) {
  auto& tx = *input.transaction;
  Row row;
  row.position = {tx.slot, static_cast<uint32_t>(tx.index),
                  ix_path(*input.event)};
  std::memcpy(row.signature.bytes.data(), tx.signature.data(),
              row.signature.bytes.size());
  row.block_time = timestamp;
  row.event_time = timestamp;
  row.program = input.event->program;
  row.flags = input.flags;
  return row;
}

bool is_possible_virtual(i128 x) {
  return x >= -virtual_reserves_max && x <= virtual_reserves_max;
}

/// Refuses reserves that the program cannot have had.
bool has_possible_reserves(const trade& x) {
  if (!is_possible_virtual(x.virtual_quote_reserves))
    return false;
  auto before = reserves_before(x);
  auto after = reserves_after(x);
  return before.base >= 0 && before.quote >= 0 && after.base >= 0
         && after.quote >= 0 && after.quote + x.virtual_quote_reserves >= 0;
}

attributed_event attribute_trade(const attribution_input& input) {
  trade_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<trade>(input, event.timestamp);
  auto foreign_quote = !is_default(event.quote_mint);
  if (foreign_quote && event.fields < trade_fields_with_quote)
    return dead_letter_reason::unknown_layout;
  row.side = event.is_buy ? trade_side::buy : trade_side::sell;
  if (event.fields < trade_fields_with_all_fees)
    row.flags |= trade_flag::fees_unknown;
  if (event.mayhem_mode)
    row.flags |= trade_flag::mayhem_mode;
  row.fee_basis_points
    = sum_rates(event.fee_basis_points, event.creator_fee_basis_points,
                event.cashback_fee_basis_points, event.holder_rewards_bps);
  row.mint = event.mint;
  row.token_decimals = decimals_of(*input.transaction, event.mint);
  row.token_units = event.token_amount;
  row.quote_mint = foreign_quote ? event.quote_mint : known_keys::wsol_mint;
  row.quote_units = foreign_quote ? event.quote_amount : event.sol_amount;
  row.fee_units = static_cast<i128>(event.fee)
                  + static_cast<i128>(event.creator_fee)
                  + static_cast<i128>(event.cashback)
                  + static_cast<i128>(event.holder_rewards);
  row.net_quote_units = static_cast<i128>(row.quote_units)
                        + (event.is_buy ? row.fee_units : -row.fee_units);
  row.event_base_reserves = event.virtual_token_reserves;
  row.event_quote_reserves = foreign_quote ? event.virtual_quote_reserves
                                           : event.virtual_sol_reserves;
  row.real_token_reserves = event.real_token_reserves;
  row.real_quote_reserves = foreign_quote ? event.real_quote_reserves
                                          : event.real_sol_reserves;
  row.pool_base_units = row.token_units;
  row.pool_quote_units = row.quote_units;
  row.tx_fee_lamports = input.transaction->fee;
  set_wallet(row, event.user, *input.transaction);
  if (!has_possible_reserves(row) || row.event_base_reserves == 0)
    return dead_letter_reason::impossible_value;
  return row;
}

/// Completes an AMM trade whose legs are in base/quote orientation.
attributed_event finish_amm_trade(const attribution_input& input, trade&& row) {
  row.flags |= trade_flag::pool_unresolved;
  row.tx_fee_lamports = input.transaction->fee;
  auto mints = mints_of(input, row.pool);
  if (!mints && !has_possible_reserves(row))
    return dead_letter_reason::impossible_value;
  if (!mints)
    return std::move(row);
  auto assigned = assign_pool_mints(row, mints->base, mints->quote);
  if (!assigned)
    return std::visit([](auto x) -> attributed_event { return x; },
                      assigned.error());
  row.token_decimals = decimals_of(*input.transaction, row.mint);
  return std::move(row);
}

/// What BuyEvent and SellEvent call the same.
template <class Event>
trade begin_amm_trade(const attribution_input& input, const Event& event) {
  auto row = begin_row<trade>(input, event.timestamp);
  row.fee_basis_points
    = sum_rates(event.lp_fee_basis_points, event.protocol_fee_basis_points,
                event.coin_creator_fee_basis_points,
                event.cashback_fee_basis_points, event.holder_rewards_bps);
  row.pool = event.pool;
  row.event_base_reserves = event.pool_base_token_reserves;
  row.event_quote_reserves = event.pool_quote_token_reserves;
  row.lp_fee_units = event.lp_fee;
  row.virtual_quote_reserves = event.virtual_quote_reserves;
  row.base_supply = event.base_supply;
  set_wallet(row, event.user, *input.transaction);
  return row;
}

attributed_event attribute_amm_buy(const attribution_input& input) {
  buy_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_amm_trade(input, event);
  // The two amounts change places with the instruction: the smaller one is
  // what the pool saw, the larger one what the wallet paid.
  auto [gross, paid] = std::minmax(event.quote_amount_in,
                                   event.user_quote_amount_in);
  row.side = trade_side::buy;
  row.token_units = event.base_amount_out;
  row.quote_units = gross;
  row.fee_units = static_cast<i128>(paid) - static_cast<i128>(gross);
  row.net_quote_units = static_cast<i128>(paid);
  row.pool_base_units = event.base_amount_out;
  row.pool_quote_units = gross;
  return finish_amm_trade(input, std::move(row));
}

attributed_event attribute_amm_sell(const attribution_input& input) {
  sell_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_amm_trade(input, event);
  row.side = trade_side::sell;
  row.token_units = event.base_amount_in;
  row.quote_units = event.quote_amount_out;
  row.fee_units = static_cast<i128>(event.quote_amount_out)
                  - static_cast<i128>(event.user_quote_amount_out);
  row.net_quote_units = static_cast<i128>(event.user_quote_amount_out);
  row.pool_base_units = event.base_amount_in;
  row.pool_quote_units = event.quote_amount_out;
  return finish_amm_trade(input, std::move(row));
}

attributed_event attribute_create(const attribution_input& input) {
  create_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto foreign_quote = !is_default(event.quote_mint);
  // The reserves of such a coin stand in the field behind its quote mint.
  if (foreign_quote && event.fields < 17)
    return dead_letter_reason::unknown_layout;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::created;
  if (event.is_mayhem_mode)
    row.flags |= trade_flag::mayhem_mode;
  row.mint = event.mint;
  row.quote_mint = foreign_quote ? event.quote_mint : known_keys::wsol_mint;
  row.wallet = event.user;
  row.creator = event.creator;
  row.name = clean_utf8(event.name, name_bytes_max);
  row.symbol = clean_utf8(event.symbol, symbol_bytes_max);
  row.uri = clean_utf8(event.uri, uri_bytes_max);
  row.base_reserves = event.virtual_token_reserves;
  row.quote_reserves = foreign_quote ? event.virtual_quote_reserves
                                     : event.virtual_sol_reserves;
  row.real_token_reserves = event.real_token_reserves;
  row.supply = event.token_total_supply;
  row.token_decimals = decimals_of(*input.transaction, event.mint);
  return row;
}

attributed_event attribute_complete(const attribution_input& input) {
  complete_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::completed;
  row.mint = event.mint;
  row.quote_mint = is_default(event.quote_mint) ? known_keys::wsol_mint
                                                : event.quote_mint;
  row.wallet = event.user;
  return row;
}

attributed_event attribute_migration(const attribution_input& input) {
  migration_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::migrated;
  row.mint = event.mint;
  row.quote_mint = is_default(event.quote_mint) ? known_keys::wsol_mint
                                                : event.quote_mint;
  row.pool = event.pool;
  row.wallet = event.user;
  row.base_units = event.mint_amount;
  row.quote_units = event.sol_amount;
  return row;
}

attributed_event attribute_virtual_params(const attribution_input& input) {
  virtual_params_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::virtual_params_updated;
  row.flags |= trade_flag::mayhem_mode;
  row.mint = event.mint;
  row.base_reserves = event.new_virtual_token_reserves;
  row.quote_reserves = event.new_virtual_sol_reserves;
  row.real_token_reserves = event.real_token_reserves;
  row.real_quote_reserves = event.real_sol_reserves;
  return row;
}

attributed_event attribute_create_pool(const attribution_input& input) {
  create_pool_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::pool_created;
  if (event.is_mayhem_mode)
    row.flags |= trade_flag::mayhem_mode;
  row.pool = event.pool;
  row.wallet = event.creator;
  row.creator = event.coin_creator;
  row.base_units = event.base_amount_in;
  row.quote_units = event.quote_amount_in;
  row.base_reserves = event.pool_base_amount;
  row.quote_reserves = event.pool_quote_amount;
  assign_pool_mints(row, event.base_mint, event.quote_mint);
  row.token_decimals = (row.flags & trade_flag::inverted) != 0
                         ? event.quote_mint_decimals
                         : event.base_mint_decimals;
  return row;
}

/// Gives a pool's event its mints where the owning instruction names them.
attributed_event finish_pool_event(const attribution_input& input,
                                   token_event&& row) {
  if (auto mints = mints_of(input, row.pool))
    assign_pool_mints(row, mints->base, mints->quote);
  else
    row.flags |= trade_flag::pool_unresolved;
  return std::move(row);
}

attributed_event attribute_liquidity(const attribution_input& input,
                                     token_event_kind kind) {
  liquidity_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = kind;
  row.pool = event.pool;
  row.wallet = event.user;
  row.base_units = event.base_amount;
  row.quote_units = event.quote_amount;
  row.base_reserves = event.pool_base_token_reserves;
  row.quote_reserves = event.pool_quote_token_reserves;
  // The pool cannot pay out more than it has.
  if (kind == token_event_kind::withdrawn
      && (row.base_units > row.base_reserves
          || row.quote_units > row.quote_reserves))
    return dead_letter_reason::impossible_value;
  return finish_pool_event(input, std::move(row));
}

attributed_event attribute_init_boost(const attribution_input& input) {
  init_boost_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  if (!is_possible_virtual(event.virtual_quote_reserves))
    return dead_letter_reason::impossible_value;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::boost_initialized;
  row.mint = event.mint;
  row.pool = event.pool;
  row.quote_reserves = event.real_quote_reserves_after;
  row.virtual_quote_reserves = event.virtual_quote_reserves;
  return finish_pool_event(input, std::move(row));
}

attributed_event attribute_boost_buy(const attribution_input& input) {
  boost_buy_event event;
  auto decoded = decode_event(input.fields(), event);
  if (!decoded)
    return decoded.error();
  *input.trailing_bytes = *decoded;
  if (!is_possible_virtual(event.virtual_quote_reserves))
    return dead_letter_reason::impossible_value;
  auto row = begin_row<token_event>(input, event.timestamp);
  row.kind = token_event_kind::boost_bought;
  row.mint = event.mint;
  row.pool = event.pool;
  row.wallet = event.authority;
  row.base_units = event.base_amount_burned;
  row.quote_units = event.quote_amount_in_used;
  row.base_reserves = event.base_reserves_after;
  row.quote_reserves = event.real_quote_reserves_after;
  row.virtual_quote_reserves = event.virtual_quote_reserves;
  return finish_pool_event(input, std::move(row));
}

} // namespace

attributed_event attribute(const found_event& event, idl::event_id kind,
                           const transaction_view& transaction, uint16_t flags,
                           size_t& trailing_bytes) {
  trailing_bytes = 0;
  attribution_input input{&event, &transaction, flags, &trailing_bytes};
  if (event.source == event_source::log)
    input.flags |= trade_flag::from_log;
  switch (kind) {
    using enum idl::event_id;
    case pump_trade_event:
      return attribute_trade(input);
    case amm_buy_event:
      return attribute_amm_buy(input);
    case amm_sell_event:
      return attribute_amm_sell(input);
    case pump_create_event:
      return attribute_create(input);
    case pump_complete_event:
      return attribute_complete(input);
    case pump_complete_pump_amm_migration_event:
      return attribute_migration(input);
    case pump_update_mayhem_virtual_params_event:
      return attribute_virtual_params(input);
    case amm_create_pool_event:
      return attribute_create_pool(input);
    case amm_deposit_event:
      return attribute_liquidity(input, token_event_kind::deposited);
    case amm_withdraw_event:
      return attribute_liquidity(input, token_event_kind::withdrawn);
    case amm_init_boost_event:
      return attribute_init_boost(input);
    case amm_boost_buy_and_burn_event:
      return attribute_boost_buy(input);
    default:
      return ignored_reason::not_tracked;
  }
}

tl::expected<void, refusal> assign_pool_mints(trade& x, const pubkey& base_mint,
                                              const pubkey& quote_mint) {
  auto base_is_money = known_keys::is_money(base_mint);
  auto quote_is_money = known_keys::is_money(quote_mint);
  if (base_is_money && quote_is_money)
    return tl::unexpected{refusal{ignored_reason::both_sides_money}};
  if (!base_is_money && !quote_is_money)
    return tl::unexpected{refusal{ignored_reason::no_money_side}};
  if (!has_possible_reserves(x))
    return tl::unexpected{refusal{dead_letter_reason::impossible_value}};
  auto after = reserves_after(x);
  auto denominator = base_is_money ? after.quote + x.virtual_quote_reserves
                                   : after.base;
  if (denominator == 0)
    return tl::unexpected{refusal{dead_letter_reason::impossible_value}};
  x.flags &= static_cast<uint16_t>(~trade_flag::pool_unresolved);
  if (!base_is_money) {
    x.mint = base_mint;
    x.quote_mint = quote_mint;
    return {};
  }
  // The pool's base is the money: what it calls a buy sells the coin, and the
  // fees are taken in the coin.
  x.flags |= trade_flag::inverted;
  x.mint = quote_mint;
  x.quote_mint = base_mint;
  x.side = x.side == trade_side::buy ? trade_side::sell : trade_side::buy;
  auto base_units = x.token_units;
  x.token_units = static_cast<uint64_t>(x.net_quote_units);
  x.quote_units = base_units;
  x.net_quote_units = static_cast<i128>(base_units);
  x.fee_units = 0;
  return {};
}

void assign_pool_mints(token_event& x, const pubkey& base_mint,
                       const pubkey& quote_mint) {
  x.flags &= static_cast<uint16_t>(~trade_flag::pool_unresolved);
  auto inverted = known_keys::is_money(base_mint)
                  && !known_keys::is_money(quote_mint);
  if (inverted)
    x.flags |= trade_flag::inverted;
  x.mint = inverted ? quote_mint : base_mint;
  x.quote_mint = inverted ? base_mint : quote_mint;
}

} // namespace pumpscope::domain

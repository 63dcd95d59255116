#include "messages/state_rows.hpp"

#include "domain/token_metrics.hpp"
#include "messages/state_blob.hpp"

#include <utility>

namespace pumpscope::messages {

position_row make_position_row(const domain::pubkey& wallet,
                               const domain::position& x) {
  return to_row(wallet, x);
}

domain::result<domain::position> restore_position(const position_row& row) {
  return to_position(row);
}

domain::result<domain::wallet_ledger>
restore_wallet(const domain::pubkey& wallet, const wallet_state_rows& rows) {
  if (!rows.wallet)
    return domain::wallet_ledger{wallet};
  auto positions = std::vector<domain::position>{};
  positions.reserve(rows.positions.size());
  for (auto& row : rows.positions) {
    auto position = restore_position(row);
    if (!position)
      return tl::make_unexpected(position.error());
    positions.push_back(std::move(*position));
  }
  return domain::wallet_ledger{wallet, rows.wallet->totals,
                               std::move(positions)};
}

domain::result<domain::wallet_ledger> start_wallet(const domain::pubkey& wallet,
                                                   const history_start& x) {
  auto result = restore_wallet(wallet, x.wallet);
  if (result)
    result->mark_all_dirty();
  return result;
}

domain::result<domain::token_ledger> start_token(const domain::pubkey& mint,
                                                 const history_start& x) {
  if (!x.token)
    return domain::token_ledger::refold(mint);
  auto state = decode_token_state(x.token->blob);
  if (!state)
    return tl::make_unexpected(state.error());
  return domain::token_ledger::refold(std::move(*state));
}

token_row make_token_row(const domain::token_ledger& x) {
  auto& state = x.state();
  auto row = token_row{};
  row.mint = state.mint;
  if (auto series = x.leading_series())
    row.quote_mint = series->quote_mint;
  row.name = state.name;
  row.symbol = state.symbol;
  row.uri = state.uri;
  row.creator = state.creator;
  row.created_at = state.created_at;
  row.last_price = x.spot();
  row.last_trade_at = state.last_trade_at;
  row.graduated = state.migrated || state.curve_complete;
  row.market_cap = domain::market_cap(state);
  row.reserve_breaks = state.reserve_breaks;
  row.blob = encode_token_state(state);
  return row;
}

domain::result<domain::token_ledger> restore_token(const token_row& row) {
  auto state = decode_token_state(row.blob);
  if (!state)
    return tl::make_unexpected(state.error());
  return domain::token_ledger{std::move(*state)};
}

} // namespace pumpscope::messages

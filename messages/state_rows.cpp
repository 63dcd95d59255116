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

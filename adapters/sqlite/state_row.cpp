#include "adapters/sqlite/state_row.hpp"

#include "adapters/sqlite/columns.hpp"

namespace pumpscope::adapters::sqlite {

namespace {

/// Bytes of an amount in a column.
constexpr size_t amount_bytes = 16;

domain::interval to_interval(const database& db, int64_t seconds) {
  for (auto x :
       {domain::interval::s1, domain::interval::m1, domain::interval::m5,
        domain::interval::m15, domain::interval::h1, domain::interval::h24})
    if (static_cast<int64_t>(x) == seconds)
      return x;
  fail_damaged(db, "the length of a candle");
}

} // namespace

messages::wallet_row read_wallet(const database& db, const statement& from) {
  auto result = messages::wallet_row{};
  auto realized = from.blob(2);
  if (!from_bytes(from.blob(1), result.wallet)
      || realized.size() != amount_bytes
      || !unpack_state(from.blob(3), result.totals))
    fail_damaged(db, "a row of wallet");
  result.totals.realized = ordered_to_i128(realized);
  result.blob = from.blob(4);
  return result;
}

messages::position_row read_position(const database& db,
                                     const statement& from) {
  auto result = messages::position_row{};
  auto& x = result.position;
  auto units = from.blob(4);
  auto realized = from.blob(5);
  if (!from_bytes(from.blob(1), result.wallet)
      || !from_bytes(from.blob(2), x.key.mint)
      || !from_mint_column(from.blob(3), x.key.quote_mint)
      || units.size() != amount_bytes || realized.size() != amount_bytes
      || !unpack_state(from.blob(6), x))
    fail_damaged(db, "a row of position");
  x.units = ordered_to_i128(units);
  x.realized = ordered_to_i128(realized);
  result.blob = from.blob(7);
  return result;
}

messages::token_row read_token(const database& db, const statement& from) {
  auto result = messages::token_row{};
  auto price_quote = from.blob(8);
  auto price_token = from.blob(9);
  if (!from_bytes(from.blob(1), result.mint)
      || !from_mint_column(from.blob(2), result.quote_mint)
      || !from_bytes(from.blob(6), result.creator)
      || price_quote.size() != amount_bytes
      || price_token.size() != amount_bytes)
    fail_damaged(db, "a row of token");
  result.name = from.blob(3);
  result.symbol = from.blob(4);
  result.uri = from.blob(5);
  result.created_at = from.integer(7);
  result.last_price = {ordered_to_u128(price_quote),
                       ordered_to_u128(price_token)};
  result.last_trade_at = from.integer(10);
  result.graduated = from.integer(11) != 0;
  if (auto market_cap = from.blob(12); market_cap.size() == amount_bytes)
    result.market_cap = ordered_to_i128(market_cap);
  else if (!market_cap.empty())
    fail_damaged(db, "a row of token");
  result.reserve_breaks = from.unsigned_integer(13);
  result.blob = from.blob(14);
  return result;
}

messages::candle_row read_candle(const database& db, const statement& from) {
  auto result = messages::candle_row{};
  result.interval = to_interval(db, from.integer(4));
  result.candle.open_time = from.integer(5);
  if (!from_bytes(from.blob(2), result.mint)
      || !from_mint_column(from.blob(3), result.quote_mint)
      || !unpack_state(from.blob(6), result.candle))
    fail_damaged(db, "a row of candle");
  return result;
}

} // namespace pumpscope::adapters::sqlite

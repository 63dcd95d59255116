#pragma once

#include "adapters/postgres/columns.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::adapters::postgres {

// Each list of columns is read from some first column on by the function below
// it.

inline constexpr auto wallet_columns = "w.wallet, w.realized, w.state, w.extra";
messages::wallet_row to_wallet(const pqxx::row& from, int at = 0);

inline constexpr auto position_columns
  = "p.wallet, p.mint, p.quote_mint, p.units, p.realized, p.state, p.lots";
inline constexpr auto position_columns_without_blob
  = "p.wallet, p.mint, p.quote_mint, p.units, p.realized, p.state, ''::bytea";
messages::position_row to_position(const pqxx::row& from, int at = 0);

inline constexpr auto token_columns
  = "t.mint, t.quote_mint, t.name, t.symbol, t.uri, t.creator, t.created_at, "
    "t.last_price_quote, t.last_price_token, t.last_trade_at, t.graduated, "
    "t.market_cap, t.reserve_breaks, t.extra";
/// The same with an empty blob: what is not read need not be unpacked.
inline constexpr auto token_columns_without_blob
  = "t.mint, t.quote_mint, t.name, t.symbol, t.uri, t.creator, t.created_at, "
    "t.last_price_quote, t.last_price_token, t.last_trade_at, t.graduated, "
    "t.market_cap, t.reserve_breaks, ''::bytea";
messages::token_row to_token(const pqxx::row& from, int at = 0);

inline constexpr auto candle_columns
  = "k.mint, k.quote_mint, k.length, k.open_time, k.state";
messages::candle_row to_candle(const pqxx::row& from);

/// Reads cursors and states: see `messages::store` for what each call means.
/// Throws.
class state_reader {
public:
  state_reader(session& from, messages::store_identity id);

  std::vector<messages::cursor_row> read_cursors();
  std::vector<messages::wallet_state_rows>
  load_wallets(std::span<const domain::pubkey> wallets);
  std::vector<std::optional<messages::token_row>>
  load_tokens(std::span<const domain::pubkey> mints);
  void visit_wallets(uint32_t partition,
                     const std::function<void(const messages::wallet_row&)>& f);
  void
  visit_positions(uint32_t partition,
                  const std::function<void(const messages::position_row&)>& f);
  void
  visit_holders(uint32_t partition,
                const std::function<void(const messages::holders_row&)>& f);
  void
  visit_buckets(uint32_t partition,
                const std::function<void(const domain::wallet_bucket&)>& f);
  void visit_tokens(uint32_t partition,
                    const std::function<void(const messages::token_row&)>& f);
  void visit_candles(uint32_t partition, int64_t since,
                     const std::function<void(const messages::candle_row&)>& f);

private:
  /// Visits the rows of a partition; `sql` begins with SELECT and ends with
  /// the condition that `hash` completes, `end` comes behind it.
  template <class F>
  void visit(const std::string& sql, uint32_t partition, const std::string& end,
             F&& f);

  session& session_;
  messages::store_identity id_;
};

} // namespace pumpscope::adapters::postgres

#include "adapters/postgres/list_reader.hpp"

#include "adapters/postgres/baseline_reader.hpp"
#include "adapters/postgres/state_reader.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace pumpscope::adapters::postgres {

namespace {

using messages::saturated;

/// Rows that a query looks at, in SQL: the newest of a key, or of all.
struct scan {
  std::string condition = {};
  /// Among those, what is left to compare.
  std::string filter = {};
};

std::string newest(const char* columns, const std::string& condition,
                   size_t rows_max) {
  return std::string{"SELECT "} + columns + " FROM trade WHERE " + condition
         + " ORDER BY jpos DESC LIMIT " + std::to_string(rows_max);
}

/// How far down the newest rows of a key reach.
struct reach {
  uint64_t rows = 0;
  uint64_t lowest = 0;
};

reach measure(pqxx::transaction_base& tx, const std::string& condition,
              size_t rows_max) {
  auto row = tx.exec1("SELECT count(*), coalesce(min(jpos), 0) FROM ("
                      + newest("jpos", condition, rows_max) + ") x");
  return {unsigned_at(row, 0), unsigned_at(row, 1)};
}

/// Chooses which key to go along: of two the one whose rows reach further down,
/// so that fewer of them have to be compared.
scan choose(pqxx::transaction_base& tx, const messages::trade_query& x) {
  auto below = "jpos < "
               + std::to_string(saturated(
                 x.before_jpos == 0 ? std::numeric_limits<uint64_t>::max()
                                    : x.before_jpos));
  auto result = scan{below, "true"};
  auto along = [&](const char* column, const domain::pubkey& key) {
    return std::string{column} + " = " + to_literal(key);
  };
  if (x.wallet && x.mint) {
    auto wallet = along("wallet", *x.wallet);
    auto mint = along("mint", *x.mint);
    auto of_wallet = measure(tx, wallet + " AND " + below, x.scanned_max);
    auto of_mint = measure(tx, mint + " AND " + below, x.scanned_max);
    auto full = [&](const reach& y) { return y.rows == x.scanned_max; };
    if (full(of_wallet)
        && (!full(of_mint) || of_mint.lowest < of_wallet.lowest))
      std::swap(wallet, mint);
    result.condition = wallet + " AND " + below;
    result.filter = mint;
  } else if (x.wallet) {
    result.condition = along("wallet", *x.wallet) + " AND " + below;
  } else if (x.mint) {
    result.condition = along("mint", *x.mint) + " AND " + below;
  }
  if (x.side)
    result.filter += " AND side = " + std::to_string(static_cast<int>(*x.side));
  if (x.quote_units_min > 0)
    result.filter += " AND quote_units >= " + std::to_string(x.quote_units_min);
  return result;
}

constexpr auto scanned_columns
  = "jpos, 0 AS kind, slot, tx_index, ix_path, block_time, wallet, mint, "
    "signature, body, side, quote_units";

} // namespace

messages::trade_list list_reader::load_trades(const messages::trade_query& x) {
  return session_.read_list([&](pqxx::transaction_base& tx) {
    auto chosen = choose(tx, x);
    auto rows = messages::journal_rows{};
    // One more than is wanted tells whether there is a next page.
    for (const auto& row : tx.exec(
           "SELECT jpos, kind, slot, tx_index, ix_path, block_time, wallet, "
           "mint, signature, body FROM ("
           + newest(scanned_columns, chosen.condition, x.scanned_max)
           + ") x WHERE " + chosen.filter
           + " AND NOT EXISTS (SELECT FROM token_event v "
             "WHERE v.slot = x.slot AND v.kind = "
           + std::to_string(voided_kind) + ") ORDER BY jpos DESC LIMIT "
           + std::to_string(x.rows_max + 1)))
      append_journal_row(row, rows);
    auto result = messages::trade_list{std::move(rows.trades), 0};
    if (result.trades.size() > x.rows_max) {
      result.trades.pop_back();
      result.next_before = result.trades.back().jpos;
    } else if (auto seen = measure(tx, chosen.condition, x.scanned_max);
               seen.rows == x.scanned_max) {
      result.next_before = seen.lowest;
    }
    return result;
  });
}

std::vector<messages::candle_row>
list_reader::load_candles(const messages::candle_query& x) {
  return session_.read_list([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::candle_row>{};
    for (const auto& row : tx.exec(
           std::string{"SELECT "} + candle_columns
           + " FROM candle k WHERE mint = " + to_literal(x.mint)
           + " AND quote_mint = " + to_literal(x.quote_mint) + " AND length = "
           + std::to_string(static_cast<uint32_t>(x.interval))
           + " AND open_time >= " + std::to_string(x.from) + " AND open_time < "
           + std::to_string(x.to) + " ORDER BY open_time DESC LIMIT "
           + std::to_string(x.rows_max)))
      result.push_back(to_candle(row));
    std::reverse(result.begin(), result.end());
    return result;
  });
}

std::vector<messages::position_row>
list_reader::load_holders(const messages::holders_query& x) {
  return session_.read_list([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::position_row>{};
    for (const auto& row :
         tx.exec(std::string{"SELECT "} + position_columns_without_blob
                 + " FROM position p WHERE mint = " + to_literal(x.mint)
                 + " AND units > 0 ORDER BY units DESC, wallet, quote_mint "
                   "LIMIT "
                 + std::to_string(x.rows_max)))
      result.push_back(to_position(row));
    return result;
  });
}

} // namespace pumpscope::adapters::postgres

#include "adapters/postgres/baseline_reader.hpp"

#include "adapters/postgres/state_reader.hpp"

namespace pumpscope::adapters::postgres {

namespace {

using messages::projection;
using messages::saturated;

constexpr size_t keys_at_a_time = 1'000;

/// Asks for the rows of the last pass that touched them: `columns` are those of
/// `alias`, and of a key there is one row for each value of `distinct`.
pqxx::result load_last(pqxx::transaction_base& tx, const std::string& alias,
                       const std::string& columns, const std::string& table,
                       const std::string& key, const std::string& distinct,
                       std::span<const domain::pubkey> keys, uint64_t pass) {
  return tx.exec_params(
    "SELECT k.number, " + columns
      + " FROM unnest($1::bytea[]) WITH ORDINALITY k (key, number) "
        "CROSS JOIN LATERAL (SELECT DISTINCT ON ("
      + distinct + ") b.* FROM " + table + " b WHERE b." + key
      + " = k.key AND b.pass <= $2 ORDER BY " + distinct + ", pass DESC) "
      + alias + " ORDER BY number, " + distinct,
    to_array(keys), saturated(pass));
}

/// The keys of a table behind `after`, ascending.
std::vector<domain::pubkey>
next_keys(pqxx::transaction_base& tx, const std::string& table,
          const std::string& key, uint64_t pass,
          const std::vector<domain::pubkey>& after) {
  auto sql = "SELECT DISTINCT " + key + " FROM " + table
             + " WHERE pass <= " + std::to_string(pass);
  if (!after.empty())
    sql += " AND " + key + " > " + to_literal(after.back());
  sql += " ORDER BY " + key + " LIMIT " + std::to_string(keys_at_a_time);
  auto result = std::vector<domain::pubkey>{};
  for (const auto& row : tx.exec(sql))
    result.push_back(key_at<domain::pubkey>(row, 0));
  return result;
}

} // namespace

std::string history_sql(projection kind, const std::string& keys,
                        const std::string& limits, uint64_t up_to) {
  auto last = std::to_string(saturated(up_to));
  auto condition = [&](const std::string& column) {
    return "x WHERE " + column + " " + keys + " AND jpos <= " + last + " "
           + limits
           + " AND NOT EXISTS (SELECT FROM token_event v WHERE v.slot = x.slot "
             "AND v.kind = "
           + std::to_string(voided_kind) + " AND v.jpos <= " + last + ") ";
  };
  return kind == projection::wallet
           ? trade_columns + condition("wallet")
           : trade_columns + condition("mint") + "UNION ALL " + event_columns
               + condition("mint");
}

messages::retention_row read_retention(pqxx::transaction_base& tx) {
  auto row = tx.exec1("SELECT pass, start_slot, start_time, dropped_trades, "
                      "dropped_token_events, dropped_jpos FROM retention");
  auto result = messages::retention_row{};
  result.pass = unsigned_at(row, 0);
  result.start_slot = unsigned_at(row, 1);
  result.start_time = row[2].as<int64_t>();
  result.dropped_trades = unsigned_at(row, 3);
  result.dropped_token_events = unsigned_at(row, 4);
  result.dropped_jpos = unsigned_at(row, 5);
  return result;
}

std::vector<messages::history_start>
load_starts(pqxx::transaction_base& tx, projection kind,
            std::span<const domain::pubkey> keys) {
  auto result = std::vector<messages::history_start>(keys.size());
  auto pass = read_retention(tx).pass;
  if (pass == 0)
    return result;
  if (kind == projection::token) {
    for (const auto& row : load_last(tx, "t", token_columns, "baseline_token",
                                     "mint", "mint", keys, pass))
      result.at(unsigned_at(row, 0) - 1).token = to_token(row, 1);
    return result;
  }
  for (const auto& row : load_last(tx, "w", wallet_columns, "baseline_wallet",
                                   "wallet", "wallet", keys, pass))
    result.at(unsigned_at(row, 0) - 1).wallet.wallet = to_wallet(row, 1);
  for (const auto& row :
       load_last(tx, "p", position_columns, "baseline_position", "wallet",
                 "mint, quote_mint", keys, pass))
    result.at(unsigned_at(row, 0) - 1)
      .wallet.positions.push_back(to_position(row, 1));
  return result;
}

void visit_baseline(
  pqxx::transaction_base& tx,
  const std::function<void(const messages::wallet_state_rows&)>& on_wallet,
  const std::function<void(const messages::token_row&)>& on_token) {
  auto pass = read_retention(tx).pass;
  if (pass == 0)
    return;
  auto visit = [&](projection kind, const char* table, const char* key) {
    auto keys = std::vector<domain::pubkey>{};
    while (!(keys = next_keys(tx, table, key, pass, keys)).empty())
      for (const auto& x : load_starts(tx, kind, keys)) {
        if (x.token)
          on_token(*x.token);
        else
          on_wallet(x.wallet);
      }
  };
  visit(projection::wallet, "baseline_wallet", "wallet");
  visit(projection::token, "baseline_token", "mint");
}

} // namespace pumpscope::adapters::postgres

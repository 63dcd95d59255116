#include "adapters/postgres/state_reader.hpp"

#include "adapters/postgres/visit_rows.hpp"

namespace pumpscope::adapters::postgres {

namespace {

using messages::projection;

domain::interval to_interval(int64_t seconds) {
  for (auto x :
       {domain::interval::s1, domain::interval::m1, domain::interval::m5,
        domain::interval::m15, domain::interval::h1, domain::interval::h24})
    if (static_cast<int64_t>(x) == seconds)
      return x;
  fail_damaged("the length of a candle");
}

/// The rows of a table for each of the keys in the first parameter, with the
/// `number` of the key. The fence (OFFSET 0) has the server look up each key:
/// in a young table it would rather read all rows and join them.
std::string rows_of_keys(const std::string& columns, const std::string& table,
                         const std::string& alias, const std::string& key) {
  return "SELECT number, " + columns
         + " FROM unnest($1::bytea[]) WITH ORDINALITY k (key, number), "
           "LATERAL (SELECT * FROM "
         + table + " x WHERE x." + key + " = k.key OFFSET 0) " + alias;
}

} // namespace

messages::wallet_row to_wallet(const pqxx::row& from, int at) {
  auto result = messages::wallet_row{};
  result.wallet = key_at<domain::pubkey>(from, at);
  if (!messages::unpack_state(bytes_at(from, at + 2), result.totals))
    fail_damaged("a row of wallet");
  result.totals.realized = i128_at(from, at + 1);
  result.blob = bytes_at(from, at + 3);
  return result;
}

messages::position_row to_position(const pqxx::row& from, int at) {
  auto result = messages::position_row{};
  auto& x = result.position;
  result.wallet = key_at<domain::pubkey>(from, at);
  x.key.mint = key_at<domain::pubkey>(from, at + 1);
  x.key.quote_mint = key_at<domain::pubkey>(from, at + 2);
  if (!messages::unpack_state(bytes_at(from, at + 5), x))
    fail_damaged("a row of position");
  x.units = i128_at(from, at + 3);
  x.realized = i128_at(from, at + 4);
  result.blob = bytes_at(from, at + 6);
  return result;
}

messages::token_row to_token(const pqxx::row& from, int at) {
  auto result = messages::token_row{};
  result.mint = key_at<domain::pubkey>(from, at);
  result.quote_mint = key_at<domain::pubkey>(from, at + 1);
  result.name = from[at + 2].as<std::string>();
  result.symbol = from[at + 3].as<std::string>();
  result.uri = from[at + 4].as<std::string>();
  result.creator = key_at<domain::pubkey>(from, at + 5);
  result.created_at = from[at + 6].as<int64_t>();
  result.last_price = {u128_at(from, at + 7), u128_at(from, at + 8)};
  result.last_trade_at = from[at + 9].as<int64_t>();
  result.graduated = from[at + 10].as<bool>();
  if (!from[at + 11].is_null())
    result.market_cap = i128_at(from, at + 11);
  result.reserve_breaks = unsigned_at(from, at + 12);
  result.blob = bytes_at(from, at + 13);
  return result;
}

messages::candle_row to_candle(const pqxx::row& from) {
  auto result = messages::candle_row{};
  result.mint = key_at<domain::pubkey>(from, 0);
  result.quote_mint = key_at<domain::pubkey>(from, 1);
  result.interval = to_interval(from[2].as<int64_t>());
  result.candle.open_time = from[3].as<int64_t>();
  if (!messages::unpack_state(bytes_at(from, 4), result.candle))
    fail_damaged("a row of candle");
  return result;
}

state_reader::state_reader(session& from, messages::store_identity id)
  : session_(from), id_(id) {
}

template <class F>
void state_reader::visit(const std::string& sql, uint32_t partition,
                         const std::string& end, F&& f) {
  auto width = domain::hash_slots / id_.partitions;
  auto first = partition * width;
  auto hashes = std::to_string(first) + " AND "
                + std::to_string(first + width - 1);
  session_.visit([&](pqxx::transaction_base& tx) {
    visit_rows(tx, sql + " hash BETWEEN " + hashes + " " + end, f);
  });
}

std::vector<messages::cursor_row> state_reader::read_cursors() {
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::cursor_row>{};
    for (auto kind : {projection::wallet, projection::token})
      for (auto partition = 0U; partition < id_.partitions; ++partition)
        result.push_back({kind, partition, 0, 0, 0});
    for (const auto& from : tx.exec("SELECT kind, part, jpos, chain_time, "
                                    "published_jpos FROM cursor")) {
      auto index = unsigned_at(from, 0) * id_.partitions + unsigned_at(from, 1);
      if (index >= result.size())
        fail_damaged("a row of cursor");
      auto& row = result[index];
      row.jpos = unsigned_at(from, 2);
      row.chain_time = from[3].as<int64_t>();
      row.published_jpos = unsigned_at(from, 4);
    }
    return result;
  });
}

std::vector<messages::wallet_state_rows>
state_reader::load_wallets(std::span<const domain::pubkey> wallets) {
  auto keys = to_array(wallets);
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::wallet_state_rows>(wallets.size());
    for (const auto& row : tx.exec_params(
           rows_of_keys(wallet_columns, "wallet", "w", "wallet"), keys))
      result.at(unsigned_at(row, 0) - 1).wallet = to_wallet(row, 1);
    for (const auto& row : tx.exec_params(
           rows_of_keys(position_columns, "position", "p", "wallet")
             + " ORDER BY number, mint, quote_mint",
           keys))
      result.at(unsigned_at(row, 0) - 1)
        .positions.push_back(to_position(row, 1));
    return result;
  });
}

std::vector<std::optional<messages::token_row>>
state_reader::load_tokens(std::span<const domain::pubkey> mints) {
  auto keys = to_array(mints);
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<std::optional<messages::token_row>>(mints.size());
    for (const auto& row : tx.exec_params(
           rows_of_keys(token_columns, "token", "t", "mint"), keys))
      result.at(unsigned_at(row, 0) - 1) = to_token(row, 1);
    return result;
  });
}

void state_reader::visit_wallets(
  uint32_t partition,
  const std::function<void(const messages::wallet_row&)>& f) {
  visit(std::string{"SELECT "} + wallet_columns + " FROM wallet w WHERE",
        partition, "ORDER BY wallet",
        [&](const pqxx::row& row) { f(to_wallet(row)); });
}

void state_reader::visit_positions(
  uint32_t partition,
  const std::function<void(const messages::position_row&)>& f) {
  visit(std::string{"SELECT "} + position_columns + " FROM position p WHERE",
        partition, "ORDER BY wallet, mint, quote_mint",
        [&](const pqxx::row& row) { f(to_position(row)); });
}

void state_reader::visit_holders(
  uint32_t partition,
  const std::function<void(const messages::holders_row&)>& f) {
  visit("SELECT mint, count(DISTINCT wallet) FROM position WHERE units > 0 AND",
        partition, "GROUP BY mint ORDER BY mint", [&](const pqxx::row& from) {
          f({key_at<domain::pubkey>(from, 0), from[1].as<int64_t>()});
        });
}

void state_reader::visit_buckets(
  uint32_t partition,
  const std::function<void(const domain::wallet_bucket&)>& f) {
  visit("SELECT length, start, wallet, state FROM wallet_bucket WHERE",
        partition, "ORDER BY length, start, wallet",
        [&](const pqxx::row& from) {
          auto row = domain::wallet_bucket{};
          row.length = from[0].as<uint32_t>();
          row.start = from[1].as<int64_t>();
          row.wallet = key_at<domain::pubkey>(from, 2);
          if (!messages::unpack_state(bytes_at(from, 3), row))
            fail_damaged("a row of wallet_bucket");
          f(row);
        });
}

void state_reader::visit_tokens(
  uint32_t partition,
  const std::function<void(const messages::token_row&)>& f) {
  visit(std::string{"SELECT "} + token_columns + " FROM token t WHERE",
        partition, "ORDER BY mint",
        [&](const pqxx::row& row) { f(to_token(row)); });
}

void state_reader::visit_candles(
  uint32_t partition, int64_t since,
  const std::function<void(const messages::candle_row&)>& f) {
  visit(std::string{"SELECT "} + candle_columns
          + " FROM candle k WHERE open_time >= " + std::to_string(since)
          + " AND",
        partition, "ORDER BY mint, quote_mint, length, open_time",
        [&](const pqxx::row& row) { f(to_candle(row)); });
}

} // namespace pumpscope::adapters::postgres

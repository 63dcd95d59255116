#include "adapters/postgres/journal_reader.hpp"

#include "adapters/postgres/baseline_reader.hpp"
#include "adapters/postgres/visit_rows.hpp"

#include <algorithm>

namespace pumpscope::adapters::postgres {

namespace {

using messages::projection;
using messages::saturated;

constexpr auto slot_columns
  = "SELECT slot, parent, block_time, executed_transactions, trades, "
    "token_events, ignored, dead_letters, failed_transactions FROM slot ";

messages::journal_rows to_journal(const pqxx::result& rows) {
  auto result = messages::journal_rows{};
  for (const auto& row : rows)
    append_journal_row(row, result);
  return result;
}

std::vector<messages::slot_row> to_slots(const pqxx::result& rows) {
  auto result = std::vector<messages::slot_row>{};
  for (const auto& from : rows) {
    auto& row = result.emplace_back();
    row.slot = unsigned_at(from, 0);
    row.parent = unsigned_at(from, 1);
    row.block_time = from[2].as<int64_t>();
    row.executed_transactions = unsigned_at(from, 3);
    row.trades = from[4].as<uint32_t>();
    row.token_events = from[5].as<uint32_t>();
    row.ignored = from[6].as<uint32_t>();
    row.dead_letters = from[7].as<uint32_t>();
    row.failed_transactions = from[8].as<uint32_t>();
  }
  return result;
}

} // namespace

journal_reader::journal_reader(session& from, messages::store_identity id)
  : session_(from), id_(id) {
}

messages::head_row journal_reader::read_head() {
  return session_.read([](pqxx::transaction_base& tx) {
    auto row = tx.exec1("SELECT fence, epoch, jpos, chain_time, sealed_slot, "
                        "first_slot, open_slot, open_slot_jpos FROM head");
    auto result = messages::head_row{};
    result.fence = unsigned_at(row, 0);
    result.epoch = unsigned_at(row, 1);
    result.jpos = unsigned_at(row, 2);
    result.chain_time = row[3].as<int64_t>();
    result.sealed_slot = unsigned_at(row, 4);
    result.first_slot = unsigned_at(row, 5);
    result.open_slot = unsigned_at(row, 6);
    result.open_slot_jpos = unsigned_at(row, 7);
    return result;
  });
}

messages::journal_rows
journal_reader::load_tail(projection kind, uint32_t partition, uint64_t after,
                          uint64_t up_to, size_t rows_max) {
  auto width = domain::hash_slots / id_.partitions;
  auto first = partition * width;
  auto condition = [](const std::string& column) {
    return "WHERE jpos > $1 AND jpos <= $2 AND " + column
           + " BETWEEN $3 AND $4 ";
  };
  auto sql = kind == projection::wallet
               ? trade_columns + condition("wallet_hash")
               : trade_columns + condition("mint_hash") + "UNION ALL "
                   + event_columns + condition("mint_hash") + "AND kind <> "
                   + std::to_string(voided_kind) + " ";
  return session_.read([&](pqxx::transaction_base& tx) {
    return to_journal(tx.exec_params(sql + "ORDER BY jpos LIMIT $5",
                                     saturated(after), saturated(up_to), first,
                                     first + width - 1, saturated(rows_max)));
  });
}

messages::journal_rows journal_reader::load_slot(uint64_t slot) {
  auto at = domain::void_position(slot);
  return session_.read([&](pqxx::transaction_base& tx) {
    return to_journal(tx.exec_params(
      "SELECT * FROM journal WHERE slot = $1 AND (tx_index, ix_path) <> "
      "($2, $3) ORDER BY tx_index, ix_path",
      saturated(slot), int64_t{at.tx_index}, int64_t{at.ix_path}));
  });
}

messages::journal_rows
journal_reader::load_journal(uint64_t after, uint64_t up_to, size_t rows_max) {
  return session_.read([&](pqxx::transaction_base& tx) {
    return to_journal(
      tx.exec_params("SELECT * FROM journal WHERE jpos > $1 AND jpos <= $2 "
                     "ORDER BY jpos LIMIT $3",
                     saturated(after), saturated(up_to), saturated(rows_max)));
  });
}

void journal_reader::visit(
  const std::function<void(const domain::trade&)>& on_trade,
  const std::function<void(const domain::token_event&)>& on_event) {
  session_.visit([&](pqxx::transaction_base& tx) {
    visit_rows(
      tx, "SELECT * FROM journal ORDER BY slot, tx_index, ix_path",
      [&](const pqxx::row& row) { read_journal_row(row, on_trade, on_event); });
  });
}

std::vector<bool>
journal_reader::contains(std::span<const domain::chain_position> keys) {
  using domain::chain_position;
  auto slots = to_array(keys, [](const chain_position& x) { return x.slot; });
  auto indexes = to_array(keys,
                          [](const chain_position& x) { return x.tx_index; });
  auto paths = to_array(keys,
                        [](const chain_position& x) { return x.ix_path; });
  return session_.read([&](pqxx::transaction_base& tx) {
    auto rows = tx.exec_params(
      "SELECT EXISTS (SELECT FROM trade t WHERE (t.slot, t.tx_index, "
      "t.ix_path) = (k.slot, k.tx_index, k.ix_path)) OR EXISTS (SELECT FROM "
      "token_event e WHERE (e.slot, e.tx_index, e.ix_path) = (k.slot, "
      "k.tx_index, k.ix_path)) FROM unnest($1::bigint[], $2::bigint[], "
      "$3::bigint[]) WITH ORDINALITY k (slot, tx_index, ix_path, number) "
      "ORDER BY number",
      slots, indexes, paths);
    auto result = std::vector<bool>{};
    for (const auto& row : rows)
      result.push_back(row[0].as<bool>());
    return result;
  });
}

std::vector<messages::slot_row> journal_reader::load_slots(uint64_t from,
                                                           uint64_t to) {
  return session_.read([&](pqxx::transaction_base& tx) {
    return to_slots(tx.exec_params(
      slot_columns + std::string{"WHERE slot BETWEEN $1 AND $2 ORDER BY slot"},
      saturated(from), saturated(to)));
  });
}

std::vector<messages::slot_row> journal_reader::load_last_slots(size_t count) {
  auto result = session_.read([&](pqxx::transaction_base& tx) {
    return to_slots(
      tx.exec_params(slot_columns + std::string{"ORDER BY slot DESC LIMIT $1"},
                     saturated(count)));
  });
  std::reverse(result.begin(), result.end());
  return result;
}

std::vector<messages::pool_row> journal_reader::load_pools() {
  return session_.read([](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::pool_row>{};
    for (const auto& row :
         tx.exec("SELECT pool, base_mint, quote_mint FROM pool ORDER BY pool"))
      result.push_back({key_at<domain::pubkey>(row, 0),
                        key_at<domain::pubkey>(row, 1),
                        key_at<domain::pubkey>(row, 2)});
    return result;
  });
}

std::vector<messages::gap_row> journal_reader::load_gaps(bool open_only) {
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::gap_row>{};
    for (const auto& row : tx.exec_params(
           "SELECT from_slot, to_slot, opened_at, reason, filled FROM gap "
           "WHERE NOT (filled AND $1) ORDER BY from_slot, to_slot",
           open_only))
      result.push_back({unsigned_at(row, 0), unsigned_at(row, 1),
                        row[2].as<int64_t>(), row[3].as<std::string>(),
                        row[4].as<bool>()});
    return result;
  });
}

std::vector<messages::repair_row>
journal_reader::load_repairs(projection kind) {
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::repair_row>{};
    for (const auto& row : tx.exec_params(
           "SELECT key, jpos FROM repair WHERE kind = $1 ORDER BY key, jpos",
           static_cast<int>(kind)))
      result.push_back(
        {kind, key_at<domain::pubkey>(row, 0), unsigned_at(row, 1)});
    return result;
  });
}

std::vector<domain::dead_letter>
journal_reader::load_dead_letters(std::optional<domain::chain_position> after,
                                  size_t count) {
  using domain::dead_letter_reason;
  auto from = after.value_or(domain::chain_position{});
  auto first = after ? static_cast<int64_t>(saturated(from.slot)) : -1;
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<domain::dead_letter>{};
    for (const auto& row : tx.exec_params(
           "SELECT slot, tx_index, ix_path, block_time, program, reason, "
           "decoder_version, signature, raw FROM dead_letter "
           "WHERE (slot, tx_index, ix_path) > ($1, $2, $3) "
           "ORDER BY slot, tx_index, ix_path LIMIT $4",
           first, int64_t{from.tx_index}, int64_t{from.ix_path},
           saturated(count))) {
      auto& x = result.emplace_back();
      x.position = {unsigned_at(row, 0), row[1].as<uint32_t>(),
                    row[2].as<uint32_t>()};
      x.block_time = row[3].as<int64_t>();
      auto program = unsigned_at(row, 4);
      auto reason = unsigned_at(row, 5);
      if (program > static_cast<uint64_t>(domain::program::pump_amm)
          || reason
               > static_cast<uint64_t>(dead_letter_reason::slot_not_sealed))
        fail_damaged("a row of dead_letter");
      x.program = static_cast<domain::program>(program);
      x.reason = static_cast<dead_letter_reason>(reason);
      x.decoder_version = row[6].as<uint32_t>();
      x.signature = key_at<domain::signature>(row, 7);
      x.raw = bytes_at(row, 8);
    }
    return result;
  });
}

std::vector<messages::audit_row> journal_reader::load_audit(size_t count) {
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::audit_row>{};
    for (const auto& row :
         tx.exec_params("SELECT found_at, kind, key, jpos, what FROM audit "
                        "ORDER BY number DESC LIMIT $1",
                        saturated(count)))
      result.push_back({row[0].as<int64_t>(),
                        static_cast<projection>(row[1].as<int>()),
                        key_at<domain::pubkey>(row, 2), unsigned_at(row, 3),
                        row[4].as<std::string>()});
    return result;
  });
}

messages::store_counts journal_reader::counts() {
  return session_.read([](pqxx::transaction_base& tx) {
    auto row = tx.exec1(
      "SELECT trades, token_events, greatest((SELECT max(jpos) FROM trade), "
      "(SELECT max(jpos) FROM token_event), "
      "(SELECT dropped_jpos FROM retention)), (SELECT count(*) FROM slot), "
      "(SELECT count(*) FROM gap WHERE NOT filled), "
      "(SELECT count(*) FROM dead_letter), (SELECT count(*) FROM repair) "
      "FROM head");
    auto result = messages::store_counts{};
    result.trades = unsigned_at(row, 0);
    result.token_events = unsigned_at(row, 1);
    result.max_jpos = unsigned_at(row, 2);
    result.slots = unsigned_at(row, 3);
    result.open_gaps = unsigned_at(row, 4);
    result.dead_letters = unsigned_at(row, 5);
    result.repairs = unsigned_at(row, 6);
    return result;
  });
}

key_history::key_history(session& from, uint64_t number, projection kind,
                         const domain::pubkey& key, uint64_t up_to)
  : session_(from), name_("history_" + std::to_string(number)) {
  auto sql = history_sql(kind, "= " + to_literal(key),
                         "AND jpos <= " + std::to_string(saturated(up_to)),
                         up_to);
  session_.read([&](pqxx::transaction_base& tx) {
    // Before the snapshot: a baseline and the rows behind it belong together,
    // and partitions are dropped under a lock that conflicts with this one.
    tx.exec0("LOCK TABLE trade IN ACCESS SHARE MODE");
    start_ = std::move(load_starts(tx, kind, {&key, 1}).front());
    tx.exec0("DECLARE " + name_ + " NO SCROLL CURSOR WITH HOLD FOR " + sql
             + "ORDER BY slot, tx_index, ix_path");
    // Held cursors outlive their transaction when it is committed.
    tx.commit();
  });
}

key_history::~key_history() {
  session_.close_cursor(name_);
}

messages::journal_rows key_history::next(size_t rows_max) {
  return session_.read_once([&](pqxx::transaction_base& tx) {
    return to_journal(tx.exec("FETCH " + std::to_string(saturated(rows_max))
                              + " FROM " + name_));
  });
}

} // namespace pumpscope::adapters::postgres

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/journal_reader.hpp"

#include <algorithm>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

messages::slot_row read_slot(const statement& from) {
  auto result = messages::slot_row{};
  result.slot = from.unsigned_integer(0);
  result.parent = from.unsigned_integer(1);
  result.block_time = from.integer(2);
  result.executed_transactions = from.unsigned_integer(3);
  result.trades = static_cast<uint32_t>(from.integer(4));
  result.token_events = static_cast<uint32_t>(from.integer(5));
  result.ignored = static_cast<uint32_t>(from.integer(6));
  result.dead_letters = static_cast<uint32_t>(from.integer(7));
  result.failed_transactions = static_cast<uint32_t>(from.integer(8));
  return result;
}

uint64_t count(database& db, const std::string& what) {
  return static_cast<uint64_t>(
    db.query_integer("SELECT count(*) FROM " + what));
}

} // namespace

std::vector<messages::slot_row> journal_reader::load_slots(uint64_t from,
                                                           uint64_t to) {
  auto result = std::vector<messages::slot_row>{};
  auto select = db_.prepare(
    "SELECT * FROM slot WHERE slot >= ? AND slot <= ? ORDER BY slot");
  select.bind(saturated(from), saturated(to));
  while (select.step())
    result.push_back(read_slot(select));
  return result;
}

std::vector<messages::slot_row> journal_reader::load_last_slots(size_t count) {
  auto result = std::vector<messages::slot_row>{};
  auto select = db_.prepare("SELECT * FROM slot ORDER BY slot DESC LIMIT ?");
  select.bind(saturated(count));
  while (select.step())
    result.push_back(read_slot(select));
  std::reverse(result.begin(), result.end());
  return result;
}

std::vector<messages::pool_row> journal_reader::load_pools() {
  auto result = std::vector<messages::pool_row>{};
  auto select
    = db_.prepare("SELECT pool, base_mint, quote_mint FROM pool ORDER BY pool");
  while (select.step()) {
    auto& row = result.emplace_back();
    if (!from_bytes(select.blob(0), row.pool)
        || !from_bytes(select.blob(1), row.base_mint)
        || !from_bytes(select.blob(2), row.quote_mint))
      fail_damaged(db_, "a row of pool");
  }
  return result;
}

std::vector<messages::gap_row> journal_reader::load_gaps(bool open_only) {
  auto result = std::vector<messages::gap_row>{};
  auto select = db_.prepare(
    "SELECT from_slot, to_slot, opened_at, reason, filled FROM gap "
    "WHERE filled <= ? ORDER BY from_slot, to_slot");
  select.bind(open_only ? int64_t{0} : int64_t{1});
  while (select.step())
    result.push_back({select.unsigned_integer(0), select.unsigned_integer(1),
                      select.integer(2), std::string{select.blob(3)},
                      select.integer(4) != 0});
  return result;
}

std::vector<messages::repair_row>
journal_reader::load_repairs(projection kind) {
  auto result = std::vector<messages::repair_row>{};
  auto select = db_.prepare(
    "SELECT key, jpos FROM repair WHERE kind = ? ORDER BY key, jpos");
  select.bind(static_cast<uint32_t>(kind));
  while (select.step()) {
    auto& row = result.emplace_back();
    row.kind = kind;
    row.jpos = select.unsigned_integer(1);
    if (!from_bytes(select.blob(0), row.key))
      fail_damaged(db_, "a row of repair");
  }
  return result;
}

std::vector<domain::dead_letter>
journal_reader::load_dead_letters(std::optional<domain::chain_position> after,
                                  size_t count) {
  using domain::dead_letter_reason;
  auto result = std::vector<domain::dead_letter>{};
  auto select = db_.prepare(
    "SELECT slot, tx_index, ix_path, signature, block_time, program, reason, "
    "decoder_version, raw FROM dead_letter "
    "WHERE (slot, tx_index, ix_path) > (?, ?, ?) "
    "ORDER BY slot, tx_index, ix_path LIMIT ?");
  if (after)
    select.bind(after->slot, after->tx_index, after->ix_path, saturated(count));
  else
    select.bind(int64_t{-1}, int64_t{0}, int64_t{0}, saturated(count));
  while (select.step()) {
    auto& row = result.emplace_back();
    row.position.slot = select.unsigned_integer(0);
    row.position.tx_index = static_cast<uint32_t>(select.integer(1));
    row.position.ix_path = static_cast<uint32_t>(select.integer(2));
    row.block_time = select.integer(4);
    auto program = select.unsigned_integer(5);
    auto reason = select.unsigned_integer(6);
    row.decoder_version = static_cast<uint32_t>(select.integer(7));
    row.raw = select.blob(8);
    if (!from_bytes(select.blob(3), row.signature)
        || program > static_cast<uint64_t>(domain::program::pump_amm)
        || reason > static_cast<uint64_t>(dead_letter_reason::below_retention))
      fail_damaged(db_, "a row of dead_letter");
    row.program = static_cast<domain::program>(program);
    row.reason = static_cast<dead_letter_reason>(reason);
  }
  return result;
}

std::vector<messages::audit_row> journal_reader::load_audit(size_t count) {
  auto result = std::vector<messages::audit_row>{};
  auto select = db_.prepare("SELECT found_at, kind, key, jpos, what FROM audit "
                            "ORDER BY number DESC LIMIT ?");
  select.bind(saturated(count));
  while (select.step()) {
    auto& row = result.emplace_back();
    row.found_at = select.integer(0);
    row.kind = static_cast<messages::projection>(select.integer(1));
    row.jpos = select.unsigned_integer(3);
    row.what = select.blob(4);
    if (!from_bytes(select.blob(2), row.key))
      fail_damaged(db_, "a row of audit");
  }
  return result;
}

messages::store_counts journal_reader::counts() {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = messages::store_counts{};
  auto head = db_.prepare("SELECT trades, token_events FROM head");
  if (!head.step())
    fail_damaged(db_, "it has no head");
  result.trades = head.unsigned_integer(0);
  result.token_events = head.unsigned_integer(1);
  result.max_jpos = static_cast<uint64_t>(
    db_.query_integer("SELECT coalesce(max(jpos), 0) FROM journal"));
  result.slots = count(db_, "slot");
  result.open_gaps = count(db_, "gap WHERE filled = 0");
  result.dead_letters = count(db_, "dead_letter");
  result.repairs = count(db_, "repair");
  tx.commit();
  return result;
}

} // namespace pumpscope::adapters::sqlite

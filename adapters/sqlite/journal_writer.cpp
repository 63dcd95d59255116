#include "adapters/sqlite/journal_writer.hpp"

#include "adapters/sqlite/columns.hpp"

namespace pumpscope::adapters::sqlite {

namespace {

using messages::commit_outcome;
using messages::projection;

[[noreturn]] void fail_missing(const database& db, const std::string& what) {
  throw failure{{domain::errc::internal, db.path() + ": " + what}};
}

} // namespace

messages::head_row load_head(database& db) {
  auto select = db.prepare(
    "SELECT fence, epoch, jpos, chain_time, sealed_slot, first_slot, "
    "open_slot, open_slot_jpos FROM head");
  if (!select.step())
    fail_damaged(db, "it has no head");
  auto result = messages::head_row{};
  result.fence = select.unsigned_integer(0);
  result.epoch = select.unsigned_integer(1);
  result.jpos = select.unsigned_integer(2);
  result.chain_time = select.integer(3);
  result.sealed_slot = select.unsigned_integer(4);
  result.first_slot = select.unsigned_integer(5);
  result.open_slot = select.unsigned_integer(6);
  result.open_slot_jpos = select.unsigned_integer(7);
  return result;
}

messages::head_row journal_writer::take_over(uint64_t held) {
  auto tx = transaction{db_, transaction::kind::write};
  if (held != 0 && load_head(db_).fence != held)
    throw failure{{domain::errc::fenced, "another owner took the store over"}};
  db_.prepare("UPDATE head SET fence = fence + 1").run();
  auto result = load_head(db_);
  tx.commit();
  return result;
}

void journal_writer::record(const messages::audit_row& x) {
  auto tx = transaction{db_, transaction::kind::write};
  auto kept = static_cast<int64_t>(messages::audit_rows_max);
  db_
    .prepare("DELETE FROM audit WHERE number <= "
             "(SELECT max(number) FROM audit) - ?")
    .bind(kept - 1)
    .run();
  db_
    .prepare("INSERT INTO audit (found_at, kind, key, jpos, what) "
             "VALUES (?, ?, ?, ?, ?)")
    .bind(x.found_at, static_cast<uint32_t>(x.kind), bytes_of(x.key), x.jpos,
          text_value{
            std::string_view{x.what}.substr(0, messages::audit_text_bytes_max)})
    .run();
  tx.commit();
}

commit_outcome journal_writer::commit(const messages::epoch& x) {
  auto tx = transaction{db_, transaction::kind::write};
  auto head = load_head(db_);
  if (head.fence != x.before.fence)
    return commit_outcome::fenced;
  if (head != x.before)
    return commit_outcome::stale;
  try {
    insert_rows(x);
    insert_slots(x);
    insert_letters(x);
    delete_voided(x);
    insert_gaps(x);
    update_head(x);
    tx.commit();
  } catch (...) {
    index_.forget();
    throw;
  }
  return commit_outcome::committed;
}

void journal_writer::insert_rows(const messages::epoch& x) {
  by_wallet_.clear();
  by_mint_.clear();
  auto insert
    = db_.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  auto add = [&](const auto& row, uint32_t kind) {
    pack_body(packer_, row);
    insert
      .bind(row.jpos, kind, row.position.slot, row.position.tx_index,
            row.position.ix_path, row.block_time, bytes_of(row.wallet),
            bytes_of(row.mint), bytes_of(row.signature), packer_.bytes())
      .run();
  };
  auto add_mint = [&](const auto& row) {
    by_mint_.push_back({key_index::hash_of(row.mint, id_.hash_seed), row.jpos});
  };
  auto trade = x.trades.begin();
  auto event = x.token_events.begin();
  // By jpos, so that the table only ever grows at its end.
  while (trade != x.trades.end() || event != x.token_events.end()) {
    if (event == x.token_events.end()
        || (trade != x.trades.end() && trade->jpos < event->jpos)) {
      add(*trade, 0);
      add_mint(*trade);
      by_wallet_.push_back(
        {key_index::hash_of(trade->wallet, id_.hash_seed), trade->jpos});
      ++trade;
    } else {
      add(*event, 1 + static_cast<uint32_t>(event->kind));
      // A row that voids a slot is of no token.
      if (event->kind != domain::token_event_kind::slot_voided)
        add_mint(*event);
      ++event;
    }
  }
  index_.add(projection::wallet, by_wallet_);
  index_.add(projection::token, by_mint_);
}

void journal_writer::insert_slots(const messages::epoch& x) {
  auto insert
    = db_.prepare("INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (auto& row : x.slots)
    insert
      .bind(row.slot, row.parent, row.block_time, row.executed_transactions,
            row.trades, row.token_events, row.ignored, row.dead_letters,
            row.failed_transactions)
      .run();
}

void journal_writer::insert_letters(const messages::epoch& x) {
  auto insert = db_.prepare(
    "INSERT OR IGNORE INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (auto& row : x.dead_letters)
    insert
      .bind(row.position.slot, row.position.tx_index, row.position.ix_path,
            bytes_of(row.signature), row.block_time,
            static_cast<uint32_t>(row.program),
            static_cast<uint32_t>(row.reason), row.decoder_version,
            std::string_view{row.raw})
      .run();
  auto resolve = db_.prepare(
    "DELETE FROM dead_letter WHERE slot = ? AND tx_index = ? "
    "AND ix_path = ?");
  for (auto& key : x.dead_letters_resolved) {
    resolve.bind(key.slot, key.tx_index, key.ix_path).run();
    if (db_.changes() != 1)
      fail_missing(db_, "a dead letter that is resolved does not exist");
  }
}

void journal_writer::delete_voided(const messages::epoch& x) {
  auto slot = db_.prepare("DELETE FROM slot WHERE slot = ?");
  auto letters = db_.prepare("DELETE FROM dead_letter WHERE slot = ?");
  for (auto voided : x.slots_voided) {
    slot.bind(voided).run();
    if (db_.changes() != 1)
      fail_missing(db_, "a slot that is voided is not sealed");
    letters.bind(voided).run();
  }
}

void journal_writer::insert_gaps(const messages::epoch& x) {
  auto insert = db_.prepare("INSERT INTO gap VALUES (?, ?, ?, ?, 0)");
  for (auto& row : x.gaps_opened)
    insert
      .bind(row.from_slot, row.to_slot, row.opened_at, text_value{row.reason})
      .run();
  auto fill = db_.prepare("UPDATE gap SET filled = 1 WHERE from_slot = ? "
                          "AND to_slot = ? AND filled = 0");
  for (auto& row : x.gaps_filled) {
    fill.bind(row.from_slot, row.to_slot).run();
    if (db_.changes() != 1)
      fail_missing(db_, "a gap that is filled is not open");
  }
  auto repair = db_.prepare("INSERT INTO repair VALUES (?, ?, ?)");
  for (auto& row : x.repairs)
    repair.bind(static_cast<uint32_t>(row.kind), bytes_of(row.key), row.jpos)
      .run();
  // What a pool holds never changes: naming it again is no violation.
  auto pool = db_.prepare("INSERT OR REPLACE INTO pool VALUES (?, ?, ?)");
  for (auto& row : x.pools)
    pool
      .bind(bytes_of(row.pool), bytes_of(row.base_mint),
            bytes_of(row.quote_mint))
      .run();
}

void journal_writer::update_head(const messages::epoch& x) {
  auto& to = x.after;
  db_
    .prepare("UPDATE head SET epoch = ?, jpos = ?, chain_time = ?, "
             "sealed_slot = ?, first_slot = ?, open_slot = ?, "
             "open_slot_jpos = ?, trades = trades + ?, "
             "token_events = token_events + ?")
    .bind(to.epoch, to.jpos, to.chain_time, to.sealed_slot, to.first_slot,
          to.open_slot, to.open_slot_jpos,
          static_cast<uint64_t>(x.trades.size()),
          static_cast<uint64_t>(x.token_events.size()))
    .run();
}

} // namespace pumpscope::adapters::sqlite

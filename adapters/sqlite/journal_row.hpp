#pragma once

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/database.hpp"

#include <utility>

namespace pumpscope::adapters::sqlite {

/// Throws that a row of the journal cannot be read.
[[noreturn]] inline void fail_row(const database& db, uint64_t jpos) {
  fail_damaged(db, "journal row " + std::to_string(jpos));
}

/// Reads the columns of `journal`, in the order of the schema, that trades and
/// events share; false when damaged.
template <class Row>
bool read_columns(const statement& from, Row& x) {
  x.jpos = from.unsigned_integer(0);
  x.position.slot = from.unsigned_integer(2);
  x.position.tx_index = static_cast<uint32_t>(from.integer(3));
  x.position.ix_path = static_cast<uint32_t>(from.integer(4));
  x.block_time = from.integer(5);
  return from_bytes(from.blob(6), x.wallet) && from_bytes(from.blob(7), x.mint)
         && from_bytes(from.blob(8), x.signature)
         && unpack_body(from.blob(9), x);
}

/// Hands the row, all columns of `journal`, to the function for its type.
template <class OnTrade, class OnEvent>
void read_row(const database& db, const statement& from, OnTrade&& on_trade,
              OnEvent&& on_event) {
  using domain::token_event_kind;
  auto kind = from.integer(1);
  auto jpos = from.unsigned_integer(0);
  if (kind == 0) {
    auto row = domain::trade{};
    if (!read_columns(from, row))
      fail_row(db, jpos);
    on_trade(std::move(row));
    return;
  }
  if (kind < 0
      || kind > 1 + static_cast<int64_t>(token_event_kind::slot_voided))
    fail_row(db, jpos);
  auto row = domain::token_event{};
  row.kind = static_cast<token_event_kind>(kind - 1);
  if (!read_columns(from, row))
    fail_row(db, jpos);
  on_event(std::move(row));
}

} // namespace pumpscope::adapters::sqlite

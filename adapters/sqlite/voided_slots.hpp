#pragma once

#include "adapters/sqlite/database.hpp"

#include <cstdint>

namespace pumpscope::adapters::sqlite {

/// Tells which slots do not count; remembers the last answer, because rows of
/// one slot come together.
class voided_slots {
public:
  explicit voided_slots(database& db) : db_(db) {
  }

  /// Whether a row up to the position `up_to` voids the slot; always asked with
  /// the same position.
  bool has(uint64_t slot, uint64_t up_to);

private:
  database& db_;
  uint64_t slot_ = 0;
  bool voided_ = false;
};

} // namespace pumpscope::adapters::sqlite

#pragma once

#include "messages/store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace pumpscope::actors {

/// What became of the comparison of one key.
enum class audit_outcome : uint8_t {
  /// The stored state is the fold of the journal.
  equal,
  /// It is not.
  different,
  /// Not compared: a repair is open, or the state changed again and again.
  busy,
  /// Not compared: the history is longer than allowed.
  too_long,
};

struct audit_result {
  audit_outcome outcome = audit_outcome::equal;
  /// The journal up to here was compared.
  uint64_t jpos = 0;
  /// What differs first, for people; ASCII.
  std::string what = {};
};

/// Folds one key from the journal up to the cursor of its partition and
/// compares all numbers and bytes of the result with what is stored: totals and
/// positions of a wallet, the state of a token. May run beside the owner of the
/// store. Memory: one page of the history and the state.
///
/// @param rows_max Rows of a history above which it is left alone.
messages::store_result<audit_result>
audit_key(messages::store& store, messages::projection kind,
          const domain::pubkey& key, size_t rows_max);

} // namespace pumpscope::actors

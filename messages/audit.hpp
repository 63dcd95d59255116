#pragma once

#include "domain/pubkey.hpp"
#include "messages/rows.hpp"

#include <cstdint>
#include <string>

namespace pumpscope::messages {

/// An incident: a stored state that was not the fold of its journal.
struct audit_row {
  /// When it was found, unix seconds of this machine's clock.
  int64_t found_at = 0;
  projection kind = projection::wallet;
  domain::pubkey key = {};
  /// The journal up to here was compared with the state.
  uint64_t jpos = 0;
  /// What differed, for people; stores cut it at `audit_text_bytes_max`.
  std::string what = {};

  friend bool operator==(const audit_row&, const audit_row&) = default;
};

/// Incidents that a store keeps: the last ones.
inline constexpr uint64_t audit_rows_max = 1'000;

/// Bytes of `audit_row::what`: ASCII.
inline constexpr size_t audit_text_bytes_max = 1'000;

/// Command to the sequencer: fold the states of this key again from the
/// journal.
struct repair_wanted {
  projection kind = projection::wallet;
  domain::pubkey key = {};
};

/// Event: the audit found an incident.
struct audit_found {
  audit_row row = {};
};

} // namespace pumpscope::messages

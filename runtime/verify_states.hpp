#pragma once

#include "runtime/verify_journal.hpp"

namespace pumpscope::runtime {

/// Compares every stored token, number by number and byte by byte, with a fold
/// of its rows.
outcome<void> verify_tokens(messages::store& store, const references& refs,
                            verify_report& report);

/// Compares the buckets that boards are summed from.
outcome<void> verify_buckets(messages::store& store, const references& refs,
                             verify_report& report);

/// Checks that no cursor is beyond the journal, or beside itself. One that
/// names an earlier position than the states have is found by their
/// comparison.
outcome<void> verify_cursors(messages::store& store, const references& refs,
                             verify_report& report);

} // namespace pumpscope::runtime

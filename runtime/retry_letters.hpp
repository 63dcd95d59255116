#pragma once

#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pumpscope::runtime {

/// What became of dead letters that were decoded again.
struct retry_report {
  /// Letters that were looked at.
  uint64_t letters = 0;
  /// Letters that are none any more; those whose rows the journal had already
  /// are among them.
  uint64_t resolved = 0;
  /// Rows that they became, and trades that are counted only (no coin trade).
  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t ignored = 0;
  /// Letters that stay.
  uint64_t remaining = 0;
  /// Those of them that can never be rows again: the journal begins behind.
  uint64_t below_retention = 0;
};

/// Decodes dead letters again, all or the one at `only`, and journals the rows
/// that come out together with their repairs, each letter in the epoch that
/// deletes it: it may be killed and repeated at any point. A letter stays when
/// it still cannot be decoded, when its raw bytes were cut, or when the pool of
/// its trade is still not known.
///
/// `head` is that of the store, with a fence that is ours. The states follow
/// when a pipeline starts on it: it does the repairs first.
outcome<retry_report>
retry_letters(messages::store& store, const messages::head_row& head,
              const std::optional<domain::chain_position>& only);

/// Raises the fence of the store first: whoever owned it ends.
outcome<retry_report>
retry_letters(messages::store& store,
              const std::optional<domain::chain_position>& only = {});

/// The report as one line of JSON, without a newline.
std::string to_json(const retry_report& x);

} // namespace pumpscope::runtime

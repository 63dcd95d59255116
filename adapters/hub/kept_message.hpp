#pragma once

#include "messages/publication.hpp"

#include <cstdint>
#include <memory>

namespace pumpscope::hub {

/// A message as it came, with what its envelope needs.
struct kept_message {
  messages::publication message = {};
  uint64_t fence = 0;
  /// When it was published, in Unix milliseconds.
  int64_t published_ms = 0;
};

using kept_message_ptr = std::shared_ptr<const kept_message>;

/// The newest message of a token.
using token_entry = kept_message;
using token_entry_ptr = kept_message_ptr;

/// Returns what a token's message says.
inline const messages::token_publication& token_of(const token_entry& x) {
  return std::get<messages::token_publication>(x.message);
}

} // namespace pumpscope::hub

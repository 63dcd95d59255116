#pragma once

#include "adapters/hub/kept_message.hpp"
#include "domain/pubkey.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace pumpscope::hub {

using token_list = std::vector<token_entry_ptr>;
using token_list_ptr = std::shared_ptr<const token_list>;

/// The newest message of each token. Thread-safe; has a lock of its own, so
/// that lists hold nobody else up.
///
/// Bound: `tokens_max`; those whose last trade is oldest go, a sixteenth at a
/// time.
class token_directory {
public:
  explicit token_directory(size_t tokens_max) : tokens_max_{tokens_max} {
    // nop
  }

  /// Keeps a token's message; an older one than is known changes nothing.
  void put(token_entry_ptr x);

  /// Null when the token is not known.
  [[nodiscard]] token_entry_ptr find(const domain::pubkey& mint) const;

  /// All tokens, in no order: shared by whoever asks until `refresh`, so that a
  /// list query costs no copy. It may lack what came since then.
  [[nodiscard]] token_list_ptr list() const;

  /// Lets the next `list` see what came.
  void refresh();

  [[nodiscard]] size_t size() const;

private:
  void make_room();

  mutable std::mutex mutex_ = {};
  size_t tokens_max_;
  boost::unordered_flat_map<domain::pubkey, token_entry_ptr,
                            domain::pubkey_hasher>
    tokens_ = {};
  mutable token_list_ptr list_ = {};
  bool changed_ = false;
};

} // namespace pumpscope::hub

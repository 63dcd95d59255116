#pragma once

#include "domain/error.hpp"
#include "domain/pubkey.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// Keys from one to another one, both included, in the order of their bytes.
struct pubkey_range {
  pubkey first = {};
  pubkey last = {};

  [[nodiscard]] bool has(const pubkey& x) const {
    return first <= x && x <= last;
  }

  friend bool operator==(const pubkey_range&, const pubkey_range&) = default;
};

/// Returns the keys whose base58 text begins with `prefix`, ascending: what an
/// index over bytes needs. Texts of one length are one range, and nearly all
/// keys have 43 or 44 characters, so that there are two ranges at most; none
/// where no key begins so. A whole text gives one range of one key.
/// Refuses with `errc::invalid_text` what is empty, longer than any key's text,
/// or has characters that base58 does not have.
result<std::vector<pubkey_range>> find_prefix_ranges(std::string_view prefix);

/// Keeps the first `count` keys by the order of their base58 texts, in this
/// order. That is the order of their bytes only among texts of one length.
void keep_first_by_text(std::vector<pubkey>& keys, size_t count);

} // namespace pumpscope::domain

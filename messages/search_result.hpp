#pragma once

#include "messages/rows.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace pumpscope::messages {

/// Tells whether a text, valid UTF-8, has the `search_inside_min` characters
/// that it needs to be searched for in the middle of names.
bool is_searched_inside(std::string_view text);

/// Tokens that a search finds, tier by tier: those of an earlier tier come
/// first and are left out of later ones.
class search_result {
public:
  explicit search_result(size_t rows_max) : rows_max_(rows_max) {
  }

  /// Adds what a tier gave, in any order: those that were traded last come
  /// first, then by mint.
  void add_tier(std::vector<token_row> found);

  /// Further tiers could add nothing.
  [[nodiscard]] bool full() const {
    return rows_.size() >= rows_max_;
  }

  std::vector<token_row> take() {
    return std::move(rows_);
  }

private:
  size_t rows_max_;
  std::vector<token_row> rows_ = {};
  std::unordered_set<domain::pubkey, domain::pubkey_hasher> mints_ = {};
};

} // namespace pumpscope::messages

#pragma once

#include "domain/leaderboard.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace pumpscope::domain {

/// The few wallets that can be on top of one board, so that asking for the top
/// does not look at all of them.
///
/// Invariant: every wallet that is on the board and no member ranks at or
/// after `threshold_` (none when there is no threshold). A member may sink
/// unnoticed; whoever asks looks at its present row. When too few members rank
/// before the threshold, all wallets are looked at again: the answer is always
/// exact.
///
/// Bound: `2 * keep_` members, `keep_` = at least 128 and twice the largest
/// `n` that was asked for.
class board_candidates {
public:
  board_candidates(board_by by, board_side side) : by_(by), side_(side) {
    // nop
  }

  /// Tells whether a wallet with this row has to become a member. Call for
  /// each wallet that is no member whenever its row changed.
  [[nodiscard]] bool wants(const board_row& row) const {
    return is_on_board(row, by_, side_)
           && (!bounded_ || ranks_before(row, threshold_, by_, side_));
  }

  /// Adds a member. `row_of(id)` gives the row of a wallet, `on_drop(id)` is
  /// called for each member that is one no more.
  template <class RowOf, class OnDrop>
  void add(uint32_t id, RowOf row_of, OnDrop on_drop) {
    members_.push_back(id);
    if (members_.size() > 2 * keep_)
      compact(row_of, on_drop);
  }

  /// Forgets all knowledge about outsiders: the next `top` looks at all.
  void invalidate() {
    stale_ = true;
  }

  /// Returns the first `n` rows of the board. `ids` is the number of wallets.
  template <class RowOf, class OnAdd, class OnDrop>
  std::vector<board_row>
  top(size_t n, uint32_t ids, RowOf row_of, OnAdd on_add, OnDrop on_drop) {
    keep_ = std::max(keep_, 2 * n);
    if (!stale_) {
      auto rows = valid_rows(row_of);
      if (!bounded_ || rows.size() >= n)
        return make_board(std::move(rows), by_, side_, n);
    }
    rescan(ids, row_of, on_add, on_drop);
    return make_board(valid_rows(row_of), by_, side_, n);
  }

  [[nodiscard]] size_t size() const {
    return members_.size();
  }

private:
  using ranked = std::pair<board_row, uint32_t>;

  /// Rows of the members that surely rank before all outsiders.
  template <class RowOf>
  std::vector<board_row> valid_rows(RowOf row_of) const {
    auto rows = std::vector<board_row>{};
    rows.reserve(members_.size());
    for (auto id : members_)
      if (auto row = row_of(id); wants(row))
        rows.push_back(row);
    return rows;
  }

  /// Keeps the best `keep_` of `candidates` as members and lowers the
  /// threshold to the best of the others.
  template <class OnDrop>
  void keep_best(std::vector<ranked>& candidates, OnDrop on_drop) {
    auto before = [this](const ranked& x, const ranked& y) {
      return ranks_before(x.first, y.first, by_, side_);
    };
    members_.clear();
    if (candidates.size() > keep_) {
      auto border = candidates.begin() + static_cast<std::ptrdiff_t>(keep_);
      std::nth_element(candidates.begin(), border, candidates.end(), before);
      if (wants(border->first)) {
        threshold_ = border->first;
        bounded_ = true;
      }
      for (auto it = border; it != candidates.end(); ++it)
        on_drop(it->second);
      candidates.erase(border, candidates.end());
    }
    for (const auto& x : candidates)
      members_.push_back(x.second);
  }

  template <class RowOf, class OnDrop>
  void compact(RowOf row_of, OnDrop on_drop) {
    auto candidates = std::vector<ranked>{};
    candidates.reserve(members_.size());
    for (auto id : members_) {
      if (auto row = row_of(id); wants(row))
        candidates.emplace_back(row, id);
      else
        on_drop(id);
    }
    keep_best(candidates, on_drop);
  }

  template <class RowOf, class OnAdd, class OnDrop>
  void rescan(uint32_t ids, RowOf row_of, OnAdd on_add, OnDrop on_drop) {
    for (auto id : members_)
      on_drop(id);
    members_.clear();
    stale_ = false;
    bounded_ = false;
    auto candidates = std::vector<ranked>{};
    for (uint32_t id = 0; id < ids; ++id) {
      auto row = row_of(id);
      // The threshold rises while we look, so that few rows are kept at a time.
      if (!wants(row))
        continue;
      candidates.emplace_back(row, id);
      if (candidates.size() > 4 * keep_)
        keep_best(candidates, [](uint32_t) {});
    }
    keep_best(candidates, [](uint32_t) {});
    for (auto id : members_)
      on_add(id);
  }

  board_by by_;
  board_side side_;
  std::vector<uint32_t> members_ = {};
  size_t keep_ = 128;
  /// Whether outsiders may be on the board.
  bool bounded_ = false;
  bool stale_ = false;
  board_row threshold_ = {};
};

} // namespace pumpscope::domain

#pragma once

#include "domain/error.hpp"
#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pumpscope::domain {

/// Names a position of a wallet.
struct position_key {
  pubkey mint = {};
  pubkey quote_mint = {};

  friend auto operator<=>(const position_key&, const position_key&) = default;
};

/// What is left of one buy: first in, first out.
struct lot {
  i128 units = 0;
  i128 cost = 0;
  /// Unix seconds of the buy.
  int64_t bought_at = 0;

  friend bool operator==(const lot&, const lot&) = default;
};

/// The lots of a position, oldest first. Taking the oldest is amortized O(1),
/// so that a wallet with 10^5 dust buys cannot make each sell move them all.
/// It has as many lots as the wallet made buys that are not sold yet.
class lot_queue {
public:
  using value_type = lot;

  lot_queue() = default;

  /// Takes lots over, oldest first.
  lot_queue(std::vector<lot> lots) : lots_(std::move(lots)) {
    // nop
  }

  [[nodiscard]] const lot* begin() const {
    return lots_.data() + first_;
  }

  [[nodiscard]] const lot* end() const {
    return lots_.data() + lots_.size();
  }

  [[nodiscard]] size_t size() const {
    return lots_.size() - first_;
  }

  [[nodiscard]] bool empty() const {
    return first_ == lots_.size();
  }

  const lot& operator[](size_t index) const {
    return lots_[first_ + index];
  }

  /// Pre: not empty.
  lot& front() {
    return lots_[first_];
  }

  void push_back(const lot& x) {
    lots_.push_back(x);
  }

  /// Removes the oldest lot. Pre: not empty.
  void pop_front() {
    ++first_;
    if (first_ == lots_.size()) {
      clear();
    } else if (first_ >= 32 && first_ * 2 >= lots_.size()) {
      lots_.erase(lots_.begin(),
                  lots_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  void clear() {
    lots_.clear();
    first_ = 0;
  }

  void reserve(size_t count) {
    lots_.reserve(count);
  }

  /// Bytes on the heap.
  [[nodiscard]] size_t heap_bytes() const {
    return lots_.capacity() * sizeof(lot);
  }

  friend bool operator==(const lot_queue& x, const lot_queue& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  }

private:
  std::vector<lot> lots_ = {};
  size_t first_ = 0;
};

/// What one wallet holds and made of one coin against one quote mint. Terms
/// and formulas: domain.md section 4. All amounts in base units.
///
/// Invariants: `invested == cost_out + cost_basis`,
/// `bought_units == matched_units + units`, the lots' units sum up to `units`.
struct position {
  position_key key = {};

  i128 units = 0;
  i128 cost_basis = 0;
  i128 bought_units = 0;
  i128 sold_units = 0;
  i128 invested = 0;
  i128 proceeds = 0;
  i128 realized = 0;
  i128 realized_gross = 0;
  i128 realized_fifo = 0;
  i128 unmatched_units = 0;
  i128 unmatched_proceeds = 0;
  uint64_t buys = 0;
  uint64_t sells = 0;
  uint64_t realizations = 0;
  uint64_t wins = 0;

  /// Cost basis of the same fold over the gross leg.
  i128 cost_basis_gross = 0;
  /// Sum of the costs that sells took out.
  i128 cost_out = 0;
  i128 matched_units = 0;
  /// Sum over sold FIFO units of units * seconds held; saturates.
  i128 held_unit_seconds = 0;
  int64_t first_trade_at = 0;
  int64_t last_trade_at = 0;
  /// Oldest first.
  lot_queue lots = {};

  friend bool operator==(const position&, const position&) = default;
};

/// What one trade did to a position.
struct position_effect {
  /// A sell with matched units: counts as one realization.
  bool realized = false;
  /// First trade of the position.
  bool opened = false;
  /// PnL of the realization, of the net and of the gross leg.
  i128 pnl = 0;
  i128 pnl_gross = 0;
  i128 pnl_fifo = 0;
  i128 cost_out = 0;
  i128 matched_units = 0;
  i128 unmatched_units = 0;
  i128 unmatched_proceeds = 0;
  i128 units_before = 0;
  i128 units_after = 0;
};

/// Folds one trade into a position, in chain order. Pre: `x` is of the
/// position's mint and quote mint.
///
/// Refuses with `errc::overflow` and leaves `pos` alone when a leg or a sum
/// leaves the range in which all sums are exact (legs below 2^72, sums below
/// 2^120: 2^48 trades of the largest leg).
result<position_effect> apply(position& pos, const trade& x);

/// Returns a copy of all but the lots.
position without_lots(const position& x);

/// Tells whether the conservation identities of domain.md section 4 hold:
/// `invested == cost_out + cost_basis`, `bought == matched + units`,
/// `sold == matched + unmatched`, realized from its parts, and the lots' units
/// sum up to `units`; without units there is no cost (unless bought for 0
/// units) and both methods agree.
bool conserves(const position& x);

/// How many holders a trade adds (1), removes (-1) or neither (0): a holder is
/// a wallet with more than 0 units in our ledgers.
constexpr int holders_delta(i128 units_before, i128 units_after) {
  return (units_after > 0 ? 1 : 0) - (units_before > 0 ? 1 : 0);
}

/// Seconds that a sold unit was held on average, from FIFO lots; 0 when
/// nothing matched.
double hold_seconds_average(const position& x);

/// Returns matched / sold units, 1 when nothing was sold.
double coverage(i128 matched_units, i128 sold_units);

} // namespace pumpscope::domain

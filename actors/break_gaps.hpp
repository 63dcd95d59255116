#pragma once

#include "domain/sealer.hpp"
#include "domain/slot_ranges.hpp"
#include "messages/pipeline.hpp"
#include "messages/rows.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace pumpscope::actors {

struct break_gaps_config {
  /// Breaks open gaps; else they are only known.
  bool opens = false;

  /// The widest break whose slots are fetched without being told to: a token
  /// may have slept for days.
  uint64_t slots_max = 4'096;

  /// Gaps that are open at a time; more breaks wait for one to be filled.
  size_t open_max = 10'000;

  /// Breaks that are known; more are refused, and told again by the next start.
  size_t breaks_max = 100'000;
};

/// What happens to breaks that people should know of.
enum class break_event : uint8_t {
  /// Its slots are too many to be fetched by themselves.
  too_wide,
  /// There is no room for it.
  refused,
  /// All its blocks were compared, and it still stands.
  unexplained,
};

struct break_notice {
  break_event event = break_event::too_wide;
  domain::slot_gap gap = {};
};

struct break_gaps_counters {
  uint64_t opened = 0;
  uint64_t filled = 0;
  uint64_t too_wide = 0;
  uint64_t refused = 0;
};

/// The gaps that breaks in chains of reserves open: ranges of slots that are
/// sealed, but lack a transaction. Pure: knows the rows of gaps in the store,
/// the breaks that stand, and what was fetched.
///
/// A break stands from when a token's fold meets it until the token is folded
/// again without it. What identifies it to the store are its slots: ranges that
/// some gap has, open or filled, are not opened again, so a break may be told
/// any number of times. A break across a gap of missing slots is explained by
/// that and waits until it is filled.
///
/// A gap is filled when its blocks were compared with the journal and all that
/// they brought is folded. A break that stands then stays, unexplained.
class break_gaps {
public:
  using range = domain::slot_gap;

  break_gaps(break_gaps_config config,
             const std::vector<messages::gap_row>& open,
             const std::vector<messages::gap_row>& filled);

  /// Notes what a token's chains are like.
  void note(const messages::token_breaks& x);

  /// A gap of missing slots is opened; returns the range that its row must
  /// have: the same, or where the store has a row of that range already one
  /// that begins a little earlier.
  range slot_gap_opened(range x);

  /// Its row is filled in this epoch; returns the range of its row.
  range slot_gap_filled(range x, uint64_t epoch);

  /// All epochs up to this one are folded.
  void completed(uint64_t epoch);

  /// Returns the gaps to be opened now.
  std::vector<messages::gap_row> open();

  /// Returns at most `count_max` gaps whose blocks are needed: those that were
  /// not asked for yet, or all.
  std::vector<range> wanted(bool again, size_t count_max);

  /// All blocks of a range were compared with the journal; what they brought is
  /// in epochs up to this one.
  void compared(range x, uint64_t epoch);

  /// Returns the gaps that are filled now, each once.
  std::vector<range> take_filled();

  /// Tells whether gaps wait for epochs to be folded before they are filled.
  [[nodiscard]] bool closing() const {
    return !closing_.empty() || !filled_now_.empty();
  }

  /// Returns what people should know since the last call.
  std::vector<break_notice> take_notices();

  /// Number of gaps that are open.
  [[nodiscard]] size_t size() const {
    return open_.size();
  }

  /// Number of breaks that stand although all their blocks were compared.
  [[nodiscard]] uint64_t unexplained() const {
    return unexplained_;
  }

  [[nodiscard]] const break_gaps_counters& counters() const {
    return counters_;
  }

private:
  struct standing_break {
    domain::break_span span = {};
    /// Its slots are in gaps.
    bool placed = false;
    bool unexplained = false;
    /// It was refused, and told so.
    bool refused = false;
  };

  struct open_gap {
    range gap = {};
    bool asked = false;
  };

  [[nodiscard]] static range range_of(const standing_break& x) {
    return {x.span.since_slot, x.span.position.slot};
  }

  [[nodiscard]] bool is_wide(range x) const {
    return x.to - x.from >= config_.slots_max;
  }

  [[nodiscard]] bool is_in_slot_gap(range x) const;
  [[nodiscard]] bool is_compared(range x) const;
  /// The range of a row that the store does not have yet.
  [[nodiscard]] range free_row(range x) const;
  void forget(const standing_break& x);
  void settle(standing_break& x);
  void refuse(standing_break& x);
  void open_wide(standing_break& x, std::vector<messages::gap_row>& out);
  void open_row(range x, uint64_t end, int64_t at,
                std::vector<messages::gap_row>& out);

  break_gaps_config config_ = {};
  std::map<domain::pubkey, std::vector<standing_break>> standing_ = {};
  size_t standing_count_ = 0;
  /// Something changed that may let breaks be placed.
  bool changed_ = false;
  /// Ranges of all rows of the store, of any reason: 16 bytes a row and what a
  /// set needs.
  std::set<std::pair<uint64_t, uint64_t>> rows_ = {};
  /// Slots of gaps that are not wide, and of all that were filled.
  domain::slot_ranges known_ = {};
  domain::slot_ranges filled_ = {};
  /// Wide ones that are open: they hide no narrow ones.
  std::vector<range> wide_ = {};
  std::vector<open_gap> open_ = {};
  /// Gaps of missing slots, and the epoch that fills them.
  std::map<std::pair<uint64_t, uint64_t>, std::optional<uint64_t>> slot_gaps_
    = {};
  /// Those whose row has another range.
  std::map<std::pair<uint64_t, uint64_t>, range> renamed_ = {};
  /// Gaps that are compared, by the epoch that must be folded.
  std::multimap<uint64_t, range> closing_ = {};
  std::vector<range> filled_now_ = {};
  std::vector<break_notice> notices_ = {};
  uint64_t unexplained_ = 0;
  break_gaps_counters counters_ = {};
};

} // namespace pumpscope::actors

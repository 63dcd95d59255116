#pragma once

#include "domain/sealer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace pumpscope::domain {

/// Returns the parts of a gap that nothing is known of, ascending: what lies
/// between a sealed slot and its parent was skipped by the chain.
std::vector<slot_gap> missing_ranges(const gap_progress& x);

/// Bounds of a walk.
struct backfill_walk_config {
  /// Slots that are looked at together.
  uint64_t window_slots = 512;
  /// Fewer slots than these are asked for one by one, without a list.
  uint64_t list_slots_min = 8;
  /// Blocks that are asked for, or wait for an earlier one, at a time.
  size_t ahead_max = 16;
  /// Answers without a block, one after the other, that end the walk: the
  /// server does not have the range.
  size_t misses_max = 64;
};

/// Decides which blocks are fetched to fill a range of slots, and in which
/// order they are passed on: ascending, each once. Pure; answers may come in
/// any order, and the server may know less than the chain has.
///
/// What a server does not list, or says was skipped, proves nothing: it may not
/// have it. Only parents do. So the walk asks for each parent that was not
/// listed, and, when the range's last slot has no block, for the one behind
/// it. It is complete when the chain leads from there below the range.
class backfill_walk {
public:
  /// Pre: `0 < range.from <= range.to`.
  explicit backfill_walk(slot_gap range, backfill_walk_config config = {});

  /// The range whose list is needed now, at most once each.
  std::optional<slot_gap> next_list();

  /// The slot to ask for next, if there is one and room for it.
  std::optional<uint64_t> next_block();

  /// What a server lists; `known` is false when it gave no list. Ignored when
  /// it was not asked for.
  void add_list(slot_gap window, bool known,
                const std::vector<uint64_t>& slots);

  /// A block was found, with this parent below it.
  void add_block(uint64_t slot, uint64_t parent);

  /// The server has no block at this slot. `certain`: it says that there is
  /// none; else it could not tell.
  void add_miss(uint64_t slot, bool certain);

  /// The block to pass on next, if it is its turn.
  std::optional<uint64_t> next_ready();

  /// Nothing is left to ask for, to wait for or to pass on.
  [[nodiscard]] bool finished() const;

  /// Finished, and every slot of the range is accounted for.
  [[nodiscard]] bool complete() const {
    return finished() && whole_ && reached_end_;
  }

  [[nodiscard]] const slot_gap& range() const {
    return range_;
  }

private:
  enum class phase : uint8_t {
    begin_window,
    list_needed,
    listing,
    fetching,
    done,
  };

  void advance();
  void open_window();
  void want_all();
  void settle(uint64_t slot);

  slot_gap range_ = {};
  backfill_walk_config config_ = {};
  phase phase_ = phase::begin_window;
  slot_gap window_ = {};
  /// The last block that was passed on, or what lies below the range.
  uint64_t last_ = 0;
  std::set<uint64_t> wanted_ = {};
  std::set<uint64_t> asked_ = {};
  /// Blocks that wait for their turn, with their parents.
  std::map<uint64_t, uint64_t> found_ = {};
  /// Slots above `last_` that were asked for in vain; at most those of a window
  /// and a few.
  std::set<uint64_t> absent_ = {};
  size_t misses_ = 0;
  bool asked_behind_ = false;
  bool whole_ = true;
  bool reached_end_ = false;
};

} // namespace pumpscope::domain

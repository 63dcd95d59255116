#pragma once

#include "domain/update.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace pumpscope::domain {

/// Bounds and patience of a sealer.
struct sealer_config {
  /// Block metas of later slots that must arrive after a slot's own, because a
  /// block meta is no proof that all transactions of the slot came.
  uint32_t later_metas = 2;
  /// Slots after which a missing parent becomes a gap.
  uint64_t gap_slots = 64;
  /// Sealed slots whose transactions are remembered to tell duplicates from
  /// late ones without asking the store.
  size_t recent_slots = 64;
  /// Sealed slots that may still turn out to be dead: what is older is
  /// finalized.
  size_t mortal_slots = 64;
  /// Bounds of what is buffered; beyond them the oldest slot is given up.
  size_t pending_slots_max = 8'192;
  size_t pending_transactions_max = 2'000'000;
  /// There is no stream: hints are all there is, and slots are sealed when
  /// `seal_hints` is called, with no word of their parents.
  bool without_stream = false;
};

/// A range of slots that was passed without being sealed, ends included.
struct slot_gap {
  uint64_t from = 0;
  uint64_t to = 0;

  friend bool operator==(const slot_gap&, const slot_gap&) = default;
};

/// An open gap and what was sealed inside it since: slot -> parent.
struct gap_progress {
  slot_gap gap = {};
  std::map<uint64_t, uint64_t> parents = {};
};

/// Where a sealer goes on: what the journal already holds.
struct sealer_resume {
  /// Highest slot sealed in order; 0 = fresh store.
  uint64_t sealed_slot = 0;
  /// Slot of which a part is journaled: it is sealed next, whatever its parent;
  /// 0 = none.
  uint64_t open_slot = 0;
  /// First slot of the journal.
  uint64_t first_slot = 0;
  /// The last sealed slot that is on the chain, when `sealed_slot` is voided;
  /// else 0.
  uint64_t last_slot = 0;
  std::vector<gap_progress> open_gaps = {};
  /// Slots below the first one that were sealed late, with their parents.
  std::map<uint64_t, uint64_t> before_first = {};
};

/// A slot whose transactions are final and in order, or a part of one that
/// came late.
struct sealed_slot {
  uint64_t slot = 0;
  uint64_t parent = 0;
  /// Unix seconds; without one the events' own times count.
  std::optional<int64_t> block_time = {};
  uint64_t executed_transactions = 0;
  uint32_t failed_transactions = 0;
  /// The slot lies behind the sealed one: its rows need repairs.
  bool late = false;
  /// The slot itself is sealed already, or cannot be, and this is a rest of it.
  bool rest = false;
  /// The slot may lack more and stays in a gap: parts of this may be journaled.
  bool partial = false;
  /// Ascending by index in the block.
  std::vector<parsed_transaction> transactions = {};
};

/// What a sealer wants done, in order of the vectors' elements.
struct sealer_output {
  std::vector<sealed_slot> sealed = {};
  std::vector<slot_gap> gaps_opened = {};
  std::vector<slot_gap> gaps_filled = {};
  /// Slots that were dropped because they are not on the chain.
  std::vector<uint64_t> dead_slots = {};
  /// Transactions of sealed slots that are too old to be remembered: the store
  /// knows whether they are duplicates, late or of no chain.
  std::vector<parsed_transaction> lookups = {};
  /// Sealed slots that are not on the chain after all.
  std::vector<uint64_t> voided_slots = {};
  /// The slot of which a part was journaled by an earlier run is not on the
  /// chain: its rows are void, before any of `sealed` counts.
  bool open_slot_voided = false;
  /// Hints that do not tell their index in the block: the block does, or they
  /// are dead letters (`bury`).
  std::vector<parsed_transaction> unplaced = {};

  void clear();
};

/// What a sealer counts.
struct sealer_counters {
  uint64_t transactions = 0;
  uint64_t duplicates = 0;
  uint64_t late = 0;
  uint64_t abandoned_transactions = 0;
  uint64_t conflicts = 0;
  uint64_t sealed_slots = 0;
  uint64_t dead_slots = 0;
  /// Slots that died after they were sealed.
  uint64_t voided_slots = 0;
  /// Deaths of slots too old, or of which another version may have died.
  uint64_t deaths_ignored = 0;
  uint64_t gaps = 0;
  uint64_t given_up_slots = 0;
  /// Hints with rows, and those whose slot did not come.
  uint64_t hints = 0;
  uint64_t hints_given_up = 0;
};

/// Decides which slots are final and in which order their transactions count:
/// the seal rule, duplicates, forks, gaps and late arrivals of design.md
/// section 4. Pure: the order of arrival is the only clock.
///
/// A slot is sealed when it is confirmed (itself or a descendant), its parent
/// is sealed, its block meta was seen, and `later_metas` later block metas
/// arrived. Slots below the sealed one are accepted inside open gaps only, and
/// come out marked `late`. A gap is filled when the parents of what was sealed
/// inside it lead from its end to below it; where its last slot has no block,
/// the block behind it, confirmed, tells where the chain goes on.
///
/// A hint is a transaction that something beside the stream tells, as
/// confirmed. It proves nothing about its slot and must not harm what the
/// stream says, so it is held until its slot is sealed; then it is a duplicate
/// or late. In an open gap, where nothing else is known, it counts at once.
/// Without a stream the caller's patience seals the slots of hints, in order.
///
/// A slot that dies after it was sealed is voided: once, only among the last
/// `mortal_slots` sealed ones (a finalized slot does not die), and only when
/// its confirmation was seen before in this run and no death before that. Else
/// the death may be that of an earlier version of the block, which a source
/// that resumes tells again.
class sealer {
public:
  explicit sealer(sealer_config config, sealer_resume resume);

  void add(parsed_transaction&& x, sealer_output& out);
  void add(const slot_update& x, sealer_output& out);
  void add(const block_meta& x, sealer_output& out);

  /// Takes a hint. The caller bounds those that are held.
  void add_hint(parsed_transaction&& x, sealer_output& out);

  /// Notes the block time of a slot, as a hint tells it: it counts where
  /// nothing else tells one. The last `told_times_max` are remembered.
  void note_hint_time(uint64_t slot, int64_t block_time);

  static constexpr size_t told_times_max = 8'192;

  /// Tells whether hints of a slot are held.
  [[nodiscard]] bool holds_hints(uint64_t slot) const {
    return hints_.contains(slot);
  }

  /// The lowest slot of which hints are held.
  [[nodiscard]] std::optional<uint64_t> first_hint() const {
    return hints_.empty() ? std::nullopt : std::optional{hints_.begin()->first};
  }

  [[nodiscard]] size_t held_hints() const {
    return held_hints_;
  }

  /// Without a stream: seals the lowest slot of which hints are held. Pre:
  /// there is one.
  void seal_hints(sealer_output& out);

  /// Makes dead letters of the hints of a slot.
  void give_up_hints(uint64_t slot, sealer_output& out);

  /// Makes dead letters of a transaction of `sealer_output::unplaced`.
  static void bury(parsed_transaction&& x, sealer_output& out);

  /// The source is at its end: seals the late slots that are confirmed. They
  /// come first: once the rest is journaled, a source that resumes after a
  /// crash does not go back to them.
  void finish_late(sealer_output& out);

  /// The source is at its end: seals everything that is confirmed, behind gaps
  /// where parents, or metas before a slot that is whole, are missing. What
  /// came of a slot in a gap comes out as a partial rest of it.
  void finish(sealer_output& out);

  /// The slot that could be sealed if only its parent were; nothing when none
  /// waits.
  [[nodiscard]] std::optional<uint64_t> waiting_for_parent() const;

  /// The slots that the one of `waiting_for_parent` waits for: what would be a
  /// gap if it went on. Nothing when none waits.
  [[nodiscard]] std::optional<slot_gap> missing_before() const;

  /// Goes on behind a gap, as if `gap_slots` had passed: the caller's patience
  /// with a missing parent is at its end. Pre: a slot waits for its parent.
  void stop_waiting(sealer_output& out);

  /// Sorts a transaction of `sealer_output::lookups` after the store was
  /// asked: `slot_time` is the block time of its sealed slot, or nothing when
  /// the slot is on no chain; `known` tells that its rows are journaled.
  void resolve(parsed_transaction&& x, std::optional<int64_t> slot_time,
               bool known, sealer_output& out);

  [[nodiscard]] uint64_t sealed_slot() const {
    return sealed_;
  }

  /// Highest slot that any update named.
  [[nodiscard]] uint64_t highest_slot() const {
    return highest_;
  }

  /// The gaps that are open, with what was sealed inside them.
  [[nodiscard]] const std::vector<gap_progress>& open_gaps() const {
    return gaps_;
  }

  [[nodiscard]] size_t pending_slots() const {
    return pending_.size();
  }

  [[nodiscard]] size_t pending_transactions() const {
    return pending_transactions_;
  }

  [[nodiscard]] const sealer_counters& counters() const {
    return counters_;
  }

private:
  struct pending_slot {
    std::optional<uint64_t> parent = {};
    bool confirmed = false;
    bool has_meta = false;
    std::optional<int64_t> block_time = {};
    uint64_t executed_transactions = 0;
    /// Metas of later slots that arrived after its own.
    uint64_t later_metas = 0;
    uint32_t failed_transactions = 0;
    std::vector<parsed_transaction> transactions = {};
    boost::unordered_flat_map<uint32_t, uint64_t> seen = {};
  };

  struct recent_slot {
    std::optional<int64_t> block_time = {};
    boost::unordered_flat_map<uint32_t, uint64_t> seen = {};
    /// Sealed late: parts of it may have been journaled before.
    bool late = false;
  };

  /// The slots sealed inside the open gap that `slot` lies in, if any.
  [[nodiscard]] const std::map<uint64_t, uint64_t>* gap_of(uint64_t slot) const;
  [[nodiscard]] std::map<uint64_t, uint64_t>* gap_of(uint64_t slot);
  [[nodiscard]] bool accepts(uint64_t slot) const;
  [[nodiscard]] bool ripe(const pending_slot& x) const;
  /// Tells whether all of a slot is there, as far as one can tell.
  [[nodiscard]] bool complete(uint64_t slot, const pending_slot& x,
                              bool at_end) const;
  pending_slot& at(uint64_t slot);
  void confirm(uint64_t slot);
  void drop(uint64_t slot, sealer_output& out);
  void note_death(const slot_update& x, sealer_output& out);
  void advance(bool at_end, sealer_output& out);
  bool seal_next(bool at_end, sealer_output& out);
  bool pass_gap(bool at_end, bool patient, sealer_output& out);
  [[nodiscard]] slot_gap gap_before(uint64_t slot, const pending_slot& x) const;
  void seal_late(bool at_end, sealer_output& out);
  void note_whole();
  void pass_on_partial(sealer_output& out);
  void close_gaps(sealer_output& out);
  void note_behind_gap(const block_meta& x);
  void bridge_gap(uint64_t slot, sealer_output& out);
  void drop_abandoned(sealer_output& out);
  void enforce_bounds(sealer_output& out);
  void seal(uint64_t slot, pending_slot&& x, bool late, sealer_output& out);
  /// Sorts a transaction of a slot that is in `recent_`: duplicate or late.
  void add_recent(parsed_transaction&& x, recent_slot& slot,
                  sealer_output& out);
  [[nodiscard]] static bool has_signature(const recent_slot& slot,
                                          uint64_t key);
  /// Sorts a hint whose slot is not above the sealed one.
  void place_hint(parsed_transaction&& x, sealer_output& out);
  /// Tells whether a hint of a slot that is not sealed counts all the same.
  [[nodiscard]] bool counts_unsealed(uint64_t slot) const;
  [[nodiscard]] std::optional<int64_t> told_time(uint64_t slot) const;
  [[nodiscard]] bool sealed_inside_gap(uint64_t slot) const;

  sealer_config config_ = {};
  uint64_t sealed_ = 0;
  /// See `sealer_resume::open_slot`; 0 once a slot is sealed. The one before it
  /// on the chain.
  uint64_t open_ = 0;
  uint64_t before_open_ = 0;
  uint64_t first_ = 0;
  uint64_t highest_ = 0;
  /// At the end: up to here slots without a meta may lack transactions, too.
  uint64_t whole_until_ = 0;
  size_t pending_transactions_ = 0;
  std::map<uint64_t, pending_slot> pending_ = {};
  /// Sealed slots in order of slot, at most `recent_slots`.
  std::map<uint64_t, recent_slot> recent_ = {};
  /// Whose child is sealed next: `sealed_`, or its parent when it was voided.
  uint64_t tip_ = 0;
  /// Slots that this run sealed, with their parents; slots sealed by an earlier
  /// run that were confirmed again; slots that died: each at most
  /// `mortal_slots`, the highest.
  std::map<uint64_t, uint64_t> mortal_ = {};
  std::set<uint64_t> confirmed_again_ = {};
  std::set<uint64_t> died_ = {};
  std::vector<gap_progress> gaps_ = {};
  /// Parents of blocks right behind an open gap that are below its last slot,
  /// until they are confirmed: at most one per gap.
  std::map<uint64_t, uint64_t> behind_gaps_ = {};
  /// A gap that was resumed may lack nothing but its end.
  bool gaps_changed_ = true;
  /// All slots below the first one are a gap that never closes.
  std::map<uint64_t, uint64_t> before_first_ = {};
  /// Hints of slots above the sealed one, by slot and index.
  std::map<uint64_t, std::map<uint32_t, parsed_transaction>> hints_ = {};
  size_t held_hints_ = 0;
  /// Block times that hints told, and their slots in the order of telling.
  std::map<uint64_t, int64_t> told_times_ = {};
  std::deque<uint64_t> told_slots_ = {};
  sealer_counters counters_ = {};
};

} // namespace pumpscope::domain

#include "domain/sealer.hpp"

#include "domain/planted_bug.hpp"
#include "domain/update_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace pumpscope::domain {

namespace {

/// Tells two transactions of one index apart; 64 bits of a signature do.
uint64_t short_signature(const signature& x) {
  uint64_t result = 0;
  std::memcpy(&result, x.bytes.data(), sizeof(result));
  return result;
}

bool has_rows(const parsed_transaction& x) {
  return !x.trades.empty() || !x.token_events.empty()
         || !x.dead_letters.empty();
}

/// Adds a slot to a set that keeps the highest `count_max`.
void remember(std::set<uint64_t>& slots, uint64_t slot, size_t count_max) {
  slots.insert(slot);
  while (slots.size() > count_max)
    slots.erase(slots.begin());
}

/// A transaction of a slot that is sealed already.
sealed_slot rest_of(parsed_transaction&& x, std::optional<int64_t> block_time) {
  auto result = sealed_slot{};
  result.slot = x.slot;
  result.block_time = block_time;
  result.late = true;
  result.rest = true;
  result.transactions.push_back(std::move(x));
  return result;
}

} // namespace

void sealer_output::clear() {
  sealed.clear();
  gaps_opened.clear();
  gaps_filled.clear();
  dead_slots.clear();
  lookups.clear();
  voided_slots.clear();
  open_slot_voided = false;
  unplaced.clear();
}

sealer::sealer(sealer_config config, sealer_resume resume)
  : config_{config},
    sealed_{resume.sealed_slot},
    open_{resume.open_slot},
    first_{resume.first_slot},
    highest_{resume.sealed_slot},
    tip_{resume.last_slot != 0 ? resume.last_slot : resume.sealed_slot},
    gaps_{std::move(resume.open_gaps)},
    before_first_{std::move(resume.before_first)} {
  if (open_ == 0)
    return;
  // All below it is decided: a gap before it is open, and known.
  before_open_ = tip_;
  sealed_ = open_ - 1;
  tip_ = sealed_;
  if (first_ == 0)
    first_ = open_;
}

const std::map<uint64_t, uint64_t>* sealer::gap_of(uint64_t slot) const {
  if (slot < first_)
    return &before_first_;
  for (auto& x : gaps_)
    if (x.gap.from <= slot && slot <= x.gap.to)
      return &x.parents;
  return nullptr;
}

std::map<uint64_t, uint64_t>* sealer::gap_of(uint64_t slot) {
  return const_cast<std::map<uint64_t, uint64_t>*>(
    std::as_const(*this).gap_of(slot));
}

bool sealer::accepts(uint64_t slot) const {
  if (slot > sealed_)
    return true;
  auto sealed_inside = gap_of(slot);
  return sealed_inside != nullptr && !sealed_inside->contains(slot);
}

sealer::pending_slot& sealer::at(uint64_t slot) {
  highest_ = std::max(highest_, slot);
  return pending_[slot];
}

void sealer::add(parsed_transaction&& x, sealer_output& out) {
  ++counters_.transactions;
  // Of no known slot: nothing to wait for, but its dead letters are kept.
  if (x.index_unknown && x.slot == 0) {
    if (has_rows(x))
      out.sealed.push_back(rest_of(std::move(x), std::nullopt));
    return;
  }
  auto key = short_signature(x.signature);
  if (!accepts(x.slot)) {
    if (auto i = recent_.find(x.slot); i != recent_.end()) {
      add_recent(std::move(x), i->second, out);
      return;
    }
    if (has_rows(x))
      out.lookups.push_back(std::move(x));
    return;
  }
  auto& pending = at(x.slot);
  auto [entry, added] = pending.seen.emplace(x.tx_index, key);
  if (!added) {
    ++(entry->second == key ? counters_.duplicates : counters_.conflicts);
    return;
  }
  if (x.failed)
    ++pending.failed_transactions;
  if (!has_rows(x) && x.ignored_trades == 0)
    return;
  pending.transactions.push_back(std::move(x));
  ++pending_transactions_;
  if (pending_transactions_ > config_.pending_transactions_max
      || pending_.size() > config_.pending_slots_max)
    enforce_bounds(out);
}

void sealer::add_recent(parsed_transaction&& x, recent_slot& slot,
                        sealer_output& out) {
  auto key = short_signature(x.signature);
  // The stream knows the place of a transaction better than a hint.
  if (x.hint && !slot.seen.contains(x.tx_index) && has_signature(slot, key)) {
    ++counters_.conflicts;
    return;
  }
  auto [entry, added] = slot.seen.emplace(x.tx_index, key);
  if (!added) {
    ++(entry->second == key ? counters_.duplicates : counters_.conflicts);
    return;
  }
  if (!has_rows(x))
    return;
  if (slot.late) {
    out.lookups.push_back(std::move(x));
    return;
  }
  ++counters_.late;
  out.sealed.push_back(rest_of(std::move(x), slot.block_time));
}

bool sealer::has_signature(const recent_slot& slot, uint64_t key) {
  return std::any_of(slot.seen.begin(), slot.seen.end(),
                     [key](auto& entry) { return entry.second == key; });
}

void sealer::add(const slot_update& x, sealer_output& out) {
  auto is_final = x.status == slot_status::confirmed
                  || x.status == slot_status::finalized;
  if (x.status == slot_status::dead) {
    note_death(x, out);
    return;
  }
  if (is_final)
    bridge_gap(x.slot, out);
  if (!accepts(x.slot)) {
    if (is_final && !mortal_.contains(x.slot))
      remember(confirmed_again_, x.slot, config_.mortal_slots);
    return;
  }
  auto& pending = at(x.slot);
  if (x.parent)
    pending.parent = x.parent;
  if (is_final) {
    confirm(x.slot);
    advance(false, out);
  } else if (x.parent && pending.confirmed) {
    confirm(x.slot);
  }
}

void sealer::add(const block_meta& x, sealer_output& out) {
  if (x.slot <= sealed_ || x.slot == open_)
    note_behind_gap(x);
  if (!accepts(x.slot))
    return;
  auto& pending = at(x.slot);
  if (!pending.has_meta) {
    pending.has_meta = true;
    pending.block_time = x.block_time;
    pending.executed_transactions = x.executed_transaction_count;
    pending.parent = x.parent_slot;
    // It is a later one for every slot whose own meta came before.
    for (auto i = pending_.begin(); i->first < x.slot; ++i)
      if (i->second.has_meta)
        ++i->second.later_metas;
    if (pending.confirmed)
      confirm(x.slot);
  }
  advance(false, out);
  if (pending_.size() > config_.pending_slots_max)
    enforce_bounds(out);
}

void sealer::confirm(uint64_t slot) {
  // A descendant's confirmation confirms its ancestors. A slot is visited
  // again when it was confirmed before its parent was known.
  for (auto first = true;; first = false) {
    auto i = pending_.find(slot);
    if (i == pending_.end() || (i->second.confirmed && !first))
      return;
    i->second.confirmed = true;
    if (!i->second.parent || *i->second.parent >= slot)
      return;
    slot = *i->second.parent;
  }
}

void sealer::note_death(const slot_update& x, sealer_output& out) {
  if (accepts(x.slot)) {
    remember(died_, x.slot, config_.mortal_slots);
    drop(x.slot, out);
    return;
  }
  auto sealed = mortal_.find(x.slot);
  auto was_confirmed = sealed != mortal_.end()
                       || confirmed_again_.contains(x.slot);
  if (!was_confirmed || died_.contains(x.slot)) {
    ++counters_.deaths_ignored;
    remember(died_, x.slot, config_.mortal_slots);
    return;
  }
  auto parent = sealed != mortal_.end() ? sealed->second : x.parent.value_or(0);
  if (x.slot == tip_ && parent != 0 && parent < x.slot)
    tip_ = parent;
  recent_.erase(x.slot);
  mortal_.erase(x.slot);
  remember(died_, x.slot, config_.mortal_slots);
  ++counters_.voided_slots;
  out.voided_slots.push_back(x.slot);
  advance(false, out);
}

void sealer::drop(uint64_t slot, sealer_output& out) {
  auto i = pending_.find(slot);
  if (i == pending_.end())
    return;
  counters_.abandoned_transactions += i->second.transactions.size();
  ++counters_.dead_slots;
  pending_transactions_ -= i->second.transactions.size();
  pending_.erase(i);
  out.dead_slots.push_back(slot);
}

bool sealer::ripe(const pending_slot& x) const {
  if (planted(bug::sealer_seals_early))
    return x.confirmed && x.has_meta;
  return x.confirmed && x.has_meta && x.later_metas >= config_.later_metas;
}

bool sealer::complete(uint64_t slot, const pending_slot& x, bool at_end) const {
  return ripe(x) || (at_end && (x.has_meta || slot > whole_until_));
}

void sealer::advance(bool at_end, sealer_output& out) {
  while (seal_next(at_end, out) || pass_gap(at_end, true, out)) {
    // Each round seals one slot or goes past one gap.
  }
  seal_late(at_end, out);
}

bool sealer::seal_next(bool at_end, sealer_output& out) {
  for (auto i = pending_.upper_bound(sealed_); i != pending_.end(); ++i) {
    auto& x = i->second;
    if (planted(bug::sealer_seals_unconfirmed))
      x.confirmed = true;
    if (!x.confirmed)
      continue;
    // A fresh store begins with the first confirmed slot.
    auto slot = i->first;
    // The chain goes on without the slot of which a part is journaled.
    auto passes_open = open_ != 0 && before_open_ != 0 && slot > open_
                       && x.parent == before_open_;
    if (sealed_ != 0 && x.parent != tip_ && slot != open_ && !passes_open)
      return false;
    if (!complete(slot, x, at_end)) {
      // Who joins a stream first hears of slots whose contents, and whose meta,
      // went by before. Should the meta come yet, the slot is sealed late.
      if (sealed_ == 0 && !x.has_meta)
        continue;
      return false;
    }
    auto pending = std::move(x);
    pending_.erase(i);
    if (sealed_ == 0)
      first_ = slot;
    if (passes_open) {
      ++counters_.voided_slots;
      out.open_slot_voided = true;
    }
    seal(slot, std::move(pending), false, out);
    return true;
  }
  return false;
}

bool sealer::pass_gap(bool at_end, bool patient, sealer_output& out) {
  if (sealed_ == 0)
    return false;
  // The first slot that could be sealed if only its parent were.
  for (auto i = pending_.upper_bound(sealed_); i != pending_.end(); ++i) {
    auto& x = i->second;
    auto slot = i->first;
    if (!x.confirmed || !complete(slot, x, at_end))
      continue;
    if (!at_end && patient && highest_ - slot < config_.gap_slots)
      return false;
    auto gap = gap_before(slot, x);
    if (gap.from <= gap.to) {
      gaps_.push_back({gap, {}});
      out.gaps_opened.push_back(gap);
      ++counters_.gaps;
    }
    auto pending = std::move(x);
    pending_.erase(i);
    seal(slot, std::move(pending), false, out);
    return true;
  }
  return false;
}

slot_gap sealer::gap_before(uint64_t slot, const pending_slot& x) const {
  // Without a parent of its own (no meta, at the end) all between is unknown.
  auto parent = x.parent.value_or(0);
  auto has_parent = parent > tip_ && parent < slot;
  // Behind a voided slot the chain may go on where that one began.
  return {has_parent && parent < sealed_ ? tip_ + 1 : sealed_ + 1,
          has_parent ? parent : slot - 1};
}

std::optional<slot_gap> sealer::missing_before() const {
  auto slot = waiting_for_parent();
  if (!slot)
    return std::nullopt;
  auto result = gap_before(*slot, pending_.at(*slot));
  if (result.from > result.to)
    return std::nullopt;
  return result;
}

std::optional<uint64_t> sealer::waiting_for_parent() const {
  if (sealed_ == 0)
    return std::nullopt;
  for (auto i = pending_.upper_bound(sealed_); i != pending_.end(); ++i)
    if (ripe(i->second))
      return i->first;
  return std::nullopt;
}

void sealer::stop_waiting(sealer_output& out) {
  if (pass_gap(false, false, out))
    advance(false, out);
}

void sealer::seal_late(bool at_end, sealer_output& out) {
  for (auto i = pending_.begin(); i != pending_.end() && i->first < sealed_;) {
    if (!i->second.confirmed || !complete(i->first, i->second, at_end)
        || !accepts(i->first)) {
      ++i;
      continue;
    }
    auto slot = i->first;
    auto pending = std::move(i->second);
    i = pending_.erase(i);
    // `accepts` told that the slot lies in an open gap.
    gap_of(slot)->emplace(slot, pending.parent.value_or(0));
    seal(slot, std::move(pending), true, out);
    gaps_changed_ = true;
  }
  if (std::exchange(gaps_changed_, false)) {
    close_gaps(out);
    drop_abandoned(out);
  }
}

void sealer::drop_abandoned(sealer_output& out) {
  for (auto i = pending_.begin(); i != pending_.end() && i->first <= sealed_;) {
    auto slot = (i++)->first;
    if (!accepts(slot))
      drop(slot, out);
  }
}

void sealer::note_behind_gap(const block_meta& x) {
  // A gap that was opened without knowing a parent ends where the block behind
  // it begins, and its last slot may be one that the chain skipped.
  for (auto& gap : gaps_)
    if (gap.gap.to + 1 == x.slot && x.parent_slot < gap.gap.to)
      behind_gaps_.insert_or_assign(x.slot, x.parent_slot);
}

void sealer::bridge_gap(uint64_t slot, sealer_output& out) {
  auto behind = behind_gaps_.find(slot);
  if (behind == behind_gaps_.end())
    return;
  for (auto& gap : gaps_)
    if (gap.gap.to + 1 == slot)
      gap.parents.emplace(gap.gap.to, behind->second);
  behind_gaps_.erase(behind);
  gaps_changed_ = true;
  seal_late(false, out);
}

void sealer::close_gaps(sealer_output& out) {
  std::erase_if(gaps_, [&out](auto& x) {
    // The chain from the gap's last slot must lead below its first one.
    auto slot = x.gap.to;
    for (auto i = x.parents.find(slot); i != x.parents.end();
         i = x.parents.find(slot)) {
      // 0: sealed without a word of its parent.
      if (i->second >= slot || i->second == 0)
        return false;
      slot = i->second;
    }
    if (slot >= x.gap.from)
      return false;
    out.gaps_filled.push_back(x.gap);
    return true;
  });
}

void sealer::seal(uint64_t slot, pending_slot&& x, bool late,
                  sealer_output& out) {
  pending_transactions_ -= x.transactions.size();
  auto by_index = [](auto& a, auto& b) { return a.tx_index < b.tx_index; };
  if (!std::is_sorted(x.transactions.begin(), x.transactions.end(), by_index))
    std::sort(x.transactions.begin(), x.transactions.end(), by_index);
  auto result = domain::sealed_slot{};
  result.slot = slot;
  result.parent = x.parent.value_or(0);
  result.block_time = x.block_time;
  result.executed_transactions = x.executed_transactions;
  result.failed_transactions = x.failed_transactions;
  result.late = late;
  result.transactions = std::move(x.transactions);
  out.sealed.push_back(std::move(result));
  ++counters_.sealed_slots;
  if (planted(bug::sealer_forgets_transactions))
    x.seen.clear();
  mortal_.insert_or_assign(slot, x.parent.value_or(0));
  while (mortal_.size() > config_.mortal_slots)
    mortal_.erase(mortal_.begin());
  recent_.insert_or_assign(slot,
                           recent_slot{x.block_time, std::move(x.seen), late});
  while (recent_.size() > config_.recent_slots)
    recent_.erase(recent_.begin());
  if (late)
    return;
  open_ = 0;
  sealed_ = slot;
  tip_ = slot;
  // What is left below is on no chain, but in a gap it may still be.
  drop_abandoned(out);
  while (!hints_.empty() && hints_.begin()->first <= sealed_) {
    auto hints = hints_.extract(hints_.begin());
    held_hints_ -= hints.mapped().size();
    for (auto& [index, hint] : hints.mapped())
      place_hint(std::move(hint), out);
  }
}

void sealer::enforce_bounds(sealer_output& out) {
  // Give up the oldest slot that blocks; its range becomes a gap by
  // `pass_gap` once a later slot is ripe.
  while (!pending_.empty()
         && (pending_transactions_ > config_.pending_transactions_max
             || pending_.size() > config_.pending_slots_max)) {
    ++counters_.given_up_slots;
    drop(pending_.begin()->first, out);
  }
}

void sealer::note_whole() {
  whole_until_ = sealed_;
  for (auto& [slot, x] : pending_)
    if (x.confirmed && x.has_meta)
      whole_until_ = std::max(whole_until_, slot);
}

void sealer::pass_on_partial(sealer_output& out) {
  for (auto& [slot, x] : pending_) {
    if (slot > sealed_ || !x.confirmed || x.transactions.empty()
        || !accepts(slot))
      continue;
    auto result = domain::sealed_slot{};
    result.slot = slot;
    result.late = true;
    result.rest = true;
    result.partial = true;
    result.transactions = std::exchange(x.transactions, {});
    pending_transactions_ -= result.transactions.size();
    std::sort(result.transactions.begin(), result.transactions.end(),
              [](auto& a, auto& b) { return a.tx_index < b.tx_index; });
    out.sealed.push_back(std::move(result));
  }
}

void sealer::finish_late(sealer_output& out) {
  note_whole();
  seal_late(true, out);
}

void sealer::finish(sealer_output& out) {
  note_whole();
  advance(true, out);
  pass_on_partial(out);
}

void sealer::resolve(parsed_transaction&& x, std::optional<int64_t> slot_time,
                     bool known, sealer_output& out) {
  if (known) {
    ++counters_.duplicates;
    return;
  }
  if (!slot_time && x.hint && sealed_inside_gap(x.slot)) {
    // It was sealed while the store was asked: once more, and not again.
    x.hint = false;
    out.lookups.push_back(std::move(x));
    return;
  }
  if (!slot_time && !(x.hint && counts_unsealed(x.slot))) {
    ++counters_.abandoned_transactions;
    return;
  }
  ++counters_.late;
  // Stored as 0 where the block had no time: the events' own times count.
  if (slot_time && *slot_time == 0)
    slot_time.reset();
  if (!slot_time && x.hint)
    slot_time = told_time(x.slot);
  out.sealed.push_back(rest_of(std::move(x), slot_time));
}

void sealer::add_hint(parsed_transaction&& x, sealer_output& out) {
  ++counters_.transactions;
  if (!has_rows(x) && (!config_.without_stream || x.ignored_trades == 0))
    return;
  ++counters_.hints;
  x.hint = true;
  if (x.slot == 0) {
    out.sealed.push_back(rest_of(std::move(x), std::nullopt));
    return;
  }
  auto needs_block = x.index_unknown && config_.without_stream;
  if (x.slot <= sealed_ || needs_block) {
    place_hint(std::move(x), out);
    return;
  }
  auto& held = hints_[x.slot];
  auto key = short_signature(x.signature);
  auto index = x.tx_index;
  auto [entry, added] = held.try_emplace(index, std::move(x));
  if (added)
    ++held_hints_;
  else
    ++(short_signature(entry->second.signature) == key ? counters_.duplicates
                                                       : counters_.conflicts);
}

void sealer::note_hint_time(uint64_t slot, int64_t block_time) {
  if (!told_times_.emplace(slot, block_time).second)
    return;
  told_slots_.push_back(slot);
  if (told_slots_.size() > told_times_max) {
    told_times_.erase(told_slots_.front());
    told_slots_.pop_front();
  }
}

std::optional<int64_t> sealer::told_time(uint64_t slot) const {
  auto told = told_times_.find(slot);
  return told == told_times_.end() ? std::nullopt : std::optional{told->second};
}

void sealer::place_hint(parsed_transaction&& x, sealer_output& out) {
  auto recent = recent_.find(x.slot);
  if (x.index_unknown) {
    if (recent != recent_.end()
        && has_signature(recent->second, short_signature(x.signature)))
      ++counters_.duplicates;
    else
      out.unplaced.push_back(std::move(x));
    return;
  }
  if (recent != recent_.end())
    add_recent(std::move(x), recent->second, out);
  else if (has_rows(x))
    out.lookups.push_back(std::move(x));
}

bool sealer::counts_unsealed(uint64_t slot) const {
  // What was before the store began is none of it.
  return config_.without_stream || (slot >= first_ && gap_of(slot) != nullptr);
}

bool sealer::sealed_inside_gap(uint64_t slot) const {
  auto sealed_inside = slot >= first_ ? gap_of(slot) : nullptr;
  return sealed_inside != nullptr && sealed_inside->contains(slot);
}

void sealer::seal_hints(sealer_output& out) {
  auto hints = hints_.extract(hints_.begin());
  auto slot = hints.key();
  held_hints_ -= hints.mapped().size();
  auto pending = pending_slot{};
  pending.block_time = told_time(slot);
  for (auto& [index, hint] : hints.mapped()) {
    pending.seen.emplace(index, short_signature(hint.signature));
    pending.transactions.push_back(std::move(hint));
  }
  pending_transactions_ += pending.transactions.size();
  highest_ = std::max(highest_, slot);
  if (sealed_ == 0)
    first_ = slot;
  seal(slot, std::move(pending), false, out);
}

void sealer::give_up_hints(uint64_t slot, sealer_output& out) {
  auto hints = hints_.extract(slot);
  if (!hints)
    return;
  held_hints_ -= hints.mapped().size();
  counters_.hints_given_up += hints.mapped().size();
  for (auto& [index, hint] : hints.mapped())
    bury(std::move(hint), out);
}

void sealer::bury(parsed_transaction&& x, sealer_output& out) {
  auto letter = [&x](const chain_position& at, program from) {
    x.dead_letters.push_back({at, x.signature, 0, from,
                              dead_letter_reason::slot_not_sealed,
                              decoder_version, x.raw});
  };
  if (!x.trades.empty())
    letter(x.trades.front().position, x.trades.front().program);
  else if (!x.token_events.empty())
    letter(x.token_events.front().position, x.token_events.front().program);
  x.trades.clear();
  x.token_events.clear();
  out.sealed.push_back(rest_of(std::move(x), std::nullopt));
}

} // namespace pumpscope::domain

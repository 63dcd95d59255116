#include "adapters/simulator/chain.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pumpscope::simulator {

namespace {

/// Wire numbers of SlotStatus.
constexpr uint8_t status_processed = 0;
constexpr uint8_t status_confirmed = 1;
constexpr uint8_t status_finalized = 2;
constexpr uint8_t status_created_bank = 5;
constexpr uint8_t status_dead = 6;

constexpr int64_t slot_ms = 400;

/// Slots behind the tip that are confirmed and finalized.
constexpr size_t confirmed_depth = 2;
constexpr size_t finalized_depth = 32;

/// Slots that a resume repeats at most.
constexpr size_t history_slots = 8;

/// Slots of a dead branch at most.
constexpr uint64_t fork_depth_max = 8;

} // namespace

chain::chain(const generator_settings& settings)
  : settings_(settings),
    market_(settings.market, settings.chain),
    chain_random_(mix(settings.market.seed) ^ 0x6368'6169'6EULL),
    fault_random_(mix(settings.market.seed) ^ 0x6661'756C'7473ULL) {
  auto start = settings_.chain.start_time;
  time_ms_ = (start == 0 ? default_start_time : start) * 1'000;
  last_cut_ms_ = time_ms_;
  slot_ = settings_.chain.first_slot - 1;
  parent_ = slot_;
  height_ = settings_.chain.first_slot - settings_.chain.first_slot / 20;
}

bool chain::at_end() const {
  const auto& limits = settings_.chain;
  return finishing_ || (limits.slots != 0 && slots_planned_ >= limits.slots)
         || (limits.trades != 0 && market_.truth().trades() >= limits.trades);
}

slot_plan_ptr chain::plan_slot(bool empty) {
  auto plan = std::make_shared<slot_plan>();
  auto step_slots = uint64_t{1};
  while (step_slots < 8 && chain_random_.chance(settings_.chain.skips))
    ++step_slots;
  slot_ += step_slots;
  time_ms_ += static_cast<int64_t>(step_slots) * slot_ms;
  plan->slot = slot_;
  plan->parent = parent_;
  plan->height = ++height_;
  plan->time_ms = time_ms_;
  plan->block_time = time_ms_ / 1'000;
  auto mean = empty ? 0.0 : settings_.chain.transactions_per_slot;
  auto count = mean * (0.5 + chain_random_.unit());
  auto whole = static_cast<uint32_t>(count);
  whole += chain_random_.chance(count - whole) ? 1 : 0;
  if (!empty)
    market_.fill(*plan, whole);
  else
    plan->executed_transactions = 100;
  if (observer_)
    observer_(plan);
  return plan;
}

std::vector<slot_plan_ptr> chain::plan_dead_branch(const slot_plan& survivor,
                                                   uint64_t first_slot,
                                                   uint64_t depth) {
  auto branch = std::vector<std::shared_ptr<slot_plan>>{};
  for (uint64_t i = 0; i < depth; ++i) {
    auto plan = std::make_shared<slot_plan>(survivor);
    plan->slot = first_slot + i;
    plan->height += i;
    if (i > 0)
      plan->parent = plan->slot - 1;
    plan->dead = true;
    plan->transactions.clear();
    branch.push_back(std::move(plan));
  }
  auto next = uint64_t{0};
  for (auto tx : survivor.transactions) {
    auto& plan = branch[next++ % depth];
    // About half of them land again in the surviving slot, some never: those
    // have a signature of their own.
    auto draw = fault_random_.unit();
    if (draw < 0.3)
      continue;
    if (draw > 0.8)
      tx.nonce = ++dead_nonce_;
    auto before = plan->transactions.empty() ? 0
                                             : plan->transactions.back().index;
    tx.index = before + 1 + static_cast<uint32_t>(fault_random_.below(4));
    plan->transactions.push_back(tx);
  }
  return {branch.begin(), branch.end()};
}

void chain::add_transactions(const slot_plan_ptr& plan,
                             std::vector<step>& steps) {
  const auto& faults = settings_.faults;
  auto first = steps.size();
  auto at_slot_end = std::vector<step>{};
  auto own_meta = metas_ + 1;
  for (uint32_t i = 0; i < plan->transactions.size(); ++i) {
    auto x = step{update_kind::transaction, 0, false, i, plan};
    if (fault_random_.chance(faults.omit))
      continue;
    if (fault_random_.chance(faults.late)) {
      deferred_.push_back({own_meta + fault_random_.between(6, 10), x});
      continue;
    }
    if (fault_random_.chance(faults.duplicate)) {
      auto where = fault_random_.below(100);
      if (where < 40)
        steps.push_back(x);
      else if (where < 70)
        at_slot_end.push_back(x);
      else if (where < 85)
        deferred_.push_back({own_meta + 1, x});
      else
        deferred_.push_back({own_meta + fault_random_.between(3, 40), x});
    }
    if (fault_random_.chance(faults.reorder)) {
      auto where = fault_random_.below(4);
      if (where >= 2) {
        // Behind its own block_meta or the next one, never behind two.
        deferred_.push_back({own_meta + where - 2, x});
        continue;
      }
      auto place = first + fault_random_.below(steps.size() - first + 1);
      steps.insert(steps.begin() + static_cast<ptrdiff_t>(place), x);
      continue;
    }
    steps.push_back(x);
  }
  std::move(at_slot_end.begin(), at_slot_end.end(), std::back_inserter(steps));
}

void chain::add_meta(const slot_plan_ptr& plan, std::vector<step>& steps) {
  steps.push_back({update_kind::block_meta, 0, false, 0, plan});
  ++metas_;
  auto due = std::stable_partition(
    deferred_.begin(), deferred_.end(),
    [this](const deferred& x) { return x.due_meta > metas_; });
  for (auto i = due; i != deferred_.end(); ++i)
    steps.push_back(std::move(i->what));
  deferred_.erase(due, deferred_.end());
}

void chain::add_slot_steps(const slot_plan_ptr& plan,
                           std::vector<step>& steps) {
  steps.push_back({update_kind::slot, status_created_bank, false, 0, plan});
  if (plan->dead) {
    for (uint32_t i = 0; i < plan->transactions.size(); ++i)
      steps.push_back({update_kind::transaction, 0, false, i, plan});
  } else {
    add_transactions(plan, steps);
  }
  steps.push_back({update_kind::slot, status_processed, false, 0, plan});
  // A dead block does not always get as far as its meta.
  if (!plan->dead || fault_random_.chance(0.5))
    add_meta(plan, steps);
}

void chain::add_statuses(std::vector<step>& steps) {
  auto all = ended_;
  while (unconfirmed_.size() > (all ? 0 : confirmed_depth)) {
    steps.push_back(
      {update_kind::slot, status_confirmed, false, 0, unconfirmed_.front()});
    unconfirmed_.pop_front();
  }
  while (unfinalized_.size() > (all ? 0 : finalized_depth)) {
    steps.push_back(
      {update_kind::slot, status_finalized, false, 0, unfinalized_.front()});
    unfinalized_.pop_front();
  }
  // Half of the dead slots say so, a few slots later.
  auto still = std::vector<slot_plan_ptr>{};
  for (auto& x : dead_) {
    if (slot_ < x->slot + 3)
      still.push_back(x);
    else if (fault_random_.chance(0.5))
      steps.push_back({update_kind::slot, status_dead, false, 0, x});
  }
  dead_ = std::move(still);
}

bool chain::cut_is_due() {
  const auto& faults = settings_.faults;
  if (faults.cut_share > 0 && fault_random_.chance(faults.cut_share))
    return true;
  if (faults.cut.count() == 0 || time_ms_ - last_cut_ms_ < faults.cut.count())
    return false;
  last_cut_ms_ = time_ms_;
  return true;
}

void chain::cut(std::vector<step>& steps) {
  // The connection breaks somewhere inside the slot.
  auto whole = steps;
  steps.resize(fault_random_.below(steps.size() + 1));
  if (settings_.faults.out_of_range) {
    // What was missed is gone: the stream goes on a few slots later.
    lost_slots_ = static_cast<int>(fault_random_.between(1, 3));
    flag_cut_ = true;
    return;
  }
  auto repeated = fault_random_.between(1, history_slots);
  auto first = history_.size() - std::min<size_t>(history_.size(), repeated);
  auto flagged = false;
  auto append = [&](const std::vector<step>& list) {
    for (auto x : list) {
      x.after_cut = !flagged;
      flagged = true;
      steps.push_back(std::move(x));
    }
  };
  for (auto i = first; i < history_.size(); ++i)
    append(history_[i]);
  append(whole);
}

bool chain::next_slot(std::vector<step>& steps) {
  steps.clear();
  if (ended_)
    return false;
  auto end = at_end();
  if (end && tail_slots_-- <= 0) {
    ended_ = true;
    // What was held back still comes, late; then everything is final.
    add_statuses(steps);
    for (auto& x : deferred_)
      steps.push_back(std::move(x.what));
    deferred_.clear();
    return !steps.empty();
  }
  if (!end && fault_random_.chance(settings_.faults.fork)) {
    // The dead branch comes first and takes numbers of its own. Half of them
    // are a single slot.
    auto depth = fault_random_.chance(0.5)
                   ? 1
                   : fault_random_.between(2, fork_depth_max);
    auto first_dead = slot_ + 1;
    slot_ += depth;
    auto plan = plan_slot(false);
    for (auto& dead : plan_dead_branch(*plan, first_dead, depth)) {
      add_slot_steps(dead, steps);
      dead_.push_back(std::move(dead));
    }
    add_slot_steps(plan, steps);
    parent_ = plan->slot;
    unconfirmed_.push_back(plan);
    unfinalized_.push_back(plan);
  } else {
    auto plan = plan_slot(end);
    add_slot_steps(plan, steps);
    parent_ = plan->slot;
    unconfirmed_.push_back(plan);
    unfinalized_.push_back(plan);
  }
  ++slots_planned_;
  add_statuses(steps);
  if (lost_slots_ > 0 && !end) {
    --lost_slots_;
    steps.clear();
    return next_slot(steps);
  }
  if (flag_cut_ && !steps.empty()) {
    steps.front().after_cut = true;
    flag_cut_ = false;
  }
  auto original = steps;
  if (!end && cut_is_due())
    cut(steps);
  if (settings_.faults.cut.count() != 0 || settings_.faults.cut_share > 0) {
    history_.push_back(std::move(original));
    if (history_.size() > history_slots)
      history_.pop_front();
  }
  if (steps.empty())
    return next_slot(steps);
  return true;
}

} // namespace pumpscope::simulator

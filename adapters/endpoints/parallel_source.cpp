#include "adapters/endpoints/parallel_source.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::endpoints {

namespace {

using messages::read_status;

merger_config merger_of(size_t endpoints, uint64_t seed) {
  auto result = merger_config{};
  result.endpoints = endpoints;
  result.seed = seed;
  return result;
}

} // namespace

parallel_source::parallel_source(std::vector<endpoint> endpoints,
                                 group_settings settings)
  : source_group{std::move(endpoints), std::move(settings)},
    merger_{merger_of(size(), settings_.seed)},
    states_(size()) {
  // nop
}

std::string parallel_source::name() const {
  return std::to_string(size()) + " endpoints in parallel";
}

read_status parallel_source::read(messages::raw_batch& out,
                                  std::chrono::milliseconds timeout) {
  auto deadline = now() + timeout;
  while (!cancelled()) {
    start_due();
    auto idle = true;
    for (size_t k = 0; k < size() && out.size() == 0; ++k) {
      // One delivery each in turn: none of them starves the others.
      auto i = next_++ % size();
      auto x = lane_of(i).take();
      if (!x)
        continue;
      idle = false;
      auto status = take(i, std::move(*x), out);
      tell(i);
      if (status != read_status::ok)
        return cancelled() ? read_status::failed : status;
    }
    if (out.size() > 0 || now() >= deadline)
      return read_status::ok;
    if (!idle)
      continue;
    auto wake_at = deadline;
    for (auto& x : states_)
      if (x.is == phase::refused)
        wake_at = std::min(wake_at, x.start_at);
    wait_until(wake_at);
    if (!settings_.lane.threaded)
      return read_status::ok;
  }
  return read_status::failed;
}

void parallel_source::start_due() {
  for (size_t i = 0; i < size(); ++i) {
    auto& x = states_[i];
    if (!started_) {
      lane_of(i).start(first_slot_);
    } else if (x.is == phase::refused && now() >= x.start_at
               && !lane_of(i).running()) {
      auto slot = x.position.slot(settings_.resume_slots);
      lane_of(i).start(slot != 0 ? slot : first_slot_);
      x.start_at = {};
      x.is = phase::starting;
    } else {
      continue;
    }
    report(i, [](auto& told) { told.standby = false; });
  }
  started_ = true;
}

read_status parallel_source::take(size_t i, delivery x,
                                  messages::raw_batch& out) {
  auto& of = states_[i];
  if (x.batch.size() > 0)
    take_updates(i, x.batch, out);
  if (x.status == read_status::ok)
    return settle_holes() ? read_status::out_of_range : read_status::ok;
  if (x.status == read_status::end) {
    of.is = phase::ended;
    return all(phase::ended) ? read_status::end : read_status::ok;
  }
  merger_.disconnected(i);
  report(i, [&](auto& told) {
    told.last_error = x.error;
    ++(x.status == read_status::out_of_range ? told.out_of_range
                                             : told.retries);
  });
  if (x.status == read_status::failed) {
    of.is = phase::refused;
    ++of.failures;
    of.start_at = now()
                  + (settings_.lane.threaded ? pause(of.failures)
                                             : std::chrono::milliseconds{0});
  } else {
    of.is = phase::broken;
  }
  if (x.status == read_status::out_of_range) {
    auto slot = of.position.slot(settings_.resume_slots);
    of.wanted = slot != 0 ? slot : first_slot_;
    of.behind_hole = true;
  }
  if (settle_holes()) {
    set_error(x.error);
    return read_status::out_of_range;
  }
  if (all(phase::refused)) {
    set_error(x.error);
    return read_status::failed;
  }
  if (!none_reads())
    return read_status::ok;
  set_error(x.error);
  return read_status::retry;
}

void parallel_source::take_updates(size_t i, const messages::raw_batch& x,
                                   messages::raw_batch& out) {
  auto& of = states_[i];
  of.is = phase::reading;
  of.failures = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    auto update = x.update(k);
    auto metas_before = merger_.counters(i).slot;
    if (merger_.add(i, update))
      out.append(update);
    if (auto slot = merger_.counters(i).slot; slot != metas_before) {
      of.position.note(slot);
      // A meta is the first that tells where a stream behind a hole begins.
      if (std::exchange(of.behind_hole, false))
        of.whole_from = slot + 1;
    }
  }
  set_error({});
}

bool parallel_source::all(phase x) const {
  return std::all_of(states_.begin(), states_.end(),
                     [x](const auto& y) { return y.is == x; });
}

bool parallel_source::none_reads() const {
  return std::none_of(states_.begin(), states_.end(), [](const auto& x) {
    return x.is == phase::reading || x.is == phase::starting
           || x.is == phase::ended;
  });
}

/// Looks for somebody who has what an endpoint no longer has. Returns whether
/// something is lost.
bool parallel_source::settle_holes() {
  auto lost = false;
  for (auto& x : states_) {
    if (!x.wanted)
      continue;
    auto open = false;
    auto covered = false;
    for (auto& other : states_) {
      if (&other == &x || other.wanted || other.behind_hole)
        continue;
      auto reads = other.is == phase::reading || other.is == phase::ended;
      covered |= reads && other.whole_from <= *x.wanted;
      open |= other.is == phase::starting;
    }
    if (!covered && open)
      continue;
    lost |= !covered;
    x.wanted.reset();
  }
  return lost;
}

void parallel_source::tell(size_t i) {
  auto& counters = merger_.counters(i);
  auto reading = states_[i].is == phase::reading;
  for (size_t k = 0; k < size(); ++k) {
    // A comparison counts for all that take part.
    auto& x = merger_.counters(k);
    report(k, [&x](auto& told) {
      told.slots_compared = x.slots_compared;
      told.slots_differing = x.slots_differing;
      told.missing_transactions = x.missing_transactions;
    });
  }
  report(i, [&](auto& told) {
    told.reading = reading;
    told.slot = counters.slot;
    told.updates = counters.updates;
    told.copies = counters.copies;
    told.malformed = counters.malformed;
    if (reading)
      told.last_error.clear();
  });
}

} // namespace pumpscope::endpoints

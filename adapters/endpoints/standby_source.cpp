#include "adapters/endpoints/standby_source.hpp"

#include "domain/update_peek.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::endpoints {

namespace {

using messages::read_status;

} // namespace

standby_source::standby_source(std::vector<endpoint> endpoints,
                               group_settings settings,
                               standby_patience patience)
  : source_group{std::move(endpoints), std::move(settings)},
    patience_{patience},
    answers_(size()) {
  start_at_ = updated_at_ = probe_at_ = now();
}

std::string standby_source::name() const {
  for (auto& x : endpoints())
    if (!x.standby)
      return x.name;
  return std::to_string(size()) + " endpoints, one at a time";
}

read_status standby_source::read(messages::raw_batch& out,
                                 std::chrono::milliseconds timeout) {
  auto deadline = now() + timeout;
  while (!cancelled()) {
    start_due();
    // First: an active one that always has something must not hide it.
    auto x = probing_ ? take_probe() : std::nullopt;
    if (!x)
      x = lane_of(active_).take();
    auto status = read_status::ok;
    if (x) {
      status = take(std::move(*x), out);
    } else if (lane_of(active_).running()
               && now() - updated_at_ >= patience_.silence_max) {
      auto silent = delivery{};
      silent.status = read_status::retry;
      silent.error = lane_of(active_).name()
                     + ": no updates for too long, asking the next endpoint";
      status = leave(silent);
    }
    if (status != read_status::ok)
      return cancelled() ? read_status::failed : status;
    if (out.size() > 0 || now() >= deadline)
      return read_status::ok;
    if (x)
      continue;
    wait_until(wake_at(deadline));
    if (!settings_.lane.threaded)
      return read_status::ok;
  }
  return read_status::failed;
}

standby_source::clock::time_point
standby_source::wake_at(clock::time_point deadline) const {
  return std::min(deadline,
                  std::max(start_at_, now() + std::chrono::milliseconds{20}));
}

void standby_source::start_due() {
  if (!lane_of(active_).running() && now() >= start_at_)
    activate(active_, std::exchange(start_slot_, std::nullopt));
  if (active_ == 0 || probing_ || now() < probe_at_)
    return;
  probing_ = true;
  lane_of(0).start(position());
}

void standby_source::activate(size_t i, std::optional<uint64_t> slot) {
  active_ = i;
  if (!lane_of(i).running())
    lane_of(i).start(slot.value_or(position()));
  updated_at_ = now();
  probe_at_ = now() + patience_.return_period;
  for (size_t k = 0; k < size(); ++k)
    report(k, [&](auto& told) {
      told.standby = k != i;
      told.reading &= k == i;
    });
}

read_status standby_source::take(delivery x, messages::raw_batch& out) {
  if (x.batch.size() > 0) {
    take_updates(active_, x.batch);
    if (out.size() == 0)
      out = std::move(x.batch);
    else
      for (size_t k = 0; k < x.batch.size(); ++k)
        out.append(x.batch.update(k));
  }
  switch (x.status) {
    case read_status::ok:
      return read_status::ok;
    case read_status::end:
      return read_status::end;
    default:
      return leave(x);
  }
}

read_status standby_source::leave(const delivery& x) {
  set_error(x.error);
  report(active_, [&](auto& told) {
    told.reading = false;
    told.last_error = x.error;
    ++(x.status == read_status::out_of_range ? told.out_of_range
                                             : told.retries);
  });
  auto& of = answers_[active_];
  of.refused = x.status == read_status::failed;
  of.out_of_range = x.status == read_status::out_of_range;
  of.oldest_available = x.oldest_available;
  ++failures_;
  if (all_answered(&answer::refused))
    return read_status::failed;
  // Who cannot be reached may have the slot, but not for ever.
  if (all_answered(&answer::out_of_range)
      || (failures_ >= 3 * size() && somebody_is_out_of_range()))
    return go_on_behind_hole(x.error);
  lane_of(active_).stop();
  auto next = (active_ + 1) % size();
  if (next == 0 && std::exchange(probing_, false))
    lane_of(0).stop();
  active_ = next;
  // Each of them once at once; then they are given time.
  start_at_ = now();
  if (failures_ % size() == 0 && settings_.lane.threaded)
    start_at_ += pause(failures_ / static_cast<uint32_t>(size()));
  updated_at_ = start_at_;
  probe_at_ = start_at_ + patience_.return_period;
  return read_status::retry;
}

/// Nobody has the slot: the endpoint that has most of the rest goes on. One
/// that does not tell goes on where it can by itself.
read_status standby_source::go_on_behind_hole(const std::string& error) {
  auto best = active_;
  for (size_t i = 0; i < size(); ++i) {
    if (!answers_[i].out_of_range)
      continue;
    auto slot = answers_[i].oldest_available;
    auto best_slot = answers_[best].oldest_available;
    if (!answers_[best].out_of_range
        || (slot != 0 && (best_slot == 0 || slot < best_slot)))
      best = i;
  }
  if (best != active_) {
    lane_of(active_).stop();
    start_slot_ = answers_[best].oldest_available;
    active_ = best;
    start_at_ = now();
  }
  updated_at_ = now();
  failures_ = 0;
  for (auto& x : answers_)
    x = {};
  set_error(error);
  return read_status::out_of_range;
}

/// Looks at the probe; returns its first updates when it is the active one now.
std::optional<delivery> standby_source::take_probe() {
  auto x = lane_of(0).take();
  if (!x)
    return std::nullopt;
  if (x->status == read_status::ok && x->batch.size() > 0) {
    // What both of them tell is known to the sequencer.
    probing_ = false;
    lane_of(active_).stop();
    activate(0, std::nullopt);
    return x;
  }
  probing_ = false;
  lane_of(0).stop();
  probe_at_ = now() + patience_.return_period;
  report(0, [&](auto& told) {
    told.last_error = x->error;
    ++(x->status == read_status::out_of_range ? told.out_of_range
                                              : told.retries);
  });
  return std::nullopt;
}

void standby_source::take_updates(size_t i, const messages::raw_batch& x) {
  updated_at_ = now();
  failures_ = 0;
  for (auto& of : answers_)
    of = {};
  auto slot = uint64_t{0};
  auto malformed = uint64_t{0};
  for (size_t k = 0; k < x.size(); ++k) {
    auto update = domain::peek_update(x.update(k));
    malformed += update.well_formed ? 0 : 1;
    if (update.kind != domain::update_kind::block_meta)
      continue;
    slot = update.slot;
    position_.note(slot);
  }
  set_error({});
  report(i, [&](auto& told) {
    told.reading = true;
    told.updates += x.size();
    told.malformed += malformed;
    if (slot != 0)
      told.slot = slot;
    told.last_error.clear();
  });
}

bool standby_source::all_answered(bool answer::*what) const {
  return std::all_of(answers_.begin(), answers_.end(),
                     [what](const auto& x) { return x.*what; });
}

bool standby_source::somebody_is_out_of_range() const {
  return std::any_of(answers_.begin(), answers_.end(),
                     [](const auto& x) { return x.out_of_range; });
}

uint64_t standby_source::position() const {
  auto slot = position_.slot(settings_.resume_slots);
  return slot != 0 ? slot : first_slot_;
}

} // namespace pumpscope::endpoints

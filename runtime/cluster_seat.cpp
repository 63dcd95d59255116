#include "runtime/cluster_seat.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::runtime {

namespace {

using std::chrono::milliseconds;

/// Times as often a node beats that waits for a planned handover.
constexpr auto beats_when_soon_free = 10;

/// Silence in beats for which an owner that refuses connections counts as dead.
constexpr auto beats_of_refusing = 2;

constexpr auto patience_max = milliseconds{500};

template <class Clock>
milliseconds since(std::chrono::time_point<Clock> x) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - x);
}

} // namespace

outcome<std::unique_ptr<cluster_seat>>
cluster_seat::take(messages::member self, seat_settings settings,
                   std::unique_ptr<messages::membership> nodes,
                   const std::stop_token& stop) {
  auto result = std::unique_ptr<cluster_seat>{
    new cluster_seat{std::move(self), std::move(settings), std::move(nodes)}};
  auto& seat = *result;
  auto begun = clock::now();
  if (auto free = seat.await_name(begun, stop); !free)
    return tl::unexpected{std::move(free.error())};
  if (seat.settings_.listen) {
    auto peer = seat.settings_.listen();
    if (!peer)
      return tl::unexpected{std::move(peer.error())};
    seat.self_.peer = std::move(*peer);
  }
  // Two that wait for one name listen both; one gets it.
  for (;;) {
    auto told = seat.nodes_->beat(seat.self_, 0);
    if (!told)
      return fail(told.error().what);
    if (!told->name_taken) {
      seat.view_ = std::move(told->view);
      break;
    }
    if (auto waits = seat.wait_for_name(begun, stop); !waits)
      return tl::unexpected{std::move(waits.error())};
  }
  seat.thread_
    = std::jthread{[&seat](const std::stop_token& ends) { seat.run(ends); }};
  return result;
}

outcome<void> cluster_seat::await_name(clock::time_point begun,
                                       const std::stop_token& stop) {
  auto has_it = [this](auto& x) {
    return x.alive && x.self.name == self_.name && x.self.id != self_.id;
  };
  for (;;) {
    auto view = nodes_->view();
    if (!view)
      return fail(view.error().what);
    if (!seen_since_)
      seen_since_ = clock::now();
    if (std::none_of(view->members.begin(), view->members.end(), has_it))
      return {};
    if (auto waits = wait_for_name(begun, stop); !waits)
      return waits;
  }
}

outcome<void> cluster_seat::wait_for_name(clock::time_point begun,
                                          const std::stop_token& stop) {
  if (since(begun) >= settings_.ttl + 2 * settings_.beat_period)
    return fail("a node called " + self_.name
                + " lives: give this one another --node-name");
  // Calls at once where the stop came before.
  auto wakes = std::stop_callback{stop, [this] {
                                    auto guard = std::lock_guard{mutex_};
                                    changed_.notify_all();
                                  }};
  auto lock = std::unique_lock{mutex_};
  changed_.wait_for(lock, settings_.beat_period,
                    [&stop] { return stop.stop_requested(); });
  if (stop.stop_requested())
    return fail({});
  return {};
}

cluster_seat::cluster_seat(messages::member self, seat_settings settings,
                           std::unique_ptr<messages::membership> nodes)
  : self_(std::move(self)),
    settings_(std::move(settings)),
    nodes_(std::move(nodes)) {
}

cluster_seat::~cluster_seat() {
  if (!thread_.joinable())
    return;
  thread_.request_stop();
  {
    auto guard = std::lock_guard{mutex_};
    changed_.notify_all();
  }
  thread_.join();
  // Else the others wait until we count as dead.
  if (auto left = nodes_->leave(self_.id); !left)
    tell_trouble(left.error().what);
}

void cluster_seat::run(const std::stop_token& stop) {
  auto told_retirement = false;
  while (!stop.stop_requested()) {
    claim();
    auto lock = std::unique_lock{mutex_};
    changed_.wait_for(lock, pause(), [&] {
      return stop.stop_requested() || (retires_ && !told_retirement);
    });
    auto retires = retires_ && !told_retirement;
    lock.unlock();
    if (stop.stop_requested())
      return;
    if (retires)
      told_retirement = nodes_->drain(self_.name).has_value();
    beat();
  }
}

domain::election_limits cluster_seat::limits() const {
  return {settings_.ttl, beats_of_refusing * settings_.beat_period};
}

std::chrono::milliseconds cluster_seat::suspicion() const {
  return settings_.beat_period * 3 / 2;
}

std::chrono::milliseconds cluster_seat::pause() const {
  auto longest = settings_.beat_period;
  if (in_term_ || retires_)
    return longest;
  auto shortest = longest / beats_when_soon_free;
  auto owner = view_.known(view_.sequencer);
  if (view_.sequencer == 0
      || (owner != nullptr && owner->alive && owner->draining))
    return shortest;
  if (owner == nullptr)
    return longest;
  // A beat of ours comes when its silence may begin to suffice.
  auto result = longest;
  for (auto due : {suspicion(), limits().ttl_refusing, limits().ttl})
    if (due > owner->beat_age)
      result = std::min(result, due - owner->beat_age);
  return std::max(result, shortest);
}

bool cluster_seat::refuses(uint64_t owner, const std::string& peer,
                           std::chrono::milliseconds silent_for) {
  if (refusal_ && (refusal_->by != owner || silent_for < refusal_->silent_for))
    refusal_.reset();
  if (!refusal_ && silent_for >= suspicion() && !peer.empty()
      && settings_.refuses
      && settings_.refuses(peer,
                           std::min(settings_.beat_period / 2, patience_max)))
    refusal_ = {owner, silent_for};
  return refusal_.has_value();
}

bool cluster_seat::beat() {
  auto has = settings_.partitions ? settings_.partitions(in_term()) : 0;
  auto told = nodes_->beat(self_, has);
  if (!told) {
    seen_since_.reset();
    tell_trouble(told.error().what);
    return false;
  }
  tell_trouble({});
  if (!seen_since_)
    seen_since_ = clock::now();
  auto guard = std::lock_guard{mutex_};
  view_ = std::move(told->view);
  name_lost_ = told->name_taken;
  changed_.notify_all();
  return true;
}

void cluster_seat::claim() {
  auto facts = domain::election_facts{};
  auto owner = uint64_t{0};
  auto peer = std::string{};
  {
    auto guard = std::lock_guard{mutex_};
    if (in_term_ || name_lost_)
      return;
    owner = view_.sequencer;
    facts.owned_by_other = owner != 0 && owner != self_.id;
    if (auto row = view_.known(owner)) {
      facts.owner_silent_for = row->beat_age;
      peer = row->self.peer;
    }
    auto us = view_.living(self_.id);
    facts.draining = us != nullptr && us->draining;
    if (lost_at_)
      facts.lost_for = since(*lost_at_);
  }
  if (!seen_since_)
    return;
  if (facts.owned_by_other && !facts.draining)
    facts.owner_refuses = refuses(owner, peer, facts.owner_silent_for);
  facts.seen_for = since(*seen_since_);
  if (!domain::may_claim(facts, limits()))
    return;
  auto fence = nodes_->claim_sequencer(
    self_.id, domain::sufficient_silence(facts, limits()));
  if (!fence) {
    // Whether it is ours tells the next beat.
    tell_trouble(fence.error().what);
    return;
  }
  if (*fence == 0)
    return;
  auto guard = std::lock_guard{mutex_};
  in_term_ = true;
  term_ = *fence;
  changed_.notify_all();
}

void cluster_seat::tell_trouble(const std::string& what) {
  if (in_trouble_ == !what.empty())
    return;
  in_trouble_ = !what.empty();
  if (settings_.on_trouble)
    settings_.on_trouble(what);
}

std::optional<uint64_t>
cluster_seat::wait_for_term(std::chrono::milliseconds timeout) {
  auto lock = std::unique_lock{mutex_};
  changed_.wait_for(lock, timeout, [this] { return term_.has_value(); });
  return std::exchange(term_, std::nullopt);
}

void cluster_seat::retire() {
  auto guard = std::lock_guard{mutex_};
  retires_ = true;
  changed_.notify_all();
}

void cluster_seat::term_was_lost() {
  auto guard = std::lock_guard{mutex_};
  in_term_ = false;
  // Where a node has it by now, that one is what counts.
  auto owner = view_.sequencer;
  lost_at_ = owner == 0 || owner == self_.id ? std::optional{clock::now()}
                                             : std::nullopt;
}

bool cluster_seat::in_term() const {
  auto guard = std::lock_guard{mutex_};
  return in_term_;
}

bool cluster_seat::draining() const {
  auto guard = std::lock_guard{mutex_};
  auto us = view_.living(self_.id);
  return us != nullptr && us->draining;
}

bool cluster_seat::name_is_lost() const {
  auto guard = std::lock_guard{mutex_};
  return name_lost_;
}

messages::cluster_view cluster_seat::view() const {
  auto guard = std::lock_guard{mutex_};
  return view_;
}

} // namespace pumpscope::runtime

#include "actors/store_writer.hpp"

#include "domain/crash_point.hpp"
#include "domain/planted_bug.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace pumpscope::actors {

namespace {

using domain::crash_point;
using domain::crash_step;

caf::error to_error(const messages::store_error& x) {
  return caf::make_error(x.code, x.what);
}

/// Loads what a pipeline starts from, with the fence already raised.
messages::store_result<messages::journal_boot>
load_boot(messages::store& store, const messages::head_row& head) {
  auto result = messages::journal_boot{};
  result.head = head;
  result.identity = store.identity();
  auto pools = store.load_pools();
  if (!pools)
    return tl::make_unexpected(pools.error());
  result.pools = std::move(*pools);
  auto retention = store.read_retention();
  if (!retention)
    return tl::make_unexpected(retention.error());
  result.retention = *retention;
  auto gaps = store.load_gaps(false);
  if (!gaps)
    return tl::make_unexpected(gaps.error());
  for (auto& gap : *gaps)
    (gap.filled ? result.filled_gaps : result.open_gaps)
      .push_back(std::move(gap));
  auto add_slots = [&](uint64_t from, uint64_t to) {
    auto slots = store.load_slots(from, to);
    if (!slots)
      return slots.map([](auto&&) {});
    result.late_slots.insert(result.late_slots.end(), slots->begin(),
                             slots->end());
    return messages::store_result<void>{};
  };
  for (auto& gap : result.open_gaps) {
    // The slots of the others were sealed in order.
    if (messages::is_break_gap(gap))
      continue;
    if (auto added = add_slots(gap.from_slot, gap.to_slot); !added)
      return tl::make_unexpected(added.error());
  }
  if (head.first_slot > 0)
    if (auto added = add_slots(0, head.first_slot - 1); !added)
      return tl::make_unexpected(added.error());
  auto cursors = store.read_cursors();
  if (!cursors)
    return tl::make_unexpected(cursors.error());
  result.published_jpos = head.jpos;
  for (auto& cursor : *cursors)
    result.published_jpos = std::min(result.published_jpos,
                                     cursor.published_jpos);
  auto last = store.load_last_slots(1);
  if (!last)
    return tl::make_unexpected(last.error());
  if (!last->empty())
    result.last_slot = last->front().slot;
  if (head.open_slot == 0)
    return result;
  // Late rows of other slots may stand in between.
  for (auto after = head.open_slot_jpos - 1; after < head.jpos;) {
    auto rows = store.load_journal(after, head.jpos, messages::tail_rows_max);
    if (!rows)
      return tl::make_unexpected(rows.error());
    auto add_row = [&](auto& row, auto& open_rows) {
      after = std::max(after, row.jpos);
      if (row.position.slot == head.open_slot)
        open_rows.push_back(row);
    };
    auto count = rows->trades.size() + rows->token_events.size();
    if (count == 0)
      break;
    for (auto& row : rows->trades)
      add_row(row, result.open_rows.trades);
    for (auto& row : rows->token_events)
      add_row(row, result.open_rows.token_events);
  }
  return result;
}

} // namespace

caf::result<messages::journal_boot_ptr> store_writer_state::start() {
  auto asked_at = messages::lease::clock::now();
  crash_point(crash_step::before_takeover);
  auto head = planted(domain::bug::writer_keeps_fence)
                ? store->read_head()
                : store->take_over(config.held_fence);
  crash_point(crash_step::after_takeover);
  if (!head)
    return to_error(head.error());
  if (config.before_boot) {
    config.before_boot(*store, *head);
    auto ours = head->fence;
    head = store->read_head();
    if (!head)
      return to_error(head.error());
    if (head->fence != ours)
      return caf::make_error(domain::errc::fenced,
                             std::string{"another owner took the store over"});
  }
  auto boot = load_boot(*store, *head);
  if (!boot)
    return to_error(boot.error());
  fence = head->fence;
  if (config.lease) {
    config.lease->renew(asked_at);
    self->delayed_send(self, config.lease_period, atom::renew_v);
  }
  return messages::journal_boot_ptr{
    std::make_shared<messages::journal_boot>(std::move(*boot))};
}

void store_writer_state::handle(const messages::epoch_ptr& x) {
  line.push_back({x, {}, {}});
  drain_soon();
}

caf::typed_response_promise<atom::finished>
store_writer_state::handle(const messages::checkpoint_ptr& x) {
  auto promise = self->make_response_promise<atom::finished>();
  line.push_back({{}, x, promise});
  drain_soon();
  return promise;
}

void store_writer_state::handle(const messages::audit_found& x) {
  if (incidents.size() < incidents_max)
    incidents.push_back(x.row);
  drain_soon();
}

void store_writer_state::record_incidents() {
  while (!incidents.empty() && store->record_audit(incidents.front()))
    incidents.pop_front();
}

void store_writer_state::drain_soon() {
  if (!std::exchange(drains_soon, true))
    self->send(self, atom::go_v);
}

void store_writer_state::drain() {
  auto measured = handlers.measure();
  if (!waiting)
    record_incidents();
  if (waiting || line.empty())
    return;
  // In turn: an epoch waits for one write of checkpoints at most, and these go
  // on under load.
  std::stable_partition(line.begin(), line.end(), [this](const entry& x) {
    return static_cast<bool>(x.epoch) == epoch_is_next;
  });
  auto is_epoch = static_cast<bool>(line.front().epoch);
  if (!(is_epoch ? write_epoch() : write_checkpoints()))
    return;
  retries = 0;
  tell_trouble({});
  epoch_is_next = !is_epoch;
  // What arrived meanwhile gets in line first.
  if (!line.empty())
    drain_soon();
}

bool store_writer_state::write_epoch() {
  auto& x = line.front().epoch;
  auto asked_at = messages::lease::clock::now();
  crash_point(crash_step::before_commit);
  auto outcome = store->commit_epoch(*x);
  crash_point(crash_step::after_commit);
  if (!outcome) {
    retry_later(outcome.error());
    return false;
  }
  if (!is_done(*outcome, *x))
    return false;
  ++epochs_total;
  if (config.lease)
    config.lease->renew(asked_at);
  self->send(router, messages::epoch_committed{std::move(x)});
  line.pop_front();
  return true;
}

void store_writer_state::handle_renew() {
  auto measured = handlers.measure();
  self->delayed_send(self, config.lease_period, atom::renew_v);
  auto asked_at = messages::lease::clock::now();
  auto head = store->read_head();
  // One that cannot be reached tells nothing: the lease grows old.
  if (!head)
    ++renewals_failed_total;
  else if (head->fence != fence)
    give_up(domain::errc::fenced, "another owner took the store over");
  else
    config.lease->renew(asked_at);
}

bool store_writer_state::write_checkpoints() {
  auto group = std::vector<messages::checkpoint_ptr>{};
  for (auto& x : line) {
    if (!x.checkpoint || group.size() >= config.checkpoints_max)
      break;
    group.push_back(x.checkpoint);
  }
  crash_point(crash_step::before_checkpoint);
  auto outcomes = store->commit_checkpoints(group);
  crash_point(crash_step::after_checkpoint);
  if (!outcomes) {
    // Those that are durable all the same are stale the next time.
    retry_later(outcomes.error());
    return false;
  }
  for (auto outcome : *outcomes) {
    if (!is_done(outcome, *line.front().checkpoint))
      return false;
    ++checkpoints_total;
    line.front().promise.deliver(atom::finished_v);
    line.pop_front();
  }
  return true;
}

template <class T>
bool store_writer_state::is_done(messages::commit_outcome outcome, const T& x) {
  switch (outcome) {
    case messages::commit_outcome::committed:
      return true;
    case messages::commit_outcome::fenced:
      give_up(domain::errc::fenced, "another owner took the store over");
      return false;
    case messages::commit_outcome::stale:
    case messages::commit_outcome::unknown:
      return settle(x);
  }
  return false;
}

bool store_writer_state::settle(const messages::epoch& x) {
  ++unknown_outcomes_total;
  if (planted(domain::bug::writer_trusts_epoch))
    return true;
  auto head = store->read_head();
  if (!head) {
    retry_later(head.error());
    return false;
  }
  if (head->fence != x.after.fence) {
    give_up(domain::errc::fenced, "another owner took the store over");
    return false;
  }
  if (head->epoch == x.after.epoch)
    return true;
  if (head->epoch == x.before.epoch)
    retry_later({domain::errc::unknown_outcome, "a commit got lost"});
  else
    give_up(domain::errc::internal, "the journal is not where we left it");
  return false;
}

bool store_writer_state::settle(const messages::checkpoint& x) {
  ++unknown_outcomes_total;
  if (planted(domain::bug::writer_trusts_checkpoint))
    return true;
  auto cursors = store->read_cursors();
  if (!cursors) {
    retry_later(cursors.error());
    return false;
  }
  auto is_ours = [&x](const messages::cursor_row& y) {
    return y.kind == x.after.kind && y.partition == x.after.partition;
  };
  auto i = std::find_if(cursors->begin(), cursors->end(), is_ours);
  auto cursor = i == cursors->end() ? messages::cursor_row{} : *i;
  if (cursor.jpos == x.after.jpos && cursor.chain_time == x.after.chain_time)
    return true;
  if (cursor.jpos == x.before.jpos)
    retry_later({domain::errc::unknown_outcome, "a checkpoint got lost"});
  else
    give_up(domain::errc::internal, "a cursor is not where we left it");
  return false;
}

void store_writer_state::retry_later(const messages::store_error& reason) {
  auto transient = reason.code == domain::errc::store_unavailable
                   || reason.code == domain::errc::unknown_outcome;
  if (!transient || retries >= config.retries_max) {
    give_up(reason.code, reason.what);
    return;
  }
  pause = std::min(retries == 0 ? config.retry_period : pause * 2,
                   config.retry_period_max);
  // A single lost answer is no trouble.
  if (reason.code == domain::errc::store_unavailable)
    tell_trouble(reason.what);
  ++retries;
  ++retries_total;
  waiting = true;
  self->delayed_send(self, pause, atom::retry_v);
}

void store_writer_state::tell_trouble(const std::string& what) {
  if (in_trouble == !what.empty())
    return;
  in_trouble = !what.empty();
  trouble = what;
  if (config.on_trouble)
    config.on_trouble(what);
}

void store_writer_state::give_up(domain::errc code, std::string what) {
  waiting = true;
  self->quit(caf::make_error(code, std::move(what)));
}

caf::settings store_writer_state::status() const {
  auto result = caf::settings{};
  put(result, "epochs_total", epochs_total);
  put(result, "checkpoints_total", checkpoints_total);
  put(result, "retries_total", retries_total);
  put(result, "unknown_outcomes_total", unknown_outcomes_total);
  put(result, "renewals_failed_total", renewals_failed_total);
  put(result, "line", static_cast<uint64_t>(line.size()));
  put(result, "trouble", trouble);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::store_writer_actor::behavior_type store_writer(
  messages::store_writer_actor::stateful_pointer<store_writer_state> self,
  store_writer_config config, std::shared_ptr<messages::store> store,
  messages::journal_listener_actor router) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.store = std::move(store);
  state.router = std::move(router);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::start) { return self->state.start(); },
    [self](const messages::epoch_ptr& x) { self->state.handle(x); },
    [self](const messages::checkpoint_ptr& x) { return self->state.handle(x); },
    [self](const messages::audit_found& x) { self->state.handle(x); },
    [self](atom::go) {
      self->state.drains_soon = false;
      self->state.drain();
    },
    [self](atom::retry) {
      self->state.waiting = false;
      self->state.drain();
    },
    [self](atom::renew) { self->state.handle_renew(); },
  };
}

} // namespace pumpscope::actors

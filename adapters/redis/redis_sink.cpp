#include "adapters/redis/redis_sink.hpp"

#include "domain/crash_point.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pumpscope::redis {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How soon a lease that is too old is looked at again.
constexpr auto lease_pause = milliseconds{20};

/// How soon a guard that is another's is looked at again.
constexpr auto denied_pause = milliseconds{1'000};

int64_t wall_ms() {
  return std::chrono::duration_cast<milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// The guard is "STORE:FENCE".
std::string guard_text(uint64_t store_id, uint64_t fence) {
  return std::to_string(store_id) + ":" + std::to_string(fence);
}

/// Returns the fence in a guard of this store; nothing for another store's.
std::optional<uint64_t> fence_of(std::string_view guard, uint64_t store_id) {
  auto prefix = std::to_string(store_id) + ":";
  if (!guard.starts_with(prefix))
    return std::nullopt;
  auto rest = guard.substr(prefix.size());
  auto fence = uint64_t{0};
  auto end = rest.data() + rest.size();
  auto [read, error] = std::from_chars(rest.data(), end, fence);
  if (error != std::errc{} || read != end)
    return std::nullopt;
  return fence;
}

} // namespace

// -- messages -----------------------------------------------------------------

void redis_sink_state::handle(const messages::publication_batch_ptr& x) {
  line.push_back(x);
  // What arrived before the next turn goes out with it.
  if (!std::exchange(goes, true))
    self->send(self, atom::go_v);
}

void redis_sink_state::handle(const messages::tick_batch& x) {
  auto measured = handlers.measure();
  if (!ready || !has_lease() || !line.empty()) {
    // The first thing to be shed: durable messages are waiting.
    ticks_shed_total += x.trades.size();
    return;
  }
  auto asked = ask();
  if (asked != permission::granted) {
    ticks_shed_total += x.trades.size();
    return;
  }
  commands.clear();
  auto now = wall_ms();
  for (auto& trade : x.trades)
    writer->add_tick(commands, trade, now);
  if (write())
    ticks_total += x.trades.size();
  else
    ticks_shed_total += x.trades.size();
}

void redis_sink_state::handle_go() {
  auto measured = handlers.measure();
  goes = false;
  deliver();
}

void redis_sink_state::handle_tick() {
  auto measured = handlers.measure();
  if (!look_at || clock::now() < *look_at)
    return;
  look_at.reset();
  if (!redis) {
    connect();
    return;
  }
  if (line.empty() && clock::now() - written_at >= config.look_period
      && has_lease()) {
    // Keeps the guard, and notices when Redis lost it.
    auto asked = ask();
    if (asked == permission::granted || asked == permission::forgotten) {
      commands.clear();
      write();
      if (asked == permission::forgotten && redis)
        tell_ready(true);
    }
  }
  deliver();
}

// -- delivery -----------------------------------------------------------------

void redis_sink_state::connect() {
  auto opened = connection::open(config.redis);
  if (!opened) {
    fail(opened.error().what);
    return;
  }
  redis = std::move(*opened);
  ++connects_total;
  if (!has_lease()) {
    look_in(lease_pause);
    return;
  }
  deliver();
}

void redis_sink_state::deliver() {
  // Whoever broke the connection set the time of the next attempt.
  if (!redis)
    return;
  if (!ready && line.empty()) {
    // Publishing can begin when the guard is ours.
    if (!has_lease()) {
      look_in(lease_pause);
      return;
    }
    auto asked = ask();
    commands.clear();
    if (asked == permission::denied || asked == permission::broken || !write())
      return;
    tell_ready(true);
  }
  while (redis && !line.empty()) {
    if (!has_lease()) {
      // Whoever slept must not speak before the store confirmed it.
      ++lease_waits_total;
      look_in(lease_pause);
      return;
    }
    if (!deliver_some())
      return;
  }
  if (redis)
    look_in(config.look_period);
}

bool redis_sink_state::deliver_some() {
  auto asked = ask();
  if (asked == permission::denied || asked == permission::broken)
    return false;
  commands.clear();
  auto now = wall_ms();
  auto messages = uint64_t{0};
  // Small batches share a write: each costs two round trips.
  auto whole = size_t{0};
  auto end = next_item;
  while (true) {
    for (; whole < line.size() && end == line[whole]->items.size(); ++whole)
      end = 0;
    if (whole == line.size() || commands.size() >= write_commands_max
        || commands.text().size() >= write_bytes_max)
      break;
    writer->add(commands, line[whole]->items[end++], line[whole]->fence, now);
    ++messages;
  }
  domain::crash_point(domain::crash_step::before_publish);
  if (!write())
    return false;
  domain::crash_point(domain::crash_step::after_publish);
  messages_total += messages;
  next_item = end;
  for (; whole > 0; --whole) {
    self->send(publisher, messages::batch_delivered{line.front()->number});
    line.pop_front();
  }
  if (asked == permission::forgotten || !ready)
    tell_ready(true);
  return true;
}

bool redis_sink_state::has_lease() const {
  return !config.lease || config.lease->holds(clock::now(), config.lease_max);
}

redis_sink_state::permission redis_sink_state::ask() {
  auto found = redis->watch(guard_key);
  if (!found) {
    fail(found.error().what);
    return permission::broken;
  }
  if (!*found)
    return permission::forgotten;
  if (**found == guard_value)
    return permission::granted;
  auto fence = fence_of(**found, config.store_id);
  if (fence && *fence < config.fence)
    return permission::granted;
  if (auto done = redis->forget(); !done) {
    fail(done.error().what);
    return permission::broken;
  }
  ++refused_total;
  auto why = fence ? "a later owner of the store publishes"
                   : "another store is published under this prefix";
  if (std::exchange(trouble, why) != why && config.on_trouble)
    config.on_trouble(std::string{"redis: "} + why);
  if (ready)
    tell_ready(false);
  look_in(denied_pause);
  return permission::denied;
}

bool redis_sink_state::write() {
  auto lifetime = std::to_string(config.guard_lifetime.count());
  commands.add({"SET", guard_key, guard_value, "PX", lifetime});
  auto count = commands.size();
  auto bytes = commands.text().size();
  auto written = redis->write(commands);
  if (!written) {
    fail(written.error().what);
    return false;
  }
  if (*written == write_outcome::refused) {
    // Somebody else wrote the guard: look who.
    ++refused_total;
    look_in(lease_pause);
    return false;
  }
  commands_total += count;
  bytes_total += bytes;
  attempt = 0;
  written_at = clock::now();
  return true;
}

void redis_sink_state::fail(const std::string& what) {
  ++failures_total;
  redis.reset();
  if (std::exchange(trouble, what) != what && config.on_trouble)
    config.on_trouble(what);
  if (ready)
    tell_ready(false);
  look_in(domain::backoff_wait(backoff, attempt, random()));
  attempt = std::min(attempt + 1, 63U);
}

void redis_sink_state::look_in(milliseconds pause) {
  // The earliest time counts; a timer of a later one finds nothing to do.
  auto at = clock::now() + pause;
  if (look_at && *look_at <= at)
    return;
  look_at = at;
  self->delayed_send(self, pause, atom::tick_v);
}

void redis_sink_state::tell_ready(bool x) {
  ready = x;
  if (ready && !std::exchange(trouble, {}).empty() && config.on_trouble)
    config.on_trouble({});
  self->send(publisher, messages::sink_changed{ready});
}

caf::settings redis_sink_state::status() const {
  auto result = caf::settings{};
  put(result, "connected", redis != nullptr);
  put(result, "ready", ready);
  put(result, "trouble", trouble);
  put(result, "messages_total", messages_total);
  put(result, "commands_total", commands_total);
  put(result, "bytes_total", bytes_total);
  put(result, "ticks_total", ticks_total);
  put(result, "ticks_shed_total", ticks_shed_total);
  put(result, "failures_total", failures_total);
  put(result, "connects_total", connects_total);
  put(result, "refused_total", refused_total);
  put(result, "lease_waits_total", lease_waits_total);
  put(result, "line", static_cast<uint64_t>(line.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::sink_actor::behavior_type
redis_sink(messages::sink_actor::stateful_pointer<redis_sink_state> self,
           redis_sink_config config) {
  auto& state = self->state;
  state.self = self;
  state.writer.emplace(config.redis.prefix, config.redis.socketio);
  state.guard_key = config.redis.prefix + "pumpscope:owner";
  state.guard_value = guard_text(config.store_id, config.fence);
  state.backoff.first = config.redis.backoff_min;
  state.backoff.cap = config.redis.backoff_max;
  state.config = std::move(config);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::sink_links_ptr& x) {
      self->state.publisher = x->publisher;
      self->state.connect();
    },
    [self](const messages::publication_batch_ptr& x) { self->state.handle(x); },
    [self](const messages::tick_batch_ptr& x) { self->state.handle(*x); },
    [self](atom::go) { self->state.handle_go(); },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::redis

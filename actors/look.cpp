#include "actors/look.hpp"

#include <caf/sec.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace pumpscope::actors {

namespace {

using messages::actor_look;
using messages::console_look;

const messages::counter* find(const actor_look& x, std::string_view name) {
  auto i = std::find_if(x.counters.begin(), x.counters.end(),
                        [name](auto& of) { return of.name == name; });
  return i == x.counters.end() ? nullptr : &*i;
}

std::optional<double> real_of(const actor_look& x, std::string_view name) {
  auto found = find(x, name);
  auto value = found ? std::get_if<double>(&found->value) : nullptr;
  return value ? std::optional{*value} : std::nullopt;
}

bool flag_of(const actor_look& x, std::string_view name) {
  auto found = find(x, name);
  auto value = found ? std::get_if<bool>(&found->value) : nullptr;
  return value != nullptr && *value;
}

void add(std::optional<double>& to, const std::optional<double>& x) {
  if (x)
    to = to.value_or(0) + *x;
}

void raise(std::optional<double>& to, const std::optional<double>& x) {
  if (x)
    to = std::max(to.value_or(0), *x);
}

std::optional<double> median(std::vector<double> xs) {
  if (xs.empty())
    return std::nullopt;
  auto middle = xs.begin() + static_cast<std::ptrdiff_t>(xs.size() / 2);
  std::nth_element(xs.begin(), middle, xs.end());
  return *middle;
}

/// Sums up the actors of each role, in the order of their first one.
class role_sums {
public:
  void add_actor(const actor_look& x) {
    auto& of = role(x.role, x.parent);
    ++of.actors;
    of.silent += x.answered ? 0 : 1;
    of.mailbox += x.mailbox;
    of.mailbox_max = std::max(of.mailbox_max, x.mailbox);
    add(of.messages_per_second, x.messages_per_second);
    raise(of.busy_max, x.busy);
    raise(of.time_p99, x.time_p99);
    if (x.time_p50)
      medians_[x.role].push_back(*x.time_p50);
  }

  /// Entities told nothing themselves: their partition did.
  void add_entities(const char* name, const actor_look& partition,
                    std::optional<double> messages_per_second) {
    auto& of = role(name, partition.role);
    of.actors += number_of(partition, "entities");
    of.restarts += number_of(partition, "entity_restarts_total");
    add(of.messages_per_second, messages_per_second);
    raise(of.time_p99, real_of(partition, "fold_time_p99_seconds"));
    if (auto x = real_of(partition, "fold_time_p50_seconds"))
      medians_[name].push_back(*x);
  }

  std::vector<messages::role_look> take() {
    for (auto& x : roles_)
      x.time_p50 = median(medians_[x.role]);
    return std::move(roles_);
  }

private:
  messages::role_look& role(const std::string& name,
                            const std::string& parent) {
    auto i = std::find_if(roles_.begin(), roles_.end(),
                          [&name](auto& x) { return x.role == name; });
    if (i != roles_.end())
      return *i;
    roles_.push_back({name, parent});
    return roles_.back();
  }

  std::vector<messages::role_look> roles_ = {};
  std::map<std::string, std::vector<double>> medians_ = {};
};

messages::partition_look partition_of(const actor_look& x, uint64_t committed) {
  auto result = messages::partition_look{};
  auto number = [&x](std::string_view name) { return number_of(x, name); };
  result.kind = x.role == "wallet-partition" ? messages::projection::wallet
                                             : messages::projection::token;
  result.index = static_cast<uint32_t>(std::stoul(x.name));
  result.answered = x.answered;
  result.problem = x.problem;
  result.node = text_of(x, "node");
  result.entities = number("entities");
  result.stored = number("stored");
  result.dirty = number("dirty");
  result.applied = number("applied");
  result.cursor = number("cursor");
  result.lag_rows = committed > result.applied ? committed - result.applied : 0;
  result.unstored_rows
    = result.applied > result.cursor ? result.applied - result.cursor : 0;
  result.waiting = number("waiting");
  result.mailbox = x.mailbox;
  result.checkpoints_total = number("checkpoints_total");
  result.repairs_total = number("repairs_total");
  result.entity_restarts_total = number("entity_restarts_total");
  result.sum_mismatches_total = number("sum_mismatches_total");
  result.time_p99 = x.time_p99;
  result.fold_p50 = real_of(x, "fold_time_p50_seconds");
  result.fold_p99 = real_of(x, "fold_time_p99_seconds");
  if (!x.answered)
    result.lag_rows = 0;
  return result;
}

void add_streams(console_look& to, const actor_look& x) {
  auto& of = to.streams.emplace_back();
  of.kind = x.role;
  of.name = text_of(x, x.role == "backfill" ? "server" : "source");
  if (x.role == "inbox")
    of.name = "webhooks";
  of.reading = x.answered;
  of.problem = x.answered ? text_of(x, "last_error") : x.problem;
  of.credit = number_of(x, "credit");
  of.batches_total = number_of(x, "batches_total");
  of.updates_total = number_of(x, x.role == "stream" ? "updates_total"
                                  : x.role == "inbox"
                                    ? "payload_entries_total"
                                    : "backfill_transactions_total");
  of.retries_total = number_of(
    x, x.role == "backfill" ? "backfill_retries_total" : "retries_total");
  if (x.role != "stream")
    return;
  of.slot = to.overview.highest_slot;
  for (auto i = 0;; ++i) {
    auto key = [i](std::string_view what) {
      return "endpoint-" + std::to_string(i) + "." + std::string{what};
    };
    if (find(x, key("name")) == nullptr)
      break;
    auto& endpoint = to.streams.emplace_back();
    endpoint.kind = "endpoint";
    endpoint.name = text_of(x, key("name"));
    endpoint.reading = flag_of(x, key("reading"));
    endpoint.standby = flag_of(x, key("standby"));
    endpoint.slot = number_of(x, key("slot"));
    endpoint.updates_total = number_of(x, key("updates_total"));
    endpoint.retries_total = number_of(x, key("retries_total"));
    endpoint.problem = text_of(x, key("last_error"));
  }
}

void add_overview(console_look& to, const actor_look& x) {
  auto& of = to.overview;
  auto number = [&x](std::string_view name) { return number_of(x, name); };
  if (x.role == "sequencer") {
    of.sealed_slot = number("sealed_slot");
    of.highest_slot = number("highest_slot");
    of.lag_slots
      = of.highest_slot > of.sealed_slot ? of.highest_slot - of.sealed_slot : 0;
    of.trades_total = number("trades_total");
    of.duplicates_total = number("duplicates_total");
    of.dead_letters_total = number("dead_letters_total");
    of.gaps_total = number("gaps_total");
    of.epochs_in_flight = number("epochs_in_flight");
  } else if (x.role == "router") {
    of.committed_jpos = number("committed_jpos");
  } else if (x.role == "sink") {
    of.sink_ready = x.answered && flag_of(x, "ready");
    of.sink_problem = x.answered ? text_of(x, "trouble") : x.problem;
  } else if (x.role == "store-writer") {
    of.store_problem = x.answered ? text_of(x, "trouble") : x.problem;
    of.store_ready = x.answered && of.store_problem.empty();
  } else if (x.role == "auditor") {
    of.mismatches_total += number("mismatches_total");
  } else if (x.role.ends_with("-partition")) {
    of.entities += number("entities");
    of.entity_restarts_total += number("entity_restarts_total");
    of.mismatches_total += number("sum_mismatches_total");
  }
  ++of.actors;
  of.silent += x.answered ? 0 : 1;
  of.mailbox += x.mailbox;
}

} // namespace

void read_status(actor_look& x, const caf::settings& status) {
  x.answered = true;
  for (auto& [name, value] : status) {
    // Nested ones: names of several parts, e.g. of an endpoint.
    if (auto inner = caf::get_if<caf::settings>(&value)) {
      auto nested = actor_look{};
      read_status(nested, *inner);
      for (auto& of : nested.counters)
        x.counters.push_back(
          {std::string{name.begin(), name.end()} + "." + of.name,
           std::move(of.value)});
      continue;
    }
    auto of = messages::counter{{name.begin(), name.end()}, int64_t{0}};
    if (auto flag = caf::get_if<bool>(&value))
      of.value = *flag;
    else if (auto number = caf::get_if<int64_t>(&value))
      of.value = *number;
    else if (auto real = caf::get_if<double>(&value))
      of.value = *real;
    else if (auto text = caf::get_if<std::string>(&value))
      of.value = *text;
    else
      continue;
    x.counters.push_back(std::move(of));
  }
  x.mailbox = number_of(x, "mailbox");
  x.handled_total = number_of(x, "handled_total");
  x.time_p50 = real_of(x, "time_p50_seconds");
  x.time_p99 = real_of(x, "time_p99_seconds");
  x.time_max = real_of(x, "time_max_seconds");
}

void note_silence(actor_look& x, const caf::error& why) {
  x.answered = false;
  x.problem = why == caf::sec::request_timeout         ? "no answer in time"
              : why == caf::sec::request_receiver_down ? "it is gone"
                                                       : "no answer";
}

uint64_t number_of(const actor_look& x, std::string_view name) {
  auto found = find(x, name);
  auto value = found ? std::get_if<int64_t>(&found->value) : nullptr;
  return value ? static_cast<uint64_t>(*value) : 0;
}

std::string text_of(const actor_look& x, std::string_view name) {
  auto found = find(x, name);
  auto value = found ? std::get_if<std::string>(&found->value) : nullptr;
  return value ? *value : std::string{};
}

void summarize(console_look& x) {
  auto sums = role_sums{};
  for (auto& actor : x.actors) {
    add_overview(x, actor);
    sums.add_actor(actor);
  }
  for (auto& actor : x.actors) {
    auto is_wallets = actor.role == "wallet-partition";
    if (is_wallets || actor.role == "token-partition") {
      x.partitions.push_back(partition_of(actor, x.overview.committed_jpos));
      sums.add_entities(is_wallets ? "wallet-ledger" : "token-candles", actor,
                        real_of(actor, "entity_messages_per_second"));
    } else if (actor.role == "stream" || actor.role == "backfill"
               || actor.role == "inbox") {
      add_streams(x, actor);
    }
  }
  auto highest = x.overview.highest_slot;
  for (auto& of : x.streams)
    if (of.slot)
      of.lag_slots = highest > *of.slot ? highest - *of.slot : 0;
  x.roles = sums.take();
}

} // namespace pumpscope::actors

#include "actors/auditor.hpp"

#include "actors/audit_key.hpp"

#include <algorithm>
#include <string>

namespace pumpscope::actors {

namespace {

using messages::projection;
using messages::store_result;

std::chrono::milliseconds period_of(const auditor_config& x) {
  return std::chrono::milliseconds{60'000 / std::max(x.keys_per_minute, 1U)};
}

} // namespace

void auditor_state::handle_tick() {
  auto measured = handlers.measure();
  // First the timer: a failure must not stop it.
  self->delayed_send(self, period_of(config), atom::tick_v);
  ++rounds;
  auto done = collect_changed().and_then([this] {
    return choose().and_then([this](const std::optional<key_id>& key) {
      return key ? audit(*key) : store_result<void>{};
    });
  });
  if (!done)
    ++failures_total;
}

void auditor_state::add_changed(projection kind, const domain::pubkey& key) {
  if (changed.size() < config.changed_max
      && is_changed.emplace(kind, key).second)
    changed.emplace_back(kind, key);
}

store_result<void> auditor_state::collect_changed() {
  auto head = store->read_head();
  if (!head)
    return tl::make_unexpected(std::move(head.error()));
  // Who falls behind goes on with the newest rows.
  if (head->jpos > seen_jpos + config.rows_max)
    seen_jpos = head->jpos - config.rows_max;
  if (head->jpos == seen_jpos)
    return {};
  auto rows = store->load_journal(seen_jpos, head->jpos, config.rows_max);
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  for (auto& x : rows->trades) {
    add_changed(projection::wallet, x.wallet);
    add_changed(projection::token, x.mint);
  }
  for (auto& x : rows->token_events)
    if (x.kind != domain::token_event_kind::slot_voided)
      add_changed(projection::token, x.mint);
  seen_jpos = head->jpos;
  return {};
}

store_result<std::optional<auditor_state::key_id>> auditor_state::choose() {
  if (!changed.empty() && rounds % config.chance_every != 0) {
    auto result = changed.front();
    changed.pop_front();
    is_changed.erase(result);
    return result;
  }
  if (seen_jpos == 0)
    return std::nullopt;
  auto retention = store->read_retention();
  if (!retention)
    return tl::make_unexpected(std::move(retention.error()));
  // Most of the rows that were dropped were the first ones.
  auto dropped = retention->dropped_trades + retention->dropped_token_events;
  auto distribution = std::uniform_int_distribution<uint64_t>{
    std::min(dropped + 1, seen_jpos), seen_jpos};
  auto jpos = distribution(random);
  auto rows = store->load_journal(jpos - 1, jpos, 1);
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  if (!rows->trades.empty()) {
    auto& x = rows->trades.front();
    return rounds / config.chance_every % 2 == 0
             ? key_id{projection::wallet, x.wallet}
             : key_id{projection::token, x.mint};
  }
  if (rows->token_events.empty()
      || rows->token_events.front().kind
           == domain::token_event_kind::slot_voided)
    return std::nullopt;
  return key_id{projection::token, rows->token_events.front().mint};
}

store_result<void> auditor_state::audit(const key_id& x) {
  auto& [kind, key] = x;
  auto result = audit_key(*store, kind, key, config.history_rows_max);
  if (!result) {
    // A state that cannot even be read is one that the journal makes again.
    if (result.error().code != domain::errc::blob_corrupt)
      return tl::make_unexpected(std::move(result.error()));
    result = audit_result{audit_outcome::different, 0, result.error().what};
  }
  switch (result->outcome) {
    case audit_outcome::busy:
      ++busy_total;
      // It changes: its turn comes again.
      add_changed(kind, key);
      return {};
    case audit_outcome::too_long:
      ++too_long_total;
      return {};
    case audit_outcome::equal:
      ++audited_total;
      in_repair.erase(x);
      return {};
    case audit_outcome::different:
      break;
  }
  ++audited_total;
  // One incident, however often it is met before it is repaired.
  auto known = in_repair.contains(x);
  self->send(sequencer, messages::repair_wanted{kind, key});
  if (known)
    return {};
  if (in_repair.size() < config.changed_max)
    in_repair.insert(x);
  ++mismatches_total;
  auto row = messages::audit_row{config.now(), kind, key, result->jpos,
                                 std::move(result->what)};
  if (config.on_incident)
    config.on_incident(row);
  self->send(writer, messages::audit_found{std::move(row)});
  return {};
}

caf::settings auditor_state::status() const {
  auto result = caf::settings{};
  put(result, "audited_total", audited_total);
  put(result, "mismatches_total", mismatches_total);
  put(result, "busy_total", busy_total);
  put(result, "too_long_total", too_long_total);
  put(result, "failures_total", failures_total);
  put(result, "changed", static_cast<uint64_t>(changed.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::auditor_actor::behavior_type
auditor(messages::auditor_actor::stateful_pointer<auditor_state> self,
        auditor_config config, std::shared_ptr<messages::store> store,
        messages::sequencer_actor sequencer,
        messages::store_writer_actor writer) {
  auto& state = self->state;
  state.self = self;
  state.random.seed(config.seed);
  state.config = std::move(config);
  state.store = std::move(store);
  state.sequencer = std::move(sequencer);
  state.writer = std::move(writer);
  self->delayed_send(self, period_of(state.config), atom::tick_v);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::actors

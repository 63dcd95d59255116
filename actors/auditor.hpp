#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

namespace pumpscope::actors {

struct auditor_config {
  /// Keys that are compared per minute; 0 = there is no auditor.
  uint32_t keys_per_minute = 0;

  /// Changed keys that wait for their comparison; above it newer ones have to
  /// be met by chance.
  size_t changed_max = 10'000;

  /// Rows of the journal that are looked at for changed keys in one go.
  size_t rows_max = 1'000;

  /// Rows of one history above which a key is left to `pumpscope verify`.
  size_t history_rows_max = 200'000;

  /// Of this many keys one is any key of the journal, the others changed
  /// lately, if there are any.
  uint32_t chance_every = 4;

  /// Seed of the choice of keys.
  uint32_t seed = 1;

  /// Supplies unix time in seconds, for incidents.
  std::function<int64_t()> now = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };

  /// Told about each incident, for the log; from the auditor's thread.
  std::function<void(const messages::audit_row&)> on_incident = {};
};

struct auditor_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "auditor";

  using key_id = std::pair<messages::projection, domain::pubkey>;

  void handle_tick();

  [[nodiscard]] caf::settings status() const;

  /// Collects keys of rows that are new in the journal.
  messages::store_result<void> collect_changed();

  void add_changed(messages::projection kind, const domain::pubkey& key);

  /// Returns the next key; nothing while the journal is empty.
  messages::store_result<std::optional<key_id>> choose();

  /// Compares one key and acts on what comes out.
  messages::store_result<void> audit(const key_id& x);

  messages::auditor_actor::pointer self = nullptr;
  auditor_config config = {};
  std::shared_ptr<messages::store> store = {};
  messages::sequencer_actor sequencer = {};
  messages::store_writer_actor writer = {};
  std::minstd_rand random{1};
  /// Oldest change first, each key once; bounded by `changed_max`.
  std::deque<key_id> changed = {};
  std::set<key_id> is_changed = {};
  /// Keys whose incident is kept and whose repair may be on its way; bounded by
  /// `changed_max`.
  std::set<key_id> in_repair = {};
  /// The journal was looked at up to here.
  uint64_t seen_jpos = 0;
  uint64_t rounds = 0;
  uint64_t audited_total = 0;
  uint64_t mismatches_total = 0;
  uint64_t busy_total = 0;
  uint64_t too_long_total = 0;
  uint64_t failures_total = 0;
  messages::handler_clock handlers = {};
};

/// Compares stored states with their journal, one key at a time, all the time:
/// keys that changed lately, oldest change first, and others by chance. An
/// incident is kept in the store, told to the log, and repaired by the one
/// primitive that repairs.
///
/// One exists, on a thread of its own because its store blocks. What it holds
/// is a list of keys to look at; when it dies nothing is lost but that, and the
/// pipeline starts it again with all others. A store that fails is asked again
/// at the next tick.
messages::auditor_actor::behavior_type
auditor(messages::auditor_actor::stateful_pointer<auditor_state> self,
        auditor_config config, std::shared_ptr<messages::store> store,
        messages::sequencer_actor sequencer,
        messages::store_writer_actor writer);

} // namespace pumpscope::actors

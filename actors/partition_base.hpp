#pragma once

#include "actors/change_feed.hpp"
#include "actors/partition.hpp"
#include "domain/planted_bug.hpp"
#include "messages/handler_clock.hpp"

#include <caf/send.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>

namespace pumpscope::actors {

/// What wallet and token partitions have in common: the parent of the entities
/// of one partition. It folds epochs one at a time, in order: loads unknown
/// entities in one query, fans rows out, collects effects, advances its
/// windows, acknowledges; and cuts checkpoints between epochs.
///
/// `Kind` says what an entity is and what its effects do to the windows:
/// - types `actor`, `entity_actor`, `work`, `snapshot`, `fold`, `take`;
/// - `projection kind`, `key_of(epoch, row)`;
/// - `restore(loaded, i, key)` and `fresh(key)`: what an entity starts from;
///   `spawn(self, start, publishes)`;
/// - `load(boot)`, `apply(epoch, row, effect)`, `replace(key, work, part)`,
///   `advance(time)` (tells whether a window moved), `tell_news(time)`,
///   `fill(checkpoint, snapshot)`, `needs_refold(effect)`, `touch(key)` (for
///   each entity that folded something);
/// - `row_sums(epoch, row)` and `row_sums(rows)`: what rows of the journal add
///   to a state; `add_status(settings)`;
/// - `counts_holders`: what a re-folded entity held before matters, then also
///   `note_held(loaded, i, key)` (for one that is stored and not alive);
/// - for `change_feed`: types `changes`, `collection`, `collect`,
///   `describe(ledger)`, `complete(change)`, `active_keys()`,
///   `tell_holders(changes, taken)`, and `is_active(key)`: whether it changes
///   when a window moves.
template <class Kind>
struct partition_state : change_feed<partition_state<Kind>, Kind> {
  using self_pointer = typename Kind::actor::pointer;
  using work_ptr = std::shared_ptr<typename Kind::work>;
  using snapshot_ptr = std::shared_ptr<typename Kind::snapshot>;

  static inline constexpr auto name = Kind::partition_name;

  // -- start ------------------------------------------------------------------

  void start(const messages::head_row& x) {
    head = x;
    self
      ->request(
        reader, config.store_timeout,
        messages::load_partition{Kind::kind, config.index,
                                 counts_holders() && !config.holders_known})
      .then([this](
              const messages::partition_boot_ptr& boot) { handle_boot(*boot); },
            [this](caf::error& err) { self->quit(std::move(err)); });
  }

  caf::typed_response_promise<atom::finished> await_start() {
    auto promise = self->template make_response_promise<atom::finished>();
    if (started)
      promise.deliver(atom::finished_v);
    else
      starts.push_back(promise);
    return promise;
  }

  void handle_boot(const messages::partition_boot& boot) {
    cursor = boot.cursor;
    cursor.kind = Kind::kind;
    cursor.partition = config.index;
    applied_jpos = cursor.jpos;
    chain_time = cursor.chain_time;
    if (auto err = kind.load(boot, stored)) {
      self->quit(std::move(err));
      return;
    }
    for (auto& repair : boot.repairs)
      open_repairs[repair.key].push_back(repair.jpos);
    request_tail();
  }

  void request_tail() {
    if (applied_jpos >= head.jpos && open_repairs.empty()) {
      finish_start();
      return;
    }
    auto up_to = std::max(head.jpos, applied_jpos);
    auto after = applied_jpos;
    if (planted(domain::bug::partition_tail_begins_at_cursor) && after > 0)
      --after;
    self
      ->request(reader, config.store_timeout,
                messages::load_tail{Kind::kind, config.index, after, up_to})
      .then([this,
             up_to](const messages::tail_rows_ptr& x) { fold_tail(*x, up_to); },
            [this](caf::error& err) { self->quit(std::move(err)); });
  }

  /// The tail of the journal takes the same way as a live epoch.
  void fold_tail(const messages::tail_rows& loaded, uint64_t up_to) {
    auto whole = loaded.up_to >= up_to;
    auto tail = std::make_shared<messages::epoch>();
    tail->trades = loaded.rows.trades;
    tail->token_events = loaded.rows.token_events;
    auto routed = std::make_shared<messages::routed_epoch>();
    auto& lane = Kind::kind == messages::projection::wallet ? routed->wallets
                                                            : routed->tokens;
    lane.repairs.resize(config.index + 1);
    messages::for_each_row(*tail, [&](messages::row_ref ref, uint64_t jpos) {
      auto key = kind.key_of(*tail, ref);
      auto repairs = open_repairs.find(key);
      auto behind = repairs != open_repairs.end()
                    && std::find(repairs->second.begin(), repairs->second.end(),
                                 jpos)
                         != repairs->second.end();
      if (!behind)
        lane.rows.push_back(ref);
    });
    tail->after.jpos = whole ? up_to : loaded.up_to;
    tail->after.chain_time = whole ? head.chain_time : chain_time;
    for (auto i = open_repairs.begin(); i != open_repairs.end();) {
      auto& positions = i->second;
      auto due = std::any_of(positions.begin(), positions.end(),
                             [&](auto x) { return x <= tail->after.jpos; });
      if (!due) {
        ++i;
        continue;
      }
      std::erase_if(positions, [&](auto x) {
        if (x > tail->after.jpos)
          return false;
        lane.repairs[config.index].push_back({Kind::kind, i->first, x});
        return true;
      });
      i = positions.empty() ? open_repairs.erase(i) : std::next(i);
    }
    lane.begins.assign(config.index + 2, 0);
    lane.begins[config.index + 1] = static_cast<uint32_t>(lane.rows.size());
    routed->epoch = std::move(tail);
    begin(routed, whole ? phase::last_tail : phase::tail);
  }

  void finish_start() {
    kind.advance(head.chain_time);
    chain_time = std::max(chain_time, head.chain_time);
    applied_epoch = std::max(applied_epoch, head.epoch);
    self->delayed_send(self, config.checkpoint_period, atom::tick_v);
    this->start_feed(cursor.published_jpos, [this] {
      started = true;
      for (auto& promise : std::exchange(starts, {}))
        promise.deliver(atom::finished_v);
      next();
    });
  }

  // -- epochs -----------------------------------------------------------------

  /// Bounded by the credit that the router's completions give the sequencer.
  void handle(const messages::routed_epoch_ptr& x) {
    auto measured = handlers.measure();
    waiting.push_back(x);
    next();
  }

  void next() {
    if (!started || busy())
      return;
    if (std::exchange(passivation_due, false))
      entities.passivate(config.live_max);
    if (cut_is_due())
      begin_cut();
    if (this->feed_wanted)
      this->begin_feed();
    if (waiting.empty()) {
      answer_flushes();
      return;
    }
    auto epoch = std::move(waiting.front());
    waiting.pop_front();
    begin(epoch, phase::live);
  }

  [[nodiscard]] bool busy() const {
    return current != nullptr;
  }

  enum class phase : uint8_t { tail, last_tail, live };

  struct group {
    uint32_t entity = 0;
    uint32_t rows = 0;
    bool history = false;
    /// Its history goes on where the last page ended.
    bool more = false;
    /// What its rows add up to; of a history, all of its pages so far.
    messages::fold_sums expected = {};
    /// Rows were refused: the sums cannot be equal.
    bool refused = false;
    /// The entity that folded the rows up to here is lost; 0 = none is.
    uint64_t lost_at = 0;
    /// The entity that knows what was before folds the history.
    bool kept = false;
  };

  /// Whoever is counted as a holder must be taken out of the count before
  /// history tells it anew.
  [[nodiscard]] bool counts_holders() const {
    return Kind::counts_holders && config.publishes;
  }

  /// Tells whether the stored state of an entity is needed.
  [[nodiscard]] bool needs_stored(const group& x) {
    auto& entity = entities[x.entity];
    return !entity.handle && (!x.history || counts_holders()) && x.lost_at == 0
           && stored.contains(domain::key_hash(entity.key, config.hash_seed));
  }

  void begin(const messages::routed_epoch_ptr& x, phase of) {
    current = x;
    current_phase = of;
    ++serial;
    attempts = 0;
    groups.clear();
    row_groups.clear();
    auto& lane = x->of(Kind::kind);
    if (config.index < lane.repairs.size())
      for (auto& repair : lane.repairs[config.index]) {
        group_of(repair.key).history = true;
        repairs_done.push_back(repair);
        ++repairs_total;
      }
    for (auto ref : lane.of(config.index)) {
      auto& entity = group_of(kind.key_of(*x->epoch, ref));
      ++entity.rows;
      entity.expected += kind.row_sums(*x->epoch, ref);
      row_groups.push_back(static_cast<uint32_t>(&entity - groups.data()));
    }
    load_missing();
  }

  group& group_of(const domain::pubkey& key) {
    auto index = entities.find_or_add(key);
    auto& entity = entities[index];
    if (entity.used != serial) {
      entity.used = serial;
      entity.group = static_cast<uint32_t>(groups.size());
      groups.push_back({index});
    }
    return groups[entity.group];
  }

  /// One query for all entities of the epoch that are stored but not alive,
  /// and for a page of the histories of those to be repaired.
  void load_missing() {
    auto query = messages::load_entities{};
    query.kind = Kind::kind;
    query.rows_max = config.history_rows_max;
    query.up_to = planted(domain::bug::partition_repair_is_short)
                    ? current->epoch->before.jpos
                    : current->epoch->after.jpos;
    for (auto& x : groups) {
      auto& entity = entities[x.entity];
      if (x.history)
        query.histories.push_back({entity.key, !x.more});
      if (needs_stored(x))
        query.keys.push_back(entity.key);
    }
    if (query.keys.empty() && query.histories.empty()) {
      dispatch({});
      return;
    }
    loads_total += query.keys.size();
    self->request(reader, config.store_timeout, std::move(query))
      .then([this](const messages::loaded_entities_ptr& x) { dispatch(x); },
            [this](caf::error& err) { self->quit(std::move(err)); });
  }

  void dispatch(const messages::loaded_entities_ptr& loaded) {
    auto work = std::make_shared<typename Kind::work>(groups.size(),
                                                      current->epoch);
    auto begin = uint32_t{0};
    size_t loaded_next = 0;
    size_t history_next = 0;
    auto damaged = false;
    for (size_t i = 0; i < groups.size(); ++i) {
      auto& x = groups[i];
      auto& entity = entities[x.entity];
      auto& part = work->parts_of[i];
      if (x.history) {
        part.history = loaded->histories[history_next++];
        part.lost_at = x.lost_at;
        if (needs_stored(x))
          kind.note_held(*loaded, loaded_next++, entity.key);
        if (part.history->first) {
          x.kept = counts_holders() && entity.handle;
          if (!x.kept)
            entity.handle = kind.spawn(self, kind.fresh(entity.key),
                                       config.publishes);
        }
        // Its rows of this epoch are in the history.
        x.rows = 0;
        if (part.history->first)
          x.expected = {};
        x.expected += kind.row_sums(part.history->rows);
      } else if (!entity.handle) {
        if (!needs_stored(x)) {
          entity.handle = kind.spawn(self, kind.fresh(entity.key),
                                     config.publishes);
        } else {
          auto state = kind.restore(*loaded, loaded_next++, entity.key);
          if (!state
              && state.error() == caf::make_error(domain::errc::blob_corrupt)) {
            // The journal makes it again.
            x.history = true;
            ++damaged_total;
            damaged = true;
            continue;
          }
          if (!state) {
            fail(state.error());
            return;
          }
          entity.handle = kind.spawn(self, std::move(*state), config.publishes);
        }
        ++spawned_total;
      }
      part.begin = begin;
      part.end = begin;
      begin += x.rows;
    }
    if (damaged) {
      load_missing();
      return;
    }
    work->rows.resize(begin);
    work->effects.resize(begin);
    auto rows = current->of(Kind::kind).of(config.index);
    for (size_t i = 0; i < rows.size(); ++i)
      if (auto& x = groups[row_groups[i]]; !x.history)
        work->rows[work->parts_of[row_groups[i]].end++] = rows[i];
    send_out(work);
  }

  void send_out(const work_ptr& work) {
    out = work;
    if (work->size() == 0) {
      handle_all_back();
      return;
    }
    auto hdl = caf::actor_cast<typename Kind::actor>(self);
    work->on_all_back = [hdl] { caf::anon_send(hdl, atom::go_v); };
    choose_timed(*work);
    for (size_t i = 0; i < work->size(); ++i)
      self->send(entities[groups[i].entity].handle,
                 typename Kind::fold{{work, i}});
  }

  /// Has one fold in `folds_per_timed` tell how long it took, at most one of a
  /// work.
  void choose_timed(typename Kind::work& x) {
    entity_messages_total += x.size();
    if (until_timed < x.size()) {
      x.timed_part = until_timed;
      until_timed += folds_per_timed;
    }
    until_timed -= std::min(until_timed, x.size());
  }

  /// All parts are back: those that failed are folded again from the journal,
  /// and long histories go on with their next page.
  void handle_all_back() {
    auto measured = handlers.measure();
    auto work = std::move(out);
    out = nullptr;
    if (work->timed_part < work->size() && work->is_done(work->timed_part))
      folds.add(work->fold_time, messages::handler_clock::clock::now());
    auto failed = std::vector<group>{};
    auto unfinished = std::vector<group>{};
    // Others ask for their history: a row belongs into what they have closed.
    auto died = uint64_t{0};
    for (size_t i = 0; i < work->size(); ++i) {
      auto& part = work->parts_of[i];
      auto again = !work->is_done(i);
      died += again ? 1 : 0;
      for (auto row = part.begin; row < part.end && !again; ++row)
        again = kind.needs_refold(work->effects[row]);
      if (again) {
        if (groups[i].kept) {
          fail(caf::make_error(domain::errc::internal,
                               std::string{"an entity died in a repair"}));
          return;
        }
        failed.push_back(lost(groups[i]));
        continue;
      }
      refused_total += work->refused[i];
      groups[i].refused = groups[i].refused || work->refused[i] > 0;
      if (part.history && !part.history->last) {
        unfinished.push_back(groups[i]);
        unfinished.back().more = true;
        continue;
      }
      check_sums(groups[i], work->sums[i]);
      entities.mark_dirty(groups[i].entity);
      this->mark_changed(groups[i].entity);
      kind.touch(entities[groups[i].entity].key);
      if (part.history) {
        auto& key = entities[groups[i].entity].key;
        kind.replace(key, *work, i);
        replaced.push_back(key);
        continue;
      }
      for (auto row = part.begin; row < part.end; ++row)
        kind.apply(*work->epoch, work->rows[row], work->effects[row]);
    }
    // Handles in the callback would keep this actor alive.
    work->on_all_back = nullptr;
    if (failed.empty() && unfinished.empty()) {
      finish_epoch();
      return;
    }
    if (!failed.empty() && ++attempts > config.entity_restarts_max) {
      fail(caf::make_error(domain::errc::internal,
                           std::string{"an entity fails on each restart"}));
      return;
    }
    entity_restarts_total += died;
    groups = std::move(failed);
    groups.insert(groups.end(), unfinished.begin(), unfinished.end());
    row_groups.assign(current->of(Kind::kind).of(config.index).size(), 0);
    load_missing();
  }

  /// Compares what an entity's state says it got with what its rows add up to:
  /// a row that is lost, or counted twice, on the way is found at once.
  void check_sums(const group& x, const messages::fold_sums& found) {
    if (x.refused || found == x.expected)
      return;
    ++sum_mismatches_total;
    auto& key = entities[x.entity].key;
    auto row = messages::audit_row{};
    row.found_at = config.unix_now();
    row.kind = Kind::kind;
    row.key = key;
    row.jpos = current->epoch->after.jpos;
    row.what = "the state grew by " + std::to_string(found.trades)
               + " trades and " + std::to_string(found.units)
               + " units, its rows are " + std::to_string(x.expected.trades)
               + " and " + std::to_string(x.expected.units);
    if (config.on_incident)
      config.on_incident(row);
    self->send(writer, messages::audit_found{std::move(row)});
    // Another re-fold would not do better than this one.
    if (!x.history)
      self->send(router, messages::repair_wanted{Kind::kind, key});
  }

  /// What has to be done about an entity that did not hand its part back.
  group lost(const group& x) {
    auto result = group{x.entity};
    result.history = true;
    result.lost_at = x.lost_at;
    if (counts_holders()) {
      // Its history tells what it had folded.
      if (!x.history)
        result.lost_at = applied_jpos;
      entities[x.entity].handle = typename Kind::entity_actor{};
    }
    return result;
  }

  void finish_epoch() {
    auto& after = current->epoch->after;
    applied_jpos = std::max(applied_jpos, after.jpos);
    applied_epoch = std::max(applied_epoch, after.epoch);
    chain_time = std::max(chain_time, after.chain_time);
    if (kind.advance(chain_time) && config.publishes)
      mark_active();
    kind.tell_news(chain_time);
    ++epochs_total;
    auto of = current_phase;
    auto number = after.epoch;
    current = nullptr;
    switch (of) {
      case phase::tail:
        request_tail();
        return;
      case phase::last_tail:
        finish_start();
        return;
      case phase::live:
        self->send(router,
                   messages::epoch_applied{Kind::kind, config.index, number});
        next();
        return;
    }
  }

  /// Chain time moved a window: sums changed although nothing happened.
  void mark_active() {
    entities.for_each([this](uint32_t i) {
      auto& entity = entities[i];
      auto active = kind.is_active(entity.key);
      if (active || entity.active)
        this->mark_changed(i);
      entity.active = active;
    });
  }

  void fail(caf::error err) {
    self->quit(std::move(err));
  }

  // -- checkpoints ------------------------------------------------------------

  /// How far this partition is published as of now. Where nothing is, nothing
  /// waits for it.
  [[nodiscard]] uint64_t published_position() const {
    if (!config.publishes)
      return applied_jpos;
    return std::max(cursor.published_jpos,
                    std::min(published_jpos, applied_jpos));
  }

  [[nodiscard]] bool cut_is_due() const {
    if (cutting)
      return false;
    if (entities.dirty().size() >= config.dirty_max)
      return true;
    auto changed = applied_jpos != cursor.jpos
                   || chain_time != cursor.chain_time || !repairs_done.empty()
                   || !replaced.empty();
    auto flushing = !flushes.empty() && waiting.empty();
    // What is published alone is not worth a checkpoint before the end.
    return (changed && (tick_due || flushing))
           || (flushing && published_position() != cursor.published_jpos);
  }

  /// Between epochs, so that every dirty entity that handles the request has
  /// folded exactly the rows up to `applied_jpos`: mailboxes are in order.
  void begin_cut() {
    cutting = true;
    tick_due = false;
    cut_at = self->clock().now();
    cut = std::make_shared<messages::checkpoint>();
    cut->fence = fence;
    cut->before = cursor;
    cut->after = cursor;
    cut->after.jpos = applied_jpos;
    if (planted(domain::bug::partition_cut_is_ahead) && !waiting.empty())
      cut->after.jpos = waiting.front()->epoch->after.jpos;
    cut->after.chain_time = chain_time;
    cut->after.published_jpos = published_position();
    cut->repairs_done = std::exchange(repairs_done, {});
    if (planted(domain::bug::partition_keeps_repairs))
      cut->repairs_done.clear();
    kind.begin_cut(*cut, std::exchange(replaced, {}));
    cut_entities = entities.take_dirty();
    snapshot = std::make_shared<typename Kind::snapshot>(cut_entities.size());
    if (cut_entities.empty()) {
      handle_snapshot();
      return;
    }
    auto hdl = caf::actor_cast<typename Kind::actor>(self);
    snapshot->on_all_back = [hdl] { caf::anon_send(hdl, atom::finished_v); };
    entity_messages_total += cut_entities.size();
    for (size_t i = 0; i < cut_entities.size(); ++i)
      self->send(entities[cut_entities[i]].handle,
                 typename Kind::take{{snapshot, i}});
  }

  void handle_snapshot() {
    auto measured = handlers.measure();
    auto rows = std::move(snapshot);
    snapshot = nullptr;
    rows->on_all_back = nullptr;
    for (size_t i = 0; i < rows->size(); ++i)
      if (!rows->is_done(i)) {
        // Its state up to the cut is lost: start again from the journal.
        fail(caf::make_error(domain::errc::internal,
                             std::string{"an entity died in a checkpoint"}));
        return;
      }
    kind.fill(*cut, *rows);
    auto after = cut->after;
    self
      ->request(writer, config.store_timeout,
                messages::checkpoint_ptr{std::move(cut)})
      .then([this, after](atom::finished) { handle_durable(after); },
            [this](caf::error& err) { fail(std::move(err)); });
  }

  void handle_durable(const messages::cursor_row& after) {
    cursor = after;
    // A store that takes its time gets fewer checkpoints, and larger ones:
    // states that change often are written once for all their changes.
    auto now = self->clock().now();
    rests_until = now
                  + std::min<caf::timespan>(
                    (now - cut_at) * config.checkpoint_rest,
                    config.checkpoint_period * config.checkpoint_rest);
    for (auto i : cut_entities) {
      entities[i].in_cut = false;
      if (!planted(domain::bug::partition_forgets_stored))
        stored.insert(domain::key_hash(entities[i].key, config.hash_seed));
    }
    cut_entities.clear();
    ++checkpoints_total;
    cutting = false;
    passivation_due = true;
    next();
  }

  void handle_tick() {
    auto measured = handlers.measure();
    self->delayed_send(self, config.checkpoint_period, atom::tick_v);
    tick_due = tick_due || self->clock().now() >= rests_until;
    next();
  }

  caf::typed_response_promise<uint64_t> handle_flush() {
    auto promise = self->template make_response_promise<uint64_t>();
    flushes.push_back(promise);
    next();
    return promise;
  }

  void answer_flushes() {
    if (cutting || flushes.empty() || cut_is_due())
      return;
    for (auto& promise : std::exchange(flushes, {}))
      promise.deliver(cursor.jpos);
  }

  /// For the console: the entity of a key, or some of those that were touched
  /// by the last epoch.
  messages::entity_handles_ptr handle(const messages::get_entities& x) {
    auto result = std::make_shared<messages::entity_handles>();
    result->applied = applied_jpos;
    result->cursor = cursor.jpos;
    auto add = [&](uint32_t i) {
      if (auto& entity = entities[i]; entity.handle)
        result->entities.push_back(
          {entity.key, entity.handle, entity.dirty || entity.in_cut});
    };
    if (x.key) {
      result->stored
        = stored.contains(domain::key_hash(*x.key, config.hash_seed));
      if (auto i = entities.index_of(*x.key))
        add(*i);
      return result;
    }
    for (auto& touched : groups) {
      if (result->entities.size() >= x.count)
        break;
      add(touched.entity);
    }
    return result;
  }

  [[nodiscard]] caf::settings status() const {
    auto result = caf::settings{};
    put(result, "partition", static_cast<uint64_t>(config.index));
    put(result, "entities", static_cast<uint64_t>(entities.size()));
    put(result, "stored", static_cast<uint64_t>(stored.size()));
    put(result, "dirty", static_cast<uint64_t>(entities.dirty().size()));
    put(result, "cursor", cursor.jpos);
    put(result, "applied", applied_jpos);
    put(result, "waiting", static_cast<uint64_t>(waiting.size()));
    put(result, "changed", static_cast<uint64_t>(entities.changed().size()));
    put(result, "epochs_total", epochs_total);
    put(result, "checkpoints_total", checkpoints_total);
    put(result, "spawned_total", spawned_total);
    put(result, "loads_total", loads_total);
    put(result, "repairs_total", repairs_total);
    put(result, "refused_total", refused_total);
    put(result, "damaged_total", damaged_total);
    put(result, "entity_restarts_total", entity_restarts_total);
    put(result, "sum_mismatches_total", sum_mismatches_total);
    kind.add_status(result);
    put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
    handlers.put_into(result);
    put(result, "entity_messages_total", entity_messages_total);
    folds.put_into(result, "fold_");
    return result;
  }

  self_pointer self = nullptr;
  partition_config config = {};
  uint64_t fence = 0;
  messages::store_reader_actor reader = {};
  messages::store_writer_actor writer = {};
  messages::partition_observer_actor router = {};
  Kind kind = {};

  /// Where epochs begin to come.
  messages::head_row head = {};
  bool started = false;
  std::vector<caf::typed_response_promise<atom::finished>> starts = {};
  entity_table<typename Kind::entity_actor> entities = {};
  /// Hashes of the keys that the store has a state of: 8 bytes a key.
  boost::unordered_flat_set<uint64_t> stored = {};
  /// Journal positions of the repairs that were open at start, by key.
  std::map<domain::pubkey, std::vector<uint64_t>> open_repairs = {};

  std::deque<messages::routed_epoch_ptr> waiting = {};
  messages::routed_epoch_ptr current = {};
  phase current_phase = phase::live;
  uint64_t serial = 0;
  uint32_t attempts = 0;
  std::vector<group> groups = {};
  std::vector<uint32_t> row_groups = {};
  work_ptr out = {};

  messages::cursor_row cursor = {};
  uint64_t applied_jpos = 0;
  uint64_t applied_epoch = 0;
  uint64_t published_jpos = 0;
  int64_t chain_time = 0;
  bool tick_due = false;
  bool cutting = false;
  /// When the checkpoint under way began, and before when none is due.
  caf::actor_clock::time_point cut_at = {};
  caf::actor_clock::time_point rests_until = {};
  bool passivation_due = false;
  std::shared_ptr<messages::checkpoint> cut = {};
  snapshot_ptr snapshot = {};
  std::vector<uint32_t> cut_entities = {};
  std::vector<messages::repair_row> repairs_done = {};
  std::vector<domain::pubkey> replaced = {};
  std::vector<caf::typed_response_promise<uint64_t>> flushes = {};

  uint64_t epochs_total = 0;
  uint64_t checkpoints_total = 0;
  uint64_t spawned_total = 0;
  uint64_t loads_total = 0;
  uint64_t repairs_total = 0;
  uint64_t refused_total = 0;
  /// Stored states that could not be read and were folded again.
  uint64_t damaged_total = 0;
  uint64_t entity_restarts_total = 0;
  uint64_t sum_mismatches_total = 0;

  messages::handler_clock handlers = {};
  /// What the entities were sent, and how long the measured ones of them fold.
  uint64_t entity_messages_total = 0;
  messages::handler_clock folds = {};
  static constexpr size_t folds_per_timed = 64;
  /// Parts of works until the next one is measured.
  size_t until_timed = 0;
};

} // namespace pumpscope::actors

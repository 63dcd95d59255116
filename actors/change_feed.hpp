#pragma once

#include "messages/actors.hpp"
#include "messages/publication.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pumpscope::actors {

/// What a partition tells the publisher: the newest state of every entity that
/// changed since it was asked last. Conflation happens here, where nothing is
/// copied for it: a key that changes often is in line once.
///
/// A mixin of `partition_state`; the requests are answered between epochs, by
/// the entities themselves, while the partition goes on.
///
/// Bound: one mark per live entity (`partition_config::changed_max`), and the
/// keys of a resync or of those that are to be told again.
template <class Partition, class Kind>
struct change_feed {
  using changes = typename Kind::changes;
  using changes_ptr = std::shared_ptr<const changes>;
  using collection = typename Kind::collection;

  /// What was stored and perhaps not published is told again: nobody may miss
  /// it. Calls `go_on` once its keys are known; what is in the tail of the
  /// journal is marked as changed when it is folded.
  template <class F>
  void start_feed(uint64_t after, F go_on) {
    auto& owner = partition();
    auto up_to = owner.cursor.jpos;
    if (!owner.config.publishes || after >= up_to) {
      go_on();
      return;
    }
    if (up_to - after > owner.config.republish_max) {
      feed_lost = up_to;
      go_on();
      return;
    }
    owner.self
      ->request(
        owner.reader, owner.config.store_timeout,
        messages::load_tail{Kind::kind, owner.config.index, after, up_to})
      .then(
        [this, go_on](const messages::tail_rows_ptr& x) {
          add_keys_of(x->rows);
          start_feed(x->up_to, go_on);
        },
        [this](caf::error& err) { partition().fail(std::move(err)); });
  }

  caf::typed_response_promise<changes_ptr>
  handle_get_changes(const messages::get_changes& x) {
    auto& owner = partition();
    auto promise = owner.self->template make_response_promise<changes_ptr>();
    if (feed_promise.pending()) {
      promise.deliver(caf::make_error(
        domain::errc::internal, std::string{"changes are asked for already"}));
      return promise;
    }
    feed_promise = promise;
    owner.published_jpos = std::max(owner.published_jpos, x.delivered_jpos);
    feed_limit = x.keys_max;
    feed_taken = x.holders_taken;
    feed_wanted = true;
    resync_wanted = resync_wanted || x.resync;
    if (!x.again.empty())
      add_feed_keys(x.again);
    owner.next();
    return promise;
  }

  /// Between epochs: has the entities tell their state as of now.
  void begin_feed() {
    auto& owner = partition();
    feed_wanted = false;
    if (feed_limit > 0 && std::exchange(resync_wanted, false))
      add_feed_keys(owner.kind.active_keys());
    feed_answer = std::make_shared<changes>();
    feed_answer->partition = owner.config.index;
    feed_answer->epoch = owner.applied_epoch;
    feed_answer->jpos = owner.applied_jpos;
    feed_answer->chain_time = owner.chain_time;
    if (feed_limit > 0)
      feed_answer->lost = std::exchange(feed_lost, 0);
    owner.kind.tell_holders(*feed_answer, feed_taken);
    asked = owner.entities.take_changed(feed_limit);
    auto missing = take_keys();
    feed_answer->more = !owner.entities.changed().empty() || !feed_keys.empty();
    parts_missing = (asked.empty() ? 0U : 1U) + (missing.empty() ? 0U : 1U);
    if (parts_missing == 0) {
      deliver();
      return;
    }
    if (!asked.empty())
      ask_entities();
    if (!missing.empty())
      load(std::move(missing));
  }

  /// Has keys told although they did not change; those that wait stay.
  void add_feed_keys(const std::vector<domain::pubkey>& keys) {
    feed_keys.insert(feed_keys.end(), keys.begin(), keys.end());
    std::sort(feed_keys.begin(), feed_keys.end());
    feed_keys.erase(std::unique(feed_keys.begin(), feed_keys.end()),
                    feed_keys.end());
  }

  /// Has the keys of these rows told.
  void add_keys_of(const messages::journal_rows& rows) {
    auto tail = messages::epoch{};
    tail.trades = rows.trades;
    tail.token_events = rows.token_events;
    auto keys = std::vector<domain::pubkey>{};
    messages::for_each_row(tail, [&](messages::row_ref ref, uint64_t) {
      keys.push_back(Kind::key_of(tail, ref));
    });
    add_feed_keys(keys);
  }

  /// Moves keys of a resync to those that are asked, or returns them when they
  /// have no actor.
  std::vector<domain::pubkey> take_keys() {
    auto& owner = partition();
    auto missing = std::vector<domain::pubkey>{};
    while (!feed_keys.empty() && asked.size() + missing.size() < feed_limit) {
      auto key = feed_keys.back();
      feed_keys.pop_back();
      if (auto i = owner.entities.index_of(key)) {
        if (owner.entities.join_collection(*i))
          asked.push_back(*i);
      } else if (owner.stored.contains(
                   domain::key_hash(key, owner.config.hash_seed))) {
        missing.push_back(key);
      }
    }
    return missing;
  }

  void ask_entities() {
    auto& owner = partition();
    collected = std::make_shared<collection>(asked.size());
    auto hdl = caf::actor_cast<typename Kind::actor>(owner.self);
    collected->on_all_back = [hdl] { caf::anon_send(hdl, atom::collected_v); };
    owner.entity_messages_total += asked.size();
    for (size_t i = 0; i < asked.size(); ++i)
      owner.self->send(owner.entities[asked[i]].handle,
                       typename Kind::collect{{collected, i}});
  }

  void load(std::vector<domain::pubkey> keys) {
    auto& owner = partition();
    auto query = messages::load_entities{};
    query.kind = Kind::kind;
    query.keys = keys;
    owner.self->request(owner.reader, owner.config.store_timeout, query)
      .then(
        [this, keys](const messages::loaded_entities_ptr& x) {
          auto& of = partition();
          for (size_t i = 0; i < keys.size(); ++i) {
            auto state = of.kind.restore(*x, i, keys[i]);
            if (!state) {
              of.fail(std::move(state.error()));
              return;
            }
            feed_answer->changes.push_back(Kind::describe(*state));
            of.kind.complete(feed_answer->changes.back());
          }
          one_less();
        },
        [this](caf::error& err) { partition().fail(std::move(err)); });
  }

  void handle_collected() {
    auto& owner = partition();
    auto work = std::move(collected);
    collected = nullptr;
    work->on_all_back = nullptr;
    for (size_t i = 0; i < work->size(); ++i) {
      owner.entities.leave_collection(asked[i]);
      // One that died is folded again, and tells then.
      if (!work->is_done(i)) {
        mark_changed(asked[i]);
        continue;
      }
      feed_answer->changes.push_back(std::move(work->rows_of[i]));
      owner.kind.complete(feed_answer->changes.back());
    }
    asked.clear();
    one_less();
  }

  void one_less() {
    if (--parts_missing == 0)
      deliver();
  }

  void deliver() {
    feed_promise.deliver(changes_ptr{std::move(feed_answer)});
    feed_promise = {};
  }

  void mark_changed(uint32_t entity) {
    auto& owner = partition();
    if (!owner.config.publishes)
      return;
    owner.entities.mark_changed(entity);
    if (owner.entities.changed().size() <= owner.config.changed_max)
      return;
    // Nobody asked for long. What is left out is told as a hole.
    owner.entities.drop_changed();
    feed_lost = std::max(owner.applied_jpos,
                         owner.current ? owner.current->epoch->after.jpos : 0);
  }

  Partition& partition() {
    return static_cast<Partition&>(*this);
  }

  caf::typed_response_promise<changes_ptr> feed_promise = {};
  std::shared_ptr<changes> feed_answer = {};
  std::shared_ptr<collection> collected = {};
  size_t feed_limit = 0;
  uint64_t feed_taken = 0;
  size_t parts_missing = 0;
  bool feed_wanted = false;
  bool resync_wanted = false;
  uint64_t feed_lost = 0;
  std::vector<uint32_t> asked = {};
  /// Keys to tell although they did not change.
  std::vector<domain::pubkey> feed_keys = {};
};

} // namespace pumpscope::actors

#pragma once

#include "domain/planted_bug.hpp"
#include "domain/pubkey.hpp"
#include "messages/actors.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace pumpscope::actors {

struct partition_config {
  /// Which partition of its kind this is, in [0, partitions).
  uint32_t index = 0;

  /// Seed of the store's key hash.
  uint64_t hash_seed = 0;

  /// Live entities that are kept after a checkpoint; more may live in between.
  size_t live_max = 16'384;

  /// Changed entities at which a checkpoint is made before its time.
  size_t dirty_max = 8'192;

  /// Time between checkpoints.
  std::chrono::milliseconds checkpoint_period
    = std::chrono::milliseconds{1'000};

  /// After a checkpoint, which takes some time to become durable, none is due
  /// for so many times as long, at most for so many periods.
  uint32_t checkpoint_rest = 9;

  /// How long the store may take to answer.
  std::chrono::milliseconds store_timeout = std::chrono::milliseconds{60'000};

  /// Rows of histories that are in memory at once.
  size_t history_rows_max = 20'000;

  /// Somebody asks what changed.
  bool publishes = false;

  /// Whoever asks knows the holders of the stored states: only what changes
  /// from there on is told.
  bool holders_known = false;

  /// Changed entities that wait to be told; more are told as a hole.
  size_t changed_max = 65'536;

  /// Rows that were journaled and perhaps not published, whose keys are told
  /// again at start; more are told as a hole.
  size_t republish_max = 100'000;

  /// Times that an entity is spawned again for one epoch before the partition
  /// gives up.
  uint32_t entity_restarts_max = 3;

  /// Supplies unix time in seconds, for incidents.
  std::function<int64_t()> unix_now = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };

  /// Told about each incident, for the log; from the partition's thread.
  std::function<void(const messages::audit_row&)> on_incident = {};
};

/// Tests whether a partition can run with the given configuration.
caf::error validate(const partition_config& x);

/// The live entities of a partition: who they are, who changed, who is idle.
/// Entities keep their index while they live.
template <class Handle>
class entity_table {
public:
  struct entity {
    domain::pubkey key = {};
    Handle handle = {};
    /// Serial of the last epoch that touched it.
    uint64_t used = 0;
    /// Group of the current epoch, valid when `used` is its serial.
    uint32_t group = 0;
    bool dirty = false;
    /// Its rows are in the checkpoint under way.
    bool in_cut = false;
    /// Waits to be told, and is being told.
    bool changed = false;
    bool in_collection = false;
    /// Had sums in a window when that was looked at last.
    bool active = false;
  };

  /// Returns the index of an entity, adding one without handle.
  uint32_t find_or_add(const domain::pubkey& key) {
    auto [i, added] = index_.emplace(key, 0U);
    if (added) {
      if (free_.empty()) {
        i->second = static_cast<uint32_t>(entities_.size());
        entities_.emplace_back();
      } else {
        i->second = free_.back();
        free_.pop_back();
      }
      entities_[i->second].key = key;
    }
    return i->second;
  }

  [[nodiscard]] const entity* find(const domain::pubkey& key) const {
    auto i = index_.find(key);
    return i == index_.end() ? nullptr : &entities_[i->second];
  }

  entity& operator[](uint32_t i) {
    return entities_[i];
  }

  void mark_dirty(uint32_t i) {
    if (std::exchange(entities_[i].dirty, true))
      return;
    dirty_.push_back(i);
  }

  [[nodiscard]] const std::vector<uint32_t>& dirty() const {
    return dirty_;
  }

  /// Moves the dirty ones into a cut.
  std::vector<uint32_t> take_dirty() {
    for (auto i : dirty_) {
      entities_[i].dirty = false;
      entities_[i].in_cut = true;
    }
    return std::exchange(dirty_, {});
  }

  /// Returns the index of an entity that is there.
  [[nodiscard]] std::optional<uint32_t>
  index_of(const domain::pubkey& key) const {
    auto i = index_.find(key);
    return i == index_.end() ? std::nullopt : std::optional{i->second};
  }

  /// Calls `f(index)` for each entity.
  template <class F>
  void for_each(F f) const {
    for (auto& [key, i] : index_)
      f(i);
  }

  void mark_changed(uint32_t i) {
    if (!std::exchange(entities_[i].changed, true))
      changed_.push_back(i);
  }

  [[nodiscard]] const std::deque<uint32_t>& changed() const {
    return changed_;
  }

  /// Takes the first ones that wait to be told; they are in collection then.
  std::vector<uint32_t> take_changed(size_t count) {
    auto result = std::vector<uint32_t>{};
    while (!changed_.empty() && result.size() < count) {
      auto i = changed_.front();
      changed_.pop_front();
      entities_[i].changed = false;
      if (join_collection(i))
        result.push_back(i);
    }
    return result;
  }

  /// False when it is in collection already.
  bool join_collection(uint32_t i) {
    return !std::exchange(entities_[i].in_collection, true);
  }

  void leave_collection(uint32_t i) {
    entities_[i].in_collection = false;
  }

  /// Lets the first one that waits to be told wait no more.
  void drop_changed() {
    entities_[changed_.front()].changed = false;
    changed_.pop_front();
  }

  /// Number of entities.
  [[nodiscard]] size_t size() const {
    return index_.size();
  }

  /// Drops idle and durable entities, those unused longest first, until at
  /// most `live_max` are left or only busy ones remain.
  void passivate(size_t live_max) {
    if (size() <= live_max)
      return;
    auto idle = std::vector<std::pair<uint64_t, uint32_t>>{};
    for (auto& [key, i] : index_)
      if (auto& x = entities_[i];
          (!x.dirty || planted(domain::bug::partition_forgets_dirty))
          && !x.in_cut && !x.changed && !x.in_collection)
        idle.emplace_back(x.used, i);
    // An eighth more than needed, so that the next checkpoint need not search.
    auto surplus = std::min(idle.size(), size() - live_max + live_max / 8);
    std::nth_element(
      idle.begin(), idle.begin() + static_cast<ptrdiff_t>(surplus), idle.end());
    for (size_t i = 0; i < surplus; ++i) {
      auto slot = idle[i].second;
      if (planted(domain::bug::partition_forgets_dirty))
        std::erase(dirty_, slot);
      index_.erase(entities_[slot].key);
      entities_[slot] = entity{};
      free_.push_back(slot);
    }
  }

private:
  boost::unordered_flat_map<domain::pubkey, uint32_t, domain::pubkey_hasher>
    index_ = {};
  std::vector<entity> entities_ = {};
  std::vector<uint32_t> free_ = {};
  std::vector<uint32_t> dirty_ = {};
  std::deque<uint32_t> changed_ = {};
};

} // namespace pumpscope::actors

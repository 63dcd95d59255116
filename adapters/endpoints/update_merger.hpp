#pragma once

#include "domain/update_peek.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace pumpscope::endpoints {

/// Endpoints that can be read at a time.
inline constexpr size_t endpoints_max = 8;

/// Bounds of a merger.
struct merger_config {
  /// How many endpoints tell of the chain, 1 to `endpoints_max`.
  size_t endpoints = 2;
  /// Slots that are remembered; beyond, the one that was named least recently
  /// is forgotten.
  size_t slots_max = 512;
  /// Updates that are remembered, of all slots: 17 to 34 bytes each.
  size_t copies_max = 1'000'000;
  /// Nobody outside may know it: who can choose what collides could hide an
  /// update.
  uint64_t seed = 0;
};

/// What is known about the updates of one endpoint.
struct merger_counters {
  uint64_t updates = 0;
  uint64_t copies = 0;
  uint64_t malformed = 0;
  /// Slots whose digest was compared with those of others, and those in which
  /// it lacked transactions.
  uint64_t slots_compared = 0;
  uint64_t slots_differing = 0;
  uint64_t missing_transactions = 0;
  /// Transactions that it gave after they were counted as missing.
  uint64_t late_transactions = 0;
  /// Slot of the newest block meta.
  uint64_t slot = 0;
};

/// Decides which updates of several endpoints go on, and compares what they
/// say. Pure: order of arrival is the only clock.
///
/// The first copy of each update goes on; an exact copy (same bytes but for
/// filter names and the server's clock) does not. What only looks alike, such
/// as the same transaction with other contents, goes on too: who decodes it
/// decides. Forgetting is harmless, the sequencer knows its keys.
///
/// When a slot dies its copies are forgotten, because the next version of its
/// block may hold the same transactions. An endpoint that has not told the
/// death yet still tells of the version that died: what it tells of this slot
/// is dropped.
///
/// Per endpoint and slot a count and the XOR of the hashed signatures are kept.
/// They are compared once every endpoint that reads the slot as a whole is two
/// block metas past it.
class update_merger {
public:
  explicit update_merger(merger_config config);

  /// Takes an update; tells whether it goes on. Pre: `endpoint` is below the
  /// number of endpoints.
  bool add(size_t endpoint, domain::byte_view update);

  /// The endpoint's connection ended: what comes next may repeat, or leave out.
  void disconnected(size_t endpoint);

  [[nodiscard]] const merger_counters& counters(size_t endpoint) const {
    return endpoints_[endpoint].counters;
  }

  /// Slots and updates that are remembered now.
  [[nodiscard]] size_t slots() const {
    return slots_.size();
  }

  /// @copydoc slots
  [[nodiscard]] size_t copies() const {
    return copies_;
  }

private:
  struct content_hash {
    uint64_t low = 0;
    uint64_t high = 0;
    friend bool operator==(const content_hash&, const content_hash&) = default;
  };

  struct content_hasher {
    using is_avalanching = void;
    size_t operator()(const content_hash& x) const {
      return x.low;
    }
  };

  /// The transactions of one slot by one endpoint.
  struct digest {
    uint64_t count = 0;
    uint64_t signatures = 0;
    friend bool operator==(const digest&, const digest&) = default;
  };

  struct slot_entry {
    boost::unordered_flat_set<content_hash, content_hasher> copies = {};
    /// Hashed signature -> a bit for each endpoint that gave it.
    boost::unordered_flat_map<uint64_t, uint8_t> signatures = {};
    std::array<digest, endpoints_max> digests = {};
    /// A bit for each endpoint that told the death in its connection.
    uint8_t told_death = 0;
    bool dead = false;
    bool compared = false;
    uint64_t touched = 0;
  };

  struct endpoint_state {
    merger_counters counters = {};
    /// Slots from this one on are told as a whole; ~0 = none yet.
    uint64_t whole_from = ~uint64_t{0};
    /// The two highest block metas of this connection.
    std::array<uint64_t, 2> metas = {};
    bool connected = false;
  };

  slot_entry& at(uint64_t slot);
  void forget(std::map<uint64_t, slot_entry>::iterator i);
  void enforce_bounds(uint64_t keep);
  bool add_death(size_t endpoint, slot_entry& entry);
  void add_signature(size_t endpoint, slot_entry& entry,
                     domain::byte_view signature);
  void note_meta(size_t endpoint, uint64_t slot);
  void compare_until(uint64_t slot);
  void compare(uint64_t slot, slot_entry& entry);

  merger_config config_ = {};
  std::vector<endpoint_state> endpoints_ = {};
  std::map<uint64_t, slot_entry> slots_ = {};
  size_t copies_ = 0;
  uint64_t clock_ = 0;
};

} // namespace pumpscope::endpoints

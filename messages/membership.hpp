#pragma once

#include "messages/store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::messages {

/// What a node says of itself.
struct member {
  /// What people call it; one that lives has it for itself.
  std::string name = {};
  /// Of the process: made up at start, never 0, below 2^63.
  uint64_t id = 0;
  /// Where its API is, `HOST:PORT`; empty = it has none.
  std::string http = {};
  /// Where other nodes ask it, `HOST:PORT`; empty = they cannot.
  std::string peer = {};
  /// Version of the program.
  std::string build = {};
};

/// A node as the store knows it.
struct member_row {
  member self = {};
  /// It is asked to give all away and end.
  bool draining = false;
  /// Its last beat is young enough.
  bool alive = false;
  /// The age of that beat, and of the process, by the clock of the store.
  std::chrono::milliseconds beat_age = {};
  std::chrono::milliseconds age = {};
  /// Of wallets, and as many of tokens, that it had with its last beat; a dead
  /// one has none.
  uint32_t partitions = 0;
};

/// All nodes in one moment.
struct cluster_view {
  /// By name; those that died stay for a day.
  std::vector<member_row> members = {};
  /// The process that has the sequencer; 0 = none.
  uint64_t sequencer = 0;
  /// Of the head.
  uint64_t fence = 0;

  /// The node with this id, dead or alive; null = there is none.
  [[nodiscard]] const member_row* known(uint64_t id) const {
    for (auto& x : members)
      if (x.self.id == id)
        return &x;
    return nullptr;
  }

  /// The living node with this id; null = there is none.
  [[nodiscard]] const member_row* living(uint64_t id) const {
    auto x = known(id);
    return x != nullptr && x->alive ? x : nullptr;
  }
};

/// What a beat tells.
struct beat_answer {
  /// Another process that lives has the name: this node is none.
  bool name_taken = false;
  cluster_view view = {};
};

/// The nodes of a store, and which of them has the sequencer. The store
/// decides, by its own clock; `ttl` is how old the last beat of a node that
/// lives may be, the same on all of them. Synchronous, for one thread at a
/// time. Doing anything twice does no harm.
class membership {
public:
  virtual ~membership() = default;

  /// The store that they share.
  [[nodiscard]] virtual store_identity store() const = 0;

  /// Says that we live and how many partitions we have (as in `member_row`),
  /// and tells who else does.
  virtual store_result<beat_answer>
  beat(const member& self, uint32_t partitions) = 0;

  /// Tells who lives, and nobody of us.
  virtual store_result<cluster_view> view() = 0;

  /// Takes the sequencer when nobody has it, or one whose last beat is older
  /// than `silence`, or when we have it already: raises the fence then. Returns
  /// the fence to start with; 0 = somebody has it.
  virtual store_result<uint64_t>
  claim_sequencer(uint64_t id, std::chrono::milliseconds silence) = 0;

  /// Gives back what we have. Others need not wait for our death.
  virtual store_result<void> leave(uint64_t id) = 0;

  /// Asks a node to give all away and end; false when none of this name lives.
  virtual store_result<bool> drain(std::string_view name) = 0;
};

} // namespace pumpscope::messages

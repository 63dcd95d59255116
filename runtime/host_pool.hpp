#pragma once

#include "adapters/peer/peer_network.hpp"
#include "messages/hosting.hpp"
#include "runtime/cluster_seat.hpp"
#include "runtime/suspects.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::runtime {

struct host_pool_settings {
  /// How long a node that failed us gets nothing. Doubles with each failure
  /// that follows soon behind the last one, up to a bound.
  std::chrono::milliseconds distrust = std::chrono::seconds{5};
  std::chrono::milliseconds distrust_max = std::chrono::minutes{1};

  /// The same of a node that all waited for. Longer: finding it out again
  /// costs all of them some seconds.
  std::chrono::milliseconds slow_distrust = std::chrono::minutes{1};
  std::chrono::milliseconds slow_distrust_max = std::chrono::minutes{30};

  /// How long it counts that a node said that it can host; it is asked again
  /// all the time.
  std::chrono::milliseconds trust = std::chrono::seconds{5};

  /// Least time between two rounds in which partitions change hands while all
  /// nodes live.
  std::chrono::milliseconds round_period = std::chrono::seconds{2};

  /// Told after each change who has how many partitions, and how many this node
  /// has itself; from any thread.
  std::function<void(const std::string& shares, size_t own)> on_change = {};
  /// Told what goes wrong; from any thread.
  std::function<void(const std::string&)> on_trouble = {};
};

/// Gives the partitions of the pipeline of this node to all nodes of the
/// cluster that live, run the same build and can be reached. Thread-safe.
class host_pool : public std::enable_shared_from_this<host_pool> {
public:
  host_pool(std::shared_ptr<cluster_seat> seat,
            std::shared_ptr<peer::peer_network> network,
            host_pool_settings settings);

  /// Asks those that have nothing whether they could host; call it about once a
  /// second.
  void look();

  /// Decides who has what from now on, of so many partitions, as all begin
  /// anew: those that keep their node are most (domain/partition_balance). What
  /// this node has itself is not named.
  std::vector<messages::host_share> share_out(uint32_t partition_count);

  /// Decides which partitions change hands now, while the others go on: as many
  /// as `domain::next_moves_max` says, of a node that is slow
  /// `domain::balance_moves_max`, and what `move` planned. Call it again when
  /// they have: how long that took decides how many are next.
  messages::rebalance_plan next_moves();

  /// Tells whether partitions should change hands: nodes came, or are about to
  /// go, or `move` planned it.
  [[nodiscard]] bool is_outdated() const;

  /// Plans that a node gets a partition. Tells why that cannot be, or an empty
  /// text.
  std::string move(uint32_t partition, const std::string& node);

  /// A node failed: whoever has its name gets nothing for a while.
  void note_lost(const std::string& name, const std::string& why);

  /// All wait for a node: whoever has its name gives all away for a while.
  void note_slow(const std::string& name);

private:
  using clock = std::chrono::steady_clock;

  /// Who said that it can host, until when that counts: told by threads of the
  /// network, which must not be the last that hold it.
  struct answers {
    std::mutex mutex = {};
    std::map<uint64_t, clock::time_point> until = {};
  };

  /// Tells whether a node can be counted on.
  [[nodiscard]] bool is_trusted(const messages::member& node,
                                clock::time_point now) const;

  [[nodiscard]] std::shared_ptr<messages::host_link>
  link_to(const messages::member& node);

  /// Says who has how many partitions.
  void tell_shares();

  /// Those that may have partitions, this node first.
  [[nodiscard]] std::vector<messages::member_row> candidates() const;

  std::shared_ptr<cluster_seat> seat_;
  std::shared_ptr<peer::peer_network> network_;
  host_pool_settings settings_;
  mutable std::mutex mutex_;
  /// Guarded by the mutex: the node of each partition.
  std::vector<std::optional<uint64_t>> owners_;
  /// Partitions that somebody wants elsewhere, and on which node.
  std::map<uint32_t, uint64_t> wanted_;
  suspects lost_;
  suspects slow_;
  std::shared_ptr<answers> answers_;
  clock::time_point changed_at_ = {};
  /// Of the round that is on, if any, and how many it may have.
  std::optional<clock::time_point> round_begun_ = {};
  size_t round_max_ = 1;
};

} // namespace pumpscope::runtime

#pragma once

#include "actors/pipeline.hpp"
#include "adapters/http/local_routes.hpp"
#include "adapters/peer/peer_network.hpp"
#include "config/options.hpp"
#include "runtime/cluster_seat.hpp"
#include "runtime/forwarder.hpp"
#include "runtime/host_pool.hpp"
#include "runtime/outcome.hpp"
#include "runtime/partition_hosting.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace pumpscope::runtime {

/// This node among those of a cluster: its place, the way to the others, what
/// it hosts for them and they host for it.
class cluster_node {
public:
  /// Takes the place; `http` is where our API is (empty = there is none, and no
  /// way to the others either), `routes` answers other nodes, and `forwarder`
  /// passes on to them what they answer for us. Has the pipeline of `parts`
  /// give partitions away. Fails with an empty text when `stop` came first.
  static outcome<std::unique_ptr<cluster_node>>
  join(const config::options& options, const std::string& http,
       std::shared_ptr<const http::local_routes> routes,
       std::shared_ptr<forwarder> forwarder,
       const actors::pipeline_config& config, actors::pipeline_parts& parts,
       const std::stop_token& stop);

  /// Gives back what we have, so that nobody waits for our death.
  ~cluster_node();

  cluster_node(const cluster_node&) = delete;
  cluster_node& operator=(const cluster_node&) = delete;

  [[nodiscard]] cluster_seat& seat() {
    return *seat_;
  }

  /// What we may be asked to host: while we stand by, and not in a term.
  void begin_standby();
  void end_standby();

  /// Looks after those who could host for us; call it about once a second.
  void look();

  /// In a term: nodes came or go, partitions should change hands.
  [[nodiscard]] bool should_rebalance() const;

  /// In a term: plans that a node has a partition (`host_pool::move`).
  std::string move(uint32_t partition, const std::string& node);

  /// Before we end, the one with the sequencer takes back what we host; it
  /// knows from the store that we are about to. Waits while it does, a
  /// `ttl` at most for the next of them.
  void give_partitions_away();

  /// While we stand by, the one with the sequencer answers what we are asked:
  /// tells whether it did when it was asked last, and asks again.
  bool answers_by_others();

private:
  cluster_node() = default;

  /// Has the pipeline of `parts` tell which partitions are ours, and give
  /// others away where there is a way to other nodes.
  void share(actors::pipeline_parts& parts);
  void add_pool(actors::pipeline_parts& parts);

  std::chrono::milliseconds ttl_ = {};
  std::shared_ptr<forwarder> forwarder_;
  std::shared_ptr<partition_hosting> hosting_;
  /// Null = there is no way to the others.
  std::shared_ptr<peer::peer_network> peers_;
  std::shared_ptr<cluster_seat> seat_;
  std::shared_ptr<host_pool> pool_;
  /// Partitions that this node has in a term.
  std::shared_ptr<std::atomic<uint32_t>> own_
    = std::make_shared<std::atomic<uint32_t>>(0);
  std::shared_ptr<std::atomic<bool>> others_answer_
    = std::make_shared<std::atomic<bool>>(false);
};

} // namespace pumpscope::runtime

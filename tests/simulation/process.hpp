#pragma once

#include "adapters/simulator/random.hpp"
#include "messages/actors.hpp"
#include "messages/registration.hpp"
#include "tests/simulation/lossy_stream.hpp"
#include "tests/simulation/played_stream.hpp"
#include "tests/simulation/published.hpp"
#include "tests/simulation/simulated_host.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/memory_store.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace pumpscope::test {

/// What happened in a run, as one number: equal runs have equal digests.
class trace_digest {
public:
  void add(uint64_t x) {
    value_ = simulator::mix(value_ ^ x);
  }

  void add(std::string_view x) {
    for (auto c : x)
      add(static_cast<uint64_t>(static_cast<unsigned char>(c)));
  }

  [[nodiscard]] uint64_t value() const {
    return value_;
  }

private:
  uint64_t value_ = 0;
};

/// One process: the real actors under CAF's deterministic scheduler, which
/// runs one random actor for one message at a time. What outlives it is the
/// disk.
class process {
public:
  /// @param settings Sizes and bounds of the pipeline.
  /// @param disk Where the store of this process keeps its rows.
  /// @param streams What the source of this process plays; of several the first
  /// is nobody's and each other one an endpoint's.
  /// @param lossy What it plays instead, when it lacks transactions; or null.
  /// @param told Who follows what is published; or null: nothing is.
  /// @param random Draws seeds of sources; outlives this process.
  process(const world_settings& settings, std::shared_ptr<memory_disk> disk,
          std::vector<stream_ptr> streams, lossy_stream_ptr lossy,
          std::shared_ptr<published> told, simulator::random_source& random);

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  /// Kills all that still runs: nothing more reaches the disk.
  ~process();

  /// Runs a random actor for one message, or lets a timer fire. Returns false
  /// when nobody has anything to do, ever.
  bool step(simulator::random_source& random, trace_digest& trace);

  /// Kills a random actor that is about to run. Returns whether there is one
  /// that a pipeline has to survive.
  bool kill_one(simulator::random_source& random, trace_digest& trace);

  /// Decides what goes wrong with the store; none by default.
  memory_store::fault_plan on_operation = {};

  /// Draws whether the connection to a host breaks in front of a message; never
  /// by default.
  std::function<bool()> host_breaks = {};

  /// Told of each partition that another node hosts.
  std::function<void()> on_hosted = {};

  /// Told of each partition that is to change hands.
  std::function<void()> on_moved = {};

  /// Why the last move failed that did.
  std::string move_failure = {};

  /// Has some partitions change hands, by chance.
  void move_partitions();

  /// A store met a planted crash: the process is gone.
  [[nodiscard]] bool crashed() const {
    return store_->crashed()
           || std::any_of(hosts_.begin(), hosts_.end(),
                          [](auto& x) { return x->crashed(); });
  }

  /// How the pipeline ended.
  struct outcome {
    messages::pipeline_status_ptr status = {};
    caf::error error = {};
  };

  /// Returns null while the pipeline runs.
  [[nodiscard]] const outcome* ended() const {
    return outcome_->status || outcome_->error ? outcome_.get() : nullptr;
  }

private:
  std::shared_ptr<messages::host_link>
  make_link(const world_settings& settings, simulator::random_source& random,
            const std::shared_ptr<memory_disk>& disk, size_t number);

  messages::rebalance_plan rebalance(const world_settings& settings,
                                     simulator::random_source& random,
                                     const std::shared_ptr<memory_disk>& disk);

  /// Decides what other nodes host in the next generation.
  std::vector<messages::host_share>
  share_out(const world_settings& settings, simulator::random_source& random,
            const std::shared_ptr<memory_disk>& disk);

  struct system_config : caf::actor_system_config {
    system_config() {
      set("scheduler.policy", caf::atom("testing"));
      set("logger.verbosity", caf::atom("quiet"));
      messages::register_all(*this);
    }
  };

  system_config config_ = {};
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  std::shared_ptr<memory_store> store_;
  memory_store::fault_plan plan_ = {};
  std::shared_ptr<published> told_ = {};
  /// Nodes that hosted something, some of them without knowing that it is over.
  std::vector<std::shared_ptr<simulated_host>> hosts_ = {};
  std::shared_ptr<outcome> outcome_ = std::make_shared<outcome>();
  messages::pipeline_actor pipeline_ = {};
  caf::actor waiter_ = {};
  bool killing_ = false;
};

} // namespace pumpscope::test

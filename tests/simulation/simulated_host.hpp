#pragma once

#include "actors/partition_host.hpp"
#include "messages/hosting.hpp"
#include "tests/support/memory_store.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::test {

/// Another node that hosts partitions, under the same scheduler, and the
/// connection to it, which keeps the order of messages until it breaks.
class simulated_host : public messages::host_link,
                       public std::enable_shared_from_this<simulated_host> {
public:
  /// @param breaks Draws whether the connection breaks now.
  /// @param learns Draws whether the other side learns that it broke.
  /// @param name Of the node.
  simulated_host(std::string name, caf::actor_system& system,
                 actors::partition_host_config config,
                 std::shared_ptr<memory_store> store,
                 std::function<bool()> breaks, std::function<bool()> learns);

  [[nodiscard]] std::string name() const override;

  void begin(std::string command,
             std::function<void(std::string, bool)> on_events) override;

  void pass(messages::hosting_id id, std::string order,
            std::function<void(bool)> done) override;

  void ask(messages::hosting_id id, std::string question,
           std::function<void(std::optional<std::string>)> done) override;

  void end() override;

  void note_lost(const std::string& why) override;

  void note_slow() override;

  /// The node is gone, with all that it does.
  void kill();

  /// Its store met a planted crash.
  [[nodiscard]] bool crashed() const {
    return store_->crashed();
  }

private:
  /// Tells whether a message comes through.
  bool passes();

  std::string name_;
  caf::actor_system& system_;
  actors::partition_host_config config_;
  std::shared_ptr<memory_store> store_;
  std::function<bool()> breaks_;
  std::function<bool()> learns_;
  std::function<void(std::string, bool)> on_events_ = {};
  messages::partition_host_actor host_ = {};
  bool connected_ = true;
};

} // namespace pumpscope::test

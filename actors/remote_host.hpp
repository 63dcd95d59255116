#pragma once

#include "messages/handler_clock.hpp"
#include "messages/hosting.hpp"

#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::actors {

struct remote_host_config {
  /// What the host is told at first.
  messages::host_begin begin = {};
};

struct remote_host_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "remote-host";

  /// The host learns that it is over.
  ~remote_host_state();

  void start(const messages::remote_host_links& x);

  void handle(const messages::routed_epoch_ptr& x);

  /// Passes an epoch on.
  void send(std::string bytes);

  caf::typed_response_promise<messages::host_answer_ptr>
  ask(const messages::host_question_ptr& x);

  void handle(const messages::host_answered& x);

  void handle(const messages::host_piece& x);

  void handle(messages::host_event& x);

  void handle(const messages::host_taken& x);

  [[nodiscard]] caf::settings status() const;

  void fail(domain::errc code, const std::string& why);

  messages::remote_host_actor::pointer self = nullptr;
  remote_host_config config = {};
  std::shared_ptr<messages::host_link> link = {};
  messages::partition_observer_actor router = {};
  messages::news_listener_actor market = {};
  messages::host_event_reader events = {};
  /// Questions under way: a few of each that asks.
  std::map<uint64_t, caf::typed_response_promise<messages::host_answer_ptr>>
    questions = {};
  bool lost = false;
  /// Epochs that wait until the host has begun: as many as the sequencer has
  /// credit for.
  bool begun = false;
  std::vector<std::string> early = {};
  uint64_t epochs_total = 0;
  uint64_t rows_total = 0;
  uint64_t bytes_total = 0;
  uint64_t folded_epoch = 0;
  uint64_t questions_total = 0;
  messages::handler_clock handlers = {};
};

/// Returns what the partitions of a host need of an epoch.
messages::host_epoch share_of(const messages::routed_epoch& x,
                              const std::vector<uint32_t>& partitions);

/// Stands for a node that hosts partitions for this one: passes epochs and
/// questions on, and back what the host tells.
///
/// One exists per such node. What is on its way is bounded by the epochs that
/// the sequencer has credit for, and by one question of each that asks. When it
/// dies, because the host is gone or fails, the pipeline starts again from the
/// journal and gives the partitions to others.
messages::remote_host_actor::behavior_type remote_host(
  messages::remote_host_actor::stateful_pointer<remote_host_state> self,
  remote_host_config config, std::shared_ptr<messages::host_link> link);

} // namespace pumpscope::actors

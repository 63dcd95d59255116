#pragma once

#include "messages/handler_clock.hpp"
#include "messages/hosting.hpp"

#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::actors {

struct remote_host_config {
  /// What the host is told at first; without partitions it is told nothing
  /// until some join.
  messages::host_begin begin = {};

  /// How long a host that has loaded all its partitions may fold none of the
  /// epochs that it has before it counts as lost: all others wait for it.
  std::chrono::milliseconds patience = std::chrono::seconds{30};

  /// A look counts against the host when the partitions here are done with all
  /// that they have, while the host owes one of these epochs for longer than
  /// this. Each other look takes one back.
  std::chrono::milliseconds slow_after = std::chrono::seconds{2};

  /// The host is slow when so many looks count against it. One that is a little
  /// slower than we are never comes to that: we are busy most of the time, too.
  uint32_t slow_looks = 5;

  /// How often we look.
  std::chrono::milliseconds look_period = std::chrono::seconds{1};
};

struct remote_host_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "remote-host";

  /// The host learns that it is over.
  ~remote_host_state();

  void start(const messages::remote_host_links& x);

  void handle(const messages::routed_epoch_ptr& x);

  void handle(const messages::partitions_left& x);

  void handle(const messages::partitions_joined& x);

  void handle(const messages::epoch_folded_here& x);

  /// Has the host begin with what it is to host.
  void begin_hosting();

  /// Passes an order on, at once or when the host has begun.
  void order(decltype(messages::host_order::what) x);
  void send(std::string bytes);
  void send_question(uint64_t number, std::string question);

  caf::typed_response_promise<messages::host_answer_ptr>
  ask(const messages::host_question_ptr& x);

  void handle(const messages::host_answered& x);

  void handle(const messages::host_piece& x);

  void handle(messages::host_event& x);

  [[nodiscard]] caf::settings status() const;

  void handle_tick();

  /// How long the partitions here wait for it already.
  [[nodiscard]] caf::actor_clock::duration_type waiting() const;

  /// Tells whether it is slow, look by look.
  void look_whether_slow();

  void fail(domain::errc code, const std::string& why);

  messages::remote_host_actor::pointer self = nullptr;
  remote_host_config config = {};
  std::shared_ptr<messages::host_link> link = {};
  messages::host_observer_actor router = {};
  messages::news_listener_actor market = {};
  messages::host_event_reader events = {};
  /// Questions under way: a few of each that asks.
  std::map<uint64_t, caf::typed_response_promise<messages::host_answer_ptr>>
    questions = {};
  bool lost = false;
  /// What it has, ascending.
  std::vector<uint32_t> partitions = {};
  /// It was told to begin.
  bool told = false;
  /// Orders and questions that wait until the host has begun: of epochs as many
  /// as the sequencer has credit for.
  bool begun = false;
  std::vector<std::function<void()>> early = {};
  uint64_t orders_total = 0;
  uint64_t epochs_total = 0;
  uint64_t rows_total = 0;
  uint64_t bytes_total = 0;
  uint64_t sent_epoch = 0;
  /// Partitions that it got before the next epoch may still load.
  uint64_t loads_behind = 0;
  uint64_t folded_epoch = 0;
  /// When it folded something last, or got something to fold.
  caf::actor_clock::time_point progress_at = {};
  /// What the partitions here have folded, and since when they wait for the
  /// host: no more than the sequencer has credit for.
  uint64_t folded_here = 0;
  std::deque<std::pair<uint64_t, caf::actor_clock::time_point>> owed = {};
  /// Looks at which all waited for it, less those at which they did not.
  uint32_t slow_looks = 0;
  uint64_t slow_total = 0;
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
/// fails, because the host is gone or fails, the pipeline starts again from the
/// journal and gives the partitions to others.
messages::remote_host_actor::behavior_type remote_host(
  messages::remote_host_actor::stateful_pointer<remote_host_state> self,
  remote_host_config config, std::shared_ptr<messages::host_link> link);

} // namespace pumpscope::actors

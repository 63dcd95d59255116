#pragma once

#include "adapters/peer/peer_messages.hpp"
#include "adapters/peer/peer_settings.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

namespace pumpscope::peer {

/// Of all threads: the server counts, others read.
struct server_traffic {
  std::atomic<uint64_t> answered = 0;
  std::atomic<uint64_t> refused = 0;
  std::atomic<uint64_t> streams_open = 0;
};

struct peer_server_config {
  /// See `peer_settings`.
  std::function<void(http::request, http::reply)> answer = {};
  size_t questions_max = 1'024;
  std::string uncounted = {};
  size_t streams_max = 20'000;
  /// Never null.
  std::shared_ptr<server_traffic> traffic = std::make_shared<server_traffic>();
};

struct peer_server_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "peer-server";

  /// A question that is not answered to its end.
  struct job {
    /// Null = the route has not answered yet.
    std::shared_ptr<http::body_source> stream = {};
    /// Bytes that may be sent.
    size_t credit = 0;
    /// One wake-up is on its way.
    std::shared_ptr<std::atomic<bool>> woken
      = std::make_shared<std::atomic<bool>>(false);
  };

  void handle(const messages::peer_question& x);
  void handle(answer_ready& x);
  void handle(const stream_woke& x);
  void handle(const messages::peer_credit& x);
  void handle(const messages::peer_cancel& x);
  /// Another node is gone, and so are its questions.
  void handle_down(const caf::actor_addr& client);

  /// Sends what there is, as far as credit goes.
  void pump(const question_key& key);
  void send(const question_key& key, http::response x, bool streams);
  void forget(const question_key& key);

  local_server_actor::pointer self = nullptr;
  peer_server_config config = {};
  std::map<question_key, job> jobs = {};
  size_t streams = 0;
  /// Clients whose end we will hear of.
  std::set<caf::actor_addr> clients = {};
};

/// Answers what other nodes ask, by the routes of this one.
///
/// One exists per node of a cluster. Bounded by `questions_max`, `streams_max`
/// and the credit of each stream. When it dies the connections of its clients
/// end, who connect again.
local_server_actor::behavior_type
peer_server(local_server_actor::stateful_pointer<peer_server_state> self,
            peer_server_config config);

} // namespace pumpscope::peer

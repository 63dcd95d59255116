#pragma once

#include "adapters/peer/peer_messages.hpp"
#include "adapters/peer/peer_settings.hpp"
#include "adapters/peer/remote_stream.hpp"

#include <caf/io/middleman_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace pumpscope::peer {

/// Of all threads: the client counts, others read.
struct client_traffic {
  std::atomic<uint64_t> asked = 0;
  std::atomic<uint64_t> in_vain = 0;
  std::atomic<uint64_t> lost = 0;
  std::atomic<uint64_t> bytes_asked = 0;
  std::atomic<uint64_t> bytes_told = 0;
};

struct peer_client_config {
  /// Connects to other nodes, by TLS or without.
  caf::io::middleman_actor connector = {};
  size_t questions_max = 1'024;
  std::string uncounted = {};
  size_t streams_max = 20'000;
  std::chrono::milliseconds answer_max = std::chrono::seconds{8};
  std::chrono::milliseconds connect_max = std::chrono::seconds{2};
  std::chrono::milliseconds reconnect_pause = std::chrono::milliseconds{500};
  /// How often questions are looked for that took too long.
  std::chrono::milliseconds look_period = std::chrono::milliseconds{250};
  /// Never null.
  std::shared_ptr<client_traffic> traffic = std::make_shared<client_traffic>();
};

struct peer_client_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "peer-client";

  /// Readers of streams are told that no more comes.
  ~peer_client_state();

  using place = std::pair<std::string, uint16_t>;
  using time_point = caf::actor_clock::time_point;

  /// Another node.
  struct connection {
    /// Invalid = there is none yet.
    messages::peer_server_actor server = {};
    bool connecting = false;
    /// Until when its questions wait for it.
    time_point until = {};
    /// Nobody is asked before.
    time_point again_at = {};
    /// Questions that wait for it.
    std::deque<ask_peer_ptr> waiting = {};
  };

  /// A question that was sent.
  struct question {
    place to = {};
    http::reply done = {};
    time_point until = {};
  };

  /// A body without an end that is under way.
  struct stream {
    place from = {};
    std::weak_ptr<remote_stream> to = {};
  };

  void handle(const ask_peer_ptr& x);
  void handle(messages::peer_answer& x);
  void handle(messages::peer_piece& x);
  void handle(const stream_taken& x);
  void handle(const stream_dropped& x);
  void handle_tick();
  void handle_down(const caf::actor_addr& server);

  void connect(const place& to);
  void handle_connected(const place& to, const caf::strong_actor_ptr& hdl,
                        const std::set<std::string>& interface);
  void handle_unreachable(const place& to, const std::string& why);
  void handle_end();
  void fail_waiting(const place& to, connection& by, const std::string& why);
  void send(const place& to, connection& by, const ask_peer_ptr& x);
  void fail(const http::reply& done, unsigned status, std::string_view code,
            const std::string& what);
  template <class Message>
  void tell(const place& to, const Message& x);

  local_client_actor::pointer self = nullptr;
  peer_client_config config = {};
  prober_actor prober = {};
  uint64_t number = 0;
  size_t waiting = 0;
  /// Connections that CAF is making at present.
  size_t in_the_making = 0;
  /// Ends as soon as nothing is in the making.
  bool ends = false;
  std::map<place, connection> connections = {};
  std::map<uint64_t, question> questions = {};
  std::map<uint64_t, stream> streams = {};
};

/// Asks other nodes, over one connection to each that is made when the first
/// question comes and again when it broke.
///
/// One exists per node of a cluster. Bounded by `questions_max` and
/// `streams_max`; every question is answered in `answer_max` and the time that
/// a connection takes. When it dies the process has no way to other nodes any
/// more.
local_client_actor::behavior_type
peer_client(local_client_actor::stateful_pointer<peer_client_state> self,
            peer_client_config config);

} // namespace pumpscope::peer

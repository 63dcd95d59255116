#pragma once

#include "adapters/http/message.hpp"
#include "adapters/http/route.hpp"
#include "messages/atoms.hpp"
#include "messages/peer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/atom.hpp>
#include <caf/node_id.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// What never leaves the process.

namespace pumpscope::peer {

/// Tells whether a question does not count, by `peer_settings::uncounted`.
inline bool is_uncounted(std::string_view target, std::string_view uncounted) {
  return !uncounted.empty() && target.starts_with(uncounted);
}

/// Names a question of another node.
struct question_key {
  caf::actor_addr client = {};
  uint64_t number = 0;

  friend bool operator<(const question_key& x, const question_key& y) {
    auto order = x.client.compare(y.client);
    return order < 0 || (order == 0 && x.number < y.number);
  }
};

/// Event: a route answered.
struct answer_ready {
  question_key key = {};
  http::response answer = {};
};

/// Event: a body without an end has more.
struct stream_woke {
  question_key key = {};
};

/// Command: ask the node at this address.
struct ask_peer {
  std::string host = {};
  uint16_t port = 0;
  http::request question = {};
  http::reply done = {};
};

/// Event: the reader of a body without an end took so much.
struct stream_taken {
  uint64_t number = 0;
  uint32_t bytes = 0;
};

/// Event: nobody reads it any more.
struct stream_dropped {
  uint64_t number = 0;
};

using answer_ready_ptr = std::shared_ptr<answer_ready>;
using stream_woke_ptr = std::shared_ptr<stream_woke>;
using ask_peer_ptr = std::shared_ptr<ask_peer>;

/// Tells whether somebody listens there.
using prober_actor = caf::typed_actor<
  caf::replies_to<std::string, uint16_t, caf::timespan>::with<bool>>;

} // namespace pumpscope::peer

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::peer::answer_ready_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::peer::stream_woke_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::peer::ask_peer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::peer::stream_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::peer::stream_dropped)

CAF_BEGIN_TYPE_ID_BLOCK(pumpscope_peer_local, caf::first_custom_type_id + 1'100)

  CAF_ADD_TYPE_ID(pumpscope_peer_local, (pumpscope::peer::answer_ready_ptr))
  CAF_ADD_TYPE_ID(pumpscope_peer_local, (pumpscope::peer::stream_woke_ptr))
  CAF_ADD_TYPE_ID(pumpscope_peer_local, (pumpscope::peer::ask_peer_ptr))
  CAF_ADD_TYPE_ID(pumpscope_peer_local, (pumpscope::peer::stream_taken))
  CAF_ADD_TYPE_ID(pumpscope_peer_local, (pumpscope::peer::stream_dropped))

CAF_END_TYPE_ID_BLOCK(pumpscope_peer_local)

namespace pumpscope::peer {

/// The peer server with what only this process says to it.
using local_server_actor
  = messages::peer_server_actor::extend<caf::reacts_to<answer_ready_ptr>,
                                        caf::reacts_to<stream_woke_ptr>>;

/// The peer client with what only this process says to it.
using local_client_actor = messages::peer_client_actor::extend<
  // Asks another node; connects where there is no connection.
  caf::reacts_to<ask_peer_ptr>, caf::reacts_to<stream_taken>,
  caf::reacts_to<stream_dropped>,
  // INTERNAL: time to look for questions that took too long.
  caf::reacts_to<atom::tick>>;

} // namespace pumpscope::peer

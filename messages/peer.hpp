#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/make_message.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What nodes of a cluster say to each other. It crosses machines: fields are
// only ever appended, and a node that does not know a version says so.

namespace pumpscope::messages {

/// Version of the messages below.
inline constexpr uint16_t peer_version = 1;

/// Longest body of a question and of an answer.
inline constexpr size_t peer_question_bytes_max = size_t{5} << 20;
inline constexpr size_t peer_answer_bytes_max = size_t{64} << 20;

/// Bytes of an answer without an end that are on their way at most.
inline constexpr size_t peer_window_bytes = size_t{256} << 10;

/// A request of HTTP that another node is to answer. Texts are bytes of a
/// client, in no certain encoding.
struct peer_question {
  uint16_t version = peer_version;
  /// Of the one who asks; answers bear it.
  uint64_t number = 0;
  std::string method = {};
  /// Path and query, as they came.
  std::string target = {};
  std::string authorization = {};
  std::string accept = {};
  std::string last_event_id = {};
  /// Where the client is.
  std::string client = {};
  std::string body = {};
};

/// What the other node says to it.
struct peer_answer {
  uint16_t version = peer_version;
  uint64_t number = 0;
  uint16_t status = 0;
  std::string content_type = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  /// The body has no end: pieces follow.
  bool streams = false;
};

/// More of a body without an end; `last` = there is an end, all the same.
struct peer_piece {
  uint64_t number = 0;
  std::string bytes = {};
  bool last = false;
};

/// So many bytes of a body went on to the client: as many may follow.
struct peer_credit {
  uint64_t number = 0;
  uint32_t bytes = 0;
};

/// Nobody waits for this answer any more.
struct peer_cancel {
  uint64_t number = 0;
};

template <class Inspector>
auto inspect(Inspector& f, peer_question& x) {
  return f(caf::meta::type_name("peer_question"), x.version, x.number, x.method,
           x.target, x.authorization, x.accept, x.last_event_id, x.client,
           x.body);
}

template <class Inspector>
auto inspect(Inspector& f, peer_answer& x) {
  return f(caf::meta::type_name("peer_answer"), x.version, x.number, x.status,
           x.content_type, x.headers, x.body, x.streams);
}

template <class Inspector>
auto inspect(Inspector& f, peer_piece& x) {
  return f(caf::meta::type_name("peer_piece"), x.number, x.bytes, x.last);
}

template <class Inspector>
auto inspect(Inspector& f, peer_credit& x) {
  return f(caf::meta::type_name("peer_credit"), x.number, x.bytes);
}

template <class Inspector>
auto inspect(Inspector& f, peer_cancel& x) {
  return f(caf::meta::type_name("peer_cancel"), x.number);
}

} // namespace pumpscope::messages

CAF_BEGIN_TYPE_ID_BLOCK(pumpscope_peer, caf::first_custom_type_id + 1'000)

  CAF_ADD_TYPE_ID(pumpscope_peer, (pumpscope::messages::peer_question))
  CAF_ADD_TYPE_ID(pumpscope_peer, (pumpscope::messages::peer_answer))
  CAF_ADD_TYPE_ID(pumpscope_peer, (pumpscope::messages::peer_piece))
  CAF_ADD_TYPE_ID(pumpscope_peer, (pumpscope::messages::peer_credit))
  CAF_ADD_TYPE_ID(pumpscope_peer, (pumpscope::messages::peer_cancel))

CAF_END_TYPE_ID_BLOCK(pumpscope_peer)

namespace pumpscope::messages {

/// The PEER SERVER interface: one actor per node, answers other nodes. Whoever
/// sends a question is a peer client.
using peer_server_actor = caf::typed_actor<
  // Answers a request of HTTP: with a `peer_answer` to the sender.
  caf::reacts_to<peer_question>,
  // The client took bytes of a body without an end.
  caf::reacts_to<peer_credit>,
  // Drops what it knows of a question.
  caf::reacts_to<peer_cancel>>;

/// The PEER CLIENT interface: one actor per node, asks other nodes.
using peer_client_actor = caf::typed_actor<
  // What a node answered.
  caf::reacts_to<peer_answer>,
  // More of a body without an end.
  caf::reacts_to<peer_piece>>;

} // namespace pumpscope::messages

#include "adapters/peer/peer_server.hpp"

#include <caf/send.hpp>

#include <utility>
#include <vector>

namespace pumpscope::peer {

namespace {

/// Bytes of one piece, about.
constexpr size_t piece_bytes = size_t{16} << 10;

http::request request_of(const messages::peer_question& x) {
  auto result = http::request{};
  result.method = x.method;
  result.target = x.target;
  result.authorization = x.authorization;
  result.accept = x.accept;
  result.last_event_id = x.last_event_id;
  result.client = x.client;
  result.body = x.body;
  return result;
}

/// Sends to an actor that may be gone by then.
template <class Message>
void send_later(const caf::weak_actor_ptr& to, Message x) {
  if (auto strong = to.lock())
    caf::anon_send(caf::actor_cast<local_server_actor>(strong), std::move(x));
}

} // namespace

void peer_server_state::handle(const messages::peer_question& x) {
  auto sender = self->current_sender();
  if (!sender)
    return;
  auto key = question_key{sender->address(), x.number};
  if (x.version != messages::peer_version) {
    send(key,
         http::problem(501, "other_version",
                       "the other node has another version of what nodes say "
                       "to each other"),
         false);
    return;
  }
  auto too_many = jobs.size() - streams >= config.questions_max
                  && !is_uncounted(x.target, config.uncounted);
  if (too_many || x.body.size() > messages::peer_question_bytes_max) {
    send(key,
         http::problem(503, "overloaded", "too many questions of other nodes"),
         false);
    return;
  }
  if (clients.insert(key.client).second)
    self->monitor(key.client);
  jobs[key] = {};
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self);
  config.answer(request_of(x), [weak, key](http::response answer) {
    send_later(weak, std::make_shared<answer_ready>(
                       answer_ready{key, std::move(answer)}));
  });
}

void peer_server_state::handle(answer_ready& x) {
  auto found = jobs.find(x.key);
  // Cancelled, or answered twice.
  if (found == jobs.end() || found->second.stream)
    return;
  auto& of = found->second;
  if (!x.answer.stream) {
    send(x.key, std::move(x.answer), false);
    forget(x.key);
    return;
  }
  if (streams >= config.streams_max) {
    send(x.key, http::problem(503, "unavailable", "too many streams are open"),
         false);
    forget(x.key);
    return;
  }
  ++streams;
  ++config.traffic->streams_open;
  of.stream = x.answer.stream;
  of.credit = messages::peer_window_bytes;
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(self);
  of.stream->on_wake([weak, key = x.key, woken = of.woken] {
    if (!woken->exchange(true))
      send_later(weak, std::make_shared<stream_woke>(stream_woke{key}));
  });
  send(x.key, std::move(x.answer), true);
  pump(x.key);
}

void peer_server_state::handle(const stream_woke& x) {
  auto found = jobs.find(x.key);
  if (found == jobs.end())
    return;
  *found->second.woken = false;
  pump(x.key);
}

void peer_server_state::handle(const messages::peer_credit& x) {
  auto sender = self->current_sender();
  if (!sender)
    return;
  auto key = question_key{sender->address(), x.number};
  auto found = jobs.find(key);
  if (found == jobs.end() || !found->second.stream)
    return;
  auto& credit = found->second.credit;
  credit = std::min(credit + x.bytes, messages::peer_window_bytes);
  pump(key);
}

void peer_server_state::handle(const messages::peer_cancel& x) {
  if (auto sender = self->current_sender())
    forget({sender->address(), x.number});
}

void peer_server_state::handle_down(const caf::actor_addr& client) {
  clients.erase(client);
  auto first = jobs.lower_bound({client, 0});
  while (first != jobs.end() && first->first.client == client)
    forget((first++)->first);
}

void peer_server_state::pump(const question_key& key) {
  auto found = jobs.find(key);
  if (found == jobs.end() || !found->second.stream)
    return;
  auto& of = found->second;
  auto to = caf::actor_cast<messages::peer_client_actor>(key.client);
  while (of.credit > 0) {
    auto pieces = std::vector<std::shared_ptr<const std::string>>{};
    auto goes_on = of.stream->next(pieces, std::min(of.credit, piece_bytes));
    auto piece = messages::peer_piece{key.number, {}, !goes_on};
    for (auto& x : pieces)
      piece.bytes += *x;
    // A single event may be longer than what is left.
    of.credit -= std::min(of.credit, piece.bytes.size());
    auto idle = piece.bytes.empty();
    if (!idle || !goes_on)
      self->send(to, std::move(piece));
    if (!goes_on) {
      forget(key);
      return;
    }
    if (idle)
      return;
  }
}

void peer_server_state::send(const question_key& key, http::response x,
                             bool streams_on) {
  auto answer = messages::peer_answer{};
  answer.number = key.number;
  if (x.shared_body)
    x.body = *x.shared_body;
  if (x.body.size() > messages::peer_answer_bytes_max)
    x = http::problem(502, "answer_too_long",
                      "the answer is longer than nodes pass on");
  ++(x.status >= 400 ? config.traffic->refused : config.traffic->answered);
  answer.status = static_cast<uint16_t>(x.status);
  answer.content_type = std::move(x.content_type);
  answer.headers = std::move(x.headers);
  answer.body = std::move(x.body);
  answer.streams = streams_on;
  self->send(caf::actor_cast<messages::peer_client_actor>(key.client),
             std::move(answer));
}

void peer_server_state::forget(const question_key& key) {
  auto found = jobs.find(key);
  if (found == jobs.end())
    return;
  if (found->second.stream) {
    --streams;
    --config.traffic->streams_open;
  }
  jobs.erase(found);
}

local_server_actor::behavior_type
peer_server(local_server_actor::stateful_pointer<peer_server_state> self,
            peer_server_config config) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x.source); });
  return {
    [self](const messages::peer_question& x) { self->state.handle(x); },
    [self](const messages::peer_credit& x) { self->state.handle(x); },
    [self](const messages::peer_cancel& x) { self->state.handle(x); },
    [self](const answer_ready_ptr& x) { self->state.handle(*x); },
    [self](const stream_woke_ptr& x) { self->state.handle(*x); },
  };
}

} // namespace pumpscope::peer

#include "adapters/peer/peer_client.hpp"

#include "adapters/peer/prober.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace pumpscope::peer {

namespace {

std::string text_of(const peer_client_state::place& x) {
  return x.first + ":" + std::to_string(x.second);
}

messages::peer_question message_of(const http::request& x, uint64_t number) {
  auto result = messages::peer_question{};
  result.number = number;
  result.method = x.method;
  result.target = x.target;
  result.authorization = x.authorization;
  result.accept = x.accept;
  result.last_event_id = x.last_event_id;
  result.client = x.client;
  result.body = x.body;
  return result;
}

} // namespace

peer_client_state::~peer_client_state() {
  for (auto& [key, of] : streams)
    if (auto body = of.to.lock())
      body->append({}, true);
}

void peer_client_state::handle(const ask_peer_ptr& x) {
  if (waiting + questions.size() >= config.questions_max
      && !is_uncounted(x->question.target, config.uncounted)) {
    fail(x->done, 503, "overloaded", "too many questions to other nodes");
    return;
  }
  ++config.traffic->asked;
  auto to = place{x->host, x->port};
  auto& by = connections[to];
  if (by.server) {
    send(to, by, x);
    return;
  }
  auto now = self->clock().now();
  if (ends || now < by.again_at || (by.connecting && by.until <= now)) {
    fail(x->done, 503, "node_unreachable",
         "the node at " + text_of(to) + " cannot be reached");
    return;
  }
  by.waiting.push_back(x);
  ++waiting;
  if (!by.connecting)
    connect(to);
}

void peer_client_state::connect(const place& to) {
  auto& by = connections[to];
  by.connecting = true;
  by.until = self->clock().now() + 2 * config.connect_max;
  // Connecting blocks the connector, for minutes where nobody answers: first it
  // is found out who listens.
  self
    ->request(prober, 2 * config.connect_max, to.first, to.second,
              caf::timespan{config.connect_max})
    .then(
      [this, to](bool listens) {
        if (!listens) {
          handle_unreachable(to, "nobody listens");
          return;
        }
        if (ends)
          return;
        // Without a limit: an actor system whose connector has no answer yet
        // does not come to its end. CAF gives up by itself when the other side
        // keeps silent.
        ++in_the_making;
        self
          ->request(config.connector, caf::infinite, caf::connect_atom::value,
                    to.first, to.second)
          .then(
            [this, to](const caf::node_id&, const caf::strong_actor_ptr& hdl,
                       const std::set<std::string>& interface) {
              --in_the_making;
              handle_connected(to, hdl, interface);
              handle_end();
            },
            [this, to](caf::error&) {
              --in_the_making;
              handle_unreachable(to, "it does not let us in");
              handle_end();
            });
      },
      [this, to](caf::error&) { handle_unreachable(to, "no time to try"); });
}

void peer_client_state::handle_connected(
  const place& to, const caf::strong_actor_ptr& hdl,
  const std::set<std::string>& interface) {
  auto ours = self->system().message_types<messages::peer_server_actor>();
  if (!hdl
      || !std::includes(interface.begin(), interface.end(), ours.begin(),
                        ours.end())) {
    handle_unreachable(to, "it is another program");
    return;
  }
  auto& by = connections[to];
  by.connecting = false;
  by.server = caf::actor_cast<messages::peer_server_actor>(hdl);
  self->monitor(by.server);
  for (auto& x : std::exchange(by.waiting, {})) {
    --waiting;
    send(to, by, x);
  }
}

void peer_client_state::handle_unreachable(const place& to,
                                           const std::string& why) {
  auto& by = connections[to];
  by.connecting = false;
  by.again_at = self->clock().now() + config.reconnect_pause;
  fail_waiting(to, by, why);
}

void peer_client_state::handle_end() {
  if (ends && in_the_making == 0)
    self->quit(caf::exit_reason::user_shutdown);
}

void peer_client_state::fail_waiting(const place& to, connection& by,
                                     const std::string& why) {
  for (auto& x : std::exchange(by.waiting, {})) {
    --waiting;
    fail(x->done, 503, "node_unreachable",
         "the node at " + text_of(to) + " cannot be reached: " + why);
  }
}

void peer_client_state::send(const place& to, connection& by,
                             const ask_peer_ptr& x) {
  questions[++number] = {to, x->done, self->clock().now() + config.answer_max};
  config.traffic->bytes_asked += x->question.body.size();
  self->send(by.server, message_of(x->question, number));
}

void peer_client_state::handle(messages::peer_answer& x) {
  auto found = questions.find(x.number);
  if (found == questions.end())
    return;
  auto of = std::move(found->second);
  questions.erase(found);
  config.traffic->bytes_told += x.body.size();
  auto answer = http::response{};
  answer.status = x.status;
  answer.content_type = std::move(x.content_type);
  answer.headers = std::move(x.headers);
  answer.body = std::move(x.body);
  if (x.streams && streams.size() >= config.streams_max) {
    tell(of.to, messages::peer_cancel{x.number});
    fail(of.done, 503, "unavailable", "too many streams of other nodes");
    return;
  }
  if (x.streams) {
    auto body = std::make_shared<remote_stream>(
      x.number, caf::actor_cast<local_client_actor>(self));
    streams[x.number] = {of.to, body};
    answer.stream = std::move(body);
  }
  of.done(std::move(answer));
}

void peer_client_state::handle(messages::peer_piece& x) {
  auto found = streams.find(x.number);
  if (found == streams.end())
    return;
  config.traffic->bytes_told += x.bytes.size();
  auto to = found->second.to.lock();
  if (x.last)
    streams.erase(found);
  if (to)
    to->append(std::move(x.bytes), x.last);
}

void peer_client_state::handle(const stream_taken& x) {
  if (auto found = streams.find(x.number); found != streams.end())
    tell(found->second.from, messages::peer_credit{x.number, x.bytes});
}

void peer_client_state::handle(const stream_dropped& x) {
  auto found = streams.find(x.number);
  if (found == streams.end())
    return;
  tell(found->second.from, messages::peer_cancel{x.number});
  streams.erase(found);
}

void peer_client_state::handle_tick() {
  self->delayed_send(self, config.look_period, atom::tick_v);
  auto now = self->clock().now();
  for (auto i = questions.begin(); i != questions.end();) {
    auto late = i->second.until <= now ? std::optional{*i} : std::nullopt;
    i = late ? questions.erase(i) : std::next(i);
    if (!late)
      continue;
    tell(late->second.to, messages::peer_cancel{late->first});
    fail(late->second.done, 504, "node_timeout",
         "the node at " + text_of(late->second.to) + " did not answer in time");
  }
  for (auto& [to, by] : connections)
    if (by.connecting && by.until <= now)
      fail_waiting(to, by, "it does not answer");
  // Nodes come and go: those that nobody asks any more are forgotten.
  std::erase_if(connections, [now](auto& x) {
    auto& by = x.second;
    return !by.server && !by.connecting && by.again_at <= now;
  });
}

void peer_client_state::handle_down(const caf::actor_addr& server) {
  auto of
    = std::find_if(connections.begin(), connections.end(), [&server](auto& x) {
        return x.second.server && x.second.server.address() == server;
      });
  if (of == connections.end())
    return;
  auto to = of->first;
  ++config.traffic->lost;
  connections.erase(of);
  for (auto i = questions.begin(); i != questions.end();) {
    auto lost = i->second.to == to ? std::optional{i->second} : std::nullopt;
    i = lost ? questions.erase(i) : std::next(i);
    if (lost)
      fail(lost->done, 503, "node_lost",
           "the node at " + text_of(to) + " is gone");
  }
  for (auto i = streams.begin(); i != streams.end();) {
    auto lost = i->second.from == to;
    auto body = lost ? i->second.to.lock() : nullptr;
    i = lost ? streams.erase(i) : std::next(i);
    if (body)
      body->append({}, true);
  }
}

void peer_client_state::fail(const http::reply& done, unsigned status,
                             std::string_view code, const std::string& what) {
  ++config.traffic->in_vain;
  auto answer = http::problem(status, code, what);
  if (status == 503)
    answer.headers.emplace_back("Retry-After", "1");
  done(std::move(answer));
}

template <class Message>
void peer_client_state::tell(const place& to, const Message& x) {
  auto found = connections.find(to);
  if (found != connections.end() && found->second.server)
    self->send(found->second.server, x);
}

local_client_actor::behavior_type
peer_client(local_client_actor::stateful_pointer<peer_client_state> self,
            peer_client_config config) {
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  // Ends with the client.
  state.prober = self->spawn<caf::linked + caf::detached>(prober);
  self->set_down_handler(
    [self](caf::down_msg& x) { self->state.handle_down(x.source); });
  self->set_exit_handler([self](caf::exit_msg&) {
    self->state.ends = true;
    self->state.handle_end();
  });
  self->delayed_send(self, state.config.look_period, atom::tick_v);
  return {
    [self](messages::peer_answer& x) { self->state.handle(x); },
    [self](messages::peer_piece& x) { self->state.handle(x); },
    [self](const ask_peer_ptr& x) { self->state.handle(x); },
    [self](const stream_taken& x) { self->state.handle(x); },
    [self](const stream_dropped& x) { self->state.handle(x); },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::peer

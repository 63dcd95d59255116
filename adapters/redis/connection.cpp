#include "adapters/redis/connection.hpp"

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace pumpscope::redis {

namespace {

timeval to_timeval(std::chrono::milliseconds x) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(x);
  auto rest
    = std::chrono::duration_cast<std::chrono::microseconds>(x - seconds);
  return {static_cast<time_t>(seconds.count()),
          static_cast<suseconds_t>(rest.count())};
}

const redisReply& as_reply(const void* x) {
  return *static_cast<const redisReply*>(x);
}

std::string_view text_of(const redisReply& x) {
  return {x.str, x.len};
}

bool is_error(const redisReply& x) {
  return x.type == REDIS_REPLY_ERROR;
}

} // namespace

void connection::reply_deleter::operator()(void* x) const {
  freeReplyObject(x);
}

connection::connection(redisContext* context) : context_(context) {
  // nop
}

connection::~connection() {
  redisFree(context_);
}

result<std::unique_ptr<connection>> connection::open(const settings& x) {
  auto limit = to_timeval(x.timeout);
  auto place = x.socket.empty() ? x.host + ":" + std::to_string(x.port)
                                : x.socket;
  auto context = x.socket.empty()
                   ? redisConnectWithTimeout(x.host.c_str(), x.port, limit)
                   : redisConnectUnixWithTimeout(x.socket.c_str(), limit);
  if (context == nullptr)
    return tl::unexpected{failure{"redis " + place + ": out of memory"}};
  auto self = std::unique_ptr<connection>{new connection{context}};
  if (context->err != 0)
    return tl::unexpected{
      failure{"redis " + place + ": " + std::string{context->errstr}}};
  redisSetTimeout(context, limit);
  if (auto done = self->authenticate(x); !done)
    return tl::unexpected{failure{"redis " + place + ": " + done.error().what}};
  return self;
}

result<void> connection::authenticate(const settings& x) {
  auto expect_ok = [](result<reply_ptr> reply) -> result<void> {
    if (!reply)
      return tl::unexpected{std::move(reply.error())};
    if (auto& y = as_reply(reply->get()); is_error(y))
      return tl::unexpected{failure{std::string{text_of(y)}}};
    return {};
  };
  if (!x.password.empty()) {
    auto done = expect_ok(x.user.empty() ? run({"AUTH", x.password})
                                         : run({"AUTH", x.user, x.password}));
    if (!done)
      return done;
  }
  if (x.database != 0)
    if (auto done = expect_ok(run({"SELECT", std::to_string(x.database)}));
        !done)
      return done;
  return expect_ok(run({"PING"}));
}

failure connection::broken() const {
  return {context_->err != 0 ? std::string{context_->errstr}
                             : std::string{"the connection broke"}};
}

result<void> connection::send(std::initializer_list<std::string_view> pieces) {
  auto left = std::vector<iovec>{};
  for (auto piece : pieces)
    left.push_back({const_cast<char*>(piece.data()), piece.size()});
  auto message = msghdr{};
  message.msg_iov = left.data();
  message.msg_iovlen = left.size();
  while (message.msg_iovlen > 0) {
    auto& first = *message.msg_iov;
    if (first.iov_len == 0) {
      ++message.msg_iov;
      --message.msg_iovlen;
      continue;
    }
    auto sent = sendmsg(context_->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0)
      return tl::unexpected{failure{std::generic_category().message(errno)}};
    for (auto rest = static_cast<size_t>(sent); rest > 0;) {
      auto& part = *message.msg_iov;
      auto taken = std::min(rest, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      rest -= taken;
      if (part.iov_len == 0) {
        ++message.msg_iov;
        --message.msg_iovlen;
      }
    }
  }
  return {};
}

result<connection::reply_ptr> connection::next_reply() {
  void* reply = nullptr;
  if (redisGetReply(context_, &reply) != REDIS_OK || reply == nullptr)
    return tl::unexpected{broken()};
  return reply_ptr{reply};
}

result<connection::reply_ptr>
connection::run(std::initializer_list<std::string_view> words) {
  auto command = command_buffer{};
  command.add(words);
  if (auto sent = send({command.text()}); !sent)
    return tl::unexpected{std::move(sent.error())};
  return next_reply();
}

result<std::optional<std::string>> connection::watch(std::string_view key) {
  auto commands = command_buffer{};
  commands.add({"WATCH", key});
  commands.add({"GET", key});
  if (auto sent = send({commands.text()}); !sent)
    return tl::unexpected{std::move(sent.error())};
  for (auto i = 0;; ++i) {
    auto reply = next_reply();
    if (!reply)
      return tl::unexpected{std::move(reply.error())};
    auto& x = as_reply(reply->get());
    if (is_error(x))
      return tl::unexpected{failure{std::string{text_of(x)}}};
    if (i == 0)
      continue;
    if (x.type == REDIS_REPLY_NIL)
      return std::nullopt;
    return std::string{text_of(x)};
  }
}

result<std::string> connection::read(std::string_view key, size_t bytes_max) {
  if (bytes_max == 0)
    return std::string{};
  // Whoever wrote the key may have written anything: a part of it will do.
  auto reply = run({"GETRANGE", key, "0", std::to_string(bytes_max - 1)});
  if (!reply)
    return tl::unexpected{std::move(reply.error())};
  auto& x = as_reply(reply->get());
  if (is_error(x))
    return tl::unexpected{failure{std::string{text_of(x)}}};
  return std::string{text_of(x)};
}

result<void> connection::forget() {
  auto reply = run({"UNWATCH"});
  if (!reply)
    return tl::unexpected{std::move(reply.error())};
  return {};
}

result<write_outcome> connection::write(const command_buffer& commands) {
  auto frame = command_buffer{};
  frame.add({"MULTI"});
  auto end = command_buffer{};
  end.add({"EXEC"});
  if (auto sent = send({frame.text(), commands.text(), end.text()}); !sent)
    return tl::unexpected{std::move(sent.error())};
  // The first refusal tells more than the one of EXEC.
  auto refusal = std::string{};
  for (size_t i = 0; i <= commands.size(); ++i) {
    auto reply = next_reply();
    if (!reply)
      return tl::unexpected{std::move(reply.error())};
    if (auto& x = as_reply(reply->get()); is_error(x) && refusal.empty())
      refusal = text_of(x);
  }
  auto last = next_reply();
  if (!last)
    return tl::unexpected{std::move(last.error())};
  auto& executed = as_reply(last->get());
  if (executed.type == REDIS_REPLY_NIL)
    return write_outcome::refused;
  if (is_error(executed))
    return tl::unexpected{
      failure{refusal.empty() ? std::string{text_of(executed)} : refusal}};
  for (size_t i = 0; i < executed.elements; ++i)
    if (is_error(*executed.element[i]))
      return tl::unexpected{
        failure{std::string{text_of(*executed.element[i])}}};
  return write_outcome::done;
}

} // namespace pumpscope::redis

#include "adapters/http/session.hpp"

#include "adapters/http/shared_state.hpp"
#include "adapters/http/stream_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>
#include <vector>

namespace pumpscope::http {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

using net::ip::tcp;

namespace {

/// What is read ahead of a request, its headers among it: also what clients may
/// write into the sizes and behind the end of chunks.
constexpr size_t buffer_bytes_max = size_t{64} << 10;

constexpr auto drain_max = std::chrono::seconds{1};
constexpr size_t drain_bytes_max = size_t{8} << 20;

/// The error of bytes that broke a limit or are no HTTP; nothing when nobody is
/// there to be told.
std::optional<response> answer_to(const boost::system::error_code& x,
                                  bool header_read) {
  using beast_http::error;
  if (x == error::body_limit)
    return problem(413, "body_too_long", "the body is longer than allowed");
  if (x == error::header_limit || (x == error::buffer_overflow && !header_read))
    return problem(431, "headers_too_long",
                   "the headers are longer than allowed");
  if (x == error::end_of_stream || x == error::partial_message
      || x.category() != make_error_code(error::end_of_stream).category())
    return std::nullopt;
  return problem(400, "malformed_request", "not a request of HTTP/1.1");
}

} // namespace

session::session(tcp::socket socket, std::shared_ptr<shared_state> shared)
  : shared_{std::move(shared)},
    socket_{std::move(socket)},
    timer_{socket_.get_executor()},
    buffer_{buffer_bytes_max} {
  ++shared_->traffic.connections;
  ++shared_->traffic.connections_open;
  shared_->sessions.insert(this);
  auto error = error_code{};
  socket_.set_option(tcp::no_delay{true}, error);
  peer_ = socket_.remote_endpoint(error).address();
}

session::~session() {
  shared_->sessions.erase(this);
  --shared_->traffic.connections_open;
}

void session::begin() {
  wait_for_request();
}

void session::stop() {
  if (idle_)
    close();
}

void session::abort() {
  close();
}

void session::limit(std::chrono::milliseconds time) {
  timed_out_ = false;
  timer_.expires_after(time);
  timer_.async_wait([self = shared_from_this()](const error_code& x) {
    // One that was renewed meanwhile is none.
    if (x || self->timer_.expiry() > clock::now())
      return;
    self->timed_out_ = true;
    auto error = error_code{};
    if (self->socket_.is_open())
      self->socket_.cancel(error);
  });
}

void session::wait_for_request() {
  idle_ = true;
  if (shared_->stopping) {
    close();
    return;
  }
  parser_.emplace();
  parser_->header_limit(shared_->settings.header_bytes_max);
  // Until the route is known.
  parser_->body_limit(boost::none);
  header_read_ = false;
  if (buffer_.size() > 0) {
    read_header();
    return;
  }
  // Idle connections keep no room for a body that is gone.
  buffer_.shrink_to_fit();
  limit(shared_->settings.idle_max);
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& x) {
                       if (x || self->timed_out_)
                         self->close();
                       else
                         self->read_header();
                     });
}

void session::read_header() {
  idle_ = false;
  // One limit for headers and body: a byte a second does not renew it.
  limit(shared_->settings.request_max);
  beast_http::async_read_header(
    socket_, buffer_, *parser_,
    [self = shared_from_this()](const error_code& x, size_t) {
      self->take_header(x);
    });
}

void session::refuse_bytes(const error_code& error) {
  if (timed_out_ && error == net::error::operation_aborted) {
    ++shared_->traffic.timeouts;
    refuse(problem(408, "request_timeout", "the request was not whole in time"),
           true);
    return;
  }
  if (auto told = answer_to(error, header_read_))
    refuse(std::move(*told), true);
  else
    close();
}

void session::refuse(response x, bool close) {
  write(present(std::move(x), wish_, *shared_->presentation), close);
}

void session::take_header(const error_code& error) {
  began_ = clock::now();
  request_ = {};
  wish_ = {};
  client_.clear();
  pattern_ = std::string::npos;
  if (error) {
    if (error != beast_http::error::end_of_stream)
      shared_->gate.count_malformed(peer_, began_.time_since_epoch());
    refuse_bytes(error);
    return;
  }
  header_read_ = true;
  ++shared_->traffic.requests;
  auto& head = parser_->get();
  auto verdict = shared_->gate.judge(head, peer_, began_.time_since_epoch(),
                                     request_);
  client_ = request_.client;
  wish_ = presentation_wish::of(request_);
  route_ = verdict.found;
  pattern_ = verdict.pattern;
  shared_->traffic.rate_limited += verdict.rate_limited ? 1 : 0;
  auto& refusal = verdict.answer;
  auto length = parser_->content_length();
  if (!refusal && length && *length > route_->body_bytes_max)
    refusal = problem(413, "body_too_long", "the body is longer than allowed");
  if (refusal) {
    refuse(std::move(*refusal), !parser_->is_done());
    return;
  }
  parser_->body_limit(route_->body_bytes_max);
  if (beast::iequals(head[beast_http::field::expect], "100-continue")) {
    static constexpr auto go_on
      = std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"};
    net::async_write(socket_, net::buffer(go_on),
                     [self = shared_from_this()](const error_code& x, size_t) {
                       if (x)
                         self->close();
                       else
                         self->read_body();
                     });
    return;
  }
  read_body();
}

void session::read_body() {
  beast_http::async_read(
    socket_, buffer_, *parser_,
    [self = shared_from_this()](const error_code& x, size_t) {
      self->take_body(x);
    });
}

void session::take_body(const error_code& error) {
  if (error) {
    refuse_bytes(error);
    return;
  }
  request_.body = std::move(parser_->get().body());
  dispatch();
}

void session::dispatch() {
  answered_ = false;
  auto number = ++number_;
  timed_out_ = false;
  timer_.expires_after(shared_->settings.answer_max);
  timer_.async_wait([self = shared_from_this(), number](const error_code& x) {
    if (x || self->answered_ || self->number_ != number)
      return;
    ++self->shared_->traffic.timeouts;
    self->refuse(problem(503, "answer_timeout", "the answer took too long"),
                 true);
  });
  auto done = [weak = weak_from_this(), weak_io = shared_->io, wish = wish_,
               settings = shared_->presentation, number](response x) {
    auto io = weak_io.lock();
    if (!io)
      return;
    auto ready = present(std::move(x), wish, *settings);
    net::post(*io, [weak, number, ready = std::move(ready)]() mutable {
      auto self = weak.lock();
      if (self && !self->answered_ && self->number_ == number)
        self->write(std::move(ready), false);
    });
  };
  route_->handle(std::move(request_), std::move(done));
}

void session::write(presented x, bool close) {
  answered_ = true;
  if (x.stream
      && shared_->traffic.streams_open >= shared_->settings.streams_max) {
    auto full = problem(503, "unavailable", "too many streams are open");
    full.headers.emplace_back("Retry-After", "5");
    refuse(std::move(full), true);
    return;
  }
  note_answer(x.status);
  if (x.stream) {
    begin_stream(std::move(x));
    return;
  }
  close = close || x.close || shared_->stopping || !parser_->get().keep_alive();
  answer_ = std::move(x);
  if (close)
    answer_.head += "Connection: close\r\n\r\n";
  else if (parser_->get().version() == 10)
    answer_.head += "Connection: keep-alive\r\n\r\n";
  else
    answer_.head += "\r\n";
  auto buffers = std::array<net::const_buffer, 2>{};
  buffers[0] = net::buffer(answer_.head);
  if (answer_.body)
    buffers[1] = net::buffer(*answer_.body);
  limit(shared_->settings.answer_max);
  net::async_write(
    socket_, buffers,
    [self = shared_from_this(), close](const error_code& error, size_t size) {
      self->shared_->traffic.bytes_sent += size;
      self->answer_ = {};
      if (error)
        self->close();
      else
        self->finish(close);
    });
}

void session::note_answer(unsigned status) {
  auto time = clock::now() - began_;
  shared_->traffic.count_answer(pattern_, status, time);
  if (!shared_->settings.on_answer)
    return;
  auto& head = parser_->get();
  auto method = head.method_string();
  auto target = head.target();
  shared_->settings.on_answer({{method.data(), method.size()},
                               {target.data(), target.size()},
                               client_,
                               status,
                               time});
}

void session::begin_stream(presented x) {
  timer_.cancel();
  auto stream = std::make_shared<stream_session>(std::move(socket_), shared_,
                                                 std::move(x.stream));
  stream->begin(std::move(x.head) + "Connection: close\r\n\r\n");
}

void session::finish(bool close_now) {
  if (!close_now) {
    wait_for_request();
    return;
  }
  // What the client is still sending would make the system drop the answer
  // unread.
  auto error = error_code{};
  socket_.shutdown(tcp::socket::shutdown_send, error);
  limit(drain_max);
  drain(drain_bytes_max);
}

void session::drain(size_t bytes_left) {
  buffer_.clear();
  socket_.async_read_some(
    buffer_.prepare(buffer_bytes_max),
    [self = shared_from_this(), bytes_left](const error_code& x, size_t count) {
      if (x || self->timed_out_ || count >= bytes_left)
        self->close();
      else
        self->drain(bytes_left - count);
    });
}

void session::close() {
  timer_.cancel();
  auto error = error_code{};
  socket_.shutdown(tcp::socket::shutdown_both, error);
  socket_.close(error);
}

} // namespace pumpscope::http

#include "adapters/http/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace pumpscope::http {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

using net::ip::tcp;

namespace {

std::string_view view_of(beast::string_view x) {
  return {x.data(), x.size()};
}

/// The error of bytes that broke a limit or are no HTTP; nothing when nobody is
/// there to be told.
std::optional<response> answer_to(const boost::system::error_code& x) {
  using beast_http::error;
  if (x == error::body_limit)
    return problem(413, "body_too_long", "the body is longer than allowed");
  if (x == error::header_limit || x == error::buffer_overflow)
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
    timer_{socket_.get_executor()} {
  ++shared_->counters.connections;
  ++shared_->counters.connections_open;
  auto error = error_code{};
  socket_.set_option(tcp::no_delay{true}, error);
  auto client = socket_.remote_endpoint(error);
  if (!error)
    request_.client = client.address().to_string();
}

session::~session() {
  --shared_->counters.connections_open;
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
    if (x || self->timer_.expiry() > std::chrono::steady_clock::now())
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
  if (buffer_.size() > 0) {
    read_header();
    return;
  }
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

void session::refuse(const error_code& error) {
  if (timed_out_ && error == net::error::operation_aborted) {
    ++shared_->counters.timeouts;
    write(problem(408, "request_timeout", "the request was not whole in time"),
          true);
    return;
  }
  if (auto told = answer_to(error))
    write(std::move(*told), true);
  else
    close();
}

const route* session::find(std::string_view path, std::string_view method,
                           std::string& allowed) const {
  for (auto& x : shared_->routes) {
    if (x.path != path)
      continue;
    if (x.method == method || (x.method == "GET" && method == "HEAD"))
      return &x;
    allowed += (allowed.empty() ? "" : ", ") + x.method;
    if (x.method == "GET")
      allowed += ", HEAD";
  }
  return nullptr;
}

void session::take_header(const error_code& error) {
  if (error) {
    refuse(error);
    return;
  }
  ++shared_->counters.requests;
  auto& head = parser_->get();
  auto target = view_of(head.target());
  auto end = target.find('?');
  request_.path = target.substr(0, end);
  request_.query = end == std::string_view::npos ? std::string_view{}
                                                 : target.substr(end + 1);
  request_.method = view_of(head.method_string());
  request_.authorization = view_of(head[beast_http::field::authorization]);
  head_only_ = request_.method == "HEAD";
  auto allowed = std::string{};
  route_ = find(request_.path, request_.method, allowed);
  auto refusal = std::optional<response>{};
  if (route_ == nullptr && allowed.empty())
    refusal = problem(404, "not_found", "there is nothing at this path");
  else if (route_ == nullptr) {
    refusal = problem(405, "method_not_allowed", "this path takes " + allowed);
    refusal->headers.emplace_back("Allow", allowed);
  } else if (route_->admit) {
    refusal = route_->admit(request_);
    // A body that nobody read would be taken for the next request.
    if (refusal)
      refusal->close = true;
  }
  auto length = parser_->content_length();
  if (!refusal && length && *length > route_->body_bytes_max)
    refusal = problem(413, "body_too_long", "the body is longer than allowed");
  if (refusal) {
    auto whole = parser_->is_done();
    write(std::move(*refusal), !whole);
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
    refuse(error);
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
    ++self->shared_->counters.timeouts;
    self->write(problem(503, "answer_timeout", "the answer took too long"),
                true);
  });
  auto done = [weak = weak_from_this(), weak_io = shared_->io,
               number](response x) {
    auto io = weak_io.lock();
    if (!io)
      return;
    net::post(*io, [weak, number, x = std::move(x)]() mutable {
      auto self = weak.lock();
      if (self && !self->answered_ && self->number_ == number)
        self->write(std::move(x), false);
    });
  };
  auto taken = request{};
  taken.method = std::move(request_.method);
  taken.path = std::move(request_.path);
  taken.query = std::move(request_.query);
  taken.authorization = std::move(request_.authorization);
  taken.client = request_.client;
  taken.body = std::move(request_.body);
  route_->handle(std::move(taken), std::move(done));
}

void session::write(response x, bool close) {
  answered_ = true;
  close = close || x.close || shared_->stopping || !parser_->get().keep_alive();
  shared_->counters.refused += x.status >= 400 ? 1 : 0;
  auto& out = answer_.emplace(beast_http::int_to_status(x.status),
                              parser_->get().version() == 10 ? 10U : 11U);
  out.set(beast_http::field::content_type, x.content_type);
  out.set(beast_http::field::cache_control, "no-store");
  for (auto& [name, value] : x.headers)
    out.set(name, value);
  out.body() = std::move(x.body);
  out.keep_alive(!close);
  out.prepare_payload();
  if (head_only_)
    out.body().clear();
  limit(shared_->settings.answer_max);
  beast_http::async_write(
    socket_, out,
    [self = shared_from_this(), close](const error_code& error, size_t) {
      self->answer_.reset();
      if (error)
        self->close();
      else
        self->finish(close);
    });
}

void session::finish(bool close_now) {
  if (!close_now) {
    wait_for_request();
    return;
  }
  // What the client is still sending would make the system drop the answer
  // unread: it is read away for a moment.
  auto error = error_code{};
  socket_.shutdown(tcp::socket::shutdown_send, error);
  limit(std::chrono::seconds{1});
  auto sink = std::make_shared<std::vector<char>>(size_t{64} << 10);
  auto left = std::make_shared<size_t>(size_t{8} << 20);
  auto drain = std::make_shared<std::function<void()>>();
  *drain = [self = shared_from_this(), sink, left,
            weak = std::weak_ptr{drain}] {
    self->socket_.async_read_some(
      net::buffer(*sink),
      [self, left, again = weak.lock()](const error_code& x, size_t count) {
        if (x || self->timed_out_ || count >= *left) {
          self->close();
          return;
        }
        *left -= count;
        (*again)();
      });
  };
  (*drain)();
}

void session::close() {
  timer_.cancel();
  auto error = error_code{};
  socket_.shutdown(tcp::socket::shutdown_both, error);
  socket_.close(error);
}

} // namespace pumpscope::http

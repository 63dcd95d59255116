#include "adapters/rpc/client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>
#include <vector>

namespace pumpscope::rpc {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = net::ssl;

using tcp = net::ip::tcp;
using boost::system::error_code;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

constexpr uint32_t header_bytes_max = 16U << 10;

constexpr int64_t retry_after_seconds_max = 3'600;

/// Tells whether a server that closes idle connections did so.
bool is_closed(const error_code& x) {
  return x == http::error::end_of_stream || x == net::error::eof
         || x == net::error::connection_reset || x == net::error::broken_pipe
         || x == ssl::error::stream_truncated;
}

call_error error_of(const error_code& x, const char* doing) {
  auto problem = call_problem::unreachable;
  if (x == beast::error::timeout)
    problem = call_problem::timeout;
  else if (x == http::error::body_limit || x == http::error::header_limit
           || x == http::error::buffer_overflow)
    problem = call_problem::too_large;
  else if (x == http::error::partial_message
           || (x.category()
                 == http::make_error_code(http::error::bad_version).category()
               && x != http::error::end_of_stream))
    problem = call_problem::malformed;
  return {problem, std::string{doing} + ": " + x.message(), {}};
}

} // namespace

struct client::impl {
  explicit impl(client_settings x)
    : settings{std::move(x)}, context{ssl::context::tls_client} {
    buffer.max_size(settings.body_bytes_max + header_bytes_max);
  }

  using status = tl::expected<void, call_error>;

  /// Starts one operation and waits for its end; `start` gets the handler.
  template <class Start>
  error_code wait_for(Start start) {
    if (cancelled)
      return net::error::operation_aborted;
    auto result = std::optional<error_code>{};
    io.restart();
    start([&result](const error_code& x, auto&&...) { result = x; });
    // Not `run`: a name that nobody waits for any more may still be looked up.
    while (!result)
      io.run_one();
    return *result;
  }

  beast::tcp_stream& lowest() {
    return tls ? beast::get_lowest_layer(*tls) : *plain;
  }

  tl::unexpected<call_error> failed(const error_code& x, const char* doing) {
    drop();
    auto result = cancelled
                    ? call_error{call_problem::cancelled, "cancelled", {}}
                    : error_of(x, doing);
    return tl::unexpected{std::move(result)};
  }

  void drop() {
    // Closed without a farewell: there is nothing in flight that counts.
    tls.reset();
    plain.reset();
    buffer.clear();
  }

  tl::expected<std::vector<tcp::endpoint>, call_error> resolve();
  status trust();
  status connect();
  status handshake();

  template <class Stream>
  error_code exchange(Stream& stream, http::request<http::string_body>& request,
                      http::response_parser<http::string_body>& response);
  tl::expected<std::string, call_error>
  ask(http::request<http::string_body>& request);
  tl::expected<std::string, call_error>
  read_response(http::response<http::string_body>&& x);

  client_settings settings;
  net::io_context io{1};
  ssl::context context;
  bool trusts = false;
  std::unique_ptr<beast::tcp_stream> plain = {};
  std::unique_ptr<tls_stream> tls = {};
  beast::flat_buffer buffer;
  std::atomic<bool> cancelled = false;
};

tl::expected<std::vector<tcp::endpoint>, call_error> client::impl::resolve() {
  auto parse_error = error_code{};
  auto literal = net::ip::make_address(settings.host, parse_error);
  if (!parse_error)
    return std::vector{tcp::endpoint{literal, settings.port}};
  // The look-up runs on a thread of Asio and cannot be stopped: what it writes
  // to must outlive our patience.
  struct found {
    error_code error = net::error::timed_out;
    std::vector<tcp::endpoint> endpoints = {};
  };
  auto answer = std::make_shared<found>();
  auto resolver = std::make_shared<tcp::resolver>(io);
  io.restart();
  resolver->async_resolve(
    settings.host, std::to_string(settings.port),
    [answer, resolver](const error_code& x,
                       const tcp::resolver::results_type& xs) {
      answer->error = x;
      for (auto& entry : xs)
        answer->endpoints.push_back(entry.endpoint());
    });
  io.run_for(settings.connect_timeout);
  if (answer->error || answer->endpoints.empty())
    return failed(answer->error, "the host name was not found");
  return answer->endpoints;
}

client::impl::status client::impl::trust() {
  if (trusts)
    return {};
  auto error = error_code{};
  context.set_verify_mode(ssl::verify_peer);
  if (settings.ca_file.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(settings.ca_file, error);
  if (error)
    return tl::unexpected{
      call_error{call_problem::configuration,
                 "the authorities to trust cannot be read: " + error.message(),
                 {}}};
  trusts = true;
  return {};
}

client::impl::status client::impl::connect() {
  if (settings.tls)
    if (auto trusted = trust(); !trusted)
      return trusted;
  auto endpoints = resolve();
  if (!endpoints)
    return tl::unexpected{std::move(endpoints.error())};
  if (settings.tls) {
    tls = std::make_unique<tls_stream>(io, context);
    tls->set_verify_callback(ssl::host_name_verification{settings.host});
    // The extension is for names; an address is compared all the same.
    auto no_address = error_code{};
    net::ip::make_address(settings.host, no_address);
    if (no_address
        && SSL_set_tlsext_host_name(tls->native_handle(), settings.host.c_str())
             != 1)
      return failed(net::error::invalid_argument, "the host name for TLS");
  } else {
    plain = std::make_unique<beast::tcp_stream>(io);
  }
  lowest().expires_after(settings.connect_timeout);
  auto error = wait_for(
    [&](auto handler) { lowest().async_connect(*endpoints, handler); });
  if (error)
    return failed(error, "connect");
  lowest().socket().set_option(tcp::no_delay{true}, error);
  return settings.tls ? handshake() : status{};
}

client::impl::status client::impl::handshake() {
  lowest().expires_after(settings.handshake_timeout);
  auto error = wait_for([&](auto handler) {
    tls->async_handshake(ssl::stream_base::client, handler);
  });
  if (error)
    return failed(error, "TLS handshake");
  return {};
}

template <class Stream>
error_code
client::impl::exchange(Stream& stream,
                       http::request<http::string_body>& request,
                       http::response_parser<http::string_body>& response) {
  lowest().expires_after(settings.request_timeout);
  auto error = wait_for(
    [&](auto handler) { http::async_write(stream, request, handler); });
  if (error)
    return error;
  return wait_for(
    [&](auto handler) { http::async_read(stream, buffer, response, handler); });
}

tl::expected<std::string, call_error>
client::impl::read_response(http::response<http::string_body>&& x) {
  auto code = x.result_int();
  if (code == 200)
    return std::move(x.body());
  auto result = call_error{call_problem::refused,
                           "HTTP status " + std::to_string(code),
                           parse_retry_after(x[http::field::retry_after])};
  if (code == 429)
    result.problem = call_problem::rate_limited;
  else if (code >= 500)
    result.problem = call_problem::server;
  else if (code == 401 || code == 403)
    result.problem = call_problem::unauthorized;
  return tl::unexpected{std::move(result)};
}

client::client(client_settings settings)
  : impl_(std::make_unique<impl>(std::move(settings))) {
  // nop
}

client::~client() = default;

void client::cancel() {
  impl_->cancelled = true;
  net::post(impl_->io, [self = impl_.get()] {
    if (self->tls || self->plain)
      self->lowest().close();
  });
}

tl::expected<std::string, call_error>
client::impl::ask(http::request<http::string_body>& request) {
  auto v6 = settings.host.find(':') != std::string::npos;
  auto host = v6 ? "[" + settings.host + "]" : settings.host;
  if (settings.port != (settings.tls ? 443 : 80))
    host += ":" + std::to_string(settings.port);
  request.set(http::field::host, host);
  request.set(http::field::user_agent, "pumpscope");
  request.set(http::field::accept, "application/json");
  request.prepare_payload();
  for (;;) {
    auto reused = tls || plain;
    if (!reused)
      if (auto connected = connect(); !connected)
        return tl::unexpected{std::move(connected.error())};
    auto response = http::response_parser<http::string_body>{};
    response.header_limit(header_bytes_max);
    response.body_limit(settings.body_bytes_max);
    auto error = tls ? exchange(*tls, request, response)
                     : exchange(*plain, request, response);
    if (error) {
      auto stale = reused && is_closed(error) && !response.got_some();
      auto result = failed(error, "request");
      if (stale && !cancelled)
        continue;
      return result;
    }
    if (!response.get().keep_alive())
      drop();
    return read_response(response.release());
  }
}

tl::expected<std::string, call_error> client::call(std::string_view question) {
  auto request = http::request<http::string_body>{http::verb::post,
                                                  impl_->settings.target, 11};
  request.set(http::field::content_type, "application/json");
  request.body() = question;
  return impl_->ask(request);
}

tl::expected<std::string, call_error> client::fetch() {
  auto request = http::request<http::string_body>{http::verb::get,
                                                  impl_->settings.target, 11};
  return impl_->ask(request);
}

std::string shown_name(const client_settings& x) {
  auto v6 = x.host.find(':') != std::string::npos;
  return (x.tls ? "https://" : "http://") + (v6 ? "[" + x.host + "]" : x.host)
         + ":" + std::to_string(x.port);
}

std::string without_secrets(std::string text, std::string_view target) {
  constexpr auto secret_size_min = size_t{8};
  while (!target.empty()) {
    auto part = target.substr(0, target.find_first_of("/?&="));
    target.remove_prefix(std::min(part.size() + 1, target.size()));
    if (part.size() < secret_size_min)
      continue;
    for (auto at = text.find(part); at != std::string::npos;
         at = text.find(part, at))
      text.replace(at, part.size(), "***");
  }
  return text;
}

std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view text) {
  auto seconds = int64_t{0};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds{std::min(seconds, retry_after_seconds_max)};
}

} // namespace pumpscope::rpc

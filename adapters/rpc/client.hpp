#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::rpc {

/// How to reach a server.
struct client_settings {
  /// Name or address, IPv6 without brackets.
  std::string host = {};
  uint16_t port = 443;
  bool tls = true;
  /// Path and query; they may hold a key and are never shown.
  std::string target = "/";
  /// PEM file with the authorities to trust; empty = the system's.
  std::string ca_file = {};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds{5};
  /// From the first byte of the question to the last one of the answer.
  std::chrono::milliseconds request_timeout = std::chrono::seconds{30};
  /// Largest answer, without its headers (those: 16 KiB).
  size_t body_bytes_max = size_t{64} << 20;
};

/// Why there is no answer.
enum class call_problem : uint8_t {
  /// The settings cannot work: authorities that cannot be read.
  configuration,
  /// No connection, or it broke; also a name that is not known.
  unreachable,
  timeout,
  /// HTTP 429.
  rate_limited,
  /// HTTP 5xx.
  server,
  /// HTTP 401 and 403.
  unauthorized,
  /// Another HTTP status than 200: redirects are not followed.
  refused,
  /// The answer, or its headers, are longer than allowed.
  too_large,
  /// The answer is no HTTP, or ends early.
  malformed,
  cancelled,
};

/// A call that failed.
struct call_error {
  call_problem problem = call_problem::unreachable;
  /// For people; without secrets.
  std::string what = {};
  /// What the server asks for by `Retry-After`, at most an hour.
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// One connection to a server of JSON-RPC, kept alive between calls and made
/// anew when it broke. Verifies certificate and host name over TLS. Blocking;
/// one call at a time.
class client {
public:
  explicit client(client_settings settings);
  ~client();

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Sends a question by POST and returns the body of the answer. A connection
  /// that the server had closed meanwhile is made anew once.
  tl::expected<std::string, call_error> call(std::string_view question);

  /// Asks for the target by GET and returns the body of the answer; else as
  /// `call`.
  tl::expected<std::string, call_error> fetch();

  /// Ends a running call soon, and all later ones at once. Any thread.
  void cancel();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Returns `SCHEME://HOST:PORT`: what may be shown of a server.
std::string shown_name(const client_settings& settings);

/// Returns a text of the server without the parts of `target` that may be a
/// key: those of 8 characters and more.
std::string without_secrets(std::string text, std::string_view target);

/// Reads the seconds of a `Retry-After`; nothing when it is a date or makes no
/// sense.
std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view text);

} // namespace pumpscope::rpc

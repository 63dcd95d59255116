#pragma once

#include "adapters/http/body_forms.hpp"
#include "adapters/http/body_source.hpp"
#include "adapters/http/parameter_list.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::http {

/// A request as a route gets it. Headers that are missing are empty; they are
/// the bytes of the client, in no certain encoding.
struct request {
  /// In upper case.
  std::string method = {};
  /// As it came.
  std::string target = {};
  /// Of the target: still percent-encoded, without the query.
  std::string path = {};
  /// The named segments of the path.
  parameter_list parameters = {};
  parameter_list query = {};
  std::string authorization = {};
  /// `X-API-Key`.
  std::string api_key = {};
  std::string accept = {};
  std::string accept_encoding = {};
  std::string if_none_match = {};
  std::string last_event_id = {};
  std::string origin = {};
  /// The address of the client, without its port. Behind a trusted proxy it is
  /// the one that the proxy tells.
  std::string client = {};
  std::string body = {};
};

/// An answer.
struct response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  /// Further headers. `Cache-Control`, `ETag`, `Content-Encoding` and
  /// `Content-Security-Policy` replace those of the server.
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// The connection is not used again.
  bool close = false;
  /// Where it is set: the body, which has no end. Null = the body is `body`.
  std::shared_ptr<body_source> stream = {};
  /// Where it is set: sent instead of `body`, without a copy.
  std::shared_ptr<const std::string> shared_body = {};
  /// Where it is set: what was made of `shared_body` for whoever got it before.
  std::shared_ptr<body_forms> forms = {};
};

/// An error as RFC 9457 has it: a body of `application/problem+json` with
/// `type`, `title`, `status`, `code` (for programs, stable) and `detail` (for
/// people). The title is the usual text of the status.
response problem(unsigned status, std::string_view code,
                 std::string_view detail);

} // namespace pumpscope::http

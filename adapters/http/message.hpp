#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::http {

/// A request as a route gets it.
struct request {
  /// In upper case.
  std::string method = {};
  /// Without the query.
  std::string path = {};
  /// Behind the question mark, as it came.
  std::string query = {};
  /// Value of the header `Authorization`; empty when there is none.
  std::string authorization = {};
  /// The address of the client, without its port.
  std::string client = {};
  std::string body = {};
};

/// An answer.
struct response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  /// Further headers.
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// The connection is not used again.
  bool close = false;
};

/// An error as RFC 9457 has it: a body of `application/problem+json` with
/// `type`, `title`, `status`, `code` (for programs, stable) and `detail` (for
/// people). The title is the usual text of the status.
response problem(unsigned status, std::string_view code,
                 std::string_view detail);

} // namespace pumpscope::http

#pragma once

#include "adapters/http/message.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::http {

/// What pages may load: their own scripts, styles, images and answers, nothing
/// else. What the makers of tokens wrote is never fetched.
inline constexpr std::string_view own_content_only
  = "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// How answers look to all clients.
struct presentation_settings {
  /// Pages of these origins may read the answers to GET (CORS); `*` = of any;
  /// none = only our own.
  std::vector<std::string> allowed_origins = {};
  /// Of bodies that are made for one answer, 1 to 9.
  int gzip_level = 2;
  /// For pages whose route sets none.
  std::string content_security_policy = std::string{own_content_only};
};

/// What of a request decides how its answer is sent.
struct presentation_wish {
  /// GET or HEAD.
  bool safe = false;
  bool head_only = false;
  bool takes_gzip = false;
  std::string if_none_match = {};
  std::string origin = {};

  static presentation_wish of(const request& x);
};

/// An answer as it goes over the wire.
struct presented {
  unsigned status = 200;
  /// Status line and headers, without `Connection` and the empty line.
  std::string head = {};
  /// Null = none.
  std::shared_ptr<const std::string> body = {};
  std::shared_ptr<body_source> stream = {};
  bool close = false;
};

/// Makes an answer ready for a client. Successful answers to GET get a weak
/// `ETag` (304 without body where the client has it) and are compressed where
/// that is worth it and the client takes it; pages get the headers that keep
/// foreign content out; CORS as the settings have it. `Cache-Control` is that
/// of the route, else `no-cache` with a tag and `no-store` without. Any thread.
presented present(response x, const presentation_wish& wish,
                  const presentation_settings& settings);

/// Adds what a preflight of CORS asks for to an answer to OPTIONS.
void allow_preflight(response& x, std::string_view origin,
                     const presentation_settings& settings);

} // namespace pumpscope::http

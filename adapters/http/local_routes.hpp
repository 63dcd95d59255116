#pragma once

#include "adapters/http/router.hpp"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace pumpscope::http {

/// Answers requests that came by another way than a connection of a client:
/// whoever passes them on has judged the client. Immutable; any thread.
class local_routes {
public:
  /// Fails like `router::build`.
  static tl::expected<local_routes, std::string>
  build(std::vector<route> routes);

  /// Answers by the route of `x.target` and `x.method`, now or later; 400, 404
  /// or 405 where there is none, 413 for too long a body, and what the route's
  /// `admit` says.
  void handle(request x, const reply& done) const;

private:
  explicit local_routes(router x) : router_{std::move(x)} {
    // nop
  }

  router router_;
};

} // namespace pumpscope::http

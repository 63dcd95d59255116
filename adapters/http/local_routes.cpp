#include "adapters/http/local_routes.hpp"

#include "adapters/http/target.hpp"

#include <utility>

namespace pumpscope::http {

tl::expected<local_routes, std::string>
local_routes::build(std::vector<route> routes) {
  auto built = router::build(std::move(routes));
  if (!built)
    return tl::unexpected{std::move(built.error())};
  return local_routes{std::move(*built)};
}

void local_routes::handle(request x, const reply& done) const {
  auto target = parse_target(x.target, x.method);
  if (!target)
    return done(problem(400, "malformed_request", "not a target of HTTP"));
  auto match = router_.find(x.method, target->path);
  if (!match)
    return done(problem(400, "invalid_parameter", match.error()));
  if (match->allowed.empty())
    return done(problem(404, "not_found", "there is nothing at this path"));
  if (match->found == nullptr)
    return done(
      problem(405, "method_not_allowed", "this path takes " + match->allowed));
  auto query = parse_query(target->query);
  if (!query)
    return done(problem(400, "invalid_parameter", query.error()));
  auto& route = *match->found;
  if (x.body.size() > route.body_bytes_max)
    return done(
      problem(413, "body_too_long", "the body is longer than allowed"));
  x.path = target->path;
  x.query = std::move(*query);
  x.parameters = std::move(match->parameters);
  if (route.admit)
    if (auto refusal = route.admit(x))
      return done(std::move(*refusal));
  route.handle(std::move(x), done);
}

} // namespace pumpscope::http

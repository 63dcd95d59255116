#include "adapters/http/gate.hpp"

#include "adapters/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace pumpscope::http {

namespace {

namespace beast = boost::beast;

using beast::http::field;

std::string_view view_of(beast::string_view x) {
  return {x.data(), x.size()};
}

bool is_known_method(std::string_view x) {
  constexpr auto known = std::array<std::string_view, 7>{
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(known.begin(), known.end(), x) != known.end();
}

/// What is wrong with the way in which the request is sent; nothing when it is
/// fine.
std::optional<response> framing_problem(const gate::head& x) {
  auto hosts = x.count(field::host);
  if (hosts > 1 || (hosts == 0 && x.version() >= 11))
    return problem(400, "malformed_request", "not one header Host");
  if (!is_known_method(view_of(x.method_string())))
    return problem(501, "not_implemented", "this method is not known");
  // Where two servers disagree about the length of a body, its rest is taken
  // for another request.
  auto codings = x.count(field::transfer_encoding);
  if (codings > 1
      || (codings == 1
          && !beast::iequals(x[field::transfer_encoding], "chunked")))
    return problem(501, "not_implemented",
                   "bodies come as they are or chunked, in no other coding");
  return std::nullopt;
}

void read_head(const gate::head& x, request& out) {
  out.method = view_of(x.method_string());
  out.authorization = view_of(x[field::authorization]);
  out.api_key = view_of(x["X-API-Key"]);
  out.accept = view_of(x[field::accept]);
  out.accept_encoding = view_of(x[field::accept_encoding]);
  out.if_none_match = view_of(x[field::if_none_match]);
  out.last_event_id = view_of(x["Last-Event-ID"]);
  out.origin = view_of(x[field::origin]);
}

response too_many_requests(std::chrono::nanoseconds wait) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto result = problem(429, "too_many_requests",
                        "too many requests from this address");
  result.headers.emplace_back("Retry-After", std::to_string(seconds));
  return result;
}

/// All such headers as one: each proxy appends.
std::string forwarded_for(const gate::head& x) {
  auto result = std::string{};
  auto [first, last] = x.equal_range("X-Forwarded-For");
  for (; first != last; ++first)
    result.append(result.empty() ? "" : ",").append(view_of(first->value()));
  return result;
}

} // namespace

tl::expected<gate, std::string> gate::build(const server_settings& settings,
                                            std::vector<route> routes) {
  auto built = router::build(std::move(routes));
  if (!built)
    return tl::unexpected{std::move(built.error())};
  auto proxies = trusted_proxies::parse(settings.trusted_proxies);
  if (!proxies)
    return tl::unexpected{std::move(proxies.error())};
  return gate{settings, std::move(*built), std::move(*proxies)};
}

gate::gate(const server_settings& settings, http::router routes,
           http::trusted_proxies proxies)
  : router_{std::move(routes)},
    proxies_{std::move(proxies)},
    limiter_{settings.rate_limit},
    keys_{settings.api_keys},
    presentation_{settings.presentation} {
  // nop
}

gate_verdict gate::judge(const head& x, const boost::asio::ip::address& peer,
                         std::chrono::nanoseconds now, request& out) {
  auto result = gate_verdict{};
  auto refuse = [&result](response answer) {
    result.found = nullptr;
    result.answer = std::move(answer);
    return std::move(result);
  };
  read_head(x, out);
  auto client = proxies_.client(peer, forwarded_for(x));
  out.client = client.to_string();
  auto target = parse_target(view_of(x.target()), out.method);
  auto match = tl::expected<route_match, std::string>{tl::unexpect, ""};
  if (target)
    match = router_.find(out.method, target->path);
  result.pattern = match ? match->pattern : router_.patterns_total();
  // First of all, so that no request is cheaper than another.
  if (!match || match->found == nullptr || match->found->rate_limited)
    if (auto wait = limiter_.refuse(client_key::of(client), now)) {
      result.rate_limited = true;
      return refuse(too_many_requests(*wait));
    }
  if (auto wrong = framing_problem(x))
    return refuse(std::move(*wrong));
  if (!target)
    return refuse(problem(400, "malformed_request", "not a target of HTTP"));
  if (target->path == "*")
    return refuse(options(x, "GET, HEAD, POST"));
  if (!match)
    return refuse(problem(400, "invalid_parameter", match.error()));
  if (match->allowed.empty())
    return refuse(problem(404, "not_found", "there is nothing at this path"));
  if (match->found == nullptr && out.method == "OPTIONS")
    return refuse(options(x, match->allowed));
  if (match->found == nullptr) {
    auto answer = problem(405, "method_not_allowed",
                          "this path takes " + match->allowed);
    answer.headers.emplace_back("Allow", match->allowed);
    return refuse(std::move(answer));
  }
  result.found = match->found;
  if (result.found->keyed && !keys_.admit(out)) {
    auto answer = problem(401, "unauthorized", "this path needs an API key");
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refuse(std::move(answer));
  }
  auto query = parse_query(target->query);
  if (!query)
    return refuse(problem(400, "invalid_parameter", query.error()));
  out.target = view_of(x.target());
  out.path = target->path;
  out.query = std::move(*query);
  out.parameters = std::move(match->parameters);
  if (result.found->admit)
    if (auto answer = result.found->admit(out)) {
      // A body that nobody read would be taken for the next request.
      answer->close = true;
      return refuse(std::move(*answer));
    }
  return result;
}

void gate::count_malformed(const boost::asio::ip::address& peer,
                           std::chrono::nanoseconds now) {
  limiter_.refuse(client_key::of(peer), now);
}

response gate::options(const head& x, const std::string& allowed) const {
  auto result = response{};
  result.status = 204;
  result.headers.emplace_back("Allow", allowed + ", OPTIONS");
  auto preflight = x.count(field::access_control_request_method) > 0;
  if (preflight && allowed.find("GET") != std::string::npos)
    allow_preflight(result, view_of(x[field::origin]), presentation_);
  return result;
}

} // namespace pumpscope::http

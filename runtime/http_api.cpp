#include "runtime/http_api.hpp"

#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"

#include <utility>

namespace pumpscope::runtime {

namespace {

/// The payloads of Helius are far below.
constexpr size_t payload_bytes_max = size_t{5} << 20;

constexpr auto hook_paths = {"/webhooks/helius", "/api/v1/webhooks/helius"};

std::string_view text_of(config::webhook_mode x) {
  switch (x) {
    case config::webhook_mode::off:
      break;
    case config::webhook_mode::hint:
      return "hint";
    case config::webhook_mode::only:
      return "only";
  }
  return "off";
}

http::response refusal(unsigned status, std::string_view code,
                       const webhook::receipt& x) {
  auto result = http::problem(status, code, x.problem);
  if (status == 503)
    result.headers.emplace_back("Retry-After", "5");
  return result;
}

http::response answer_to(const webhook::receipt& x) {
  using webhook::verdict;
  switch (x.outcome) {
    case verdict::stored:
      break;
    case verdict::malformed:
      return refusal(400, "malformed_payload", x);
    case verdict::full:
      return refusal(503, "inbox_full", x);
    case verdict::busy:
      return refusal(503, "overloaded", x);
    case verdict::failed:
      return refusal(503, "store_unavailable", x);
  }
  auto body = json_object{};
  body.number("accepted", x.accepted).number("malformed", x.malformed);
  if (!x.problem.empty())
    body.text("problem", x.problem);
  auto result = http::response{};
  result.body = body.str();
  return result;
}

http::response health() {
  auto result = http::response{};
  result.body = json_object{}.text("status", "ok").str();
  return result;
}

} // namespace

std::vector<http::route> webhook_routes(webhook::receiver& receiver) {
  auto result = std::vector<http::route>{};
  for (const auto* path : hook_paths) {
    auto& hook = result.emplace_back();
    hook.method = "POST";
    hook.path = path;
    hook.body_bytes_max = payload_bytes_max;
    hook.admit
      = [&receiver](const http::request& x) -> std::optional<http::response> {
      if (receiver.authorized(x.authorization))
        return std::nullopt;
      return http::problem(401, "unauthorized",
                           "the header Authorization is not the secret");
    };
    hook.handle = [&receiver](http::request x, http::reply done) {
      receiver.take(std::move(x.body),
                    [done = std::move(done)](const webhook::receipt& receipt) {
                      done(answer_to(receipt));
                    });
    };
  }
  return result;
}

outcome<std::unique_ptr<http_api>>
http_api::start(const config::options& options, messages::store& owner,
                std::vector<http::route> routes) {
  auto result = std::unique_ptr<http_api>{new http_api};
  if (options.source.webhook != config::webhook_mode::off) {
    auto view = checked(owner.open_inbox());
    if (!view)
      return tl::unexpected{std::move(view.error())};
    auto settings = webhook::receiver_settings{};
    settings.secret = options.webhook.secret;
    settings.limits = {options.webhook.inbox_payloads_max,
                       options.webhook.inbox_bytes_max};
    result->receiver_ = std::make_unique<webhook::receiver>(
      std::move(*view), std::move(settings));
    auto hooks = webhook_routes(*result->receiver_);
    routes.insert(routes.end(), hooks.begin(), hooks.end());
  }
  auto& self = *result;
  auto get = [&routes](std::string path, auto answer) {
    auto& x = routes.emplace_back();
    x.path = std::move(path);
    x.handle = [answer](const http::request&, const http::reply& done) {
      done(answer());
    };
  };
  get("/healthz", health);
  get("/readyz", [&self] { return self.ready(); });
  auto settings = http::server_settings{};
  settings.host = options.http.listen->host;
  settings.port = options.http.listen->port;
  auto server = http::server::start(std::move(settings), std::move(routes));
  if (!server)
    return fail("--http: " + server.error());
  result->server_ = std::move(*server);
  return result;
}

http_api::~http_api() {
  // Requests may wait for the receiver.
  server_.reset();
}

std::string http_api::address() const {
  return server_->address();
}

void http_api::set_health(node_health x) {
  auto guard = std::lock_guard{mutex_};
  health_ = std::move(x);
}

webhook::receiver_counters http_api::webhooks() const {
  return receiver_ ? receiver_->counters() : webhook::receiver_counters{};
}

http::response http_api::ready() const {
  auto guard = std::lock_guard{mutex_};
  const auto& x = health_;
  auto by_time = x.webhook == config::webhook_mode::only;
  auto body = json_object{};
  body.flag("ready", x.ready)
    .text("source", x.source)
    .text("webhook", text_of(x.webhook))
    .number("sealed_slot", x.sealed_slot)
    .text("sealed_by", by_time ? "time" : "chain")
    .flag("completeness_provable", !by_time);
  if (x.webhook != config::webhook_mode::off)
    body.raw("inbox", json_object{}
                        .number("payloads", x.inbox.payloads)
                        .number("bytes", x.inbox.bytes)
                        .str());
  auto result = http::response{};
  result.status = x.ready ? 200 : 503;
  result.body = body.str();
  return result;
}

} // namespace pumpscope::runtime

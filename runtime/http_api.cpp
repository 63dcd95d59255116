#include "runtime/http_api.hpp"

#include "adapters/api/routes.hpp"
#include "adapters/http/files.hpp"
#include "adapters/prometheus/metric_page.hpp"
#include "runtime/json_text.hpp"
#include "runtime/log.hpp"
#include "runtime/node_metrics.hpp"
#include "runtime/open_store.hpp"

#include <filesystem>
#include <iterator>
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

/// Texts between commas, without the empty ones.
std::vector<std::string> split(std::string_view text) {
  auto result = std::vector<std::string>{};
  while (!text.empty()) {
    auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    auto begin = part.find_first_not_of(' ');
    if (begin == std::string_view::npos)
      continue;
    part = part.substr(begin, part.find_last_not_of(' ') - begin + 1);
    result.emplace_back(part);
  }
  return result;
}

void log_answer(const http::answer_note& x) {
  if (!is_logged(config::log_level::debug))
    return;
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(x.time);
  auto line = std::string{"http: "};
  line.append(x.method).append(" ").append(x.target);
  line += " " + std::to_string(x.status) + " in "
          + std::to_string(micros.count()) + " us for ";
  debug_line(line.append(x.client));
}

http::server_settings server_settings(const config::http_options& x) {
  auto result = http::server_settings{};
  result.host = x.listen->host;
  result.port = x.listen->port;
  result.streams_max = x.streams_max;
  result.rate_limit.per_second = x.rate_limit;
  result.api_keys = x.api_keys;
  result.trusted_proxies = split(x.trusted_proxies);
  result.presentation.allowed_origins = split(x.allowed_origins);
  result.on_answer = log_answer;
  return result;
}

/// Where the pages are: as configured, or beside the program as the build or
/// the package put them.
std::filesystem::path pages_folder(const std::string& configured) {
  if (!configured.empty())
    return configured;
  auto error = std::error_code{};
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  auto folder = program.parent_path();
  auto built = folder / "../../web/dashboard";
  if (std::filesystem::is_directory(built, error))
    return built;
  return folder / "../share/pumpscope/dashboard";
}

http::response health() {
  auto result = http::response{};
  result.headers = {{"Cache-Control", "no-store"}};
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
    // All payloads come from the few addresses of one sender, who has a secret.
    hook.rate_limited = false;
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

http::route stream_route(const std::shared_ptr<hub::hub>& hub) {
  auto result = http::route{};
  result.path = "/api/v1/stream";
  result.keyed = true;
  result.handle = [hub](const http::request& x, const http::reply& done) {
    auto names = x.query.find("topics");
    auto topics = hub::parse_topics(names != nullptr ? *names : std::string{});
    if (!topics) {
      done(
        http::problem(400, "invalid_parameter", "topics: " + topics.error()));
      return;
    }
    auto stream = hub->subscribe(*topics, x.last_event_id,
                                 std::chrono::steady_clock::now());
    if (!stream) {
      auto refused = http::problem(503, "unavailable",
                                   "too many clients follow the stream");
      refused.headers.emplace_back("Retry-After", "5");
      done(std::move(refused));
      return;
    }
    auto answer = http::response{};
    answer.content_type = "text/event-stream";
    answer.headers.emplace_back("Cache-Control", "no-cache");
    // Proxies would hold back what is there.
    answer.headers.emplace_back("X-Accel-Buffering", "no");
    answer.stream = std::move(stream);
    done(std::move(answer));
  };
  return result;
}

outcome<std::unique_ptr<http_api>>
http_api::start(const config::options& options, messages::store& owner,
                http_parts parts) {
  auto result = std::unique_ptr<http_api>{new http_api};
  auto& self = *result;
  self.parts_ = std::move(parts);
  auto views = std::vector<std::unique_ptr<messages::store>>{};
  for (auto i = uint32_t{0}; i < options.http.readers; ++i) {
    auto view = checked(owner.reader());
    if (!view)
      return tl::unexpected{std::move(view.error())};
    views.push_back(std::move(*view));
  }
  self.readers_ = std::make_shared<read_pool>(std::move(views));
  self.backend_ = std::make_shared<api_backend>(
    self.parts_.hub, self.parts_.queries, self.readers_);
  self.cache_ = std::make_shared<api::answer_cache>();
  auto routes = api::make_routes({self.backend_, self.cache_});
  routes.push_back(stream_route(self.parts_.hub));
  std::move(self.parts_.routes.begin(), self.parts_.routes.end(),
            std::back_inserter(routes));
  self.parts_.routes.clear();
  auto local = http::local_routes::build(routes);
  if (!local)
    return fail("--http: " + local.error());
  self.local_ = std::make_shared<const http::local_routes>(std::move(*local));
  if (self.parts_.others)
    forward(routes, self.parts_.others);
  if (options.source.webhook != config::webhook_mode::off) {
    auto view = checked(owner.open_inbox());
    if (!view)
      return tl::unexpected{std::move(view.error())};
    auto settings = webhook::receiver_settings{};
    settings.secret = options.webhook.secret;
    settings.limits = {options.webhook.inbox_payloads_max,
                       options.webhook.inbox_bytes_max};
    self.receiver_ = std::make_unique<webhook::receiver>(std::move(*view),
                                                         std::move(settings));
    for (auto& x : webhook_routes(*self.receiver_))
      routes.push_back(std::move(x));
  }
  auto get = [&routes](std::string path, auto answer) {
    auto& x = routes.emplace_back();
    x.path = std::move(path);
    // Who watches the process comes as often as it likes.
    x.rate_limited = false;
    x.handle = [answer](const http::request&, const http::reply& done) {
      done(answer());
    };
  };
  get("/healthz", health);
  get("/readyz", [&self] { return self.ready(); });
  get("/metrics", [&self] { return self.metrics(); });
  get("/api/{rest...}", [] {
    return http::problem(404, "not_found", "nothing is at this path");
  });
  self.add_pages(options.http, routes);
  auto settings = server_settings(options.http);
  auto server = http::server::start(settings, routes);
  if (!server && !options.http.listen_is_chosen) {
    settings.port = 0;
    self.is_elsewhere_ = true;
    server = http::server::start(std::move(settings), std::move(routes));
  }
  if (!server)
    return fail("--http: " + server.error());
  self.server_ = std::move(*server);
  return result;
}

void http_api::add_pages(const config::http_options& options,
                         std::vector<http::route>& routes) {
  auto folder = pages_folder(options.pages);
  auto pages = http::files(folder);
  has_pages_ = pages.has_value();
  if (has_pages_)
    routes.push_back(std::move(*pages));
  else if (!options.pages.empty())
    warning_line("--pages: " + pages.error());
}

http_api::~http_api() {
  // Streams end first: the server waits for them.
  parts_.hub->close();
  // Requests may wait for the receiver and for the readers.
  server_.reset();
}

std::string http_api::address() const {
  return server_->address();
}

void http_api::set_health(node_health x) {
  auto guard = std::lock_guard{mutex_};
  health_ = std::move(x);
}

void http_api::set_facts(api::node_facts x) {
  x.clients_streaming = server_->counters().streams_open;
  backend_->set_facts(std::move(x));
}

void http_api::set_status(messages::pipeline_status_ptr x) {
  auto guard = std::lock_guard{mutex_};
  status_ = std::move(x);
}

http::server_counters http_api::counters() const {
  return server_->counters();
}

webhook::receiver_counters http_api::webhooks() const {
  return receiver_ ? receiver_->counters() : webhook::receiver_counters{};
}

http::response http_api::metrics() const {
  auto status = messages::pipeline_status_ptr{};
  {
    auto guard = std::lock_guard{mutex_};
    status = status_;
  }
  auto page = prometheus_text::metric_page{};
  add_node_metrics(page, *backend_->facts(), status.get());
  add_http_metrics(page, server_->counters(), server_->routes());
  add_hub_metrics(page, parts_.hub->counters());
  add_reader_metrics(page, readers_->counters(), cache_->counters());
  if (auto peers = parts_.others ? parts_.others->counters() : std::nullopt)
    add_peer_metrics(page, *peers);
  auto result = http::response{};
  result.content_type = prometheus_text::content_type;
  result.body = page.text();
  return result;
}

http::response http_api::ready() const {
  auto guard = std::lock_guard{mutex_};
  const auto& x = health_;
  auto by_time = x.webhook == config::webhook_mode::only;
  auto body = json_object{};
  body.flag("ready", x.ready)
    .text("role", x.role)
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
  result.headers = {{"Cache-Control", "no-store"}};
  result.body = body.str();
  return result;
}

} // namespace pumpscope::runtime

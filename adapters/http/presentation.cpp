#include "adapters/http/presentation.hpp"

#include "adapters/http/content_coding.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace pumpscope::http {

namespace {

namespace beast = boost::beast;

/// Collects headers. Values are cut to what a header can hold: no text of a
/// client that a route repeats can begin another header.
class head_writer {
public:
  explicit head_writer(unsigned status) {
    auto reason
      = beast::http::obsolete_reason(beast::http::int_to_status(status));
    text_ = "HTTP/1.1 " + std::to_string(status) + ' ';
    text_.append(reason.data(), reason.size());
    text_ += "\r\n";
  }

  void add(std::string_view name, std::string_view value) {
    text_.append(name);
    text_ += ": ";
    for (auto x : value)
      if (auto byte = static_cast<unsigned char>(x);
          byte >= 0x20 && byte != 0x7F)
        text_ += x;
    text_ += "\r\n";
  }

  std::string take() {
    return std::move(text_);
  }

private:
  std::string text_ = {};
};

const std::string* find_header(const response& x, std::string_view name) {
  for (auto& [key, value] : x.headers)
    if (beast::iequals(key, name))
      return &value;
  return nullptr;
}

std::string http_date() {
  auto now = std::time(nullptr);
  auto parts = std::tm{};
  gmtime_r(&now, &parts);
  auto text = std::array<char, 40>{};
  auto size = std::strftime(text.data(), text.size(),
                            "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

/// What `Access-Control-Allow-Origin` says; empty = it is left out.
std::string_view allowed_origin(std::string_view origin,
                                const presentation_settings& settings) {
  for (auto& x : settings.allowed_origins)
    if (x == "*" || (!origin.empty() && x == origin))
      return x;
  return {};
}

/// Whether the answer depends on who asks.
bool varies_by_origin(const presentation_settings& settings) {
  auto& xs = settings.allowed_origins;
  return !xs.empty() && std::find(xs.begin(), xs.end(), "*") == xs.end();
}

void write_vary(head_writer& out, bool by_coding,
                const presentation_settings& settings) {
  auto text = std::string{by_coding ? "Accept-Encoding" : ""};
  if (varies_by_origin(settings))
    text += text.empty() ? "Origin" : ", Origin";
  if (!text.empty())
    out.add("Vary", text);
}

void write_security(head_writer& out, const response& x,
                    const presentation_settings& settings) {
  out.add("X-Content-Type-Options", "nosniff");
  if (!x.content_type.starts_with("text/html"))
    return;
  if (find_header(x, "Content-Security-Policy") == nullptr)
    out.add("Content-Security-Policy", settings.content_security_policy);
  out.add("Referrer-Policy", "strict-origin-when-cross-origin");
  // For browsers that do not know frame-ancestors.
  out.add("X-Frame-Options", "DENY");
}

void write_cors(head_writer& out, const presentation_wish& wish,
                const presentation_settings& settings) {
  auto origin = allowed_origin(wish.origin, settings);
  if (!wish.safe || origin.empty())
    return;
  out.add("Access-Control-Allow-Origin", origin);
  out.add("Access-Control-Expose-Headers", "ETag, Retry-After");
}

presented present_stream(response x, const presentation_wish& wish,
                         const presentation_settings& settings) {
  auto result = presented{x.status, {}, {}, std::move(x.stream), true};
  auto out = head_writer{x.status};
  out.add("Date", http_date());
  out.add("Content-Type", x.content_type);
  if (find_header(x, "Cache-Control") == nullptr)
    out.add("Cache-Control", "no-cache, no-transform");
  // nginx would keep the pieces back until a buffer is full.
  out.add("X-Accel-Buffering", "no");
  write_vary(out, false, settings);
  write_security(out, x, settings);
  write_cors(out, wish, settings);
  for (auto& [name, value] : x.headers)
    out.add(name, value);
  result.head = out.take();
  if (wish.head_only)
    result.stream.reset();
  return result;
}

} // namespace

presentation_wish presentation_wish::of(const request& x) {
  auto result = presentation_wish{};
  result.head_only = x.method == "HEAD";
  result.safe = result.head_only || x.method == "GET";
  result.takes_gzip = http::takes_gzip(x.accept_encoding);
  result.if_none_match = x.if_none_match;
  result.origin = x.origin;
  return result;
}

presented present(response x, const presentation_wish& wish,
                  const presentation_settings& settings) {
  if (x.stream)
    return present_stream(std::move(x), wish, settings);
  auto body = x.shared_body
                ? std::move(x.shared_body)
                : std::make_shared<const std::string>(std::move(x.body));
  // A tag for what is made anew for each request would only cost time.
  auto storable = x.status == 200 && wish.safe;
  if (auto* told = find_header(x, "Cache-Control");
      told != nullptr && *told == "no-store")
    storable = false;
  auto tag = std::string{};
  if (auto* told = find_header(x, "ETag"))
    tag = *told;
  else if (storable)
    x.headers.emplace_back("ETag", tag = x.forms ? x.forms->etag(*body)
                                                 : weak_etag(*body));
  if (storable && matches_etag(wish.if_none_match, tag))
    x.status = 304;
  auto has_body = x.status != 304 && x.status != 204;
  auto coded = find_header(x, "Content-Encoding") != nullptr;
  auto by_coding = coded || (is_compressible(x.content_type) && wish.safe);
  if (has_body && by_coding && !coded && wish.takes_gzip
      && body->size() > gzip_bytes_min) {
    auto smaller = x.forms ? x.forms->compressed(*body, settings.gzip_level)
                           : shorter_form(*body, settings.gzip_level);
    if (smaller) {
      body = std::move(smaller);
      x.headers.emplace_back("Content-Encoding", "gzip");
    }
  }
  auto result = presented{x.status, {}, {}, {}, x.close};
  auto out = head_writer{x.status};
  out.add("Date", http_date());
  if (has_body) {
    out.add("Content-Type", x.content_type);
    out.add("Content-Length", std::to_string(body->size()));
  }
  if (find_header(x, "Cache-Control") == nullptr)
    out.add("Cache-Control", storable ? "no-cache" : "no-store");
  write_vary(out, by_coding, settings);
  write_security(out, x, settings);
  write_cors(out, wish, settings);
  for (auto& [name, value] : x.headers)
    if (has_body || !beast::iequals(name, "Content-Encoding"))
      out.add(name, value);
  result.head = out.take();
  if (has_body && !wish.head_only && !body->empty())
    result.body = std::move(body);
  return result;
}

void allow_preflight(response& x, std::string_view origin,
                     const presentation_settings& settings) {
  auto allowed = allowed_origin(origin, settings);
  if (allowed.empty())
    return;
  auto add = [&x](std::string_view name, std::string_view value) {
    x.headers.emplace_back(name, value);
  };
  add("Access-Control-Allow-Origin", allowed);
  add("Access-Control-Allow-Methods", "GET, HEAD");
  add("Access-Control-Allow-Headers",
      "Authorization, X-API-Key, Last-Event-ID, Cache-Control");
  add("Access-Control-Max-Age", "86400");
}

} // namespace pumpscope::http

#include "config/options.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "domain/sol_price.hpp"

#include <algorithm>

namespace pumpscope::config {

namespace {

/// Reads what is behind `redis:` or `#`.
parsed<price_source> with_key(price_source x, std::string_view key) {
  auto odd = [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; };
  if (key.empty() || key.size() > price_key_bytes_max
      || std::any_of(key.begin(), key.end(), odd))
    return tl::unexpected{
      std::string{"the key of the price is a text of at most 1024 bytes, "
                  "without control characters"}};
  x.redis_key = key;
  return x;
}

/// Reads a Redis URL with a key behind it. Never repeats it: it may carry a
/// password.
parsed<price_source> parse_redis_price(std::string_view text) {
  auto hash = text.find('#');
  if (hash == std::string_view::npos)
    return tl::unexpected{
      std::string{"a Redis URL of a price names the key behind it: "
                  "redis://[USER@]HOST[:PORT][/DATABASE]#KEY, unix:/PATH#KEY"}};
  auto result = price_source{};
  auto url = parse_redis_url(text.substr(0, hash));
  if (!url)
    return tl::unexpected{std::move(url.error())};
  result.redis = std::move(*url);
  return with_key(std::move(result), text.substr(hash + 1));
}

} // namespace

parsed<price_source> parse_price(std::string_view text) {
  constexpr auto fixed = std::string_view{"fixed:"};
  constexpr auto redis_key = std::string_view{"redis:"};
  auto result = price_source{};
  if (text == "off")
    return result;
  if (text.starts_with(fixed)) {
    auto micros = domain::parse_usd_micros(text.substr(fixed.size()));
    if (!micros)
      return tl::unexpected{"\"" + std::string{text}
                            + "\" has no number of USD from 0.000001 to "
                              "1000000"};
    result.fixed_usd_micros = *micros;
    return result;
  }
  auto begins = [&](std::string_view with) { return text.starts_with(with); };
  if (begins("redis://") || begins("rediss://") || begins("unix:"))
    return parse_redis_price(text);
  if (begins(redis_key))
    return with_key(std::move(result), text.substr(redis_key.size()));
  auto scheme = text.find("://");
  if (scheme == std::string_view::npos)
    return tl::unexpected{"\"" + std::string{text}
                          + "\" is none of off, fixed:USD, http://..., "
                            "https://..., redis:KEY, redis://...#KEY"};
  auto path = std::min(text.find_first_of("/?", scheme + 3), text.size());
  auto server = parse_endpoint(text.substr(0, path));
  if (!server)
    return tl::unexpected{std::move(server.error())};
  result.server = std::move(*server);
  result.target = text.substr(path);
  if (!result.target.starts_with('/'))
    result.target.insert(0, "/");
  for (auto c : result.target)
    if (c <= ' ' || c > '~')
      return tl::unexpected{std::string{
        "the path of the price endpoint has a character that no URL has"}};
  if (result.target.find("ids=") == std::string::npos)
    result.target
      += (result.target.find('?') == std::string::npos ? "?" : "&")
         + ("ids=" + domain::to_string(domain::known_keys::wsol_mint));
  return result;
}

} // namespace pumpscope::config

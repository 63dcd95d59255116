#include "config/redis_url.hpp"

#include <algorithm>
#include <optional>

namespace pumpscope::config {

namespace {

/// Redis servers have 16 databases unless configured otherwise.
constexpr uint64_t database_max = 1'000'000;

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  auto result = std::string{};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size())
      return std::nullopt;
    auto high = hex_value(text[i + 1]);
    auto low = hex_value(text[i + 2]);
    if (high < 0 || low < 0)
      return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

tl::unexpected<std::string> refuse(std::string_view why) {
  return tl::unexpected{"this is no Redis URL: " + std::string{why}
                        + "; use redis://[USER@]HOST[:PORT][/DATABASE] or "
                          "unix:/PATH[?db=DATABASE]"};
}

parsed<redis_url> parse_socket(std::string_view text) {
  constexpr auto parameter = std::string_view{"?db="};
  auto result = redis_url{};
  auto end = text.find('?');
  result.socket = text.substr(0, end);
  if (result.socket.empty() || result.socket.front() != '/')
    return refuse("a socket is an absolute path");
  if (end == std::string_view::npos)
    return result;
  if (!text.substr(end).starts_with(parameter))
    return refuse("a socket takes ?db=DATABASE only");
  auto database = parse_integer(text.substr(end + parameter.size()), 0,
                                database_max);
  if (!database)
    return refuse("the database is a number");
  result.database = static_cast<uint32_t>(*database);
  return result;
}

} // namespace

parsed<redis_url> parse_redis_url(std::string_view text) {
  constexpr auto plain = std::string_view{"redis://"};
  constexpr auto unix_socket = std::string_view{"unix:"};
  if (text.starts_with("rediss://"))
    return tl::unexpected{std::string{
      "rediss:// needs TLS, which the packaged Redis client has not: use "
      "redis:// over loopback, a private network or a TLS sidecar"}};
  if (text.starts_with(unix_socket))
    return parse_socket(text.substr(unix_socket.size()));
  if (!text.starts_with(plain))
    return refuse("it does not begin with redis:// or unix:");
  text.remove_prefix(plain.size());
  auto result = redis_url{};
  if (auto slash = text.find('/'); slash != std::string_view::npos) {
    auto rest = text.substr(slash + 1);
    text = text.substr(0, slash);
    if (!rest.empty()) {
      auto database = parse_integer(rest, 0, database_max);
      if (!database)
        return refuse("the database is a number");
      result.database = static_cast<uint32_t>(*database);
    }
  }
  if (auto at = text.rfind('@'); at != std::string_view::npos) {
    auto login = text.substr(0, at);
    text.remove_prefix(at + 1);
    auto colon = std::min(login.find(':'), login.size());
    auto user = percent_decoded(login.substr(0, colon));
    auto password
      = percent_decoded(login.substr(std::min(colon + 1, login.size())));
    if (!user || !password)
      return refuse("user and password are percent-encoded");
    result.user = std::move(*user);
    result.password = std::move(*password);
  }
  auto bracket = text.rfind(']');
  auto has_port = text.rfind(':') != std::string_view::npos
                  && (bracket == std::string_view::npos
                      || text.rfind(':') > bracket);
  auto server = parse_address(has_port ? std::string{text}
                                       : std::string{text} + ":6379");
  if (!server || server->port == 0)
    return refuse("host and port are HOST[:PORT]");
  result.server = std::move(*server);
  return result;
}

std::string to_text(const redis_url& x) {
  if (!x.socket.empty())
    return "unix:" + x.socket
           + (x.database == 0 ? "" : "?db=" + std::to_string(x.database));
  return "redis://" + (x.user.empty() ? "" : x.user + "@") + to_text(x.server)
         + (x.database == 0 ? "" : "/" + std::to_string(x.database));
}

} // namespace pumpscope::config

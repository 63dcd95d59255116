#include "config/endpoint.hpp"

namespace pumpscope::config {

namespace {

/// The longest name that DNS allows.
constexpr size_t host_size_max = 253;

bool valid_host(std::string_view host) {
  if (host.empty() || host.size() > host_size_max)
    return false;
  return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_")
         == std::string_view::npos;
}

bool valid_v6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45
         && host.find(':') != std::string_view::npos
         && host.find_first_not_of("0123456789abcdefABCDEF:.")
              == std::string_view::npos;
}

tl::unexpected<std::string> refuse(std::string_view text,
                                   std::string_view form) {
  return tl::unexpected{"\"" + std::string{text} + "\" is not "
                        + std::string{form}};
}

/// Splits at the port; `port` stays empty when there is none.
bool split(std::string_view text, std::string_view& host,
           std::string_view& port, bool& has_port) {
  if (text.starts_with('[')) {
    auto close = text.find(']');
    if (close == std::string_view::npos)
      return false;
    host = text.substr(1, close - 1);
    auto rest = text.substr(close + 1);
    has_port = rest.starts_with(':');
    if (!has_port && !rest.empty())
      return false;
    port = has_port ? rest.substr(1) : std::string_view{};
    return valid_v6(host);
  }
  auto colon = text.find(':');
  has_port = colon != std::string_view::npos;
  host = text.substr(0, colon);
  port = has_port ? text.substr(colon + 1) : std::string_view{};
  return valid_host(host);
}

} // namespace

parsed<address> parse_address(std::string_view text) {
  constexpr auto form = std::string_view{"HOST:PORT (port 0 to 65535)"};
  auto host = std::string_view{};
  auto port = std::string_view{};
  auto has_port = false;
  if (!split(text, host, port, has_port) || !has_port)
    return refuse(text, form);
  auto number = parse_integer(port, 0, 65'535);
  if (!number)
    return refuse(text, form);
  return address{std::string{host}, static_cast<uint16_t>(*number)};
}

parsed<endpoint> parse_endpoint(std::string_view text) {
  constexpr auto form
    = std::string_view{"http://HOST:PORT or https://HOST:PORT"};
  if (text.find('@') != std::string_view::npos)
    // Not repeated in the message: it may hold a password.
    return tl::unexpected{std::string{
      "a user name or token in the URL is not supported; use --x-token-file"}};
  auto result = endpoint{};
  auto rest = text;
  if (rest.starts_with("https://")) {
    result.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse(text, form);
  }
  if (rest.ends_with('/'))
    rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos)
    // Some providers put the token into the path: not repeated either.
    return tl::unexpected{std::string{
      "a path or query in the URL is not supported; use --x-token-file"}};
  auto host = std::string_view{};
  auto port = std::string_view{};
  auto has_port = false;
  if (!split(rest, host, port, has_port))
    return refuse(text, form);
  result.server.host = host;
  result.server.port = result.tls ? 443 : 80;
  if (has_port) {
    auto number = parse_integer(port, 1, 65'535);
    if (!number)
      return refuse(text, form);
    result.server.port = static_cast<uint16_t>(*number);
  }
  return result;
}

std::string to_text(const address& x) {
  auto v6 = x.host.find(':') != std::string::npos;
  return (v6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port);
}

std::string to_text(const endpoint& x) {
  return (x.tls ? "https://" : "http://") + to_text(x.server);
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1"
         || (host.starts_with("127.")
             && host.find_first_not_of("0123456789.")
                  == std::string_view::npos);
}

} // namespace pumpscope::config

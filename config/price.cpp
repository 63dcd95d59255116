#include "config/options.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "domain/sol_price.hpp"

namespace pumpscope::config {

parsed<price_source> parse_price(std::string_view text) {
  constexpr auto fixed = std::string_view{"fixed:"};
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
  auto scheme = text.find("://");
  if (scheme == std::string_view::npos)
    return tl::unexpected{"\"" + std::string{text}
                          + "\" is none of off, fixed:USD, http://..., "
                            "https://..."};
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

#include "adapters/http/api_keys.hpp"

#include <boost/beast/core/string.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace pumpscope::http {

bool equal_secrets(std::string_view given, std::string_view secret) {
  if (secret.empty())
    return given.empty();
  volatile uint8_t difference = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    auto both = static_cast<uint8_t>(given[i])
                ^ static_cast<uint8_t>(secret[i % secret.size()]);
    difference = static_cast<uint8_t>(difference | both);
  }
  return difference == 0;
}

api_keys::api_keys(std::vector<std::string> keys) : keys_{std::move(keys)} {
  std::erase(keys_, std::string{});
}

bool api_keys::admit(const request& x) const {
  if (keys_.empty() || contains(x.api_key))
    return true;
  constexpr auto scheme = std::string_view{"Bearer "};
  auto given = std::string_view{x.authorization};
  auto bearer = boost::beast::iequals(given.substr(0, scheme.size()), scheme);
  return bearer && contains(given.substr(scheme.size()));
}

bool api_keys::contains(std::string_view given) const {
  // All are compared: the time does not tell which one it was.
  auto result = false;
  for (auto& x : keys_)
    result = equal_secrets(given, x) || result;
  return result;
}

} // namespace pumpscope::http

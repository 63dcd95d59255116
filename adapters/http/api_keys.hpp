#pragma once

#include "adapters/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::http {

/// Tells whether two secrets are equal; takes the same time for all texts of
/// one length, so that nothing tells where the two differ.
bool equal_secrets(std::string_view given, std::string_view secret);

/// The keys that open the routes that are marked as keyed.
class api_keys {
public:
  /// Empty texts are no keys.
  explicit api_keys(std::vector<std::string> keys);

  /// Whether the request has one of the keys, as `Authorization: Bearer KEY` or
  /// as `X-API-Key: KEY`. Without any key all requests are let in.
  [[nodiscard]] bool admit(const request& x) const;

private:
  [[nodiscard]] bool contains(std::string_view given) const;

  std::vector<std::string> keys_ = {};
};

} // namespace pumpscope::http

#pragma once

#include "adapters/http/message.hpp"
#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pumpscope::api {

/// Reads the parameters of one request. The first one that is wrong is kept and
/// told in `problem`; what is read after it has its default.
class parameters {
public:
  explicit parameters(const http::request& x) : request_(x) {
    // nop
  }

  /// A key in the path, in base58. Refuses other texts.
  domain::pubkey path_key(std::string_view name);

  /// The text of a query parameter; nothing where it is absent.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

  /// A whole number between two bounds.
  uint64_t number(std::string_view name, uint64_t absent, uint64_t min,
                  uint64_t max);

  /// A number that is not negative, in whole units, as base units of
  /// `decimals` decimals; rounded toward zero.
  std::optional<domain::i128> amount(std::string_view name, int decimals);

  /// A number that is not negative.
  std::optional<double> ratio(std::string_view name);

  /// Seconds, or 90s, 30m, 1h, 7d.
  std::optional<int64_t> duration(std::string_view name);

  std::optional<bool> flag(std::string_view name);

  std::optional<domain::pubkey> key(std::string_view name);

  /// One of the given words, by its index.
  size_t word(std::string_view name, size_t absent,
              std::initializer_list<std::string_view> words);

  /// What is wrong; nothing = all is well.
  [[nodiscard]] const std::optional<http::response>& problem() const {
    return problem_;
  }

  /// Refuses a parameter.
  void refuse(std::string_view name, std::string_view what);

private:
  const http::request& request_;
  std::optional<http::response> problem_ = {};
};

} // namespace pumpscope::api

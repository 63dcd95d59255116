#pragma once

#include "adapters/http/route.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::http {

/// What is at a path.
struct route_match {
  /// Null when nothing is there, or nothing that takes the method. Lives as
  /// long as the router.
  const route* found = nullptr;
  /// Position of the pattern in `router::patterns`; their total = none.
  size_t pattern = 0;
  /// The methods that the path takes, `GET, HEAD, POST`; empty = nothing is
  /// there.
  std::string allowed = {};
  parameter_list parameters = {};
};

/// Finds the route of a path. Immutable.
class router {
public:
  /// Fails with a text when a pattern is malformed, when two patterns differ in
  /// nothing but names, or when two routes have the same pattern and method.
  static tl::expected<router, std::string> build(std::vector<route> routes);

  /// Fails with a text for people when the path is not percent-encoded UTF-8. A
  /// path is split before it is decoded: an encoded slash is part of a segment.
  [[nodiscard]] tl::expected<route_match, std::string>
  find(std::string_view method, std::string_view path) const;

  /// All patterns, the more specific first.
  [[nodiscard]] std::vector<std::string> patterns() const;

  [[nodiscard]] size_t patterns_total() const {
    return patterns_.size();
  }

private:
  enum class segment_kind { text, one, rest };

  struct segment {
    segment_kind kind = segment_kind::text;
    /// What it must be, or its name.
    std::string text = {};

    friend auto operator<=>(const segment&, const segment&) = default;
  };

  struct pattern {
    std::string text = {};
    std::vector<segment> segments = {};
    std::vector<route> routes = {};
  };

  static tl::expected<std::vector<segment>, std::string>
  parse(std::string_view path);

  /// The segments without the names of parameters, which decide nothing.
  static std::vector<segment> shape(std::vector<segment> segments);

  static bool matches(const pattern& x, const std::vector<std::string>& path);

  /// Sorted by their shapes.
  std::vector<pattern> patterns_ = {};
};

} // namespace pumpscope::http

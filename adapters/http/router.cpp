#include "adapters/http/router.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::http {

namespace {

/// The pieces between slashes; the path begins with one.
std::vector<std::string_view> split(std::string_view path) {
  auto result = std::vector<std::string_view>{};
  path.remove_prefix(1);
  for (;;) {
    auto end = path.find('/');
    result.push_back(path.substr(0, end));
    if (end == std::string_view::npos)
      return result;
    path.remove_prefix(end + 1);
  }
}

std::string joined(const std::vector<std::string>& segments, size_t first) {
  auto result = std::string{};
  for (auto i = first; i < segments.size(); ++i)
    result += (i > first ? "/" : "") + segments[i];
  return result;
}

} // namespace

tl::expected<router, std::string> router::build(std::vector<route> routes) {
  auto result = router{};
  auto& patterns = result.patterns_;
  for (auto& x : routes) {
    auto segments = parse(x.path);
    if (!segments)
      return tl::unexpected{"malformed pattern " + x.path + ": "
                            + segments.error()};
    auto same = std::find_if(patterns.begin(), patterns.end(), [&](auto& y) {
      return shape(y.segments) == shape(*segments);
    });
    if (same == patterns.end())
      same = patterns.insert(same, {x.path, std::move(*segments), {}});
    else if (same->segments != *segments)
      return tl::unexpected{x.path + " takes the same paths as " + same->text};
    for (auto& y : same->routes)
      if (y.method == x.method)
        return tl::unexpected{"two routes for " + x.method + " " + x.path};
    same->routes.push_back(std::move(x));
  }
  std::sort(patterns.begin(), patterns.end(), [](auto& x, auto& y) {
    return shape(x.segments) < shape(y.segments);
  });
  return result;
}

tl::expected<std::vector<router::segment>, std::string>
router::parse(std::string_view path) {
  if (!path.starts_with('/'))
    return tl::unexpected{std::string{"it does not begin with a slash"}};
  auto result = std::vector<segment>{};
  auto pieces = split(path);
  for (auto piece : pieces) {
    auto next = segment{};
    if (piece.starts_with('{') && piece.ends_with('}')) {
      piece = piece.substr(1, piece.size() - 2);
      next.kind = segment_kind::one;
      if (piece.ends_with("...")) {
        piece.remove_suffix(3);
        next.kind = segment_kind::rest;
      }
      if (piece.empty())
        return tl::unexpected{std::string{"a parameter without a name"}};
    }
    if (piece.find_first_of("{}") != std::string_view::npos)
      return tl::unexpected{std::string{"a parameter is a whole segment"}};
    next.text = piece;
    auto named_twice = std::any_of(result.begin(), result.end(), [&](auto& x) {
      return x.kind != segment_kind::text && next.kind != segment_kind::text
             && x.text == next.text;
    });
    if (named_twice)
      return tl::unexpected{std::string{"two parameters of one name"}};
    result.push_back(std::move(next));
    if (result.back().kind == segment_kind::rest
        && result.size() < pieces.size())
      return tl::unexpected{std::string{"something behind the rest"}};
  }
  return result;
}

std::vector<router::segment> router::shape(std::vector<segment> segments) {
  for (auto& x : segments)
    if (x.kind != segment_kind::text)
      x.text.clear();
  return segments;
}

bool router::matches(const pattern& x, const std::vector<std::string>& path) {
  const auto& segments = x.segments;
  auto open = segments.back().kind == segment_kind::rest;
  if (open ? path.size() < segments.size() : path.size() != segments.size())
    return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    auto kind = segments[i].kind;
    if (kind == segment_kind::text && segments[i].text != path[i])
      return false;
    if (kind == segment_kind::one && path[i].empty())
      return false;
  }
  return true;
}

tl::expected<route_match, std::string>
router::find(std::string_view method, std::string_view path) const {
  auto result = route_match{};
  result.pattern = patterns_.size();
  if (!path.starts_with('/'))
    return result;
  auto segments = std::vector<std::string>{};
  for (auto x : split(path)) {
    auto decoded = percent_decoded(x, plus_sign::plus);
    if (!decoded)
      return tl::unexpected{std::string{"path: not percent-encoded UTF-8"}};
    segments.push_back(std::move(*decoded));
  }
  auto match = std::find_if(patterns_.begin(), patterns_.end(),
                            [&](auto& x) { return matches(x, segments); });
  if (match == patterns_.end())
    return result;
  result.pattern = static_cast<size_t>(match - patterns_.begin());
  for (auto& x : match->routes) {
    auto stands_in = x.method == "GET" && method == "HEAD" && !result.found;
    if (x.method == method || stands_in)
      result.found = &x;
    result.allowed += (result.allowed.empty() ? "" : ", ") + x.method;
    if (x.method == "GET")
      result.allowed += ", HEAD";
  }
  for (size_t i = 0; i < match->segments.size(); ++i) {
    auto& x = match->segments[i];
    if (x.kind == segment_kind::one)
      result.parameters.add(x.text, std::move(segments[i]));
    else if (x.kind == segment_kind::rest)
      result.parameters.add(x.text, joined(segments, i));
  }
  return result;
}

std::vector<std::string> router::patterns() const {
  auto result = std::vector<std::string>{};
  for (auto& x : patterns_)
    result.push_back(x.text);
  return result;
}

} // namespace pumpscope::http

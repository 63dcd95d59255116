#include "config/store_url.hpp"

#include <algorithm>

namespace pumpscope::config {

namespace {

/// Hides what stands between the first colon and the @ of the authority, and
/// the values of parameters whose names say that they are secret.
std::string without_passwords(std::string_view url) {
  auto start = std::min(url.find("://"), url.size() - 3) + 3;
  auto end = std::min(url.find_first_of("/?", start), url.size());
  auto authority = url.substr(start, end - start);
  auto at = authority.rfind('@');
  auto result = std::string{url.substr(0, start)};
  if (at != std::string_view::npos) {
    result += authority.substr(0, std::min(authority.find(':'), at));
    authority.remove_prefix(at);
  }
  result += authority;
  auto rest = url.substr(end);
  while (!rest.empty()) {
    auto next = std::min(rest.find('&', 1), rest.size());
    auto part = rest.substr(0, next);
    auto equals = part.find('=');
    auto secret = part.substr(0, equals).ends_with("password")
                  && equals != std::string_view::npos;
    result += secret ? part.substr(0, equals + 1) : part;
    rest.remove_prefix(next);
  }
  return result;
}

} // namespace

parsed<store_url> parse_store_url(std::string_view text) {
  constexpr auto sqlite = std::string_view{"sqlite:"};
  if (text.starts_with("postgresql://") || text.starts_with("postgres://"))
    return store_url{store_kind::postgres, std::string{text}};
  if (!text.starts_with(sqlite)) {
    // What stands behind the scheme may be a password.
    auto scheme = std::string{text.substr(0, text.find(':'))};
    return tl::unexpected{"\"" + scheme
                          + "\" is no store URL: use sqlite:PATH, "
                            "sqlite::memory: or postgresql://..."};
  }
  auto path = text.substr(sqlite.size());
  if (path == ":memory:")
    return store_url{store_kind::sqlite_memory, {}};
  // sqlite:///absolute/path, as other programs write it.
  if (path.starts_with("//"))
    path.remove_prefix(2);
  if (path.empty())
    return tl::unexpected{std::string{"\"sqlite:\" needs a path: sqlite:PATH"}};
  if (path.find('\0') != std::string_view::npos)
    return tl::unexpected{std::string{"a path holds no zero bytes"}};
  return store_url{store_kind::sqlite_file, std::string{path}};
}

std::string to_text(const store_url& x) {
  switch (x.kind) {
    case store_kind::sqlite_file:
      return "sqlite:" + x.path;
    case store_kind::sqlite_memory:
      return "sqlite::memory:";
    case store_kind::postgres:
      return without_passwords(x.path);
  }
  return {};
}

} // namespace pumpscope::config

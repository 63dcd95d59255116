#include "config/store_url.hpp"

namespace pumpscope::config {

parsed<store_url> parse_store_url(std::string_view text) {
  constexpr auto sqlite = std::string_view{"sqlite:"};
  if (text.starts_with("postgresql:") || text.starts_with("postgres:"))
    return tl::unexpected{std::string{
      "postgresql: stores are not in this version; use sqlite:PATH or "
      "sqlite::memory:"}};
  if (!text.starts_with(sqlite)) {
    // What stands behind the scheme may be a password.
    auto scheme = std::string{text.substr(0, text.find(':'))};
    return tl::unexpected{"\"" + scheme
                          + "\" is no store URL: use sqlite:PATH or "
                            "sqlite::memory:"};
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
  return x.kind == store_kind::sqlite_memory ? "sqlite::memory:"
                                             : "sqlite:" + x.path;
}

} // namespace pumpscope::config

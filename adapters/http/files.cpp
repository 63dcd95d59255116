#include "adapters/http/files.hpp"

#include "adapters/http/content_coding.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace pumpscope::http {

namespace {

namespace fs = std::filesystem;

using shared_text = std::shared_ptr<const std::string>;

constexpr auto rest_name = "file";

/// Done once for each file, so as well as it can be.
constexpr int gzip_level_best = 9;

std::string_view content_type_of(std::string_view extension) {
  using entry = std::pair<std::string_view, std::string_view>;
  constexpr auto known = std::array{
    entry{".html", "text/html; charset=utf-8"},
    entry{".js", "text/javascript; charset=utf-8"},
    entry{".mjs", "text/javascript; charset=utf-8"},
    entry{".css", "text/css; charset=utf-8"},
    entry{".json", "application/json"},
    entry{".map", "application/json"},
    entry{".webmanifest", "application/manifest+json"},
    entry{".txt", "text/plain; charset=utf-8"},
    entry{".svg", "image/svg+xml"},
    entry{".png", "image/png"},
    entry{".jpg", "image/jpeg"},
    entry{".webp", "image/webp"},
    entry{".ico", "image/x-icon"},
    entry{".woff2", "font/woff2"},
    entry{".wasm", "application/wasm"},
  };
  auto found = std::find_if(known.begin(), known.end(), [&](const entry& x) {
    return x.first == extension;
  });
  return found == known.end() ? "application/octet-stream" : found->second;
}

/// Whether the name of a file tells its content: `assets/index-DiwrgTda.js`.
bool is_named_by_content(const std::string& name) {
  constexpr auto hash_size = size_t{8};
  auto stem = fs::path{name}.stem().string();
  if (!name.starts_with("assets/") || stem.size() <= hash_size)
    return false;
  auto hash = std::string_view{stem}.substr(stem.size() - hash_size);
  return stem[stem.size() - hash_size - 1] == '-'
         && std::all_of(hash.begin(), hash.end(), [](char x) {
              return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z')
                     || (x >= 'A' && x <= 'Z') || x == '-' || x == '_';
            });
}

struct file {
  std::string content_type = {};
  std::string cache_control = {};
  std::string etag = {};
  shared_text plain = {};
  /// Null where it is not smaller.
  shared_text compressed = {};
};

file file_of(const std::string& name, std::string text) {
  auto result = file{};
  result.content_type = content_type_of(fs::path{name}.extension().string());
  result.cache_control = is_named_by_content(name)
                           ? "public, max-age=31536000, immutable"
                           : "no-cache";
  result.etag = weak_etag(text);
  if (is_compressible(result.content_type) && text.size() > gzip_bytes_min) {
    auto smaller = gzip(text, gzip_level_best);
    if (!smaller.empty() && smaller.size() < text.size())
      result.compressed
        = std::make_shared<const std::string>(std::move(smaller));
  }
  result.plain = std::make_shared<const std::string>(std::move(text));
  return result;
}

class file_set {
public:
  tl::expected<void, std::string> load(const fs::path& folder,
                                       const files_settings& settings) {
    auto error = std::error_code{};
    auto bytes = size_t{0};
    auto i = fs::recursive_directory_iterator{folder, error};
    for (; !error && i != fs::recursive_directory_iterator{};
         i.increment(error)) {
      if (i->symlink_status(error).type() != fs::file_type::regular || error)
        continue;
      auto size = i->file_size(error);
      if (error)
        break;
      bytes += size;
      if (bytes > settings.bytes_max || files_.size() == settings.files_max)
        return tl::unexpected{folder.string() + " has more than "
                              + std::to_string(settings.files_max)
                              + " files or "
                              + std::to_string(settings.bytes_max) + " bytes"};
      auto text = std::string(size, '\0');
      auto in = std::ifstream{i->path(), std::ios::binary};
      if (!in.read(text.data(), static_cast<std::streamsize>(size)))
        return tl::unexpected{"cannot read " + i->path().string()};
      auto name = i->path().lexically_relative(folder).generic_string();
      files_.emplace(name, file_of(name, std::move(text)));
    }
    if (error)
      return tl::unexpected{"cannot read " + folder.string() + ": "
                            + error.message()};
    return {};
  }

  [[nodiscard]] response answer(const std::string& name,
                                const request& x) const {
    auto found = files_.find(name.empty() ? "index.html" : name);
    if (found == files_.end() && is_page(name, x))
      found = files_.find("index.html");
    if (found == files_.end())
      return problem(404, "not_found", "there is nothing at this path");
    auto& source = found->second;
    auto result = response{};
    result.content_type = source.content_type;
    result.headers = {{"Cache-Control", source.cache_control},
                      {"ETag", source.etag}};
    result.shared_body = source.plain;
    if (source.compressed && takes_gzip(x.accept_encoding)) {
      result.shared_body = source.compressed;
      result.headers.emplace_back("Content-Encoding", "gzip");
    }
    return result;
  }

private:
  static bool is_page(std::string_view name, const request& x) {
    auto last = name.substr(name.rfind('/') + 1);
    return last.find('.') == std::string_view::npos
           && x.accept.find("text/html") != std::string::npos;
  }

  std::map<std::string, file, std::less<>> files_ = {};
};

} // namespace

tl::expected<route, std::string> files(const fs::path& folder,
                                       files_settings settings) {
  auto set = std::make_shared<file_set>();
  if (auto loaded = set->load(folder, settings); !loaded)
    return tl::unexpected{std::move(loaded.error())};
  auto result = route{};
  result.path = settings.prefix + "/{" + rest_name + "...}";
  result.handle = [set = std::shared_ptr<const file_set>{std::move(set)}](
                    const request& x, const reply& done) {
    auto* name = x.parameters.find(rest_name);
    done(set->answer(name != nullptr ? *name : std::string{}, x));
  };
  return result;
}

} // namespace pumpscope::http

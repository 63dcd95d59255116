#include "runtime/input_file.hpp"

#include "config/value.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace pumpscope::runtime {

namespace {

/// Tells JSON from a recording by its beginning, and RPC JSON from events.
input_kind kind_of(std::string_view path, std::string_view beginning) {
  if (path.ends_with(".geyser") || path.ends_with(".zst"))
    return input_kind::recording;
  auto text = config::trim(beginning);
  auto json = text.starts_with('{') || text.starts_with('[');
  if (!json && !path.ends_with(".json") && !path.ends_with(".jsonl"))
    return input_kind::recording;
  auto first_line = text.substr(0, text.find('\n'));
  return first_line.find("\"event_base64\"") != std::string_view::npos
           ? input_kind::event_json
           : input_kind::rpc_json;
}

/// Returns why the file cannot be read, or an empty text.
std::string look_at(input_file& x) {
  auto error = std::error_code{};
  auto status = std::filesystem::status(x.path, error);
  if (!std::filesystem::exists(status))
    return "no such file";
  if (!std::filesystem::is_regular_file(status))
    return "is not a regular file";
  errno = 0;
  auto in = std::ifstream{x.path, std::ios::binary};
  if (!in)
    return std::strerror(errno == 0 ? EIO : errno);
  auto beginning = std::array<char, 4'096>{};
  in.read(beginning.data(), beginning.size());
  x.bytes = std::filesystem::file_size(x.path, error);
  x.kind = kind_of(x.path,
                   {beginning.data(), static_cast<size_t>(in.gcount())});
  return {};
}

} // namespace

outcome<std::vector<input_file>>
look_at_inputs(const std::vector<std::string>& paths) {
  auto result = std::vector<input_file>{};
  auto problems = std::string{};
  for (const auto& path : paths) {
    auto& file = result.emplace_back();
    file.path = path;
    if (auto problem = look_at(file); !problem.empty())
      problems += (problems.empty() ? "" : "; ") + path + ": " + problem;
  }
  if (!problems.empty())
    return fail(problems);
  return result;
}

} // namespace pumpscope::runtime

#include "runtime/log.hpp"

#include <atomic>
#include <cstdio>
#include <string>

namespace pumpscope::runtime {

namespace {

using config::log_level;

std::atomic<log_level> shown_level = log_level::info;

void write_line(log_level level, std::string_view prefix,
                std::string_view text) {
  if (!is_logged(level))
    return;
  auto result = std::string{prefix};
  // One line, whatever the text holds: it may repeat bytes from outside.
  for (auto c : text)
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  result += '\n';
  // Nobody is left to tell when standard error is closed.
  (void)std::fwrite(result.data(), 1, result.size(), stderr);
}

} // namespace

void set_log_level(log_level x) {
  shown_level = x;
}

bool is_logged(log_level x) {
  return x <= shown_level.load(std::memory_order_relaxed);
}

void error_line(std::string_view text) {
  write_line(log_level::error, "pumpscope: error: ", text);
}

void warning_line(std::string_view text) {
  write_line(log_level::warning, "pumpscope: warning: ", text);
}

void info_line(std::string_view text) {
  write_line(log_level::info, "", text);
}

void debug_line(std::string_view text) {
  write_line(log_level::debug, "debug: ", text);
}

} // namespace pumpscope::runtime

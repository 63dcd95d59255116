#pragma once

#include "config/log_level.hpp"

#include <string_view>

namespace pumpscope::runtime {

/// Lines of this level and of those that matter more are written from now on,
/// by all threads.
void set_log_level(config::log_level x);

/// Tells whether lines of this level are written.
bool is_logged(config::log_level x);

/// Writes `pumpscope: error: TEXT` as one line to standard error.
void error_line(std::string_view text);

/// Writes `pumpscope: warning: TEXT` as one line to standard error.
void warning_line(std::string_view text);

/// Writes the text as one line to standard error.
void info_line(std::string_view text);

/// Writes `debug: TEXT` as one line to standard error.
void debug_line(std::string_view text);

} // namespace pumpscope::runtime

#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::config {

/// A value of type T, or a text that says what is wrong with the input. The
/// text starts with the input in quotes and does not name the option.
template <class T>
using parsed = tl::expected<T, std::string>;

/// Returns `text` without blanks at both ends.
std::string_view trim(std::string_view text);

/// Reads a decimal integer in [min, max].
parsed<uint64_t> parse_integer(std::string_view text, uint64_t min,
                               uint64_t max);

/// Reads a size with an optional unit (B, KiB, MiB, GiB); bytes without one.
/// Refuses what is not in [min, max] bytes.
parsed<uint64_t> parse_size(std::string_view text, uint64_t min, uint64_t max);

/// Reads a duration with a unit (ms, s, m, h); a plain `0` needs none.
/// Refuses what is not in [min, max].
parsed<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                 std::chrono::milliseconds min,
                                                 std::chrono::milliseconds max);

/// Reads a finite decimal number in [min, max].
parsed<double> parse_number(std::string_view text, double min, double max);

/// Reads yes, no, true, false, on, off, 1 or 0.
parsed<bool> parse_flag(std::string_view text);

/// Returns the shortest form of a duration that `parse_duration` reads back.
std::string to_text(std::chrono::milliseconds x);

/// Returns the shortest form of a size that `parse_size` reads back.
std::string size_text(uint64_t bytes);

} // namespace pumpscope::config

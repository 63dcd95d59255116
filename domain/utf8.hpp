#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pumpscope::domain {

/// Returns `text` as valid UTF-8 of at most `bytes_max` bytes, cut between
/// characters: each byte that is part of no character, and each NUL (databases
/// take none), becomes U+FFFD.
std::string clean_utf8(std::string_view text, size_t bytes_max);

} // namespace pumpscope::domain

#pragma once

#include "domain/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::domain {

/// Appends the bytes of a base64 text (standard alphabet, padding needed) to
/// `out`. Refuses all else with `errc::invalid_text`; `out` is then unchanged.
/// The caller bounds the text.
result<void> append_base64(std::string_view text, std::vector<uint8_t>& out);

/// Returns the bytes of a base64 text, or `errc::invalid_text`.
result<std::vector<uint8_t>> decode_base64(std::string_view text);

/// Returns the base64 text of some bytes, padded.
std::string encode_base64(std::span<const uint8_t> bytes);

} // namespace pumpscope::domain

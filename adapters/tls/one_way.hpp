#pragma once

#include <tl/expected.hpp>

#include <array>
#include <string>
#include <string_view>

namespace pumpscope::tls {

using one_way_bytes = std::array<unsigned char, 32>;

/// What whoever knows a secret gets for a purpose, and what tells nobody of the
/// secret or of the bytes for another purpose: SHA-256 of both. Pre: the secret
/// is too long to be guessed. Fails with a text for people.
tl::expected<one_way_bytes, std::string> one_way(std::string_view purpose,
                                                 std::string_view secret);

} // namespace pumpscope::tls

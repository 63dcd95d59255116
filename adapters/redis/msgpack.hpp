#pragma once

#include <string>
#include <string_view>

namespace pumpscope::redis {

/// Appends a JSON value as MessagePack, in the shortest form of each piece:
/// what `JSON.parse` makes of the text is what a decoder makes of the bytes.
/// Integers beyond 64 bits, and numbers with a fraction or an exponent, become
/// doubles. Returns false, and leaves `out` as it was, for what is no JSON, or
/// nested deeper than 32.
bool append_msgpack(std::string& out, std::string_view json);

/// The pieces of the envelope around it.
void append_msgpack_text(std::string& out, std::string_view utf8);
void append_msgpack_map(std::string& out, size_t members);
void append_msgpack_array(std::string& out, size_t elements);
void append_msgpack_integer(std::string& out, uint64_t x);

} // namespace pumpscope::redis

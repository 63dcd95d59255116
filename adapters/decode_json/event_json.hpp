#pragma once

#include "domain/idl.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pumpscope::decode_json {

/// Appends `text` as a JSON string: invalid UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);

/// Appends the fields of a payload (without its discriminator) as a JSON
/// object: IDL names in IDL order, integers as decimal strings, keys as
/// base58, vectors as arrays; fields that the layout does not have are absent.
/// Pre: `idl::check_layout` took the payload and said `fields`.
void append_data(std::string& out, const domain::idl::event& kind,
                 std::span<const uint8_t> payload, size_t fields);

/// Says in words why a payload fits no layout.
std::string describe(const domain::idl::layout_error& x);

/// Decodes one line `{program, event_base64}` into
/// `{"program":…,"event":…,"data":…}`, `{"program":…,"event":null}` for an
/// unknown discriminator, or `{"error":…}`. Other members of the input are
/// ignored. `ok`, when not null, tells whether it is no error.
std::string decode_payload_line(std::string_view line, bool* ok = nullptr);

/// Tells whether a file that begins with these bytes holds such lines.
bool is_payload_line(std::string_view first_line);

} // namespace pumpscope::decode_json

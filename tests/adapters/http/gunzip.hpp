#pragma once

#include <optional>
#include <string>
#include <zlib.h>

namespace pumpscope::test {

/// Undoes gzip; nothing when the bytes are none.
inline std::optional<std::string> gunzip(std::string bytes) {
  auto stream = z_stream{};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
    return std::nullopt;
  auto result = std::string(bytes.size() * 1'100 + 1'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  auto whole = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  result.resize(stream.total_out);
  inflateEnd(&stream);
  if (!whole)
    return std::nullopt;
  return result;
}

} // namespace pumpscope::test

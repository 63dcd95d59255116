// The recording reader on any bytes; the first one says whether they are a
// zstd stream. Uncompressed ones are read a second time, the simple way.

#include "adapters/recording/reader.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <vector>

namespace {

using namespace pumpscope;
using fuzz::require;

/// Messages of a recording that is whole in memory, up to the first damage.
std::vector<std::span<const uint8_t>> split(std::span<const uint8_t> bytes) {
  std::vector<std::span<const uint8_t>> result;
  for (;;) {
    uint64_t length = 0;
    size_t at = 0;
    for (auto more = true; more; ++at) {
      if (at == bytes.size() || at == 10)
        return result;
      length |= uint64_t{bytes[at] & 0x7FU} << (7 * at);
      more = (bytes[at] & 0x80) != 0;
    }
    if (length > bytes.size() - at)
      return result;
    result.push_back(bytes.subspan(at, static_cast<size_t>(length)));
    bytes = bytes.subspan(at + static_cast<size_t>(length));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  std::span bytes{data + 1, size - 1};
  auto compressed = (data[0] & 1) != 0;
  auto source = recording::memory_source(bytes);
  if (compressed)
    source = std::move(*recording::decompress(std::move(source), "fuzz"));
  recording::reader sut{std::move(source), "fuzz"};
  auto expected = compressed ? std::vector<std::span<const uint8_t>>{}
                             : split(bytes);
  size_t read = 0;
  // A small frame can hold a large recording: stop after 16 MiB.
  while (sut.offset() < (16U << 20)) {
    auto next = sut.next();
    if (!next || !*next)
      break;
    if (!compressed) {
      require(read < expected.size(), "no more than there are");
      require(std::ranges::equal(**next, expected[read]), "the same bytes");
    }
    ++read;
  }
  if (!compressed && sut.offset() < (16U << 20))
    require(read == expected.size(), "all that are there");
  return 0;
}

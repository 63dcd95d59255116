#include "adapters/simulator/wire_writer.hpp"

namespace pumpscope::simulator {

namespace {

/// The two characters of every 12-bit group.
constexpr auto base64_pairs = [] {
  constexpr auto alphabet = std::string_view{
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
  auto result = std::array<std::array<char, 2>, 4'096>{};
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return result;
}();

} // namespace

void write_base64(const uint8_t* bytes, size_t count, char* out) {
  auto group = [&out](uint32_t x) {
    std::memcpy(out, base64_pairs[x >> 12].data(), 2);
    std::memcpy(out + 2, base64_pairs[x & 0xFFF].data(), 2);
    out += 4;
  };
  auto i = size_t{0};
  for (; i + 3 <= count; i += 3)
    group(
      static_cast<uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]));
  auto rest = count - i;
  if (rest == 0)
    return;
  group(static_cast<uint32_t>(bytes[i] << 16
                              | (rest == 2 ? bytes[i + 1] << 8 : 0)));
  out[-1] = '=';
  if (rest == 1)
    out[-2] = '=';
}

} // namespace pumpscope::simulator

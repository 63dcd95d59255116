#include "messages/crc32c.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace pumpscope::messages {

namespace {

static_assert(std::endian::native == std::endian::little);

using table = std::array<uint32_t, 256>;

/// Tables for eight bytes at a time: `tables[k][b]` is the sum of byte `b`
/// followed by `k` zero bytes.
constexpr std::array<table, 8> make_tables() {
  constexpr auto reversed_polynomial = 0x82F63B78U;
  auto result = std::array<table, 8>{};
  for (auto byte = 0U; byte < 256; ++byte) {
    auto sum = byte;
    for (auto bit = 0; bit < 8; ++bit)
      sum = (sum >> 1) ^ ((sum & 1U) != 0 ? reversed_polynomial : 0U);
    result[0][byte] = sum;
  }
  for (auto k = size_t{1}; k < 8; ++k)
    for (auto byte = size_t{0}; byte < 256; ++byte) {
      auto sum = result[k - 1][byte];
      result[k][byte] = (sum >> 8) ^ result[0][sum & 0xFF];
    }
  return result;
}

constexpr auto tables = make_tables();

} // namespace

uint32_t crc32c(std::string_view bytes, uint32_t before) {
  auto sum = ~before;
  auto data = bytes.data();
  auto left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    uint64_t word = 0;
    std::memcpy(&word, data, sizeof(word));
    word ^= sum;
    sum = 0;
    for (auto k = size_t{0}; k < 8; ++k)
      sum ^= tables[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (; left > 0; --left, ++data)
    sum = (sum >> 8) ^ tables[0][(sum ^ static_cast<uint8_t>(*data)) & 0xFF];
  return ~sum;
}

} // namespace pumpscope::messages

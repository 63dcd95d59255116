#include "domain/base58_prefix.hpp"

#include "domain/base58.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace pumpscope::domain {

namespace {

constexpr auto alphabet = std::string_view{
  "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"};

constexpr size_t key_bytes = 32;

/// A number of 288 bits, most significant word first: 58^44 needs 258.
using wide = std::array<uint32_t, 9>;

void append_digit(wide& x, uint32_t digit) {
  uint64_t carry = digit;
  for (auto i = x.size(); i-- > 0;) {
    carry += uint64_t{x[i]} * alphabet.size();
    x[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
}

/// The smallest number of `bytes` bytes, 256^(bytes - 1); 1 for one of them.
wide smallest_of(size_t bytes) {
  auto result = wide{};
  auto bit = (bytes - 1) * 8;
  result[result.size() - 1 - bit / 32] = uint32_t{1} << bit % 32;
  return result;
}

/// The largest number of `bytes` bytes.
wide largest_of(size_t bytes) {
  auto result = wide{};
  for (auto byte = size_t{0}; byte < bytes; ++byte)
    result[result.size() - 1 - byte / 4] |= uint32_t{0xFF} << byte % 4 * 8;
  return result;
}

/// Pre: `x` has 32 bytes at most.
pubkey to_key(const wide& x) {
  auto result = pubkey{};
  for (auto i = size_t{0}; i < key_bytes; ++i)
    result.bytes[i] = static_cast<uint8_t>(x[1 + i / 4] >> (3 - i % 4) * 8);
  return result;
}

} // namespace

result<std::vector<pubkey_range>> find_prefix_ranges(std::string_view prefix) {
  if (prefix.empty() || prefix.size() > pubkey_text_max
      || prefix.find_first_not_of(alphabet) != std::string_view::npos)
    return tl::unexpected{errc::invalid_text};
  auto result = std::vector<pubkey_range>{};
  // Each '1' in front is a byte 0; what follows is a number without such bytes.
  auto zeros = std::min(prefix.find_first_not_of('1'), prefix.size());
  auto digits = prefix.substr(zeros);
  if (zeros + (digits.empty() ? 0 : 1) > key_bytes)
    return result;
  if (digits.empty()) {
    // More of them may follow.
    result.push_back({pubkey{}, to_key(largest_of(key_bytes - zeros))});
    return result;
  }
  auto smallest = smallest_of(key_bytes - zeros);
  auto largest = largest_of(key_bytes - zeros);
  auto low = wide{};
  auto high = wide{};
  for (auto x : digits) {
    auto digit = static_cast<uint32_t>(alphabet.find(x));
    append_digit(low, digit);
    append_digit(high, digit);
  }
  for (auto length = prefix.size(); length <= pubkey_text_max; ++length) {
    auto first = std::max(low, smallest);
    auto last = std::min(high, largest);
    if (first <= last)
      result.push_back({to_key(first), to_key(last)});
    append_digit(low, 0);
    append_digit(high, static_cast<uint32_t>(alphabet.size()) - 1);
  }
  return result;
}

void keep_first_by_text(std::vector<pubkey>& keys, size_t count) {
  auto texts = std::vector<std::pair<std::string, pubkey>>{};
  texts.reserve(keys.size());
  for (auto& key : keys)
    texts.emplace_back(to_string(key), key);
  std::sort(texts.begin(), texts.end());
  keys.clear();
  for (auto& x : texts)
    if (keys.size() < count)
      keys.push_back(x.second);
}

} // namespace pumpscope::domain

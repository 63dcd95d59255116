#include "domain/base58.hpp"

#include "domain/int128.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

// A number of N bytes is written as limbs of 32 bits; its base58 text as limbs
// of five digits (58^5 < 2^30). Both directions are a product with a table of
// the powers of one base written in the other, then one pass of carries:
// no division of long numbers.

namespace pumpscope::domain {

namespace {

constexpr char alphabet[]
  = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

constexpr uint64_t limb_base = 58ULL * 58 * 58 * 58 * 58;
constexpr size_t limb_digits = 5;

constexpr std::array<uint8_t, 256> make_digit_table() {
  std::array<uint8_t, 256> result = {};
  result.fill(0xFF);
  for (uint8_t i = 0; i < 58; ++i)
    result[static_cast<uint8_t>(alphabet[i])] = i;
  return result;
}

constexpr auto digit_table = make_digit_table();

/// Two digits of text for each value below 58^2.
constexpr std::array<std::array<char, 2>, 58UL * 58> make_pair_table() {
  std::array<std::array<char, 2>, 58UL * 58> result = {};
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = {alphabet[i / 58], alphabet[i % 58]};
  return result;
}

constexpr auto pair_table = make_pair_table();

/// Tables for values of `Words` 32-bit words and `Limbs` five-digit limbs,
/// most significant first on both sides.
template <size_t Words, size_t Limbs>
struct tables {
  /// Row i: 2^(32 * (Words - 1 - i)) in limbs.
  std::array<std::array<uint32_t, Limbs>, Words> limbs_of_word = {};
  /// Row i: 58^(5 * (Limbs - 1 - i)) in words.
  std::array<std::array<uint32_t, Words>, Limbs> words_of_limb = {};
};

template <size_t Words, size_t Limbs>
constexpr tables<Words, Limbs> make_tables() {
  tables<Words, Limbs> result = {};
  std::array<uint64_t, Limbs> limbs = {};
  limbs[Limbs - 1] = 1;
  for (size_t row = Words; row-- > 0;) {
    for (size_t i = 0; i < Limbs; ++i)
      result.limbs_of_word[row][i] = static_cast<uint32_t>(limbs[i]);
    uint64_t carry = 0;
    for (size_t i = Limbs; i-- > 0;) {
      auto value = (limbs[i] << 32) + carry;
      limbs[i] = value % limb_base;
      carry = value / limb_base;
    }
  }
  std::array<uint64_t, Words> words = {};
  words[Words - 1] = 1;
  for (size_t row = Limbs; row-- > 0;) {
    for (size_t i = 0; i < Words; ++i)
      result.words_of_limb[row][i] = static_cast<uint32_t>(words[i]);
    uint64_t carry = 0;
    for (size_t i = Words; i-- > 0;) {
      auto value = words[i] * limb_base + carry;
      words[i] = value & 0xFFFFFFFFU;
      carry = value >> 32;
    }
  }
  return result;
}

/// Rows of a table that can be summed up, each times a value below `factor`,
/// on top of a reduced number, before 64 bits overflow.
template <class Rows>
constexpr bool
fits_64_bits(const Rows& rows, size_t first, size_t last, uint64_t factor) {
  for (size_t column = 0; column < rows[0].size(); ++column) {
    // Sum of the table's entries bounds the sum of the products; leave room
    // for the carry of the column to the right and for what is there.
    u128 sum = 0;
    for (size_t row = first; row < last; ++row)
      sum += static_cast<u128>(rows[row][column]) * factor;
    if (sum > static_cast<u128>(std::numeric_limits<uint64_t>::max())
                - (u128{1} << 36))
      return false;
  }
  return true;
}

constexpr auto tables_32 = make_tables<8, 9>();
constexpr auto tables_64 = make_tables<16, 18>();

/// Picks the tables for values of `Words` words.
template <size_t Words>
constexpr auto& tables_of = tables_32;
template <>
constexpr auto& tables_of<16> = tables_64;

// Sums stay within 64 bits when carries run after every 8 words, and after
// every 9 limbs on the way back.
constexpr size_t words_a_carry = 8;
constexpr size_t limbs_a_carry = 9;
constexpr uint64_t word_max = 0xFFFFFFFFU;
static_assert(fits_64_bits(tables_32.limbs_of_word, 0, 8, word_max));
static_assert(fits_64_bits(tables_64.limbs_of_word, 0, 8, word_max));
static_assert(fits_64_bits(tables_64.limbs_of_word, 8, 16, word_max));
static_assert(fits_64_bits(tables_32.words_of_limb, 0, 9, limb_base - 1));
static_assert(fits_64_bits(tables_64.words_of_limb, 0, 9, limb_base - 1));
static_assert(fits_64_bits(tables_64.words_of_limb, 9, 18, limb_base - 1));
// The highest power of 58 that a limb stands for fits into the words.
static_assert(tables_32.words_of_limb[0][0] != 0);
static_assert(tables_64.words_of_limb[0][0] != 0);

/// Calls `f` with the constants [0, N): a loop that is always unrolled, so
/// that the many zeros of the tables cost nothing.
template <size_t N, class F>
void unrolled(F f) {
  [&]<size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<size_t, I>{}), ...);
  }
  (std::make_index_sequence<N>{});
}

template <size_t Limbs>
void carry_limbs(std::array<uint64_t, Limbs>& limbs) {
  for (size_t i = Limbs - 1; i > 0; --i) {
    limbs[i - 1] += limbs[i] / limb_base;
    limbs[i] %= limb_base;
  }
}

/// Returns the limbs of a value of `Words` words.
template <size_t Words, size_t Limbs>
std::array<uint64_t, Limbs> to_limbs(const uint8_t* bytes) {
  std::array<uint64_t, Limbs> limbs = {};
  unrolled<Words>([&](auto row) {
    uint32_t word = 0;
    std::memcpy(&word, bytes + row * 4, 4);
    word = __builtin_bswap32(word);
    unrolled<Limbs>([&](auto i) {
      constexpr uint64_t factor = tables_of<Words>.limbs_of_word[row][i];
      if constexpr (factor != 0)
        limbs[i] += word * factor;
    });
    if constexpr ((row + 1) % words_a_carry == 0)
      carry_limbs(limbs);
  });
  return limbs;
}

/// Writes the text of `limbs`, with `zeros` leading zero bytes.
template <size_t Limbs, size_t Max>
void write_text(const std::array<uint64_t, Limbs>& limbs, size_t zeros,
                base58_text<Max>& out) {
  constexpr auto digits = Limbs * limb_digits;
  // Room behind the digits, so that a copy of constant size may start at any
  // of them.
  char text[digits + Max];
  for (size_t i = 0; i < Limbs; ++i) {
    auto value = static_cast<uint32_t>(limbs[i]);
    auto at = text + i * limb_digits;
    auto low = value % (58 * 58);
    value /= 58 * 58;
    auto middle = value % (58 * 58);
    value /= 58 * 58;
    at[0] = alphabet[value];
    std::memcpy(at + 1, pair_table[middle].data(), 2);
    std::memcpy(at + 3, pair_table[low].data(), 2);
  }
  std::memset(text + digits, 0, Max);
  // Leading zero digits count only as far as there are leading zero bytes.
  size_t skip = 0;
  while (skip < digits && text[skip] == '1')
    ++skip;
  skip -= zeros < skip ? zeros : skip;
  std::memcpy(out.chars.data(), text + skip, Max);
  out.length = digits - skip;
}

size_t leading_zeros(const uint8_t* bytes, size_t count) {
  size_t result = 0;
  while (result < count && bytes[result] == 0)
    ++result;
  return result;
}

/// Reads `text` right-aligned into limbs; false on a character that is none
/// of ours. Pre: `text.size() <= Limbs * limb_digits`.
template <size_t Limbs>
bool read_limbs(std::string_view text, std::array<uint64_t, Limbs>& limbs) {
  uint8_t digits[Limbs * limb_digits] = {};
  auto begin = sizeof(digits) - text.size();
  uint8_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto digit = digit_table[static_cast<uint8_t>(text[i])];
    seen |= digit;
    digits[begin + i] = digit;
  }
  // Only the mark of a wrong character has the highest bit.
  if ((seen & 0x80) != 0)
    return false;
  for (size_t i = 0; i < Limbs; ++i) {
    auto at = digits + i * limb_digits;
    limbs[i] = (((uint64_t{at[0]} * 58 + at[1]) * 58 + at[2]) * 58 + at[3]) * 58
               + at[4];
  }
  return true;
}

/// Leaves 32 bits in each word but the first.
template <size_t Words>
void carry_words(std::array<uint64_t, Words>& words) {
  for (size_t i = Words - 1; i > 0; --i) {
    words[i - 1] += words[i] >> 32;
    words[i] &= word_max;
  }
}

template <size_t Words, size_t Limbs>
bool decode(std::string_view text, uint8_t* out) {
  // The shortest text is one of zeros only: as many digits as bytes.
  if (text.size() < Words * 4 || text.size() > Limbs * limb_digits)
    return false;
  std::array<uint64_t, Limbs> limbs = {};
  if (!read_limbs(text, limbs))
    return false;
  std::array<uint64_t, Words> words = {};
  auto fits = true;
  unrolled<Limbs>([&](auto row) {
    unrolled<Words>([&](auto i) {
      constexpr uint64_t factor = tables_of<Words>.words_of_limb[row][i];
      if constexpr (factor != 0)
        words[i] += limbs[row] * factor;
    });
    if constexpr ((row + 1) % limbs_a_carry == 0) {
      carry_words(words);
      fits = fits && words[0] <= word_max;
    }
  });
  if (!fits)
    return false;
  for (size_t i = 0; i < Words; ++i) {
    auto word = __builtin_bswap32(static_cast<uint32_t>(words[i]));
    std::memcpy(out + i * 4, &word, 4);
  }
  // Canonical: a '1' in front for each zero byte in front, and no more.
  size_t ones = 0;
  while (ones < text.size() && text[ones] == '1')
    ++ones;
  return ones == leading_zeros(out, Words * 4);
}

} // namespace

base58_text<pubkey_text_max> to_base58(const pubkey& x) {
  base58_text<pubkey_text_max> result;
  write_text(to_limbs<8, 9>(x.bytes.data()),
             leading_zeros(x.bytes.data(), x.bytes.size()), result);
  return result;
}

base58_text<signature_text_max> to_base58(const signature& x) {
  base58_text<signature_text_max> result;
  write_text(to_limbs<16, 18>(x.bytes.data()),
             leading_zeros(x.bytes.data(), x.bytes.size()), result);
  return result;
}

std::string to_string(const pubkey& x) {
  return std::string{to_base58(x).view()};
}

std::string to_string(const signature& x) {
  return std::string{to_base58(x).view()};
}

result<pubkey> parse_pubkey(std::string_view text) {
  pubkey result;
  if (!decode<8, 9>(text, result.bytes.data()))
    return tl::unexpected{errc::invalid_text};
  return result;
}

result<signature> parse_signature(std::string_view text) {
  signature result;
  if (!decode<16, 18>(text, result.bytes.data()))
    return tl::unexpected{errc::invalid_text};
  return result;
}

result<std::vector<uint8_t>> decode_base58(std::string_view text) {
  if (text.size() > base58_text_max)
    return tl::unexpected{errc::limit_exceeded};
  size_t zeros = 0;
  while (zeros < text.size() && text[zeros] == '1')
    ++zeros;
  // Least significant word first; five digits a step.
  std::vector<uint32_t> words;
  for (size_t at = zeros; at < text.size();) {
    uint64_t factor = 1;
    uint64_t carry = 0;
    for (size_t i = 0; i < limb_digits && at < text.size(); ++i, ++at) {
      auto digit = digit_table[static_cast<uint8_t>(text[at])];
      if (digit == 0xFF)
        return tl::unexpected{errc::invalid_text};
      factor *= 58;
      carry = carry * 58 + digit;
    }
    for (auto& word : words) {
      auto value = word * factor + carry;
      word = static_cast<uint32_t>(value);
      carry = value >> 32;
    }
    if (carry != 0)
      words.push_back(static_cast<uint32_t>(carry));
  }
  std::vector<uint8_t> result(zeros, 0);
  auto leading = true;
  for (size_t i = words.size(); i-- > 0;) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      auto byte = static_cast<uint8_t>(words[i] >> shift);
      leading = leading && byte == 0;
      if (!leading)
        result.push_back(byte);
    }
  }
  return result;
}

std::string encode_base58(std::span<const uint8_t> bytes) {
  auto zeros = leading_zeros(bytes.data(), bytes.size());
  std::vector<uint32_t> limbs;
  for (auto byte : bytes.subspan(zeros)) {
    uint64_t carry = byte;
    for (auto& limb : limbs) {
      auto value = (uint64_t{limb} << 8) + carry;
      limb = static_cast<uint32_t>(value % limb_base);
      carry = value / limb_base;
    }
    if (carry != 0)
      limbs.push_back(static_cast<uint32_t>(carry));
  }
  std::string reversed;
  for (auto limb : limbs) {
    for (size_t i = 0; i < limb_digits; ++i) {
      reversed.push_back(alphabet[limb % 58]);
      limb /= 58;
    }
  }
  while (!reversed.empty() && reversed.back() == '1')
    reversed.pop_back();
  std::string result(zeros, '1');
  result.append(reversed.rbegin(), reversed.rend());
  return result;
}

} // namespace pumpscope::domain

#include "messages/packing.hpp"

#include "domain/known_keys.hpp"

namespace pumpscope::messages {

namespace {

namespace known_keys = domain::known_keys;

constexpr auto sign_bit = static_cast<domain::u128>(1) << 127;

/// Bytes of a money mint in a column.
constexpr size_t short_mint_bytes = 8;

/// How a packed key begins. Stored: append only.
enum class key_code : uint8_t {
  absent = 0,
  wsol = 1,
  usdc = 2,
  usdt = 3,
  full = 4,
};

const domain::pubkey* known_key(key_code code) {
  switch (code) {
    case key_code::wsol:
      return &known_keys::wsol_mint;
    case key_code::usdc:
      return &known_keys::usdc_mint;
    case key_code::usdt:
      return &known_keys::usdt_mint;
    default:
      return nullptr;
  }
}

key_code code_of(const domain::pubkey& x) {
  if (domain::is_default(x))
    return key_code::absent;
  for (auto code : {key_code::wsol, key_code::usdc, key_code::usdt})
    if (x == *known_key(code))
      return code;
  return key_code::full;
}

} // namespace

std::array<char, 16> to_ordered(domain::u128 x) {
  auto result = std::array<char, 16>{};
  for (auto i = size_t{16}; i > 0; --i, x >>= 8)
    result[i - 1] = static_cast<char>(x & 0xFF);
  return result;
}

std::array<char, 16> to_ordered(domain::i128 x) {
  return to_ordered(static_cast<domain::u128>(x) ^ sign_bit);
}

domain::u128 ordered_to_u128(std::string_view bytes) {
  auto result = domain::u128{0};
  for (auto byte : bytes)
    result = result << 8 | static_cast<uint8_t>(byte);
  return result;
}

domain::i128 ordered_to_i128(std::string_view bytes) {
  return static_cast<domain::i128>(ordered_to_u128(bytes) ^ sign_bit);
}

std::string_view to_mint_column(const domain::pubkey& x) {
  auto code = code_of(x);
  auto all = bytes_of(x);
  return code == key_code::absent || code == key_code::full
           ? all
           : all.substr(0, short_mint_bytes);
}

bool from_mint_column(std::string_view bytes, domain::pubkey& x) {
  if (bytes.size() != short_mint_bytes)
    return from_bytes(bytes, x);
  for (auto code : {key_code::wsol, key_code::usdc, key_code::usdt}) {
    auto& key = *known_key(code);
    if (bytes_of(key).substr(0, short_mint_bytes) == bytes) {
      x = key;
      return true;
    }
  }
  return false;
}

void packer::put_key(const domain::pubkey& x) {
  auto code = code_of(x);
  put(static_cast<uint64_t>(code));
  if (code == key_code::full)
    put_bytes(bytes_of(x));
}

domain::pubkey unpacker::get_key() {
  auto code = get_bounded<key_code>(static_cast<uint64_t>(key_code::full));
  auto result = domain::pubkey{};
  if (code == key_code::full)
    (void)from_bytes(get_bytes(result.bytes.size()), result);
  else if (auto key = known_key(code))
    result = *key;
  return result;
}

domain::u128 unpacker::get_wide(unsigned bits) {
  auto result = domain::u128{0};
  for (auto shift = 0U; shift < bits; shift += 7) {
    if (bytes_.empty())
      break;
    auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    auto low = static_cast<domain::u128>(byte & 0x7F);
    // The last byte must not carry bits beyond the width.
    if (bits - shift < 7 && (low >> (bits - shift)) != 0)
      break;
    result |= low << shift;
    if ((byte & 0x80) == 0)
      return result;
  }
  failed_ = true;
  return 0;
}

} // namespace pumpscope::messages

#include "adapters/postgres/binary_array.hpp"

#include "adapters/postgres/connection.hpp"

#include <array>
#include <limits>

namespace pumpscope::adapters::postgres {

namespace {

/// Dimensions, flags, type, and size and lower bound of the one dimension.
constexpr size_t header_bytes = 20;

template <class T>
void put(std::string& to, T x) {
  for (auto shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
    to += static_cast<char>(static_cast<std::make_unsigned_t<T>>(x) >> shift);
}

template <class T>
void put_at(std::string& to, size_t offset, T x) {
  auto bytes = std::string{};
  put(bytes, x);
  to.replace(offset, bytes.size(), bytes);
}

[[noreturn]] void fail_width(const std::string& x) {
  throw failure{{domain::errc::overflow, "a slot, count or position of " + x
                                           + " does not fit the store"}};
}

template <class T>
void put_integer(std::string& to, int64_t x) {
  if (x < std::numeric_limits<T>::min() || x > std::numeric_limits<T>::max())
    fail_width(std::to_string(x));
  put(to, static_cast<int32_t>(sizeof(T)));
  put(to, static_cast<T>(x));
}

template <class Key>
std::string_view view(const Key& x) {
  return {reinterpret_cast<const char*>(x.bytes.data()), x.bytes.size()};
}

} // namespace

uint32_t array_type_of(element_type x) {
  switch (x) {
    case element_type::bytea:
      return 1001;
    case element_type::int8:
      return 1016;
    case element_type::int2:
      return 1005;
    case element_type::int4:
      return 1007;
    case element_type::text:
      return 1009;
    case element_type::numeric:
      return 1231;
  }
  return 0;
}

binary_array::binary_array(element_type type)
  : type_(type), bytes_(header_bytes, '\0') {
}

void binary_array::add(int64_t x) {
  ++count_;
  switch (type_) {
    case element_type::int2:
      put_integer<int16_t>(bytes_, x);
      break;
    case element_type::int4:
      put_integer<int32_t>(bytes_, x);
      break;
    default:
      put_integer<int64_t>(bytes_, x);
  }
}

void binary_array::add(uint64_t x) {
  if (x > static_cast<uint64_t>(INT64_MAX))
    fail_width(std::to_string(x));
  add(static_cast<int64_t>(x));
}

void binary_array::add(std::string_view x) {
  ++count_;
  put(bytes_, static_cast<int32_t>(x.size()));
  bytes_.append(x);
}

void binary_array::add(const domain::pubkey& x) {
  add(view(x));
}

void binary_array::add(const domain::signature& x) {
  add(view(x));
}

void binary_array::add(domain::i128 x) {
  auto negative = x < 0;
  auto magnitude = static_cast<domain::u128>(x);
  put_numeric(negative ? -magnitude : magnitude, negative);
}

void binary_array::add(domain::u128 x) {
  put_numeric(x, false);
}

void binary_array::put_numeric(domain::u128 magnitude, bool negative) {
  // numeric_recv: count, weight of the first, sign and scale, then digits of
  // base 10,000, highest first.
  constexpr auto base = 10'000U;
  auto digits = std::array<uint16_t, 10>{};
  auto count = size_t{0};
  for (; magnitude != 0; magnitude /= base)
    digits[count++] = static_cast<uint16_t>(magnitude % base);
  ++count_;
  put(bytes_, static_cast<int32_t>(8 + 2 * count));
  put(bytes_, static_cast<int16_t>(count));
  put(bytes_, static_cast<int16_t>(count == 0 ? 0 : count - 1));
  put(bytes_, static_cast<uint16_t>(negative ? 0x4000 : 0));
  put(bytes_, uint16_t{0});
  while (count > 0)
    put(bytes_, digits[--count]);
}

void binary_array::add_null() {
  ++count_;
  has_nulls_ = true;
  put(bytes_, int32_t{-1});
}

std::string_view binary_array::bytes() {
  put_at(bytes_, 0, static_cast<int32_t>(count_ == 0 ? 0 : 1));
  put_at(bytes_, 4, static_cast<int32_t>(has_nulls_));
  put_at(bytes_, 8, static_cast<uint32_t>(type_));
  put_at(bytes_, 12, count_);
  put_at(bytes_, 16, int32_t{1});
  // One without elements has no dimension to describe.
  return std::string_view{bytes_}.substr(0, count_ == 0 ? 12 : bytes_.size());
}

} // namespace pumpscope::adapters::postgres

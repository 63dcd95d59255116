#pragma once

#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::adapters::postgres {

/// Types that arrays of the hot statements have, by the numbers that
/// PostgreSQL gives them (pg_type.oid; fixed for built-in types).
enum class element_type : uint32_t {
  bytea = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  numeric = 1700,
};

/// Returns the type of an array of such elements.
uint32_t array_type_of(element_type x);

/// A one-dimensional array in the binary format of PostgreSQL (array_recv and
/// the recv function of its element type), built element by element.
class binary_array {
public:
  explicit binary_array(element_type type);

  /// For int2, int4 and int8; throws `errc::overflow` for what does not fit
  /// the type: SQL has no unsigned ones.
  void add(int64_t x);
  void add(uint64_t x);

  /// For bytea and text.
  void add(std::string_view x);
  void add(const domain::pubkey& x);
  void add(const domain::signature& x);

  /// For numeric.
  void add(domain::i128 x);
  void add(domain::u128 x);

  void add_null();

  /// The array as a parameter; valid until the next `add`.
  [[nodiscard]] std::string_view bytes();

  [[nodiscard]] element_type type() const {
    return type_;
  }

private:
  void put_numeric(domain::u128 magnitude, bool negative);

  element_type type_;
  uint32_t count_ = 0;
  bool has_nulls_ = false;
  std::string bytes_ = {};
};

} // namespace pumpscope::adapters::postgres

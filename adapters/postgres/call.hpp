#pragma once

#include "adapters/postgres/connection.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <type_traits>

namespace pumpscope::adapters::postgres {

/// Runs `f` and turns what it throws into an error.
template <class F>
auto call(F&& f) -> messages::store_result<decltype(f())> {
  try {
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      return {};
    } else {
      return f();
    }
  } catch (const failure& e) {
    return tl::make_unexpected(e.error);
  } catch (const pqxx::conversion_error& e) {
    return tl::make_unexpected(
      messages::store_error{domain::errc::blob_corrupt,
                            std::string{"the store is damaged: "} + e.what()});
  }
}

/// Returns a number that no other take-over has: never 0, as in a fresh head.
/// The same in each attempt of one, so that one whose answer was lost is known
/// again.
inline int64_t random_claim() {
  auto device = std::random_device{};
  return static_cast<int64_t>(uint64_t{device()} << 32 | device() | 1U);
}

} // namespace pumpscope::adapters::postgres

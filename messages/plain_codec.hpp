#pragma once

#include "domain/leaderboard.hpp"
#include "domain/position.hpp"
#include "domain/token_metrics.hpp"
#include "messages/pipeline.hpp"
#include "messages/state_blob.hpp"

#include <boost/pfr.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Plain data as bytes, field by field as they are declared: for nodes that run
// the same build and say so to each other first. Nothing that is stored, or
// that another build reads, is written like this.

namespace pumpscope::messages::plain {

static_assert(std::endian::native == std::endian::little,
              "fields are written as they are in memory");

/// Bytes that are written one behind the other.
struct writer {
  std::string bytes = {};

  void put(const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
  }
};

/// Bytes that are read one behind the other. Once something is wrong with
/// them, nothing more is read and `ok` stays false.
struct reader {
  std::string_view bytes = {};
  bool ok = true;

  /// Copies so many bytes to `data`, or leaves it as it is.
  void take(void* data, size_t size) {
    ok = ok && size <= bytes.size();
    if (!ok)
      return;
    std::memcpy(data, bytes.data(), size);
    bytes.remove_prefix(size);
  }
};

// What an enumeration may be: bytes from elsewhere are not believed.

constexpr bool is_known(projection x) {
  return x <= projection::token;
}

constexpr bool is_known(domain::program x) {
  return x <= domain::program::pump_amm;
}

constexpr bool is_known(domain::trade_side x) {
  return x <= domain::trade_side::sell;
}

constexpr bool is_known(domain::token_event_kind x) {
  return x <= domain::token_event_kind::slot_voided;
}

constexpr bool is_known(domain::board_window x) {
  return x <= domain::board_window::all;
}

constexpr bool is_known(domain::board_by x) {
  return x <= domain::board_by::losses;
}

constexpr bool is_known(domain::board_side x) {
  return x <= domain::board_side::winners;
}

constexpr bool is_known(domain::liquidity_basis x) {
  return x <= domain::liquidity_basis::pool_twice_money;
}

constexpr bool is_known(market_list x) {
  return x <= market_list::graduated;
}

constexpr bool is_known(domain::interval x) {
  return std::find(domain::all_intervals.begin(), domain::all_intervals.end(),
                   x)
         != domain::all_intervals.end();
}

constexpr bool is_known(domain::errc x) {
  return x <= domain::errc::host_lost;
}

template <class T>
inline constexpr bool is_number
  = (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
    || std::is_same_v<T, domain::i128> || std::is_same_v<T, domain::u128>;

template <class T, template <class...> class Template>
inline constexpr bool is_instance = false;

template <class... Ts, template <class...> class Template>
inline constexpr bool is_instance<Template<Ts...>, Template> = true;

template <class T>
inline constexpr bool is_array = false;

template <class T, size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

template <class T>
inline constexpr bool is_byte_array = false;

template <size_t Size>
inline constexpr bool is_byte_array<std::array<uint8_t, Size>> = true;

/// A map that knows its key type.
template <class T>
concept map_like = requires {
  typename T::key_type;
  typename T::mapped_type;
};

template <class T>
void write(writer& out, const T& x);

template <class T>
void read(reader& in, T& x);

inline void write_size(writer& out, size_t x) {
  auto size = static_cast<uint32_t>(x);
  out.put(&size, sizeof(size));
}

/// Returns how many elements follow: each of them has a byte at least.
inline size_t read_size(reader& in) {
  auto size = uint32_t{0};
  in.take(&size, sizeof(size));
  in.ok = in.ok && size <= in.bytes.size();
  return in.ok ? size : 0;
}

template <class T>
void write(writer& out, const T& x) {
  if constexpr (std::is_same_v<T, bool>) {
    auto byte = static_cast<uint8_t>(x ? 1 : 0);
    out.put(&byte, 1);
  } else if constexpr (is_number<T> || std::is_enum_v<T>) {
    out.put(&x, sizeof(x));
  } else if constexpr (is_byte_array<T>) {
    out.put(x.data(), x.size());
  } else if constexpr (is_array<T>) {
    for (auto& each : x)
      write(out, each);
  } else if constexpr (std::is_same_v<T, std::string>) {
    write_size(out, x.size());
    out.put(x.data(), x.size());
  } else if constexpr (is_instance<T, std::optional>) {
    write(out, x.has_value());
    if (x)
      write(out, *x);
  } else if constexpr (is_instance<T, std::shared_ptr>) {
    write(out, x != nullptr);
    if (x)
      write(out, *x);
  } else if constexpr (is_instance<T, std::variant>) {
    write_size(out, x.index());
    std::visit([&out](auto& each) { write(out, each); }, x);
  } else if constexpr (is_instance<T, std::pair>) {
    write(out, x.first);
    write(out, x.second);
  } else if constexpr (map_like<T> || is_instance<T, std::vector>) {
    write_size(out, x.size());
    for (auto& each : x)
      write(out, each);
  } else if constexpr (std::is_same_v<T, domain::lot_queue>) {
    write(out, std::vector<domain::lot>{x.begin(), x.end()});
  } else if constexpr (std::is_same_v<T, domain::token_state>) {
    write(out, encode_token_state(x));
  } else {
    boost::pfr::for_each_field(x, [&out](auto& each) { write(out, each); });
  }
}

/// Reads the alternative of a variant with this index.
template <size_t I = 0, class... Ts>
void read_alternative(reader& in, size_t index, std::variant<Ts...>& x) {
  if constexpr (I == sizeof...(Ts)) {
    in.ok = false;
  } else if (index == I) {
    read(in, x.template emplace<I>());
  } else {
    read_alternative<I + 1>(in, index, x);
  }
}

template <class T>
void read(reader& in, T& x) {
  if constexpr (std::is_same_v<T, bool>) {
    auto byte = uint8_t{0};
    in.take(&byte, 1);
    in.ok = in.ok && byte <= 1;
    x = byte == 1;
  } else if constexpr (is_number<T>) {
    in.take(&x, sizeof(x));
  } else if constexpr (std::is_enum_v<T>) {
    auto value = std::underlying_type_t<T>{};
    in.take(&value, sizeof(value));
    in.ok = in.ok && is_known(static_cast<T>(value));
    x = in.ok ? static_cast<T>(value) : T{};
  } else if constexpr (is_byte_array<T>) {
    in.take(x.data(), x.size());
  } else if constexpr (is_array<T>) {
    for (auto& each : x)
      read(in, each);
  } else if constexpr (std::is_same_v<T, std::string>) {
    x.resize(read_size(in));
    in.take(x.data(), x.size());
  } else if constexpr (is_instance<T, std::optional>) {
    auto has_value = false;
    read(in, has_value);
    x.reset();
    if (in.ok && has_value)
      read(in, x.emplace());
  } else if constexpr (is_instance<T, std::shared_ptr>) {
    auto has_value = false;
    read(in, has_value);
    x = nullptr;
    if (!in.ok || !has_value)
      return;
    auto value
      = std::make_shared<std::remove_const_t<typename T::element_type>>();
    read(in, *value);
    x = std::move(value);
  } else if constexpr (is_instance<T, std::variant>) {
    auto index = uint32_t{0};
    in.take(&index, sizeof(index));
    read_alternative(in, index, x);
  } else if constexpr (is_instance<T, std::pair>) {
    read(in, x.first);
    read(in, x.second);
  } else if constexpr (is_instance<T, std::vector>) {
    auto size = read_size(in);
    x.clear();
    for (size_t i = 0; i < size && in.ok; ++i)
      read(in, x.emplace_back());
  } else if constexpr (map_like<T>) {
    auto size = read_size(in);
    x.clear();
    for (size_t i = 0; i < size && in.ok; ++i) {
      auto key = typename T::key_type{};
      auto value = typename T::mapped_type{};
      read(in, key);
      read(in, value);
      x.emplace(std::move(key), std::move(value));
    }
  } else if constexpr (std::is_same_v<T, domain::lot_queue>) {
    auto lots = std::vector<domain::lot>{};
    read(in, lots);
    x = domain::lot_queue{std::move(lots)};
  } else if constexpr (std::is_same_v<T, domain::token_state>) {
    auto blob = std::string{};
    read(in, blob);
    auto state = decode_token_state(blob);
    in.ok = in.ok && state.has_value();
    if (in.ok)
      x = std::move(*state);
  } else {
    boost::pfr::for_each_field(x, [&in](auto& each) { read(in, each); });
  }
}

/// Adds how a type is written to a hash (FNV-1a).
template <class T>
void add_layout(uint64_t& hash) {
  auto add = [&hash](uint64_t x) { hash = (hash ^ x) * 0x100'0000'01B3ULL; };
  auto add_template = [&add]<class... Ts>(uint64_t name, Ts... hashes) {
    add(name);
    (add(hashes), ...);
  };
  auto of = []<class Each>(std::type_identity<Each>) {
    auto result = uint64_t{0xCBF2'9CE4'8422'2325ULL};
    add_layout<std::remove_const_t<Each>>(result);
    return result;
  };
  if constexpr (is_number<T> || std::is_enum_v<T> || std::is_same_v<T, bool>) {
    add_template('n', uint64_t{sizeof(T)});
  } else if constexpr (std::is_same_v<T, std::string>) {
    add('s');
  } else if constexpr (is_array<T>) {
    add_template('a', uint64_t{std::tuple_size_v<T>},
                 of(std::type_identity<typename T::value_type>{}));
  } else if constexpr (is_instance<
                         T, std::optional> || is_instance<T, std::vector>) {
    add_template('o', of(std::type_identity<typename T::value_type>{}));
  } else if constexpr (is_instance<T, std::shared_ptr>) {
    add_template('p', of(std::type_identity<typename T::element_type>{}));
  } else if constexpr (is_instance<T, std::variant>) {
    [&]<class... Ts>(std::type_identity<std::variant<Ts...>>) {
      add_template('v', of(std::type_identity<Ts>{})...);
    }(std::type_identity<T>{});
  } else if constexpr (is_instance<T, std::pair>) {
    add_template('k', of(std::type_identity<typename T::first_type>{}),
                 of(std::type_identity<typename T::second_type>{}));
  } else if constexpr (map_like<T>) {
    add_template('m', of(std::type_identity<typename T::key_type>{}),
                 of(std::type_identity<typename T::mapped_type>{}));
  } else if constexpr (std::is_same_v<T, domain::lot_queue>) {
    add_template('l', of(std::type_identity<domain::lot>{}));
  } else if constexpr (std::is_same_v<T, domain::token_state>) {
    // Blobs have versions of their own.
    add('t');
  } else {
    [&]<size_t... Is>(std::index_sequence<Is...>) {
      add_template(
        'x', of(std::type_identity<boost::pfr::tuple_element_t<Is, T>>{})...);
    }
    (std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});
  }
}

/// Tells how values of these types are written: two programs that differ in
/// it cannot read each other.
template <class... Ts>
uint64_t layout_of() {
  auto result = uint64_t{0xCBF2'9CE4'8422'2325ULL};
  (add_layout<Ts>(result), ...);
  return result;
}

/// Returns a value as bytes.
template <class T>
std::string encode(const T& x) {
  auto out = writer{};
  write(out, x);
  return std::move(out.bytes);
}

/// Reverses `encode`; nothing for bytes that it cannot have written.
template <class T>
std::optional<T> decode(std::string_view bytes) {
  auto in = reader{bytes};
  auto result = std::optional<T>{std::in_place};
  read(in, *result);
  if (!in.ok || !in.bytes.empty())
    result.reset();
  return result;
}

} // namespace pumpscope::messages::plain

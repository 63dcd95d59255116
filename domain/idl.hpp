#pragma once

#include "domain/error.hpp"
#include "domain/idl_table.hpp"
#include "domain/trade.hpp"
#include "domain/update.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The layouts of all events of both programs as data: for tools that print
/// any event. The hot path uses the typed decoders of pump_events.hpp.
namespace pumpscope::domain::idl {

/// Type of a value on the wire.
enum class type : uint8_t {
  boolean,
  u8,
  u16,
  u32,
  u64,
  u128,
  i64,
  i128,
  pubkey,
  text,
  structure,
};

/// How many values a field holds.
enum class shape : uint8_t {
  one,
  /// One byte, 0 or 1, then the value if it was 1.
  option,
  /// A 32-bit count, then so many values.
  vector,
  /// `count` values.
  array,
};

/// One field of an event or structure.
struct field {
  std::string_view name;
  idl::type type;
  idl::shape shape;
  /// Values in an array; of no meaning for the other shapes.
  uint8_t count;
  /// Place in `structures()` when `type` is `structure`.
  uint8_t structure;
};

/// A composite type. Its fields are flat: no structure inside.
struct structure {
  std::string_view name;
  std::span<const field> fields;
};

/// The newest known layout of an event.
struct event {
  domain::program program;
  std::string_view name;
  /// The first 8 bytes of a payload, read as little-endian.
  uint64_t discriminator;
  /// Fields of the oldest published layout; fewer are refused.
  uint16_t oldest_fields;
  std::span<const field> fields;
};

/// All events: those of `pump` first. `event_id` is the place in the list.
std::span<const event> events();

/// All structures that events refer to.
std::span<const structure> structures();

/// Finds the event of a program by its discriminator; null when unknown.
const event* find_event(program owner, uint64_t discriminator);

/// Finds an event by its name; null when unknown.
const event* find_event(program owner, std::string_view name);

/// Returns the place of an event in `events()`.
event_id id_of(const event& x);

/// Name of a program in JSON and CSV.
std::string_view name_of(program x);

/// How a payload relates to its event's newest layout.
struct layout {
  /// Fields that are present, complete ones only.
  size_t fields = 0;
  /// Bytes after the last known field: a newer layout.
  size_t trailing_bytes = 0;
};

/// Why a payload fits no layout of its event.
struct layout_error {
  /// `malformed_payload` or `unknown_layout`.
  dead_letter_reason reason = dead_letter_reason::malformed_payload;
  /// The field at fault, or the first one that is missing.
  std::string_view field = {};
  /// It is a bool or option byte above 1; else the bytes end too early.
  bool flag_byte = false;
};

/// Walks the fields of `payload` (without discriminator).
///
/// Refuses as `malformed_payload` what ends inside a field or has a bool or
/// option byte above 1, and as `unknown_layout` what has fewer fields than the
/// oldest published layout.
tl::expected<layout, layout_error>
check_layout(const event& x, std::span<const uint8_t> payload);

} // namespace pumpscope::domain::idl

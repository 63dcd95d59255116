#include "domain/idl.hpp"

#include "domain/borsh.hpp"

namespace pumpscope::domain::idl {

namespace {

std::span<const event> events_of(program owner) {
  auto all = events();
  return owner == program::pump ? all.first(pump_events_total)
                                : all.subspan(pump_events_total);
}

template <class T>
bool pass(borsh_reader& reader) {
  T value = {};
  return reader.next(value);
}

bool pass_value(borsh_reader& reader, type x) {
  switch (x) {
    case type::boolean:
      return pass<bool>(reader);
    case type::u8:
      return pass<uint8_t>(reader);
    case type::u16:
      return pass<uint16_t>(reader);
    case type::u32:
      return pass<uint32_t>(reader);
    case type::u64:
      return pass<uint64_t>(reader);
    case type::u128:
      return pass<u128>(reader);
    case type::i64:
      return pass<int64_t>(reader);
    case type::i128:
      return pass<i128>(reader);
    case type::pubkey:
      return pass<pubkey>(reader);
    case type::text:
      return pass<std::string_view>(reader);
    case type::structure:
      break;
  }
  return false;
}

bool pass_values(borsh_reader& reader, const field& x, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (x.type != type::structure) {
      if (!pass_value(reader, x.type))
        return false;
    } else {
      for (auto& member : structures()[x.structure].fields)
        if (!pass_value(reader, member.type))
          return false;
    }
  }
  return true;
}

/// Passes one field; false when it is not there or damaged.
bool pass_field(borsh_reader& reader, const field& x) {
  if (reader.remaining() == 0)
    return false;
  switch (x.shape) {
    case shape::one:
      return pass_values(reader, x, 1);
    case shape::array:
      return pass_values(reader, x, x.count);
    case shape::option: {
      auto present = false;
      return reader.next(present) && pass_values(reader, x, present ? 1 : 0);
    }
    case shape::vector: {
      // Every element takes at least one byte, so a count beyond the bytes
      // ends the loop early.
      uint32_t count = 0;
      return reader.next(count) && pass_values(reader, x, count);
    }
  }
  return false;
}

} // namespace

const event* find_event(program owner, uint64_t discriminator) {
  for (auto& x : events_of(owner))
    if (x.discriminator == discriminator)
      return &x;
  return nullptr;
}

const event* find_event(program owner, std::string_view name) {
  for (auto& x : events_of(owner))
    if (x.name == name)
      return &x;
  return nullptr;
}

event_id id_of(const event& x) {
  return static_cast<event_id>(&x - events().data());
}

std::string_view name_of(program x) {
  return x == program::pump ? "pump" : "pump_amm";
}

tl::expected<layout, layout_error>
check_layout(const event& x, std::span<const uint8_t> payload) {
  borsh_reader reader{payload};
  layout result;
  for (auto& member : x.fields) {
    auto present = reader.remaining() != 0;
    if (!pass_field(reader, member)) {
      if (present)
        return tl::unexpected{
          layout_error{dead_letter_reason::malformed_payload, member.name,
                       reader.bad_flag()}};
      if (result.fields < x.oldest_fields)
        return tl::unexpected{
          layout_error{dead_letter_reason::unknown_layout, member.name, false}};
      return result;
    }
    ++result.fields;
  }
  result.trailing_bytes = reader.remaining();
  return result;
}

} // namespace pumpscope::domain::idl

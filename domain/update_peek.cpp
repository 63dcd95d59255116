#include "domain/update_peek.hpp"

#include "domain/wire.hpp"

namespace pumpscope::domain {

namespace {

/// Reads the varint with this number out of a message.
bool read_slot(byte_view message, uint32_t slot_field, uint32_t status_field,
               update_peek& out) {
  auto reader = wire_reader{message};
  while (reader.next()) {
    if (reader.is(slot_field, wire_type::varint))
      out.slot = reader.varint();
    else if (status_field != 0 && reader.is(status_field, wire_type::varint))
      out.status = reader.varint();
    else
      reader.skip();
  }
  return reader.ok();
}

bool read_transaction(byte_view message, update_peek& out) {
  auto reader = wire_reader{message};
  auto info = byte_view{};
  while (reader.next()) {
    if (reader.is(1, wire_type::bytes))
      info = reader.bytes();
    else if (reader.is(2, wire_type::varint))
      out.slot = reader.varint();
    else
      reader.skip();
  }
  auto inner = wire_reader{info};
  while (inner.next()) {
    if (inner.is(1, wire_type::bytes)) {
      out.signature = inner.bytes();
      // It stands first; the rest is the parser's business.
      break;
    }
    inner.skip();
  }
  return reader.ok() && inner.ok();
}

} // namespace

update_peek peek_update(byte_view update) {
  auto result = update_peek{};
  auto reader = wire_reader{update};
  auto field = uint32_t{0};
  while (reader.next()) {
    auto number = reader.number();
    // Fields of the payload that we have no use for, pings among them, are a
    // kind of their own, and so is nothing.
    if (reader.type() != wire_type::bytes || number < 2 || number > 10) {
      reader.skip();
      continue;
    }
    field = number;
    result.payload = reader.bytes();
  }
  if (!reader.ok())
    return {};
  switch (field) {
    case 3:
      result.kind = update_kind::slot;
      result.well_formed = read_slot(result.payload, 1, 3, result);
      break;
    case 4:
      result.kind = update_kind::transaction;
      result.well_formed = read_transaction(result.payload, result);
      break;
    case 6:
      result.kind = update_kind::ping;
      result.well_formed = true;
      break;
    case 7:
      result.kind = update_kind::block_meta;
      result.well_formed = read_slot(result.payload, 1, 0, result);
      break;
    case 9:
      result.kind = update_kind::pong;
      result.well_formed = true;
      break;
    default:
      result.well_formed = field != 0;
      break;
  }
  if (!result.well_formed)
    result.kind = update_kind::other;
  return result;
}

} // namespace pumpscope::domain

#include "domain/geyser_walk.hpp"

#include "domain/wire.hpp"

#include <cstring>

namespace pumpscope::domain {

namespace {

constexpr size_t key_bytes = 32;
constexpr size_t signature_bytes = 64;

/// What a walk function says; `limit` stops the walk like damage does.
enum class walk_status : uint8_t {
  ok,
  malformed,
  limit,
};

using enum walk_status;

walk_status end_of(const wire_reader& reader) {
  return reader.ok() ? ok : malformed;
}

/// Low 32 bits, as protobuf reads a uint32.
uint32_t to_u32(uint64_t x) {
  return static_cast<uint32_t>(x);
}

/// Appends a key that must have 32 bytes.
walk_status take_key(byte_view bytes,
                     bounded_list<const uint8_t*, account_keys_max>& keys) {
  if (bytes.size() != key_bytes)
    return malformed;
  return keys.push(bytes.data()) ? ok : limit;
}

walk_status walk_header(byte_view bytes, transaction_view& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint))
      out.signers = to_u32(reader.varint());
    else
      reader.skip();
  }
  return end_of(reader);
}

/// A CompiledInstruction or an InnerInstruction: the same fields but for the
/// stack height.
walk_status walk_instruction(byte_view bytes, instruction_view& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint))
      out.program_index = to_u32(reader.varint());
    else if (reader.is(2, wire_type::bytes))
      out.accounts = reader.bytes();
    else if (reader.is(3, wire_type::bytes))
      out.data = reader.bytes();
    else if (reader.is(4, wire_type::varint))
      out.stack_height = to_u32(reader.varint());
    else
      reader.skip();
  }
  return end_of(reader);
}

walk_status walk_message(byte_view bytes, transaction_view& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    auto status = ok;
    if (reader.is(2, wire_type::bytes)) {
      status = take_key(reader.bytes(), out.message_keys);
      if (!reader.ok())
        return malformed;
    } else if (reader.is(4, wire_type::bytes)) {
      instruction_view instruction = {};
      instruction.outer_index = static_cast<uint32_t>(out.outer.size());
      status = walk_instruction(reader.bytes(), instruction);
      // The outer ones have no field for it; a stray one must not count.
      instruction.stack_height = 1;
      if (status == ok && !out.outer.push(instruction))
        status = limit;
    } else if (reader.is(1, wire_type::bytes)) {
      status = walk_header(reader.bytes(), out);
    } else {
      reader.skip();
    }
    if (status != ok)
      return status;
  }
  return end_of(reader);
}

walk_status walk_solana_transaction(byte_view bytes, transaction_view& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(2, wire_type::bytes)) {
      if (auto status = walk_message(reader.bytes(), out); status != ok)
        return status;
    } else {
      reader.skip();
    }
  }
  return end_of(reader);
}

walk_status walk_inner_group(byte_view bytes, transaction_view& out) {
  auto first = out.inner.size();
  uint32_t outer_index = 0;
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(2, wire_type::bytes)) {
      instruction_view instruction = {};
      instruction.inner_index = static_cast<uint32_t>(out.inner.size() - first);
      if (auto status = walk_instruction(reader.bytes(), instruction);
          status != ok)
        return status;
      if (!out.inner.push(instruction))
        return limit;
    } else if (reader.is(1, wire_type::varint)) {
      outer_index = to_u32(reader.varint());
    } else {
      reader.skip();
    }
  }
  // The index may stand behind the instructions that it is for.
  for (auto i = first; i < out.inner.size(); ++i)
    out.inner[i].outer_index = outer_index;
  return end_of(reader);
}

walk_status walk_token_amount(byte_view bytes, token_balance_view& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(2, wire_type::varint))
      out.decimals = to_u32(reader.varint());
    else
      reader.skip();
  }
  return end_of(reader);
}

walk_status walk_token_balance(byte_view bytes, transaction_view& out) {
  token_balance_view balance = {};
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint)) {
      balance.account_index = to_u32(reader.varint());
    } else if (reader.is(2, wire_type::bytes)) {
      balance.mint = reader.text();
    } else if (reader.is(3, wire_type::bytes)) {
      if (auto status = walk_token_amount(reader.bytes(), balance);
          status != ok)
        return status;
    } else {
      reader.skip();
    }
  }
  if (!reader.ok())
    return malformed;
  return out.token_balances.push(balance) ? ok : limit;
}

/// One field of the status part that is a length and bytes.
walk_status walk_meta_bytes(uint32_t number, byte_view bytes,
                            transaction_view& out) {
  switch (number) {
    case 1:
      out.failed = true;
      return ok;
    case 5:
      return walk_inner_group(bytes, out);
    case 7:
    case 8:
      return walk_token_balance(bytes, out);
    case 12:
      return take_key(bytes, out.loaded_writable);
    case 13:
      return take_key(bytes, out.loaded_readonly);
    default:
      return ok;
  }
}

walk_status walk_meta(byte_view bytes, transaction_view& out) {
  out.has_meta = true;
  if (!out.meta_parts.push(bytes))
    return limit;
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.type() == wire_type::bytes) {
      auto number = reader.number();
      auto field = reader.bytes();
      if (!reader.ok())
        return malformed;
      if (auto status = walk_meta_bytes(number, field, out); status != ok)
        return status;
    } else if (reader.is(2, wire_type::varint)) {
      out.fee = reader.varint();
    } else if (reader.is(10, wire_type::varint)) {
      out.inner_instructions_none = reader.varint() != 0;
    } else if (reader.is(11, wire_type::varint)) {
      out.log_messages_none = reader.varint() != 0;
    } else {
      reader.skip();
    }
  }
  return end_of(reader);
}

/// Goes on after a damaged part: the index behind it names the transaction.
walk_status walk_info(byte_view bytes, transaction_view& out) {
  auto status = ok;
  auto keep_first = [&status](walk_status x) {
    if (status == ok)
      status = x;
  };
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::bytes))
      out.signature = reader.bytes();
    else if (reader.is(2, wire_type::varint))
      out.is_vote = reader.varint() != 0;
    else if (reader.is(3, wire_type::bytes))
      keep_first(walk_solana_transaction(reader.bytes(), out));
    else if (reader.is(4, wire_type::bytes))
      keep_first(walk_meta(reader.bytes(), out));
    else if (reader.is(5, wire_type::varint))
      out.index = reader.varint();
    else
      reader.skip();
  }
  return reader.ok() ? status : malformed;
}

/// Goes on after a damaged part: the slot behind it names the transaction.
walk_status walk_transaction(byte_view bytes, transaction_view& out) {
  auto status = ok;
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(2, wire_type::varint)) {
      out.slot = reader.varint();
    } else if (reader.is(1, wire_type::bytes)) {
      auto info = walk_info(reader.bytes(), out);
      if (status == ok)
        status = info;
    } else {
      reader.skip();
    }
  }
  return reader.ok() ? status : malformed;
}

walk_status walk_slot(byte_view bytes, slot_update& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint)) {
      out.slot = reader.varint();
    } else if (reader.is(2, wire_type::varint)) {
      out.parent = reader.varint();
    } else if (reader.is(3, wire_type::varint)) {
      // A status of a newer server says nothing that we act upon: read it as
      // the weakest one.
      auto status = to_u32(reader.varint());
      out.status = status <= static_cast<uint32_t>(slot_status::dead)
                     ? static_cast<slot_status>(status)
                     : slot_status::first_shred_received;
    } else {
      reader.skip();
    }
  }
  return end_of(reader);
}

walk_status walk_block_time(byte_view bytes, std::optional<int64_t>& out) {
  if (!out)
    out = 0;
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint))
      out = static_cast<int64_t>(reader.varint());
    else
      reader.skip();
  }
  return end_of(reader);
}

walk_status walk_block_meta(byte_view bytes, block_meta& out) {
  wire_reader reader{bytes};
  while (reader.next()) {
    auto status = ok;
    if (reader.is(1, wire_type::varint))
      out.slot = reader.varint();
    else if (reader.is(4, wire_type::bytes))
      status = walk_block_time(reader.bytes(), out.block_time);
    else if (reader.is(6, wire_type::varint))
      out.parent_slot = reader.varint();
    else if (reader.is(8, wire_type::varint))
      out.executed_transaction_count = reader.varint();
    else
      reader.skip();
    if (status != ok)
      return status;
  }
  return end_of(reader);
}

walk_status walk_pong(byte_view bytes, int32_t& id) {
  wire_reader reader{bytes};
  while (reader.next()) {
    if (reader.is(1, wire_type::varint))
      id = static_cast<int32_t>(to_u32(reader.varint()));
    else
      reader.skip();
  }
  return end_of(reader);
}

void take_mark(std::string_view filter, update_view& out) {
  if (!filter.starts_with("pumpscope:"))
    return;
  if (filter == update_mark::index_assumed)
    out.index_assumed = true;
  else if (filter == update_mark::index_unknown)
    out.index_unknown = true;
  else if (filter == update_mark::slot_unknown)
    out.slot_unknown = true;
}

/// The kind of a field of SubscribeUpdate's oneof.
std::optional<update_kind> payload_kind(uint32_t number) {
  switch (number) {
    case 2:
    case 5:
    case 8:
    case 10:
      return update_kind::other;
    case 3:
      return update_kind::slot;
    case 4:
      return update_kind::transaction;
    case 6:
      return update_kind::ping;
    case 7:
      return update_kind::block_meta;
    case 9:
      return update_kind::pong;
    default:
      return std::nullopt;
  }
}

walk_status walk_payload(update_kind kind, byte_view bytes, update_view& out) {
  switch (kind) {
    case update_kind::transaction:
      return walk_transaction(bytes, out.transaction);
    case update_kind::slot:
      return walk_slot(bytes, out.slot);
    case update_kind::block_meta:
      return walk_block_meta(bytes, out.block_meta);
    case update_kind::pong:
      return walk_pong(bytes, out.pong_id);
    case update_kind::ping:
    case update_kind::other:
      break;
  }
  return ok;
}

/// Like protobuf: another member of the oneof takes the place of the one
/// before (true), the same member again is merged into it.
bool switch_to(update_kind kind, uint32_t number, uint32_t& current,
               update_view& out) {
  if (number == current)
    return false;
  out.transaction.clear();
  out.slot = {};
  out.block_meta = {};
  out.pong_id = 0;
  out.kind = kind;
  current = number;
  return true;
}

walk_status walk(byte_view update, update_view& out) {
  uint32_t current = 0;
  auto status = ok;
  wire_reader reader{update};
  while (reader.next()) {
    if (reader.type() != wire_type::bytes) {
      reader.skip();
      continue;
    }
    auto number = reader.number();
    auto bytes = reader.bytes();
    if (!reader.ok())
      break;
    if (number == 1) {
      take_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                out);
    } else if (auto kind = payload_kind(number)) {
      // What was wrong with a member that is gone does not matter.
      if (switch_to(*kind, number, current, out))
        status = ok;
      auto part = walk_payload(*kind, bytes, out);
      if (status == ok)
        status = part;
    }
  }
  if (!reader.ok())
    return malformed;
  if (status == ok && out.kind == update_kind::transaction
      && out.transaction.signature.size() != signature_bytes)
    return malformed;
  return status;
}

} // namespace

void transaction_view::clear() {
  slot = 0;
  index = 0;
  signature = {};
  is_vote = false;
  has_meta = false;
  failed = false;
  inner_instructions_none = false;
  log_messages_none = false;
  fee = 0;
  signers = 0;
  message_keys.clear();
  loaded_writable.clear();
  loaded_readonly.clear();
  outer.clear();
  inner.clear();
  token_balances.clear();
  meta_parts.clear();
}

const uint8_t* transaction_view::key(size_t i) const {
  if (i < message_keys.size())
    return message_keys[i];
  i -= message_keys.size();
  if (i < loaded_writable.size())
    return loaded_writable[i];
  i -= loaded_writable.size();
  return i < loaded_readonly.size() ? loaded_readonly[i] : nullptr;
}

bool transaction_view::key_is(size_t i, const pubkey& x) const {
  auto bytes = key(i);
  return bytes != nullptr
         && std::memcmp(bytes, x.bytes.data(), x.bytes.size()) == 0;
}

bool transaction_view::signed_by(const pubkey& x) const {
  auto count = std::min<size_t>(signers, message_keys.size());
  for (size_t i = 0; i < count; ++i)
    if (std::memcmp(message_keys[i], x.bytes.data(), x.bytes.size()) == 0)
      return true;
  return false;
}

bool collect_logs(const transaction_view& x, log_lines& lines) {
  lines.clear();
  for (auto part : x.meta_parts) {
    wire_reader reader{part};
    while (reader.next()) {
      if (!reader.is(6, wire_type::bytes)) {
        reader.skip();
        continue;
      }
      if (!lines.push(reader.text()))
        return false;
    }
  }
  return true;
}

void update_view::clear() {
  kind = update_kind::other;
  index_assumed = false;
  index_unknown = false;
  slot_unknown = false;
  slot = {};
  block_meta = {};
  pong_id = 0;
  transaction.clear();
}

result<void> walk_update(byte_view update, update_view& out) {
  out.clear();
  switch (walk(update, out)) {
    case ok:
      return {};
    case limit:
      return tl::unexpected{errc::limit_exceeded};
    default:
      return tl::unexpected{errc::malformed};
  }
}

} // namespace pumpscope::domain

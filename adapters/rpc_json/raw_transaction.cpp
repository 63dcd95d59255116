#include "adapters/rpc_json/raw_transaction.hpp"

#include <algorithm>

namespace pumpscope::rpc_json {

namespace {

constexpr size_t key_bytes = 32;
constexpr size_t signature_bytes = 64;

/// Takes bytes off the front; after the first failure there are none left.
class raw_reader {
public:
  explicit raw_reader(std::span<const uint8_t> bytes) : bytes_{bytes} {
    // nop
  }

  std::span<const uint8_t> take(size_t count) {
    if (count > bytes_.size()) {
      fail();
      return {};
    }
    auto result = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return result;
  }

  uint8_t byte() {
    auto one = take(1);
    return one.empty() ? uint8_t{0} : one[0];
  }

  [[nodiscard]] uint8_t peek() const {
    return bytes_.empty() ? uint8_t{0} : bytes_[0];
  }

  /// The chain's own short length: 7 bits a byte, at most 16 bits.
  size_t length() {
    uint32_t result = 0;
    for (uint32_t i = 0; i < 3; ++i) {
      auto next = byte();
      result |= static_cast<uint32_t>(next & 0x7F) << (7 * i);
      if ((next & 0x80) == 0) {
        if (result > 0xFFFF)
          fail();
        return result;
      }
    }
    fail();
    return 0;
  }

  void fail() {
    ok_ = false;
    bytes_ = {};
  }

  [[nodiscard]] bool ok() const {
    return ok_;
  }

  [[nodiscard]] bool done() const {
    return ok_ && bytes_.empty();
  }

private:
  std::span<const uint8_t> bytes_;
  bool ok_ = true;
};

void read_header(raw_reader& reader, domain::wire_writer& out) {
  domain::wire_writer header;
  for (uint32_t field = 1; field <= 3; ++field)
    if (auto count = reader.byte(); count != 0)
      header.varint(field, count);
  out.message(1, header);
}

void read_instructions(raw_reader& reader, domain::wire_writer& out) {
  for (auto left = reader.length(); left > 0 && reader.ok(); --left) {
    domain::wire_writer instruction;
    if (auto program = reader.byte(); program != 0)
      instruction.varint(1, program);
    instruction.bytes(2, reader.take(reader.length()));
    instruction.bytes(3, reader.take(reader.length()));
    out.message(4, instruction);
  }
}

void read_lookups(raw_reader& reader, domain::wire_writer& out) {
  for (auto left = reader.length(); left > 0 && reader.ok(); --left) {
    domain::wire_writer lookup;
    lookup.bytes(1, reader.take(key_bytes));
    lookup.bytes(2, reader.take(reader.length()));
    lookup.bytes(3, reader.take(reader.length()));
    out.message(6, lookup);
  }
}

} // namespace

domain::result<raw_transaction>
parse_raw_transaction(std::span<const uint8_t> bytes) {
  raw_reader reader{bytes};
  raw_transaction result;
  domain::wire_writer message;
  auto signatures = reader.length();
  for (size_t i = 0; i < signatures && reader.ok(); ++i) {
    auto signature = reader.take(signature_bytes);
    if (i == 0)
      result.signature.assign(signature.begin(), signature.end());
    result.message.bytes(1, signature);
  }
  auto versioned = (reader.peek() & 0x80) != 0;
  if (versioned && reader.byte() != 0x80)
    reader.fail();
  read_header(reader, message);
  for (auto left = reader.length(); left > 0 && reader.ok(); --left)
    message.bytes(2, reader.take(key_bytes));
  message.bytes(3, reader.take(key_bytes));
  read_instructions(reader, message);
  if (versioned) {
    message.varint(5, 1);
    read_lookups(reader, message);
  }
  if (!reader.done() || signatures == 0)
    return tl::unexpected{domain::errc::malformed};
  result.message.message(2, message);
  return result;
}

} // namespace pumpscope::rpc_json

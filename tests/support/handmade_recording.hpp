#pragma once

#include "domain/wire_writer.hpp"
#include "tests/support/update_builder.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace pumpscope::test {

/// Writes a recording (.geyser) update by update.
class handmade_recording {
public:
  explicit handmade_recording(const std::string& path)
    : out_(path, std::ios::binary) {
  }

  void add(const bytes& update) {
    domain::wire_writer prefix;
    prefix.raw_varint(update.size());
    write(prefix.buffer());
    write(update);
  }

  /// A status of a slot, by its number on the wire: 1 confirmed, 6 dead.
  void add_status(uint64_t slot, uint64_t parent, uint64_t status) {
    domain::wire_writer body;
    body.varint(1, slot);
    body.varint(2, parent);
    body.varint(3, status);
    domain::wire_writer update;
    update.message(3, body);
    add(update.take());
  }

  /// The block meta and the confirmation of a slot.
  void end_slot(uint64_t slot, uint64_t parent) {
    domain::wire_writer time;
    time.varint(1, 1'700'000'000 + slot);
    domain::wire_writer body;
    body.varint(1, slot);
    body.message(4, time);
    body.varint(6, parent);
    domain::wire_writer update;
    update.message(7, body);
    add(update.take());
    add_status(slot, parent, 1);
  }

private:
  void write(const bytes& x) {
    out_.write(reinterpret_cast<const char*>(x.data()),
               static_cast<std::streamsize>(x.size()));
  }

  std::ofstream out_;
};

} // namespace pumpscope::test

#include "adapters/rpc_json/transaction_update.hpp"

#include "domain/wire_writer.hpp"

namespace pumpscope::rpc_json {

using domain::wire_writer;

std::vector<uint8_t> transaction_update(std::optional<uint64_t> slot,
                                        std::span<const uint8_t> info,
                                        uint64_t index, std::string_view mark) {
  // The index goes behind the fields that are encoded already: the order of
  // protobuf fields is free.
  wire_writer index_field;
  index_field.varint(5, index);
  std::vector<uint8_t> whole{info.begin(), info.end()};
  whole.insert(whole.end(), index_field.buffer().begin(),
               index_field.buffer().end());
  wire_writer transaction;
  transaction.bytes(1, whole);
  transaction.varint(2, slot.value_or(0));
  wire_writer update;
  if (!mark.empty())
    update.text(1, mark);
  update.message(4, transaction);
  return update.take();
}

} // namespace pumpscope::rpc_json

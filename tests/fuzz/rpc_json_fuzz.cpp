// RPC JSON: whatever is taken comes out as updates that the walk takes. The
// first byte is the size of the pieces.

#include "adapters/decode_json/event_json.hpp"
#include "adapters/decode_json/event_printer.hpp"
#include "adapters/rpc_json/converter.hpp"
#include "domain/update_decoder.hpp"
#include "tests/fuzz/require.hpp"

#include <memory>

using namespace pumpscope;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  static auto view = std::make_unique<domain::update_view>();
  decode_json::event_printer printer{[](std::string_view) {}};
  domain::update_decoder decoder;
  rpc_json::converter_limits limits;
  limits.document_bytes_max = 1U << 20;
  rpc_json::converter sut{
    [&](std::span<const uint8_t> update) {
      auto walked = walk_update(update, *view);
      fuzz::require(walked.has_value()
                      || walked.error() == domain::errc::limit_exceeded,
                    "an update that can be walked");
      static_cast<void>(decoder.decode(update));
      printer.print(update);
    },
    limits};
  std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
  static_cast<void>(decode_json::decode_payload_line(text));
  auto piece = size_t{data[0]} * 16 + 1;
  for (size_t at = 0; at < text.size(); at += piece)
    if (!sut.add(text.substr(at, piece)))
      return 0;
  if (!sut.end_file())
    return 0;
  sut.finish();
  printer.finish();
  return 0;
}

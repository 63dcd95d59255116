// Answers of JSON-RPC servers: whatever a server sends is an answer of some
// kind, and a block that is taken comes out as updates that the walk takes.
// The first byte tells which question was asked.

#include "adapters/rpc_json/rpc_answer.hpp"
#include "domain/update_decoder.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <memory>
#include <span>

using namespace pumpscope;

namespace {

constexpr uint64_t slot = 1'000;

bool is_shown(const std::string& text) {
  return text.size() <= rpc_json::answer_text_max
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return c >= 0x20 && c < 0x7F; });
}

void check_block(std::string_view body) {
  static auto view = std::make_unique<domain::update_view>();
  auto answer = rpc_json::read_block_answer(body, 1, slot);
  fuzz::require(is_shown(answer.head.text), "a text that may be shown");
  if (answer.head.kind != rpc_json::answer_kind::result) {
    fuzz::require(answer.bytes.empty(), "no updates without a block");
    return;
  }
  fuzz::require(answer.parent < slot, "a parent below the block");
  fuzz::require(!answer.ends.empty()
                  && answer.ends.back() == answer.bytes.size(),
                "updates that fill the bytes");
  domain::update_decoder decoder;
  uint32_t begin = 0;
  for (auto end : answer.ends) {
    auto update = std::span{answer.bytes}.subspan(begin, end - begin);
    auto walked = walk_update(update, *view);
    fuzz::require(walked.has_value()
                    || walked.error() == domain::errc::limit_exceeded,
                  "an update that can be walked");
    static_cast<void>(decoder.decode(update));
    begin = end;
  }
}

void check_slots(std::string_view body) {
  auto answer = rpc_json::read_slots_answer(body, 1, slot, slot + 500);
  fuzz::require(is_shown(answer.head.text), "a text that may be shown");
  auto last = slot - 1;
  for (auto x : answer.slots) {
    fuzz::require(x > last && x <= slot + 500, "ascending slots of the range");
    last = x;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  std::string_view body{reinterpret_cast<const char*>(data + 1), size - 1};
  if (data[0] % 4 == 0)
    check_slots(body);
  else
    check_block(body);
  return 0;
}

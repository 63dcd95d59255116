#include "adapters/rpc_json/rpc_answer.hpp"

#include "adapters/rpc_json/converter.hpp"
#include "adapters/rpc_json/json_fields.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <limits>
#include <span>
#include <utility>

namespace pumpscope::rpc_json {

namespace {

namespace json = boost::json;

/// Deepest nesting of a block stays far below.
constexpr size_t depth_max = 64;

/// Updates of one block are addressed by 32 bits.
constexpr size_t block_bytes_max = std::numeric_limits<uint32_t>::max();

answer_head malformed(std::string_view text) {
  return {answer_kind::malformed, 0, shown_text(text)};
}

answer_kind kind_of(int64_t code) {
  switch (code) {
    case -32001:
      return answer_kind::gone;
    case -32004:
    case -32014:
      return answer_kind::not_yet;
    case -32007:
    case -32009:
      return answer_kind::skipped;
    case -32005:
    case -32016:
    case -32603:
    case -32429:
      return answer_kind::busy;
    case -32601:
      return answer_kind::no_method;
    default:
      return answer_kind::refused;
  }
}

answer_head read_error(const json::object& error) {
  problem p;
  auto code = find_i64(error, "code", p);
  auto text = find_text(error, "message", p);
  if (p.found() || !code)
    return malformed("an error without a code");
  return {kind_of(*code), *code, shown_text(text.value_or("no message"))};
}

/// Reads the envelope; `result` is set when the head says so.
answer_head read_envelope(const json::value& document, uint64_t id,
                          const json::value*& result) {
  auto object = document.if_object();
  if (object == nullptr)
    return malformed("the answer is no JSON object");
  // A server that could not read the question answers without its id.
  if (auto error = find(*object, "error")) {
    if (auto body = error->if_object())
      return read_error(*body);
    return malformed("'error' is no object");
  }
  auto answered = find(*object, "id");
  auto number = answered != nullptr ? to_u64(*answered)
                                    : std::optional<uint64_t>{};
  if (number != id)
    return malformed("an answer to another question");
  result = find(*object, "result");
  if (result == nullptr)
    return object->contains("result")
             ? answer_head{answer_kind::not_yet, 0, "a null result"}
             : malformed("neither a result nor an error");
  return {answer_kind::result, 0, {}};
}

/// Parses a body and hands its result to `f`, which returns the head.
template <class F>
answer_head read_answer(std::string_view body, uint64_t id, F f) {
  json::monotonic_resource memory;
  json::parse_options options;
  options.max_depth = depth_max;
  boost::system::error_code error;
  auto document = json::parse({body.data(), body.size()}, error, &memory,
                              options);
  if (error)
    return malformed("the answer is no JSON: " + error.message());
  const json::value* result = nullptr;
  auto head = read_envelope(document, id, result);
  return head.kind == answer_kind::result ? f(*result) : head;
}

answer_head read_block(const json::value& result, uint64_t slot,
                       block_answer& out) {
  auto block = result.if_object();
  if (block == nullptr)
    return malformed("a block that is no object");
  problem p;
  auto parent = find_u64(*block, "parentSlot", p);
  if (p.found())
    return malformed(p.text());
  if (!parent || *parent >= slot)
    return malformed("a block without a parent below it");
  auto fits = true;
  auto sink = [&](std::span<const uint8_t> update) {
    fits = fits && out.bytes.size() + update.size() <= block_bytes_max;
    if (!fits)
      return;
    out.bytes.insert(out.bytes.end(), update.begin(), update.end());
    out.ends.push_back(static_cast<uint32_t>(out.bytes.size()));
  };
  converter convert{sink};
  auto taken = convert.add_block(*block, slot);
  if (!taken)
    return malformed(taken.error().text);
  if (!fits)
    return malformed("a block that is too large");
  out.parent = *parent;
  out.transactions = convert.counters().transactions;
  return {answer_kind::result, 0, {}};
}

answer_head read_slots(const json::value& result, uint64_t from, uint64_t to,
                       slots_answer& out) {
  auto slots = result.if_array();
  if (slots == nullptr)
    return malformed("a list of slots that is no array");
  for (auto& x : *slots) {
    auto slot = to_u64(x);
    if (!slot || *slot < from || *slot > to)
      return malformed("a list with something that is no slot of the range");
    if (!out.slots.empty() && out.slots.back() >= *slot)
      return malformed("a list of slots that is not ascending");
    out.slots.push_back(*slot);
  }
  return {answer_kind::result, 0, {}};
}

std::string begin_question(uint64_t id, std::string_view method) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")"
         + std::string{method} + R"(","params":[)";
}

} // namespace

std::string shown_text(std::string_view text) {
  std::string result;
  for (auto c : text.substr(0, answer_text_max))
    result += c >= 0x20 && c < 0x7F ? c : '?';
  return result;
}

std::string block_question(uint64_t id, uint64_t slot) {
  return begin_question(id, "getBlock") + std::to_string(slot)
         + R"(,{"encoding":"base64","maxSupportedTransactionVersion":0,)"
         + R"("transactionDetails":"full","rewards":false,)"
         + R"("commitment":"confirmed"}]})";
}

std::string slots_question(uint64_t id, uint64_t from, uint64_t to) {
  return begin_question(id, "getBlocks") + std::to_string(from) + ','
         + std::to_string(to) + R"(,{"commitment":"confirmed"}]})";
}

block_answer read_block_answer(std::string_view body, uint64_t id,
                               uint64_t slot) {
  block_answer result;
  result.head = read_answer(body, id, [&](const json::value& x) {
    return read_block(x, slot, result);
  });
  if (result.head.kind != answer_kind::result) {
    result.bytes.clear();
    result.ends.clear();
  }
  return result;
}

slots_answer read_slots_answer(std::string_view body, uint64_t id,
                               uint64_t from, uint64_t to) {
  slots_answer result;
  result.head = read_answer(body, id, [&](const json::value& x) {
    return read_slots(x, from, to, result);
  });
  if (result.head.kind != answer_kind::result)
    result.slots.clear();
  return result;
}

} // namespace pumpscope::rpc_json

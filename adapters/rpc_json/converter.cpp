#include "adapters/rpc_json/converter.hpp"

#include "adapters/rpc_json/transaction_encoder.hpp"
#include "adapters/rpc_json/transaction_update.hpp"
#include "domain/geyser_walk.hpp"
#include "domain/wire_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace pumpscope::rpc_json {

namespace {

namespace json = boost::json;

using domain::wire_writer;

constexpr std::string_view white_space = " \t\r\n";

/// Deepest nesting: parsed instructions of a block stay far below.
constexpr size_t depth_max = 64;

json::parse_options parser_options() {
  json::parse_options result;
  result.max_depth = depth_max;
  return result;
}

/// Closes a C file.
struct file_closer {
  void operator()(FILE* x) const {
    std::fclose(x);
  }
};

/// Numbers the transactions of a slot that bring no index: by their order in
/// the input, around the numbers that are taken.
template <class Transactions>
std::vector<uint64_t> assign_indices(const Transactions& transactions) {
  std::set<uint64_t> taken;
  for (auto& x : transactions)
    if (x.index)
      taken.insert(*x.index);
  std::vector<uint64_t> result;
  uint64_t next = 0;
  for (auto& x : transactions) {
    if (!x.index)
      while (taken.contains(next))
        ++next;
    result.push_back(x.index ? *x.index : next++);
  }
  return result;
}

/// The index of a transaction in its block, where the source tells it.
std::optional<uint64_t> index_of(const json::object& x, problem& p) {
  auto index = find_u64(x, "transactionIndex", p);
  if (!index)
    index = find_u64(x, "indexWithinBlock", p);
  if (index && *index > 0xFFFFFFFFU) {
    p.add("the index of a transaction is out of range");
    return std::nullopt;
  }
  return index;
}

std::string error_text(const json::object& x) {
  auto message = find(x, "message");
  return message != nullptr && message->is_string()
           ? std::string{message->get_string().c_str()}
           : "no message";
}

} // namespace

converter::converter(update_sink sink, converter_limits limits)
  : sink_{std::move(sink)}, limits_{limits}, parser_{{}, parser_options()} {
  // nop
}

tl::unexpected<failure> converter::fail(domain::errc code,
                                        std::string reason) const {
  return tl::unexpected{
    failure{code, "RPC JSON document " + std::to_string(counters_.documents + 1)
                    + ": " + std::move(reason)}};
}

outcome<void> converter::add(std::string_view text) {
  while (!text.empty()) {
    if (!inside_) {
      auto begin = text.find_first_not_of(white_space);
      if (begin == std::string_view::npos)
        return {};
      text.remove_prefix(begin);
      parser_.reset();
      inside_ = true;
      document_bytes_ = 0;
    }
    boost::system::error_code error;
    auto consumed = parser_.write_some(text.data(), text.size(), error);
    document_bytes_ += consumed;
    if (error)
      return fail(domain::errc::malformed, "not JSON at byte "
                                             + std::to_string(document_bytes_)
                                             + " (" + error.message() + ")");
    if (document_bytes_ > limits_.document_bytes_max)
      return fail(domain::errc::limit_exceeded,
                  "longer than " + std::to_string(limits_.document_bytes_max)
                    + " bytes");
    text.remove_prefix(consumed);
    if (!parser_.done())
      continue;
    inside_ = false;
    auto document = parser_.release();
    if (auto taken = take(document); !taken)
      return taken;
    ++counters_.documents;
  }
  return {};
}

outcome<void> converter::add_block(const json::object& block, uint64_t slot) {
  block_context context;
  context.slot = slot;
  return take_block(block, context);
}

outcome<void> converter::end_file() {
  if (!inside_)
    return {};
  inside_ = false;
  return fail(domain::errc::malformed, "the file ends inside of it");
}

outcome<void> converter::add_file(const std::string& path) {
  auto named = [&](failure x) {
    x.text = "'" + path + "': " + x.text;
    return tl::unexpected{std::move(x)};
  };
  std::unique_ptr<FILE, file_closer> file{std::fopen(path.c_str(), "rbe")};
  if (!file)
    return named({domain::errc::source_unavailable, std::strerror(errno)});
  std::vector<char> buffer(1U << 20);
  while (auto count = std::fread(buffer.data(), 1, buffer.size(), file.get()))
    if (auto added = add({buffer.data(), count}); !added)
      return named(added.error());
  if (std::ferror(file.get()) != 0)
    return named({domain::errc::source_unavailable, std::strerror(errno)});
  if (auto ended = end_file(); !ended)
    return named(ended.error());
  return {};
}

outcome<void> converter::take(const json::value& document) {
  if (auto object = document.if_object())
    return take_object(*object);
  auto array = document.if_array();
  if (array == nullptr)
    return fail(domain::errc::malformed, "neither an object nor an array");
  for (auto& x : *array) {
    if (x.is_null()) {
      ++counters_.empty_answers;
      continue;
    }
    auto object = x.if_object();
    if (object == nullptr)
      return fail(domain::errc::malformed,
                  "the array holds something that is no object");
    if (auto taken = take_object(*object); !taken)
      return taken;
  }
  return {};
}

outcome<void> converter::take_object(const json::object& x) {
  problem p;
  if (auto error = find(x, "error"); error != nullptr && error->is_object())
    return fail(domain::errc::malformed, "an RPC error instead of a result: "
                                           + error_text(error->get_object()));
  if (auto params = find_object(x, "params", p)) {
    if (auto result = find_object(*params, "result", p))
      return take_notification(*result);
    return fail(domain::errc::malformed, "a notification without a result");
  }
  if (x.contains("result")) {
    auto result = find_object(x, "result", p);
    if (p.found())
      return fail(domain::errc::malformed, p.text());
    if (result == nullptr) {
      ++counters_.empty_answers;
      return {};
    }
    return take_notification(*result);
  }
  return take_notification(x);
}

outcome<void> converter::take_notification(const json::object& result) {
  problem p;
  auto slot = find_u64(result, "slot", p);
  auto body = &result;
  block_context context;
  if (auto value = find_object(result, "value", p)) {
    // blockSubscribe: {context: {slot}, value: {slot, block, err}}.
    if (auto outer = find_object(result, "context", p))
      slot = find_u64(*outer, "slot", p);
    if (auto inner = find_u64(*value, "slot", p))
      slot = inner;
    context.filtered = true;
    body = value;
    if (auto block = find_object(*value, "block", p)) {
      body = block;
    } else if (value->contains("block")) {
      ++counters_.empty_answers;
      return {};
    }
  }
  if (p.found())
    return fail(domain::errc::malformed, p.text());
  if (body->contains("transactions") || body->contains("signatures")) {
    context.slot = slot;
    return take_block(*body, context);
  }
  auto transaction = find(*body, "transaction");
  if (transaction == nullptr)
    return fail(domain::errc::malformed, "neither a transaction nor a block");
  // transactionSubscribe nests: {transaction: {transaction, meta}, slot}.
  if (auto nested = transaction->if_object();
      nested != nullptr && nested->contains("transaction"))
    return take_transaction(*nested, slot);
  return take_transaction(*body, slot);
}

outcome<void> converter::take_transaction(const json::object& x,
                                          std::optional<uint64_t> slot) {
  problem p;
  auto encoded = encode_transaction(x, p);
  auto index = index_of(x, p);
  auto block_time = find_i64(x, "blockTime", p);
  if (p.found())
    return fail(domain::errc::malformed, p.text());
  ++counters_.transactions;
  auto info = encoded.info.take();
  if (!slot) {
    ++counters_.slots_unknown;
    emit_transaction({}, info, 0, domain::update_mark::slot_unknown);
    return {};
  }
  auto& held = loose_[*slot];
  if (!held.block_time)
    held.block_time = block_time;
  if (!held.signatures.insert(std::move(encoded.signature)).second) {
    ++counters_.duplicates;
    return {};
  }
  loose_bytes_ += info.size();
  if (loose_bytes_ > limits_.loose_bytes_max)
    return fail(domain::errc::limit_exceeded,
                "more than " + std::to_string(limits_.loose_bytes_max)
                  + " bytes of loose transactions; split the input by slots");
  held.transactions.push_back({std::move(info), index});
  return {};
}

outcome<void> converter::take_block(const json::object& x,
                                    const block_context& context) {
  problem p;
  auto transactions = find_array(x, "transactions", p);
  auto parent = find_u64(x, "parentSlot", p);
  auto block_time = find_i64(x, "blockTime", p);
  if (!p.found() && transactions == nullptr)
    p.add("a block without transactions (transactionDetails must be full)");
  auto slot = context.slot;
  if (!slot && parent) {
    // The slots between the parent and the block, if any, were skipped, so
    // this number is free and keeps the order.
    slot = *parent + 1;
    ++counters_.slots_assumed;
  }
  if (!p.found() && !slot)
    p.add("a block with neither 'slot' nor 'parentSlot'");
  if (slot && !parent)
    parent = *slot == 0 ? 0 : *slot - 1;
  if (p.found())
    return fail(domain::errc::malformed, p.text());
  std::vector<std::vector<uint8_t>> infos;
  for (auto& element : *transactions) {
    auto object = element.if_object();
    if (object == nullptr)
      return fail(domain::errc::malformed,
                  "'transactions' holds something that is no object");
    auto encoded = encode_transaction(*object, p);
    if (p.found())
      return fail(domain::errc::malformed, "transaction "
                                             + std::to_string(infos.size())
                                             + ": " + p.text());
    infos.push_back(encoded.info.take());
  }
  ++counters_.blocks;
  counters_.transactions += infos.size();
  auto mark = context.filtered ? domain::update_mark::index_assumed
                               : std::string_view{};
  counters_.indices_assumed += context.filtered ? infos.size() : 0;
  emit_slot(*slot, *parent, 0);
  for (size_t i = 0; i < infos.size(); ++i)
    emit_transaction(slot, infos[i], i, mark);
  emit_block_meta(*slot, *parent, block_time, infos.size());
  emit_slot(*slot, *parent, 1);
  return {};
}

void converter::finish() {
  for (auto& [slot, held] : loose_)
    emit_loose(slot, held);
  loose_.clear();
  loose_bytes_ = 0;
}

void converter::emit_loose(uint64_t slot, loose_slot& x) {
  auto indices = assign_indices(x.transactions);
  // The answers do not tell the parent; the sealer opens a gap where the slot
  // before is not there.
  auto parent = slot == 0 ? 0 : slot - 1;
  emit_slot(slot, parent, 0);
  for (size_t i = 0; i < x.transactions.size(); ++i) {
    auto& transaction = x.transactions[i];
    auto mark = transaction.index ? std::string_view{}
                                  : domain::update_mark::index_assumed;
    counters_.indices_assumed += transaction.index ? 0 : 1;
    emit_transaction(slot, transaction.info, indices[i], mark);
  }
  emit_block_meta(slot, parent, x.block_time, 0);
  emit_slot(slot, parent, 1);
}

void converter::emit_transaction(std::optional<uint64_t> slot,
                                 std::span<const uint8_t> info, uint64_t index,
                                 std::string_view mark) {
  sink_(transaction_update(slot, info, index, mark));
}

void converter::emit_slot(uint64_t slot, uint64_t parent, uint64_t status) {
  wire_writer body;
  body.varint(1, slot);
  body.varint(2, parent);
  if (status != 0)
    body.varint(3, status);
  wire_writer update;
  update.message(3, body);
  sink_(update.buffer());
}

void converter::emit_block_meta(uint64_t slot, uint64_t parent,
                                std::optional<int64_t> block_time,
                                uint64_t transactions) {
  wire_writer body;
  body.varint(1, slot);
  if (block_time) {
    wire_writer time;
    time.varint(1, static_cast<uint64_t>(*block_time));
    body.message(4, time);
  }
  body.varint(6, parent);
  if (transactions != 0)
    body.varint(8, transactions);
  wire_writer update;
  update.message(7, body);
  sink_(update.buffer());
}

} // namespace pumpscope::rpc_json

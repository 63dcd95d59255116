#include "adapters/webhook/payload.hpp"

#include "adapters/rpc_json/rpc_answer.hpp"
#include "adapters/rpc_json/transaction_encoder.hpp"
#include "adapters/rpc_json/transaction_update.hpp"
#include "domain/base58.hpp"
#include "domain/geyser_walk.hpp"
#include "domain/known_keys.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <limits>
#include <map>
#include <optional>

namespace pumpscope::webhook {

namespace {

namespace json = boost::json;

using rpc_json::find;
using rpc_json::find_array;
using rpc_json::find_i64;
using rpc_json::find_object;
using rpc_json::find_text;
using rpc_json::find_u64;
using rpc_json::problem;

/// Text of a bad entry that is kept with it: its dead letter has room for more.
constexpr size_t kept_text_max = 60'000;

std::optional<uint64_t> slot_of(const json::object& x, problem& p) {
  auto slot = find_u64(x, "slot", p);
  if (!slot || *slot == 0
      || *slot > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    p.add("'slot' is missing, or none");
    return std::nullopt;
  }
  return slot;
}

std::optional<uint32_t> index_of(const json::object& x, problem& p) {
  auto index = find_u64(x, "indexWithinBlock", p);
  if (!index)
    return std::nullopt;
  // The top bit marks what stands in for an index.
  if (*index > std::numeric_limits<uint32_t>::max() / 2) {
    p.add("'indexWithinBlock' is out of range");
    return std::nullopt;
  }
  return static_cast<uint32_t>(*index);
}

/// Builds what RPC JSON would have told of an enhanced transaction.
class enhanced_reader {
public:
  explicit enhanced_reader(problem& p) : problem_(p) {
  }

  json::object read(const json::object& x) {
    auto signature = find_text(x, "signature", problem_);
    auto payer = find_text(x, "feePayer", problem_);
    auto instructions = find_array(x, "instructions", problem_);
    if (!signature || !payer || instructions == nullptr) {
      problem_.add("'signature', 'feePayer' or 'instructions' is missing");
      return {};
    }
    place_of(*payer);
    auto outer = json::array{};
    auto groups = json::array{};
    for (auto& element : *instructions) {
      auto instruction = element.if_object();
      if (instruction == nullptr) {
        problem_.add("an instruction is no object");
        return {};
      }
      add_inner(*instruction, outer.size(), groups);
      outer.push_back(copy(*instruction));
    }
    auto meta = json::object{};
    if (auto error = find(x, "transactionError"))
      meta["err"] = *error;
    if (auto fee = find(x, "fee"))
      meta["fee"] = *fee;
    meta["innerInstructions"] = std::move(groups);
    auto message = json::object{};
    // Who signed beside the payer is not told.
    message["header"] = json::object{{"numRequiredSignatures", 1}};
    message["accountKeys"] = keys_;
    message["instructions"] = std::move(outer);
    auto text = json::string_view{signature->data(), signature->size()};
    return {{"transaction", json::object{{"signatures", json::array{text}},
                                         {"message", std::move(message)}}},
            {"meta", std::move(meta)}};
  }

private:
  uint64_t place_of(std::string_view key) {
    auto [entry, added] = places_.try_emplace(key, places_.size());
    if (added && places_.size() > domain::account_keys_max)
      problem_.add("more than " + std::to_string(domain::account_keys_max)
                   + " accounts");
    else if (added)
      keys_.push_back(json::string_view{key.data(), key.size()});
    return entry->second;
  }

  json::object copy(const json::object& x) {
    auto result = json::object{};
    if (auto program = find_text(x, "programId", problem_))
      result["programIdIndex"] = place_of(*program);
    else
      problem_.add("an instruction has no 'programId'");
    auto places = json::array{};
    if (auto accounts = find_array(x, "accounts", problem_))
      for (auto& account : *accounts) {
        if (!account.is_string()) {
          problem_.add("an account is no string");
          break;
        }
        auto& text = account.get_string();
        places.push_back(place_of({text.data(), text.size()}));
      }
    result["accounts"] = std::move(places);
    if (auto data = find_text(x, "data", problem_))
      result["data"] = json::string_view{data->data(), data->size()};
    return result;
  }

  void add_inner(const json::object& x, size_t index, json::array& groups) {
    auto inner = find_array(x, "innerInstructions", problem_);
    if (inner == nullptr || inner->empty())
      return;
    auto instructions = json::array{};
    for (auto& element : *inner)
      if (auto instruction = element.if_object())
        instructions.push_back(copy(*instruction));
      else
        problem_.add("an inner instruction is no object");
    groups.push_back(json::object{{"index", index},
                                  {"instructions", std::move(instructions)}});
  }

  problem& problem_;
  std::map<std::string_view, uint64_t> places_ = {};
  json::array keys_ = {};
};

/// The signature that a bad entry tells, in either form.
std::optional<domain::signature> signature_of(const json::object& x) {
  problem ignored;
  auto text = find_text(x, "signature", ignored);
  if (auto transaction = find_object(x, "transaction", ignored))
    if (auto all = find_array(*transaction, "signatures", ignored);
        all != nullptr && !all->empty() && all->front().is_string()) {
      auto& first = all->front().get_string();
      text = std::string_view{first.data(), first.size()};
    }
  auto result = text ? domain::parse_signature(*text)
                     : tl::unexpected{domain::errc::invalid_text};
  return result ? std::optional{*result} : std::nullopt;
}

/// Makes a damaged update of a bad entry that has a place on the chain.
void keep(const json::object& x, const update_sink& sink) {
  problem p;
  auto slot = slot_of(x, p);
  auto signature = signature_of(x);
  if (!slot || !signature)
    return;
  auto text = json::serialize(x);
  const domain::pubkey* program = nullptr;
  for (auto key : {&domain::known_keys::pump_program,
                   &domain::known_keys::pump_amm_program})
    if (program == nullptr
        && text.find(domain::to_base58(*key).view()) != std::string::npos)
      program = key;
  if (program == nullptr)
    return;
  auto index = index_of(x, p);
  domain::wire_writer info;
  info.bytes(1, signature->bytes);
  // A transaction that ends inside its first field.
  info.text(3, "\x0A\x7F");
  info.bytes(100, program->bytes);
  info.text(101, std::string_view{text}.substr(0, kept_text_max));
  sink(rpc_json::transaction_update(
    slot, info.buffer(), index.value_or(0),
    index ? std::string_view{} : domain::update_mark::index_unknown));
}

/// Tells the time of a block, and no more of it.
void tell_time(uint64_t slot, int64_t block_time, const update_sink& sink) {
  domain::wire_writer time;
  time.varint(1, static_cast<uint64_t>(block_time));
  domain::wire_writer meta;
  meta.varint(1, slot);
  meta.message(4, time);
  domain::wire_writer update;
  update.message(7, meta);
  sink(update.buffer());
}

/// Passes one entry on; false, with the problem, when it is no transaction.
bool read_entry(const json::object& x, const update_sink& sink, problem& p) {
  auto slot = slot_of(x, p);
  auto raw = x.contains("transaction");
  if (!raw && !x.contains("signature"))
    p.add("neither a raw nor an enhanced transaction");
  auto index = raw ? index_of(x, p) : std::nullopt;
  if (raw && find(x, "meta") == nullptr)
    p.add("'meta' is missing");
  if (p.found())
    return false;
  auto block_time = find_i64(x, raw ? "blockTime" : "timestamp", p);
  auto encoded = raw ? rpc_json::encode_transaction(x, p)
                     : rpc_json::encode_transaction(enhanced_reader{p}.read(x),
                                                    p);
  if (p.found())
    return false;
  if (block_time)
    tell_time(*slot, *block_time, sink);
  sink(rpc_json::transaction_update(
    slot, encoded.info.buffer(), index.value_or(0),
    index ? std::string_view{} : domain::update_mark::index_unknown));
  return true;
}

} // namespace

payload_report read_payload(std::string_view text, const update_sink& sink) {
  auto result = payload_report{};
  auto options = json::parse_options{};
  options.max_depth = payload_depth_max;
  auto memory = json::monotonic_resource{};
  auto error = boost::system::error_code{};
  auto document = json::parse({text.data(), text.size()}, error, &memory,
                              options);
  if (error) {
    result.problem = "not JSON: " + error.message();
    return result;
  }
  auto add = [&](const json::value& x, size_t number) {
    problem p;
    auto object = x.if_object();
    if (object == nullptr)
      p.add("no object");
    else if (read_entry(*object, sink, p)) {
      ++result.accepted;
      return;
    }
    ++result.malformed;
    if (result.problem.empty())
      result.problem = "entry " + std::to_string(number) + ": "
                       + rpc_json::shown_text(p.text());
    if (object != nullptr)
      keep(*object, sink);
  };
  auto array = document.if_array();
  if (array == nullptr) {
    add(document, 0);
    return result;
  }
  if (array->size() > payload_entries_max) {
    result.problem = "more than " + std::to_string(payload_entries_max)
                     + " entries";
    return result;
  }
  for (size_t i = 0; i < array->size(); ++i)
    add((*array)[i], i);
  return result;
}

} // namespace pumpscope::webhook

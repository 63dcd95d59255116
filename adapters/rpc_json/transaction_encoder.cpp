#include "adapters/rpc_json/transaction_encoder.hpp"

#include "adapters/rpc_json/raw_transaction.hpp"
#include "domain/base58.hpp"
#include "domain/base64.hpp"
#include "domain/geyser_walk.hpp"

#include <unordered_map>

namespace pumpscope::rpc_json {

namespace {

namespace json = boost::json;

using domain::wire_writer;

/// Longest base64 text of a transaction: far beyond what the chain allows.
constexpr size_t raw_text_max = 65'536;

/// Places of the keys by their text, for jsonParsed instructions.
using key_places = std::unordered_map<std::string_view, uint32_t>;

std::string_view view_of(const json::string& x) {
  return {x.data(), x.size()};
}

/// Reads a key that must be there.
std::optional<domain::pubkey> to_key(const json::value& x, problem& p) {
  auto text = x.if_string();
  if (text == nullptr) {
    p.add("a key is no string");
    return std::nullopt;
  }
  auto key = domain::parse_pubkey(view_of(*text));
  if (!key) {
    p.add("'" + std::string{view_of(*text).substr(0, 64)} + "' is no key");
    return std::nullopt;
  }
  return *key;
}

/// Writes each element of an array of keys as bytes of a field.
void write_keys(const json::array& keys, uint32_t field, wire_writer& out,
                problem& p) {
  for (auto& x : keys)
    if (auto key = to_key(x, p))
      out.bytes(field, key->bytes);
}

void write_header(uint64_t signers, uint64_t readonly_signers,
                  uint64_t readonly_others, wire_writer& out) {
  wire_writer header;
  header.varint(1, signers);
  header.varint(2, readonly_signers);
  header.varint(3, readonly_others);
  out.message(1, header);
}

/// Keys of a jsonParsed message: objects that tell for each key whether it
/// signed and where it comes from. Loaded ones go to the status part.
class parsed_keys {
public:
  parsed_keys(const json::array& keys, wire_writer& message, wire_writer& meta,
              problem& p) {
    for (auto& x : keys)
      add(x, message, p);
    write_header(signers_, readonly_signers_, readonly_others_, message);
    add_loaded(writable_, 12, meta, p);
    add_loaded(readonly_, 13, meta, p);
  }

  [[nodiscard]] const key_places& places() const {
    return places_;
  }

private:
  static bool is_true(const json::object& x, std::string_view name) {
    auto value = find(x, name);
    return value != nullptr && value->is_bool() && value->get_bool();
  }

  void add(const json::value& x, wire_writer& message, problem& p) {
    auto object = x.if_object();
    auto key = object != nullptr ? find(*object, "pubkey") : &x;
    if (key == nullptr || !key->is_string()) {
      p.add("'accountKeys' holds something that is no key");
      return;
    }
    auto writable = object != nullptr && is_true(*object, "writable");
    auto source = object != nullptr ? find_text(*object, "source", p)
                                    : std::nullopt;
    if (source == "lookupTable") {
      (writable ? writable_ : readonly_).push_back(key);
      return;
    }
    auto signer = object != nullptr && is_true(*object, "signer");
    signers_ += signer ? 1 : 0;
    readonly_signers_ += signer && !writable ? 1 : 0;
    readonly_others_ += !signer && !writable ? 1 : 0;
    write(*key, 2, message, p);
  }

  void add_loaded(const std::vector<const json::value*>& keys, uint32_t field,
                  wire_writer& meta, problem& p) {
    for (auto key : keys)
      write(*key, field, meta, p);
  }

  void write(const json::value& x, uint32_t field, wire_writer& out,
             problem& p) {
    places_.try_emplace(view_of(x.get_string()),
                        static_cast<uint32_t>(places_total_++));
    if (auto key = to_key(x, p))
      out.bytes(field, key->bytes);
  }

  key_places places_ = {};
  size_t places_total_ = 0;
  std::vector<const json::value*> writable_ = {};
  std::vector<const json::value*> readonly_ = {};
  uint64_t signers_ = 0;
  uint64_t readonly_signers_ = 0;
  uint64_t readonly_others_ = 0;
};

/// Returns the place of a key that an instruction names, by number or text.
std::optional<uint32_t> place_of(const json::value& x, const key_places* places,
                                 problem& p) {
  if (auto text = x.if_string(); text != nullptr && places != nullptr) {
    if (auto found = places->find(view_of(*text)); found != places->end())
      return found->second;
    p.add("an instruction names a key that is not in 'accountKeys'");
    return std::nullopt;
  }
  auto number = to_u64(x);
  if (!number || *number >= domain::account_keys_max) {
    p.add("an instruction has a wrong account index");
    return std::nullopt;
  }
  return static_cast<uint32_t>(*number);
}

void write_instruction(const json::value& x, uint32_t field,
                       const key_places* places, wire_writer& out, problem& p) {
  auto object = x.if_object();
  if (object == nullptr) {
    p.add("an instruction is no object");
    return;
  }
  wire_writer instruction;
  auto program = find(*object, "programIdIndex");
  if (program == nullptr)
    program = find(*object, "programId");
  if (program == nullptr) {
    p.add("an instruction has no program");
    return;
  }
  if (auto place = place_of(*program, places, p); place && *place != 0)
    instruction.varint(1, *place);
  if (auto accounts = find_array(*object, "accounts", p)) {
    std::vector<uint8_t> bytes;
    for (auto& account : *accounts)
      if (auto place = place_of(account, places, p))
        bytes.push_back(static_cast<uint8_t>(*place));
    instruction.bytes(2, bytes);
  }
  if (auto text = find_text(*object, "data", p)) {
    if (auto data = domain::decode_base58(*text))
      instruction.bytes(3, *data);
    else
      p.add("the data of an instruction is no base58");
  }
  if (auto height = find_u64(*object, "stackHeight", p))
    instruction.varint(4, *height);
  out.message(field, instruction);
}

void write_inner_instructions(const json::object& meta,
                              const key_places* places, wire_writer& out,
                              problem& p) {
  auto groups = find_array(meta, "innerInstructions", p);
  if (groups == nullptr) {
    out.varint(10, 1);
    return;
  }
  for (auto& x : *groups) {
    auto object = x.if_object();
    auto instructions
      = object != nullptr ? find_array(*object, "instructions", p) : nullptr;
    auto index = object != nullptr ? find_u64(*object, "index", p)
                                   : std::optional<uint64_t>{};
    if (instructions == nullptr || !index) {
      p.add("'innerInstructions' holds something that is no group");
      return;
    }
    wire_writer group;
    group.varint(1, *index);
    for (auto& instruction : *instructions)
      write_instruction(instruction, 2, places, group, p);
    out.message(5, group);
  }
}

void write_logs(const json::object& meta, wire_writer& out, problem& p) {
  auto lines = find_array(meta, "logMessages", p);
  if (lines == nullptr) {
    out.varint(11, 1);
    return;
  }
  for (auto& x : *lines) {
    if (auto text = x.if_string())
      out.text(6, view_of(*text));
    else
      p.add("'logMessages' holds something that is no string");
  }
}

void write_token_balances(const json::object& meta, std::string_view name,
                          uint32_t field, wire_writer& out, problem& p) {
  auto balances = find_array(meta, name, p);
  if (balances == nullptr)
    return;
  for (auto& x : *balances) {
    auto object = x.if_object();
    if (object == nullptr) {
      p.add("'" + std::string{name} + "' holds something that is no balance");
      return;
    }
    wire_writer balance;
    if (auto index = find_u64(*object, "accountIndex", p))
      balance.varint(1, *index);
    if (auto mint = find_text(*object, "mint", p))
      balance.text(2, *mint);
    if (auto amount = find_object(*object, "uiTokenAmount", p)) {
      wire_writer ui;
      if (auto decimals = find_u64(*amount, "decimals", p))
        ui.varint(2, *decimals);
      if (auto units = find_text(*amount, "amount", p))
        ui.text(3, *units);
      balance.message(3, ui);
    }
    if (auto owner = find_text(*object, "owner", p))
      balance.text(4, *owner);
    if (auto program = find_text(*object, "programId", p))
      balance.text(5, *program);
    out.message(field, balance);
  }
}

/// Writes all of the status part but the loaded addresses of jsonParsed, which
/// are in `out` already.
void write_meta(const json::object& meta, const key_places* places,
                wire_writer& out, problem& p) {
  if (find(meta, "err") != nullptr)
    out.message(1, {});
  if (auto fee = find_u64(meta, "fee", p))
    out.varint(2, *fee);
  write_inner_instructions(meta, places, out, p);
  write_logs(meta, out, p);
  write_token_balances(meta, "preTokenBalances", 7, out, p);
  write_token_balances(meta, "postTokenBalances", 8, out, p);
  auto loaded = places == nullptr ? find_object(meta, "loadedAddresses", p)
                                  : nullptr;
  if (loaded != nullptr) {
    if (auto keys = find_array(*loaded, "writable", p))
      write_keys(*keys, 12, out, p);
    if (auto keys = find_array(*loaded, "readonly", p))
      write_keys(*keys, 13, out, p);
  }
  if (auto units = find_u64(meta, "computeUnitsConsumed", p))
    out.varint(16, *units);
}

void write_signatures(const json::object& transaction, encoded_transaction& out,
                      wire_writer& body, problem& p) {
  auto signatures = find_array(transaction, "signatures", p);
  if (signatures == nullptr || signatures->empty()) {
    p.add("a transaction has no signatures");
    return;
  }
  for (auto& x : *signatures) {
    auto text = x.if_string();
    auto signature = text != nullptr
                       ? domain::parse_signature(view_of(*text))
                       : tl::unexpected{domain::errc::invalid_text};
    if (!signature) {
      p.add("a signature is no base58 of 64 bytes");
      return;
    }
    if (out.signature.empty())
      out.signature.assign(signature->bytes.begin(), signature->bytes.end());
    body.bytes(1, signature->bytes);
  }
}

/// A message in the encodings json and jsonParsed.
void write_message(const json::object& message,
                   std::optional<parsed_keys>& parsed, wire_writer& out,
                   wire_writer& meta, problem& p) {
  auto keys = find_array(message, "accountKeys", p);
  auto instructions = find_array(message, "instructions", p);
  if (keys == nullptr || instructions == nullptr) {
    p.add("a message has no 'accountKeys' or no 'instructions'");
    return;
  }
  if (auto header = find_object(message, "header", p)) {
    write_header(
      find_u64(*header, "numRequiredSignatures", p).value_or(0),
      find_u64(*header, "numReadonlySignedAccounts", p).value_or(0),
      find_u64(*header, "numReadonlyUnsignedAccounts", p).value_or(0), out);
    write_keys(*keys, 2, out, p);
  } else {
    parsed.emplace(*keys, out, meta, p);
  }
  if (auto hash = find(message, "recentBlockhash"))
    if (auto key = to_key(*hash, p))
      out.bytes(3, key->bytes);
  for (auto& x : *instructions)
    write_instruction(x, 4, parsed ? &parsed->places() : nullptr, out, p);
}

/// The transaction as text: `[text, encoding]`, or base58 text alone.
void write_encoded(const json::value& x, encoded_transaction& out, problem& p) {
  auto pair = x.if_array();
  auto text = pair != nullptr && !pair->empty() ? (*pair)[0].if_string()
                                                : x.if_string();
  auto encoding = pair != nullptr && pair->size() > 1 ? (*pair)[1].if_string()
                                                      : nullptr;
  if (text == nullptr || text->size() > raw_text_max) {
    p.add("'transaction' is neither an object nor encoded text");
    return;
  }
  auto base64 = encoding != nullptr && *encoding == "base64";
  if (!base64 && encoding != nullptr && *encoding != "base58") {
    p.add("'transaction' has an unknown encoding");
    return;
  }
  auto bytes = base64 ? domain::decode_base64(view_of(*text))
                      : domain::decode_base58(view_of(*text));
  auto raw = bytes ? parse_raw_transaction(*bytes)
                   : tl::unexpected{bytes.error()};
  if (!raw) {
    p.add("'transaction' is no encoded transaction of a known version");
    return;
  }
  out.signature = std::move(raw->signature);
  out.info.message(3, raw->message);
}

} // namespace

encoded_transaction encode_transaction(const json::object& x, problem& p) {
  encoded_transaction result;
  wire_writer meta;
  std::optional<parsed_keys> parsed;
  auto transaction = find(x, "transaction");
  if (transaction == nullptr) {
    p.add("there is no 'transaction'");
    return result;
  }
  if (auto object = transaction->if_object()) {
    wire_writer body;
    write_signatures(*object, result, body, p);
    if (auto message = find_object(*object, "message", p)) {
      wire_writer fields;
      write_message(*message, parsed, fields, meta, p);
      body.message(2, fields);
    } else {
      p.add("a transaction has no 'message'");
    }
    result.info.message(3, body);
  } else {
    write_encoded(*transaction, result, p);
  }
  result.info.bytes(1, result.signature);
  if (auto status = find_object(x, "meta", p)) {
    write_meta(*status, parsed ? &parsed->places() : nullptr, meta, p);
    result.info.message(4, meta);
  }
  return result;
}

} // namespace pumpscope::rpc_json

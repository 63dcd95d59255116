#pragma once

#include "adapters/webhook/payload.hpp"
#include "domain/update_decoder.hpp"
#include "tests/support/shared_data.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Real transactions in the shapes of webhooks.
namespace pumpscope::test {

/// The result of a getTransaction of the shared data, with a slot.
inline boost::json::object shared_transaction(const std::string& name) {
  auto document
    = boost::json::parse(read_file(shared_data() / "tx" / (name + ".json")));
  auto& outer = document.as_object();
  auto result = outer.contains("result") ? outer["result"].as_object() : outer;
  if (!result.contains("slot"))
    result["slot"] = 345'000'000;
  return result;
}

inline std::vector<boost::json::object> shared_transactions() {
  auto result = std::vector<boost::json::object>{};
  for (auto& path : shared_files("tx", ".json"))
    result.push_back(shared_transaction(path.stem().string()));
  return result;
}

/// As a raw webhook tells it.
inline boost::json::object raw_entry(boost::json::object x, uint32_t index) {
  x["indexWithinBlock"] = index;
  return x;
}

/// As an enhanced webhook tells it. Pre: encoding jsonParsed.
inline boost::json::object enhanced_entry(const boost::json::object& x) {
  namespace json = boost::json;
  auto& transaction = x.at("transaction").as_object();
  auto& message = transaction.at("message").as_object();
  auto copy = [](const json::object& from) {
    auto result = json::object{};
    result["programId"] = from.at("programId");
    result["accounts"] = from.contains("accounts") ? from.at("accounts")
                                                   : json::array{};
    result["data"] = from.contains("data") ? from.at("data") : json::string{};
    return result;
  };
  auto instructions = json::array{};
  for (auto& from : message.at("instructions").as_array()) {
    auto instruction = copy(from.as_object());
    instruction["innerInstructions"] = json::array{};
    instructions.push_back(std::move(instruction));
  }
  for (auto& group :
       x.at("meta").as_object().at("innerInstructions").as_array()) {
    auto index = group.at("index").to_number<size_t>();
    for (auto& from : group.at("instructions").as_array())
      instructions[index].as_object()["innerInstructions"].as_array().push_back(
        copy(from.as_object()));
  }
  auto result = json::object{};
  result["description"] = "";
  result["type"] = "SWAP";
  result["source"] = "PUMP_FUN";
  result["signature"] = transaction.at("signatures").as_array().front();
  result["slot"] = x.at("slot");
  result["feePayer"]
    = message.at("accountKeys").as_array().front().as_object().at("pubkey");
  result["transactionError"] = x.at("meta").as_object().at("err");
  result["instructions"] = std::move(instructions);
  return result;
}

/// What a payload comes to.
struct read_outcome {
  webhook::payload_report report = {};
  std::vector<domain::parsed_transaction> transactions = {};
};

inline read_outcome read(std::string_view text) {
  auto result = read_outcome{};
  auto decoder = domain::update_decoder{};
  result.report = webhook::read_payload(text, [&](auto update) {
    auto parsed = decoder.decode(update);
    if (auto x = std::get_if<domain::parsed_transaction>(&parsed))
      result.transactions.push_back(std::move(*x));
  });
  return result;
}

inline std::string text_of(boost::json::array entries) {
  return boost::json::serialize(entries);
}

} // namespace pumpscope::test

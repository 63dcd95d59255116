#include "adapters/simulator/block_json.hpp"

#include "adapters/simulator/random.hpp"
#include "adapters/simulator/wire_writer.hpp"
#include "domain/base58.hpp"
#include "domain/base64.hpp"

#include <array>
#include <geyser.pb.h>
#include <span>
#include <string_view>
#include <vector>

namespace pumpscope::simulator {

namespace {

namespace storage = solana::storage::ConfirmedBlock;

/// Solana's own binary form of a transaction.
class binary_transaction {
public:
  explicit binary_transaction(const storage::Transaction& x) {
    count(x.signatures_size());
    for (auto& signature : x.signatures())
      raw(signature);
    const auto& message = x.message();
    if (message.versioned())
      bytes_.push_back(0x80);
    const auto& header = message.header();
    byte(header.num_required_signatures());
    byte(header.num_readonly_signed_accounts());
    byte(header.num_readonly_unsigned_accounts());
    count(message.account_keys_size());
    for (auto& key : message.account_keys())
      raw(key);
    raw(message.recent_blockhash());
    count(message.instructions_size());
    for (auto& instruction : message.instructions()) {
      byte(instruction.program_id_index());
      list(instruction.accounts());
      list(instruction.data());
    }
    if (!message.versioned())
      return;
    count(message.address_table_lookups_size());
    for (auto& lookup : message.address_table_lookups()) {
      raw(lookup.account_key());
      list(lookup.writable_indexes());
      list(lookup.readonly_indexes());
    }
  }

  [[nodiscard]] std::string base64() const {
    return domain::encode_base64(bytes_);
  }

private:
  void byte(uint32_t x) {
    bytes_.push_back(static_cast<uint8_t>(x));
  }

  void raw(std::string_view x) {
    bytes_.insert(bytes_.end(), x.begin(), x.end());
  }

  /// A length of one to three bytes, seven bits each.
  template <class Size>
  void count(Size size) {
    auto x = static_cast<uint32_t>(size);
    for (; x >= 0x80; x >>= 7)
      byte((x & 0x7F) | 0x80);
    byte(x);
  }

  void list(std::string_view x) {
    count(x.size());
    raw(x);
  }

  std::vector<uint8_t> bytes_ = {};
};

std::span<const uint8_t> bytes_of(std::string_view x) {
  return {reinterpret_cast<const uint8_t*>(x.data()), x.size()};
}

std::string quoted(std::string_view x) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{"\""};
  for (auto c : x) {
    auto code = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\')
      result += '\\';
    if (code >= 0x20) {
      result += c;
      continue;
    }
    result += "\\u00";
    result += digits[code >> 4];
    result += digits[code & 15];
  }
  return result + '"';
}

/// Writes the elements of a list as `f` tells them.
template <class List, class F>
std::string list_of(const List& xs, F f) {
  auto result = std::string{"["};
  for (const auto& x : xs) {
    if (result.size() > 1)
      result += ',';
    result += f(x);
  }
  return result + ']';
}

std::string instruction_json(const storage::InnerInstruction& x) {
  auto index = [](char c) { return std::to_string(static_cast<uint8_t>(c)); };
  return R"({"programIdIndex":)" + std::to_string(x.program_id_index())
         + R"(,"accounts":)" + list_of(x.accounts(), index) + R"(,"data":")"
         + domain::encode_base58(bytes_of(x.data())) + R"(","stackHeight":)"
         + std::to_string(x.stack_height()) + "}";
}

std::string inner_json(const storage::InnerInstructions& x) {
  return R"({"index":)" + std::to_string(x.index()) + R"(,"instructions":)"
         + list_of(x.instructions(), instruction_json) + "}";
}

std::string balance_json(const storage::TokenBalance& x) {
  const auto& amount = x.ui_token_amount();
  return R"({"accountIndex":)" + std::to_string(x.account_index())
         + R"(,"mint":)" + quoted(x.mint())
         + R"(,"uiTokenAmount":{"uiAmount":null,"decimals":)"
         + std::to_string(amount.decimals()) + R"(,"amount":)"
         + quoted(amount.amount()) + R"(,"uiAmountString":)"
         + quoted(amount.ui_amount_string()) + R"(},"owner":)"
         + quoted(x.owner()) + R"(,"programId":)" + quoted(x.program_id())
         + "}";
}

std::string meta_json(const storage::TransactionStatusMeta& x) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  auto key = [](const std::string& value) {
    return quoted(domain::encode_base58(bytes_of(value)));
  };
  // The market knows one error.
  constexpr auto error = R"({"InstructionError":[3,{"Custom":6002}]})";
  auto failed = std::string{x.has_err() ? error : "null"};
  return R"({"err":)" + failed + R"(,"status":)"
         + (x.has_err() ? R"({"Err":)" + failed + "}"
                        : std::string{R"({"Ok":null})"})
         + R"(,"fee":)" + number(x.fee()) + R"(,"preBalances":)"
         + list_of(x.pre_balances(), number) + R"(,"postBalances":)"
         + list_of(x.post_balances(), number) + R"(,"innerInstructions":)"
         + (x.inner_instructions_none()
              ? std::string{"null"}
              : list_of(x.inner_instructions(), inner_json))
         + R"(,"logMessages":)" + list_of(x.log_messages(), quoted)
         + R"(,"preTokenBalances":)"
         + list_of(x.pre_token_balances(), balance_json)
         + R"(,"postTokenBalances":)"
         + list_of(x.post_token_balances(), balance_json)
         + R"(,"rewards":null,"loadedAddresses":{"writable":)"
         + list_of(x.loaded_writable_addresses(), key) + R"(,"readonly":)"
         + list_of(x.loaded_readonly_addresses(), key)
         + R"(},"computeUnitsConsumed":)" + number(x.compute_units_consumed())
         + "}";
}

std::string transaction_json(const storage::Transaction& transaction,
                             const storage::TransactionStatusMeta& meta) {
  return R"({"transaction":[")" + binary_transaction{transaction}.base64()
         + R"(","base64"],"meta":)" + meta_json(meta)
         + (transaction.message().versioned() ? R"(,"version":0})"
                                              : R"(,"version":"legacy"})");
}

/// A transaction that is not of our market: one signer, no instructions.
const std::string& foreign_transaction() {
  static const auto instance = [] {
    auto transaction = storage::Transaction{};
    transaction.add_signatures(std::string(64, '\x01'));
    auto& message = *transaction.mutable_message();
    message.mutable_header()->set_num_required_signatures(1);
    message.add_account_keys(std::string(32, '\x01'));
    message.set_recent_blockhash(std::string(32, '\x02'));
    auto meta = storage::TransactionStatusMeta{};
    meta.set_fee(5'000);
    return transaction_json(transaction, meta);
  }();
  return instance;
}

std::string transactions_json(const slot_plan& block,
                              transaction_encoder& encoder) {
  auto result = std::string{};
  auto next = uint32_t{0};
  auto out = wire_writer{};
  auto update = geyser::SubscribeUpdate{};
  for (const auto& x : block.transactions) {
    for (; next < x.index; ++next)
      result += foreign_transaction() + ',';
    out.clear();
    encoder.encode(out, block, x, 0);
    update.ParseFromArray(out.view().data(), static_cast<int>(out.size()));
    const auto& info = update.transaction().transaction();
    result += transaction_json(info.transaction(), info.meta()) + ',';
    ++next;
  }
  if (!result.empty())
    result.pop_back();
  return result;
}

} // namespace

std::string block_json(const slot_plan& block, uint64_t seed,
                       transaction_encoder& encoder) {
  auto hash = [&](uint64_t height) {
    auto key = derived_key(seed, key_kind::block, height, 0);
    return std::string{domain::to_base58(key).view()};
  };
  return R"({"blockHeight":)" + std::to_string(block.height)
         + R"(,"blockTime":)" + std::to_string(block.block_time)
         + R"(,"blockhash":")" + hash(block.height) + R"(","parentSlot":)"
         + std::to_string(block.parent) + R"(,"previousBlockhash":")"
         + hash(block.height - 1) + R"(","transactions":[)"
         + transactions_json(block, encoder) + "]}";
}

} // namespace pumpscope::simulator

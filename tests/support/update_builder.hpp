#pragma once

#include "domain/base58.hpp"
#include "domain/base64.hpp"
#include "domain/borsh.hpp"
#include "domain/geyser_walk.hpp"
#include "domain/idl.hpp"
#include "domain/known_keys.hpp"
#include "domain/transaction_decoder.hpp"
#include "domain/wire_writer.hpp"

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Makes updates by hand: transactions with instructions, logs and events.
namespace pumpscope::test {

using bytes = std::vector<uint8_t>;

/// A key with the same byte everywhere: no real one.
inline domain::pubkey key_of(uint8_t fill) {
  domain::pubkey result;
  result.bytes.fill(fill);
  return result;
}

/// Writes borsh fields one after the other.
class borsh_writer {
public:
  template <class T>
  borsh_writer& add(T x) {
    auto at = out_.size();
    out_.resize(at + sizeof(T));
    std::memcpy(out_.data() + at, &x, sizeof(T));
    return *this;
  }

  borsh_writer& key(const domain::pubkey& x) {
    out_.insert(out_.end(), x.bytes.begin(), x.bytes.end());
    return *this;
  }

  borsh_writer& text(std::string_view x) {
    add(static_cast<uint32_t>(x.size()));
    out_.insert(out_.end(), x.begin(), x.end());
    return *this;
  }

  [[nodiscard]] const bytes& take() const {
    return out_;
  }

private:
  bytes out_ = {};
};

/// Values for the fields of an event by their IDL name; others get 0, the
/// default key, false or the empty text.
struct event_values {
  std::map<std::string_view, uint64_t> integers = {};
  std::map<std::string_view, domain::pubkey> keys = {};
  std::map<std::string_view, std::string> texts = {};
};

/// Encodes the first `fields` fields of an event behind its discriminator.
/// `ends`, when not null, gets the offset behind the discriminator and behind
/// each field.
inline bytes encode_event(domain::program owner, std::string_view name,
                          const event_values& values, size_t fields = 999,
                          std::vector<size_t>* ends = nullptr) {
  using domain::idl::type;
  auto& kind = *domain::idl::find_event(owner, name);
  borsh_writer out;
  out.add(kind.discriminator);
  auto note = [&] {
    if (ends != nullptr)
      ends->push_back(out.take().size());
  };
  note();
  for (auto& x : kind.fields.first(std::min(fields, kind.fields.size()))) {
    auto integer = values.integers.find(x.name);
    auto number = integer == values.integers.end() ? 0 : integer->second;
    auto count = x.shape == domain::idl::shape::array ? size_t{x.count} : 1;
    if (x.shape == domain::idl::shape::vector) {
      // One element of a structure of a key and a share.
      out.add(uint32_t{1}).key(key_of(0x77)).add(uint16_t{10'000});
      note();
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      switch (x.type) {
        case type::boolean:
        case type::u8:
          out.add(static_cast<uint8_t>(number));
          break;
        case type::u16:
          out.add(static_cast<uint16_t>(number));
          break;
        case type::u32:
          out.add(static_cast<uint32_t>(number));
          break;
        case type::u64:
        case type::i64:
          out.add(number);
          break;
        case type::u128:
        case type::i128:
          out.add(static_cast<domain::i128>(static_cast<int64_t>(number)));
          break;
        case type::pubkey: {
          auto found = values.keys.find(x.name);
          out.key(found == values.keys.end() ? domain::pubkey{}
                                             : found->second);
          break;
        }
        case type::text: {
          auto found = values.texts.find(x.name);
          out.text(found == values.texts.end() ? "" : found->second);
          break;
        }
        case type::structure:
          break;
      }
    }
    note();
  }
  return out.take();
}

/// An instruction by the indices of its program and accounts.
struct instruction {
  uint32_t program = 0;
  bytes accounts = {};
  bytes data = {};
  std::optional<uint32_t> stack_height = {};
};

/// The data of a self-CPI event instruction.
inline bytes event_data(const bytes& payload) {
  bytes result{std::begin(domain::event_wrapper),
               std::end(domain::event_wrapper)};
  result.insert(result.end(), payload.begin(), payload.end());
  return result;
}

/// "Program data: ..."
inline std::string data_line(const bytes& payload) {
  return "Program data: " + domain::encode_base64(payload);
}

inline std::string invoke_line(const domain::pubkey& program, int height) {
  return "Program " + to_string(program) + " invoke [" + std::to_string(height)
         + "]";
}

inline std::string success_line(const domain::pubkey& program) {
  return "Program " + to_string(program) + " success";
}

/// A transaction under construction; `build` gives the update's bytes.
struct transaction_builder {
  uint64_t slot = 1000;
  uint64_t index = 7;
  bytes signature = bytes(64, 0x51);
  uint32_t signers = 1;
  uint64_t fee = 5'000;
  bool failed = false;
  bool with_meta = true;
  bool inner_none = false;
  bool logs_none = false;
  std::string mark = {};
  std::vector<domain::pubkey> keys = {};
  std::vector<domain::pubkey> loaded_writable = {};
  std::vector<domain::pubkey> loaded_readonly = {};
  std::vector<instruction> outer = {};
  /// Outer index and its inner instructions, in this order.
  std::vector<std::pair<uint32_t, std::vector<instruction>>> inner = {};
  std::vector<std::string> logs = {};
  /// Mint and decimals of each token balance.
  std::vector<std::pair<domain::pubkey, uint32_t>> balances = {};

  /// Returns the index of a key of the message, adding it when it is new.
  uint8_t key(const domain::pubkey& x) {
    for (size_t i = 0; i < keys.size(); ++i)
      if (keys[i] == x)
        return static_cast<uint8_t>(i);
    keys.push_back(x);
    return static_cast<uint8_t>(keys.size() - 1);
  }

  [[nodiscard]] static domain::wire_writer encode(const instruction& x) {
    domain::wire_writer out;
    out.varint(1, x.program);
    out.bytes(2, x.accounts);
    out.bytes(3, x.data);
    if (x.stack_height)
      out.varint(4, *x.stack_height);
    return out;
  }

  [[nodiscard]] domain::wire_writer message() const {
    domain::wire_writer header;
    header.varint(1, signers);
    domain::wire_writer out;
    out.message(1, header);
    for (auto& x : keys)
      out.bytes(2, x.bytes);
    for (auto& x : outer)
      out.message(4, encode(x));
    return out;
  }

  [[nodiscard]] domain::wire_writer meta() const {
    domain::wire_writer out;
    if (failed)
      out.message(1, {});
    out.varint(2, fee);
    for (auto& [outer_index, instructions] : inner) {
      domain::wire_writer group;
      group.varint(1, outer_index);
      for (auto& x : instructions)
        group.message(2, encode(x));
      out.message(5, group);
    }
    for (auto& x : logs)
      out.text(6, x);
    for (auto& [mint, decimals] : balances) {
      domain::wire_writer amount;
      amount.varint(2, decimals);
      domain::wire_writer balance;
      balance.text(2, to_string(mint));
      balance.message(3, amount);
      out.message(8, balance);
    }
    if (inner_none)
      out.varint(10, 1);
    if (logs_none)
      out.varint(11, 1);
    for (auto& x : loaded_writable)
      out.bytes(12, x.bytes);
    for (auto& x : loaded_readonly)
      out.bytes(13, x.bytes);
    return out;
  }

  [[nodiscard]] bytes build() const {
    domain::wire_writer transaction;
    transaction.message(2, message());
    domain::wire_writer info;
    info.bytes(1, signature);
    info.message(3, transaction);
    if (with_meta)
      info.message(4, meta());
    info.varint(5, index);
    domain::wire_writer body;
    body.message(1, info);
    body.varint(2, slot);
    domain::wire_writer update;
    if (!mark.empty())
      update.text(1, mark);
    update.message(4, body);
    return update.take();
  }

  /// Adds a call of a program (an outer instruction with accounts) that emits
  /// one event, and returns its outer index.
  uint32_t add_call(const domain::pubkey& program, const bytes& accounts,
                    const bytes& payload) {
    auto at = static_cast<uint32_t>(outer.size());
    auto place = key(program);
    outer.push_back({place, accounts, {1}, {}});
    inner.push_back({at, {{place, {}, event_data(payload), 2}}});
    return at;
  }
};

/// Accounts of an AMM instruction: the pool at 0, the mints at 3 and 4.
inline bytes pool_accounts(transaction_builder& tx, const domain::pubkey& pool,
                           const domain::pubkey& base,
                           const domain::pubkey& quote) {
  return {tx.key(pool), 0, 0, tx.key(base), tx.key(quote)};
}

} // namespace pumpscope::test

#include "adapters/simulator/transaction_encoder.hpp"

#include "adapters/simulator/known_programs.hpp"
#include "adapters/simulator/random.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string>

namespace pumpscope::simulator {

namespace {

namespace keys = domain::known_keys;

constexpr auto token_name = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
constexpr auto compute_budget_name
  = "ComputeBudget111111111111111111111111111111";

std::string_view text_of(const domain::pubkey& x) {
  return {reinterpret_cast<const char*>(x.bytes.data()), x.bytes.size()};
}

/// Compares a word first: nearly all keys differ there.
bool same(const domain::pubkey& x, const domain::pubkey& y) {
  uint64_t a = 0;
  uint64_t b = 0;
  std::memcpy(&a, x.bytes.data(), 8);
  std::memcpy(&b, y.bytes.data(), 8);
  return a == b && x == y;
}

/// The rent of a token account (2,039,280 lamports) as varints: most balances
/// of a transaction.
const std::string& rents() {
  static const auto instance = [] {
    auto out = wire_writer{};
    for (auto i = 0; i < 256; ++i)
      out.varint(2'039'280);
    return std::string{out.view()};
  }();
  return instance;
}

} // namespace

transaction_encoder::transaction_encoder(uint64_t seed, bool inner_instructions)
  : seed_(seed), inner_instructions_(inner_instructions) {
}

transaction_encoder::account transaction_encoder::add(const domain::pubkey& key,
                                                      account_class where) {
  // A key stands once in a message, with the strongest right it needs.
  auto size = static_cast<size_t>(where);
  for (size_t i = 0; i <= size; ++i)
    for (size_t j = 0; j < keys_[i].size(); ++j)
      if (same(keys_[i][j], key))
        return static_cast<account>(i << 8 | j);
  keys_[size].push_back(key);
  return static_cast<account>(size << 8 | (keys_[size].size() - 1));
}

transaction_encoder::account
transaction_encoder::program(const domain::pubkey& key) {
  return add(key, account_class::readonly);
}

transaction_encoder::account
transaction_encoder::readonly(const domain::pubkey& key) {
  return add(key, address_tables_ ? account_class::loaded_readonly
                                  : account_class::readonly);
}

transaction_encoder::account
transaction_encoder::writable(const domain::pubkey& key) {
  return add(key, address_tables_ && keys_[1].size() >= 5
                    ? account_class::loaded_writable
                    : account_class::writable);
}

uint8_t transaction_encoder::index_of(account x) const {
  return static_cast<uint8_t>(base_[x >> 8] + (x & 0xFF));
}

void transaction_encoder::open(account program, uint8_t stack_height,
                               std::initializer_list<account> accounts) {
  auto x = instruction{};
  x.program = program;
  x.accounts_begin = static_cast<uint32_t>(accounts_.size());
  x.accounts_count = static_cast<uint32_t>(accounts.size());
  x.data_begin = static_cast<uint32_t>(data_.size());
  x.stack_height = stack_height;
  x.inner = stack_height > 1;
  accounts_.insert(accounts_.end(), accounts);
  instructions_.push_back(x);
}

void transaction_encoder::close() {
  auto& x = instructions_.back();
  x.data_size = static_cast<uint32_t>(data_.size()) - x.data_begin;
}

void transaction_encoder::simple(account program, uint8_t stack_height,
                                 std::initializer_list<account> accounts,
                                 std::string_view data) {
  open(program, stack_height, accounts);
  data_.raw(data);
  close();
}

void transaction_encoder::encode(wire_writer& out, const slot_plan& plan,
                                 const model_transaction& tx,
                                 int64_t created_at_nanos) {
  for (auto& list : keys_)
    list.clear();
  accounts_.clear();
  instructions_.clear();
  balances_.clear();
  data_.clear();
  logs_.clear();
  address_tables_ = tx.address_tables;
  add(tx.fee_payer, account_class::signer);
  write_prelude(tx);
  for (uint32_t i = 0; i < tx.count; ++i)
    write_instruction(plan.instructions[tx.first + i], tx);
  if (tx.failed)
    logs_.text("AnchorError occurred. Error Code: TooMuchSolPaidRequired.");
  for (size_t i = 1; i < classes; ++i)
    base_[i] = base_[i - 1] + keys_[i - 1].size();
  assert(base_[classes - 1] + keys_[classes - 1].size() < 256);

  auto update = out.begin(4, 2);
  auto info = out.begin(1, 2);
  uint8_t signature[64];
  derive(seed_, static_cast<uint64_t>(key_kind::signature), tx.nonce, 0,
         signature, 8);
  out.bytes(1, signature, sizeof(signature));
  write_message(out, tx, plan);
  write_meta(out, tx);
  if (tx.index != 0)
    out.number(5, tx.index);
  out.end(info);
  out.number(2, plan.slot);
  out.end(update);
  auto created = out.begin(11, 1);
  out.number(1, static_cast<uint64_t>(created_at_nanos / 1'000'000'000));
  out.number(2, static_cast<uint64_t>(created_at_nanos % 1'000'000'000));
  out.end(created);
}

void transaction_encoder::write_message(wire_writer& out,
                                        const model_transaction& tx,
                                        const slot_plan& plan) {
  auto transaction = out.begin(3, 2);
  for (size_t i = 0; i < keys_[0].size(); ++i) {
    uint8_t signature[64];
    derive(seed_, static_cast<uint64_t>(key_kind::signature), tx.nonce, i,
           signature, 8);
    out.bytes(1, signature, sizeof(signature));
  }
  auto message = out.begin(2, 2);
  auto header = out.begin(1, 1);
  out.number(1, keys_[0].size());
  if (!keys_[2].empty())
    out.number(3, keys_[2].size());
  out.end(header);
  for (size_t i = 0; i < 3; ++i)
    for (const auto& key : keys_[i])
      out.bytes(2, text_of(key));
  out.bytes(3, text_of(derived_key(seed_, key_kind::block, plan.height)));
  for (const auto& x : instructions_) {
    if (x.inner)
      continue;
    auto mark = out.begin(4, 1);
    write_instruction_fields(out, x);
    out.end(mark);
  }
  out.number(5, 1);
  if (!keys_[3].empty() || !keys_[4].empty()) {
    auto table = out.begin(6, 1);
    out.bytes(1, text_of(derived_key(0, key_kind::program_account, 40)));
    // Places in the table; any distinct ones do.
    char places[256];
    for (size_t i = 0; i < sizeof(places); ++i)
      places[i] = static_cast<char>(i);
    out.bytes(2, places, keys_[3].size());
    out.bytes(3, places + keys_[3].size(), keys_[4].size());
    out.end(table);
  }
  out.end(message);
  out.end(transaction);
}

void transaction_encoder::write_instruction_fields(wire_writer& out,
                                                   const instruction& x) {
  if (auto index = index_of(x.program); index != 0)
    out.number(1, index);
  if (x.accounts_count != 0) {
    out.varint(2 << 3 | 2);
    out.varint(x.accounts_count);
    auto* to = out.reserve(x.accounts_count);
    for (uint32_t i = 0; i < x.accounts_count; ++i)
      to[i] = static_cast<char>(index_of(accounts_[x.accounts_begin + i]));
    out.advance(x.accounts_count);
  }
  out.bytes(3, data_.data() + x.data_begin, x.data_size);
}

void transaction_encoder::write_inner_instructions(wire_writer& out) {
  auto outer = uint32_t{0};
  for (size_t i = 0; i < instructions_.size(); ++outer) {
    // Each outer instruction is followed by its inner ones.
    auto j = i + 1;
    while (j < instructions_.size() && instructions_[j].inner)
      ++j;
    if (j > i + 1) {
      auto list = out.begin(5, 2);
      if (outer != 0)
        out.number(1, outer);
      for (auto k = i + 1; k < j; ++k) {
        auto mark = out.begin(2, instructions_[k].data_size > 100 ? 2 : 1);
        write_instruction_fields(out, instructions_[k]);
        out.number(4, instructions_[k].stack_height);
        out.end(mark);
      }
      out.end(list);
    }
    i = j;
  }
}

void transaction_encoder::write_token_balance(wire_writer& out, uint32_t field,
                                              const token_balance& x,
                                              uint64_t amount) {
  auto balance = out.begin(field, 2);
  out.number(1, index_of(x.where));
  out.bytes(2, x.mint.view());
  char digits[24];
  auto end = std::to_chars(digits, digits + 20, amount).ptr;
  auto text = std::string_view{digits, static_cast<size_t>(end - digits)};
  auto ui = out.begin(3, 1);
  auto scale = x.decimals == 9 ? 1e9 : 1e6;
  auto value = static_cast<double>(amount) / scale;
  uint64_t bits = 0;
  std::memcpy(&bits, &value, 8);
  if (bits != 0)
    out.fixed64(1, bits);
  out.number(2, x.decimals);
  out.bytes(3, text);
  // The decimal point by hand: exact, and cheaper than printing the double.
  char shown[32];
  auto whole = amount / (x.decimals == 9 ? 1'000'000'000U : 1'000'000U);
  auto part = amount % (x.decimals == 9 ? 1'000'000'000U : 1'000'000U);
  auto* to = std::to_chars(shown, shown + 20, whole).ptr;
  if (part != 0) {
    *to++ = '.';
    auto* last = to + x.decimals;
    for (auto* p = last; p != to; part /= 10)
      *--p = static_cast<char>('0' + part % 10);
    while (last[-1] == '0')
      --last;
    to = last;
  }
  out.bytes(4, shown, static_cast<size_t>(to - shown));
  out.end(ui);
  out.bytes(4, x.owner.view());
  out.bytes(5, token_name);
  out.end(balance);
}

void transaction_encoder::write_meta(wire_writer& out,
                                     const model_transaction& tx) {
  auto meta = out.begin(4, 2);
  if (tx.failed) {
    // InstructionError(3, Custom(6002)) in bincode.
    constexpr char error[] = {8, 0, 0, 0, 3, 25, 0, 0, 0, '\x72', '\x17', 0, 0};
    auto err = out.begin(1, 1);
    out.bytes(1, error, sizeof(error));
    out.end(err);
  }
  out.number(2, tx.fee);
  auto accounts = base_[classes - 1] + keys_[classes - 1].size();
  for (auto field : {3U, 4U}) {
    auto list = out.begin(field, 1);
    // The payer has a real change, the others their rent.
    auto payer = uint64_t{1'000'000'000} + mix(tx.nonce) % 9'000'000'000;
    out.varint(field == 3 ? payer : payer - tx.fee);
    out.raw(rents().data(), rents().size() / 256 * (accounts - 1));
    out.end(list);
  }
  if (inner_instructions_)
    write_inner_instructions(out);
  else
    out.number(10, 1);
  out.raw(logs_.view());
  for (const auto& x : balances_)
    write_token_balance(out, 7, x, x.before);
  for (const auto& x : balances_)
    write_token_balance(out, 8, x, x.after);
  for (const auto& key : keys_[3])
    out.bytes(12, text_of(key));
  for (const auto& key : keys_[4])
    out.bytes(13, text_of(key));
  out.number(15, 1);
  out.number(16, 90'000 + mix(tx.nonce) % 60'000);
  out.number(17, 95'000 + mix(tx.nonce) % 60'000);
  out.end(meta);
}

void transaction_encoder::write_prelude(const model_transaction& tx) {
  // Every wallet sets its limit and its price first.
  auto budget = program(known_programs::get().compute_budget);
  open(budget, 1, {});
  data_.byte(2);
  data_.little(uint32_t{200'000});
  close();
  open(budget, 1, {});
  data_.byte(3);
  data_.little(tx.fee * 5);
  close();
  for (auto i = 0; i < 2; ++i) {
    logs_.invoke(compute_budget_name, 1);
    logs_.native_success(compute_budget_name);
  }
}

} // namespace pumpscope::simulator

// The wire walk against protobuf's own objects: whatever protobuf takes, the
// walk must take (within its bounds) and read the same.

#include "domain/update_decoder.hpp"
#include "domain/update_peek.hpp"
#include "geyser.pb.h"
#include "tests/fuzz/require.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <memory>

namespace {

using namespace pumpscope;
using domain::byte_view;
using fuzz::require;

bool same(byte_view x, const std::string& y) {
  return std::equal(
    x.begin(), x.end(), y.begin(), y.end(),
    [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
}

template <class Keys>
bool have_key_length(const Keys& keys) {
  return std::all_of(keys.begin(), keys.end(),
                     [](const std::string& x) { return x.size() == 32; });
}

/// What the walk refuses although protobuf has no objection.
bool is_well_formed(const geyser::SubscribeUpdateTransaction& x) {
  auto& info = x.transaction();
  return info.signature().size() == 64
         && have_key_length(info.transaction().message().account_keys())
         && have_key_length(info.meta().loaded_writable_addresses())
         && have_key_length(info.meta().loaded_readonly_addresses());
}

template <class Instruction>
void compare_instruction(const domain::instruction_view& x,
                         const Instruction& y) {
  require(x.program_index == y.program_id_index(), "program index");
  require(same(x.accounts, y.accounts()), "accounts");
  require(same(x.data, y.data()), "data");
}

template <class Keys>
void compare_keys(
  const domain::bounded_list<const uint8_t*, domain::account_keys_max>& x,
  const Keys& y) {
  require(x.size() == static_cast<size_t>(y.size()), "number of keys");
  for (size_t i = 0; i < x.size(); ++i)
    require(same({x[i], 32}, y[static_cast<int>(i)]), "key");
}

void compare_meta(
  const domain::transaction_view& x,
  const solana::storage::ConfirmedBlock::TransactionStatusMeta& y) {
  require(x.failed == y.has_err(), "err");
  require(x.fee == y.fee(), "fee");
  require(x.inner_instructions_none == y.inner_instructions_none(), "none");
  require(x.log_messages_none == y.log_messages_none(), "no logs");
  compare_keys(x.loaded_writable, y.loaded_writable_addresses());
  compare_keys(x.loaded_readonly, y.loaded_readonly_addresses());
  size_t at = 0;
  for (auto& group : y.inner_instructions()) {
    uint32_t inner_index = 0;
    for (auto& instruction : group.instructions()) {
      require(at < x.inner.size(), "number of inner instructions");
      auto& mine = x.inner[at++];
      compare_instruction(mine, instruction);
      require(mine.outer_index == group.index(), "outer index");
      require(mine.inner_index == inner_index++, "inner index");
      require(mine.stack_height == instruction.stack_height(), "stack height");
    }
  }
  require(at == x.inner.size(), "number of inner instructions");
  auto balances = static_cast<size_t>(y.pre_token_balances_size()
                                      + y.post_token_balances_size());
  require(x.token_balances.size() == balances, "number of token balances");
  auto lines = std::make_unique<domain::log_lines>();
  if (!collect_logs(x, *lines))
    return;
  require(lines->size() == static_cast<size_t>(y.log_messages_size()),
          "number of log lines");
  for (size_t i = 0; i < lines->size(); ++i)
    require((*lines)[i] == y.log_messages(static_cast<int>(i)), "log line");
}

void compare_transaction(const domain::transaction_view& x,
                         const geyser::SubscribeUpdateTransaction& y) {
  auto& info = y.transaction();
  auto& message = info.transaction().message();
  require(x.slot == y.slot(), "slot");
  require(x.index == info.index(), "index");
  require(x.is_vote == info.is_vote(), "is_vote");
  require(same(x.signature, info.signature()), "signature");
  require(x.signers == message.header().num_required_signatures(), "signers");
  require(x.has_meta == info.has_meta(), "meta");
  compare_keys(x.message_keys, message.account_keys());
  require(x.outer.size() == static_cast<size_t>(message.instructions_size()),
          "number of outer instructions");
  for (size_t i = 0; i < x.outer.size(); ++i)
    compare_instruction(x.outer[i], message.instructions(static_cast<int>(i)));
  compare_meta(x, info.meta());
}

void compare_block_meta(const domain::block_meta& x,
                        const geyser::SubscribeUpdateBlockMeta& y) {
  require(x.slot == y.slot(), "slot of block meta");
  require(x.parent_slot == y.parent_slot(), "parent of block meta");
  require(x.executed_transaction_count == y.executed_transaction_count(),
          "transactions of block meta");
  require(x.block_time.has_value() == y.has_block_time(), "has block time");
  require(x.block_time.value_or(0) == y.block_time().timestamp(), "block time");
}

void compare(const domain::update_view& x, const geyser::SubscribeUpdate& y) {
  switch (y.update_oneof_case()) {
    case geyser::SubscribeUpdate::kTransaction:
      require(x.kind == domain::update_kind::transaction, "transaction");
      compare_transaction(x.transaction, y.transaction());
      break;
    case geyser::SubscribeUpdate::kSlot:
      require(x.kind == domain::update_kind::slot, "slot");
      require(x.slot.slot == y.slot().slot(), "slot of slot");
      require(x.slot.parent.has_value() == y.slot().has_parent(), "parent");
      require(x.slot.parent.value_or(0) == y.slot().parent(), "parent");
      if (y.slot().status() >= 0 && y.slot().status() <= 6)
        require(static_cast<int>(x.slot.status) == y.slot().status(), "status");
      break;
    case geyser::SubscribeUpdate::kBlockMeta:
      require(x.kind == domain::update_kind::block_meta, "block meta");
      compare_block_meta(x.block_meta, y.block_meta());
      break;
    case geyser::SubscribeUpdate::kPing:
      require(x.kind == domain::update_kind::ping, "ping");
      break;
    case geyser::SubscribeUpdate::kPong:
      require(x.kind == domain::update_kind::pong, "pong");
      require(x.pong_id == y.pong().id(), "id of pong");
      break;
    default:
      require(x.kind == domain::update_kind::other, "other");
      break;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static google::protobuf::LogSilencer silence;
  static auto view = std::make_unique<domain::update_view>();
  static domain::update_decoder decoder;
  byte_view update{data, size};
  auto walked = walk_update(update, *view);
  auto seen = domain::peek_update(update);
  if (walked && view->kind != domain::update_kind::other)
    require(seen.well_formed && seen.kind == view->kind,
            "the first look sees what the walk sees");
  static_cast<void>(decoder.decode(update));
  geyser::SubscribeUpdate expected;
  if (!expected.ParseFromArray(data, static_cast<int>(size)))
    return 0;
  if (walked) {
    compare(*view, expected);
    return 0;
  }
  if (walked.error() == domain::errc::limit_exceeded)
    return 0;
  require(expected.has_transaction() && !is_well_formed(expected.transaction()),
          "the walk takes what protobuf takes");
  return 0;
}

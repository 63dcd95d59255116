#include "domain/update_decoder.hpp"

#include "domain/attribution.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace pumpscope::domain {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

/// The first of our programs among the transaction's keys.
std::optional<program> mentioned_program(const transaction_view& tx) {
  for (size_t i = 0; i < tx.key_count(); ++i) {
    if (tx.key_is(i, known_keys::pump_program))
      return program::pump;
    if (tx.key_is(i, known_keys::pump_amm_program))
      return program::pump_amm;
  }
  return std::nullopt;
}

bool contains(byte_view bytes, const pubkey& key) {
  return memmem(bytes.data(), bytes.size(), key.bytes.data(), key.bytes.size())
         != nullptr;
}

/// The first of our programs whose key stands anywhere in damaged bytes.
std::optional<program> mentioned_program(byte_view update) {
  if (update.empty())
    return std::nullopt;
  if (contains(update, known_keys::pump_program))
    return program::pump;
  if (contains(update, known_keys::pump_amm_program))
    return program::pump_amm;
  return std::nullopt;
}

std::string raw_copy(byte_view update) {
  auto size = std::min(update.size(), dead_letter::raw_bytes_max);
  return {reinterpret_cast<const char*>(update.data()), size};
}

/// What stands for the unknown index of a transaction, so that letters of one
/// slot do not share a place: the top bit, which no real index has, and bits of
/// the signature.
uint32_t stand_in_index(const signature& x) {
  uint32_t bits = 0;
  std::memcpy(&bits, x.bytes.data(), sizeof(bits));
  return bits | uint32_t{1} << 31;
}

const idl::event* kind_of(const found_event& event) {
  uint64_t discriminator = 0;
  std::memcpy(&discriminator, event.payload.data(), sizeof(discriminator));
  return idl::find_event(event.program, discriminator);
}

} // namespace

void trailing_bytes_counter::add(size_t length) {
  auto same = [=](const auto& x) { return x.first == length; };
  auto found = std::ranges::find_if(lengths_, same);
  if (found != lengths_.end())
    ++found->second;
  else if (lengths_.size() < lengths_max)
    lengths_.emplace_back(length, 1);
  else
    ++other_;
}

update_decoder::update_decoder() : view_{std::make_unique<update_view>()} {
  // nop
}

update_decoder::update_decoder(update_decoder&&) noexcept = default;
update_decoder& update_decoder::operator=(update_decoder&&) noexcept = default;
update_decoder::~update_decoder() = default;

parsed_update update_decoder::decode(std::span<const uint8_t> update) {
  ++counters_.updates;
  if (!walk_update(update, *view_))
    return damaged(update);
  switch (view_->kind) {
    case update_kind::transaction:
      return decode_transaction(update);
    case update_kind::slot:
      return view_->slot;
    case update_kind::block_meta:
      return view_->block_meta;
    case update_kind::ping:
      return ping_update{};
    case update_kind::pong:
      return pong_update{view_->pong_id};
    case update_kind::other:
      break;
  }
  return std::monostate{};
}

parsed_update update_decoder::damaged(byte_view update) {
  ++counters_.malformed_updates;
  auto& tx = view_->transaction;
  if (view_->kind != update_kind::transaction
      || (tx.slot == 0 && !view_->slot_unknown)
      || tx.index > std::numeric_limits<uint32_t>::max())
    return std::monostate{};
  auto owner = mentioned_program(update);
  if (!owner)
    return std::monostate{};
  auto result = begin_transaction();
  add_dead_letter(dead_letter_reason::malformed_transaction, *owner, 0, update,
                  result);
  return result;
}

parsed_transaction update_decoder::begin_transaction() const {
  auto& tx = view_->transaction;
  parsed_transaction result;
  result.slot = tx.slot;
  result.tx_index = static_cast<uint32_t>(tx.index);
  if (tx.signature.size() == result.signature.bytes.size())
    std::memcpy(result.signature.bytes.data(), tx.signature.data(),
                tx.signature.size());
  result.index_unknown = view_->index_unknown || view_->slot_unknown;
  if (result.index_unknown)
    result.tx_index = stand_in_index(result.signature);
  return result;
}

parsed_update update_decoder::decode_transaction(byte_view update) {
  auto& tx = view_->transaction;
  ++counters_.transactions;
  if (tx.index > std::numeric_limits<uint32_t>::max())
    return damaged(update);
  auto mentioned = mentioned_program(tx);
  if (!mentioned)
    return std::monostate{};
  auto result = begin_transaction();
  if (tx.failed) {
    ++counters_.failed_transactions;
    result.failed = true;
    return result;
  }
  if (!tx.has_meta) {
    ++counters_.malformed_updates;
    add_dead_letter(dead_letter_reason::malformed_transaction, *mentioned, 0,
                    update, result);
    return result;
  }
  auto outcome = finder_.search(tx);
  counters_.foreign_events += outcome.foreign_events;
  counters_.log_transactions += outcome.from_logs ? 1 : 0;
  for (auto& event : finder_.events())
    take(event, update, result);
  if (outcome.incomplete)
    add_dead_letter(dead_letter_reason::malformed_transaction, *mentioned, 0,
                    update, result);
  return result;
}

void update_decoder::take(const found_event& event, byte_view update,
                          parsed_transaction& out) {
  auto refuse = [&](dead_letter_reason reason) {
    add_dead_letter(reason, event.program, ix_path(event), update, out);
  };
  if (event.damaged || event.payload.size() < sizeof(uint64_t)) {
    refuse(dead_letter_reason::malformed_payload);
    return;
  }
  auto kind = kind_of(event);
  if (kind == nullptr) {
    ++counters_.unknown_events;
    return;
  }
  auto id = idl::id_of(*kind);
  ++counters_.events[static_cast<size_t>(id)];
  auto flags = view_->index_assumed ? trade_flag::index_assumed : uint16_t{0};
  size_t trailing_bytes = 0;
  auto keep_raw = [&](const auto& row) {
    if ((row.flags & trade_flag::pool_unresolved) != 0 && out.raw.empty())
      out.raw = raw_copy(update);
  };
  auto attributed = attribute(event, id, view_->transaction, flags,
                              trailing_bytes);
  auto is_row = std::holds_alternative<trade>(attributed)
                || std::holds_alternative<token_event>(attributed);
  // A row without its place on the chain cannot be ordered.
  if (is_row && out.index_unknown)
    attributed = dead_letter_reason::no_index;
  std::visit(overloaded{
               [&](trade& row) {
                 ++counters_.trades;
                 keep_raw(row);
                 out.trades.push_back(std::move(row));
               },
               [&](token_event& row) {
                 keep_raw(row);
                 out.token_events.push_back(std::move(row));
               },
               [&](ignored_reason reason) {
                 ++counters_.ignored[static_cast<size_t>(reason)];
                 if (reason != ignored_reason::not_tracked)
                   ++out.ignored_trades;
               },
               refuse,
             },
             attributed);
  if (trailing_bytes != 0)
    counters_.trailing_bytes.add(trailing_bytes);
}

void update_decoder::add_dead_letter(dead_letter_reason reason, program owner,
                                     uint32_t ix_path, byte_view update,
                                     parsed_transaction& out) {
  dead_letter letter;
  letter.position = {out.slot, out.tx_index, ix_path};
  auto same_place = [&](const dead_letter& x) {
    return x.position == letter.position;
  };
  // One per place is enough to find the transaction again.
  if (std::ranges::any_of(out.dead_letters, same_place))
    return;
  ++counters_.dead_letters[static_cast<size_t>(reason)];
  letter.signature = out.signature;
  letter.program = owner;
  letter.reason = reason;
  letter.decoder_version = decoder_version;
  letter.raw = raw_copy(update);
  out.dead_letters.push_back(std::move(letter));
}

} // namespace pumpscope::domain

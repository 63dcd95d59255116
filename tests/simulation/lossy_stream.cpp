#include "tests/simulation/lossy_stream.hpp"

#include "domain/update_decoder.hpp"
#include "domain/wire_writer.hpp"

#include <span>
#include <utility>
#include <vector>

namespace pumpscope::test {

namespace {

/// Slots at the end of a stream that need not be sealed before it ends.
constexpr uint64_t margin_slots = 8;

using transaction_key = std::pair<uint64_t, uint32_t>;
using venue_key = std::pair<domain::pubkey, domain::pubkey>;

std::span<const uint8_t> view(const std::string& x) {
  return {reinterpret_cast<const uint8_t*>(x.data()), x.size()};
}

/// An event of a venue: a trade, or anything that a chain may start with.
struct venue_event {
  domain::chain_position position = {};
  bool is_trade = false;
};

/// What a stream says about the true chain.
struct decoded_chain {
  std::map<transaction_key, domain::parsed_transaction> transactions = {};
  std::map<transaction_key, std::string> bytes = {};
  std::map<uint64_t, domain::block_meta> metas = {};
  std::map<uint64_t, std::string> meta_bytes = {};
};

decoded_chain decode(const std::vector<served_update>& stream) {
  auto result = decoded_chain{};
  auto decoder = domain::update_decoder{};
  for (auto& update : stream) {
    auto parsed = decoder.decode(view(update.bytes));
    if (auto x = std::get_if<domain::parsed_transaction>(&parsed)) {
      auto key = transaction_key{x->slot, x->tx_index};
      result.transactions.emplace(key, std::move(*x));
      result.bytes.emplace(key, update.bytes);
    } else if (auto meta = std::get_if<domain::block_meta>(&parsed)) {
      result.metas.emplace(meta->slot, *meta);
      result.meta_bytes.emplace(meta->slot, update.bytes);
    }
  }
  return result;
}

/// The events of each venue in chain order.
std::map<venue_key, std::vector<venue_event>>
venues_of(const decoded_chain& chain, const true_chain& truth) {
  auto events
    = std::map<venue_key, std::map<domain::chain_position, venue_event>>{};
  auto add = [&](const auto& row, bool is_trade) {
    if (truth.keys.contains(row.position))
      events[{row.mint, row.pool}].emplace(row.position,
                                           venue_event{row.position, is_trade});
  };
  for (auto& [key, x] : chain.transactions) {
    for (auto& trade : x.trades)
      add(trade, true);
    for (auto& event : x.token_events)
      add(event, false);
  }
  auto result = std::map<venue_key, std::vector<venue_event>>{};
  for (auto& [venue, rows] : events)
    for (auto& [position, event] : rows)
      result[venue].push_back(event);
  return result;
}

void append(messages::fetched_block& to, std::span<const uint8_t> update) {
  to.bytes.insert(to.bytes.end(), update.begin(), update.end());
  to.ends.push_back(static_cast<uint32_t>(to.bytes.size()));
}

std::map<uint64_t, messages::fetched_block>
blocks_of(const decoded_chain& chain, const true_chain& truth) {
  auto result = std::map<uint64_t, messages::fetched_block>{};
  for (auto& [slot, meta] : chain.metas) {
    if (!truth.slots.contains(slot))
      continue;
    auto& block = result[slot];
    block.slot = slot;
    block.state = messages::fetch_state::found;
    block.parent = meta.parent_slot;
    for (auto i = chain.bytes.lower_bound({slot, 0});
         i != chain.bytes.end() && i->first.first == slot; ++i) {
      append(block, view(i->second));
      ++block.transactions;
    }
    append(block, view(chain.meta_bytes.at(slot)));
    auto status = domain::wire_writer{};
    status.varint(1, slot);
    status.varint(3, static_cast<uint64_t>(domain::slot_status::confirmed));
    auto update = domain::wire_writer{};
    update.message(3, status);
    append(block, update.take());
  }
  return result;
}

} // namespace

lossy_stream_ptr lose_transactions(const stream_ptr& whole,
                                   const true_chain& truth,
                                   const world_settings& settings) {
  auto result = std::make_shared<lossy_stream>();
  auto random = simulator::random_source{settings.seed ^ 0x1055ULL};
  auto chain = decode(*whole);
  result->blocks = blocks_of(chain, truth);
  auto last_slot = truth.slots.empty() ? 0 : *truth.slots.rbegin();
  auto gone = std::set<transaction_key>{};
  for (auto& [venue, events] : venues_of(chain, truth))
    for (size_t i = 1; i + 1 < events.size(); ++i) {
      auto& [position, is_trade] = events[i];
      auto key = transaction_key{position.slot, position.tx_index};
      auto& x = chain.transactions.at(key);
      auto alone = x.trades.size() == 1 && x.token_events.empty()
                   && x.dead_letters.empty();
      auto in_chain
        = events[i - 1].is_trade && is_trade && events[i + 1].is_trade
          && !result->lost.contains(events[i - 1].position)
          && events[i + 1].position.slot + margin_slots <= last_slot;
      if (!alone || !in_chain || !random.chance(settings.lose))
        continue;
      result->lost.insert(position);
      gone.insert(key);
      // The one behind it stays.
      ++i;
    }
  auto stream = std::make_shared<std::vector<served_update>>();
  auto decoder = domain::update_decoder{};
  for (auto& update : *whole) {
    auto parsed = decoder.decode(view(update.bytes));
    auto x = std::get_if<domain::parsed_transaction>(&parsed);
    if (!x || !gone.contains({x->slot, x->tx_index}))
      stream->push_back(update);
  }
  result->stream = std::move(stream);
  return result;
}

} // namespace pumpscope::test

#include "tests/simulation/played_stream.hpp"

#include "adapters/simulator/generator.hpp"
#include "domain/update_decoder.hpp"
#include "domain/wire_writer.hpp"

#include <map>
#include <optional>
#include <span>
#include <utility>

namespace pumpscope::test {

namespace {

using messages::read_status;

std::span<const uint8_t> view(const std::string& x) {
  return {reinterpret_cast<const uint8_t*>(x.data()), x.size()};
}

simulator::generator_settings generator_of(const world_settings& x) {
  auto result = simulator::generator_settings{};
  result.market.seed = x.seed;
  result.market.wallets = x.wallets;
  result.market.tokens = x.tokens;
  result.market.creations = 0.05;
  result.market.fresh_wallets = 0.1;
  result.chain.slots = x.slots;
  result.chain.transactions_per_slot = x.transactions_per_slot;
  result.chain.skips = 0.1;
  result.chain.truth = false;
  result.faults = x.faults;
  return result;
}

/// A block meta with another time: the market lives for seconds, but windows
/// expire after days.
std::string stretch(const domain::block_meta& x, uint64_t first_slot,
                    const world_settings& settings) {
  auto passed = settings.seconds_per_slot
                * static_cast<double>(x.slot - first_slot);
  auto time = domain::wire_writer{};
  time.varint(1, static_cast<uint64_t>(x.block_time.value_or(0))
                   + static_cast<uint64_t>(passed));
  auto meta = domain::wire_writer{};
  meta.varint(1, x.slot);
  meta.message(4, time);
  meta.varint(6, x.parent_slot);
  meta.varint(8, x.executed_transaction_count);
  auto update = domain::wire_writer{};
  update.message(7, meta);
  auto bytes = update.take();
  return {bytes.begin(), bytes.end()};
}

/// Lets whole slots arrive later than their descendants: what an endpoint that
/// fills a hole does.
void hold_slots(std::vector<served_update>& stream,
                const world_settings& settings) {
  auto random = simulator::random_source{settings.seed ^ 0x401EULL};
  auto slots = std::set<uint64_t>{};
  for (auto& x : stream)
    slots.insert(x.slot);
  for (auto slot : slots) {
    if (!random.chance(settings.hold))
      continue;
    auto until = slot + 1 + random.below(12);
    auto held = std::vector<served_update>{};
    auto rest = std::vector<served_update>{};
    auto over = false;
    for (auto& x : stream) {
      if (!over && x.slot >= until) {
        over = true;
        rest.insert(rest.end(), held.begin(), held.end());
      }
      (x.slot == slot && !over ? held : rest).push_back(std::move(x));
    }
    if (!over)
      rest.insert(rest.end(), held.begin(), held.end());
    stream = std::move(rest);
  }
}

/// Lets slots be confirmed as soon as a stream may say so: all that is left of
/// them comes behind.
void confirm_promptly(std::vector<served_update>& stream,
                      const world_settings& settings) {
  auto random = simulator::random_source{settings.seed ^ 0xC0FFULL};
  auto decoder = domain::update_decoder{};
  auto confirmations = std::map<uint64_t, std::string>{};
  for (auto& x : stream) {
    auto parsed = decoder.decode(view(x.bytes));
    auto slot = std::get_if<domain::slot_update>(&parsed);
    if (slot && slot->status == domain::slot_status::confirmed
        && random.chance(settings.prompt))
      confirmations.emplace(x.slot, x.bytes);
  }
  auto result = std::vector<served_update>{};
  for (auto& x : stream) {
    auto slot = x.slot;
    auto parsed = decoder.decode(view(x.bytes));
    result.push_back(std::move(x));
    auto found = confirmations.find(slot);
    if (found != confirmations.end()
        && std::holds_alternative<domain::block_meta>(parsed))
      result.push_back({slot, found->second});
  }
  stream = std::move(result);
}

/// Lets slots that are confirmed die, behind the last of their updates.
void kill_slots(std::vector<served_update>& stream,
                const world_settings& settings) {
  auto random = simulator::random_source{settings.seed ^ 0xDEADULL};
  auto decoder = domain::update_decoder{};
  auto last = std::map<uint64_t, size_t>{};
  auto confirmed = std::set<uint64_t>{};
  for (size_t i = 0; i < stream.size(); ++i) {
    last[stream[i].slot] = i;
    auto parsed = decoder.decode(view(stream[i].bytes));
    auto slot = std::get_if<domain::slot_update>(&parsed);
    if (slot && slot->status == domain::slot_status::confirmed)
      confirmed.insert(slot->slot);
  }
  auto deaths = std::map<size_t, uint64_t>{};
  for (auto slot : confirmed)
    if (random.chance(settings.deaths))
      deaths.emplace(last[slot], slot);
  for (auto i = deaths.rbegin(); i != deaths.rend(); ++i) {
    auto body = domain::wire_writer{};
    body.varint(1, i->second);
    body.varint(3, static_cast<uint64_t>(domain::slot_status::dead));
    auto update = domain::wire_writer{};
    update.message(3, body);
    auto bytes = update.take();
    stream.insert(stream.begin() + static_cast<ptrdiff_t>(i->first) + 1,
                  {i->second, std::string{bytes.begin(), bytes.end()}});
  }
}

} // namespace

stream_ptr make_stream(const world_settings& settings) {
  auto generator = simulator::generator{generator_of(settings)};
  auto decoder = domain::update_decoder{};
  auto result = std::make_shared<std::vector<served_update>>();
  auto update = simulator::generated_update{};
  auto first_slot = simulator::chain_settings{}.first_slot;
  while (generator.next(update)) {
    auto body = std::string{update.body};
    auto parsed = decoder.decode(view(body));
    if (auto meta = std::get_if<domain::block_meta>(&parsed))
      body = stretch(*meta, first_slot, settings);
    result->push_back({update.slot, std::move(body)});
  }
  if (settings.prompt > 0)
    confirm_promptly(*result, settings);
  if (settings.hold > 0)
    hold_slots(*result, settings);
  if (settings.deaths > 0)
    kill_slots(*result, settings);
  return result;
}

std::vector<stream_ptr> make_streams(const world_settings& settings) {
  auto whole = make_stream(settings);
  if (settings.endpoints == 1)
    return {std::move(whole)};
  auto random = simulator::random_source{settings.seed ^ 0x0311ULL};
  auto count = settings.endpoints;
  auto parts = std::vector<std::vector<served_update>>(count);
  for (auto& update : *whole) {
    // One of them has everything that the others may lack here.
    auto has = random.below(count);
    for (size_t i = 0; i < count; ++i)
      if (i == has || settings.omit == 0 || !random.chance(settings.omit))
        parts[i].push_back(update);
  }
  auto result = std::vector<stream_ptr>{std::move(whole)};
  for (auto& part : parts)
    result.push_back(
      std::make_shared<const std::vector<served_update>>(std::move(part)));
  return result;
}

true_chain read_truth(const std::vector<served_update>& stream) {
  auto result = true_chain{};
  auto decoder = domain::update_decoder{};
  auto confirmed = std::set<uint64_t>{};
  auto parents = std::map<uint64_t, uint64_t>{};
  auto times = std::map<uint64_t, std::optional<int64_t>>{};
  auto transactions
    = std::map<std::pair<uint64_t, uint32_t>, domain::parsed_transaction>{};
  for (auto& update : stream) {
    auto parsed = decoder.decode(view(update.bytes));
    if (auto x = std::get_if<domain::parsed_transaction>(&parsed))
      transactions.emplace(std::pair{x->slot, x->tx_index}, std::move(*x));
    else if (auto meta = std::get_if<domain::block_meta>(&parsed)) {
      times.emplace(meta->slot, meta->block_time);
      parents[meta->slot] = meta->parent_slot;
    } else if (auto slot = std::get_if<domain::slot_update>(&parsed)) {
      if (slot->parent)
        parents[slot->slot] = *slot->parent;
      if (slot->status == domain::slot_status::confirmed
          || slot->status == domain::slot_status::finalized)
        confirmed.insert(slot->slot);
      else if (slot->status == domain::slot_status::dead
               && confirmed.contains(slot->slot))
        result.died.insert(slot->slot);
    }
  }
  // What a confirmed slot stands on is confirmed.
  for (auto slot : std::set<uint64_t>{confirmed})
    for (auto i = parents.find(slot); i != parents.end();
         i = parents.find(i->second))
      confirmed.insert(i->second);
  for (auto slot : result.died)
    confirmed.erase(slot);
  for (auto& [key, x] : transactions) {
    if (!confirmed.contains(key.first))
      continue;
    for (auto& trade : x.trades) {
      trade.block_time = times[key.first].value_or(trade.event_time);
      result.fold.add(trade);
      result.keys.insert(trade.position);
    }
    for (auto& event : x.token_events) {
      event.block_time = times[key.first].value_or(event.event_time);
      result.fold.add(event);
      result.keys.insert(event.position);
    }
  }
  result.fold.fold();
  result.slots = std::move(confirmed);
  return result;
}

played_source::played_source(stream_ptr stream, uint64_t seed,
                             playing_faults faults, end_condition may_end)
  : stream_{std::move(stream)},
    random_{seed},
    faults_{faults},
    may_end_{std::move(may_end)} {
}

std::string played_source::name() const {
  return "played";
}

void played_source::resume_from(uint64_t slot) {
  next_ = 0;
  while (next_ < stream_->size() && (*stream_)[next_].slot < slot)
    ++next_;
}

read_status played_source::read(messages::raw_batch& out,
                                std::chrono::milliseconds) {
  if (cancelled_)
    return read_status::end;
  if (faults_.stall > 0 && random_.chance(faults_.stall))
    return read_status::ok;
  if (std::exchange(may_fail_, false)) {
    if (faults_.refuse > 0 && random_.chance(faults_.refuse))
      return read_status::failed;
    if (faults_.cut > 0 && next_ > 0 && random_.chance(faults_.cut)) {
      resume_from((*stream_)[next_ - 1].slot - random_.below(4));
      return read_status::retry;
    }
  }
  may_fail_ = true;
  for (auto n = 1 + random_.below(20); n > 0 && next_ < stream_->size(); --n)
    out.append(view((*stream_)[next_++].bytes));
  auto ended = next_ == stream_->size() && (!may_end_ || may_end_());
  return ended ? read_status::end : read_status::ok;
}

std::string played_source::last_error() const {
  return {};
}

uint64_t played_source::bytes_read() const {
  return next_;
}

uint64_t played_source::bytes_total() const {
  return stream_->size();
}

void played_source::cancel() {
  cancelled_ = true;
}

} // namespace pumpscope::test

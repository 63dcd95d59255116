#include "adapters/endpoints/update_merger.hpp"

#define XXH_INLINE_ALL
#include <algorithm>
#include <cassert>
#include <utility>
#include <xxhash.h>

namespace pumpscope::endpoints {

namespace {

constexpr auto dead = static_cast<uint64_t>(domain::slot_status::dead);

constexpr auto no_slot = ~uint64_t{0};

} // namespace

update_merger::update_merger(merger_config config)
  : config_{config}, endpoints_(config.endpoints) {
  assert(config_.endpoints >= 1);
  assert(config_.endpoints <= endpoints_max);
}

bool update_merger::add(size_t endpoint, domain::byte_view update) {
  assert(endpoint < endpoints_.size());
  auto& of = endpoints_[endpoint];
  auto& counters = of.counters;
  ++counters.updates;
  of.connected = true;
  auto x = domain::peek_update(update);
  if (!x.well_formed) {
    // The parser counts it too, and says what it was.
    ++counters.malformed;
    return true;
  }
  if (x.kind != domain::update_kind::transaction
      && x.kind != domain::update_kind::slot
      && x.kind != domain::update_kind::block_meta)
    return true;
  auto& entry = at(x.slot);
  auto is_death = x.kind == domain::update_kind::slot && x.status == dead;
  auto goes_on = true;
  if (is_death) {
    goes_on = add_death(endpoint, entry);
  } else if (entry.dead && (entry.told_death >> endpoint & 1) == 0) {
    // Of the version that died.
    goes_on = false;
  } else {
    if (x.kind == domain::update_kind::transaction)
      add_signature(endpoint, entry, x.signature);
    auto hash
      = XXH3_128bits_withSeed(x.payload.data(), x.payload.size(),
                              config_.seed ^ static_cast<uint64_t>(x.kind));
    goes_on = entry.copies.insert({hash.low64, hash.high64}).second;
    copies_ += goes_on ? 1 : 0;
  }
  counters.copies += goes_on ? 0 : 1;
  enforce_bounds(x.slot);
  if (x.kind == domain::update_kind::block_meta)
    note_meta(endpoint, x.slot);
  return goes_on;
}

void update_merger::disconnected(size_t endpoint) {
  auto& of = endpoints_[endpoint];
  of.connected = false;
  of.metas = {};
  for (auto& [slot, entry] : slots_)
    entry.told_death &= static_cast<uint8_t>(~(1U << endpoint));
}

update_merger::slot_entry& update_merger::at(uint64_t slot) {
  auto& result = slots_[slot];
  result.touched = ++clock_;
  return result;
}

void update_merger::forget(std::map<uint64_t, slot_entry>::iterator i) {
  copies_ -= i->second.copies.size();
  slots_.erase(i);
}

void update_merger::enforce_bounds(uint64_t keep) {
  while (slots_.size() > config_.slots_max
         || (copies_ > config_.copies_max && slots_.size() > 1)) {
    // By use, not by number: an endpoint that names slots of the far future
    // must not push out those that the others tell of.
    auto oldest = slots_.end();
    for (auto i = slots_.begin(); i != slots_.end(); ++i)
      if (i->first != keep
          && (oldest == slots_.end()
              || i->second.touched < oldest->second.touched))
        oldest = i;
    if (oldest == slots_.end())
      return;
    forget(oldest);
  }
}

bool update_merger::add_death(size_t endpoint, slot_entry& entry) {
  entry.told_death |= static_cast<uint8_t>(1U << endpoint);
  if (std::exchange(entry.dead, true))
    return false;
  copies_ -= entry.copies.size();
  entry.copies.clear();
  entry.signatures.clear();
  return true;
}

void update_merger::add_signature(size_t endpoint, slot_entry& entry,
                                  domain::byte_view signature) {
  auto hash = XXH3_64bits_withSeed(signature.data(), signature.size(),
                                   config_.seed);
  auto& mask = entry.signatures[hash];
  auto bit = static_cast<uint8_t>(1U << endpoint);
  if ((mask & bit) != 0)
    return;
  mask |= bit;
  ++entry.digests[endpoint].count;
  entry.digests[endpoint].signatures ^= hash;
  if (entry.compared)
    ++endpoints_[endpoint].counters.late_transactions;
}

void update_merger::note_meta(size_t endpoint, uint64_t slot) {
  auto& of = endpoints_[endpoint];
  // A slot is whole when its predecessor's meta came in the same connection.
  // One that resumes behind its last meta goes on where it was.
  if (of.metas[0] == 0 && (of.whole_from == no_slot || slot > of.counters.slot))
    of.whole_from = slot + 1;
  of.counters.slot = slot;
  if (slot > of.metas[0])
    of.metas = {slot, of.metas[0]};
  else if (slot != of.metas[0])
    of.metas[1] = std::max(of.metas[1], slot);
  compare_until(of.metas[1]);
}

void update_merger::compare_until(uint64_t slot) {
  for (auto& [number, entry] : slots_) {
    if (number >= slot)
      return;
    if (!entry.compared && !entry.dead)
      compare(number, entry);
  }
}

void update_merger::compare(uint64_t slot, slot_entry& entry) {
  auto taking_part = std::vector<size_t>{};
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    auto& of = endpoints_[i];
    if (!of.connected || of.whole_from > slot)
      continue;
    // It still may tell more of it.
    if (of.metas[1] <= slot)
      return;
    taking_part.push_back(i);
  }
  if (taking_part.size() < 2)
    return;
  entry.compared = true;
  auto whole = digest{};
  for (auto& [hash, mask] : entry.signatures) {
    ++whole.count;
    whole.signatures ^= hash;
  }
  for (auto i : taking_part) {
    auto& counters = endpoints_[i].counters;
    ++counters.slots_compared;
    if (entry.digests[i] == whole)
      continue;
    ++counters.slots_differing;
    counters.missing_transactions += whole.count - entry.digests[i].count;
  }
}

} // namespace pumpscope::endpoints

#include "adapters/sqlite/key_index.hpp"

#include "adapters/sqlite/columns.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

// Chunks are arrays of 64-bit words in the byte order of all our platforms.
static_assert(std::endian::native == std::endian::little);

/// A pair is `hash << 32 | jpos - first_jpos`, so that pairs sort by hash.
constexpr uint64_t pair_of(uint32_t hash, uint64_t offset) {
  return static_cast<uint64_t>(hash) << 32 | offset;
}

constexpr uint64_t offset_max = 0xFFFF'FFFF;

/// Sorts pairs that consist of sorted runs ending at `ends`.
void merge_runs(std::vector<uint64_t>& pairs, std::vector<size_t> ends) {
  auto at = [&pairs](size_t index) {
    return pairs.begin() + static_cast<std::ptrdiff_t>(index);
  };
  while (ends.size() > 1) {
    auto next = std::vector<size_t>{};
    auto begin = size_t{0};
    for (auto i = size_t{0}; i < ends.size(); i += 2) {
      if (i + 1 < ends.size())
        std::inplace_merge(at(begin), at(ends[i]), at(ends[i + 1]));
      begin = ends[std::min(i + 1, ends.size() - 1)];
      next.push_back(begin);
    }
    ends = std::move(next);
  }
}

} // namespace

uint32_t key_index::hash_of(const domain::pubkey& key, uint64_t seed) {
  auto hash = domain::key_hash(key, seed);
  auto slot = hash & (domain::hash_slots - 1);
  auto rest = hash >> 10 & 0x3F'FFFF;
  return static_cast<uint32_t>(slot << 22 | rest);
}

key_index::hash_range key_index::range_of(uint32_t partition,
                                          uint32_t partitions) {
  auto slots = domain::hash_slots / partitions;
  auto low = partition * slots;
  auto high = low + slots - 1;
  return {low << 22, high << 22 | 0x3F'FFFF};
}

void key_index::add(projection kind, std::vector<entry>& entries) {
  if (entries.empty())
    return;
  auto& cached = cached_[static_cast<size_t>(kind)];
  if (!cached)
    cached = load_segments(kind);
  auto added = segment{};
  added.first_jpos = entries.front().jpos;
  added.last_jpos = entries.back().jpos;
  auto pairs = std::vector<uint64_t>{};
  pairs.reserve(entries.size());
  for (auto& x : entries)
    pairs.push_back(pair_of(x.hash, x.jpos - added.first_jpos));
  std::sort(pairs.begin(), pairs.end());
  write(kind, added, pairs);
  cached->push_back(added);
  while (merge_once(kind, *cached))
    ;
}

std::vector<uint64_t> key_index::find(projection kind, hash_range hashes,
                                      uint64_t after, uint64_t up_to,
                                      size_t wanted) {
  auto result = std::vector<uint64_t>{};
  auto& cached = cached_[static_cast<size_t>(kind)];
  // A reader must see what the writer added since.
  auto list = cached ? *cached : load_segments(kind);
  for (auto& x : list) {
    if (x.last_jpos <= after)
      continue;
    if (x.first_jpos > up_to || result.size() >= wanted)
      break;
    find_in(x, hashes, after, up_to, result);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<uint64_t> key_index::find_last(projection kind, uint32_t hash,
                                           uint64_t before, size_t wanted) {
  auto result = std::vector<uint64_t>{};
  auto& cached = cached_[static_cast<size_t>(kind)];
  auto list = cached ? *cached : load_segments(kind);
  for (auto x = list.rbegin(); x != list.rend() && result.size() < wanted; ++x)
    if (x->first_jpos < before)
      find_last_in(*x, hash, before, wanted, result);
  return result;
}

void key_index::forget() {
  cached_ = {};
}

key_index::segment_list key_index::load_segments(projection kind) {
  auto result = segment_list{};
  auto select = db_.prepare(
    "SELECT segment, level, first_jpos, last_jpos, entries "
    "FROM key_segment WHERE kind = ? ORDER BY first_jpos");
  select.bind(static_cast<uint32_t>(kind));
  while (select.step())
    result.push_back({select.integer(0),
                      static_cast<uint32_t>(select.integer(1)),
                      select.unsigned_integer(2), select.unsigned_integer(3),
                      select.unsigned_integer(4)});
  return result;
}

void key_index::write(projection kind, segment& x,
                      const std::vector<uint64_t>& pairs) {
  x.entries = pairs.size();
  auto next
    = db_.prepare("SELECT coalesce(max(segment), 0) + 1 FROM key_segment");
  next.step();
  x.id = next.integer(0);
  db_.prepare("INSERT INTO key_segment VALUES (?, ?, ?, ?, ?, ?)")
    .bind(x.id, static_cast<uint32_t>(kind), x.level, x.first_jpos, x.last_jpos,
          x.entries)
    .run();
  auto insert = db_.prepare("INSERT INTO key_chunk VALUES (?, ?, ?, ?)");
  for (auto i = size_t{0}; i < pairs.size(); i += chunk_entries) {
    auto count = std::min(chunk_entries, pairs.size() - i);
    auto data = std::string_view{reinterpret_cast<const char*>(&pairs[i]),
                                 count * sizeof(uint64_t)};
    insert
      .bind(x.id, pairs[i] >> 32, static_cast<uint64_t>(i / chunk_entries),
            data)
      .run();
  }
}

bool key_index::merge_once(projection kind, segment_list& list) {
  auto level = list.back().level;
  auto begin = list.end();
  while (begin != list.begin() && std::prev(begin)->level == level)
    --begin;
  if (static_cast<size_t>(list.end() - begin) < merge_fan)
    return false;
  // Only neighbours: their rows stay one range of the journal.
  auto end = begin;
  auto entries = uint64_t{0};
  while (end != list.end() && entries + end->entries <= merged_entries_max
         && end->last_jpos - begin->first_jpos <= offset_max)
    entries += (end++)->entries;
  if (end - begin < 2)
    return false;
  auto merged = segment{};
  merged.level = level + 1;
  merged.first_jpos = begin->first_jpos;
  merged.last_jpos = std::prev(end)->last_jpos;
  auto pairs = std::vector<uint64_t>{};
  pairs.reserve(entries);
  auto ends = std::vector<size_t>{};
  for (auto i = begin; i != end; ++i) {
    append_pairs(*i, merged.first_jpos, pairs);
    ends.push_back(pairs.size());
    erase(*i);
  }
  merge_runs(pairs, std::move(ends));
  write(kind, merged, pairs);
  *begin = merged;
  list.erase(std::next(begin), end);
  return true;
}

void key_index::append_pairs(const segment& x, uint64_t first_jpos,
                             std::vector<uint64_t>& pairs) {
  auto shift = x.first_jpos - first_jpos;
  auto before = pairs.size();
  auto select = db_.prepare("SELECT data FROM key_chunk WHERE segment = ? "
                            "ORDER BY first_hash, number");
  select.bind(x.id);
  while (select.step()) {
    auto data = select.blob(0);
    auto size = pairs.size();
    pairs.resize(size + data.size() / sizeof(uint64_t));
    std::memcpy(&pairs[size], data.data(),
                (pairs.size() - size) * sizeof(uint64_t));
  }
  if (pairs.size() - before != x.entries)
    fail_damaged(db_, "key segment " + std::to_string(x.id));
  for (auto i = before; i < pairs.size(); ++i)
    pairs[i] += shift;
}

void key_index::erase(const segment& x) {
  db_.prepare("DELETE FROM key_chunk WHERE segment = ?").bind(x.id).run();
  db_.prepare("DELETE FROM key_segment WHERE segment = ?").bind(x.id).run();
}

void key_index::find_in(const segment& x, hash_range hashes, uint64_t after,
                        uint64_t up_to, std::vector<uint64_t>& found) {
  // The last chunk that begins below the range may reach into it.
  auto first = db_.prepare(
    "SELECT first_hash, number FROM key_chunk WHERE segment = ? "
    "AND first_hash < ? ORDER BY first_hash DESC, number DESC LIMIT 1");
  auto has_first = first.bind(x.id, hashes.low).step();
  auto from_hash = has_first ? first.integer(0) : 0;
  auto from_number = has_first ? first.integer(1) : 0;
  auto select = db_.prepare(
    "SELECT data FROM key_chunk WHERE segment = ? "
    "AND (first_hash, number) >= (?, ?) AND first_hash <= ? "
    "ORDER BY first_hash, number");
  select.bind(x.id, from_hash, from_number, hashes.high);
  while (select.step()) {
    auto data = select.blob(0);
    for (auto i = size_t{0}; i + sizeof(uint64_t) <= data.size();
         i += sizeof(uint64_t)) {
      auto pair = uint64_t{0};
      std::memcpy(&pair, data.data() + i, sizeof(pair));
      auto hash = static_cast<uint32_t>(pair >> 32);
      auto jpos = x.first_jpos + (pair & offset_max);
      if (hash >= hashes.low && hash <= hashes.high && jpos > after
          && jpos <= up_to)
        found.push_back(jpos);
    }
  }
}

void key_index::find_last_in(const segment& x, uint32_t hash, uint64_t before,
                             size_t wanted, std::vector<uint64_t>& found) {
  // From the last chunk that may have the hash on, backwards.
  auto select = db_.prepare(
    "SELECT first_hash, data FROM key_chunk WHERE segment = ? "
    "AND first_hash <= ? ORDER BY first_hash DESC, number DESC");
  select.bind(x.id, hash);
  while (select.step()) {
    auto data = select.blob(1);
    for (auto i = data.size() / sizeof(uint64_t); i-- > 0;) {
      auto pair = uint64_t{0};
      std::memcpy(&pair, data.data() + i * sizeof(pair), sizeof(pair));
      auto jpos = x.first_jpos + (pair & offset_max);
      if (pair >> 32 < hash)
        return;
      if (pair >> 32 > hash || jpos >= before)
        continue;
      found.push_back(jpos);
      if (found.size() == wanted)
        return;
    }
  }
}

} // namespace pumpscope::adapters::sqlite

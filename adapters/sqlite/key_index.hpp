#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/rows.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Finds journal rows by wallet or mint.
///
/// A B-tree over keys would dirty one page per row of an epoch (27 us a trade
/// against 3, docs/adr/0006-sqlite-layout.md). So each epoch appends one sorted
/// run, a *segment*, of (hash, jpos) pairs, and `merge_fan` neighbours of the
/// same level become one of the next level, up to `merged_entries_max` pairs.
/// A search looks into every segment: 15 per level at most, and one more per
/// million rows.
///
/// The hash is 32 bits, its upper 10 the hash slot of the key, so that a
/// partition is a range of it. Different keys may share a hash: callers compare
/// the key of the row that they fetch.
class key_index {
public:
  /// A row of one epoch: hash and jpos.
  struct entry {
    uint32_t hash = 0;
    uint64_t jpos = 0;
  };

  /// A range of hashes, both ends included.
  struct hash_range {
    uint32_t low = 0;
    uint32_t high = 0;
  };

  static constexpr size_t merge_fan = 16;
  static constexpr uint64_t merged_entries_max = 1U << 20U;
  /// Pairs of one row of `key_chunk`: as many as stay on the page.
  static constexpr size_t chunk_entries = 480;

  explicit key_index(database& db) : db_(db) {
  }

  /// Returns the hash of a key.
  static uint32_t hash_of(const domain::pubkey& key, uint64_t seed);

  /// Returns the hashes of a partition.
  static hash_range range_of(uint32_t partition, uint32_t partitions);

  /// Adds the rows of an epoch, ascending by jpos; within a transaction.
  /// Reorders `entries`.
  void add(messages::projection kind, std::vector<entry>& entries);

  /// Returns the positions of rows with a hash in `hashes` and
  /// `after < jpos <= up_to`, ascending: all of them, or at least the lowest
  /// `wanted` where there are more.
  std::vector<uint64_t> find(messages::projection kind, hash_range hashes,
                             uint64_t after, uint64_t up_to, size_t wanted);

  /// Returns the positions below `before` of rows with a hash, descending: all
  /// of them, or the highest `wanted` where there are more.
  std::vector<uint64_t> find_last(messages::projection kind, uint32_t hash,
                                  uint64_t before, size_t wanted);

  /// Must be called when a transaction with `add` was rolled back.
  void forget();

private:
  /// A row of `key_segment`.
  struct segment {
    int64_t id = 0;
    uint32_t level = 0;
    uint64_t first_jpos = 0;
    uint64_t last_jpos = 0;
    uint64_t entries = 0;
  };

  /// Segments of one kind in the order of their rows.
  using segment_list = std::vector<segment>;

  segment_list load_segments(messages::projection kind);
  void write(messages::projection kind, segment& x,
             const std::vector<uint64_t>& pairs);
  bool merge_once(messages::projection kind, segment_list& list);
  void append_pairs(const segment& x, uint64_t first_jpos,
                    std::vector<uint64_t>& pairs);
  void erase(const segment& x);
  void find_in(const segment& x, hash_range hashes, uint64_t after,
               uint64_t up_to, std::vector<uint64_t>& found);
  void find_last_in(const segment& x, uint32_t hash, uint64_t before,
                    size_t wanted, std::vector<uint64_t>& found);

  database& db_;
  /// Only the writer keeps them, by kind.
  std::array<std::optional<segment_list>, 2> cached_ = {};
};

} // namespace pumpscope::adapters::sqlite

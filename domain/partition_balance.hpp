#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::domain {

/// A node that may own partitions. Nodes that died are not listed.
struct balance_member {
  uint64_t node = 0;
  /// Its part of the work, relative to the others'; at least 1.
  uint32_t weight = 1;
  /// It gives all away and takes none.
  bool draining = false;
};

/// A partition that is to change hands.
struct balance_move {
  uint32_t partition = 0;
  /// Nothing = its owner died, or it never had one.
  std::optional<uint64_t> from = {};
  uint64_t to = 0;

  friend bool operator==(const balance_move&, const balance_move&) = default;
};

/// Moves in one round whose owners live, at most: each of them pauses a
/// partition until the round is over.
inline constexpr size_t balance_moves_max = 8;

/// How many such moves the next round may have, behind one that might have
/// `last` of them and took so long: half as many behind one of more than 500
/// ms, twice as many behind one of less than 250 ms. So a partition pauses for
/// less than a second where one of them alone can be loaded in that time. The
/// first round has one.
size_t next_moves_max(size_t last, std::chrono::milliseconds took);

/// Decides who gives which partition to whom. `owners` has the owner of each
/// partition; one that is not among `members` counts as dead.
///
/// - Partitions without a living owner are given out at once, all of them.
/// - Nobody keeps more than its cap, `ceil(1.1 * partitions * weight /
/// weights)`
///   (bounded-load hashing, Mirrokni, Thorup, Zadimoghaddam 2016), and nobody
///   is left below its whole share, `floor(partitions * weight / weights)`.
///   Within the two nothing moves: a node that is added takes its share and no
///   more.
/// - Who takes what is the order of weighted rendezvous hashing (Thaler,
///   Ravishankar 1998): a node that is gone and comes back takes mostly what it
///   had (about two thirds of it), and all nodes that see the same decide the
///   same.
///
/// At most `moves_max` partitions leave living owners; with what is left the
/// next round goes on. Without members that take any, nothing moves. Time:
/// partitions times members.
std::vector<balance_move>
plan_moves(std::span<const balance_member> members,
           std::span<const std::optional<uint64_t>> owners,
           size_t moves_max = balance_moves_max);

} // namespace pumpscope::domain

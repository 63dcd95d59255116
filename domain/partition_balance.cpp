#include "domain/partition_balance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pumpscope::domain {

namespace {

/// Between the two a round has as many moves as the one before.
constexpr auto long_round = std::chrono::milliseconds{500};
constexpr auto short_round = std::chrono::milliseconds{250};

/// A member that takes partitions.
struct taker {
  uint64_t node = 0;
  double weight = 1;
  /// Fewer than `share` are too few, more than `cap` too many.
  size_t share = 0;
  size_t cap = 0;
  size_t load = 0;
};

/// How much a node wants a partition: the highest score wins, and wins as often
/// as its weight says.
double score(const taker& x, uint32_t partition) {
  auto key = std::array{x.node, uint64_t{partition}};
  auto hash = XXH3_64bits(key.data(), sizeof key);
  // In (0, 1): 53 bits, in the middle of their step.
  auto unit = (static_cast<double>(hash >> 11) + 0.5) / 9007199254740992.0;
  return -x.weight / std::log(unit);
}

class planner {
public:
  planner(std::span<const balance_member> members,
          std::span<const std::optional<uint64_t>> owners, size_t moves_max)
    : owners_(owners.begin(), owners.end()), moves_left_{moves_max} {
    auto weights = uint64_t{0};
    for (auto& x : members)
      if (!x.draining)
        weights += std::max<uint64_t>(x.weight, 1);
    for (auto& x : members) {
      alive_.push_back(x.node);
      if (x.draining)
        continue;
      auto weight = std::max<uint64_t>(x.weight, 1);
      auto work = owners.size() * weight;
      auto load = std::count(owners.begin(), owners.end(), x.node);
      takers_.push_back({x.node, static_cast<double>(weight), work / weights,
                         (11 * work + 10 * weights - 1) / (10 * weights),
                         static_cast<size_t>(load)});
    }
    // Whoever decides must not depend on the order of the list.
    std::ranges::sort(takers_, {}, &taker::node);
  }

  std::vector<balance_move> run() {
    if (takers_.empty())
      return {};
    for (auto place_dead : {true, false})
      for (uint32_t i = 0; i < owners_.size(); ++i)
        if (owner_lives(i) != place_dead && find(i) == nullptr)
          give(i, nullptr);
    relieve();
    fill();
    return std::move(moves_);
  }

private:
  [[nodiscard]] bool owner_lives(uint32_t partition) const {
    auto& owner = owners_[partition];
    return owner && std::ranges::find(alive_, *owner) != alive_.end();
  }

  /// The owner, if it is one that takes partitions.
  taker* find(uint32_t partition) {
    auto& owner = owners_[partition];
    auto found = std::ranges::find_if(
      takers_, [&](const taker& x) { return owner && x.node == *owner; });
    return found == takers_.end() ? nullptr : &*found;
  }

  /// Gives a partition to whom it fits best: to one that has too few, if there
  /// is any. Tells whether it went.
  bool give(uint32_t partition, const taker* except) {
    auto best = static_cast<taker*>(nullptr);
    auto is_better = [&](const taker& x) {
      if (best == nullptr)
        return true;
      auto lacks = x.load < x.share;
      auto best_lacks = best->load < best->share;
      return lacks != best_lacks
               ? lacks
               : score(x, partition) > score(*best, partition);
    };
    for (auto& x : takers_)
      if (&x != except && x.load < x.cap && is_better(x))
        best = &x;
    return best != nullptr && move(partition, *best);
  }

  bool move(uint32_t partition, taker& to) {
    auto lives = owner_lives(partition);
    if (lives && moves_left_ == 0)
      return false;
    moves_left_ -= lives ? 1 : 0;
    auto& owner = owners_[partition];
    moves_.push_back({partition, lives ? owner : std::nullopt, to.node});
    if (auto* from = find(partition))
      --from->load;
    owner = to.node;
    ++to.load;
    return true;
  }

  /// Has those give who have too many, what they want least.
  void relieve() {
    for (auto& from : takers_)
      while (from.load > from.cap) {
        auto given = std::optional<uint32_t>{};
        for (uint32_t i = 0; i < owners_.size(); ++i)
          if (owners_[i] == from.node
              && (!given || score(from, i) < score(from, *given)))
            given = i;
        if (!given || !give(*given, &from))
          return;
      }
  }

  /// Has those take who have too few, from those with more than their share,
  /// what they want most.
  void fill() {
    for (auto& to : takers_)
      while (to.load < to.share) {
        auto taken = std::optional<uint32_t>{};
        auto best = -std::numeric_limits<double>::infinity();
        for (uint32_t i = 0; i < owners_.size(); ++i) {
          auto* from = find(i);
          if (from == nullptr || from->load <= from->share)
            continue;
          auto gain = score(to, i) / score(*from, i);
          if (gain > best) {
            best = gain;
            taken = i;
          }
        }
        if (!taken || !move(*taken, to))
          return;
      }
  }

  std::vector<std::optional<uint64_t>> owners_;
  size_t moves_left_;
  std::vector<uint64_t> alive_ = {};
  std::vector<taker> takers_ = {};
  std::vector<balance_move> moves_ = {};
};

} // namespace

size_t next_moves_max(size_t last, std::chrono::milliseconds took) {
  if (took > long_round)
    return std::max<size_t>(last / 2, 1);
  return took < short_round ? std::min(2 * last, balance_moves_max) : last;
}

std::vector<balance_move>
plan_moves(std::span<const balance_member> members,
           std::span<const std::optional<uint64_t>> owners, size_t moves_max) {
  return planner{members, owners, moves_max}.run();
}

} // namespace pumpscope::domain

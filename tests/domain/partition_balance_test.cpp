#include "domain/partition_balance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace pumpscope::domain {

namespace {

constexpr size_t partitions = 128;

/// A cluster whose owners move as planned.
struct cluster {
  std::vector<balance_member> members = {};
  std::vector<std::optional<uint64_t>> owners
    = std::vector<std::optional<uint64_t>>(partitions);

  /// One round; returns its moves.
  std::vector<balance_move> step(size_t moves_max = balance_moves_max) {
    auto moves = plan_moves(members, owners, moves_max);
    for (auto& x : moves) {
      EXPECT_NE(owners[x.partition], x.to);
      owners[x.partition] = x.to;
    }
    return moves;
  }

  /// Rounds until nothing moves; returns how many partitions moved.
  size_t settle() {
    auto result = size_t{0};
    for (auto round = 0; round < 100; ++round) {
      auto moved = step().size();
      if (moved == 0)
        return result;
      result += moved;
    }
    ADD_FAILURE() << "it never settles";
    return result;
  }

  [[nodiscard]] std::map<uint64_t, size_t> loads() const {
    auto result = std::map<uint64_t, size_t>{};
    for (auto& x : owners)
      if (x)
        ++result[*x];
    return result;
  }

  void add(uint64_t node, uint32_t weight = 1) {
    members.push_back({node, weight, false});
  }

  void remove(uint64_t node) {
    std::erase_if(members, [&](auto& x) { return x.node == node; });
  }
};

cluster settled(size_t nodes) {
  auto result = cluster{};
  for (uint64_t i = 0; i < nodes; ++i)
    result.add(1'000 + 7 * i);
  result.settle();
  return result;
}

TEST(plan_moves, gives_everything_to_the_only_node_at_once) {
  auto x = cluster{};
  x.add(1);
  EXPECT_EQ(x.step().size(), partitions);
  EXPECT_TRUE(x.step().empty());
}

TEST(plan_moves, moves_nothing_without_a_node) {
  auto x = cluster{};
  EXPECT_TRUE(x.step().empty());
  x.members.push_back({1, 1, true});
  EXPECT_TRUE(x.step().empty());
}

TEST(plan_moves, keeps_loads_between_share_and_cap) {
  for (size_t nodes = 1; nodes <= 12; ++nodes)
    for (auto& [node, load] : settled(nodes).loads()) {
      EXPECT_GE(load, partitions / nodes) << nodes;
      EXPECT_LE(load, (11 * partitions + 10 * nodes - 1) / (10 * nodes))
        << nodes;
    }
}

TEST(plan_moves, a_node_that_is_added_takes_its_share_and_nothing_else_moves) {
  for (size_t nodes = 1; nodes <= 12; ++nodes) {
    auto x = settled(nodes);
    x.add(5);
    auto moved = x.settle();
    EXPECT_LE(static_cast<double>(moved),
              1.2 * partitions / static_cast<double>(nodes + 1))
      << nodes;
    EXPECT_GE(x.loads()[5], partitions / (nodes + 1)) << nodes;
  }
}

TEST(plan_moves, what_a_dead_node_had_is_given_out_at_once) {
  auto x = settled(5);
  auto dead = x.members[2].node;
  auto lost = x.loads()[dead];
  x.remove(dead);
  auto moves = x.step();
  EXPECT_EQ(std::ranges::count_if(moves, [](auto& m) { return !m.from; }),
            static_cast<std::ptrdiff_t>(lost));
  EXPECT_FALSE(x.loads().contains(dead));
}

TEST(plan_moves, a_node_that_comes_back_takes_half_of_what_it_had_or_more) {
  auto x = settled(4);
  auto before = x.owners;
  auto node = x.members[1].node;
  x.remove(node);
  x.settle();
  x.add(node);
  x.settle();
  auto had = x.loads()[node];
  auto again = size_t{0};
  for (size_t i = 0; i < partitions; ++i)
    again += before[i] == node && x.owners[i] == node ? 1 : 0;
  // By chance it would be a quarter.
  EXPECT_GE(again * 2, had);
}

TEST(plan_moves, a_draining_node_gives_all_away_a_few_at_a_time) {
  auto x = settled(3);
  auto node = x.members[0].node;
  auto load = x.loads()[node];
  x.members[0].draining = true;
  EXPECT_EQ(x.step().size(), balance_moves_max);
  EXPECT_EQ(x.loads()[node], load - balance_moves_max);
  x.settle();
  EXPECT_FALSE(x.loads().contains(node));
}

TEST(plan_moves, the_dead_do_not_wait_for_the_living) {
  auto x = settled(3);
  x.members[0].draining = true;
  x.remove(x.members[1].node);
  auto moves = x.step(0);
  EXPECT_FALSE(moves.empty());
  for (auto& m : moves)
    EXPECT_FALSE(m.from);
}

TEST(plan_moves, gives_by_weight) {
  auto x = cluster{};
  x.add(1, 1);
  x.add(2, 3);
  x.settle();
  auto loads = x.loads();
  EXPECT_GE(loads[1], partitions / 4);
  EXPECT_LE(loads[1], 36U);
  EXPECT_GE(loads[2], partitions * 3 / 4 - 4);
}

TEST(plan_moves, does_not_depend_on_the_order_of_members) {
  auto x = settled(6);
  x.remove(x.members[3].node);
  auto y = x;
  std::ranges::reverse(y.members);
  EXPECT_EQ(x.step(), y.step());
}

TEST(partition_balance, has_as_many_moves_in_a_round_as_half_a_second_takes) {
  using std::chrono::milliseconds;
  EXPECT_EQ(next_moves_max(1, milliseconds{249}), 2U);
  EXPECT_EQ(next_moves_max(6, milliseconds{0}), balance_moves_max);
  EXPECT_EQ(next_moves_max(4, milliseconds{250}), 4U);
  EXPECT_EQ(next_moves_max(4, milliseconds{500}), 4U);
  EXPECT_EQ(next_moves_max(5, milliseconds{501}), 2U);
  EXPECT_EQ(next_moves_max(1, milliseconds{60'000}), 1U);
}

// A round that takes 60 ms a partition ends up between 250 and 500 ms.
TEST(partition_balance, finds_out_how_many_moves_a_round_may_have) {
  auto max = size_t{1};
  for (auto round = 0; round < 5; ++round)
    max = next_moves_max(max, std::chrono::milliseconds{60} * max);
  EXPECT_EQ(max, 8U);
  for (auto round = 0; round < 5; ++round)
    max = next_moves_max(max, std::chrono::milliseconds{400} * max);
  EXPECT_EQ(max, 1U);
}

} // namespace

} // namespace pumpscope::domain

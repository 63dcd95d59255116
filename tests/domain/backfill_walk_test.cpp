#include "domain/backfill_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace pumpscope::domain {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A chain, and a server that may know less of it.
struct server_model {
  /// Slot -> parent of all blocks.
  std::map<uint64_t, uint64_t> chain = {};
  std::set<uint64_t> unlisted = {};
  std::set<uint64_t> missing = {};
  bool lists = true;
  uint64_t questions = 0;

  explicit server_model(const std::vector<uint64_t>& slots) {
    auto parent = slots.front() - 1;
    for (auto slot : slots) {
      chain.emplace(slot, parent);
      parent = slot;
    }
  }

  /// Plays a walk to its end; answers come in an order of `random`. Returns
  /// the blocks that were passed on.
  std::vector<uint64_t> play(backfill_walk& walk, uint64_t seed) {
    auto random = std::mt19937_64{seed};
    auto passed = std::vector<uint64_t>{};
    auto lists_open = std::vector<slot_gap>{};
    auto open = std::vector<uint64_t>{};
    while (!walk.finished()) {
      while (auto ready = walk.next_ready())
        passed.push_back(*ready);
      if (auto list = walk.next_list())
        lists_open.push_back(*list);
      while (auto slot = walk.next_block())
        open.push_back(*slot);
      EXPECT_LE(open.size(), 17U);
      if (!lists_open.empty()) {
        answer(walk, lists_open.back());
        lists_open.pop_back();
      } else if (!open.empty()) {
        auto i = open.begin() + static_cast<ptrdiff_t>(random() % open.size());
        answer(walk, *i);
        open.erase(i);
      }
      if (++questions > 100'000) {
        ADD_FAILURE() << "a walk without end";
        break;
      }
    }
    return passed;
  }

  void answer(backfill_walk& walk, slot_gap window) const {
    auto slots = std::vector<uint64_t>{};
    for (auto& [slot, parent] : chain)
      if (window.from <= slot && slot <= window.to && !unlisted.contains(slot))
        slots.push_back(slot);
    walk.add_list(window, lists, slots);
  }

  void answer(backfill_walk& walk, uint64_t slot) const {
    if (missing.contains(slot))
      walk.add_miss(slot, false);
    else if (auto i = chain.find(slot); i != chain.end())
      walk.add_block(slot, i->second);
    else
      walk.add_miss(slot, true);
  }

  [[nodiscard]] std::vector<uint64_t> blocks(slot_gap range) const {
    auto result = std::vector<uint64_t>{};
    for (auto& [slot, parent] : chain)
      if (range.from <= slot && slot <= range.to)
        result.push_back(slot);
    return result;
  }
};

TEST(missing_ranges, leave_out_what_is_sealed_and_what_was_skipped) {
  EXPECT_THAT(missing_ranges({{10, 20}, {}}), ElementsAre(slot_gap{10, 20}));
  // 12 on 10, 16 on 15, 20 on 16: 11, 17, 18, 19 have no block.
  EXPECT_THAT(missing_ranges({{10, 20}, {{12, 10}, {16, 15}, {20, 16}}}),
              ElementsAre(slot_gap{10, 10}, slot_gap{13, 15}));
  EXPECT_THAT(missing_ranges({{10, 12}, {{10, 9}, {11, 10}, {12, 11}}}),
              IsEmpty());
  // A slot whose parent nobody told.
  EXPECT_THAT(missing_ranges({{10, 12}, {{12, 0}}}),
              ElementsAre(slot_gap{10, 11}));
}

TEST(backfill_walk, passes_on_the_blocks_of_a_range_in_order) {
  auto server = server_model{{9, 10, 12, 13, 17, 18, 19, 20, 21}};
  auto sut = backfill_walk{{10, 20}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 12, 13, 17, 18, 19, 20));
  EXPECT_TRUE(sut.complete());
}

TEST(backfill_walk, asks_for_parents_that_are_not_listed) {
  auto server = server_model{{9, 10, 12, 13, 17, 18, 19, 20}};
  server.unlisted = {10, 12, 13, 18};
  auto sut = backfill_walk{{10, 20}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 12, 13, 17, 18, 19, 20));
  EXPECT_TRUE(sut.complete());
}

TEST(backfill_walk, an_empty_list_is_no_proof_that_all_was_skipped) {
  auto server = server_model{{9, 10, 15, 20}};
  server.unlisted = {10, 15, 20};
  auto sut = backfill_walk{{10, 20}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 15, 20));
  EXPECT_TRUE(sut.complete());
}

TEST(backfill_walk, the_block_behind_proves_that_the_end_was_skipped) {
  auto server = server_model{{9, 10, 12, 21}};
  auto sut = backfill_walk{{10, 20}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 12, 21));
  EXPECT_TRUE(sut.complete());

  // All of it, and nothing behind it that could tell.
  auto all_skipped = server_model{{9, 21}};
  auto proven = backfill_walk{{10, 20}};
  EXPECT_THAT(all_skipped.play(proven, 1), ElementsAre(21));
  EXPECT_TRUE(proven.complete());
  auto nothing = server_model{{9, 22}};
  auto unproven = backfill_walk{{10, 20}};
  EXPECT_THAT(nothing.play(unproven, 1), IsEmpty());
  EXPECT_FALSE(unproven.complete());
}

TEST(backfill_walk, is_not_complete_without_a_block_that_a_parent_names) {
  auto server = server_model{{9, 10, 12, 13, 17, 20}};
  server.missing = {12};
  auto sut = backfill_walk{{10, 20}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 13, 17, 20));
  EXPECT_TRUE(sut.finished());
  EXPECT_FALSE(sut.complete());
}

TEST(backfill_walk, asks_one_by_one_where_there_is_no_list) {
  auto server = server_model{{9, 10, 12, 30, 31}};
  server.lists = false;
  auto sut = backfill_walk{{10, 31}};

  EXPECT_THAT(server.play(sut, 1), ElementsAre(10, 12, 30, 31));
  EXPECT_TRUE(sut.complete());
}

TEST(backfill_walk, gives_up_on_a_server_that_has_nothing_of_it) {
  auto slots = std::vector<uint64_t>{};
  for (uint64_t slot = 1; slot <= 5'000; ++slot)
    slots.push_back(slot);
  auto server = server_model{slots};
  server.missing.insert(slots.begin() + 200, slots.end());
  auto sut = backfill_walk{{101, 5'000}};

  auto passed = server.play(sut, 1);

  EXPECT_EQ(passed.size(), 100U);
  EXPECT_FALSE(sut.complete());
  EXPECT_LT(server.questions, 300U);
}

TEST(backfill_walk, ignores_answers_that_nobody_asked_for) {
  auto sut = backfill_walk{{10, 12}};
  sut.add_block(11, 10);
  sut.add_miss(12, true);
  sut.add_list({10, 12}, true, {11});

  EXPECT_EQ(sut.next_ready(), std::nullopt);
  EXPECT_FALSE(sut.finished());
  EXPECT_EQ(sut.next_block(), 10U);
}

TEST(backfill_walk, finds_whatever_a_server_has_in_any_order_of_answers) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    auto random = std::mt19937_64{seed};
    auto slots = std::vector<uint64_t>{};
    for (uint64_t slot = 50; slot < 250; ++slot)
      if (random() % 4 != 0)
        slots.push_back(slot);
    auto server = server_model{slots};
    for (auto slot : slots)
      if (random() % 5 == 0)
        server.unlisted.insert(slot);
    server.lists = random() % 4 != 0;
    auto misses = random() % 2 == 0;
    for (auto slot : slots)
      if (misses && random() % 20 == 0)
        server.missing.insert(slot);
    // The end of a gap is a block, or the slot before one.
    auto last = slots[1 + random() % (slots.size() - 1)];
    auto to = random() % 2 == 0 ? last : last - 1;
    auto from = to - random() % (to - slots.front() + 1);
    auto range = slot_gap{from, to};
    auto config = backfill_walk_config{};
    config.window_slots = 1 + random() % 64;
    auto sut = backfill_walk{range, config};

    auto passed = server.play(sut, seed);

    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_TRUE(std::is_sorted(passed.begin(), passed.end()));
    ASSERT_EQ(std::adjacent_find(passed.begin(), passed.end()), passed.end());
    std::erase_if(passed, [&](auto slot) { return slot > to; });
    auto expected = server.blocks(range);
    ASSERT_TRUE(sut.complete() || !server.missing.empty());
    ASSERT_TRUE(!sut.complete() || passed == expected);
    std::erase_if(expected,
                  [&](auto slot) { return server.missing.contains(slot); });
    // A block whose only child is missing, and that is not listed, is out of
    // reach; all that is listed is found.
    std::erase_if(expected, [&](auto slot) {
      return server.unlisted.contains(slot)
             && !std::binary_search(passed.begin(), passed.end(), slot);
    });
    ASSERT_EQ(passed, expected);
  }
}

} // namespace

} // namespace pumpscope::domain

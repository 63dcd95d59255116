#include "domain/planted_bug.hpp"
#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

using namespace pumpscope::test;

namespace {

using pumpscope::domain::bug;
using pumpscope::domain::planted;

uint64_t number_of(const char* name, uint64_t otherwise) {
  auto text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

TEST(pipeline_simulation, runs_what_ships_without_planted_bugs) {
  static_assert(!planted(bug::writer_trusts_epoch));
  SUCCEED();
}

TEST(pipeline_simulation, equals_the_reference_when_nothing_goes_wrong) {
  auto result = run_world({});
  EXPECT_EQ(result.difference, "");
  EXPECT_EQ(result.generations, 1U);
  EXPECT_GT(result.trades, 20U);
}

TEST(pipeline_simulation, finds_and_fetches_what_its_stream_lacks) {
  auto settings = world_settings{};
  settings.slots = 60;
  settings.lose = 0.3;
  auto result = run_world(settings);
  EXPECT_EQ(result.difference, "");
  EXPECT_GT(result.lost_rows, 10U);
  EXPECT_GT(result.repairs, 10U);
}

TEST(pipeline_simulation, equals_the_reference_with_partitions_elsewhere) {
  auto settings = world_settings{};
  settings.hosted = 1;
  auto result = run_world(settings);
  EXPECT_EQ(result.difference, "");
  EXPECT_EQ(result.hosted, 2U);
  EXPECT_EQ(result.generations, 1U);
}

TEST(pipeline_simulation, survives_connections_to_hosts_that_break) {
  auto settings = world_settings{};
  settings.slots = 30;
  settings.hosted = 1;
  settings.host_break = 0.1;
  auto result = run_world(settings);
  EXPECT_EQ(result.difference, "");
  EXPECT_GT(result.host_breaks, 2U);
}

TEST(pipeline_simulation, moves_partitions_while_the_others_go_on) {
  auto settings = world_settings{};
  settings.slots = 200;
  settings.hosted = 0.5;
  settings.move = 0.03;
  auto result = run_world(settings);
  EXPECT_EQ(result.difference, "");
  EXPECT_EQ(result.generations, 1U);
  EXPECT_GT(result.moves, 5U);
}

TEST(pipeline_simulation, publishes_all_while_partitions_move) {
  auto moves = uint64_t{0};
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    auto settings = world_settings{};
    settings.seed = seed;
    settings.slots = 60;
    settings.seconds_per_slot = seed % 2 == 0 ? 20 : 0;
    settings.hosted = 0.5;
    settings.move = seed % 10 == 0 ? 0 : 0.02;
    settings.publishes = true;
    auto result = run_world(settings);
    ASSERT_EQ(result.difference, "") << "seed " << seed;
    moves += result.moves;
  }
  EXPECT_GT(moves, 100U);
}

TEST(pipeline_simulation, repeats_a_seed_exactly) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    auto once = run_world(random_world(seed));
    auto again = run_world(random_world(seed));
    ASSERT_EQ(again.trace, once.trace) << "PUMPSCOPE_SEED=" << seed;
    ASSERT_EQ(again.steps, once.steps) << "PUMPSCOPE_SEED=" << seed;
  }
}

TEST(pipeline_simulation, takes_another_course_with_another_seed) {
  auto settings = random_world(1);
  auto one = run_world(settings);
  settings.seed = 2;
  EXPECT_NE(run_world(settings).trace, one.trace);
}

/// PUMPSCOPE_SEED and PUMPSCOPE_SEEDS choose the first seed and how many; a
/// failure prints its seed, which repeats the run exactly.
TEST(pipeline_simulation, equals_the_reference_whatever_goes_wrong) {
  auto first = number_of("PUMPSCOPE_SEED", 1);
  auto count = number_of("PUMPSCOPE_SEEDS", 2'000);
  auto all = world_result{};
  auto failures = uint64_t{0};
  for (auto seed = first; seed < first + count; ++seed) {
    auto result = run_world(random_world(seed));
    all.trades += result.trades;
    all.crashes += result.crashes;
    all.repairs += result.repairs;
    all.gaps += result.gaps;
    all.lost_rows += result.lost_rows;
    all.voided_rows += result.voided_rows;
    all.killed_actors += result.killed_actors;
    all.frozen += result.frozen;
    all.hosted += result.hosted;
    all.host_breaks += result.host_breaks;
    all.moved += result.moved;
    all.moves += result.moves;
    if (result.difference.empty())
      continue;
    // A few are enough to work on.
    if (++failures <= 10)
      ADD_FAILURE() << "PUMPSCOPE_SEED=" << seed << " trace=" << result.trace
                    << "\n"
                    << result.difference;
  }
  EXPECT_EQ(failures, 0U);
  std::cout << "{\"seeds\":" << count << ",\"failures\":" << failures
            << ",\"trades\":" << all.trades << ",\"crashes\":" << all.crashes
            << ",\"killed_actors\":" << all.killed_actors
            << ",\"frozen\":" << all.frozen << ",\"hosted\":" << all.hosted
            << ",\"host_breaks\":" << all.host_breaks
            << ",\"moved\":" << all.moved << ",\"moves\":" << all.moves
            << ",\"repairs\":" << all.repairs << ",\"gaps\":" << all.gaps
            << ",\"lost_rows\":" << all.lost_rows
            << ",\"voided_rows\":" << all.voided_rows << "}\n";
}

} // namespace

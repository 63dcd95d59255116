#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

using namespace pumpscope::test;

namespace {

uint64_t number_of(const char* name, uint64_t otherwise) {
  auto text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

TEST(pipeline_simulation, equals_the_reference_when_nothing_goes_wrong) {
  auto result = run_world({});
  EXPECT_EQ(result.difference, "");
  EXPECT_EQ(result.generations, 1U);
  EXPECT_GT(result.trades, 20U);
}

/// PUMPSCOPE_SEED and PUMPSCOPE_SEEDS choose the first seed and how many; a
/// failure prints its seed, which repeats the run exactly.
TEST(pipeline_simulation, equals_the_reference_whatever_goes_wrong) {
  auto first = number_of("PUMPSCOPE_SEED", 1);
  auto count = number_of("PUMPSCOPE_SEEDS", 2'000);
  auto trades = uint64_t{0};
  auto crashes = uint64_t{0};
  auto repairs = uint64_t{0};
  auto voided_rows = uint64_t{0};
  for (auto seed = first; seed < first + count; ++seed) {
    auto result = run_world(random_world(seed));
    ASSERT_EQ(result.difference, "") << "PUMPSCOPE_SEED=" << seed;
    trades += result.trades;
    crashes += result.crashes;
    repairs += result.repairs;
    voided_rows += result.voided_rows;
  }
  RecordProperty("trades", std::to_string(trades));
  std::cout << "{\"seeds\":" << count << ",\"trades\":" << trades
            << ",\"crashes\":" << crashes << ",\"repairs\":" << repairs
            << ",\"voided_rows\":" << voided_rows << "}\n";
}

} // namespace

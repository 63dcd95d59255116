#include "tests/simulation/planted/planted_bug.hpp"

#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <string>

using namespace pumpscope::test;

namespace {

using pumpscope::domain::bug;

constexpr uint64_t seeds_max = 1'000;

struct named_bug {
  bug value = bug::none;
  const char* name = "";
};

void PrintTo(const named_bug& x, std::ostream* out) {
  *out << x.name;
}

/// Takes the bug out again, whatever happens.
class planted_bug_simulation : public ::testing::TestWithParam<named_bug> {
protected:
  ~planted_bug_simulation() override {
    plant(bug::none);
  }
};

/// Returns the first seed that finds the planted bug; 0 = none does.
uint64_t first_seed_that_finds() {
  for (uint64_t seed = 1; seed <= seeds_max; ++seed)
    if (!run_world(random_world(seed)).difference.empty())
      return seed;
  return 0;
}

TEST_P(planted_bug_simulation, finds_it) {
  plant(GetParam().value);
  auto seed = first_seed_that_finds();
  ASSERT_NE(seed, 0U) << GetParam().name << " was not found";
  auto found = run_world(random_world(seed));
  auto again = run_world(random_world(seed));
  EXPECT_EQ(again.trace, found.trace) << "PUMPSCOPE_SEED=" << seed;
  EXPECT_EQ(again.difference, found.difference) << "PUMPSCOPE_SEED=" << seed;
  std::cout << "bug " << GetParam().name << " found by seed " << seed << ": "
            << found.difference.substr(0, found.difference.find('\n')) << '\n';
  plant(bug::none);
  EXPECT_EQ(run_world(random_world(seed)).difference, "");
}

#define PLANT(name)                                                            \
  named_bug {                                                                  \
    bug::name, #name                                                           \
  }

INSTANTIATE_TEST_SUITE_P(
  all, planted_bug_simulation,
  ::testing::Values(
    PLANT(sealer_forgets_transactions), PLANT(sealer_seals_early),
    PLANT(sealer_seals_unconfirmed), PLANT(sequencer_asks_early),
    PLANT(sequencer_keeps_copies), PLANT(builder_drops_last_row),
    PLANT(builder_forgets_open_rows), PLANT(builder_forgets_repairs),
    PLANT(writer_trusts_epoch), PLANT(writer_trusts_checkpoint),
    PLANT(writer_keeps_fence), PLANT(partition_tail_begins_at_cursor),
    PLANT(partition_cut_is_ahead), PLANT(partition_repair_is_short),

    PLANT(partition_forgets_dirty), PLANT(partition_forgets_stored),
    PLANT(partition_keeps_repairs), PLANT(windows_keep_replaced),
    PLANT(token_forgets_refolded), PLANT(checkpoint_repeats_rows),
    PLANT(wallet_loses_row), PLANT(token_doubles_row),
    PLANT(pipeline_resumes_late), PLANT(pipeline_keeps_hosted),
    PLANT(host_takes_old_fence), PLANT(host_misses_tail),
    PLANT(host_loses_epoch), PLANT(host_forgets_repairs),
    PLANT(host_forgets_token_rows), PLANT(move_leaves_nobody),
    PLANT(move_forgets_flush), PLANT(move_joins_nobody),
    PLANT(move_misses_rows)),
  [](const auto& x) { return std::string{x.param.name}; });

} // namespace

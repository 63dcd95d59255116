#include "runtime/simulated_source.hpp"

#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

/// Updates that a source gives out at once, when it goes on from a slot.
size_t given_at_once(uint64_t slot, uint64_t resume_slots) {
  auto options = config::simulator_options{};
  options.rate = 10;
  auto source = make_simulated_source(options, resume_slots);
  source->resume_from(slot);
  auto batch = messages::raw_batch{};
  EXPECT_EQ(source->read(batch, std::chrono::milliseconds{0}),
            messages::read_status::ok);
  return batch.size();
}

constexpr uint64_t some_slot = 450'000'200;

TEST(simulated_source, repeats_slots_at_once) {
  auto paced = given_at_once(some_slot, 0);
  // A slot has its meta at least.
  EXPECT_GE(given_at_once(some_slot, 20), paced + 20);
}

TEST(simulated_source, begins_at_its_pace) {
  EXPECT_EQ(given_at_once(0, 20), given_at_once(0, 0));
}

} // namespace

} // namespace pumpscope::runtime

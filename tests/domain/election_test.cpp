#include "domain/election.hpp"

#include <gtest/gtest.h>

namespace pumpscope::domain {

namespace {

using namespace std::chrono_literals;

constexpr auto limits = election_limits{5'000ms, 2'000ms};

/// Another node has it, and this one has seen the store for an hour.
election_facts owned(std::chrono::milliseconds silent_for, bool refuses) {
  auto x = election_facts{};
  x.owned_by_other = true;
  x.owner_silent_for = silent_for;
  x.owner_refuses = refuses;
  x.seen_for = 1h;
  return x;
}

TEST(election, what_nobody_has_is_claimed_at_once) {
  EXPECT_TRUE(may_claim({}, limits));
}

TEST(election, an_owner_is_dead_after_a_ttl_and_sooner_when_it_refuses) {
  EXPECT_FALSE(may_claim(owned(limits.ttl - 1ms, false), limits));
  EXPECT_TRUE(may_claim(owned(limits.ttl, false), limits));
  EXPECT_FALSE(may_claim(owned(limits.ttl_refusing - 1ms, true), limits));
  EXPECT_TRUE(may_claim(owned(limits.ttl_refusing, true), limits));
}

TEST(election, whether_an_owner_refuses_alone_says_nothing) {
  EXPECT_FALSE(may_claim(owned(0ms, true), limits));
  EXPECT_FALSE(may_claim(owned(limits.ttl_refusing, false), limits));
}

TEST(election, asks_the_store_for_the_silence_that_it_went_by) {
  EXPECT_EQ(sufficient_silence(owned(1h, false), limits), limits.ttl);
  EXPECT_EQ(sufficient_silence(owned(1h, true), limits), limits.ttl_refusing);
}

TEST(election, a_dead_owner_is_believed_after_as_long_a_sight) {
  for (auto refuses : {false, true}) {
    auto x = owned(1h, refuses);
    x.seen_for = sufficient_silence(x, limits) - 1ms;
    EXPECT_FALSE(may_claim(x, limits));
    x.seen_for += 1ms;
    EXPECT_TRUE(may_claim(x, limits));
  }
}

TEST(election, who_is_on_the_way_out_claims_nothing) {
  auto x = election_facts{};
  x.draining = true;
  EXPECT_FALSE(may_claim(x, limits));
  x = owned(1h, true);
  x.draining = true;
  EXPECT_FALSE(may_claim(x, limits));
}

TEST(election, a_tool_that_took_the_store_over_has_time_for_its_work) {
  auto x = election_facts{};
  x.seen_for = 1h;
  x.lost_for = 0ms;
  EXPECT_FALSE(may_claim(x, limits));
  x.lost_for = limits.ttl;
  EXPECT_TRUE(may_claim(x, limits));
}

} // namespace

} // namespace pumpscope::domain

#include "domain/election.hpp"

#include <gtest/gtest.h>

namespace pumpscope::domain {

namespace {

using namespace std::chrono_literals;

constexpr auto ttl = 5'000ms;

TEST(election, what_nobody_has_is_claimed_at_once) {
  EXPECT_TRUE(may_claim({}, ttl));
}

TEST(election, what_a_living_node_has_is_not) {
  auto x = election_facts{};
  x.owned_by_other = true;
  x.owner_alive = true;
  x.seen_for = 1h;
  EXPECT_FALSE(may_claim(x, ttl));
}

TEST(election, a_dead_owner_is_believed_after_a_whole_ttl_of_sight) {
  auto x = election_facts{};
  x.owned_by_other = true;
  x.seen_for = ttl - 1ms;
  EXPECT_FALSE(may_claim(x, ttl));
  x.seen_for = ttl;
  EXPECT_TRUE(may_claim(x, ttl));
}

TEST(election, who_is_on_the_way_out_claims_nothing) {
  auto x = election_facts{};
  x.draining = true;
  EXPECT_FALSE(may_claim(x, ttl));
}

TEST(election, a_tool_that_took_the_store_over_has_time_for_its_work) {
  auto x = election_facts{};
  x.seen_for = 1h;
  x.lost_for = 0ms;
  EXPECT_FALSE(may_claim(x, ttl));
  x.lost_for = ttl;
  EXPECT_TRUE(may_claim(x, ttl));
}

} // namespace

} // namespace pumpscope::domain

#include "runtime/endpoint_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

messages::endpoint_report endpoint(std::string name, uint64_t updates) {
  auto result = messages::endpoint_report{};
  result.name = std::move(name);
  result.reading = true;
  result.updates = updates;
  return result;
}

TEST(endpoint_watch, is_silent_while_all_is_well) {
  auto sut = endpoint_watch{};

  EXPECT_THAT(sut.lines({}), IsEmpty());
  EXPECT_THAT(sut.lines({endpoint("a", 1), endpoint("b", 1)}), IsEmpty());
  EXPECT_THAT(sut.lines({endpoint("a", 2), endpoint("b", 2)}), IsEmpty());
}

TEST(endpoint_watch, tells_when_an_endpoint_is_lost_and_back) {
  auto sut = endpoint_watch{};
  auto lost = endpoint("b", 1);
  lost.reading = false;
  lost.last_error = "b: cannot connect";

  EXPECT_THAT(sut.lines({endpoint("a", 1), lost}),
              ElementsAre("endpoint b gives no updates: b: cannot connect"));
  EXPECT_THAT(sut.lines({endpoint("a", 2), lost}), IsEmpty());
  EXPECT_THAT(sut.lines({endpoint("a", 3), endpoint("b", 2)}),
              ElementsAre("endpoint b gives updates again"));
}

TEST(endpoint_watch, tells_what_is_new_among_the_missing_transactions) {
  auto sut = endpoint_watch{};
  auto lacking = endpoint("b", 1);
  lacking.missing_transactions = 3;
  lacking.slots_differing = 2;

  EXPECT_THAT(sut.lines({endpoint("a", 1), lacking}),
              ElementsAre(HasSubstr("b lacked 3 transactions in 2 slots")));
  EXPECT_THAT(sut.lines({endpoint("a", 1), lacking}), IsEmpty());
  lacking.updates = 9;
  lacking.missing_transactions = 4;
  lacking.slots_differing = 3;
  EXPECT_THAT(sut.lines({endpoint("a", 1), lacking}),
              ElementsAre(HasSubstr("b lacked 1 transactions in 1 slots")));
  // A restarted pipeline counts from 0 again.
  lacking.updates = 1;
  lacking.missing_transactions = 1;
  lacking.slots_differing = 1;
  EXPECT_THAT(sut.lines({endpoint("a", 1), lacking}),
              ElementsAre(HasSubstr("b lacked 1 transactions")));
}

} // namespace

} // namespace pumpscope::runtime

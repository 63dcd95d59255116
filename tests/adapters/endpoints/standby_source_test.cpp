#include "adapters/endpoints/standby_source.hpp"

#include "tests/adapters/endpoints/told_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace pumpscope::test;
using namespace pumpscope::endpoints;
using namespace std::chrono_literals;
using pumpscope::messages::read_status;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

using statuses = std::vector<read_status>;

standby_patience patience() {
  return {.silence_max = 10s, .return_period = 300s};
}

TEST(standby_source, reads_the_first_endpoint_alone) {
  auto told = told_endpoints{2};
  told[0].tell({transaction(5, 1)});
  told[1].tell({transaction(5, 2)});
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  sut.resume_from(3);
  auto seen = statuses{};
  EXPECT_THAT(read_all(sut, seen), ElementsAre(transaction(5, 1)));
  EXPECT_THAT(told[0].asked_from, ElementsAre(3));
  EXPECT_EQ(told[1].made, 0U);
  EXPECT_EQ(sut.name(), "endpoint-0");
  EXPECT_TRUE(sut.endpoints()[1].standby);
}

TEST(standby_source, asks_the_next_endpoint_from_the_resume_window) {
  for (auto fault :
       {read_status::retry, read_status::failed, read_status::out_of_range}) {
    auto told = told_endpoints{2};
    told[0].tell({block_meta(100), block_meta(101)});
    told[0].tell(fault);
    told[1].tell({transaction(102, 1)});
    auto sut = standby_source{told.endpoints(), told.settings(), patience()};
    auto seen = statuses{};
    EXPECT_EQ(read_all(sut, seen).size(), 3U);
    EXPECT_THAT(seen, ElementsAre(read_status::retry));
    // Ten slots before the lowest of the last metas.
    EXPECT_THAT(told[1].asked_from, ElementsAre(90));
    EXPECT_EQ(sut.name(), "endpoint-1");
    EXPECT_EQ(sut.last_error(), "");
  }
}

TEST(standby_source, leaves_an_endpoint_that_is_silent) {
  auto told = told_endpoints{2};
  told[0].tell({block_meta(100)});
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  auto seen = statuses{};
  read_all(sut, seen);
  told.now += 9'999ms;
  read_all(sut, seen);
  EXPECT_THAT(seen, IsEmpty());
  told.now += 1ms;
  told[1].tell({transaction(102, 1)});
  EXPECT_THAT(read_all(sut, seen), ElementsAre(transaction(102, 1)));
  EXPECT_THAT(seen, ElementsAre(read_status::retry));
}

TEST(standby_source, comes_back_to_the_first_endpoint_once_it_gives_updates) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::retry);
  told[1].tell({block_meta(100)});
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  auto seen = statuses{};
  read_all(sut, seen);
  // Not back yet: the second one goes on.
  told.now += 299s;
  told[1].tell({block_meta(101)});
  EXPECT_THAT(read_all(sut, seen), ElementsAre(block_meta(101)));
  EXPECT_EQ(told[0].made, 1U);
  told.now += 1s;
  told[1].tell({block_meta(102)});
  told[0].tell(read_status::retry);
  EXPECT_THAT(read_all(sut, seen), ElementsAre(block_meta(102)));
  EXPECT_EQ(told[0].made, 2U);
  EXPECT_EQ(sut.name(), "endpoint-1");
  told.now += 300s;
  told[1].tell({block_meta(103)});
  told[0].tell({block_meta(94), transaction(104, 1)});
  // It begins in the resume window: what the other one had not told is there.
  EXPECT_THAT(read_all(sut, seen),
              ElementsAre(block_meta(94), transaction(104, 1)));
  EXPECT_THAT(told[0].asked_from, ElementsAre(0, 90, 90));
  EXPECT_EQ(sut.name(), "endpoint-0");
  EXPECT_THAT(seen, ElementsAre(read_status::retry));
}

TEST(standby_source, tells_a_loss_only_when_no_endpoint_has_the_slot) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::out_of_range, 60);
  told[1].tell(read_status::out_of_range, 50);
  told[1].tell({block_meta(50)});
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  sut.resume_from(20);
  auto seen = statuses{};
  // The one that has most goes on.
  EXPECT_THAT(read_all(sut, seen), ElementsAre(block_meta(50)));
  EXPECT_THAT(seen, ElementsAre(read_status::retry, read_status::out_of_range));
  EXPECT_EQ(told[1].made, 1U);
}

TEST(standby_source, goes_back_to_the_endpoint_that_has_most) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::out_of_range, 50);
  told[1].tell(read_status::out_of_range, 60);
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  sut.resume_from(20);
  auto seen = statuses{};
  read_all(sut, seen);
  told[0].tell({block_meta(50)});
  EXPECT_THAT(read_all(sut, seen), ElementsAre(block_meta(50)));
  EXPECT_THAT(told[0].asked_from, ElementsAre(20, 50));
}

TEST(standby_source, does_not_wait_for_ever_for_one_that_may_have_the_slot) {
  auto told = told_endpoints{2};
  for (auto i = 0; i < 3; ++i) {
    told[0].tell(read_status::out_of_range, 50);
    told[1].tell(read_status::retry);
  }
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  sut.resume_from(20);
  auto seen = statuses{};
  read_all(sut, seen);
  told[0].tell({block_meta(50)});
  EXPECT_THAT(read_all(sut, seen), ElementsAre(block_meta(50)));
  EXPECT_EQ(seen.back(), read_status::out_of_range);
  EXPECT_EQ(told[0].asked_from.back(), 50U);
}

TEST(standby_source, fails_when_all_endpoints_refuse_us) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::failed);
  told[1].tell(read_status::failed);
  auto sut = standby_source{told.endpoints(), told.settings(), patience()};
  auto seen = statuses{};
  read_all(sut, seen);
  EXPECT_THAT(seen, ElementsAre(read_status::retry, read_status::failed));
}

} // namespace

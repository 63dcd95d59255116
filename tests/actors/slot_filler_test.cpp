#include "actors/slot_filler.hpp"

#include "tests/support/fake_block_fetcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::actors {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class slot_filler_test : public ::testing::Test {
protected:
  slot_filler_test() {
    for (uint64_t slot = 1; slot <= 100; ++slot)
      if (slot % 10 != 0)
        server_->add(slot, slot % 10 == 1 ? slot - 2 : slot - 1);
  }

  /// Fills batches until all is passed on; returns the slots of the updates.
  std::vector<uint64_t> drain() {
    auto result = std::vector<uint64_t>{};
    for (auto i = 0; i < 1'000 && !sut_.idle(); ++i) {
      auto batch = messages::raw_batch{};
      sut_.fill(batch, 0ms);
      EXPECT_LE(batch.size(), messages::raw_batch_updates_max);
      for (size_t n = 0; n < batch.size(); ++n)
        if (result.empty() || result.back() != batch.update(n).front())
          result.push_back(batch.update(n).front());
      updates_ += batch.size();
      ranges_.insert(ranges_.end(), batch.ranges.begin(), batch.ranges.end());
    }
    EXPECT_TRUE(sut_.idle());
    return result;
  }

  std::shared_ptr<test::fake_block_fetcher> server_
    = std::make_shared<test::fake_block_fetcher>();
  slot_filler sut_{{}, server_};
  std::vector<messages::fetched_range> ranges_ = {};
  size_t updates_ = 0;
};

TEST_F(slot_filler_test, passes_on_the_blocks_of_a_range_in_order) {
  ASSERT_TRUE(sut_.want({8, 12}));

  EXPECT_THAT(drain(), ElementsAre(8, 9, 11, 12));
  ASSERT_EQ(ranges_.size(), 1U);
  EXPECT_TRUE(ranges_[0].complete);
  EXPECT_EQ(sut_.counters().slots, 4U);
  EXPECT_EQ(sut_.counters().slots_without_block, 1U);
  EXPECT_EQ(updates_, 12U);
}

TEST_F(slot_filler_test, spreads_a_large_block_over_batches) {
  server_->add(8, 7, 1'000);
  ASSERT_TRUE(sut_.want({7, 9}));

  EXPECT_THAT(drain(), ElementsAre(7, 8, 9));
  EXPECT_EQ(updates_, 1'006U);
}

TEST_F(slot_filler_test,
       works_on_several_ranges_and_ends_each_behind_its_last_block) {
  for (uint64_t slot = 1; slot <= 61; slot += 10)
    ASSERT_TRUE(sut_.want({slot, slot + 5}));

  EXPECT_EQ(drain().size(), 42U);
  EXPECT_EQ(ranges_.size(), 7U);
  EXPECT_EQ(sut_.counters().ranges_complete, 7U);
}

TEST_F(slot_filler_test, fetches_a_range_that_is_under_way_once) {
  ASSERT_TRUE(sut_.want({1, 49}));
  ASSERT_TRUE(sut_.want({1, 49}));
  ASSERT_TRUE(sut_.want({20, 30}));

  EXPECT_EQ(drain().size(), 45U);
  EXPECT_EQ(ranges_.size(), 1U);
  // Afterwards it may be asked for again.
  ASSERT_TRUE(sut_.want({1, 49}));
  EXPECT_EQ(drain().size(), 45U);
}

TEST_F(slot_filler_test, tells_when_a_range_is_not_complete) {
  server_->failing = {13};
  ASSERT_TRUE(sut_.want({11, 15}));

  EXPECT_THAT(drain(), ElementsAre(11, 12, 14, 15));
  ASSERT_EQ(ranges_.size(), 1U);
  EXPECT_FALSE(ranges_[0].complete);
}

TEST_F(slot_filler_test, refuses_more_than_it_has_room_for) {
  sut_ = slot_filler{{.walk = {}, .ranges_max = 2, .walks_max = 1}, server_};
  EXPECT_TRUE(sut_.want({1, 2}));
  EXPECT_TRUE(sut_.want({3, 4}));
  EXPECT_FALSE(sut_.want({5, 6}));
  EXPECT_FALSE(sut_.want({0, 6}));
  EXPECT_FALSE(sut_.want({8, 7}));

  EXPECT_THAT(drain(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(sut_.counters().ranges_refused, 3U);
  EXPECT_TRUE(sut_.want({5, 6}));
}

TEST_F(slot_filler_test, asks_for_a_bounded_number_of_blocks_ahead) {
  ASSERT_TRUE(sut_.want({1, 99}));
  auto batch = messages::raw_batch{};
  server_->cancel();
  sut_.fill(batch, 0ms);
  EXPECT_THAT(server_->asked, IsEmpty());

  auto fresh = std::make_shared<test::fake_block_fetcher>();
  fresh->blocks = server_->blocks;
  auto sut = slot_filler{{}, fresh};
  for (uint64_t slot = 1; slot < 100; ++slot)
    fresh->add(slot, slot - 1, 256);
  ASSERT_TRUE(sut.want({1, 99}));
  sut.fill(batch, 0ms);

  EXPECT_TRUE(batch.size() == messages::raw_batch_updates_max);
  // At most those ahead of the walk, those that are ready, and one more round.
  EXPECT_LE(fresh->asked.size(), 64U);
}

} // namespace

} // namespace pumpscope::actors

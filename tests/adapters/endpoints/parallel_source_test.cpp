#include "adapters/endpoints/parallel_source.hpp"

#include "tests/adapters/endpoints/told_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

using namespace pumpscope::test;
using namespace pumpscope::endpoints;
using namespace std::chrono_literals;
using pumpscope::messages::raw_batch;
using pumpscope::messages::read_status;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

using statuses = std::vector<read_status>;

TEST(parallel_source, gives_each_update_of_any_endpoint_once) {
  auto told = told_endpoints{2};
  told[0].tell({transaction(5, 1), transaction(5, 2), block_meta(5)});
  told[1].tell({transaction(5, 2), transaction(5, 3), block_meta(5)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  sut.resume_from(4);
  auto seen = statuses{};
  EXPECT_THAT(read_all(sut, seen),
              ElementsAre(transaction(5, 1), transaction(5, 2), block_meta(5),
                          transaction(5, 3)));
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_THAT(told[0].asked_from, ElementsAre(4));
  EXPECT_THAT(told[1].asked_from, ElementsAre(4));
}

TEST(parallel_source, goes_on_without_an_endpoint_that_dies) {
  auto told = told_endpoints{2};
  told[0].tell({transaction(5, 1)});
  told[0].tell(read_status::retry);
  told[0].tell({transaction(6, 1)});
  told[1].tell({transaction(5, 2)});
  told[1].tell({transaction(6, 2)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  auto seen = statuses{};
  EXPECT_EQ(read_all(sut, seen).size(), 4U);
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_EQ(sut.endpoints()[0].retries, 1U);
  EXPECT_EQ(sut.last_error(), "");
}

TEST(parallel_source, says_so_when_no_endpoint_is_there) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::retry);
  told[1].tell(read_status::retry);
  auto sut = parallel_source{told.endpoints(), told.settings()};
  auto seen = statuses{};
  read_all(sut, seen);
  EXPECT_THAT(seen, ElementsAre(read_status::retry));
  EXPECT_EQ(sut.last_error(), "told to");
  EXPECT_FALSE(sut.endpoints()[1].reading);
}

TEST(parallel_source, starts_an_endpoint_again_that_refused_us) {
  auto told = told_endpoints{2};
  told[0].tell({block_meta(100), block_meta(101)});
  told[0].tell(read_status::failed);
  told[0].tell({transaction(102, 1)});
  told[1].tell({block_meta(100)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  auto seen = statuses{};
  EXPECT_EQ(read_all(sut, seen).size(), 3U);
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_EQ(told[0].made, 2U);
  // The lowest of its last metas, less the ten slots of the settings.
  EXPECT_THAT(told[0].asked_from, ElementsAre(0, 90));
}

TEST(parallel_source, fails_when_all_endpoints_refuse_us) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::failed);
  told[1].tell(read_status::failed);
  auto sut = parallel_source{told.endpoints(), told.settings()};
  auto seen = statuses{};
  read_all(sut, seen);
  EXPECT_THAT(seen, ElementsAre(read_status::failed));
  EXPECT_EQ(sut.last_error(), "told to");
}

TEST(parallel_source, loses_nothing_when_another_endpoint_has_the_slot) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::out_of_range, 50);
  told[0].tell({block_meta(50), block_meta(51)});
  told[1].tell({block_meta(20)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  sut.resume_from(20);
  auto seen = statuses{};
  read_all(sut, seen);
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_EQ(sut.endpoints()[0].out_of_range, 1U);
}

TEST(parallel_source, tells_a_loss_when_no_endpoint_has_the_slot) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::out_of_range, 50);
  told[0].tell({block_meta(50), block_meta(51)});
  told[1].tell(read_status::out_of_range, 48);
  told[1].tell({block_meta(48)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  sut.resume_from(20);
  auto seen = statuses{};
  EXPECT_EQ(read_all(sut, seen).size(), 3U);
  EXPECT_THAT(seen, ElementsAre(read_status::out_of_range));
}

TEST(parallel_source, tells_a_loss_when_the_other_endpoint_began_later) {
  auto told = told_endpoints{2};
  told[0].tell({block_meta(20), block_meta(21)});
  told[0].tell(read_status::out_of_range, 60);
  told[1].tell(read_status::out_of_range, 50);
  told[1].tell({block_meta(50)});
  auto sut = parallel_source{told.endpoints(), told.settings()};
  sut.resume_from(20);
  auto seen = statuses{};
  read_all(sut, seen);
  // The first one had 20 when the second one had not.
  EXPECT_THAT(seen, ElementsAre(read_status::out_of_range));
}

TEST(parallel_source, ends_when_all_endpoints_end) {
  auto told = told_endpoints{2};
  told[0].tell(read_status::end);
  told[1].tell({transaction(5, 1)});
  told[1].tell(read_status::end);
  auto sut = parallel_source{told.endpoints(), told.settings()};
  auto seen = statuses{};
  EXPECT_EQ(read_all(sut, seen).size(), 1U);
  EXPECT_THAT(seen, ElementsAre(read_status::end));
}

/// An endpoint that hangs until it is cancelled.
class hanging_source : public told_source {
public:
  using told_source::told_source;

  read_status read(raw_batch&, std::chrono::milliseconds) override {
    cancelled_.get_future().wait();
    return read_status::failed;
  }

  void cancel() override {
    if (!std::exchange(told_, true))
      cancelled_.set_value();
  }

private:
  std::promise<void> cancelled_;
  bool told_ = false;
};

TEST(parallel_source, does_not_wait_for_an_endpoint_that_hangs) {
  auto told = told_endpoints{2};
  told[0].tell({transaction(5, 1), transaction(5, 2)});
  auto all = told.endpoints();
  all[1].make = [endpoint = told.all[1]] {
    return std::make_shared<hanging_source>(endpoint);
  };
  auto settings = group_settings{};
  auto sut = parallel_source{std::move(all), settings};
  auto batch = raw_batch{};
  while (batch.size() == 0)
    ASSERT_EQ(sut.read(batch, 10s), read_status::ok);
  EXPECT_EQ(batch.size(), 2U);
  sut.cancel();
  EXPECT_EQ(sut.read(batch, 10s), read_status::failed);
}

} // namespace

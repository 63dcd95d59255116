#include "runtime/cluster_seat.hpp"

#include "tests/runtime/fake_membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;
using runtime::cluster_seat;

/// How long a test waits for a thread before it fails.
constexpr auto patience = 10s;

class seat_of_a_node : public ::testing::Test {
protected:
  runtime::outcome<std::unique_ptr<cluster_seat>>
  take(std::chrono::milliseconds ttl = 5s,
       std::chrono::milliseconds beat = 1ms) {
    auto settings = runtime::seat_settings{};
    settings.ttl = ttl;
    settings.beat_period = beat;
    if (can_tell_)
      settings.refuses = [this](const std::string& peer,
                                std::chrono::milliseconds lasts) {
        auto guard = std::lock_guard{cluster_->mutex};
        asked_.push_back(peer);
        lasts_ = lasts;
        cluster_->beaten.notify_all();
        return refuses_;
      };
    settings.listen = [this]() -> runtime::outcome<std::string> {
      ++listens_;
      if (!can_listen_)
        return runtime::fail("the port is taken");
      return std::string{"a:7"};
    };
    settings.partitions = [](bool in_term) { return in_term ? 22 : 5; };
    settings.on_trouble = [this](const std::string& x) {
      auto guard = std::lock_guard{cluster_->mutex};
      trouble_.push_back(x);
    };
    return cluster_seat::take({"a", 1, "", "", "1"}, settings,
                              std::make_unique<fake_membership>(cluster_),
                              stop_.get_token());
  }

  /// It beat as long ago; `peer` is where others ask it.
  void other_has_it(std::chrono::milliseconds silent_for,
                    const std::string& peer = "") {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->view.members.push_back(
      {{"b", 2, "", peer, "1"}, false, true, silent_for, {}});
    cluster_->view.sequencer = 2;
  }

  void let_other_be_silent_for(std::chrono::milliseconds x) {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->view.members[0].beat_age = x;
  }

  /// From here on its port takes connections; its last beat is so old.
  void let_other_listen(std::chrono::milliseconds age) {
    auto guard = std::lock_guard{cluster_->mutex};
    refuses_ = false;
    cluster_->view.members[0].beat_age = age;
  }

  /// Waits for two more beats: what was told before is known then.
  void wait_for_beats() {
    auto goal = 0;
    {
      auto guard = std::lock_guard{cluster_->mutex};
      goal = cluster_->beats + 2;
    }
    ASSERT_TRUE(wait_until([&] { return cluster_->beats >= goal; }));
  }

  std::vector<std::string> asked() {
    auto guard = std::lock_guard{cluster_->mutex};
    return asked_;
  }

  template <class Condition>
  bool wait_until(Condition holds) {
    auto lock = std::unique_lock{cluster_->mutex};
    return cluster_->beaten.wait_for(lock, patience, holds);
  }

  std::shared_ptr<fake_cluster> cluster_ = std::make_shared<fake_cluster>();
  std::stop_source stop_ = {};
  int listens_ = 0;
  bool can_listen_ = true;
  /// Guarded by the mutex of the cluster.
  std::vector<std::string> trouble_ = {};
  /// Guarded as well: a connection to others is refused, who was asked, and how
  /// long it might take.
  bool refuses_ = false;
  std::vector<std::string> asked_ = {};
  std::chrono::milliseconds lasts_ = {};
  /// Whether connections are refused can be found out.
  bool can_tell_ = true;
};

TEST_F(seat_of_a_node, gets_what_nobody_has_once) {
  auto seat = take();
  ASSERT_TRUE(seat);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  wait_for_beats();
  EXPECT_EQ((*seat)->wait_for_term(0ms), std::nullopt);
  EXPECT_EQ(cluster_->claims, 1);
  seat->reset();
  EXPECT_THAT(cluster_->left, ::testing::ElementsAre(1U));
}

TEST_F(seat_of_a_node, tells_how_many_partitions_it_has) {
  other_has_it(0ms);
  auto seat = take();
  ASSERT_TRUE(seat);
  EXPECT_TRUE(wait_until([&] { return cluster_->partitions == 5; }));
  let_other_be_silent_for(5s);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  EXPECT_TRUE(wait_until([&] { return cluster_->partitions == 22; }));
}

TEST_F(seat_of_a_node, waits_behind_an_owner_who_lives) {
  other_has_it(0ms);
  auto seat = take(5ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_EQ(cluster_->claims, 0);
  let_other_be_silent_for(5ms);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  EXPECT_EQ(cluster_->silence, 5ms);
}

TEST_F(seat_of_a_node, believes_in_no_death_while_the_store_comes_and_goes) {
  other_has_it(2h);
  auto seat = take(1h);
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, tells_trouble_once_and_its_end) {
  other_has_it(0ms);
  auto seat = take();
  ASSERT_TRUE(seat);
  {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->away = true;
  }
  wait_for_beats();
  {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->away = false;
  }
  wait_for_beats();
  auto guard = std::lock_guard{cluster_->mutex};
  EXPECT_THAT(trouble_, ::testing::ElementsAre("gone", ""));
}

TEST_F(seat_of_a_node, leaves_a_store_to_the_tool_that_took_it) {
  auto seat = take(1h);
  ASSERT_TRUE(seat);
  EXPECT_TRUE((*seat)->wait_for_term(patience));
  (*seat)->term_was_lost();
  wait_for_beats();
  EXPECT_EQ(cluster_->claims, 1);
}

TEST_F(seat_of_a_node, takes_a_store_back_from_a_tool_after_a_ttl) {
  auto seat = take(1ms);
  ASSERT_TRUE(seat);
  EXPECT_TRUE((*seat)->wait_for_term(patience));
  (*seat)->term_was_lost();
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  EXPECT_EQ(cluster_->claims, 2);
}

TEST_F(seat_of_a_node, claims_nothing_once_it_is_to_end) {
  other_has_it(0ms);
  auto seat = take();
  ASSERT_TRUE(seat);
  wait_for_beats();
  {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->view.members[1].draining = true;
    cluster_->view.sequencer = 0;
  }
  wait_for_beats();
  EXPECT_TRUE((*seat)->draining());
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, tells_the_others_that_it_is_about_to_end) {
  auto seat = take();
  ASSERT_TRUE(seat);
  EXPECT_TRUE((*seat)->wait_for_term(patience));
  (*seat)->retire();
  wait_for_beats();
  EXPECT_TRUE((*seat)->draining());
  EXPECT_TRUE(cluster_->view.members[0].draining);
}

TEST_F(seat_of_a_node, looks_more_often_when_the_owner_is_about_to_end) {
  other_has_it(0ms);
  cluster_->view.members[0].draining = true;
  // Far longer than the test may take: only a tenth of it passes.
  auto seat = take(1h, 15s);
  ASSERT_TRUE(seat);
  {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->view.sequencer = 0;
  }
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
}

TEST_F(seat_of_a_node, looks_again_when_the_owners_silence_may_suffice) {
  for (auto due : {11s * 3 / 2, 11s * 2, 11s * 5}) {
    cluster_ = std::make_shared<fake_cluster>();
    other_has_it(due - 1ms);
    auto seat = take(11s * 5, 11s);
    ASSERT_TRUE(seat);
    EXPECT_TRUE(wait_until([this] { return cluster_->beats == 2; }));
  }
}

TEST_F(seat_of_a_node, follows_an_owner_that_is_silent_and_refuses) {
  other_has_it(4ms, "b:1");
  refuses_ = true;
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  EXPECT_EQ(cluster_->silence, 4ms);
  EXPECT_THAT(asked(), ::testing::ElementsAre("b:1"));
  EXPECT_EQ(lasts_, 1ms);
}

TEST_F(seat_of_a_node, leaves_an_owner_alone_that_refuses_and_beats) {
  other_has_it(2ms, "b:1");
  refuses_ = true;
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_THAT(asked(), ::testing::IsEmpty());
  let_other_be_silent_for(3ms);
  wait_for_beats();
  EXPECT_THAT(asked(), ::testing::ElementsAre("b:1"));
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, leaves_an_owner_alone_that_is_silent_and_listens) {
  other_has_it(4ms, "b:1");
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_THAT(asked(), ::testing::Contains("b:1"));
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, leaves_an_owner_alone_that_cannot_be_asked) {
  refuses_ = true;
  other_has_it(4ms);
  {
    auto seat = take(1h, 2ms);
    ASSERT_TRUE(seat);
    wait_for_beats();
  }
  cluster_ = std::make_shared<fake_cluster>();
  other_has_it(4ms, "b:1");
  can_tell_ = false;
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_THAT(asked(), ::testing::IsEmpty());
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, believes_a_refusal_until_the_owner_beats_again) {
  other_has_it(3ms, "b:1");
  refuses_ = true;
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  let_other_listen(0ms);
  wait_for_beats();
  let_other_be_silent_for(4ms);
  wait_for_beats();
  EXPECT_EQ(cluster_->claims, 0);
}

TEST_F(seat_of_a_node, follows_an_owner_whose_successor_listens_at_its_port) {
  other_has_it(3ms, "b:1");
  refuses_ = true;
  auto seat = take(1h, 2ms);
  ASSERT_TRUE(seat);
  wait_for_beats();
  let_other_listen(4ms);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
}

TEST_F(seat_of_a_node, asks_for_half_a_second_at_most) {
  other_has_it(1h, "b:1");
  auto seat = take(2h, 15s);
  ASSERT_TRUE(seat);
  EXPECT_TRUE(wait_until([this] { return !asked_.empty(); }));
  EXPECT_EQ(lasts_, 500ms);
}

TEST_F(seat_of_a_node, has_a_name_of_its_own) {
  cluster_->name_taken = true;
  auto seat = take(5ms);
  ASSERT_FALSE(seat);
  EXPECT_THAT(seat.error().what, ::testing::HasSubstr("--node-name"));
  EXPECT_GT(cluster_->beats, 1);
}

// Else it would look alive to those who are to follow it.
TEST_F(seat_of_a_node, refuses_connections_while_another_one_has_its_name) {
  cluster_->view.members.push_back(
    {{"a", 2, "", "a:7", "1"}, false, true, {}, {}});
  EXPECT_FALSE(take(5ms));
  EXPECT_EQ(listens_, 0);
  EXPECT_EQ(cluster_->beats, 0);
  cluster_->view.members[0].alive = false;
  auto seat = take();
  ASSERT_TRUE(seat);
  EXPECT_EQ(listens_, 1);
  EXPECT_EQ((*seat)->self().peer, "a:7");
}

// A node that is started again at once and has nobody beside it follows itself:
// it has seen the store for a whole time to live when it gets its name.
TEST_F(seat_of_a_node, counts_what_it_saw_while_it_waited_for_its_name) {
  constexpr auto ttl = 20ms;
  cluster_->view.members.push_back(
    {{"a", 2, "", "a:7", "1"}, false, true, 1h, {}});
  cluster_->view.sequencer = 2;
  cluster_->looks_until_dead = 1;
  can_tell_ = false;
  auto seat = take(ttl, ttl);
  ASSERT_TRUE(seat);
  EXPECT_EQ((*seat)->wait_for_term(patience), 7U);
  EXPECT_EQ(cluster_->beats_at_claim, 1);
}

TEST_F(seat_of_a_node, is_none_where_it_cannot_listen) {
  can_listen_ = false;
  auto seat = take();
  ASSERT_FALSE(seat);
  EXPECT_EQ(seat.error().what, "the port is taken");
  EXPECT_EQ(cluster_->beats, 0);
}

TEST_F(seat_of_a_node, waits_for_its_name_no_longer_than_its_process_lives) {
  cluster_->name_taken = true;
  stop_.request_stop();
  auto seat = take(1h);
  ASSERT_FALSE(seat);
  EXPECT_EQ(seat.error().what, "");
}

TEST_F(seat_of_a_node, notices_that_its_name_is_lost) {
  auto seat = take();
  ASSERT_TRUE(seat);
  wait_for_beats();
  EXPECT_FALSE((*seat)->name_is_lost());
  {
    auto guard = std::lock_guard{cluster_->mutex};
    cluster_->name_taken = true;
  }
  wait_for_beats();
  EXPECT_TRUE((*seat)->name_is_lost());
}

} // namespace

} // namespace pumpscope::test

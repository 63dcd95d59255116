#include "actors/remote_host.hpp"

#include "actors/router.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/sample_rows.hpp"

#include <chrono>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;

constexpr auto partitions = uint32_t{2};

/// A node that hosts what it is told and folds when we say so.
class noted_link : public messages::host_link {
public:
  [[nodiscard]] std::string name() const override {
    return "b";
  }

  void begin(std::string command,
             std::function<void(std::string, bool)> on_events) override {
    EXPECT_TRUE(messages::decode_host_begin(command));
    tell_ = std::move(on_events);
    tell(messages::host_begun{});
  }

  void pass(messages::hosting_id, std::string order,
            std::function<void(bool)> done) override {
    EXPECT_TRUE(messages::decode_host_order(order));
    ++orders;
    done(true);
  }

  void ask(messages::hosting_id, std::string,
           std::function<void(std::optional<std::string>)> done) override {
    done(std::nullopt);
  }

  void end() override {
    ended = true;
  }

  void note_lost(const std::string& why) override {
    lost = why;
  }

  void note_slow() override {
    ++slow;
  }

  void tell(const messages::host_event& x) {
    tell_(to_frame(x), false);
  }

  size_t orders = 0;
  size_t slow = 0;
  std::string lost = {};
  bool ended = false;

private:
  std::function<void(std::string, bool)> tell_ = {};
};

/// Epochs 11 and above go to a node that loaded its partitions behind 10.
class remote_host : public actor_fixture {
protected:
  remote_host() {
    auto config = actors::remote_host_config{};
    config.begin.partition_count = partitions;
    config.begin.partitions = {1};
    config.begin.head.epoch = 10;
    config.patience = 30s;
    config.look_period = 1s;
    config.slow_after = 2s;
    config.slow_looks = 5;
    aut_ = adopt(sys_.spawn(actors::remote_host, config, link_));
    auto links = std::make_shared<messages::remote_host_links>();
    links->router = adopt(sys_.spawn(
      [](messages::host_observer_actor::pointer, std::vector<uint64_t>* seen)
        -> messages::host_observer_actor::behavior_type {
        return {
          [seen](const messages::host_applied& x) { seen->push_back(x.epoch); },
          [](const messages::breaks_found_ptr&) {},
          [](const messages::repair_wanted&) {},
        };
      },
      &applied_));
    caf::anon_send(aut_, messages::remote_host_links_ptr{links});
    run();
  }

  /// Gives everybody the next epoch to fold.
  void route_next() {
    auto x = std::make_shared<messages::epoch>(epoch_after({.epoch = sent_}));
    ++sent_;
    caf::anon_send(aut_, actors::route(x, {partitions, 0}));
    run();
  }

  /// The partitions here have folded all.
  void fold_here() {
    caf::anon_send(aut_, messages::epoch_folded_here{sent_});
    run();
  }

  /// The host has folded up to there.
  void fold_there(uint64_t epoch) {
    link_->tell(messages::host_folded{epoch});
    run();
  }

  /// Some seconds, in each of which the host folds one epoch of those that wait
  /// and another comes; whether the partitions here are done when we look.
  void lag(int seconds, bool done_here) {
    for (auto i = 0; i < seconds; ++i) {
      route_next();
      if (done_here)
        fold_here();
      advance(1s);
      fold_there(++folded_);
      fold_here();
    }
  }

  /// Some epochs wait at the host, folded here at different times.
  void fall_behind() {
    route_next();
    fold_here();
    fold_there(folded_ = sent_);
    for (auto i = 0; i < 10; ++i) {
      route_next();
      fold_here();
      advance(500ms);
    }
    ASSERT_EQ(link_->slow, 0U);
  }

  std::shared_ptr<noted_link> link_ = std::make_shared<noted_link>();
  std::vector<uint64_t> applied_ = {};
  messages::remote_host_actor aut_ = {};
  uint64_t sent_ = 10;
  uint64_t folded_ = 10;
};

TEST_F(remote_host, tells_what_the_host_folded) {
  route_next();
  route_next();
  EXPECT_EQ(link_->orders, 2U);
  fold_there(11);
  fold_there(12);
  EXPECT_EQ(applied_, (std::vector<uint64_t>{11, 12}));
}

TEST_F(remote_host, one_that_all_wait_for_is_slow) {
  fall_behind();
  lag(20, true);
  EXPECT_GT(link_->slow, 0U);
  EXPECT_EQ(link_->lost, "");
  EXPECT_EQ(status_of(aut_, "slow_total"), link_->slow);
}

TEST_F(remote_host, one_is_not_slow_while_those_here_have_to_do_as_well) {
  fall_behind();
  lag(60, false);
  EXPECT_EQ(link_->slow, 0U);
}

// Who is a little slower has all that waits, but others do not wait mostly.
TEST_F(remote_host, one_is_not_slow_that_others_wait_for_half_of_the_time) {
  fall_behind();
  for (auto i = 0; i < 30; ++i) {
    lag(1, true);
    lag(1, false);
  }
  EXPECT_EQ(link_->slow, 0U);
}

TEST_F(remote_host, one_is_not_slow_that_folds_soon) {
  for (auto i = 0; i < 60; ++i) {
    route_next();
    fold_here();
    advance(1s);
    fold_there(sent_);
  }
  EXPECT_EQ(link_->slow, 0U);
}

TEST_F(remote_host, one_is_neither_slow_nor_lost_while_it_loads) {
  route_next();
  fold_here();
  for (auto i = 0; i < 60; ++i)
    advance(1s);
  EXPECT_EQ(link_->slow, 0U);
  EXPECT_EQ(link_->lost, "");
}

TEST_F(remote_host, one_that_folds_nothing_any_more_is_lost) {
  route_next();
  fold_there(sent_);
  route_next();
  for (auto i = 0; i < 32; ++i)
    advance(1s);
  EXPECT_EQ(link_->lost, "it folds nothing");
  EXPECT_TRUE(link_->ended);
}

} // namespace

} // namespace pumpscope::test

#include "runtime/host_pool.hpp"

#include "domain/partition_balance.hpp"
#include "runtime/peer_host_link.hpp"
#include "tests/runtime/fake_membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Answers at once: with 200 for those that are ready.
class ready_network : public peer::peer_network {
public:
  [[nodiscard]] std::string address() const override {
    return "here:1";
  }

  void ask(std::string_view to, http::request x, http::reply done) override {
    EXPECT_TRUE(x.target.starts_with(runtime::hosting_path::ready));
    auto answer = http::response{};
    answer.status = ready.contains(std::string{to}) ? 200 : 503;
    done(std::move(answer));
  }

  [[nodiscard]] peer::peer_counters counters() const override {
    return {};
  }

  std::set<std::string> ready = {"b:7", "c:7"};
};

constexpr uint32_t partition_count = 32;

/// Node `a` has the sequencer, beside `b` and `c`.
class host_pool : public ::testing::Test {
protected:
  host_pool() {
    cluster_->view.members
      = {{{"b", 2, "b:80", "b:7", "1"}, false, true, {}, {}},
         {{"c", 3, "c:80", "c:7", "1"}, false, true, {}, {}}};
  }

  void join() {
    auto settings = runtime::seat_settings{};
    settings.ttl = 1h;
    settings.beat_period = 1ms;
    auto seat = runtime::cluster_seat::take(
      {"a", 1, "a:80", "a:7", "1"}, settings,
      std::make_unique<fake_membership>(cluster_), {});
    ASSERT_TRUE(seat);
    auto pool = runtime::host_pool_settings{};
    pool.round_period = round_period_;
    pool.distrust = 1h;
    pool.distrust_max = 2h;
    pool.slow_distrust = 90s;
    pool.trust = 1h;
    pool.on_change = [this](const std::string& x, size_t own) {
      told_.push_back(x);
      own_ = own;
    };
    pool.on_trouble = [this](const std::string& x) { told_.push_back(x); };
    seat_ = std::move(*seat);
    sut_ = std::make_shared<runtime::host_pool>(seat_, network_, pool);
  }

  /// Changes what the store says of nodes, and waits until we know.
  template <class F>
  void change(F f) {
    auto lock = std::unique_lock{cluster_->mutex};
    f(cluster_->view.members);
    auto seen = cluster_->beats;
    cluster_->beaten.wait(lock, [&] { return cluster_->beats > seen + 2; });
  }

  /// How many partitions each other node gets; each has one owner.
  std::map<std::string, size_t> share_out() {
    auto result = std::map<std::string, size_t>{};
    auto all = std::set<uint32_t>{};
    for (auto& x : sut_->share_out(partition_count)) {
      result[x.link->name()] = x.partitions.size();
      for (auto partition : x.partitions)
        EXPECT_TRUE(all.insert(partition).second);
      links_[x.link->name()] = x.link;
    }
    return result;
  }

  /// How many partitions each node takes now; ours count as those of `a`.
  std::map<std::string, size_t> next_moves() {
    auto plan = sut_->next_moves();
    EXPECT_FALSE(plan.starts_again);
    auto result = std::map<std::string, size_t>{};
    for (auto& x : plan.takes)
      result[x.link ? x.link->name() : "a"] = x.partitions.size();
    return result;
  }

  std::chrono::milliseconds round_period_ = 0ms;
  std::shared_ptr<fake_cluster> cluster_ = std::make_shared<fake_cluster>();
  std::shared_ptr<ready_network> network_ = std::make_shared<ready_network>();
  std::vector<std::string> told_ = {};
  size_t own_ = 0;
  std::map<std::string, std::shared_ptr<messages::host_link>> links_ = {};
  std::shared_ptr<runtime::cluster_seat> seat_ = {};
  std::shared_ptr<runtime::host_pool> sut_ = {};
};

TEST_F(host_pool, keeps_all_until_others_said_that_they_can) {
  join();
  EXPECT_TRUE(share_out().empty());
  EXPECT_FALSE(sut_->is_outdated());
  sut_->look();
  EXPECT_TRUE(sut_->is_outdated());
}

TEST_F(host_pool, gives_each_node_its_share) {
  join();
  sut_->look();
  auto shares = share_out();
  for (auto* name : {"b", "c"}) {
    EXPECT_GE(shares[name], partition_count / 3) << name;
    EXPECT_LE(shares[name], 12U) << name;
  }
  EXPECT_EQ(own_, partition_count - shares["b"] - shares["c"]);
  EXPECT_FALSE(sut_->is_outdated());
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_THAT(told_[0], HasSubstr("a "));
}

TEST_F(host_pool, what_is_given_stays_while_the_nodes_stay) {
  join();
  sut_->look();
  auto before = share_out();
  EXPECT_EQ(share_out(), before);
}

TEST_F(host_pool, gives_nothing_to_whom_it_cannot_reach) {
  network_->ready = {"b:7"};
  join();
  sut_->look();
  auto shares = share_out();
  EXPECT_EQ(shares.size(), 1U);
  EXPECT_GE(shares["b"], partition_count / 2);
}

TEST_F(host_pool, gives_nothing_to_another_build) {
  cluster_->view.members[0].self.build = "2";
  join();
  sut_->look();
  EXPECT_EQ(share_out().count("b"), 0U);
}

TEST_F(host_pool, a_node_that_fails_loses_all_and_gets_nothing_for_a_while) {
  join();
  sut_->look();
  share_out();
  links_["b"]->note_lost("gone");
  EXPECT_TRUE(sut_->is_outdated());
  sut_->look();
  EXPECT_EQ(share_out().count("b"), 0U);
  EXPECT_THAT(told_[1], HasSubstr("node b lost its partitions: gone"));
  // Started again under its name it is another process.
  change([](auto& x) { x[0].self.id = 22; });
  sut_->look();
  EXPECT_EQ(share_out().count("b"), 0U);
}

TEST_F(host_pool, a_slow_node_gives_all_away_a_few_at_once_and_gets_nothing) {
  round_period_ = 1h;
  join();
  sut_->look();
  auto had = share_out()["b"];
  EXPECT_FALSE(sut_->is_outdated());
  links_["b"]->note_slow();
  // It is said once.
  links_["b"]->note_slow();
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_THAT(told_[1],
              HasSubstr("node b is too slow for its partitions: it has none "
                        "for 90 s"));
  auto moved = size_t{0};
  for (;;) {
    // All wait for it, so it waits for no round.
    EXPECT_EQ(sut_->is_outdated(), moved < had);
    auto takes = next_moves();
    if (takes.empty())
      break;
    EXPECT_EQ(takes.count("b"), 0U);
    auto round = size_t{0};
    for (auto& [name, count] : takes)
      round += count;
    EXPECT_EQ(round, std::min(had - moved, domain::balance_moves_max));
    moved += round;
  }
  EXPECT_EQ(moved, had);
  EXPECT_THAT(sut_->move(0, "b"), HasSubstr("no node"));
  EXPECT_EQ(share_out().count("b"), 0U);
}

TEST(suspects, last_longer_each_time_that_follows_soon) {
  auto sut = runtime::suspects{10s, 35s};
  auto now = runtime::suspects::clock::time_point{} + 1h;
  EXPECT_FALSE(sut.contains("b", now));
  EXPECT_EQ(sut.note("b", now), 10s);
  EXPECT_TRUE(sut.contains("b", now + 9s));
  EXPECT_FALSE(sut.contains("b", now + 10s));
  EXPECT_FALSE(sut.contains("c", now));
  now += 29s;
  EXPECT_EQ(sut.note("b", now), 20s);
  now += 20s;
  EXPECT_EQ(sut.note("b", now), 35s);
  // Two times as long behind its end it counts no more.
  now += 3 * 35s;
  EXPECT_EQ(sut.note("b", now), 10s);
}

TEST_F(host_pool, a_node_that_dies_or_drains_gives_all_away) {
  join();
  sut_->look();
  share_out();
  change([](auto& x) { x[0].draining = true; });
  EXPECT_TRUE(sut_->is_outdated());
  EXPECT_EQ(share_out().count("b"), 0U);
  change([](auto& x) { x[1].alive = false; });
  EXPECT_TRUE(sut_->is_outdated());
  EXPECT_TRUE(share_out().empty());
}

TEST_F(host_pool, who_comes_waits_for_the_next_round_but_not_who_goes) {
  round_period_ = 1h;
  network_->ready = {"b:7"};
  join();
  sut_->look();
  share_out();
  network_->ready = {"b:7", "c:7"};
  sut_->look();
  EXPECT_FALSE(sut_->is_outdated());
  change([](auto& x) { x[0].draining = true; });
  EXPECT_TRUE(sut_->is_outdated());
}

TEST_F(host_pool, moves_a_partition_where_it_may_stay) {
  join();
  sut_->look();
  auto of_b = std::vector<uint32_t>{};
  for (auto& x : sut_->share_out(partition_count))
    if (x.link->name() == "b")
      of_b = x.partitions;
  ASSERT_FALSE(of_b.empty());
  EXPECT_THAT(sut_->move(of_b[0], "b"), HasSubstr("already"));
  EXPECT_THAT(sut_->move(of_b[0], "d"), HasSubstr("no node"));
  EXPECT_THAT(sut_->move(partition_count, "c"), HasSubstr("no such partition"));
  // Until any would have too few or too many.
  auto moved = std::map<std::string, size_t>{};
  for (uint32_t i = 0; i < partition_count; ++i)
    for (auto* to : {"b", "c"})
      if (sut_->move(i, to).empty()) {
        ++moved[to];
        break;
      }
  ASSERT_FALSE(moved.empty());
  EXPECT_TRUE(sut_->is_outdated());
  EXPECT_EQ(next_moves(), moved);
  EXPECT_FALSE(sut_->is_outdated());
  EXPECT_TRUE(next_moves().empty());
}

TEST_F(host_pool, a_wish_for_a_node_that_is_gone_is_forgotten) {
  join();
  sut_->look();
  share_out();
  auto wished = false;
  for (uint32_t i = 0; i < partition_count && !wished; ++i)
    wished = sut_->move(i, "b").empty() || sut_->move(i, "c").empty();
  ASSERT_TRUE(wished);
  change([](auto& x) { x[0].draining = x[1].draining = true; });
  while (!next_moves().empty())
    ;
  EXPECT_TRUE(share_out().empty());
}

TEST_F(host_pool, moves_a_few_at_once_until_all_have_their_share) {
  network_->ready = {};
  join();
  share_out();
  network_->ready = {"b:7", "c:7"};
  sut_->look();
  auto got = std::map<std::string, size_t>{};
  auto rounds = std::vector<size_t>{};
  for (;;) {
    auto takes = next_moves();
    if (takes.empty())
      break;
    auto all = size_t{0};
    for (auto& [name, count] : takes) {
      got[name] += count;
      all += count;
    }
    // Nobody knows yet how long one takes.
    EXPECT_LE(all, rounds.empty() ? 1 : 2 * rounds.back());
    EXPECT_LE(all, domain::balance_moves_max);
    rounds.push_back(all);
  }
  EXPECT_GT(rounds.size(), 1U);
  EXPECT_EQ(got.count("a"), 0U);
  for (auto* name : {"b", "c"})
    EXPECT_GE(got[name], partition_count / 3) << name;
  auto shares = share_out();
  EXPECT_EQ(shares["b"], got["b"]);
  EXPECT_EQ(shares["c"], got["c"]);
}

TEST_F(host_pool, what_nobody_can_hand_over_begins_anew) {
  join();
  sut_->look();
  share_out();
  change([](auto& x) { x[0].alive = false; });
  EXPECT_TRUE(sut_->next_moves().starts_again);
  EXPECT_EQ(share_out().count("b"), 0U);
}

TEST_F(host_pool, a_node_that_comes_takes_its_share_and_no_more) {
  network_->ready = {"b:7"};
  join();
  sut_->look();
  auto before = share_out();
  network_->ready = {"b:7", "c:7"};
  sut_->look();
  ASSERT_TRUE(sut_->is_outdated());
  auto after = share_out();
  EXPECT_GE(after["c"], partition_count / 3);
  // 1.2 / (N + 1) of all.
  EXPECT_LE(after["c"], partition_count * 12 / 30);
}

} // namespace

} // namespace pumpscope::test

#include "adapters/postgres/postgres_membership.hpp"
#include "tests/adapters/postgres/test_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace pumpscope::test {

namespace {

using adapters::open_membership;
using adapters::open_postgres;
using domain::errc;
using messages::member;

using namespace std::chrono_literals;

constexpr auto ttl = std::chrono::milliseconds{60'000};

member node_named(const std::string& name, uint64_t id) {
  return {name, id, "127.0.0.1:8080", "127.0.0.1:9000", "1.2.3"};
}

/// The nodes of an empty store.
class postgres_membership : public testing::Test {
protected:
  void SetUp() override {
    if (!test_server())
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    schema_.emplace();
    store_ = value(open_postgres(schema_->options()));
    sut_ = open();
  }

  template <class T>
  static T value(messages::store_result<T> x) {
    if (!x)
      throw std::runtime_error(x.error().what);
    if constexpr (!std::is_void_v<T>)
      return std::move(*x);
  }

  std::unique_ptr<messages::membership> open() {
    return value(open_membership(schema_->options(), ttl));
  }

  /// Lets time pass for one node, as if it had not beaten.
  void silence(const std::string& name,
               std::chrono::milliseconds by = ttl + 1s) {
    schema_->query("UPDATE node SET beat_at = clock_timestamp() - interval '"
                   + std::to_string(by.count())
                   + " milliseconds' WHERE name = '" + name + "'");
  }

  messages::cluster_view view() {
    return value(sut_->view());
  }

  std::optional<test_schema> schema_ = {};
  std::unique_ptr<messages::store> store_ = {};
  std::unique_ptr<messages::membership> sut_ = {};
};

TEST_F(postgres_membership, tells_who_lives) {
  EXPECT_TRUE(view().members.empty());
  value(sut_->beat(node_named("b", 2), 0));
  auto told = value(open()->beat(node_named("a", 1), 0));
  EXPECT_FALSE(told.name_taken);
  ASSERT_EQ(told.view.members.size(), 2U);
  auto& first = told.view.members[0];
  EXPECT_EQ(first.self.name, "a");
  EXPECT_EQ(first.self.id, 1U);
  EXPECT_EQ(first.self.http, "127.0.0.1:8080");
  EXPECT_EQ(first.self.peer, "127.0.0.1:9000");
  EXPECT_EQ(first.self.build, "1.2.3");
  EXPECT_TRUE(first.alive);
  EXPECT_FALSE(first.draining);
  silence("a");
  auto after = view();
  EXPECT_FALSE(after.members[0].alive);
  EXPECT_GE(after.members[0].beat_age, ttl);
  EXPECT_EQ(after.living(1), nullptr);
  EXPECT_NE(after.living(2), nullptr);
}

TEST_F(postgres_membership, a_name_belongs_to_one_process_that_lives) {
  value(sut_->beat(node_named("a", 1), 0));
  EXPECT_TRUE(value(sut_->beat(node_named("a", 2), 0)).name_taken);
  EXPECT_NE(view().living(1), nullptr);
  silence("a");
  EXPECT_FALSE(value(sut_->beat(node_named("a", 2), 0)).name_taken);
  // The one before wakes up.
  EXPECT_TRUE(value(sut_->beat(node_named("a", 1), 0)).name_taken);
  EXPECT_EQ(view().members.size(), 1U);
  EXPECT_NE(view().living(2), nullptr);
}

TEST_F(postgres_membership, one_of_many_gets_the_sequencer) {
  auto fences = std::array<uint64_t, 4>{};
  auto threads = std::vector<std::thread>{};
  for (auto i = uint64_t{0}; i < fences.size(); ++i)
    threads.emplace_back([&, i] {
      auto mine = open();
      value(mine->beat(node_named(std::to_string(i), i + 1), 0));
      fences[i] = value(mine->claim_sequencer(i + 1, ttl));
    });
  for (auto& x : threads)
    x.join();
  EXPECT_THAT(fences, ::testing::UnorderedElementsAre(0U, 0U, 0U, 1U));
  auto owner = view().sequencer;
  ASSERT_NE(owner, 0U);
  EXPECT_EQ(fences[owner - 1], 1U);
  // Whose answer was lost asks again.
  EXPECT_EQ(value(sut_->claim_sequencer(owner, ttl)), 1U);
}

TEST_F(postgres_membership, a_dead_owner_is_followed_and_refused) {
  value(sut_->beat(node_named("a", 1), 0));
  value(sut_->beat(node_named("b", 2), 0));
  EXPECT_EQ(value(sut_->claim_sequencer(1, ttl)), 1U);
  auto head = value(store_->take_over(1));
  EXPECT_EQ(value(sut_->claim_sequencer(2, ttl)), 0U);
  silence("a");
  EXPECT_EQ(value(sut_->claim_sequencer(2, ttl)), head.fence + 1);
  EXPECT_EQ(view().sequencer, 2U);
  // It sleeps and comes back.
  auto late = store_->take_over(head.fence);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, errc::fenced);
  auto fence = std::to_string(head.fence + 1);
  EXPECT_EQ(schema_->query("SELECT min(fence) FROM cursor"), fence);
  EXPECT_EQ(schema_->query("SELECT max(fence) FROM cursor"), fence);
}

TEST_F(postgres_membership, a_claim_says_which_silence_suffices) {
  value(sut_->beat(node_named("a", 1), 0));
  value(sut_->beat(node_named("b", 2), 0));
  EXPECT_EQ(value(sut_->claim_sequencer(1, ttl)), 1U);
  // Far from 20 s, however slow this machine is.
  silence("a", 10s);
  EXPECT_EQ(value(sut_->claim_sequencer(2, 20s)), 0U);
  EXPECT_EQ(view().sequencer, 1U);
  silence("a", 20s);
  EXPECT_NE(view().living(1), nullptr);
  EXPECT_EQ(value(sut_->claim_sequencer(2, ttl)), 0U);
  EXPECT_EQ(value(sut_->claim_sequencer(2, 20s)), 2U);
  EXPECT_EQ(view().sequencer, 2U);
}

TEST_F(postgres_membership,
       a_name_is_free_after_a_ttl_whoever_has_what_it_had) {
  value(sut_->beat(node_named("a", 1), 0));
  value(sut_->beat(node_named("b", 2), 0));
  value(sut_->claim_sequencer(1, ttl));
  silence("a", 20s);
  // It was started again, and waits.
  EXPECT_TRUE(value(sut_->beat(node_named("a", 3), 0)).name_taken);
  EXPECT_EQ(value(sut_->claim_sequencer(2, 20s)), 2U);
  EXPECT_TRUE(value(sut_->beat(node_named("a", 3), 0)).name_taken);
  silence("a");
  EXPECT_FALSE(value(sut_->beat(node_named("a", 3), 0)).name_taken);
  EXPECT_EQ(view().sequencer, 2U);
}

TEST_F(postgres_membership, who_leaves_gives_back) {
  value(sut_->beat(node_named("a", 1), 0));
  value(sut_->beat(node_named("b", 2), 0));
  value(sut_->claim_sequencer(1, ttl));
  value(sut_->leave(1));
  EXPECT_EQ(view().sequencer, 0U);
  EXPECT_EQ(view().members.size(), 1U);
  EXPECT_EQ(value(sut_->claim_sequencer(2, ttl)), 2U);
  // Too late: it is another's.
  value(sut_->leave(1));
  EXPECT_EQ(view().sequencer, 2U);
}

TEST_F(postgres_membership, asks_a_living_node_to_end) {
  value(sut_->beat(node_named("a", 1), 0));
  EXPECT_FALSE(value(sut_->drain("b")));
  EXPECT_TRUE(value(sut_->drain("a")));
  EXPECT_TRUE(
    value(sut_->beat(node_named("a", 1), 0)).view.members[0].draining);
  silence("a");
  EXPECT_FALSE(value(sut_->drain("a")));
  // The next one of the name is another.
  EXPECT_FALSE(
    value(sut_->beat(node_named("a", 2), 0)).view.members[0].draining);
}

TEST_F(postgres_membership, tells_how_many_partitions_a_node_has) {
  auto of_first = [](const messages::cluster_view& x) {
    return x.members[0].partitions;
  };
  EXPECT_EQ(of_first(value(sut_->beat(node_named("a", 1), 0)).view), 0U);
  EXPECT_EQ(of_first(value(sut_->beat(node_named("a", 1), 22)).view), 22U);
  // Another process with this name.
  EXPECT_TRUE(value(sut_->beat(node_named("a", 2), 33)).name_taken);
  EXPECT_EQ(of_first(view()), 22U);
  silence("a");
  EXPECT_EQ(of_first(view()), 0U);
  EXPECT_EQ(of_first(value(sut_->beat(node_named("a", 2), 11)).view), 11U);
}

TEST_F(postgres_membership, a_program_of_before_beats_too) {
  schema_->query("SELECT node_beat('a', 1, '', '', '1', interval '60 s')");
  auto told = view();
  ASSERT_NE(told.living(1), nullptr);
  EXPECT_EQ(told.members[0].partitions, 0U);
}

TEST_F(postgres_membership, forgets_who_is_dead_for_a_day) {
  value(sut_->beat(node_named("a", 1), 0));
  schema_->query("UPDATE node SET beat_at = beat_at - interval '25 hours'");
  EXPECT_EQ(value(sut_->beat(node_named("b", 2), 0)).view.members.size(), 1U);
}

TEST_F(postgres_membership, needs_a_store) {
  auto empty = test_schema{};
  auto opened = open_membership(empty.options(), ttl);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::store_version);
}

TEST_F(postgres_membership, a_newer_store_refuses_only_who_comes) {
  schema_->query("INSERT INTO schema_migration VALUES (999, '0999_later')");
  EXPECT_EQ(value(sut_->beat(node_named("a", 1), 0)).view.members.size(), 1U);
  auto opened = open_membership(schema_->options(), ttl);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::store_version);
}

TEST_F(postgres_membership, a_broken_connection_is_opened_again) {
  value(sut_->beat(node_named("a", 1), 0));
  schema_->query("SELECT count(pg_terminate_backend(pid, 5000)) "
                 "FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                 "AND application_name = '"
                 + schema_->options().schema + "'");
  EXPECT_FALSE(sut_->beat(node_named("a", 1), 0));
  EXPECT_TRUE(sut_->beat(node_named("a", 1), 0));
}

} // namespace

} // namespace pumpscope::test

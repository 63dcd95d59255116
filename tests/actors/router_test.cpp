#include "actors/router.hpp"

#include "tests/actors/store_fixture.hpp"

#include <caf/event_based_actor.hpp>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using messages::projection;

const auto identity = messages::store_identity{.hash_seed = 1, .partitions = 2};

class router : public actor_fixture {
protected:
  static messages::sequencer_actor::behavior_type
  fake_sequencer(messages::sequencer_actor::pointer,
                 std::shared_ptr<std::vector<uint64_t>> completed) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](const messages::parsed_batch_ptr&) {},
      [completed](const messages::epoch_completed& x) {
        completed->push_back(x.epoch);
      },
      [](const messages::sequencer_links_ptr&) {},
      [](const messages::repair_wanted&) {},
      [](const messages::breaks_found_ptr&) {},
      [](atom::stop) {},
      [](atom::tick) {},
    };
  }

  static messages::publisher_actor::behavior_type
  fake_publisher(messages::publisher_actor::pointer,
                 std::shared_ptr<std::vector<uint64_t>> completed) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](const messages::publisher_links_ptr&) {},
      [](const messages::epoch_committed&) {},
      [completed](const messages::epoch_completed& x) {
        completed->push_back(x.epoch + 100);
      },
      [](atom::leave) {},
      [](const messages::moved_partitions_ptr&) { return atom::finished_v; },
      [](const messages::batch_delivered&) {},
      [](const messages::sink_changed&) {},
      [](atom::flush) { return uint64_t{0}; },
      [](atom::get, const domain::pubkey&) { return uint64_t{0}; },
      [](atom::tick) {},
      [](atom::go) {},
    };
  }

  std::shared_ptr<std::vector<uint64_t>> completed_
    = std::make_shared<std::vector<uint64_t>>();
};

TEST_F(router, gives_each_partition_its_rows_in_order) {
  auto x = std::make_shared<messages::epoch>(epoch_after({}));
  auto first = sample_key_in(1, 0, identity);
  auto second = sample_key_in(1, 1, identity);
  add_trade(*x, {1, 0, 1}, second, first);
  add_trade(*x, {1, 1, 1}, first, first);
  add_event(*x, {1, 2, 1}, second);
  add_trade(*x, {1, 3, 1}, second, second);
  auto routed = actors::route(x, {identity.partitions, identity.hash_seed});
  auto rows = [](std::span<const messages::row_ref> refs) {
    return std::vector<messages::row_ref>{refs.begin(), refs.end()};
  };
  using refs = std::vector<messages::row_ref>;
  EXPECT_EQ(rows(routed->wallets.of(0)), (refs{1}));
  EXPECT_EQ(rows(routed->wallets.of(1)), (refs{0, 2}));
  EXPECT_EQ(rows(routed->tokens.of(0)), (refs{0, 1}));
  EXPECT_EQ(rows(routed->tokens.of(1)), (refs{messages::token_event_bit, 2}));
}

TEST_F(router, leaves_a_repaired_row_to_the_repair_of_its_kind) {
  auto x = std::make_shared<messages::epoch>(epoch_after({}));
  auto key = sample_key_in(1, 0, identity);
  add_trade(*x, {1, 0, 1}, key, key);
  x->repairs.push_back({projection::wallet, key, 1});
  auto routed = actors::route(x, {identity.partitions, identity.hash_seed});
  EXPECT_TRUE(routed->wallets.of(0).empty());
  EXPECT_EQ(routed->wallets.repairs[0].size(), 1U);
  EXPECT_EQ(routed->tokens.of(0).size(), 1U);
  EXPECT_TRUE(routed->tokens.repairs[0].empty());
}

TEST_F(router, completes_an_epoch_when_every_partition_has_folded_it) {
  auto aut = adopt(
    sys_.spawn(actors::router,
               actors::router_config{identity.partitions, identity.hash_seed}));
  auto links = std::make_shared<messages::router_links>();
  links->sequencer = adopt(sys_.spawn(fake_sequencer, completed_));
  // Nobody listens: what counts are the acknowledgements.
  links->wallets.resize(2);
  links->tokens.resize(2);
  caf::anon_send(aut, messages::router_links_ptr{links});
  for (uint64_t number = 1; number <= 2; ++number) {
    auto x
      = std::make_shared<messages::epoch>(epoch_after({.epoch = number - 1}));
    caf::anon_send(aut, messages::epoch_committed{x});
  }
  auto acknowledge = [&](projection kind, uint32_t partition, uint64_t epoch) {
    caf::anon_send(aut, messages::epoch_applied{kind, partition, epoch});
    run();
  };
  for (uint64_t number = 1; number <= 2; ++number) {
    acknowledge(projection::wallet, 0, number);
    acknowledge(projection::wallet, 1, number);
    acknowledge(projection::token, 0, number);
  }
  EXPECT_TRUE(completed_->empty());
  acknowledge(projection::token, 1, 1);
  EXPECT_EQ(*completed_, (std::vector<uint64_t>{1}));
  acknowledge(projection::token, 1, 2);
  EXPECT_EQ(*completed_, (std::vector<uint64_t>{1, 2}));
}

// The sequencer may say at once that all is done, and have the publisher asked
// to tell all there is: by then it must know of the last epoch.
TEST_F(router, tells_the_publisher_of_a_folded_epoch_before_the_sequencer) {
  auto aut = adopt(
    sys_.spawn(actors::router,
               actors::router_config{identity.partitions, identity.hash_seed}));
  auto links = std::make_shared<messages::router_links>();
  links->sequencer = adopt(sys_.spawn(fake_sequencer, completed_));
  links->publisher = adopt(sys_.spawn(fake_publisher, completed_));
  links->wallets.resize(1);
  caf::anon_send(aut, messages::router_links_ptr{links});
  auto x = std::make_shared<messages::epoch>(epoch_after({}));
  caf::anon_send(aut, messages::epoch_committed{x});
  // From here on who is told first runs first.
  run();
  caf::anon_send(aut, messages::epoch_applied{projection::wallet, 0, 1});
  run();
  EXPECT_EQ(*completed_, (std::vector<uint64_t>{101, 1}));
}

/// Another node: notes what it is told.
messages::epoch_folder_actor::behavior_type
fake_host(messages::epoch_folder_actor::pointer,
          std::shared_ptr<std::vector<std::string>> told) {
  return {
    [told](const messages::routed_epoch_ptr& x) {
      told->push_back("epoch " + std::to_string(x->epoch->after.epoch));
    },
    [told](const messages::partitions_left& x) {
      told->push_back("left " + std::to_string(x.partitions.at(0)));
    },
    [told](const messages::partitions_joined& x) {
      told->push_back("joined " + std::to_string(x.partitions.at(0))
                      + " behind " + std::to_string(x.head.epoch));
    },
    [told](const messages::epoch_folded_here& x) {
      told->push_back("here " + std::to_string(x.epoch));
    },
  };
}

TEST_F(router, other_nodes_learn_what_those_here_have_folded) {
  auto aut = adopt(
    sys_.spawn(actors::router,
               actors::router_config{identity.partitions, identity.hash_seed}));
  auto told = std::make_shared<std::vector<std::string>>();
  auto links = std::make_shared<messages::router_links>();
  links->sequencer = adopt(sys_.spawn(fake_sequencer, completed_));
  links->hosts.push_back(adopt(sys_.spawn(fake_host, told)));
  links->wallets.resize(1);
  links->tokens.resize(1);
  caf::anon_send(aut, messages::router_links_ptr{links});
  caf::anon_send(aut, messages::epoch_committed{
                        std::make_shared<messages::epoch>(epoch_after({}))});
  caf::anon_send(aut, messages::epoch_applied{projection::wallet, 0, 1});
  run();
  EXPECT_EQ(*told, (std::vector<std::string>{"epoch 1"}));
  caf::anon_send(aut, messages::epoch_applied{projection::token, 0, 1});
  run();
  EXPECT_EQ(*told, (std::vector<std::string>{"epoch 1", "here 1"}));
  EXPECT_TRUE(completed_->empty());
  caf::anon_send(aut, messages::host_applied{1});
  run();
  EXPECT_EQ(*completed_, (std::vector<uint64_t>{1}));
}

TEST_F(router, partitions_leave_and_join_between_two_epochs) {
  auto aut = adopt(
    sys_.spawn(actors::router,
               actors::router_config{identity.partitions, identity.hash_seed}));
  auto told = std::make_shared<std::vector<std::string>>();
  auto host = adopt(sys_.spawn(fake_host, told));
  auto links = std::make_shared<messages::router_links>();
  links->head.epoch = 7;
  links->sequencer = adopt(sys_.spawn(fake_sequencer, completed_));
  links->hosts.push_back(host);
  caf::anon_send(aut, messages::router_links_ptr{links});
  auto commit = [&](uint64_t number) {
    auto x
      = std::make_shared<messages::epoch>(epoch_after({.epoch = number - 1}));
    caf::anon_send(aut, messages::epoch_committed{x});
    run();
  };
  auto acknowledge = [&](uint64_t number) {
    caf::anon_send(aut, messages::host_applied{number});
    run();
  };
  auto some = [&](uint32_t partition) {
    auto result = std::make_shared<messages::served_partitions>();
    result->hosts.emplace_back(host, std::vector<uint32_t>{partition});
    return result;
  };
  // Nothing is under way: it answers at once.
  auto head = ask<messages::head_row>(aut, atom::leave_v,
                                      messages::served_partitions_ptr{some(3)});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->epoch, 7U);
  commit(8);
  commit(9);
  auto left = std::make_shared<uint64_t>(0);
  auto leaves = some(1);
  leaves->hosts_left.push_back(host);
  adopt(sys_.spawn([=](caf::event_based_actor* self) {
    self
      ->request(aut, caf::infinite, atom::leave_v,
                messages::served_partitions_ptr{leaves})
      .then([left](const messages::head_row& x) { *left = x.epoch; });
  }));
  run();
  commit(10);
  acknowledge(8);
  EXPECT_EQ(*left, 0U);
  acknowledge(9);
  EXPECT_EQ(*left, 9U);
  // Nobody is left who would have to fold the last one.
  commit(11);
  head = ask<messages::head_row>(aut, atom::join_v,
                                 messages::served_partitions_ptr{some(2)});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->epoch, 11U);
  commit(12);
  EXPECT_EQ(*told,
            (std::vector<std::string>{"left 3", "epoch 8", "epoch 9", "left 1",
                                      "joined 2 behind 11", "epoch 12"}));
  EXPECT_EQ(*completed_, (std::vector<uint64_t>{8, 9, 10, 11}));
}

} // namespace

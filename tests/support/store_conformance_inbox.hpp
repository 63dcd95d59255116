#pragma once

// Part of store_conformance.hpp: payloads of webhooks.

#include "tests/support/store_conformance.hpp"

#include <thread>

namespace pumpscope::test {

inline std::vector<uint64_t>
ids_of(const std::vector<messages::inbox_row>& rows) {
  auto result = std::vector<uint64_t>{};
  for (auto& row : rows)
    result.push_back(row.id);
  return result;
}

TEST_P(store_conformance, payloads_stay_until_they_are_removed) {
  auto zeros = std::string{"\0{}\xFF", 4};
  auto payloads = std::vector<std::string>{"one", zeros, "three"};
  EXPECT_EQ(value(store().append_inbox(payloads, {})), uint64_t{3});
  reopen();
  EXPECT_EQ(value(store().read_inbox_size()), (messages::inbox_size{3, 12}));
  EXPECT_EQ(
    value(store().load_inbox(0, 9, 999)),
    (std::vector<messages::inbox_row>{{1, "one"}, {2, zeros}, {3, "three"}}));
  EXPECT_EQ(ids_of(value(store().load_inbox(1, 9, 999))),
            (std::vector<uint64_t>{2, 3}));

  value(store().remove_inbox(2));

  EXPECT_EQ(ids_of(value(store().load_inbox(0, 9, 999))),
            std::vector<uint64_t>{3});
  EXPECT_EQ(value(store().read_inbox_size()), (messages::inbox_size{1, 5}));
  value(store().remove_inbox(99));
  EXPECT_EQ(value(store().read_inbox_size()), messages::inbox_size{});
}

TEST_P(store_conformance, the_id_of_a_payload_is_never_used_again) {
  auto one = std::vector<std::string>{"x"};
  EXPECT_EQ(value(store().append_inbox(one, {})), uint64_t{1});
  value(store().remove_inbox(1));
  reopen();
  EXPECT_EQ(value(store().append_inbox(one, {})), uint64_t{2});
}

TEST_P(store_conformance, an_inbox_takes_all_of_a_call_or_nothing) {
  auto three = std::vector<std::string>{"aa", "bb", "cc"};
  auto two = std::vector<std::string>{"aa", "bb"};
  EXPECT_EQ(value(store().append_inbox(three, {2, 100})), std::nullopt);
  EXPECT_EQ(value(store().append_inbox(three, {100, 5})), std::nullopt);
  EXPECT_EQ(value(store().read_inbox_size()), messages::inbox_size{});
  EXPECT_TRUE(value(store().append_inbox(three, {3, 6})));
  EXPECT_EQ(value(store().append_inbox(two, {5, 9})), std::nullopt);
  EXPECT_TRUE(value(store().append_inbox(two, {5, 10})));
  EXPECT_EQ(value(store().read_inbox_size()), (messages::inbox_size{5, 10}));
}

TEST_P(store_conformance, payloads_load_within_bounds) {
  auto payloads = std::vector<std::string>(5, "0123456789");
  ASSERT_TRUE(value(store().append_inbox(payloads, {})));
  EXPECT_EQ(ids_of(value(store().load_inbox(0, 2, 999))),
            (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(ids_of(value(store().load_inbox(0, 9, 20))),
            (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(ids_of(value(store().load_inbox(0, 9, 21))),
            (std::vector<uint64_t>{1, 2, 3}));
  // One always comes, however large.
  EXPECT_EQ(ids_of(value(store().load_inbox(3, 9, 1))),
            std::vector<uint64_t>{4});
}

TEST_P(store_conformance, a_view_of_the_inbox_writes_nothing_else) {
  auto inbox = value(store().open_inbox());
  auto one = std::vector<std::string>{"x"};
  EXPECT_EQ(value(inbox->append_inbox(one, {})), uint64_t{1});
  EXPECT_EQ(value(store().read_inbox_size()).payloads, 1U);
  if (GetParam().name != "memory_store") {
    EXPECT_FALSE(inbox->commit_epoch(epoch_after(head)));
    EXPECT_FALSE(inbox->take_over());
    auto reader = value(store().reader());
    EXPECT_FALSE(reader->append_inbox(one, {}));
    EXPECT_FALSE(reader->remove_inbox(1));
  }
  value(inbox->remove_inbox(1));
  EXPECT_EQ(value(store().read_inbox_size()).payloads, 0U);
}

TEST_P(store_conformance, payloads_and_epochs_are_written_at_the_same_time) {
  auto failures = 0;
  auto inbox = value(store().open_inbox());
  {
    auto writer = std::jthread{[&] {
      auto one = std::vector<std::string>{std::string(5'000, 'x')};
      for (auto i = 0; i < 50; ++i)
        failures += inbox->append_inbox(one, {}) ? 0 : 1;
    }};
    for (auto i = uint64_t{0}; i < 20; ++i)
      commit_trades(5, 10 + i * 5, key_in(1), key_in(2));
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(value(store().read_inbox_size()).payloads, 50U);
}

} // namespace pumpscope::test

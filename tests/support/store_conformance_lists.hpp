#pragma once

// Part of store_conformance.hpp: slots, gaps, dead letters, repairs, pools.

#include "tests/support/store_conformance.hpp"

namespace pumpscope::test {

TEST_P(store_conformance, slots_load_by_range_and_from_the_end) {
  auto x = epoch_after(head);
  for (auto slot : {30U, 10U, 20U})
    x.slots.push_back(sample_slot(slot));
  commit(x);
  auto numbers = [](const std::vector<messages::slot_row>& rows) {
    auto result = std::vector<uint64_t>{};
    for (auto& row : rows)
      result.push_back(row.slot);
    return result;
  };
  using list = std::vector<uint64_t>;
  EXPECT_EQ(value(store().load_slots(10, 10)), std::vector{sample_slot(10)});
  EXPECT_EQ(numbers(value(store().load_slots(0, ~uint64_t{0}))),
            (list{10, 20, 30}));
  EXPECT_EQ(numbers(value(store().load_slots(11, 29))), list{20});
  EXPECT_EQ(numbers(value(store().load_last_slots(2))), (list{20, 30}));
  EXPECT_EQ(numbers(value(store().load_last_slots(9))), (list{10, 20, 30}));
  EXPECT_EQ(value(store().counts()).slots, 3U);
}

TEST_P(store_conformance, incidents_of_the_audit_are_kept_newest_first) {
  auto row = [](int64_t at) {
    return messages::audit_row{at, messages::projection::token, sample_key(7),
                               3, "a number"};
  };
  EXPECT_TRUE(value(store().load_audit(9)).empty());
  for (auto i = int64_t{1}; i <= 3; ++i)
    ASSERT_TRUE(store().record_audit(row(i)));
  reopen();
  EXPECT_EQ(value(store().load_audit(2)), (std::vector{row(3), row(2)}));
  auto reader = value(store().reader());
  EXPECT_EQ(value(reader->load_audit(9)).size(), 3U);
}

TEST_P(store_conformance, of_many_incidents_the_last_ones_stay) {
  auto row = messages::audit_row{};
  row.what = std::string(5'000, 'x');
  for (auto i = uint64_t{0}; i <= messages::audit_rows_max; ++i) {
    row.found_at = static_cast<int64_t>(i);
    ASSERT_TRUE(store().record_audit(row));
  }
  auto rows = value(store().load_audit(~size_t{0}));
  EXPECT_EQ(rows.size(), messages::audit_rows_max);
  EXPECT_EQ(rows.back().found_at, 1);
}

TEST_P(store_conformance, a_gap_is_open_until_it_is_filled) {
  auto x = epoch_after(head);
  auto first = messages::gap_row{5, 9, -3, "missing_parent", false};
  auto second = messages::gap_row{20, 20, 4, "out_of_range", false};
  x.gaps_opened = {second, first};
  commit(x);
  EXPECT_EQ(value(store().load_gaps(true)), (std::vector{first, second}));
  auto fill = epoch_after(head);
  fill.gaps_filled = {first};
  commit(fill);
  first.filled = true;
  EXPECT_EQ(value(store().load_gaps(true)), std::vector{second});
  EXPECT_EQ(value(store().load_gaps(false)), (std::vector{first, second}));
  EXPECT_EQ(value(store().counts()).open_gaps, 1U);
  reopen();
  EXPECT_EQ(value(store().load_gaps(false)), (std::vector{first, second}));
}

TEST_P(store_conformance, only_an_open_gap_can_be_filled) {
  auto x = epoch_after(head);
  x.gaps_opened = {{5, 9, 0, "missing_parent", false}};
  commit(x);
  for (auto to : {8U, 9U}) {
    auto fill = epoch_after(head);
    fill.gaps_filled = {{5, to, 0, "", false}};
    auto result = store().commit_epoch(fill);
    if (to == 8) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, domain::errc::internal);
      continue;
    }
    ASSERT_TRUE(result);
    head = fill.after;
    auto again = epoch_after(head);
    again.gaps_filled = fill.gaps_filled;
    EXPECT_FALSE(store().commit_epoch(again));
  }
  EXPECT_EQ(value(store().read_head()), head);
}

TEST_P(store_conformance, dead_letters_stay_until_they_are_resolved) {
  auto x = epoch_after(head);
  auto large = sample_letter({7, 1, 0}, domain::dead_letter::raw_bytes_max);
  auto first = sample_letter({6, 9, 9});
  auto empty = sample_letter({8, 0, 0}, 0);
  x.dead_letters = {large, empty, first};
  commit(x);
  EXPECT_EQ(value(store().load_dead_letters(9)),
            (std::vector{first, large, empty}));
  EXPECT_EQ(value(store().load_dead_letters(1)), std::vector{first});
  EXPECT_EQ(value(store().load_dead_letters(first.position, 9)),
            (std::vector{large, empty}));
  EXPECT_TRUE(value(store().load_dead_letters(empty.position, 9)).empty());
  EXPECT_EQ(value(store().counts()).dead_letters, 3U);
  auto resolve = epoch_after(head);
  resolve.dead_letters_resolved = {large.position, empty.position};
  add_trade(resolve, large.position, sample_key(1), sample_key(2));
  commit(resolve);
  EXPECT_EQ(value(store().load_dead_letters(9)), std::vector{first});
  auto again = epoch_after(head);
  again.dead_letters_resolved = {large.position};
  EXPECT_FALSE(store().commit_epoch(again));
  EXPECT_EQ(value(store().read_head()), head);
  // A source may repeat one; it is kept as it is.
  auto twice = epoch_after(head);
  twice.dead_letters = {first};
  commit(twice);
  EXPECT_EQ(value(store().load_dead_letters(9)), std::vector{first});
}

TEST_P(store_conformance, repairs_stay_until_a_checkpoint_has_done_them) {
  auto wallet = key_in(1);
  auto mint = key_in(2);
  auto x = epoch_after(head);
  add_trade(x, {1, 0, 0}, wallet, mint);
  x.repairs = {{messages::projection::wallet, wallet, 1},
               {messages::projection::token, mint, 1}};
  commit(x);
  auto second = epoch_after(head);
  add_trade(second, {0, 0, 0}, wallet, mint);
  second.repairs = {{messages::projection::wallet, wallet, 2}};
  commit(second);
  auto of_wallets = [&] {
    return value(store().load_repairs(messages::projection::wallet));
  };
  EXPECT_EQ(of_wallets(), (std::vector{x.repairs[0], second.repairs[0]}));
  EXPECT_EQ(value(store().counts()).repairs, 3U);
  auto done = checkpoint_of(messages::projection::wallet, 1);
  done.repairs_done = {x.repairs[0]};
  commit(done);
  EXPECT_EQ(of_wallets(), std::vector{second.repairs[0]});
  EXPECT_EQ(value(store().load_repairs(messages::projection::token)),
            std::vector{x.repairs[1]});
}

TEST_P(store_conformance, pools_are_known_after_they_were_named) {
  auto x = epoch_after(head);
  auto first = messages::pool_row{sample_key(1), sample_key(2), sample_key(3)};
  auto second = messages::pool_row{sample_key(4), sample_key(2), sample_key(3)};
  x.pools = {first};
  commit(x);
  auto y = epoch_after(head);
  // Naming a pool again is no violation.
  y.pools = {second, first};
  commit(y);
  auto expected = std::vector{first, second};
  std::sort(expected.begin(), expected.end(),
            [](auto& a, auto& b) { return a.pool < b.pool; });
  EXPECT_EQ(value(store().load_pools()), expected);
}

} // namespace pumpscope::test

#pragma once

// Part of store_conformance.hpp: epochs, heads and the journal.

#include "tests/support/store_conformance.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace pumpscope::test {

using messages::commit_outcome;
using messages::projection;

TEST_P(store_conformance, a_fresh_store_is_empty) {
  EXPECT_EQ(head, messages::head_row{.fence = 1});
  EXPECT_EQ(value(store().read_head()), head);
  auto counts = value(store().counts());
  EXPECT_EQ(counts.trades + counts.token_events + counts.max_jpos + counts.slots
              + counts.open_gaps + counts.dead_letters + counts.repairs,
            0U);
  auto cursors = value(store().read_cursors());
  ASSERT_EQ(cursors.size(), 8U);
  for (auto i = 0U; i < 8; ++i)
    EXPECT_EQ(cursors[i], (messages::cursor_row{i < 4 ? projection::wallet
                                                      : projection::token,
                                                i % 4, 0, 0, 0}));
  EXPECT_EQ(store().identity().partitions, 4U);
}

TEST_P(store_conformance, an_epoch_moves_the_head_and_keeps_every_field) {
  auto x = epoch_after(head);
  for (auto i = 1U; i <= 21; ++i)
    if (i % 4 == 0)
      add_event(x, {10, i, 2}, sample_key(i % 3));
    else
      add_trade(x, {10, i, 2}, sample_key(i), sample_key(i % 3));
  x.after.chain_time = -5;
  x.after.sealed_slot = 10;
  x.after.first_slot = 9;
  x.after.open_slot = 11;
  x.after.open_slot_jpos = 6;
  commit(x);
  EXPECT_EQ(value(store().read_head()), x.after);
  reopen();
  EXPECT_EQ(value(store().read_head()), x.after);
  auto rows = value(store().load_journal(0, ~uint64_t{0}, 1'000));
  EXPECT_EQ(rows.trades, x.trades);
  EXPECT_EQ(rows.token_events, x.token_events);
  auto counts = value(store().counts());
  EXPECT_EQ(counts.trades, 16U);
  EXPECT_EQ(counts.token_events, 5U);
  EXPECT_EQ(counts.max_jpos, 21U);
}

TEST_P(store_conformance, an_epoch_without_rows_moves_the_head) {
  auto x = epoch_after(head);
  x.after.chain_time = 7;
  commit(x);
  EXPECT_EQ(value(store().read_head()), x.after);
}

TEST_P(store_conformance, a_take_over_refuses_every_earlier_writer) {
  auto x = epoch_after(head);
  add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
  auto mine = checkpoint_of(projection::wallet, 0);
  auto taken = value(store().take_over());
  EXPECT_EQ(taken.fence, head.fence + 1);
  EXPECT_EQ(value(store().commit_epoch(x)), commit_outcome::fenced);
  EXPECT_EQ(value(store().commit_checkpoint(mine)), commit_outcome::fenced);
  EXPECT_EQ(value(store().read_head()), taken);
  EXPECT_EQ(value(store().counts()).trades, 0U);
}

TEST_P(store_conformance, who_starts_again_does_not_take_a_store_back) {
  auto again = value(store().take_over(head.fence));
  EXPECT_EQ(again.fence, head.fence + 1);
  auto refused = store().take_over(head.fence);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, domain::errc::fenced);
  EXPECT_EQ(value(store().read_head()), again);
  EXPECT_EQ(value(store().take_over()).fence, head.fence + 2);
}

TEST_P(store_conformance, an_epoch_on_another_head_is_stale) {
  commit(epoch_after(head));
  auto change = [&](auto&& f) {
    auto x = epoch_after(head);
    f(x.before);
    x.after.epoch = x.before.epoch + 1;
    x.after.jpos = x.before.jpos;
    return value(store().commit_epoch(x));
  };
  EXPECT_EQ(change([](auto& x) { --x.epoch; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.jpos; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.chain_time; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.sealed_slot; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.first_slot; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.open_slot; }), commit_outcome::stale);
  EXPECT_EQ(change([](auto& x) { ++x.open_slot_jpos; }), commit_outcome::stale);
  EXPECT_EQ(value(store().read_head()), head);
  EXPECT_EQ(change([](auto&) {}), commit_outcome::committed);
}

TEST_P(store_conformance, the_same_epoch_twice_is_stale_the_second_time) {
  auto x = epoch_after(head);
  add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
  commit(x);
  EXPECT_EQ(value(store().commit_epoch(x)), commit_outcome::stale);
  EXPECT_EQ(value(store().counts()).trades, 1U);
}

TEST_P(store_conformance, positions_that_are_not_dense_are_our_mistake) {
  auto expect_refused = [&](auto&& change) {
    auto x = epoch_after(head);
    add_trade(x, {1, 1, 1}, sample_key(1), sample_key(2));
    add_event(x, {1, 1, 2}, sample_key(2));
    add_trade(x, {1, 1, 3}, sample_key(1), sample_key(2));
    change(x);
    auto result = store().commit_epoch(x);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, domain::errc::internal);
  };
  expect_refused([](auto& x) { ++x.trades[0].jpos; });
  expect_refused([](auto& x) { ++x.trades[1].jpos; });
  expect_refused([](auto& x) { --x.token_events[0].jpos; });
  expect_refused([](auto& x) { ++x.after.jpos; });
  expect_refused([](auto& x) { std::swap(x.trades[0], x.trades[1]); });
  expect_refused([](auto& x) { ++x.after.epoch; });
  expect_refused([](auto& x) { ++x.after.fence; });
  EXPECT_EQ(value(store().read_head()), head);
  EXPECT_EQ(value(store().counts()).max_jpos, 0U);
}

TEST_P(store_conformance, a_key_that_exists_fails_and_writes_nothing) {
  commit_trades(2, 5, sample_key(1), sample_key(2));
  auto slots = epoch_after(head);
  slots.slots = {sample_slot(5)};
  commit(slots);
  auto expect_refused = [&](auto&& spoil) {
    auto x = epoch_after(head);
    add_trade(x, {50, 1, 1}, sample_key(1), sample_key(2));
    x.slots = {sample_slot(50)};
    spoil(x);
    auto result = store().commit_epoch(x);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, domain::errc::internal);
    EXPECT_EQ(value(store().read_head()), head);
    EXPECT_EQ(value(store().counts()).trades, 2U);
    EXPECT_EQ(value(store().counts()).slots, 1U);
    auto key = domain::chain_position{50, 1, 1};
    EXPECT_FALSE(value(store().contains({&key, 1}))[0]);
  };
  expect_refused([](auto& x) {
    add_trade(x, {6, 1, 2}, sample_key(9), sample_key(9));
  });
  // A trade and an event share the keys.
  expect_refused([](auto& x) { add_event(x, {6, 1, 2}, sample_key(9)); });
  expect_refused([](auto& x) { add_event(x, {50, 1, 1}, sample_key(9)); });
  expect_refused([](auto& x) { x.slots.push_back(sample_slot(5)); });
  commit_trades(1, 50, sample_key(1), sample_key(2));
  EXPECT_EQ(value(store().load_history(projection::wallet, sample_key(1), 99))
              .trades.size(),
            3U);
}

TEST_P(store_conformance, tells_which_keys_are_in_the_journal) {
  auto x = epoch_after(head);
  add_trade(x, {5, 6, 7}, sample_key(1), sample_key(2));
  add_event(x, {5, 6, 8}, sample_key(2));
  commit(x);
  auto keys = std::vector<domain::chain_position>{
    {5, 6, 8}, {5, 6, 9}, {5, 7, 7}, {5, 6, 7}, {4, 6, 7}};
  EXPECT_EQ(value(store().contains(keys)),
            (std::vector<bool>{true, false, false, true, false}));
  EXPECT_TRUE(value(store().contains({})).empty());
}

TEST_P(store_conformance, a_partition_loads_its_own_tail) {
  // 40 epochs of 10 rows: enough for merged and single runs of an index.
  auto expected = std::vector<std::vector<uint64_t>>(8);
  auto id = store().identity();
  auto random = uint64_t{7};
  for (auto e = 0U; e < 40; ++e) {
    auto x = epoch_after(head);
    for (auto i = 0U; i < 10; ++i) {
      random = random * 6'364'136'223'846'793'005ULL + 1;
      auto wallet = sample_key(random >> 60);
      auto mint = sample_key(100 + (random >> 57) % 16);
      auto jpos = x.after.jpos + 1;
      if (i == 9) {
        add_event(x, {e, i, 0}, mint);
      } else {
        add_trade(x, {e, i, 0}, wallet, mint);
        expected[domain::partition_of(wallet, id.hash_seed, 4)].push_back(jpos);
      }
      expected[4 + domain::partition_of(mint, id.hash_seed, 4)].push_back(jpos);
    }
    commit(x);
  }
  auto tail = [&](uint32_t i, uint64_t after, uint64_t up_to, size_t max) {
    auto kind = i < 4 ? projection::wallet : projection::token;
    auto rows = value(store().load_tail(kind, i % 4, after, up_to, max));
    auto result = jpos_of(rows.trades);
    EXPECT_TRUE(std::is_sorted(result.begin(), result.end()));
    auto events = jpos_of(rows.token_events);
    EXPECT_TRUE(std::is_sorted(events.begin(), events.end()));
    result.insert(result.end(), events.begin(), events.end());
    std::sort(result.begin(), result.end());
    return result;
  };
  auto between = [&](uint32_t i, uint64_t after, uint64_t up_to, size_t max) {
    auto result = std::vector<uint64_t>{};
    for (auto jpos : expected[i])
      if (jpos > after && jpos <= up_to && result.size() < max)
        result.push_back(jpos);
    return result;
  };
  for (auto i = 0U; i < 8; ++i) {
    EXPECT_EQ(tail(i, 0, ~uint64_t{0}, 10'000), expected[i]);
    EXPECT_EQ(tail(i, 155, 333, 10'000), between(i, 155, 333, 10'000));
    EXPECT_EQ(tail(i, 155, 400, 17), between(i, 155, 400, 17));
    EXPECT_EQ(tail(i, 0, 400, 1), between(i, 0, 400, 1));
    EXPECT_TRUE(tail(i, 400, 400, 10).empty());
  }
  EXPECT_FALSE(store().load_tail(projection::wallet, 4, 0, 10, 10));
}

TEST_P(store_conformance, a_history_is_in_chain_order_and_cut_by_jpos) {
  auto wallet = sample_key(1);
  auto mint = sample_key(2);
  auto x = epoch_after(head);
  add_trade(x, {10, 0, 0}, wallet, mint);          // 1
  add_event(x, {10, 0, 1}, mint);                  // 2
  add_trade(x, {10, 1, 0}, sample_key(3), mint);   // 3
  add_trade(x, {11, 0, 0}, wallet, sample_key(4)); // 4
  commit(x);
  auto late = epoch_after(head);
  add_trade(late, {9, 0, 0}, wallet, mint);  // 5
  add_event(late, {9, 0, 1}, mint);          // 6
  add_trade(late, {12, 0, 0}, wallet, mint); // 7
  commit(late);
  auto of = [&](projection kind, const domain::pubkey& key, uint64_t up_to) {
    return value(store().load_history(kind, key, up_to));
  };
  using list = std::vector<uint64_t>;
  EXPECT_EQ(jpos_of(of(projection::wallet, wallet, 7).trades),
            (list{5, 1, 4, 7}));
  EXPECT_TRUE(of(projection::wallet, wallet, 7).token_events.empty());
  EXPECT_EQ(jpos_of(of(projection::wallet, wallet, 4).trades), (list{1, 4}));
  EXPECT_EQ(jpos_of(of(projection::token, mint, ~uint64_t{0}).trades),
            (list{5, 1, 3, 7}));
  EXPECT_EQ(jpos_of(of(projection::token, mint, 7).token_events), (list{6, 2}));
  EXPECT_EQ(jpos_of(of(projection::token, mint, 5).token_events), (list{2}));
  EXPECT_TRUE(of(projection::wallet, mint, 7).trades.empty());
}

TEST_P(store_conformance, a_history_comes_in_pages_in_chain_order) {
  auto wallet = sample_key(1);
  auto mint = sample_key(2);
  // Every third epoch is late, and its rows fall between those of others.
  for (auto e = 0U; e < 30; ++e) {
    auto slot = uint64_t{e % 3 == 2 ? 5 * e - 90 + 100 : 5 * e + 100};
    auto x = epoch_after(head);
    for (auto i = 0U; i < 3; ++i) {
      add_trade(x, {slot + i, e, 0}, wallet, mint);
      add_event(x, {slot + i, e, 1}, mint);
      add_trade(x, {slot + i, e, 2}, sample_key(3), mint);
    }
    commit(x);
  }
  for (auto kind : {projection::wallet, projection::token}) {
    auto key = kind == projection::wallet ? wallet : mint;
    auto up_to = head.jpos - 4;
    auto whole = value(store().load_history(kind, key, up_to));
    for (auto size : {1U, 7U, 50U}) {
      auto history = value(store().open_history(kind, key, up_to));
      auto read = messages::journal_rows{};
      auto last = domain::chain_position{};
      for (;;) {
        auto page = value(history->next(size));
        auto positions = std::vector<domain::chain_position>{};
        for (auto& row : page.trades)
          positions.push_back(row.position);
        for (auto& row : page.token_events)
          positions.push_back(row.position);
        if (positions.empty())
          break;
        EXPECT_LE(positions.size(), size);
        EXPECT_GT(*std::min_element(positions.begin(), positions.end()), last);
        last = *std::max_element(positions.begin(), positions.end());
        read.trades.insert(read.trades.end(), page.trades.begin(),
                           page.trades.end());
        read.token_events.insert(read.token_events.end(),
                                 page.token_events.begin(),
                                 page.token_events.end());
        // What comes meanwhile is not part of it.
        if (head.jpos < 275)
          commit_trades(1, 1'000 + head.jpos, wallet, mint);
      }
      EXPECT_EQ(read.trades, whole.trades);
      EXPECT_EQ(read.token_events, whole.token_events);
    }
    EXPECT_GT(whole.trades.size(), 80U);
  }
}

TEST_P(store_conformance, rows_of_a_voided_slot_count_no_more) {
  auto wallet = sample_key(1);
  auto mint = sample_key(2);
  auto x = epoch_after(head);
  add_trade(x, {10, 0, 0}, wallet, mint); // 1
  add_trade(x, {11, 0, 0}, wallet, mint); // 2
  add_event(x, {11, 0, 1}, mint);         // 3
  add_trade(x, {12, 0, 0}, wallet, mint); // 4
  x.slots = {sample_slot(10), sample_slot(11), sample_slot(12)};
  x.dead_letters = {sample_letter({11, 3, 0}), sample_letter({12, 3, 0})};
  commit(x);
  auto rows = value(store().load_slot(11));
  EXPECT_EQ(jpos_of(rows.trades), (std::vector<uint64_t>{2}));
  EXPECT_EQ(jpos_of(rows.token_events), (std::vector<uint64_t>{3}));
  auto voids = epoch_after(head);
  add_event(voids, domain::void_position(11), domain::pubkey{}); // 5
  voids.token_events.back().kind = domain::token_event_kind::slot_voided;
  voids.slots_voided = {11};
  voids.repairs = {{projection::wallet, wallet, 5}};
  commit(voids);
  reopen();
  using list = std::vector<uint64_t>;
  auto of = [&](projection kind, const domain::pubkey& key, uint64_t up_to) {
    return value(store().load_history(kind, key, up_to));
  };
  EXPECT_EQ(jpos_of(of(projection::wallet, wallet, 5).trades), (list{1, 4}));
  EXPECT_EQ(jpos_of(of(projection::token, mint, 5).trades), (list{1, 4}));
  EXPECT_TRUE(of(projection::token, mint, 5).token_events.empty());
  // Before the row that voids they still count.
  EXPECT_EQ(jpos_of(of(projection::wallet, wallet, 4).trades), (list{1, 2, 4}));
  // The slot is gone, its rows stay where they are.
  EXPECT_EQ(value(store().load_slots(0, 99)),
            (std::vector{sample_slot(10), sample_slot(12)}));
  EXPECT_EQ(value(store().load_dead_letters(9)),
            std::vector{sample_letter({12, 3, 0})});
  EXPECT_EQ(jpos_of(value(store().load_slot(11)).trades), (list{2}));
  EXPECT_EQ(jpos_of(value(store().load_slot(11)).token_events), (list{3}));
  auto counts = value(store().counts());
  EXPECT_EQ(counts.trades + counts.token_events, counts.max_jpos);
  // It is of no partition.
  for (auto i = 0U; i < 4; ++i)
    for (auto& row :
         value(store().load_tail(projection::token, i, 0, 5, 99)).token_events)
      EXPECT_NE(row.jpos, 5U);
  EXPECT_EQ(jpos_of(value(store().load_journal(4, 5, 9)).token_events),
            (list{5}));
  auto again = epoch_after(head);
  again.slots_voided = {11};
  EXPECT_FALSE(store().commit_epoch(again));
}

TEST_P(store_conformance, the_journal_loads_in_steps_by_jpos) {
  auto x = epoch_after(head);
  add_trade(x, {10, 0, 0}, sample_key(1), sample_key(2));
  add_event(x, {10, 0, 1}, sample_key(2));
  add_trade(x, {10, 0, 2}, sample_key(1), sample_key(2));
  add_event(x, {10, 0, 3}, sample_key(2));
  commit(x);
  using list = std::vector<uint64_t>;
  auto rows = value(store().load_journal(1, 4, 2));
  EXPECT_EQ(jpos_of(rows.trades), list{3});
  EXPECT_EQ(jpos_of(rows.token_events), list{2});
  rows = value(store().load_journal(3, 3, 10));
  EXPECT_TRUE(rows.trades.empty() && rows.token_events.empty());
}

TEST_P(store_conformance, the_whole_journal_is_visited_in_chain_order) {
  auto x = epoch_after(head);
  add_trade(x, {10, 5, 0}, sample_key(1), sample_key(2));
  add_event(x, {10, 4, 9}, sample_key(2));
  add_trade(x, {9, 7, 0xFFFF'FFFF}, sample_key(1), sample_key(2));
  add_trade(x, {9, 0xFFFF'FFFF, 0}, sample_key(1), sample_key(2));
  commit(x);
  auto visited = std::vector<uint64_t>{};
  value(store().visit_journal(
    [&](const domain::trade& row) {
      visited.push_back(row.jpos);
      // A visitor may ask the store.
      EXPECT_TRUE(value(store().contains({&row.position, 1}))[0]);
    },
    [&](const domain::token_event& row) { visited.push_back(row.jpos); }));
  EXPECT_EQ(visited, (std::vector<uint64_t>{3, 4, 2, 1}));
}

TEST_P(store_conformance, a_reader_sees_commits_as_they_come) {
  commit_trades(3, 1, sample_key(1), sample_key(2));
  auto reader = value(store().reader());
  EXPECT_EQ(value(reader->read_head()), head);
  EXPECT_EQ(reader->identity().hash_seed, store().identity().hash_seed);
  commit_trades(2, 10, sample_key(1), sample_key(2));
  EXPECT_EQ(value(reader->read_head()), head);
  EXPECT_EQ(
    jpos_of(
      value(reader->load_history(projection::wallet, sample_key(1), 9)).trades)
      .size(),
    5U);
}

TEST_P(store_conformance, a_reader_in_another_thread_never_sees_a_torn_epoch) {
  auto reader = value(store().reader());
  auto wallet = sample_key(1);
  auto failures = std::string{};
  auto thread = std::thread{[&] {
    for (auto seen = uint64_t{0}; seen < 200 && failures.empty();) {
      auto counts = reader->counts();
      auto rows = reader->load_history(projection::wallet, wallet,
                                       ~uint64_t{0});
      if (!counts || !rows) {
        failures = !counts ? counts.error().what : rows.error().what;
        break;
      }
      if (counts->trades % 10 != 0 || rows->trades.size() % 10 != 0
          || counts->trades != counts->max_jpos
          || rows->trades.size() < counts->trades)
        failures = "torn at " + std::to_string(counts->trades);
      seen = counts->trades;
    }
  }};
  for (auto i = uint64_t{0}; i < 20; ++i)
    commit_trades(10, i * 10, wallet, sample_key(2));
  thread.join();
  EXPECT_EQ(failures, "");
}

} // namespace pumpscope::test

#include "actors/trace_log.hpp"

#include "tests/actors/store_fixture.hpp"

#include <gtest/gtest.h>

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;

namespace {

using messages::monotonic_time;
using messages::stage;

constexpr auto start = monotonic_time{1'000s};

domain::signature sample_signature(uint8_t x) {
  auto result = domain::signature{};
  result.bytes.fill(x);
  return result;
}

/// An epoch with one trade in each of these slots, by the wallet of the slot.
messages::epoch_ptr epoch_of(uint64_t number, std::vector<uint8_t> slots) {
  auto result = std::make_shared<messages::epoch>();
  result->after.epoch = number;
  for (auto slot : slots) {
    auto trade = plain_trade(domain::trade_side::buy, slot, sample_key(slot),
                             sample_key(200), 5, 10);
    trade.signature = sample_signature(slot);
    trade.jpos = slot;
    result->trades.push_back(trade);
    result->after.jpos = slot;
  }
  return result;
}

messages::traced_batch batch_of(std::vector<uint8_t> slots,
                                monotonic_time arrived_at) {
  auto result = messages::traced_batch{arrived_at, arrived_at + 1ms, {}};
  for (auto slot : slots)
    result.transactions.push_back({sample_signature(slot), slot, 0});
  return result;
}

messages::stage_look stage_of(const actors::trace_log& x, std::string_view name,
                              monotonic_time now) {
  for (auto& look : x.stages(now))
    if (look.name == name)
      return look;
  return {};
}

TEST(trace_log, joins_what_the_stages_tell) {
  auto sut = actors::trace_log{{}};
  sut.note(batch_of({1, 2, 3}, start));
  sut.note(messages::traced_epoch{epoch_of(7, {1, 2}), start + 100ms});
  sut.note(messages::traced_progress{stage::journal, 7, start + 110ms});
  sut.note(messages::traced_delivery{2, start + 115ms});
  sut.note(messages::traced_progress{stage::fold, 7, start + 130ms});

  auto found = sut.find(sample_signature(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->slot, 2U);
  EXPECT_EQ(found->epoch, 7U);
  EXPECT_EQ(found->parsed_at, start + 1ms);
  auto epoch = sut.epoch(7);
  ASSERT_NE(epoch, nullptr);
  EXPECT_EQ(epoch->sealed_at, start + 100ms);
  EXPECT_EQ(epoch->journaled_at, start + 110ms);
  EXPECT_EQ(epoch->published_at, start + 115ms);
  EXPECT_EQ(epoch->folded_at, start + 130ms);
  // Its slot is not sealed.
  EXPECT_EQ(sut.find(sample_signature(3))->epoch, 0U);
  EXPECT_FALSE(sut.find(sample_signature(4)));
}

TEST(trace_log, measures_each_stage_and_all_of_them) {
  auto sut = actors::trace_log{{}};
  sut.note(batch_of({1, 2}, start));
  sut.note(messages::traced_epoch{epoch_of(7, {1, 2}), start + 101ms});
  sut.note(messages::traced_progress{stage::journal, 7, start + 111ms});
  sut.note(messages::traced_progress{stage::fold, 7, start + 131ms});
  sut.note(messages::traced_delivery{2, start + 116ms});
  auto now = start + 200ms;

  auto seconds = [&](const char* name) {
    auto look = stage_of(sut, name, now);
    EXPECT_EQ(look.count, 2U) << name;
    return look.max.value_or(-1);
  };
  EXPECT_DOUBLE_EQ(seconds("parse"), 0.001);
  EXPECT_DOUBLE_EQ(seconds("seal"), 0.100);
  EXPECT_DOUBLE_EQ(seconds("journal"), 0.010);
  EXPECT_DOUBLE_EQ(seconds("fold"), 0.020);
  EXPECT_DOUBLE_EQ(seconds("publish"), 0.005);
  EXPECT_DOUBLE_EQ(seconds("total_fold"), 0.131);
  EXPECT_DOUBLE_EQ(seconds("total_publish"), 0.116);
}

TEST(trace_log, lives_with_reports_that_are_missing_or_told_twice) {
  auto sut = actors::trace_log{{}};
  sut.note(messages::traced_progress{stage::fold, 6, start});
  sut.note(batch_of({1}, start));
  sut.note(messages::traced_epoch{epoch_of(7, {1}), start + 1ms});
  sut.note(messages::traced_progress{stage::fold, 7, start + 2ms});
  sut.note(messages::traced_progress{stage::fold, 7, start + 9ms});
  sut.note(messages::traced_progress{stage::journal, 8, start + 3ms});

  EXPECT_EQ(sut.epoch(6), nullptr);
  EXPECT_EQ(sut.epoch(8), nullptr);
  EXPECT_FALSE(sut.epoch(7)->journaled_at);
  EXPECT_EQ(sut.epoch(7)->folded_at, start + 2ms);
  EXPECT_EQ(stage_of(sut, "fold", start + 1s).count, 0U);
  EXPECT_EQ(stage_of(sut, "total_fold", start + 1s).count, 1U);
}

TEST(trace_log, a_delivery_counts_for_all_epochs_up_to_it_once) {
  auto sut = actors::trace_log{{}};
  sut.note(messages::traced_epoch{epoch_of(1, {1}), start});
  sut.note(messages::traced_epoch{epoch_of(2, {2}), start});
  sut.note(messages::traced_epoch{epoch_of(3, {3}), start});
  sut.note(messages::traced_delivery{2, start + 1ms});

  EXPECT_EQ(sut.epoch(1)->published_at, start + 1ms);
  EXPECT_EQ(sut.epoch(2)->published_at, start + 1ms);
  EXPECT_FALSE(sut.epoch(3)->published_at);
  sut.note(messages::traced_delivery{3, start + 2ms});
  EXPECT_EQ(sut.epoch(2)->published_at, start + 1ms);
  EXPECT_EQ(sut.epoch(3)->published_at, start + 2ms);
}

TEST(trace_log, keeps_to_its_bounds) {
  auto sut = actors::trace_log{{4, 3, 5}};
  for (uint8_t i = 1; i <= 20; ++i) {
    sut.note(batch_of({i}, start));
    sut.note(messages::traced_epoch{epoch_of(i, {i}), start});
    EXPECT_LE(sut.rows(), 3U);
  }

  EXPECT_FALSE(sut.find(sample_signature(16)));
  EXPECT_TRUE(sut.find(sample_signature(17)));
  EXPECT_EQ(sut.epoch(17), nullptr);
  EXPECT_NE(sut.epoch(18), nullptr);
  EXPECT_TRUE(sut.rows_of(sample_signature(17)).empty());
  EXPECT_EQ(sut.rows_of(sample_signature(20)).size(), 1U);
  // One epoch that is too large alone is kept all the same.
  sut.note(messages::traced_epoch{epoch_of(21, {1, 2, 3, 4, 5, 6, 7}), start});
  EXPECT_EQ(sut.rows(), 7U);
}

TEST(trace_log, gives_the_newest_rows_of_a_key) {
  auto sut = actors::trace_log{{}};
  sut.note(messages::traced_epoch{epoch_of(1, {1, 2}), start});
  sut.note(messages::traced_epoch{epoch_of(2, {3, 4}), start});

  auto of_token = sut.rows_of(messages::projection::token, sample_key(200), 3);
  ASSERT_EQ(of_token.size(), 3U);
  EXPECT_EQ(of_token[0].jpos, 4U);
  EXPECT_EQ(of_token[0].epoch, 2U);
  EXPECT_EQ(of_token[2].jpos, 2U);
  auto of_wallet = sut.rows_of(messages::projection::wallet, sample_key(1), 3);
  ASSERT_EQ(of_wallet.size(), 1U);
  EXPECT_EQ(of_wallet[0].what, "buy");
  EXPECT_EQ(of_wallet[0].token_units, 5U);
  EXPECT_TRUE(
    sut.rows_of(messages::projection::wallet, sample_key(200), 3).empty());
}

TEST(trace_log, numbers_that_come_again_are_of_another_run) {
  auto sut = actors::trace_log{{}};
  sut.note(messages::traced_epoch{epoch_of(5, {1}), start});
  sut.note(messages::traced_epoch{epoch_of(6, {2}), start});
  sut.note(messages::traced_epoch{epoch_of(5, {3}), start + 1s});

  EXPECT_EQ(sut.epoch(5)->sealed_at, start + 1s);
  EXPECT_EQ(sut.epoch(6), nullptr);
}

} // namespace

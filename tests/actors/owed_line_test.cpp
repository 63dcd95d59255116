#include "actors/owed_line.hpp"

#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace pumpscope;
using test::sample_key;

namespace {

constexpr size_t plenty = size_t{1} << 20;

const messages::publication_stamp& stamp_of(const messages::publication& x) {
  return std::visit(
    [](auto& y) -> auto& { return y.stamp; }, x);
}

messages::publication token(uint64_t mint, uint64_t seq, uint64_t prev) {
  auto x = messages::token_publication{};
  x.token.mint = sample_key(mint);
  x.stamp = {seq, seq, prev, 1};
  return x;
}

messages::publication candle(int64_t time, uint64_t seq, uint64_t prev) {
  auto x = messages::candle_publication{};
  x.mint = sample_key(1);
  x.bar.candle.open_time = time;
  x.stamp = {seq, seq, prev, 1};
  return x;
}

messages::publication wallet(std::vector<uint64_t> mints, uint64_t seq,
                             uint64_t prev) {
  auto x = messages::wallet_publication{};
  x.wallet.wallet = sample_key(1);
  for (auto mint : mints) {
    auto& position = x.wallet.positions.emplace_back();
    position.key.mint = sample_key(mint);
    position.units = static_cast<int64_t>(seq);
  }
  x.stamp = {seq, seq, prev, 1};
  return x;
}

/// All that waits.
std::vector<messages::publication> drain(actors::owed_line& x) {
  auto result = std::vector<messages::publication>{};
  while (!x.is_empty())
    for (auto& item : x.take(1).items)
      result.push_back(std::move(item));
  return result;
}

} // namespace

TEST(owed_line, keeps_the_newest_state_in_the_place_of_the_first) {
  auto sut = actors::owed_line{plenty, 1};
  sut.push(token(1, 5, 2));
  sut.push(token(2, 6, 0));
  sut.push(token(1, 9, 5));
  auto all = drain(sut);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(stamp_of(all[0]).seq, 9U);
  // What was told at 5 is in it.
  EXPECT_EQ(stamp_of(all[0]).prev, 2U);
  EXPECT_EQ(stamp_of(all[1]).seq, 6U);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(owed_line, hides_no_hole) {
  auto sut = actors::owed_line{plenty, 1};
  sut.push(token(1, 5, 2));
  // Something up to 7 was left out before it came here.
  sut.push(token(1, 9, 7));
  EXPECT_EQ(stamp_of(drain(sut)[0]).prev, 7U);
}

TEST(owed_line, keeps_each_bar_once) {
  auto sut = actors::owed_line{plenty, 1};
  sut.push(candle(60, 5, 2));
  sut.push(candle(60, 6, 5));
  sut.push(candle(120, 7, 6));
  sut.push(candle(120, 8, 7));
  auto all = drain(sut);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(stamp_of(all[0]).seq, 6U);
  EXPECT_EQ(stamp_of(all[0]).prev, 2U);
  EXPECT_EQ(stamp_of(all[1]).seq, 8U);
  EXPECT_EQ(stamp_of(all[1]).prev, 6U);
}

TEST(owed_line, tells_a_hole_where_too_many_bars_closed) {
  auto sut = actors::owed_line{plenty, 1};
  constexpr auto count = messages::token_change::bars_max + 2;
  for (uint64_t i = 1; i <= count; ++i)
    sut.push(candle(static_cast<int64_t>(i) * 60, i, i - 1));
  auto all = drain(sut);
  EXPECT_EQ(all.size(), count - 1);
  EXPECT_EQ(stamp_of(all[0]).prev, 1U);
  EXPECT_EQ(sut.left_out_total(), 1U);
  EXPECT_EQ(sut.bytes(), 0U);
}

TEST(owed_line, adds_the_positions_that_changed_before) {
  auto sut = actors::owed_line{plenty, 1};
  sut.push(wallet({1, 2}, 5, 2));
  sut.push(wallet({2, 3}, 9, 5));
  auto all = drain(sut);
  ASSERT_EQ(all.size(), 1U);
  auto& x = std::get<messages::wallet_publication>(all[0]);
  EXPECT_EQ(x.stamp.prev, 2U);
  ASSERT_EQ(x.wallet.positions.size(), 3U);
  EXPECT_EQ(x.wallet.positions[0].key.mint, sample_key(2));
  EXPECT_EQ(x.wallet.positions[0].units, 9);
  EXPECT_EQ(x.wallet.positions[2].key.mint, sample_key(1));
  EXPECT_EQ(x.wallet.positions[2].units, 5);
}

TEST(owed_line, tells_a_hole_where_positions_have_no_room) {
  auto sut = actors::owed_line{plenty, 1};
  auto many = std::vector<uint64_t>{};
  for (uint64_t i = 0; i < messages::wallet_change::positions_max; ++i)
    many.push_back(i + 10);
  sut.push(wallet({1}, 5, 2));
  sut.push(wallet(many, 9, 5));
  auto all = drain(sut);
  EXPECT_EQ(stamp_of(all[0]).prev, 5U);
  EXPECT_EQ(
    std::get<messages::wallet_publication>(all[0]).wallet.positions.size(),
    messages::wallet_change::positions_max);
}

TEST(owed_line, lets_what_waits_longest_go) {
  auto one = actors::owed_line{plenty, 1};
  one.push(token(1, 1, 0));
  auto sut = actors::owed_line{one.bytes() * 3, 1};
  for (uint64_t i = 1; i <= 5; ++i)
    sut.push(token(i, i, 0));
  EXPECT_LE(sut.bytes(), one.bytes() * 3);
  EXPECT_EQ(sut.left_out_total(), 2U);
  auto all = drain(sut);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(stamp_of(all[0]).seq, 3U);
}

TEST(owed_line, remembers_which_wallets_went) {
  auto sut = actors::owed_line{1, 1};
  sut.push(token(1, 1, 0));
  sut.push(wallet({}, 2, 0));
  EXPECT_EQ(sut.take_forgotten(), std::vector<domain::pubkey>{sample_key(1)});
  EXPECT_TRUE(sut.take_forgotten().empty());
}

TEST(owed_line, takes_a_note_back) {
  auto sut = actors::owed_line{plenty, 2};
  sut.mark(1, 20);
  sut.unmark(1);
  sut.unmark(0);
  EXPECT_TRUE(sut.is_empty());
  sut.mark(1, 30);
  EXPECT_EQ(sut.take(1).complete[0].jpos, 30U);
}

TEST(owed_line, tells_how_far_a_partition_is_once_all_before_is_taken) {
  auto sut = actors::owed_line{plenty, 3};
  sut.push(token(1, 1, 0));
  sut.push(token(2, 2, 0));
  sut.mark(2, 20);
  sut.push(token(3, 3, 0));
  // The first note has to be told before there is another.
  sut.mark(2, 30);
  EXPECT_TRUE(sut.take(1).complete.empty());
  auto second = sut.take(1);
  ASSERT_EQ(second.complete.size(), 1U);
  EXPECT_EQ(second.complete[0].partition, 2U);
  EXPECT_EQ(second.complete[0].jpos, 20U);
  sut.mark(0, 40);
  sut.mark(2, 41);
  EXPECT_EQ(sut.take(10).complete.size(), 2U);
  EXPECT_TRUE(sut.is_empty());
  // Nothing waits before it.
  sut.mark(1, 50);
  EXPECT_FALSE(sut.is_empty());
  EXPECT_EQ(sut.take(10).complete.size(), 1U);
}

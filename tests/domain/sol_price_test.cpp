#include "domain/sol_price.hpp"

#include "domain/known_keys.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace pumpscope;
using domain::sol_price_history;

namespace {

TEST(sol_price, a_block_time_has_the_rate_that_was_told_before_it) {
  auto sut = sol_price_history{60};
  EXPECT_EQ(sut.known_at(100), 0U);
  sut.add(100, 150);
  sut.add(110, 160);
  EXPECT_EQ(sut.known_at(99), 0U) << "nobody knew it then";
  EXPECT_EQ(sut.known_at(100), 150U);
  EXPECT_EQ(sut.known_at(109), 150U);
  EXPECT_EQ(sut.known_at(110), 160U);
}

TEST(sol_price, a_stale_rate_is_unknown) {
  auto sut = sol_price_history{60};
  sut.add(100, 150);
  EXPECT_EQ(sut.known_at(160), 150U);
  EXPECT_EQ(sut.known_at(161), 0U);
  sut.add(1'000, 170);
  EXPECT_EQ(sut.known_at(500), 0U);
}

TEST(sol_price, a_clock_that_is_set_back_rewrites_nothing) {
  auto sut = sol_price_history{60};
  sut.add(100, 150);
  sut.add(50, 999);
  EXPECT_EQ(sut.known_at(60), 0U);
  EXPECT_EQ(sut.known_at(100), 999U) << "the last one that was told";
}

TEST(sol_price, keeps_a_bounded_number_of_rates) {
  auto sut = sol_price_history{10};
  auto count = static_cast<int64_t>(sol_price_history::samples_max);
  for (auto i = int64_t{0}; i <= count; ++i)
    sut.add(i, static_cast<uint64_t>(i + 1));
  EXPECT_EQ(sut.known_at(0), 0U) << "forgotten";
  EXPECT_EQ(sut.known_at(1), 2U);
  EXPECT_EQ(sut.known_at(count), static_cast<uint64_t>(count + 1));
}

TEST(sol_price, reads_what_can_be_a_rate_and_nothing_else) {
  EXPECT_EQ(domain::parse_usd_micros("151.25"), 151'250'000U);
  EXPECT_EQ(domain::parse_usd_micros("1.5e2"), 150'000'000U);
  EXPECT_EQ(domain::parse_usd_micros("0.000001"), 1U);
  EXPECT_EQ(domain::parse_usd_micros("1000000"), domain::sol_usd_micros_max);
  for (auto text : {"", "0", "0.0000001", "-1", "nan", "inf", "1000000.1",
                    "1e999", "151x", " 151", "1,5"})
    EXPECT_FALSE(domain::parse_usd_micros(text)) << text;
}

TEST(sol_price, values_money_in_usd_and_nothing_else) {
  using namespace domain::known_keys;
  constexpr auto rate = uint64_t{150'000'000};
  EXPECT_DOUBLE_EQ(*domain::usd_value(wsol_mint, 2'000'000'000, rate), 300.0);
  EXPECT_FALSE(domain::usd_value(wsol_mint, 2'000'000'000, 0));
  EXPECT_DOUBLE_EQ(*domain::usd_value(usdc_mint, 2'500'000, 0), 2.5);
  EXPECT_FALSE(domain::usd_value(pump_program, 1, rate));
}

} // namespace

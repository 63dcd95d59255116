#include "domain/score.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace pumpscope::domain;

namespace {

TEST(score, seed_is_the_original_formula) {
  // log10(10) * 40 + min(0.5 * 4 + 0.5 * 6, 30) + log10(10) * 20 + 50 / 100
  EXPECT_DOUBLE_EQ(score_seed({10.0, 10.0, 4.0, 6.0, 50}), 65.5);
  EXPECT_DOUBLE_EQ(score_seed({0.0, 0.0, 0.0, 0.0, 0}), 0.0);
  EXPECT_DOUBLE_EQ(score_seed({0.0, 0.0, -10.0, -10.0, 0}), 0.0);
  EXPECT_DOUBLE_EQ(score_seed({1e9, 1e9, 0.0, 0.0, 0}), 100.0);
  // Momentum is capped at 30, trades at 1000.
  EXPECT_DOUBLE_EQ(score_seed({1.0, 1.0, 900.0, 900.0, 5'000}), 40.0);
}

TEST(score, stays_between_0_and_100) {
  EXPECT_NEAR(score({0.0, 0.0, 0.0, 0.0, 0}), 15.0, 1e-9);
  EXPECT_NEAR(score({1e12, 1e12, 1e6, 1e6, 10'000}), 100.0, 1e-9);
  EXPECT_NEAR(score({-5.0, -5.0, -1e6, -1e6, 0}), 0.0, 1e-9);
  // 40 * 3/6 + 30 * 0.5 + 20 * 2/5 + 10 * 0.5
  EXPECT_NEAR(score({999.0, 99.0, 0.0, 0.0, 500}), 48.0, 1e-9);
}

TEST(score, risk_seed_is_the_original_formula) {
  // 1.5 SOL lost in 3 realizations.
  EXPECT_DOUBLE_EQ(risk_seed(-1'500'000'000, 3), 21.0);
  EXPECT_DOUBLE_EQ(risk_seed(0, 0), 0.0);
  EXPECT_DOUBLE_EQ(risk_seed(-100'000'000'000, 0), 100.0);
}

TEST(score, risk_follows_its_parts) {
  EXPECT_EQ(risk(wallet_totals{}), 0.0);
  auto x = wallet_totals{};
  x.realized = -50;
  x.losses = -100;
  x.volume = 800;
  x.tokens = 2;
  x.buys_after_loss = 4;
  x.buys_grown_after_loss = 1;
  // 40 * 100/150 + 20 * 100/800*4 + 10 * 1/4 + 10 * 1/2
  EXPECT_NEAR(risk(x), 40.0 * 2.0 / 3.0 + 10.0 + 2.5 + 5.0, 1e-9);
  x.loss_streak_max = 8;
  EXPECT_NEAR(risk(x), 40.0 * 2.0 / 3.0 + 17.5 + 20.0 * (1.0 - std::exp(-1.0)),
              1e-9);
  x.realized = x.losses = -1'000'000;
  x.loss_streak_max = 1'000'000;
  x.tokens = 1;
  x.buys_grown_after_loss = 4;
  EXPECT_NEAR(risk(x), 100.0, 1e-9);
}

} // namespace

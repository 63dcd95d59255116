#include "actors/leaderboard.hpp"

#include "tests/actors/fake_partitions.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/sample_rows.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

domain::board_row row_of(uint64_t wallet, int net) {
  auto x = domain::board_row{};
  x.wallet = sample_key(wallet);
  x.net = net;
  x.losses = net;
  x.trades = 1;
  x.realizations = 1;
  x.losing_realizations = 1;
  return x;
}

class leaderboard : public actor_fixture {
protected:
  messages::leaderboard_actor
  board_over(const std::vector<messages::board_ptr>& boards) {
    auto partitions = std::vector<messages::wallet_partition_actor>{};
    for (auto& x : boards)
      partitions.push_back(adopt(sys_.spawn(
        fake_wallet_partition,
        wallet_answers{[x](const messages::get_board&) { return x; }, {}})));
    return adopt(sys_.spawn(actors::leaderboard, actors::leaderboard_config{},
                            partitions));
  }

  static messages::board_ptr board_of(int64_t time, uint64_t jpos,
                                      std::vector<domain::board_row> rows) {
    return std::make_shared<const messages::board>(
      messages::board{time, jpos, std::move(rows)});
  }
};

TEST_F(leaderboard, merges_the_boards_of_all_partitions_worst_first) {
  auto aut = board_over({board_of(10, 7, {row_of(1, -5), row_of(2, -1)}),
                         board_of(20, 6, {row_of(3, -3)})});
  auto x = ask<messages::board_ptr>(aut, messages::get_board{.rows = 2});
  ASSERT_TRUE(x);
  ASSERT_EQ((*x)->rows.size(), 2U);
  EXPECT_EQ((*x)->rows[0].wallet, sample_key(1));
  EXPECT_EQ((*x)->rows[1].wallet, sample_key(3));
  // All partitions had come at least this far.
  EXPECT_EQ((*x)->jpos, 6U);
  EXPECT_EQ((*x)->chain_time, 20);
}

TEST_F(leaderboard, gives_no_board_without_one_of_its_partitions) {
  auto aut = board_over({board_of(10, 7, {row_of(1, -5)}), nullptr});
  auto x = ask<messages::board_ptr>(aut, messages::get_board{});
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), caf::make_error(domain::errc::internal));
}

} // namespace

#include "adapters/api/token_list.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

namespace pumpscope::api {

namespace {

using domain::token_window;

struct token_facts {
  int number = 0;
  int64_t volume = 0;
  int64_t liquidity = 0;
  bool graduated = false;
  /// 0 = nobody saw it.
  int64_t created_at = 0;
  std::string symbol = {};
};

token_entry make(const token_facts& x) {
  auto result = std::make_shared<messages::token_publication>();
  auto& token = result->token;
  token.mint = test::sample_key(static_cast<uint64_t>(x.number));
  token.quote_mint = domain::known_keys::wsol_mint;
  token.windows[static_cast<size_t>(token_window::h24)].sums.volume_quote
    = x.volume;
  token.liquidity.quote_units = x.liquidity;
  token.graduated = x.graduated;
  token.created = x.created_at != 0;
  token.created_at = x.created_at;
  token.symbol = x.symbol;
  return result;
}

std::vector<int64_t>
volumes_of(const std::vector<const messages::token_publication*>& tokens) {
  auto result = std::vector<int64_t>{};
  for (auto* x : tokens)
    result.push_back(static_cast<int64_t>(
      x->token.windows[static_cast<size_t>(token_window::h24)]
        .sums.volume_quote));
  return result;
}

using volumes = std::vector<int64_t>;

} // namespace

TEST(token_list, sorts_either_way_and_breaks_ties_by_mint) {
  auto all = std::vector{make({1, 10}), make({2, 30}), make({3, 20}),
                         make({4, 30})};
  auto query = token_query{};
  auto down = select(all, query);
  EXPECT_EQ(volumes_of(down), (volumes{30, 30, 20, 10}));
  EXPECT_LT(down[0]->token.mint, down[1]->token.mint);
  query.ascending = true;
  auto up = select(all, query);
  EXPECT_EQ(volumes_of(up), (volumes{10, 20, 30, 30}));
  EXPECT_LT(up[2]->token.mint, up[3]->token.mint);
}

TEST(token_list, puts_what_is_not_known_last_either_way) {
  auto all = std::vector{make({1, 1}), make({2, 2, 0, false, 50}),
                         make({3, 3, 0, false, 60})};
  auto query = token_query{};
  query.sort = token_sort::created_at;
  EXPECT_EQ(volumes_of(select(all, query)), (volumes{3, 2, 1}));
  query.ascending = true;
  EXPECT_EQ(volumes_of(select(all, query)), (volumes{2, 3, 1}));
}

TEST(token_list, leaves_out_what_was_not_asked_for) {
  auto all = std::vector{make({1, 1, 100}), make({2, 2, 200, true}),
                         make({3, 3, 300, false, 1'000}),
                         make({4, 4, 50, true, 2'000})};
  auto count = [&](auto change) {
    auto query = token_query{};
    change(query);
    return select(all, query).size();
  };
  EXPECT_EQ(count([](token_query&) {}), 4U);
  EXPECT_EQ(count([](token_query& x) { x.liquidity_min = 200; }), 2U);
  EXPECT_EQ(count([](token_query& x) { x.volume_24h_min = 4; }), 1U);
  EXPECT_EQ(count([](token_query& x) { x.graduated = true; }), 2U);
  EXPECT_EQ(count([](token_query& x) { x.created_since = 1'500; }), 1U);
  EXPECT_EQ(count([](token_query& x) { x.market_cap_min = 1; }), 0U);
  EXPECT_EQ(
    count([](token_query& x) { x.quote_mint = domain::known_keys::usdc_mint; }),
    0U);
  // Nobody knows a rate.
  EXPECT_EQ(count([](token_query& x) { x.liquidity_usd_min = 0; }), 0U);
}

TEST(token_list, finds_names_in_any_case_and_the_beginning_of_a_mint) {
  auto all = std::vector{make({1, 1, 0, false, 5, "DoGe"}), make({2, 2})};
  auto query = token_query{};
  query.search = "OG";
  EXPECT_EQ(volumes_of(select(all, query)), (volumes{1}));
  query.search = domain::to_string(test::sample_key(2)).substr(0, 6);
  EXPECT_EQ(volumes_of(select(all, query)), (volumes{2}));
  query.search = domain::to_string(test::sample_key(2)).substr(1, 6);
  EXPECT_TRUE(select(all, query).empty());
}

} // namespace pumpscope::api

#include "actors/market.hpp"

#include "messages/registration.hpp"
#include "tests/actors/fake_partitions.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

namespace pumpscope::actors {

namespace {

using messages::market_list;

domain::pubkey mint(uint8_t number) {
  auto result = domain::pubkey{};
  result.bytes.fill(number);
  return result;
}

messages::token_news_item news_item(market_list list, uint8_t number,
                                    int64_t at) {
  auto result = messages::token_news_item{list, {}};
  result.row.mint = mint(number);
  result.row.quote_mint = domain::known_keys::wsol_mint;
  result.row.at = at;
  return result;
}

struct test_config : caf::actor_system_config {
  test_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    messages::register_all(*this);
  }
};

/// A partition that answers with fixed rows.
test::token_answers answers_of(messages::market x) {
  auto fixed = std::make_shared<messages::market>(std::move(x));
  return {[fixed](const messages::get_market&) {
            return messages::market_ptr{fixed};
          },
          {}};
}

class market_test : public ::testing::Test {
protected:
  market_test() {
    aut_ = system_.spawn(market, market_config{.news_max = 3});
  }

  ~market_test() override {
    caf::anon_send_exit(aut_, caf::exit_reason::user_shutdown);
    run();
  }

  void run() {
    dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run();
  }

  void tell(std::vector<messages::token_news_item> items) {
    auto news = std::make_shared<messages::token_news>();
    news->chain_time = 1'000;
    news->items = std::move(items);
    caf::anon_send(aut_, messages::token_news_ptr{std::move(news)});
    run();
  }

  messages::market ask(market_list list, uint32_t rows = 10) {
    auto request = messages::get_market{};
    request.list = list;
    request.rows = rows;
    auto handle = self_->request(aut_, caf::infinite, request);
    run();
    auto result = messages::market{};
    handle.receive([&](const messages::market_ptr& x) { result = *x; },
                   [](caf::error& err) { ADD_FAILURE() << err.code(); });
    return result;
  }

  static std::vector<domain::pubkey> mints(const messages::market& x) {
    auto result = std::vector<domain::pubkey>{};
    for (auto& row : x.rows)
      result.push_back(row.mint);
    return result;
  }

  test_config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  messages::market_actor aut_;
};

TEST_F(market_test, keeps_the_newest_births_and_graduations_apart) {
  tell({news_item(market_list::created, 1, 10),
        news_item(market_list::created, 2, 30),
        news_item(market_list::graduated, 1, 50)});
  tell({news_item(market_list::created, 3, 20),
        news_item(market_list::created, 4, 5),
        // Told again, as after a restart of a partition.
        news_item(market_list::created, 2, 30)});

  EXPECT_EQ(mints(ask(market_list::created)),
            (std::vector{mint(2), mint(3), mint(1)}));
  EXPECT_EQ(mints(ask(market_list::created, 1)), std::vector{mint(2)});
  EXPECT_EQ(mints(ask(market_list::graduated)), std::vector{mint(1)});
  EXPECT_EQ(ask(market_list::graduated).chain_time, 1'000);
}

TEST_F(market_test, merges_the_lists_of_the_partitions) {
  auto links = std::make_shared<messages::market_links>();
  for (auto first : {uint8_t{1}, uint8_t{2}}) {
    auto part = messages::market{100 + first, first, 2, {}, {first, 7, 4, 3}};
    for (auto number : {first, static_cast<uint8_t>(first + 4)}) {
      auto& row = part.rows.emplace_back();
      row.mint = mint(number);
      row.day.volume_quote = number;
      row.quote.market_cap = 100 - number;
      row.quote.progress = number == 5 ? 0.9 : 0.1;
    }
    links->partitions.push_back(
      system_.spawn(test::fake_token_partition, answers_of(part)));
  }
  caf::anon_send(aut_, messages::market_links_ptr{links});
  run();

  auto by_volume = ask(market_list::volume_24h, 3);

  EXPECT_EQ(mints(by_volume), (std::vector{mint(6), mint(5), mint(2)}));
  EXPECT_EQ(by_volume.jpos, 1U);
  EXPECT_EQ(by_volume.chain_time, 102);
  EXPECT_EQ(by_volume.tokens_active, 4U);
  EXPECT_EQ(by_volume.day, (domain::token_window_sums{3, 14, 8, 6}));
  EXPECT_EQ(mints(ask(market_list::market_cap, 2)),
            (std::vector{mint(1), mint(2)}));
  // Equal ones by their bytes.
  EXPECT_EQ(mints(ask(market_list::graduating, 3)),
            (std::vector{mint(5), mint(1), mint(2)}));
}

TEST_F(market_test, is_empty_before_anything_happened) {
  EXPECT_TRUE(ask(market_list::volume_24h).rows.empty());
  EXPECT_TRUE(ask(market_list::created).rows.empty());
}

TEST(market_settings, refuse_to_keep_nothing) {
  EXPECT_TRUE(validate(market_config{.news_max = 0}));
  EXPECT_FALSE(validate(market_config{}));
}

} // namespace

} // namespace pumpscope::actors

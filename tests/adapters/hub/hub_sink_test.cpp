#include "adapters/hub/hub_sink.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/sample_rows.hpp"

#include <caf/typed_event_based_actor.hpp>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using namespace std::chrono_literals;

/// What the sink tells its publisher.
struct told {
  std::vector<bool> ready = {};
  std::vector<uint64_t> delivered = {};
};

messages::publisher_actor::behavior_type
fake_publisher(messages::publisher_actor::pointer,
               std::shared_ptr<told> heard) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](const messages::publisher_links_ptr&) {},
    [](const messages::epoch_committed&) {},
    [](const messages::epoch_completed&) {},
    [](atom::leave) {},
    [](const messages::moved_partitions_ptr&) { return atom::finished_v; },
    [heard](const messages::batch_delivered& x) {
      heard->delivered.push_back(x.number);
    },
    [heard](const messages::sink_changed& x) {
      heard->ready.push_back(x.ready);
    },
    [](atom::flush) { return uint64_t{0}; },
    [](atom::get, const domain::pubkey&) { return uint64_t{0}; },
    [](atom::tick) {},
    [](atom::go) {},
  };
}

class hub_sink : public actor_fixture {
protected:
  hub_sink() {
    auto config = hub::hub_sink_config{};
    config.to = hub_;
    config.now = [this] { return now_; };
    config.wall_ms = [] { return int64_t{77}; };
    aut_ = adopt(sys_.spawn(hub::hub_sink, config));
    auto links = std::make_shared<messages::sink_links>();
    links->publisher = adopt(sys_.spawn(fake_publisher, told_));
    caf::anon_send(aut_, messages::sink_links_ptr{std::move(links)});
    run();
  }

  static messages::publication token() {
    auto x = messages::token_publication{};
    x.token.mint = sample_key(1);
    x.stamp.seq = 5;
    return x;
  }

  std::shared_ptr<hub::hub> hub_
    = std::make_shared<hub::hub>(hub::hub_settings{});
  hub::hub::time_point now_ = hub::hub::time_point{1h};
  std::shared_ptr<told> told_ = std::make_shared<told>();
  messages::sink_actor aut_ = {};
};

TEST_F(hub_sink, is_ready_and_takes_each_batch_at_once) {
  EXPECT_EQ(told_->ready, std::vector<bool>{true});
  for (uint64_t number = 1; number <= 2; ++number) {
    auto batch = std::make_shared<messages::publication_batch>();
    batch->number = number;
    batch->fence = 3;
    batch->items.push_back(token());
    caf::anon_send(aut_, messages::publication_batch_ptr{std::move(batch)});
  }
  run();
  EXPECT_EQ(told_->delivered, (std::vector<uint64_t>{1, 2}));
  auto entry = hub_->tokens().find(sample_key(1));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->fence, 3U);
  EXPECT_EQ(entry->published_ms, 77);
}

TEST_F(hub_sink, keeps_the_time_of_the_hub) {
  auto source = hub_->subscribe({hub::channel{}}, {}, now_);
  auto texts = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_TRUE(source->next(texts, 1 << 16));
  texts.clear();
  now_ += 15s;
  advance(1s);
  EXPECT_TRUE(source->next(texts, 1 << 16));
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(*texts[0], ":\n\n");
}

TEST_F(hub_sink, passes_ticks_on) {
  auto source = hub_->subscribe(
    {hub::channel{hub::channel_kind::tick, 0, sample_key(2)}}, {}, now_);
  auto texts = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_TRUE(source->next(texts, 1 << 16));
  texts.clear();
  auto batch = std::make_shared<messages::tick_batch>(
    std::make_shared<messages::tick_counter>(0));
  batch->trades.push_back(
    sample_trade(0, {10, 1, 1}, sample_key(9), sample_key(2)));
  caf::anon_send(aut_, messages::tick_batch_ptr{std::move(batch)});
  run();
  EXPECT_TRUE(source->next(texts, 1 << 16));
  EXPECT_EQ(texts.size(), 1U);
}

} // namespace

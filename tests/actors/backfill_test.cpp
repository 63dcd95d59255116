#include "actors/backfill.hpp"

#include "actors/sequencer.hpp"
#include "tests/actors/store_fixture.hpp"
#include "tests/support/fake_block_fetcher.hpp"

#include <gmock/gmock.h>

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Keeps what reaches the parsers.
messages::parser_actor::behavior_type
fake_parser(messages::parser_actor::pointer,
            std::shared_ptr<std::vector<messages::raw_batch_ptr>> seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [seen](const messages::raw_batch_ptr& x) { seen->push_back(x); },
  };
}

class backfill : public actor_fixture {
protected:
  backfill() {
    for (uint64_t slot = 1; slot <= 50; ++slot)
      server_->add(slot, slot - 1, 100);
    auto parser = adopt(sys_.spawn(fake_parser, seen_));
    aut_ = adopt(sys_.spawn(actors::backfill, actors::backfill_config{},
                            server_, std::vector{parser}));
    run();
  }

  void want(uint64_t from, uint64_t to) {
    caf::anon_send(aut_, messages::fetch_slots{{{from, to}}});
    run();
  }

  void give_credit(int count) {
    for (auto i = 0; i < count; ++i)
      caf::anon_send(aut_, atom::credit_v);
    run();
  }

  std::shared_ptr<fake_block_fetcher> server_
    = std::make_shared<fake_block_fetcher>();
  std::shared_ptr<std::vector<messages::raw_batch_ptr>> seen_
    = std::make_shared<std::vector<messages::raw_batch_ptr>>();
  messages::backfill_actor aut_ = {};
};

TEST_F(backfill, sends_one_batch_per_credit) {
  want(11, 20);
  EXPECT_THAT(*seen_, IsEmpty());

  give_credit(1);
  ASSERT_EQ(seen_->size(), 1U);
  give_credit(10);

  // 10 blocks of 100 updates.
  ASSERT_EQ(seen_->size(), 4U);
  auto updates = size_t{0};
  for (size_t i = 0; i < seen_->size(); ++i) {
    auto& batch = *(*seen_)[i];
    EXPECT_TRUE(batch.backfill);
    EXPECT_FALSE(batch.last);
    EXPECT_EQ(batch.number, i);
    updates += batch.size();
  }
  EXPECT_EQ(updates, 1'000U);
  ASSERT_EQ(seen_->back()->ranges.size(), 1U);
  EXPECT_TRUE(seen_->back()->ranges[0].complete);
  EXPECT_EQ(status_of(aut_, "backfill_slots_total"), 10U);
}

TEST_F(backfill, fetches_what_is_under_way_once) {
  want(11, 20);
  want(11, 20);
  give_credit(10);
  EXPECT_EQ(status_of(aut_, "backfill_slots_total"), 10U);

  want(11, 20);
  EXPECT_EQ(status_of(aut_, "backfill_slots_total"), 20U);
}

/// A sequencer over a journal that ends with slot 10 and lacks 5 to 7, and all
/// that it says.
class sequencer_backfill : public store_fixture {
protected:
  using asked_ranges = std::vector<std::pair<uint64_t, uint64_t>>;

  static messages::backfill_actor::behavior_type
  fake_backfill(messages::backfill_actor::pointer,
                std::shared_ptr<asked_ranges> asked,
                std::shared_ptr<int> credit) {
    return {
      [](atom::status) { return caf::settings{}; },
      [asked](const messages::fetch_slots& x) {
        for (auto& range : x.ranges)
          asked->emplace_back(range.from, range.to);
      },
      [credit](atom::credit) { ++*credit; },
      [](atom::go) {},
    };
  }

  static messages::stream_actor::behavior_type
  fake_stream(messages::stream_actor::pointer) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](atom::credit) {},
      [](atom::go) {},
    };
  }

  static messages::store_writer_actor::behavior_type
  fake_writer(messages::store_writer_actor::pointer,
              std::shared_ptr<std::vector<messages::epoch_ptr>> epochs) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](atom::start) { return messages::journal_boot_ptr{}; },
      [epochs](const messages::epoch_ptr& x) { epochs->push_back(x); },
      [](const messages::checkpoint_ptr&) { return atom::finished_v; },
      [](atom::go) {},
      [](atom::retry) {},
      [](atom::renew) {},
      [](const messages::audit_found&) {},
    };
  }

  static messages::drain_observer_actor::behavior_type
  fake_observer(messages::drain_observer_actor::pointer,
                std::shared_ptr<bool> drained) {
    return {[drained](atom::drained) { *drained = true; }};
  }

  void start() {
    auto boot = std::make_shared<messages::journal_boot>();
    boot->head.fence = 1;
    boot->head.sealed_slot = 10;
    boot->head.first_slot = 1;
    boot->last_slot = 10;
    boot->open_gaps.push_back({.from_slot = 5, .to_slot = 7});
    auto config = actors::sequencer_config{};
    config.gap_wait = 15s;
    aut_ = adopt(sys_.spawn(actors::sequencer, config, boot,
                            adopt(sys_.spawn(fake_writer, epochs_)),
                            messages::store_reader_actor{},
                            adopt(sys_.spawn(fake_observer, drained_))));
    auto links = std::make_shared<messages::sequencer_links>();
    links->stream = adopt(sys_.spawn(fake_stream));
    links->backfill = adopt(sys_.spawn(fake_backfill, asked_, credit_));
    caf::anon_send(aut_, messages::sequencer_links_ptr{std::move(links)});
    run();
  }

  /// Slots with their metas and confirmations, as one batch.
  void play(const std::vector<std::pair<uint64_t, uint64_t>>& slots,
            bool by_backfill) {
    auto batch = std::make_shared<messages::parsed_batch>();
    batch->backfill = by_backfill;
    batch->number = by_backfill ? next_backfill_++ : next_++;
    for (auto [slot, parent] : slots) {
      auto meta = domain::block_meta{};
      meta.slot = slot;
      meta.parent_slot = parent;
      auto status = domain::slot_update{};
      status.slot = slot;
      status.status = domain::slot_status::confirmed;
      batch->updates.emplace_back(meta);
      batch->updates.emplace_back(status);
    }
    caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(batch)});
    run();
  }

  std::shared_ptr<asked_ranges> asked_ = std::make_shared<asked_ranges>();
  std::shared_ptr<int> credit_ = std::make_shared<int>(0);
  std::shared_ptr<bool> drained_ = std::make_shared<bool>(false);
  std::shared_ptr<std::vector<messages::epoch_ptr>> epochs_
    = std::make_shared<std::vector<messages::epoch_ptr>>();
  messages::sequencer_actor aut_ = {};
  uint64_t next_ = 0;
  uint64_t next_backfill_ = 0;
};

TEST_F(sequencer_backfill,
       asks_for_gaps_of_the_store_and_again_while_they_are_open) {
  start();
  EXPECT_GT(*credit_, 0);
  advance(100ms);
  EXPECT_THAT(*asked_, ElementsAre(std::pair{5, 7}));
  advance(1s);
  EXPECT_EQ(asked_->size(), 1U);

  advance(30s);

  EXPECT_THAT(*asked_, ElementsAre(std::pair{5, 7}, std::pair{5, 7}));
}

TEST_F(sequencer_backfill, asks_for_a_missing_parent_before_it_is_a_gap) {
  start();
  advance(100ms);
  asked_->clear();
  // 12 and 13 did not come; 11 did.
  play({{11, 10}, {14, 13}, {15, 14}, {16, 15}}, false);
  advance(500ms);
  EXPECT_THAT(*asked_, IsEmpty());

  for (auto i = 0; i < 10; ++i)
    advance(100ms);
  EXPECT_THAT(*asked_, ElementsAre(std::pair{12, 13}));
  EXPECT_EQ(status_of(aut_, "gaps_total"), 0U);

  // They come by their own lane, and count like any other.
  play({{12, 11}, {13, 12}}, true);
  play({{17, 16}, {18, 17}}, false);
  EXPECT_EQ(status_of(aut_, "sealed_slot"), 16U);
  EXPECT_EQ(status_of(aut_, "gaps_total"), 0U);
}

TEST_F(sequencer_backfill, asks_for_a_gap_when_it_opens) {
  start();
  advance(100ms);
  play({{14, 13}, {15, 14}, {16, 15}}, false);
  for (auto i = 0; i < 155; ++i)
    advance(100ms);
  ASSERT_EQ(status_of(aut_, "gaps_total"), 1U);

  // Once as a parent, then with all that is open.
  EXPECT_EQ(asked_->at(1), (std::pair<uint64_t, uint64_t>{11, 13}));
  EXPECT_THAT(std::vector(asked_->begin() + 2, asked_->end()),
              ElementsAre(std::pair{5, 7}, std::pair{11, 13}));
}

TEST_F(sequencer_backfill, journals_at_once_while_nothing_is_on_its_way) {
  start();
  play({{11, 10}, {12, 11}, {13, 12}}, false);
  ASSERT_EQ(epochs_->size(), 1U);
  EXPECT_EQ(epochs_->front()->after.sealed_slot, 11U);

  // Behind an epoch that is on its way the next one fills.
  play({{14, 13}}, false);
  play({{15, 14}}, false);
  EXPECT_EQ(epochs_->size(), 1U);
  advance(100ms);
  ASSERT_EQ(epochs_->size(), 2U);
  EXPECT_EQ(epochs_->back()->after.sealed_slot, 13U);
}

TEST_F(sequencer_backfill, takes_nothing_more_when_it_is_stopped) {
  start();
  caf::anon_send(aut_, atom::stop_v);
  run();
  EXPECT_TRUE(*drained_);
  auto epochs = epochs_->size();

  play({{5, 4}, {6, 5}, {7, 6}}, true);
  advance(1s);

  EXPECT_EQ(epochs_->size(), epochs);
}

class sequencer_epochs : public sequencer_backfill {
protected:
  /// All partitions folded an epoch.
  void complete(uint64_t epoch) {
    caf::anon_send(aut_, messages::epoch_completed{epoch});
    run();
  }
};

TEST_F(sequencer_epochs, are_cut_early_while_nothing_is_on_its_way) {
  start();
  play({{11, 10}, {12, 11}, {13, 12}}, false);
  EXPECT_EQ(epochs_->size(), 1U);

  play({{14, 13}}, false);
  advance(50ms);
  EXPECT_EQ(epochs_->size(), 1U);
  complete(1);
  EXPECT_EQ(epochs_->size(), 2U);

  // Not one for each slot of a stream that is fast.
  complete(2);
  play({{15, 14}}, false);
  EXPECT_EQ(epochs_->size(), 2U);
  advance(25ms);
  play({{16, 15}}, false);
  EXPECT_EQ(epochs_->size(), 3U);
}

} // namespace

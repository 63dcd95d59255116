#include "actors/inbox.hpp"

#include "actors/sequencer.hpp"
#include "tests/actors/store_fixture.hpp"

#include <gmock/gmock.h>

#include <set>

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An inbox of which each payload is one update.
struct fake_inbox_reader : messages::inbox_reader {
  bool fill(messages::raw_batch& out) override {
    if (down)
      return false;
    if (waiting == 0)
      return true;
    --waiting;
    out.append(std::vector<uint8_t>{1, 2, 3});
    out.payloads_up_to = ++read;
    return true;
  }

  bool remove(uint64_t up_to) override {
    if (!down)
      removed = up_to;
    return !down;
  }

  [[nodiscard]] messages::inbox_counters counters() const override {
    return {};
  }

  [[nodiscard]] std::string last_error() const override {
    return {};
  }

  uint64_t waiting = 0;
  uint64_t read = 0;
  uint64_t removed = 0;
  bool down = false;
};

/// Keeps what reaches the parsers.
messages::parser_actor::behavior_type
fake_parser(messages::parser_actor::pointer,
            std::shared_ptr<std::vector<messages::raw_batch_ptr>> seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [seen](const messages::raw_batch_ptr& x) { seen->push_back(x); },
  };
}

class inbox : public actor_fixture {
protected:
  inbox() {
    auto parser = adopt(sys_.spawn(fake_parser, seen_));
    aut_ = adopt(sys_.spawn(actors::inbox, actors::inbox_config{}, reader_,
                            std::vector{parser}));
    run();
  }

  void give_credit(int count) {
    for (auto i = 0; i < count; ++i)
      caf::anon_send(aut_, atom::credit_v);
    run();
  }

  std::shared_ptr<fake_inbox_reader> reader_
    = std::make_shared<fake_inbox_reader>();
  std::shared_ptr<std::vector<messages::raw_batch_ptr>> seen_
    = std::make_shared<std::vector<messages::raw_batch_ptr>>();
  messages::inbox_actor aut_ = {};
};

TEST_F(inbox, sends_one_batch_per_credit) {
  reader_->waiting = 5;
  advance(1s);
  EXPECT_THAT(*seen_, IsEmpty());
  give_credit(2);
  ASSERT_EQ(seen_->size(), 2U);
  EXPECT_TRUE(seen_->back()->inbox);
  EXPECT_FALSE(seen_->back()->backfill);
  EXPECT_EQ(seen_->back()->number, 1U);
  EXPECT_EQ(seen_->back()->payloads_up_to, 2U);
  give_credit(9);
  EXPECT_EQ(seen_->size(), 5U);
}

TEST_F(inbox, looks_for_new_payloads_now_and_then) {
  give_credit(4);
  reader_->waiting = 1;
  run();
  EXPECT_THAT(*seen_, IsEmpty());
  advance(100ms);
  EXPECT_EQ(seen_->size(), 1U);
}

TEST_F(inbox, removes_what_is_done_as_soon_as_the_store_is_there) {
  reader_->down = true;
  reader_->waiting = 1;
  give_credit(1);
  caf::anon_send(aut_, messages::payloads_done{7});
  advance(100ms);
  EXPECT_EQ(reader_->removed, 0U);
  reader_->down = false;
  advance(100ms);
  EXPECT_EQ(reader_->removed, 7U);
  EXPECT_EQ(seen_->size(), 1U);
}

/// A sequencer over a journal that ends with slot 10 and lacks 5 to 7, and all
/// that it says to its inbox.
class sequencer_inbox : public store_fixture {
protected:
  struct seen {
    std::vector<messages::epoch_ptr> epochs = {};
    std::vector<std::pair<uint64_t, uint64_t>> fetched = {};
    std::vector<uint64_t> done = {};
    int credit = 0;
    /// Keys that the journal has.
    std::set<domain::chain_position> known = {};
  };

  using seen_ptr = std::shared_ptr<seen>;

  static messages::inbox_actor::behavior_type
  fake_inbox(messages::inbox_actor::pointer, seen_ptr x) {
    return {
      [](atom::status) { return caf::settings{}; },
      [x](atom::credit) { ++x->credit; },
      [x](const messages::payloads_done& done) {
        x->done.push_back(done.up_to);
      },
      [](atom::go) {},
      [](atom::tick) {},
    };
  }

  static messages::backfill_actor::behavior_type
  fake_backfill(messages::backfill_actor::pointer, seen_ptr x) {
    return {
      [](atom::status) { return caf::settings{}; },
      [x](const messages::fetch_slots& wanted) {
        for (auto& range : wanted.ranges)
          x->fetched.emplace_back(range.from, range.to);
      },
      [](atom::credit) {},
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
  fake_writer(messages::store_writer_actor::pointer, seen_ptr x) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](atom::start) { return messages::journal_boot_ptr{}; },
      [x](const messages::epoch_ptr& epoch) { x->epochs.push_back(epoch); },
      [](const messages::checkpoint_ptr&) { return atom::finished_v; },
      [](const messages::audit_found&) {},
      [](atom::go) {},
      [](atom::retry) {},
      [](atom::renew) {},
    };
  }

  /// Knows the keys that it was told, and no slot.
  static messages::store_reader_actor::behavior_type
  fake_reader(messages::store_reader_actor::pointer, seen_ptr x) {
    return {
      [](atom::status) { return caf::settings{}; },
      [](const messages::load_partition&) {
        return messages::partition_boot_ptr{};
      },
      [](const messages::load_tail&) { return messages::tail_rows_ptr{}; },
      [](atom::go) {},
      [](const messages::load_rows&) { return messages::journal_rows_ptr{}; },
      [](const messages::load_entities&) {
        return messages::loaded_entities_ptr{};
      },
      [x](const messages::look_up& asked) {
        auto result = std::make_shared<messages::looked_up>();
        for (auto& key : asked.keys)
          result->known.push_back(x->known.contains(key));
        return messages::looked_up_ptr{std::move(result)};
      },
    };
  }

  static messages::drain_observer_actor::behavior_type
  fake_observer(messages::drain_observer_actor::pointer) {
    return {[](atom::drained) {}};
  }

  void start(actors::sequencer_config config = {}, bool with_backfill = false) {
    auto boot = std::make_shared<messages::journal_boot>();
    boot->head.fence = 1;
    if (!config.sealer.without_stream) {
      boot->head.sealed_slot = 10;
      boot->head.first_slot = 1;
      boot->last_slot = 10;
      boot->open_gaps.push_back({.from_slot = 5, .to_slot = 7});
    }
    aut_ = adopt(sys_.spawn(
      actors::sequencer, config, boot, adopt(sys_.spawn(fake_writer, seen_)),
      adopt(sys_.spawn(fake_reader, seen_)), adopt(sys_.spawn(fake_observer))));
    auto links = std::make_shared<messages::sequencer_links>();
    links->stream = adopt(sys_.spawn(fake_stream));
    links->inbox = adopt(sys_.spawn(fake_inbox, seen_));
    if (with_backfill)
      links->backfill = adopt(sys_.spawn(fake_backfill, seen_));
    caf::anon_send(aut_, messages::sequencer_links_ptr{std::move(links)});
    run();
  }

  static domain::parsed_transaction transaction(uint64_t slot, uint32_t index) {
    auto x = domain::parsed_transaction{};
    x.slot = slot;
    x.tx_index = index;
    x.signature.bytes[0] = static_cast<uint8_t>(index + 1);
    x.trades.push_back(plain_trade(domain::trade_side::buy, slot, sample_key(1),
                                   sample_key(2), 5, 10));
    x.trades[0].position.tx_index = index;
    x.raw = "raw";
    return x;
  }

  static domain::parsed_transaction without_index(uint64_t slot) {
    auto x = transaction(slot, 1U << 31);
    x.index_unknown = true;
    auto letter = domain::dead_letter{};
    letter.position = x.trades[0].position;
    letter.reason = domain::dead_letter_reason::no_index;
    x.dead_letters.push_back(letter);
    x.trades.clear();
    return x;
  }

  /// A payload with these transactions; returns its id.
  uint64_t post(const std::vector<domain::parsed_transaction>& xs) {
    auto batch = std::make_shared<messages::parsed_batch>();
    batch->inbox = true;
    batch->number = next_hint_++;
    batch->payloads_up_to = next_hint_;
    for (auto& x : xs)
      batch->updates.emplace_back(x);
    caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(batch)});
    run();
    return next_hint_;
  }

  /// Slots of the stream, each the child of the one before.
  void play(uint64_t from, uint64_t to,
            std::vector<domain::parsed_transaction> transactions = {}) {
    auto batch = std::make_shared<messages::parsed_batch>();
    batch->number = next_++;
    for (auto& x : transactions)
      batch->updates.emplace_back(std::move(x));
    for (auto slot = from; slot <= to; ++slot) {
      auto meta = domain::block_meta{};
      meta.slot = slot;
      meta.parent_slot = slot - 1;
      auto status = domain::slot_update{};
      status.slot = slot;
      status.status = domain::slot_status::confirmed;
      batch->updates.emplace_back(meta);
      batch->updates.emplace_back(status);
    }
    caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(batch)});
    run();
  }

  /// All partitions fold all epochs, and those that follow from them.
  void complete() {
    for (auto i = 0; i < 5; ++i) {
      auto last = seen_->epochs.empty() ? 0 : seen_->epochs.back()->after.epoch;
      caf::anon_send(aut_, messages::epoch_completed{last});
      advance(100ms);
    }
  }

  /// Positions of all trades that were journaled.
  [[nodiscard]] std::vector<std::pair<uint64_t, uint32_t>> journal() const {
    auto result = std::vector<std::pair<uint64_t, uint32_t>>{};
    for (auto& epoch : seen_->epochs)
      for (auto& x : epoch->trades)
        result.emplace_back(x.position.slot, x.position.tx_index);
    return result;
  }

  [[nodiscard]] std::vector<domain::dead_letter> letters() const {
    auto result = std::vector<domain::dead_letter>{};
    for (auto& epoch : seen_->epochs)
      result.insert(result.end(), epoch->dead_letters.begin(),
                    epoch->dead_letters.end());
    return result;
  }

  seen_ptr seen_ = std::make_shared<seen>();
  messages::sequencer_actor aut_ = {};
  uint64_t next_ = 0;
  uint64_t next_hint_ = 0;
};

using place = std::pair<uint64_t, uint32_t>;

TEST_F(sequencer_inbox, a_payload_is_done_when_its_rows_are_in_the_journal) {
  start();
  auto id = post({transaction(12, 3)});
  play(11, 13);
  complete();
  // Slot 12 is not sealed yet.
  EXPECT_THAT(seen_->done, IsEmpty());

  play(14, 14);
  advance(100ms);
  EXPECT_THAT(journal(), ElementsAre(place{12, 3}));
  // The epoch is on its way.
  EXPECT_THAT(seen_->done, IsEmpty());
  complete();
  EXPECT_THAT(seen_->done, ElementsAre(id));
}

TEST_F(sequencer_inbox, payloads_are_done_in_their_order) {
  start();
  auto first = post({transaction(13, 3)});
  auto second = post({transaction(11, 3)});
  play(11, 14);
  complete();
  EXPECT_THAT(journal(), ElementsAre(place{11, 3}));
  EXPECT_THAT(seen_->done, IsEmpty());
  play(15, 15);
  complete();
  EXPECT_THAT(seen_->done, ElementsAre(second));
  EXPECT_EQ(first + 1, second);
}

TEST_F(sequencer_inbox, what_is_known_changes_nothing) {
  start();
  seen_->known.insert({9, 3, 1});
  auto old = post({transaction(9, 3)});
  complete();
  EXPECT_THAT(seen_->done, ElementsAre(old));
  auto nothing = post({});
  complete();
  EXPECT_THAT(seen_->done, ElementsAre(old, nothing));
  auto twice = post({transaction(11, 0), transaction(11, 0)});
  play(11, 13, {transaction(11, 0)});
  complete();
  EXPECT_THAT(journal(), ElementsAre(place{11, 0}));
  EXPECT_EQ(seen_->done.back(), twice);
}

TEST_F(sequencer_inbox, counts_in_a_gap_and_leaves_it_open) {
  start();
  auto id = post({transaction(6, 3)});
  complete();
  EXPECT_THAT(journal(), ElementsAre(place{6, 3}));
  EXPECT_THAT(seen_->done, ElementsAre(id));
  for (auto& epoch : seen_->epochs) {
    EXPECT_TRUE(epoch->gaps_filled.empty());
    EXPECT_TRUE(epoch->slots.empty());
  }
}

TEST_F(sequencer_inbox, without_index_and_blocks_it_is_a_dead_letter) {
  start();
  auto id = post({without_index(11)});
  play(11, 13);
  complete();
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].reason, domain::dead_letter_reason::no_index);
  EXPECT_THAT(seen_->done, ElementsAre(id));
}

TEST_F(sequencer_inbox, without_index_the_block_tells) {
  start({}, true);
  auto id = post({without_index(11)});
  play(11, 13);
  complete();
  EXPECT_EQ(seen_->fetched.back(), (std::pair<uint64_t, uint64_t>{11, 11}));
  EXPECT_THAT(seen_->done, IsEmpty());

  auto block = std::make_shared<messages::parsed_batch>();
  block->backfill = true;
  block->updates.emplace_back(transaction(11, 4));
  block->ranges.push_back({11, 11, true});
  caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(block)});
  complete();

  EXPECT_THAT(journal(), ElementsAre(place{11, 4}));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_THAT(seen_->done, ElementsAre(id));
}

TEST_F(sequencer_inbox, without_index_and_without_its_block_it_is_kept) {
  start({}, true);
  auto id = post({without_index(11)});
  play(11, 13);
  auto none = std::make_shared<messages::parsed_batch>();
  none->backfill = true;
  none->ranges.push_back({11, 11, false});
  caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(none)});
  complete();
  EXPECT_EQ(letters().size(), 1U);
  EXPECT_THAT(seen_->done, ElementsAre(id));
}

TEST_F(sequencer_inbox, gives_up_slots_that_never_come) {
  auto config = actors::sequencer_config{};
  config.hint_wait = 1min;
  start(config);
  auto id = post({transaction(1'000'000, 3)});
  advance(50s);
  complete();
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(status_of(aut_, "hints_held"), 1U);
  advance(10s);
  complete();
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].reason, domain::dead_letter_reason::slot_not_sealed);
  EXPECT_THAT(seen_->done, ElementsAre(id));
  EXPECT_EQ(status_of(aut_, "gaps_total"), 0U);
}

TEST_F(sequencer_inbox, reads_no_further_when_it_holds_enough) {
  auto config = actors::sequencer_config{};
  config.hints_max = 2;
  start(config);
  auto before = seen_->credit;
  post({transaction(20, 0)});
  EXPECT_EQ(seen_->credit, before + 1);
  post({transaction(20, 1)});
  EXPECT_EQ(seen_->credit, before + 1);
  play(11, 22);
  EXPECT_EQ(seen_->credit, before + 2);
}

TEST_F(sequencer_inbox, seals_by_time_where_there_is_no_stream) {
  auto config = actors::sequencer_config{};
  config.sealer.without_stream = true;
  start(config);
  auto late_order = post({transaction(21, 1), transaction(20, 2)});
  advance(1s);
  auto more = post({transaction(20, 1)});
  advance(1s);
  // 21 waits for 20, which had one more.
  EXPECT_THAT(journal(), IsEmpty());
  advance(1s);
  complete();
  EXPECT_THAT(journal(), ElementsAre(place{20, 1}, place{20, 2}, place{21, 1}));
  EXPECT_THAT(seen_->done, ElementsAre(more));
  EXPECT_EQ(late_order + 1, more);
  EXPECT_EQ(status_of(aut_, "gaps_total"), 0U);

  // What comes behind its slot is late, also of a slot that nobody sealed.
  post({transaction(20, 7), transaction(18, 0)});
  complete();
  auto rows = journal();
  EXPECT_THAT(std::vector(rows.begin() + 3, rows.end()),
              ::testing::UnorderedElementsAre(place{20, 7}, place{18, 0}));
  EXPECT_EQ(seen_->done.size(), 2U);
}

TEST_F(sequencer_inbox, a_slot_that_never_rests_is_sealed_all_the_same) {
  auto config = actors::sequencer_config{};
  config.sealer.without_stream = true;
  start(config);
  for (auto i = uint32_t{0}; i < 11; ++i) {
    post({transaction(20, i)});
    advance(1s);
  }
  EXPECT_EQ(status_of(aut_, "sealed_slot"), 20U);
}

TEST_F(sequencer_inbox, blocks_are_hints_where_there_is_no_stream) {
  auto config = actors::sequencer_config{};
  config.sealer.without_stream = true;
  start(config, true);
  auto id = post({without_index(30)});
  EXPECT_EQ(seen_->fetched.back(), (std::pair<uint64_t, uint64_t>{30, 30}));
  auto block = std::make_shared<messages::parsed_batch>();
  block->backfill = true;
  block->updates.emplace_back(transaction(30, 4));
  block->ranges.push_back({30, 30, true});
  caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(block)});
  run();
  complete();
  EXPECT_THAT(seen_->done, IsEmpty());
  advance(2s);
  complete();
  EXPECT_THAT(journal(), ElementsAre(place{30, 4}));
  EXPECT_THAT(seen_->done, ElementsAre(id));
}

TEST_F(sequencer_inbox, leaves_payloads_alone_when_it_is_stopped) {
  start();
  post({transaction(20, 0)});
  caf::anon_send(aut_, atom::stop_v);
  run();
  complete();
  EXPECT_THAT(seen_->done, IsEmpty());
}

} // namespace

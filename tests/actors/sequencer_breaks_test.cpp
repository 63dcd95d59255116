#include "actors/sequencer.hpp"
#include "actors/store_reader.hpp"
#include "actors/store_writer.hpp"
#include "tests/actors/store_fixture.hpp"

#include <gmock/gmock.h>

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A sequencer between a real writer and a real reader, and all that it asks
/// the backfill for. Epochs are folded when the test says so.
class sequencer_breaks : public store_fixture {
protected:
  using asked_ranges = std::vector<std::pair<uint64_t, uint64_t>>;

  static messages::backfill_actor::behavior_type
  fake_backfill(messages::backfill_actor::pointer,
                std::shared_ptr<asked_ranges> asked) {
    return {
      [](atom::status) { return caf::settings{}; },
      [asked](const messages::fetch_slots& x) {
        for (auto& range : x.ranges)
          asked->emplace_back(range.from, range.to);
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

  static messages::drain_observer_actor::behavior_type
  fake_observer(messages::drain_observer_actor::pointer,
                std::shared_ptr<bool> drained) {
    return {[drained](atom::drained) { *drained = true; }};
  }

  /// Starts from what the store holds.
  void start() {
    auto writer = adopt(sys_.spawn(
      actors::store_writer, actors::store_writer_config{}, store_, router_));
    auto reader = adopt(
      sys_.spawn(actors::store_reader, actors::store_reader_config{},
                 std::shared_ptr<messages::store>{store_->reader().value()}));
    auto boot = ask<messages::journal_boot_ptr>(writer, atom::start_v);
    ASSERT_TRUE(boot);
    auto config = actors::sequencer_config{};
    config.breaks.opens = true;
    config.breaks.slots_max = 1'000;
    config.on_break = [this](const actors::break_notice& x) {
      notices_.push_back(x.event);
    };
    aut_ = adopt(sys_.spawn(actors::sequencer, config, *boot, writer, reader,
                            adopt(sys_.spawn(fake_observer, drained_))));
    auto links = std::make_shared<messages::sequencer_links>();
    links->stream = adopt(sys_.spawn(fake_stream));
    links->backfill = adopt(sys_.spawn(fake_backfill, asked_));
    caf::anon_send(aut_, messages::sequencer_links_ptr{std::move(links)});
    run();
    next_ = 0;
    next_backfill_ = 0;
  }

  /// A transaction with one trade.
  static domain::parsed_transaction transaction(uint64_t slot, uint32_t index) {
    auto result = domain::parsed_transaction{};
    result.slot = slot;
    result.tx_index = index;
    result.signature.bytes[0] = static_cast<uint8_t>(slot);
    result.signature.bytes[1] = static_cast<uint8_t>(index);
    auto trade = plain_trade(domain::trade_side::buy, slot, sample_key(1),
                             sample_key(2), 5, 10);
    trade.position = {slot, index, 1};
    result.trades.push_back(trade);
    return result;
  }

  static std::shared_ptr<messages::parsed_batch>
  block(uint64_t slot, const std::vector<uint32_t>& indexes) {
    auto result = std::make_shared<messages::parsed_batch>();
    for (auto index : indexes)
      result->updates.emplace_back(transaction(slot, index));
    auto meta = domain::block_meta{};
    meta.slot = slot;
    meta.parent_slot = slot - 1;
    auto status = domain::slot_update{};
    status.slot = slot;
    status.status = domain::slot_status::confirmed;
    result->updates.emplace_back(meta);
    result->updates.emplace_back(status);
    return result;
  }

  void play(std::shared_ptr<messages::parsed_batch> x) {
    x->number = x->backfill ? next_backfill_++ : next_++;
    caf::anon_send(aut_, messages::parsed_batch_ptr{std::move(x)});
    run();
  }

  /// Slots 1 to 80 are sealed, each with a transaction; 81 and 82 wait.
  void play_chain() {
    for (uint64_t slot = 1; slot <= 82; ++slot)
      play(block(slot, {1}));
    pass();
  }

  /// Time passes, and all epochs are folded.
  void pass() {
    for (auto i = 0; i < 3; ++i) {
      advance(100ms);
      caf::anon_send(aut_, messages::epoch_completed{disk_->head.epoch});
      run();
    }
  }

  void tell(std::vector<domain::break_span> spans, bool whole = false) {
    auto x = std::make_shared<messages::breaks_found>();
    x->tokens.push_back({sample_key(2), whole, std::move(spans)});
    caf::anon_send(aut_, messages::breaks_found_ptr{std::move(x)});
    run();
  }

  /// The blocks of two slots, as the chain has them.
  void answer(uint64_t from, const std::vector<uint32_t>& first,
              const std::vector<uint32_t>& second) {
    auto x = block(from, first);
    auto more = block(from + 1, second);
    for (auto& update : more->updates)
      x->updates.push_back(std::move(update));
    x->backfill = true;
    x->ranges.push_back({from, from + 1, true});
    play(std::move(x));
  }

  std::vector<messages::gap_row> gaps(bool filled) {
    auto result = std::vector<messages::gap_row>{};
    for (auto& [key, row] : disk_->gaps)
      if (row.filled == filled)
        result.push_back(row);
    return result;
  }

  std::shared_ptr<asked_ranges> asked_ = std::make_shared<asked_ranges>();
  std::shared_ptr<bool> drained_ = std::make_shared<bool>(false);
  std::vector<actors::break_event> notices_ = {};
  messages::sequencer_actor aut_ = {};
  uint64_t next_ = 0;
  uint64_t next_backfill_ = 0;
};

TEST_F(sequencer_breaks, fetches_what_a_break_lacks_and_fills_its_gap) {
  start();
  play_chain();
  ASSERT_EQ(disk_->trades.size(), 80U);
  tell({{5, {6, 1, 1}, 1'234}});
  pass();
  EXPECT_EQ(gaps(false), (std::vector<messages::gap_row>{
                           {5, 6, 1'234, "reserve_break", false}}));
  EXPECT_THAT(*asked_, ElementsAre(std::pair{5, 6}));

  // Too old for the sealer to remember: the store is asked.
  answer(5, {1}, {0, 1});
  EXPECT_EQ(gaps(false).size(), 1U);
  pass();

  EXPECT_EQ(disk_->trades.size(), 81U);
  EXPECT_EQ(disk_->trades.at(81).position, (domain::chain_position{6, 0, 1}));
  EXPECT_EQ(disk_->repairs.size(), 2U);
  EXPECT_THAT(gaps(false), IsEmpty());
  EXPECT_EQ(gaps(true).size(), 1U);
  EXPECT_EQ(status_of(aut_, "break_gaps_filled_total"), 1U);
}

TEST_F(sequencer_breaks, fills_the_gap_behind_the_fold_of_what_was_missing) {
  start();
  play_chain();
  tell({{75, {76, 1, 1}, 0}});
  pass();
  // Slots that the sealer remembers.
  answer(75, {0, 1}, {1});
  advance(100ms);
  EXPECT_EQ(disk_->trades.size(), 81U);
  EXPECT_EQ(gaps(false).size(), 1U);
  // The token is folded again: the break is gone before the epoch is complete.
  tell({}, true);
  pass();
  EXPECT_THAT(gaps(false), IsEmpty());
  EXPECT_EQ(status_of(aut_, "breaks_unexplained"), 0U);
  EXPECT_THAT(notices_, IsEmpty());
}

TEST_F(sequencer_breaks, closes_a_gap_that_lacks_nothing_and_says_so) {
  start();
  play_chain();
  tell({{5, {6, 1, 1}, 0}});
  pass();
  answer(5, {1}, {1});
  pass();
  EXPECT_EQ(disk_->trades.size(), 80U);
  EXPECT_THAT(gaps(false), IsEmpty());
  EXPECT_EQ(status_of(aut_, "breaks_unexplained"), 1U);
  EXPECT_THAT(notices_, ElementsAre(actors::break_event::unexplained));
  asked_->clear();
  advance(30s);
  EXPECT_THAT(*asked_, IsEmpty());
}

TEST_F(sequencer_breaks, keeps_a_gap_open_whose_blocks_are_not_there) {
  start();
  play_chain();
  tell({{5, {6, 1, 1}, 0}});
  pass();
  auto x = block(5, {1});
  x->backfill = true;
  x->ranges.push_back({5, 6, false});
  play(std::move(x));
  pass();
  EXPECT_EQ(gaps(false).size(), 1U);
  asked_->clear();
  advance(30s);
  EXPECT_THAT(*asked_, ElementsAre(std::pair{5, 6}));
}

TEST_F(sequencer_breaks, keeps_a_gap_open_whose_slots_are_not_sealed) {
  start();
  play_chain();
  // As after a crash in the middle of slot 81.
  tell({{80, {81, 1, 1}, 0}});
  pass();
  answer(80, {1}, {0, 1});
  pass();
  EXPECT_EQ(gaps(false).size(), 1U);
  asked_->clear();
  play(block(83, {1}));
  advance(30s);
  EXPECT_THAT(*asked_, ElementsAre(std::pair{80, 81}));
  answer(80, {1}, {0, 1});
  pass();
  EXPECT_THAT(gaps(false), IsEmpty());
  EXPECT_EQ(disk_->trades.size(), 82U);
}

TEST_F(sequencer_breaks, goes_on_with_the_gaps_of_an_earlier_run) {
  start();
  play_chain();
  tell({{5, {6, 1, 1}, 0}});
  pass();
  asked_->clear();
  start();
  // The break is told again: it is in a gap.
  tell({{5, {6, 1, 1}, 0}}, true);
  pass();
  EXPECT_EQ(disk_->gaps.size(), 1U);
  EXPECT_THAT(*asked_, ElementsAre(std::pair{5, 6}));
  // Slots of such a gap are sealed: what comes again of them is a duplicate.
  play(block(6, {1}));
  pass();
  EXPECT_EQ(disk_->trades.size(), 80U);
  answer(5, {0, 1}, {1});
  pass();
  EXPECT_EQ(disk_->trades.size(), 81U);
  EXPECT_THAT(gaps(false), IsEmpty());
}

TEST_F(sequencer_breaks, opens_what_was_found_last_before_it_ends) {
  start();
  play_chain();
  tell({{5, {6, 1, 1}, 0}});
  caf::anon_send(aut_, atom::stop_v);
  run();
  EXPECT_FALSE(*drained_);
  pass();
  EXPECT_TRUE(*drained_);
  EXPECT_EQ(gaps(false).size(), 1U);
}

} // namespace

#include "domain/sealer.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace pumpscope::domain {

namespace {

/// A sealer over slots 1, 2, 3 …, each the child of the one before, and hints
/// beside them.
class sealer_hint : public ::testing::Test {
protected:
  static parsed_transaction transaction(uint64_t slot, uint32_t index,
                                        uint8_t mark = 1) {
    auto result = parsed_transaction{};
    result.slot = slot;
    result.tx_index = index;
    result.signature.bytes[0] = mark;
    result.trades.emplace_back().position = {slot, index, 1};
    result.raw = "raw";
    return result;
  }

  static parsed_transaction without_index(uint64_t slot, uint8_t mark) {
    auto result = transaction(slot, 1U << 31 | mark, mark);
    result.index_unknown = true;
    auto letter = dead_letter{};
    letter.position = result.trades.front().position;
    letter.reason = dead_letter_reason::no_index;
    result.trades.clear();
    result.dead_letters.push_back(letter);
    return result;
  }

  void hint(parsed_transaction x) {
    sut_.add_hint(std::move(x), out_);
  }

  /// A slot with its transactions, confirmed.
  void play(uint64_t slot, uint64_t parent,
            std::vector<parsed_transaction> transactions = {}) {
    for (auto& x : transactions)
      sut_.add(std::move(x), out_);
    auto meta = block_meta{};
    meta.slot = slot;
    meta.parent_slot = parent;
    meta.block_time = static_cast<int64_t>(1'000 + slot);
    sut_.add(meta, out_);
    auto status = slot_update{};
    status.slot = slot;
    status.status = slot_status::confirmed;
    sut_.add(status, out_);
  }

  void play_all(uint64_t from, uint64_t to) {
    for (auto slot = from; slot <= to; ++slot)
      play(slot, slot - 1, {transaction(slot, 0)});
  }

  /// The late rows among what came out: slot and index.
  [[nodiscard]] std::vector<std::pair<uint64_t, uint32_t>> late() const {
    auto result = std::vector<std::pair<uint64_t, uint32_t>>{};
    for (auto& x : out_.sealed)
      if (x.rest)
        for (auto& tx : x.transactions)
          result.emplace_back(x.slot, tx.tx_index);
    return result;
  }

  using places = std::vector<std::pair<uint64_t, uint32_t>>;

  sealer sut_{{}, {}};
  sealer_output out_ = {};
};

TEST_F(sealer_hint, waits_until_its_slot_is_sealed) {
  play_all(1, 4);
  ASSERT_EQ(sut_.sealed_slot(), 2U);
  hint(transaction(3, 5, 9));
  hint(transaction(7, 5, 9));
  EXPECT_EQ(sut_.held_hints(), 2U);
  EXPECT_EQ(sut_.highest_slot(), 4U);
  EXPECT_TRUE(late().empty());

  play_all(5, 5);

  EXPECT_EQ(sut_.sealed_slot(), 3U);
  EXPECT_EQ(late(), (places{{3, 5}}));
  EXPECT_TRUE(sut_.holds_hints(7));
  EXPECT_EQ(sut_.counters().late, 1U);
}

TEST_F(sealer_hint, what_the_stream_has_is_a_duplicate) {
  hint(transaction(1, 0));
  hint(transaction(1, 0));
  play_all(1, 3);
  hint(transaction(1, 0));
  EXPECT_TRUE(late().empty());
  EXPECT_EQ(sut_.counters().duplicates, 3U);
}

TEST_F(sealer_hint, never_stands_in_the_way_of_the_stream) {
  // Another transaction at the same place, and one of a slot far ahead.
  hint(transaction(1, 0, 9));
  hint(transaction(1'000'000, 0, 9));
  play_all(1, 3);
  ASSERT_EQ(sut_.sealed_slot(), 1U);
  EXPECT_EQ(out_.sealed.at(0).transactions.at(0).signature.bytes[0], 1);
  EXPECT_TRUE(late().empty());
  EXPECT_EQ(sut_.counters().conflicts, 1U);
  EXPECT_EQ(sut_.counters().gaps, 0U);
}

TEST_F(sealer_hint, at_another_place_than_the_stream_says_is_dropped) {
  hint(transaction(1, 7, 1));
  play_all(1, 3);
  hint(transaction(1, 8, 1));
  EXPECT_TRUE(late().empty());
  EXPECT_EQ(sut_.counters().conflicts, 2U);
}

TEST_F(sealer_hint, of_an_old_slot_is_looked_up) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 100;
  resume.first_slot = 1;
  sut_ = sealer{{}, resume};
  hint(transaction(50, 0));
  ASSERT_EQ(out_.lookups.size(), 1U);
  auto asked = std::move(out_.lookups.front());
  out_.clear();

  // Journaled; of a sealed slot; of none.
  sut_.resolve(parsed_transaction{asked}, 7, true, out_);
  EXPECT_TRUE(late().empty());
  sut_.resolve(parsed_transaction{asked}, 7, false, out_);
  EXPECT_EQ(late(), (places{{50, 0}}));
  out_.clear();
  sut_.resolve(std::move(asked), std::nullopt, false, out_);
  EXPECT_TRUE(late().empty());
  EXPECT_EQ(sut_.counters().abandoned_transactions, 1U);
}

TEST_F(sealer_hint, counts_in_an_open_gap_at_once) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 100;
  resume.first_slot = 10;
  resume.open_gaps.push_back({{50, 60}, {}});
  sut_ = sealer{{}, resume};
  hint(transaction(55, 3));
  hint(transaction(5, 3));
  ASSERT_EQ(out_.lookups.size(), 2U);
  auto asked = std::move(out_.lookups);
  out_.clear();
  for (auto& x : asked)
    sut_.resolve(std::move(x), std::nullopt, false, out_);
  // What was before the first slot is none of the store's.
  EXPECT_EQ(late(), (places{{55, 3}}));
  EXPECT_EQ(sut_.counters().abandoned_transactions, 1U);
  EXPECT_EQ(sut_.open_gaps().size(), 1U);
}

TEST_F(sealer_hint, is_asked_for_again_when_its_gap_slot_came_meanwhile) {
  auto resume = sealer_resume{};
  resume.sealed_slot = 100;
  resume.first_slot = 10;
  resume.open_gaps.push_back({{50, 60}, {}});
  sut_ = sealer{{}, resume};
  hint(transaction(55, 3));
  auto asked = std::move(out_.lookups.at(0));
  out_.clear();
  play(55, 54, {transaction(55, 0)});
  play(56, 55);
  play(101, 100);
  play(102, 101);
  play(103, 102);
  out_.clear();

  sut_.resolve(std::move(asked), std::nullopt, false, out_);

  ASSERT_EQ(out_.lookups.size(), 1U);
  EXPECT_EQ(sut_.counters().abandoned_transactions, 0U);
  // Not for ever.
  sut_.resolve(std::move(out_.lookups.at(0)), std::nullopt, false, out_);
  EXPECT_EQ(sut_.counters().abandoned_transactions, 1U);
}

TEST_F(sealer_hint, without_its_index_needs_its_block_unless_it_is_known) {
  hint(without_index(1, 1));
  hint(without_index(1, 2));
  EXPECT_EQ(sut_.held_hints(), 2U);
  play_all(1, 3);
  ASSERT_EQ(out_.unplaced.size(), 1U);
  EXPECT_EQ(out_.unplaced[0].signature.bytes[0], 2);
  EXPECT_EQ(sut_.counters().duplicates, 1U);
  out_.sealed.clear();

  sealer::bury(std::move(out_.unplaced[0]), out_);

  ASSERT_EQ(out_.sealed.size(), 1U);
  EXPECT_EQ(out_.sealed[0].transactions.at(0).dead_letters.at(0).reason,
            dead_letter_reason::no_index);
}

TEST_F(sealer_hint, whose_slot_never_comes_is_a_dead_letter) {
  hint(transaction(9, 3));
  hint(transaction(9, 4, 2));
  sut_.give_up_hints(9, out_);
  EXPECT_EQ(sut_.held_hints(), 0U);
  EXPECT_EQ(sut_.counters().hints_given_up, 2U);
  ASSERT_EQ(out_.sealed.size(), 2U);
  auto& tx = out_.sealed[0].transactions.at(0);
  EXPECT_TRUE(tx.trades.empty());
  ASSERT_EQ(tx.dead_letters.size(), 1U);
  EXPECT_EQ(tx.dead_letters[0].reason, dead_letter_reason::slot_not_sealed);
  EXPECT_EQ(tx.dead_letters[0].position, (chain_position{9, 3, 1}));
  EXPECT_EQ(tx.dead_letters[0].raw, "raw");
}

TEST_F(sealer_hint, seals_by_call_where_there_is_no_stream) {
  auto config = sealer_config{};
  config.without_stream = true;
  sut_ = sealer{config, {}};
  hint(transaction(20, 2));
  hint(transaction(10, 1));
  hint(transaction(20, 1, 2));
  sut_.note_hint_time(20, 77);
  EXPECT_EQ(sut_.first_hint(), 10U);

  sut_.seal_hints(out_);
  sut_.seal_hints(out_);

  ASSERT_EQ(out_.sealed.size(), 2U);
  EXPECT_EQ(out_.sealed[0].slot, 10U);
  EXPECT_EQ(out_.sealed[1].slot, 20U);
  EXPECT_FALSE(out_.sealed[1].late);
  EXPECT_EQ(out_.sealed[1].transactions.at(0).tx_index, 1U);
  EXPECT_EQ(out_.sealed[1].transactions.at(1).tx_index, 2U);
  EXPECT_TRUE(out_.gaps_opened.empty());
  EXPECT_EQ(out_.sealed[0].block_time, std::nullopt);
  EXPECT_EQ(out_.sealed[1].block_time, 77);
  EXPECT_EQ(sut_.pending_transactions(), 0U);

  // Behind: known ones, and a slot that nobody has heard of.
  out_.clear();
  hint(transaction(20, 2));
  hint(transaction(20, 7, 3));
  EXPECT_EQ(late(), (places{{20, 7}}));
  hint(transaction(15, 0));
  sut_.note_hint_time(15, 66);
  ASSERT_EQ(out_.lookups.size(), 1U);
  auto asked = std::move(out_.lookups[0]);
  out_.clear();
  sut_.resolve(std::move(asked), std::nullopt, false, out_);
  EXPECT_EQ(late(), (places{{15, 0}}));
  EXPECT_EQ(out_.sealed.at(0).block_time, 66);
}

} // namespace

} // namespace pumpscope::domain

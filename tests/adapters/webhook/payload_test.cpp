#include "adapters/rpc_json/converter.hpp"
#include "tests/adapters/webhook/payload_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace pumpscope::test {

namespace {

namespace json = boost::json;

using domain::dead_letter_reason;
using ::testing::HasSubstr;

constexpr auto one_buy = "curve_buy_2026-07_jsonParsed";

/// The rows that the converter of RPC JSON makes of the same transaction.
domain::parsed_transaction by_rpc(json::object x, uint32_t index) {
  x["transactionIndex"] = index;
  auto result = domain::parsed_transaction{};
  auto decoder = domain::update_decoder{};
  auto converter = rpc_json::converter{[&](std::span<const uint8_t> update) {
    auto parsed = decoder.decode(update);
    if (auto transaction = std::get_if<domain::parsed_transaction>(&parsed))
      result = std::move(*transaction);
  }};
  EXPECT_TRUE(converter.add(json::serialize(x)));
  EXPECT_TRUE(converter.end_file());
  converter.finish();
  return result;
}

TEST(webhook_payload, a_raw_transaction_is_what_the_rpc_tells) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto entries = json::array{};
  auto originals = shared_transactions();
  ASSERT_FALSE(originals.empty());
  for (size_t i = 0; i < originals.size(); ++i)
    entries.push_back(raw_entry(originals[i], static_cast<uint32_t>(i + 7)));

  auto x = read(text_of(entries));

  EXPECT_EQ(x.report.accepted, originals.size());
  EXPECT_EQ(x.report.malformed, 0U);
  ASSERT_EQ(x.transactions.size(), originals.size());
  auto rows = size_t{0};
  for (size_t i = 0; i < originals.size(); ++i) {
    auto expected = by_rpc(originals[i], static_cast<uint32_t>(i + 7));
    auto& sut = x.transactions[i];
    EXPECT_EQ(sut.slot, expected.slot);
    EXPECT_EQ(sut.tx_index, i + 7);
    EXPECT_FALSE(sut.index_unknown);
    EXPECT_EQ(sut.trades, expected.trades);
    EXPECT_EQ(sut.token_events, expected.token_events);
    rows += sut.trades.size() + sut.token_events.size();
  }
  EXPECT_GT(rows, 0U);
}

TEST(webhook_payload, one_transaction_needs_no_array) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto x = read(json::serialize(raw_entry(shared_transaction(one_buy), 3)));
  EXPECT_EQ(x.report.accepted, 1U);
  EXPECT_EQ(x.transactions.size(), 1U);
}

TEST(webhook_payload, without_its_index_a_transaction_has_no_place) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto original = shared_transaction(one_buy);
  auto placed = read(text_of({raw_entry(original, 3)})).transactions.at(0);
  // An enhanced one never has one: it does not tell who signed.
  auto enhanced = enhanced_entry(original);
  enhanced["indexWithinBlock"] = 3;
  auto x = read(text_of({original, enhanced}));
  EXPECT_EQ(x.report.accepted, 2U);
  ASSERT_EQ(x.transactions.size(), 2U);
  for (auto& sut : x.transactions) {
    EXPECT_TRUE(sut.index_unknown);
    EXPECT_TRUE(sut.trades.empty());
    EXPECT_EQ(sut.signature, placed.signature);
    ASSERT_EQ(sut.dead_letters.size(), placed.trades.size());
    for (size_t i = 0; i < sut.dead_letters.size(); ++i) {
      EXPECT_EQ(sut.dead_letters[i].reason, dead_letter_reason::no_index);
      // The paths are those of the instructions, in either shape.
      EXPECT_EQ(sut.dead_letters[i].position.ix_path,
                placed.trades[i].position.ix_path);
    }
  }
}

TEST(webhook_payload, a_failed_transaction_has_no_rows) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto raw = raw_entry(shared_transaction(one_buy), 1);
  auto enhanced = enhanced_entry(shared_transaction(one_buy));
  raw["meta"].as_object()["err"] = json::object{{"InstructionError", 1}};
  enhanced["transactionError"] = json::object{{"error", "x"}};
  auto x = read(text_of({raw, enhanced}));
  EXPECT_EQ(x.report.accepted, 2U);
  ASSERT_EQ(x.transactions.size(), 2U);
  for (auto& sut : x.transactions)
    EXPECT_TRUE(sut.failed && sut.trades.empty() && sut.dead_letters.empty());
}

TEST(webhook_payload, an_entry_that_is_none_harms_no_other) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto good = raw_entry(shared_transaction(one_buy), 3);
  auto no_slot = good;
  no_slot.erase("slot");
  auto zero_slot = good;
  zero_slot["slot"] = 0;
  auto far_index = good;
  far_index["indexWithinBlock"] = uint64_t{1} << 31;
  auto no_meta = good;
  no_meta.erase("meta");
  auto bad_enhanced = enhanced_entry(shared_transaction(one_buy));
  bad_enhanced.erase("feePayer");

  auto x = read(text_of({no_slot, 7, good, nullptr, zero_slot, far_index,
                         no_meta, json::object{}, bad_enhanced, good}));

  EXPECT_EQ(x.report.accepted, 2U);
  EXPECT_EQ(x.report.malformed, 8U);
  EXPECT_FALSE(x.report.useless());
  EXPECT_THAT(x.report.problem, HasSubstr("entry 0: 'slot'"));
}

TEST(webhook_payload, a_bad_entry_with_a_place_is_a_dead_letter) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto bad = raw_entry(shared_transaction(one_buy), 3);
  bad["meta"].as_object()["innerInstructions"] = "torn";
  auto bad_enhanced = enhanced_entry(shared_transaction(one_buy));
  bad_enhanced["instructions"].as_array()[0] = "torn";

  auto x = read(text_of({bad, bad_enhanced}));

  EXPECT_EQ(x.report.malformed, 2U);
  EXPECT_TRUE(x.report.useless());
  ASSERT_EQ(x.transactions.size(), 2U);
  for (auto& sut : x.transactions) {
    ASSERT_EQ(sut.dead_letters.size(), 1U);
    auto& letter = sut.dead_letters[0];
    EXPECT_EQ(letter.reason, dead_letter_reason::malformed_transaction);
    EXPECT_NE(letter.raw.find("torn"), std::string::npos);
    EXPECT_EQ(sut.slot, bad.at("slot").to_number<uint64_t>());
  }
  EXPECT_EQ(x.transactions[0].tx_index, 3U);
  EXPECT_TRUE(x.transactions[1].index_unknown);
}

TEST(webhook_payload, says_what_is_wrong_with_the_whole) {
  EXPECT_THAT(read("{").report.problem, HasSubstr("not JSON"));
  EXPECT_TRUE(read("").report.useless());
  EXPECT_TRUE(read("7").report.useless());
  EXPECT_THAT(read(std::string(500, '[')).report.problem,
              HasSubstr("not JSON"));
  auto many = std::string{"["};
  for (auto i = size_t{0}; i <= webhook::payload_entries_max; ++i)
    many += "0,";
  EXPECT_THAT(read(many + "0]").report.problem, HasSubstr("more than 10000"));
  // Nothing in it is nothing wrong.
  EXPECT_FALSE(read("[]").report.useless());
  EXPECT_EQ(read("[]").report.problem, "");
}

TEST(webhook_payload, mutated_payloads_are_taken_or_refused) {
  PUMPSCOPE_NEED_SHARED_DATA();
  constexpr auto seed = 7U;
  auto random = std::minstd_rand{seed};
  auto texts = std::vector<std::string>{};
  for (auto& x : shared_transactions()) {
    texts.push_back(text_of({raw_entry(x, 3)}));
    if (x.at("transaction").is_object())
      texts.push_back(text_of({enhanced_entry(x)}));
  }
  auto taken = 0;
  for (auto i = 0; i < 2'000; ++i) {
    auto text = texts[random() % texts.size()];
    for (auto hits = 1 + random() % 4; hits > 0; --hits) {
      auto at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 50);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), 40));
          break;
        default:
          text[at] = "{}[]\",:0"[random() % 8];
          break;
      }
    }
    auto x = read(text);
    taken += x.report.accepted > 0 ? 1 : 0;
    EXPECT_TRUE(x.report.accepted > 0 || !x.report.problem.empty());
  }
  // Both happen.
  EXPECT_GT(taken, 10) << "seed " << seed;
  EXPECT_LT(taken, 1'990) << "seed " << seed;
}

} // namespace

} // namespace pumpscope::test

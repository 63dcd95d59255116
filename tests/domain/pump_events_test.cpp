#include "domain/pump_events.hpp"

#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::domain;
using namespace pumpscope::test;

namespace {

/// Some value for each field, none of them zero.
event_values full_values(const idl::event& kind) {
  event_values result;
  uint64_t number = 1;
  for (auto& x : kind.fields) {
    ++number;
    if (x.type == idl::type::boolean)
      result.integers[x.name] = 1;
    else
      result.integers[x.name] = number;
    result.keys[x.name] = key_of(static_cast<uint8_t>(number));
    result.texts[x.name] = "text " + std::to_string(number);
  }
  return result;
}

/// What must come of a payload of `length` bytes, given the ends of the fields.
struct expectation {
  size_t fields = 0;
  bool on_boundary = false;
};

expectation expect_at(size_t length, const std::vector<size_t>& ends) {
  expectation result;
  for (size_t i = 0; i < ends.size(); ++i)
    if (ends[i] <= length)
      result = {i, ends[i] == length};
  return result;
}

/// Cuts a full payload at every byte, through the event table.
void check_cuts(const idl::event& kind) {
  std::vector<size_t> ends;
  auto whole = encode_event(kind.program, kind.name, full_values(kind), 999,
                            &ends);
  for (size_t length = 8; length <= whole.size(); ++length) {
    auto fields = std::span{whole}.first(length).subspan(8);
    auto expected = expect_at(length, ends);
    auto layout = check_layout(kind, fields);
    if (!expected.on_boundary) {
      ASSERT_FALSE(layout) << kind.name << " cut at " << length;
      ASSERT_EQ(layout.error().reason, dead_letter_reason::malformed_payload);
      ASSERT_EQ(layout.error().field, kind.fields[expected.fields].name);
    } else if (expected.fields < kind.oldest_fields) {
      ASSERT_FALSE(layout) << kind.name << " cut at " << length;
      ASSERT_EQ(layout.error().reason, dead_letter_reason::unknown_layout);
    } else {
      ASSERT_TRUE(layout) << kind.name << " cut at " << length;
      ASSERT_EQ(layout->fields, expected.fields);
      ASSERT_EQ(layout->trailing_bytes, 0U);
    }
  }
}

/// The typed decoder must say of each cut what the event table says.
template <class Event>
void check_typed(program owner, std::string_view name) {
  auto& kind = *idl::find_event(owner, name);
  auto whole = encode_event(owner, name, full_values(kind));
  whole.insert(whole.end(), 7, 0xAA);
  for (size_t length = 8; length <= whole.size(); ++length) {
    auto fields = std::span{whole}.first(length).subspan(8);
    auto layout = check_layout(kind, fields);
    Event event;
    auto typed = decode_event(fields, event);
    ASSERT_EQ(typed.has_value(), layout.has_value()) << name << length;
    if (typed) {
      ASSERT_EQ(*typed, layout->trailing_bytes);
      ASSERT_EQ(event.fields, layout->fields);
    } else {
      ASSERT_EQ(typed.error(), layout.error().reason);
    }
  }
}

TEST(event_table, has_the_discriminators_of_the_published_idls) {
  // sha256("event:TradeEvent")[0..8] and so on, from facts about the programs.
  auto trade = idl::find_event(program::pump, uint64_t{0xee61e64ed37fdbbd});
  ASSERT_NE(trade, nullptr);
  EXPECT_EQ(trade->name, "TradeEvent");
  EXPECT_EQ(trade->fields.size(), 34U);
  EXPECT_EQ(idl::id_of(*trade), idl::event_id::pump_trade_event);
  EXPECT_EQ(idl::find_event(program::pump_amm, trade->discriminator), nullptr);
  auto buy = idl::find_event(program::pump_amm, "BuyEvent");
  ASSERT_NE(buy, nullptr);
  EXPECT_EQ(buy->fields.size(), 39U);
  EXPECT_EQ(idl::id_of(*buy), idl::event_id::amm_buy_event);
  EXPECT_EQ(idl::find_event(program::pump, uint64_t{0}), nullptr);
}

TEST(event_table, tells_every_cut_of_every_event_apart) {
  for (auto& kind : idl::events())
    check_cuts(kind);
}

TEST(event_table, ignores_the_fields_of_a_newer_layout) {
  for (auto& kind : idl::events()) {
    auto whole = encode_event(kind.program, kind.name, full_values(kind));
    whole.insert(whole.end(), 13, 0xFF);
    auto layout = check_layout(kind, std::span{whole}.subspan(8));
    ASSERT_TRUE(layout) << kind.name;
    EXPECT_EQ(layout->fields, kind.fields.size());
    EXPECT_EQ(layout->trailing_bytes, 13U);
  }
}

TEST(event_table, refuses_a_flag_byte_above_one) {
  auto& kind = *idl::find_event(program::pump, "TradeEvent");
  auto whole = encode_event(kind.program, kind.name, full_values(kind));
  whole[56] = 2;
  auto layout = check_layout(kind, std::span{whole}.subspan(8));
  ASSERT_FALSE(layout);
  EXPECT_TRUE(layout.error().flag_byte);
  EXPECT_EQ(layout.error().field, "is_buy");
  trade_event event;
  EXPECT_EQ(decode_event(std::span{whole}.subspan(8), event).error(),
            dead_letter_reason::malformed_payload);
}

TEST(event_table, refuses_counts_that_the_bytes_cannot_hold) {
  auto& kind = *idl::find_event(program::pump, "TradeEvent");
  std::vector<size_t> ends;
  auto whole = encode_event(kind.program, kind.name, full_values(kind), 999,
                            &ends);
  // The string's length and the vector's count, as large as they get.
  for (auto at : {ends[21], ends[27]}) {
    auto changed = whole;
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), 4,
                uint8_t{0xFF});
    trade_event event;
    EXPECT_FALSE(check_layout(kind, std::span{changed}.subspan(8)));
    EXPECT_FALSE(decode_event(std::span{changed}.subspan(8), event));
  }
}

TEST(pump_events, decode_each_cut_as_the_event_table_says) {
  check_typed<trade_event>(program::pump, "TradeEvent");
  check_typed<create_event>(program::pump, "CreateEvent");
  check_typed<complete_event>(program::pump, "CompleteEvent");
  check_typed<migration_event>(program::pump, "CompletePumpAmmMigrationEvent");
  check_typed<virtual_params_event>(program::pump,
                                    "UpdateMayhemVirtualParamsEvent");
  check_typed<buy_event>(program::pump_amm, "BuyEvent");
  check_typed<sell_event>(program::pump_amm, "SellEvent");
  check_typed<create_pool_event>(program::pump_amm, "CreatePoolEvent");
  check_typed<liquidity_event>(program::pump_amm, "DepositEvent");
  check_typed<liquidity_event>(program::pump_amm, "WithdrawEvent");
  check_typed<init_boost_event>(program::pump_amm, "InitBoostEvent");
  check_typed<boost_buy_event>(program::pump_amm, "BoostBuyAndBurnEvent");
}

TEST(pump_events, read_the_fields_behind_texts_and_vectors) {
  auto& kind = *idl::find_event(program::pump, "TradeEvent");
  auto values = full_values(kind);
  values.integers["holder_rewards"] = ~uint64_t{0};
  values.keys["quote_mint"] = known_keys::usdc_mint;
  auto payload = encode_event(kind.program, kind.name, values);
  trade_event event;
  ASSERT_TRUE(decode_event(std::span{payload}.subspan(8), event));
  EXPECT_EQ(event.ix_name, values.texts["ix_name"]);
  EXPECT_EQ(event.shareholders.count, 1U);
  EXPECT_EQ(event.quote_mint, known_keys::usdc_mint);
  EXPECT_EQ(event.holder_rewards, ~uint64_t{0});
}

TEST(borsh_reader, reads_options) {
  bytes payload{0, 1, 5, 2};
  borsh_reader sut{payload};
  std::optional<uint8_t> x = 9;
  ASSERT_TRUE(sut.next(x));
  EXPECT_EQ(x, std::nullopt);
  ASSERT_TRUE(sut.next(x));
  EXPECT_EQ(x, 5);
  EXPECT_EQ(sut.fields(), 2U);
  EXPECT_FALSE(sut.next(x));
  EXPECT_FALSE(sut.ok());
  EXPECT_TRUE(sut.bad_flag());
  bytes cut{1};
  borsh_reader other{cut};
  EXPECT_FALSE(other.next(x));
  EXPECT_FALSE(other.ok());
}

} // namespace

#include "domain/transaction_decoder.hpp"

#include "tests/support/update_builder.hpp"

#include <gtest/gtest.h>

#include <memory>

using namespace pumpscope::domain;
using namespace pumpscope::test;

namespace {

const pubkey& pump = known_keys::pump_program;
const pubkey& amm = known_keys::pump_amm_program;
const pubkey router = key_of(0x42);
const pubkey token_program = key_of(0x43);

/// A payload of a known event; `number` tells it apart.
bytes payload_of(uint64_t number) {
  event_values values;
  values.integers["token_amount"] = number;
  return encode_event(program::pump, "TradeEvent", values, 10);
}

uint64_t number_of(const found_event& x) {
  uint64_t result = 0;
  std::memcpy(&result, x.payload.data() + 48, sizeof(result));
  return result;
}

/// Keeps the bytes and views of a searched transaction alive.
class transaction_decoder : public testing::Test {
protected:
  search_outcome search(const transaction_builder& tx) {
    update_ = tx.build();
    EXPECT_TRUE(walk_update(update_, *view_));
    return sut_.search(view_->transaction);
  }

  const std::vector<found_event>& events() {
    return sut_.events();
  }

  bytes update_ = {};
  std::unique_ptr<update_view> view_ = std::make_unique<update_view>();
  event_finder sut_ = {};
};

TEST_F(transaction_decoder, finds_the_event_of_an_outer_instruction) {
  transaction_builder tx;
  tx.key(key_of(1));
  tx.add_call(pump, {0}, payload_of(11));
  auto outcome = search(tx);
  EXPECT_FALSE(outcome.incomplete);
  EXPECT_FALSE(outcome.from_logs);
  ASSERT_EQ(events().size(), 1U);
  auto& event = events()[0];
  EXPECT_EQ(number_of(event), 11U);
  EXPECT_EQ(event.program, program::pump);
  EXPECT_EQ(event.source, event_source::cpi);
  EXPECT_EQ(ix_path(event), 1U);
  EXPECT_EQ(event.stack_height, 2U);
  EXPECT_EQ(event.owner, &view_->transaction.outer[0]);
}

TEST_F(transaction_decoder, never_takes_events_of_foreign_programs) {
  transaction_builder tx;
  tx.key(key_of(1));
  tx.key(pump);
  tx.add_call(router, {0}, payload_of(1));
  auto outcome = search(tx);
  EXPECT_EQ(outcome.foreign_events, 1U);
  EXPECT_TRUE(events().empty());
}

TEST_F(transaction_decoder, takes_no_instruction_without_the_wrapper) {
  transaction_builder tx;
  auto place = tx.key(pump);
  tx.outer.push_back({place, {}, event_data(payload_of(1)), {}});
  tx.inner.push_back({0, {{place, {}, payload_of(2), 2}, {place, {}, {1}, 2}}});
  search(tx);
  EXPECT_TRUE(events().empty());
}

TEST_F(transaction_decoder, finds_the_owner_of_a_routed_event) {
  transaction_builder tx;
  auto route = tx.key(router);
  auto pool_program = tx.key(amm);
  auto token = tx.key(token_program);
  tx.outer.push_back({route, {}, {}, {}});
  tx.inner.push_back({0,
                      {{token, {}, {}, 2},
                       {pool_program, {9}, {1}, 2},
                       {token, {}, {}, 3},
                       {pool_program, {}, event_data(payload_of(1)), 3},
                       {pool_program, {8}, {1}, 2},
                       {pool_program, {}, event_data(payload_of(2)), 3}}});
  search(tx);
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(ix_path(events()[0]), 4U);
  EXPECT_EQ(events()[0].owner, &view_->transaction.inner[1]);
  EXPECT_EQ(ix_path(events()[1]), 6U);
  EXPECT_EQ(events()[1].owner, &view_->transaction.inner[4]);
}

TEST_F(transaction_decoder, finds_the_owner_without_recorded_heights) {
  transaction_builder tx;
  auto route = tx.key(router);
  auto pool_program = tx.key(amm);
  tx.outer.push_back({route, {}, {}, {}});
  tx.outer.push_back({pool_program, {7}, {}, {}});
  tx.inner.push_back({0,
                      {{pool_program, {9}, {1}, {}},
                       {pool_program, {}, event_data(payload_of(1)), {}},
                       {pool_program, {}, event_data(payload_of(2)), {}}}});
  tx.inner.push_back({1, {{pool_program, {}, event_data(payload_of(3)), {}}}});
  search(tx);
  ASSERT_EQ(events().size(), 3U);
  EXPECT_EQ(events()[0].owner, &view_->transaction.inner[0]);
  EXPECT_EQ(events()[1].owner, &view_->transaction.inner[0]);
  EXPECT_EQ(events()[2].owner, &view_->transaction.outer[1]);
}

TEST_F(transaction_decoder, has_no_owner_for_an_event_of_another_group) {
  transaction_builder tx;
  auto route = tx.key(router);
  auto pool_program = tx.key(amm);
  tx.outer = {{pool_program, {7}, {}, {}}, {route, {}, {}, {}}};
  tx.inner.push_back({0, {{pool_program, {}, {1}, 2}}});
  tx.inner.push_back({1, {{pool_program, {}, event_data(payload_of(1)), 3}}});
  search(tx);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].owner, nullptr);
}

TEST_F(transaction_decoder, says_so_when_places_repeat_or_do_not_exist) {
  transaction_builder tx;
  tx.add_call(pump, {}, payload_of(1));
  tx.inner.push_back(tx.inner[0]);
  EXPECT_TRUE(search(tx).incomplete);
  EXPECT_EQ(events().size(), 1U);
  transaction_builder other;
  other.add_call(pump, {}, payload_of(1));
  other.inner[0].first = 70'000;
  EXPECT_TRUE(search(other).incomplete);
  EXPECT_TRUE(events().empty());
}

TEST_F(transaction_decoder, does_not_read_logs_beside_inner_instructions) {
  transaction_builder tx;
  tx.add_call(pump, {}, payload_of(1));
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2), success_line(pump),
             data_line(payload_of(1)), success_line(pump)};
  EXPECT_FALSE(search(tx).from_logs);
  EXPECT_EQ(events().size(), 1U);
}

/// A transaction whose node recorded logs only.
transaction_builder logs_only() {
  transaction_builder tx;
  tx.inner_none = true;
  tx.key(key_of(1));
  return tx;
}

TEST_F(transaction_decoder, gives_log_events_the_place_of_their_twins) {
  auto tx = logs_only();
  auto place = tx.key(pump);
  tx.outer = {{tx.key(router), {}, {}, {}}, {place, {5}, {}, {}}};
  tx.logs = {invoke_line(router, 1),
             success_line(router),
             invoke_line(pump, 1),
             "Program log: Instruction: Buy",
             invoke_line(token_program, 2),
             "Program " + to_string(token_program)
               + " consumed 10 of 20 compute units",
             success_line(token_program),
             invoke_line(pump, 2),
             success_line(pump),
             data_line(payload_of(1)),
             invoke_line(pump, 2),
             success_line(pump),
             data_line(payload_of(2)),
             success_line(pump)};
  auto outcome = search(tx);
  EXPECT_TRUE(outcome.from_logs);
  EXPECT_FALSE(outcome.incomplete);
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(number_of(events()[0]), 1U);
  EXPECT_EQ(number_of(events()[1]), 2U);
  // Inner instructions 1 and 2 of outer instruction 1.
  EXPECT_EQ(ix_path(events()[0]), (1U << 16) + 2);
  EXPECT_EQ(ix_path(events()[1]), (1U << 16) + 3);
  EXPECT_EQ(events()[0].stack_height, 2U);
  EXPECT_EQ(events()[0].owner, &view_->transaction.outer[1]);
}

TEST_F(transaction_decoder, follows_nested_frames_of_both_programs) {
  auto tx = logs_only();
  tx.outer = {{tx.key(router), {}, {}, {}}};
  tx.key(pump);
  tx.key(amm);
  // migrate: the curve calls the pool program, and both emit.
  tx.logs = {invoke_line(router, 1),      invoke_line(pump, 2),
             invoke_line(amm, 3),         invoke_line(token_program, 4),
             success_line(token_program), invoke_line(amm, 4),
             success_line(amm),           data_line(payload_of(1)),
             success_line(amm),           invoke_line(pump, 3),
             success_line(pump),          data_line(payload_of(2)),
             success_line(pump),          data_line(payload_of(3)),
             success_line(router)};
  auto outcome = search(tx);
  EXPECT_FALSE(outcome.incomplete);
  EXPECT_EQ(outcome.foreign_events, 1U);
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(events()[0].program, program::pump_amm);
  EXPECT_EQ(events()[0].inner_index, 3);
  EXPECT_EQ(events()[0].stack_height, 4U);
  EXPECT_EQ(events()[0].owner, nullptr);
  EXPECT_EQ(events()[1].program, program::pump);
  EXPECT_EQ(events()[1].inner_index, 4);
}

TEST_F(transaction_decoder, pairs_by_number_when_lines_come_first) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1),     data_line(payload_of(1)),
             data_line(payload_of(2)), invoke_line(pump, 2),
             success_line(pump),       invoke_line(pump, 2),
             success_line(pump),       success_line(pump)};
  EXPECT_FALSE(search(tx).incomplete);
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(events()[0].inner_index, 0);
  EXPECT_EQ(events()[1].inner_index, 1);
  EXPECT_EQ(number_of(events()[1]), 2U);
}

TEST_F(transaction_decoder, finds_outer_instructions_behind_silent_ones) {
  auto tx = logs_only();
  // Precompiled programs write no line.
  tx.outer = {{tx.key(key_of(0x99)), {}, {}, {}}, {tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2), success_line(pump),
             data_line(payload_of(1)), success_line(pump)};
  EXPECT_FALSE(search(tx).incomplete);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(ix_path(events()[0]), (1U << 16) + 1);
}

TEST_F(transaction_decoder, believes_no_user_text_in_a_log) {
  auto tx = logs_only();
  tx.outer = {{tx.key(router), {}, {}, {}}};
  tx.key(pump);
  tx.logs = {invoke_line(router, 1), "Program log: " + invoke_line(pump, 2),
             "Program log: " + data_line(payload_of(1)),
             data_line(payload_of(2)), success_line(router)};
  auto outcome = search(tx);
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(outcome.foreign_events, 1U);
}

TEST_F(transaction_decoder, says_so_when_a_log_is_cut_before_an_event) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2), success_line(pump),
             "Log truncated", success_line(pump)};
  EXPECT_TRUE(search(tx).incomplete);
  EXPECT_TRUE(events().empty());
  tx.logs = {invoke_line(pump, 1), "Log truncated"};
  EXPECT_TRUE(search(tx).incomplete);
}

TEST_F(transaction_decoder, keeps_the_numbers_of_lines_before_a_cut) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1),     invoke_line(pump, 2), success_line(pump),
             data_line(payload_of(1)), invoke_line(pump, 2), success_line(pump),
             "Log truncated",          invoke_line(pump, 2), success_line(pump),
             data_line(payload_of(3)), success_line(pump)};
  EXPECT_TRUE(search(tx).incomplete);
  ASSERT_EQ(events().size(), 2U);
  // The line behind the cut may belong to the second child or the third: it
  // comes without a number, and so first.
  EXPECT_EQ(number_of(events()[0]), 3U);
  EXPECT_EQ(ix_path(events()[0]), 0U);
  EXPECT_EQ(number_of(events()[1]), 1U);
  EXPECT_EQ(ix_path(events()[1]), 1U);
}

TEST_F(transaction_decoder, a_cut_that_lost_no_event_is_no_loss) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1),     invoke_line(pump, 2),
             success_line(pump),       "Log truncated",
             data_line(payload_of(1)), success_line(pump)};
  EXPECT_FALSE(search(tx).incomplete);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(ix_path(events()[0]), 1U);
}

TEST_F(transaction_decoder, refuses_logs_that_contradict_themselves) {
  auto check = [&](std::vector<std::string> logs) {
    auto tx = logs_only();
    tx.outer = {{tx.key(pump), {}, {}, {}}};
    tx.logs = std::move(logs);
    return search(tx).incomplete;
  };
  EXPECT_TRUE(check({}));
  EXPECT_TRUE(check({invoke_line(pump, 2)}));
  EXPECT_TRUE(check({invoke_line(pump, 1), success_line(amm)}));
  EXPECT_TRUE(check({success_line(pump)}));
  EXPECT_TRUE(check({invoke_line(router, 1), success_line(router)}));
  EXPECT_FALSE(check({invoke_line(pump, 1), success_line(pump)}));
}

TEST_F(transaction_decoder, says_so_when_nothing_was_recorded) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs_none = true;
  EXPECT_TRUE(search(tx).incomplete);
  // Nothing of ours, nothing lost.
  auto other = logs_only();
  other.logs_none = true;
  EXPECT_FALSE(search(other).incomplete);
}

TEST_F(transaction_decoder, marks_a_line_that_is_no_base64) {
  auto tx = logs_only();
  tx.outer = {{tx.key(pump), {}, {}, {}}};
  tx.logs = {invoke_line(pump, 1), invoke_line(pump, 2), success_line(pump),
             "Program data: not base64", success_line(pump)};
  search(tx);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_TRUE(events()[0].damaged);
}

} // namespace

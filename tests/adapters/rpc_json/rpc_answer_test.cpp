#include "adapters/rpc_json/rpc_answer.hpp"

#include "domain/update_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace pumpscope::rpc_json {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string error(int code, const std::string& text = "no") {
  return R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code)
         + R"(,"message":")" + text + R"("},"id":1})";
}

std::string result(const std::string& body, int id = 1) {
  return R"({"jsonrpc":"2.0","result":)" + body + R"(,"id":)"
         + std::to_string(id) + "}";
}

answer_kind kind_of(const std::string& body) {
  return read_block_answer(body, 1, 10).head.kind;
}

constexpr auto empty_block
  = R"({"blockTime":1700000000,"parentSlot":8,"transactions":[]})";

TEST(rpc_answer, a_block_becomes_the_updates_of_a_stream) {
  auto answer = read_block_answer(result(empty_block), 1, 10);

  ASSERT_EQ(answer.head.kind, answer_kind::result) << answer.head.text;
  EXPECT_EQ(answer.parent, 8U);
  ASSERT_EQ(answer.ends.size(), 3U);
  ASSERT_EQ(answer.bytes.size(), answer.ends.back());
  auto decoder = domain::update_decoder{};
  auto update = decoder.decode(std::span{answer.bytes}.subspan(
    answer.ends[0], answer.ends[1] - answer.ends[0]));
  auto meta = std::get_if<domain::block_meta>(&update);
  ASSERT_NE(meta, nullptr);
  EXPECT_EQ(meta->slot, 10U);
  EXPECT_EQ(meta->parent_slot, 8U);
  EXPECT_EQ(meta->block_time, 1'700'000'000);
}

TEST(rpc_answer, tells_what_a_server_means_by_its_error_codes) {
  EXPECT_EQ(kind_of(error(-32004)), answer_kind::not_yet);
  EXPECT_EQ(kind_of(error(-32014)), answer_kind::not_yet);
  EXPECT_EQ(kind_of(result("null")), answer_kind::not_yet);
  EXPECT_EQ(kind_of(error(-32007)), answer_kind::skipped);
  EXPECT_EQ(kind_of(error(-32009)), answer_kind::skipped);
  EXPECT_EQ(kind_of(error(-32001)), answer_kind::gone);
  EXPECT_EQ(kind_of(error(-32005)), answer_kind::busy);
  EXPECT_EQ(kind_of(error(-32603)), answer_kind::busy);
  EXPECT_EQ(kind_of(error(-32601)), answer_kind::no_method);
  EXPECT_EQ(kind_of(error(-32602)), answer_kind::refused);
  EXPECT_EQ(kind_of(error(7)), answer_kind::refused);
}

TEST(rpc_answer, refuses_what_is_no_answer_to_the_question) {
  for (const auto& body : {
         std::string{},
         std::string{"<html>502 Bad Gateway</html>"},
         std::string{"[]"},
         std::string{"{}"},
         std::string{R"({"error":5,"id":1})"},
         std::string{R"({"error":{"message":"no code"},"id":1})"},
         std::string{R"({"error":{"code":"x"},"id":1})"},
         // Of another question.
         result(empty_block, 2),
         R"({"result":)" + std::string{empty_block} + "}",
         // Torn, or something behind it.
         result(empty_block).substr(0, 60),
         result(empty_block) + "{}",
         result("[]"),
         result("{}"),
         // Parents that cannot be: the chain would run in a circle.
         result(R"({"transactions":[]})"),
         result(R"({"parentSlot":10,"transactions":[]})"),
         result(R"({"parentSlot":11,"transactions":[]})"),
         result(R"({"parentSlot":-1,"transactions":[]})"),
         result(R"({"parentSlot":8})"),
         result(R"({"parentSlot":8,"transactions":[7]})"),
         result(R"({"parentSlot":8,"transactions":[{}]})"),
         std::string(1'000, '['),
         result(std::string(70, '[') + std::string(70, ']')),
       }) {
    auto answer = read_block_answer(body, 1, 10);
    EXPECT_EQ(answer.head.kind, answer_kind::malformed) << body;
    EXPECT_FALSE(answer.head.text.empty()) << body;
    EXPECT_THAT(answer.bytes, IsEmpty()) << body;
  }
}

TEST(rpc_answer, shows_no_more_of_a_text_from_outside_than_is_safe) {
  auto text = read_block_answer(
                error(-32004, "\\u001b[2J" + std::string(500, 'x')), 1, 10)
                .head.text;

  EXPECT_THAT(text, HasSubstr("?[2Jxxx"));
  EXPECT_EQ(text.size(), answer_text_max);
}

TEST(rpc_answer, reads_lists_of_slots_and_refuses_wrong_ones) {
  auto read = [](const std::string& body) {
    return read_slots_answer(result(body), 1, 5, 9);
  };

  EXPECT_THAT(read("[5,7,9]").slots, ElementsAre(5, 7, 9));
  EXPECT_EQ(read("[]").head.kind, answer_kind::result);
  for (const auto* body : {"{}", "7", "[4]", "[10]", "[5,5]", "[7,5]", "[5.5]",
                           "[\"x\"]", "[-5]"}) {
    auto answer = read(body);
    EXPECT_EQ(answer.head.kind, answer_kind::malformed) << body;
    EXPECT_THAT(answer.slots, IsEmpty()) << body;
  }
}

TEST(rpc_answer, asks_for_whole_confirmed_blocks) {
  EXPECT_EQ(block_question(3, 77),
            R"({"jsonrpc":"2.0","id":3,"method":"getBlock","params":[77,)"
            R"({"encoding":"base64","maxSupportedTransactionVersion":0,)"
            R"("transactionDetails":"full","rewards":false,)"
            R"("commitment":"confirmed"}]})");
  EXPECT_EQ(slots_question(4, 5, 9),
            R"({"jsonrpc":"2.0","id":4,"method":"getBlocks","params":[5,9,)"
            R"({"commitment":"confirmed"}]})");
}

TEST(rpc_answer, any_damage_is_an_answer_and_never_a_crash) {
  auto random = std::mt19937_64{42};
  auto whole = result(empty_block);
  for (auto i = 0; i < 20'000; ++i) {
    auto body = whole;
    for (auto n = 1 + random() % 6; n > 0; --n) {
      auto at = random() % body.size();
      switch (random() % 3) {
        case 0:
          body[at] = static_cast<char>(random());
          break;
        case 1:
          body.erase(at, 1 + random() % 9);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), random() % 20));
      }
      if (body.empty())
        break;
    }
    auto answer = read_block_answer(body, 1, 10);
    if (answer.head.kind == answer_kind::result) {
      ASSERT_LT(answer.parent, 10U) << body;
      ASSERT_EQ(answer.bytes.size(), answer.ends.back()) << body;
    }
  }
}

} // namespace

} // namespace pumpscope::rpc_json

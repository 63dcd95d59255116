#include "adapters/rpc_json/converter.hpp"

#include "domain/base58.hpp"
#include "domain/base64.hpp"
#include "domain/update_decoder.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/update_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace pumpscope;
using namespace pumpscope::domain;
using namespace pumpscope::rpc_json;
using namespace pumpscope::test;

namespace {

using testing::HasSubstr;

/// Converts texts, one file each, and decodes what comes out.
struct conversion {
  std::vector<parsed_transaction> transactions = {};
  std::vector<slot_update> slots = {};
  std::vector<block_meta> metas = {};
  /// Kinds of the updates in order: s, t or m.
  std::string order = {};
  std::string error = {};
  converter_counters counters = {};
};

conversion convert(const std::vector<std::string>& files,
                   converter_limits limits = {}, size_t piece = 4'096) {
  conversion result;
  update_decoder decoder;
  converter sut{[&](std::span<const uint8_t> update) {
                  auto parsed = decoder.decode(update);
                  if (auto tx = std::get_if<parsed_transaction>(&parsed)) {
                    result.transactions.push_back(std::move(*tx));
                    result.order += 't';
                  } else if (auto slot = std::get_if<slot_update>(&parsed)) {
                    result.slots.push_back(*slot);
                    result.order += 's';
                  } else if (auto meta = std::get_if<block_meta>(&parsed)) {
                    result.metas.push_back(*meta);
                    result.order += 'm';
                  } else {
                    result.order += '?';
                  }
                },
                limits};
  auto run = [&]() -> outcome<void> {
    for (auto& text : files) {
      for (size_t at = 0; at < text.size(); at += piece)
        if (auto added = sut.add(std::string_view{text}.substr(at, piece));
            !added)
          return added;
      if (auto ended = sut.end_file(); !ended)
        return ended;
    }
    sut.finish();
    return {};
  };
  if (auto done = run(); !done)
    result.error = done.error().text;
  result.counters = sut.counters();
  return result;
}

std::string error_of(const std::string& text) {
  return convert({text}).error;
}

/// A signature that is all of one digit.
std::string signature_text(uint8_t fill) {
  domain::signature x;
  x.bytes.fill(fill);
  return to_string(x);
}

bytes payload() {
  event_values values;
  values.keys = {{"mint", key_of(0x22)}, {"user", key_of(0x11)}};
  values.integers = {{"token_amount", 10},
                     {"virtual_token_reserves", 100},
                     {"timestamp", 1'700'000'000}};
  return encode_event(program::pump, "TradeEvent", values, 10);
}

/// Body of a getTransaction result in the encoding json, without braces.
std::string body(uint8_t signature = 1, const std::string& err = "null") {
  return R"("transaction":{"signatures":[")" + signature_text(signature)
         + R"("],"message":{"header":{"numRequiredSignatures":1,)"
           R"("numReadonlySignedAccounts":0,"numReadonlyUnsignedAccounts":1},)"
           R"("accountKeys":[")"
         + to_string(key_of(0x11)) + R"(",")"
         + to_string(known_keys::pump_program) + R"("],"recentBlockhash":")"
         + to_string(key_of(9))
         + R"(","instructions":[{"programIdIndex":1,"accounts":[0],)"
           R"("data":"","stackHeight":null}]}},"meta":{"err":)"
         + err
         + R"(,"fee":5000,"innerInstructions":[{"index":0,"instructions":)"
           R"([{"programIdIndex":1,"accounts":[0],"data":")"
         + encode_base58(event_data(payload()))
         + R"(","stackHeight":2}]}],"logMessages":[]})";
}

std::string loose(uint64_t slot, uint8_t signature = 1,
                  const std::string& more = "") {
  return R"({"slot":)" + std::to_string(slot) + R"(,"blockTime":1700,)"
         + body(signature) + more + "}";
}

TEST(converter, makes_a_slot_that_can_be_sealed_of_a_loose_transaction) {
  auto x = convert({loose(50)});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.order, "stms");
  ASSERT_EQ(x.transactions.size(), 1U);
  auto& tx = x.transactions[0];
  EXPECT_EQ(tx.slot, 50U);
  EXPECT_EQ(tx.tx_index, 0U);
  ASSERT_EQ(tx.trades.size(), 1U);
  EXPECT_TRUE(has_flag(tx.trades[0], trade_flag::index_assumed));
  EXPECT_EQ(tx.trades[0].tx_fee_lamports, 5'000U);
  EXPECT_EQ(x.slots[0].parent, 49U);
  EXPECT_EQ(x.slots[1].status, slot_status::confirmed);
  EXPECT_EQ(x.metas[0].block_time, 1'700);
  EXPECT_EQ(x.metas[0].parent_slot, 49U);
  EXPECT_EQ(x.counters.indices_assumed, 1U);
}

TEST(converter, takes_every_wrapping_of_a_transaction) {
  auto plain = loose(50);
  for (auto& text :
       {plain, R"({"jsonrpc":"2.0","id":1,"result":)" + plain + "}",
        "[" + plain + "]", "[null," + plain + ",null]", "\n" + plain + "\n\n",
        R"([{"jsonrpc":"2.0","result":)" + plain + "}]"}) {
    auto x = convert({text});
    EXPECT_EQ(x.error, "") << text;
    EXPECT_EQ(x.transactions.size(), 1U) << text;
  }
}

TEST(converter, numbers_loose_transactions_by_their_order_within_the_slot) {
  // Two files, slots mixed, one transaction twice.
  auto x = convert({loose(51, 1) + "\n" + loose(50, 2) + loose(51, 3),
                    "[" + loose(50, 4) + "," + loose(51, 1) + "]"});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.order, "sttmssttms");
  ASSERT_EQ(x.transactions.size(), 4U);
  auto check = [&](size_t at, uint64_t slot, uint32_t index, uint8_t fill) {
    EXPECT_EQ(x.transactions[at].slot, slot);
    EXPECT_EQ(x.transactions[at].tx_index, index);
    EXPECT_EQ(x.transactions[at].signature.bytes[0], fill);
  };
  check(0, 50, 0, 2);
  check(1, 50, 1, 4);
  check(2, 51, 0, 1);
  check(3, 51, 1, 3);
  EXPECT_EQ(x.counters.duplicates, 1U);
}

TEST(converter, keeps_an_index_that_the_source_tells) {
  auto x = convert(
    {loose(50, 1) + loose(50, 2, R"(,"transactionIndex":0)") + loose(50, 3)});
  ASSERT_EQ(x.transactions.size(), 3U);
  EXPECT_EQ(x.transactions[0].tx_index, 1U);
  EXPECT_EQ(x.transactions[1].tx_index, 0U);
  EXPECT_EQ(x.transactions[2].tx_index, 2U);
  EXPECT_EQ(x.transactions[1].trades[0].flags & trade_flag::index_assumed, 0);
  EXPECT_EQ(x.counters.indices_assumed, 2U);
}

TEST(converter, marks_a_transaction_without_a_slot) {
  auto x = convert({"{" + body() + "}"});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.order, "t");
  EXPECT_TRUE(x.transactions[0].index_unknown);
  EXPECT_EQ(x.counters.slots_unknown, 1U);
}

TEST(converter, takes_blocks_with_their_own_order) {
  auto block = R"({"blockTime":1700,"parentSlot":48,"transactions":[{)"
               + body(1) + "},{" + body(2) + "}]}";
  auto x = convert({R"({"result":)" + block + "}"});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.order, "sttms");
  EXPECT_EQ(x.slots[0].slot, 49U);
  EXPECT_EQ(x.slots[0].parent, 48U);
  EXPECT_EQ(x.transactions[1].tx_index, 1U);
  EXPECT_EQ(x.transactions[1].trades[0].flags & trade_flag::index_assumed, 0);
  EXPECT_EQ(x.metas[0].executed_transaction_count, 2U);
  EXPECT_EQ(x.counters.slots_assumed, 1U);
}

TEST(converter, takes_notifications) {
  auto block = R"({"jsonrpc":"2.0","method":"blockNotification","params":)"
               R"({"result":{"context":{"slot":60},"value":{"slot":60,"err":)"
               R"(null,"block":{"parentSlot":58,"transactions":[{)"
               + body() + R"(}]}}},"subscription":1}})";
  auto x = convert({block});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.slots[0].slot, 60U);
  EXPECT_EQ(x.slots[0].parent, 58U);
  // A filter may have left transactions out.
  EXPECT_TRUE(has_flag(x.transactions[0].trades[0], trade_flag::index_assumed));
  auto one = R"({"method":"transactionNotification","params":{"result":)"
             R"({"transaction":{)"
             + body() + R"(},"slot":61}}})";
  x = convert({one});
  ASSERT_EQ(x.error, "");
  EXPECT_EQ(x.transactions[0].slot, 61U);
}

TEST(converter, tells_failed_transactions) {
  auto x
    = convert({R"({"slot":5,)"
               + body(1, R"({"InstructionError":[0,{"Custom":1}]})") + "}"});
  ASSERT_EQ(x.error, "");
  EXPECT_TRUE(x.transactions[0].failed);
}

TEST(converter, counts_answers_without_a_transaction) {
  auto x = convert({R"({"jsonrpc":"2.0","result":null,"id":1})"});
  EXPECT_EQ(x.error, "");
  EXPECT_EQ(x.order, "");
  EXPECT_EQ(x.counters.empty_answers, 1U);
}

TEST(converter, reads_binary_transactions_of_both_versions) {
  auto raw = [](bool versioned) {
    bytes out{1};
    out.insert(out.end(), 64, 7);
    if (versioned)
      out.push_back(0x80);
    for (auto x : {1, 0, 1, 2})
      out.push_back(static_cast<uint8_t>(x));
    auto user = key_of(0x11);
    auto& ours = known_keys::pump_program;
    out.insert(out.end(), user.bytes.begin(), user.bytes.end());
    out.insert(out.end(), ours.bytes.begin(), ours.bytes.end());
    out.insert(out.end(), 32, 9);
    // One instruction: program 1, one account, no data.
    for (auto x : {1, 1, 1, 0, 0})
      out.push_back(static_cast<uint8_t>(x));
    if (versioned) {
      out.push_back(1);
      out.insert(out.end(), 32, 8);
      for (auto x : {1, 5, 0})
        out.push_back(static_cast<uint8_t>(x));
    }
    return out;
  };
  auto whole = body();
  auto meta = whole.substr(whole.find("\"meta\""));
  for (auto versioned : {false, true}) {
    auto binary = raw(versioned);
    auto wrap = [&](const std::string& text) {
      return R"({"slot":9,"transaction":)" + text + "," + meta + "}";
    };
    for (auto& text : {R"([")" + encode_base64(binary) + R"(","base64"])",
                       R"([")" + encode_base58(binary) + R"(","base58"])",
                       '"' + encode_base58(binary) + '"'}) {
      auto x = convert({wrap(text)});
      ASSERT_EQ(x.error, "") << text;
      ASSERT_EQ(x.transactions[0].trades.size(), 1U);
      EXPECT_EQ(x.transactions[0].trades[0].wallet, key_of(0x11));
      EXPECT_EQ(x.transactions[0].signature.bytes[0], 7);
    }
    // Cut anywhere, or with a byte too many, it is none.
    for (size_t length = 0; length < binary.size(); ++length) {
      bytes cut{binary.begin(),
                binary.begin() + static_cast<std::ptrdiff_t>(length)};
      ASSERT_NE(error_of(wrap(R"([")" + encode_base64(cut) + R"(","base64"])")),
                "")
        << length;
    }
    binary.push_back(0);
    EXPECT_NE(
      error_of(wrap(R"([")" + encode_base64(binary) + R"(","base64"])")), "");
  }
}

TEST(converter, sorts_the_keys_of_parsed_transactions_as_the_chain_does) {
  // Loaded keys stand read-only first here; the chain counts writable first.
  auto key = [](uint8_t fill, const std::string& more) {
    return R"({"pubkey":")" + to_string(key_of(fill)) + R"(",)" + more + "}";
  };
  auto ours = to_string(known_keys::pump_program);
  auto text
    = R"({"slot":5,"transaction":{"signatures":[")" + signature_text(1)
      + R"("],"message":{"accountKeys":[)"
      + key(0x11, R"("signer":true,"writable":true,"source":"transaction")")
      + R"(,{"pubkey":")" + ours
      + R"(","signer":false,"writable":false,"source":"transaction"},)"
      + key(0x31, R"("signer":false,"writable":false,"source":"lookupTable")")
      + ","
      + key(0x32, R"("signer":false,"writable":true,"source":"lookupTable")")
      + R"(],"instructions":[{"programId":")" + ours + R"(","accounts":[")"
      + to_string(key_of(0x31)) + R"(",")" + to_string(key_of(0x32))
      + R"("],"data":""},{"programId":")" + to_string(key_of(0x31))
      + R"(","program":"system","parsed":{"type":"transfer"}}]}},)"
        R"("meta":{"err":null,"innerInstructions":null,"logMessages":null}})";
  bytes update;
  converter sut{[&](std::span<const uint8_t> x) {
    update_view view;
    if (walk_update(x, view) && view.kind == update_kind::transaction)
      update.assign(x.begin(), x.end());
  }};
  auto added = sut.add(text);
  ASSERT_TRUE(added) << added.error().text;
  sut.finish();
  update_view view;
  ASSERT_TRUE(walk_update(update, view));
  auto& tx = view.transaction;
  ASSERT_EQ(tx.key_count(), 4U);
  EXPECT_TRUE(tx.key_is(2, key_of(0x32)));
  EXPECT_TRUE(tx.key_is(3, key_of(0x31)));
  EXPECT_EQ(tx.loaded_writable.size(), 1U);
  EXPECT_EQ(tx.signers, 1U);
  EXPECT_TRUE(tx.inner_instructions_none);
  EXPECT_TRUE(tx.log_messages_none);
  ASSERT_EQ(tx.outer.size(), 2U);
  ASSERT_EQ(tx.outer[0].accounts.size(), 2U);
  EXPECT_EQ(tx.outer[0].accounts[0], 3);
  EXPECT_EQ(tx.outer[0].accounts[1], 2);
  EXPECT_EQ(tx.outer[1].program_index, 3U);
  EXPECT_TRUE(tx.outer[1].data.empty());
}

TEST(converter, names_what_is_wrong) {
  EXPECT_THAT(error_of("{"), HasSubstr("ends inside"));
  EXPECT_THAT(error_of("{]"), HasSubstr("not JSON"));
  EXPECT_THAT(error_of("{}{\"a\":}"), HasSubstr("document 1"));
  EXPECT_THAT(error_of(loose(5) + "{\"a\":}"), HasSubstr("document 2"));
  EXPECT_THAT(error_of("\"text\""), HasSubstr("neither"));
  EXPECT_THAT(error_of("[5]"), HasSubstr("no object"));
  EXPECT_THAT(error_of(R"({"a":1})"), HasSubstr("neither a transaction"));
  EXPECT_THAT(error_of(R"({"error":{"code":-32015,"message":"too new"}})"),
              HasSubstr("too new"));
  EXPECT_THAT(error_of(R"({"slot":-1,"transaction":{}})"), HasSubstr("'slot'"));
  EXPECT_THAT(error_of(R"({"slot":5,"transaction":{}})"),
              HasSubstr("signatures"));
  EXPECT_THAT(error_of(R"({"parentSlot":5,"signatures":["x"]})"),
              HasSubstr("transactionDetails"));
  EXPECT_THAT(error_of(R"({"transactions":[]})"), HasSubstr("parentSlot"));
  auto broken = loose(5);
  broken.replace(broken.find("\"programIdIndex\":1"), 18,
                 "\"programIdIndex\":300");
  EXPECT_THAT(error_of(broken), HasSubstr("account index"));
  broken = loose(5);
  broken.replace(broken.find("\"data\":\""), 8, "\"data\":\"0");
  EXPECT_THAT(error_of(broken), HasSubstr("base58"));
}

TEST(converter, bounds_depth_documents_and_what_it_holds_back) {
  EXPECT_THAT(error_of(std::string(1'000, '[')), HasSubstr("not JSON"));
  converter_limits limits;
  limits.document_bytes_max = 1'000;
  EXPECT_THAT(convert({"[" + std::string(2'000, ' ')}, limits, 100).error,
              HasSubstr("longer"));
  limits = {};
  limits.loose_bytes_max = 1'000;
  EXPECT_THAT(convert({loose(1, 1) + loose(2, 2) + loose(3, 3)}, limits).error,
              HasSubstr("loose"));
}

TEST(converter, survives_a_cut_at_any_byte_in_pieces_of_any_size) {
  auto text = loose(50);
  for (size_t length = 1; length < text.size(); length += 7)
    EXPECT_NE(error_of(text.substr(0, length)), "") << length;
  for (size_t piece : {1U, 3U, 64U})
    EXPECT_EQ(convert({text + text}, {}, piece).transactions.size(), 1U);
}

TEST(converter, names_the_file_that_it_cannot_read) {
  converter sut{[](auto) {}};
  EXPECT_THAT(sut.add_file("/no/such/file").error().text,
              HasSubstr("/no/such/file"));
}

} // namespace

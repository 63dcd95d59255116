#include "adapters/decode_json/event_json.hpp"
#include "adapters/decode_json/event_printer.hpp"
#include "adapters/recording/reader.hpp"
#include "adapters/rpc_json/converter.hpp"
#include "domain/update_decoder.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/update_builder.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

using namespace pumpscope;
using namespace pumpscope::decode_json;
using namespace pumpscope::test;

namespace {

namespace json = boost::json;

using testing::HasSubstr;

/// Collects the lines of a printer.
struct printed {
  std::vector<std::string> lines = {};
  event_printer printer{
    [this](std::string_view line) { lines.emplace_back(line); }};
};

std::vector<std::vector<uint8_t>> messages_of(const std::string& path) {
  std::vector<std::vector<uint8_t>> result;
  auto reader = recording::reader::open(path);
  EXPECT_TRUE(reader);
  for (;;) {
    auto next = (*reader)->next();
    EXPECT_TRUE(next);
    if (!next || !*next)
      return result;
    result.emplace_back((*next)->begin(), (*next)->end());
  }
}

std::vector<std::string> decode_recording(const std::string& path) {
  printed sut;
  for (auto& x : messages_of(path))
    sut.printer.print(x);
  sut.printer.finish();
  return sut.lines;
}

TEST(decode, prints_every_shared_transaction_as_expected) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto paths = shared_files("tx", ".json");
  ASSERT_FALSE(paths.empty());
  for (auto& path : paths) {
    printed sut;
    rpc_json::converter converter{
      [&](std::span<const uint8_t> x) { sut.printer.print(x); }};
    auto added = converter.add_file(path.string());
    ASSERT_TRUE(added) << added.error().text;
    converter.finish();
    sut.printer.finish();
    auto expected = path;
    expected.replace_extension(".expected.jsonl");
    EXPECT_EQ(sut.lines, lines_of(read_file(expected))) << path;
  }
}

TEST(decode, prints_every_shared_payload_as_expected) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto lines = lines_of(read_file(shared_data() / "events" / "events.jsonl"));
  ASSERT_FALSE(lines.empty());
  for (auto& line : lines) {
    ASSERT_TRUE(is_payload_line(line));
    auto input = json::parse(line).as_object();
    auto& expected = input["expected"].as_object();
    auto ok = false;
    auto output = json::parse(decode_payload_line(line, &ok)).as_object();
    if (expected.contains("error")) {
      EXPECT_TRUE(output.contains("error")) << line;
      EXPECT_FALSE(ok);
      continue;
    }
    EXPECT_TRUE(ok);
    EXPECT_EQ(output["program"], input["program"]);
    EXPECT_EQ(output["event"], expected["event"]);
    if (expected.contains("data")) {
      // As texts, so that the order of the fields counts.
      EXPECT_EQ(json::serialize(output["data"]),
                json::serialize(expected["data"]));
    }
  }
}

TEST(decode, prints_what_is_no_payload_as_an_error) {
  for (auto line :
       {"", "{", "[]", R"({"program":"pump"})", R"({"event_base64":""})",
        R"({"program":"other","event_base64":""})",
        R"({"program":"pump","event_base64":"*"})",
        R"({"program":"pump","event_base64":5})"}) {
    auto ok = true;
    EXPECT_THAT(decode_payload_line(line, &ok), HasSubstr("{\"error\":"));
    EXPECT_FALSE(ok);
  }
}

TEST(decode, gives_the_expected_trades_of_every_shared_recording) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto paths = shared_files("recordings", ".geyser");
  ASSERT_FALSE(paths.empty());
  for (auto& path : paths) {
    domain::update_decoder sut;
    std::map<uint64_t, int64_t> times;
    std::vector<domain::trade> trades;
    for (auto& x : messages_of(path.string())) {
      auto parsed = sut.decode(x);
      if (auto meta = std::get_if<domain::block_meta>(&parsed))
        times[meta->slot] = meta->block_time.value_or(0);
      if (auto tx = std::get_if<domain::parsed_transaction>(&parsed)) {
        EXPECT_TRUE(tx->dead_letters.empty());
        trades.insert(trades.end(), tx->trades.begin(), tx->trades.end());
      }
    }
    std::ranges::sort(trades, {}, &domain::trade::position);
    auto expected = lines_of(
      read_file(shared_data() / "expected" / path.stem() / "trades.csv"));
    ASSERT_EQ(trades.size() + 1, expected.size());
    for (size_t i = 0; i < trades.size(); ++i) {
      auto& x = trades[i];
      std::ostringstream line;
      line << x.position.slot << ',' << x.position.tx_index << ','
           << x.position.ix_path << ',' << to_string(x.signature) << ','
           << times[x.position.slot] << ',' << domain::idl::name_of(x.program)
           << ',' << (x.side == domain::trade_side::buy ? "buy" : "sell") << ','
           << to_string(x.wallet) << ',' << to_string(x.mint) << ','
           << to_string(x.quote_mint) << ',' << x.token_units << ','
           << x.quote_units << ',' << domain::to_string(x.fee_units) << ','
           << domain::to_string(x.net_quote_units);
      ASSERT_EQ(line.str(), expected[i + 1]);
    }
    auto checks = json::parse(read_file(shared_data() / "expected" / path.stem()
                                        / "checks.json"))
                    .as_object();
    auto& counters = checks["decode_counters"].as_object();
    EXPECT_EQ(counters["trades"].as_int64(), sut.counters().trades);
    EXPECT_EQ(counters["transactions"].as_int64(), sut.counters().transactions);
    EXPECT_EQ(counters["updates"].as_int64(), sut.counters().updates);
    auto number = [&](std::string_view name) -> int64_t {
      return counters.contains(name) ? counters[name].as_int64() : 0;
    };
    EXPECT_EQ(number("foreign_events"), sut.counters().foreign_events);
    EXPECT_EQ(number("ignored"),
              sut.counters().ignored[0] + sut.counters().ignored[1]);
  }
}

/// The same update from a node that records no inner instructions.
std::vector<uint8_t> without_inner(std::span<const uint8_t> update) {
  using domain::wire_reader;
  using domain::wire_type;
  using domain::wire_writer;
  // Rewrites one message, changing field 4 (the status part) two levels down.
  auto copy = [](std::span<const uint8_t> message, auto change) {
    wire_writer out;
    wire_reader in{message};
    while (in.next()) {
      auto number = in.number();
      if (in.type() == wire_type::varint)
        out.varint(number, in.varint());
      else if (in.type() == wire_type::bytes)
        change(out, number, in.bytes());
      else
        in.skip();
    }
    return out;
  };
  auto meta = [&](std::span<const uint8_t> x) {
    auto out = copy(x, [](auto& o, uint32_t number, auto bytes) {
      if (number != 5)
        o.bytes(number, bytes);
    });
    out.varint(10, 1);
    return out;
  };
  auto info = [&](std::span<const uint8_t> x) {
    return copy(x, [&](auto& o, uint32_t number, auto bytes) {
      if (number == 4)
        o.message(number, meta(bytes));
      else
        o.bytes(number, bytes);
    });
  };
  auto transaction = [&](std::span<const uint8_t> x) {
    return copy(x, [&](auto& o, uint32_t number, auto bytes) {
      if (number == 1)
        o.message(number, info(bytes));
      else
        o.bytes(number, bytes);
    });
  };
  return copy(update,
              [&](auto& o, uint32_t number, auto bytes) {
                if (number == 4)
                  o.message(number, transaction(bytes));
                else
                  o.bytes(number, bytes);
              })
    .take();
}

TEST(decode, finds_the_same_rows_in_the_logs_of_every_shared_recording) {
  PUMPSCOPE_NEED_SHARED_DATA();
  size_t compared = 0;
  for (auto& path : shared_files("recordings", ".geyser")) {
    domain::update_decoder sut;
    for (auto& x : messages_of(path.string())) {
      auto full = sut.decode(x);
      auto tx = std::get_if<domain::parsed_transaction>(&full);
      if (tx == nullptr)
        continue;
      auto logs = sut.decode(without_inner(x));
      auto& other = std::get<domain::parsed_transaction>(logs);
      // Trades of two coins or two kinds of money are found out later.
      ASSERT_EQ(other.trades.size() + other.ignored_trades,
                tx->trades.size() + tx->ignored_trades)
        << path;
      ASSERT_EQ(other.token_events.size(), tx->token_events.size());
      ASSERT_TRUE(other.dead_letters.empty());
      for (size_t i = 0; i < tx->trades.size(); ++i) {
        auto expected = tx->trades[i];
        auto& found = other.trades[i];
        expected.flags |= domain::trade_flag::from_log;
        if (has_flag(found, domain::trade_flag::pool_unresolved)) {
          ASSERT_EQ(found.position, expected.position);
          continue;
        }
        ASSERT_EQ(found, expected);
        ++compared;
      }
      for (size_t i = 0; i < tx->token_events.size(); ++i)
        ASSERT_EQ(other.token_events[i].position, tx->token_events[i].position);
    }
  }
  EXPECT_GT(compared, 400U);
}

TEST(decode, prints_recordings_with_the_block_times_behind_them) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto path = shared_data() / "recordings" / "public-transactions.geyser";
  auto lines = decode_recording(path.string());
  EXPECT_EQ(lines.size(), 8U);
  for (auto& line : lines)
    EXPECT_THAT(line, testing::Not(HasSubstr("\"block_time\":null")));
}

/// An update with one ExtendAccountEvent.
transaction_builder small_transaction(uint64_t slot) {
  transaction_builder tx;
  tx.slot = slot;
  tx.key(key_of(0x11));
  tx.add_call(domain::known_keys::pump_program, {0},
              encode_event(domain::program::pump, "ExtendAccountEvent", {}));
  return tx;
}

TEST(event_printer, waits_for_block_times_no_longer_than_its_bound) {
  printed sut;
  sut.printer.print(small_transaction(10).build());
  EXPECT_TRUE(sut.lines.empty());
  sut.printer.print(
    small_transaction(10 + event_printer::slots_ahead_max).build());
  EXPECT_TRUE(sut.lines.empty());
  sut.printer.print(
    small_transaction(11 + event_printer::slots_ahead_max).build());
  ASSERT_EQ(sut.lines.size(), 1U);
  EXPECT_THAT(sut.lines[0], HasSubstr("\"block_time\":null"));
  sut.printer.finish();
  EXPECT_EQ(sut.lines.size(), 3U);
  EXPECT_EQ(sut.printer.counters().events, 3U);
}

TEST(event_printer, shows_failed_transactions_unknown_events_and_damage) {
  printed sut;
  auto tx = small_transaction(10);
  tx.failed = true;
  tx.inner[0].second.push_back(tx.inner[0].second[0]);
  tx.inner[0].second[1].data[8] ^= 1;
  tx.inner[0].second.push_back(tx.inner[0].second[0]);
  tx.inner[0].second[2].data.pop_back();
  sut.printer.print(tx.build());
  sut.printer.print(std::vector<uint8_t>{0xFF});
  sut.printer.finish();
  ASSERT_EQ(sut.lines.size(), 4U);
  EXPECT_THAT(sut.lines[0], HasSubstr("\"tx_failed\":true"));
  EXPECT_THAT(sut.lines[1], HasSubstr("\"event\":null"));
  EXPECT_THAT(sut.lines[2], HasSubstr("ends inside"));
  EXPECT_THAT(sut.lines[3], HasSubstr("damaged update"));
  for (auto& line : sut.lines)
    EXPECT_NO_THROW(json::parse(line)) << line;
}

TEST(event_json, writes_texts_as_json_does) {
  auto written = [](std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
  };
  EXPECT_EQ(written("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(written({"x\0y", 3}), R"("x\u0000y")");
  EXPECT_EQ(written("\xC3\xA9 \xFF"), "\"\xC3\xA9 \xEF\xBF\xBD\"");
}

TEST(event_json, writes_vectors_and_negative_integers) {
  event_values values;
  values.integers["virtual_quote_reserves"] = static_cast<uint64_t>(-5);
  auto payload = encode_event(domain::program::pump_amm, "BuyEvent", values);
  auto line = decode_payload_line(R"({"program":"pump_amm","event_base64":")"
                                  + domain::encode_base64(payload) + "\"}");
  EXPECT_THAT(line, HasSubstr("\"virtual_quote_reserves\":\"-5\""));
  payload = encode_event(domain::program::pump, "TradeEvent", {});
  line = decode_payload_line(R"({"program":"pump","event_base64":")"
                             + domain::encode_base64(payload) + "\"}");
  EXPECT_THAT(line, HasSubstr("\"shareholders\":[{\"address\":\""));
  EXPECT_THAT(line, HasSubstr("\"share_bps\":\"10000\"}]"));
}

} // namespace

// Webhooks with real processes. Blocks of the simulator's RPC, which knows the
// chain as it really is, come as payloads.

#include "tests/cli/cli_fixture.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

namespace pumpscope::test {

namespace {

namespace json = boost::json;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto hook = "/webhooks/helius";

/// The slots of a dump of trades.
std::set<uint64_t> slots_of(const std::string& dump) {
  auto result = std::set<uint64_t>{};
  for (auto line = dump.find('\n') + 1; line < dump.size();
       line = dump.find('\n', line) + 1)
    result.insert(std::stoull(dump.substr(line)));
  return result;
}

/// The rows of a dump of trades with slots of at most `last`.
std::string rows_to(const std::string& dump, uint64_t last) {
  auto end = dump.find('\n') + 1;
  while (end != 0 && end < dump.size() && std::stoull(dump.substr(end)) <= last)
    end = dump.find('\n', end) + 1;
  return dump.substr(0, end);
}

class webhook : public cli {
protected:
  /// A market that is there at once, with its stream and its RPC.
  void serve(const std::string& trades,
             const std::vector<std::string>& more = {}) {
    auto arguments = std::vector<std::string>{
      "simulate",  "--listen",     "127.0.0.1:0", "--rpc-listen", "127.0.0.1:0",
      "--linger",  "--rate",       "0",           "--trades",     trades,
      "--wallets", "100",          "--tokens",    "10",           "--seed",
      "11",        "--start-time", "1790000000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(arguments, folder_.path());
    auto line = server_->wait_for_line("JSON-RPC at ");
    rpc_ = line.substr(line.find("http://") + 7);
    line = server_->wait_for_line("market at ");
    stream_ = line.substr(line.find("http://"));
  }

  /// Some of a market that goes on for long, in a store of its own: whole.db.
  /// Returns the slots with trades, of which the RPC knows the blocks.
  std::set<uint64_t> record_some() {
    serve("100000");
    must({"record", "--endpoint", stream_, "-o", "whole.geyser", "--updates",
          "2500"});
    must({"replay", "whole.geyser", "--store", "sqlite:whole.db"});
    return slots_of(must({"dump", "trades", "--store", "sqlite:whole.db"}).out);
  }

  /// The whole of a small market in a store of its own: all.db.
  std::string replay_all() {
    must({"simulate", "--record", "all.geyser", "--rate", "0", "--trades",
          "2500", "--wallets", "100", "--tokens", "10", "--seed", "11",
          "--start-time", "1790000000"});
    must({"replay", "all.geyser", "--store", "sqlite:all.db"});
    return must({"dump", "trades", "--store", "sqlite:all.db"}).out;
  }

  /// A node; its address is known when this returns.
  void start_node(std::vector<std::string> more,
                  const std::vector<std::string>& environment = {}) {
    auto arguments = std::vector<std::string>{"run", "--store", "sqlite:n.db",
                                              "--http", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    node_.emplace(arguments, folder_.path(), environment);
    announced_ = node_->wait_for_line("run: store");
    auto at = announced_.rfind("http://");
    ASSERT_NE(at, std::string::npos) << announced_;
    address_ = announced_.substr(at + 7);
    address_ = address_.substr(0, address_.find_first_of(" ,\n"));
  }

  /// The transactions of a block as a raw webhook tells them.
  json::array block(uint64_t slot) {
    auto question = R"({"jsonrpc":"2.0","id":1,"method":"getBlock","params":[)"
                    + std::to_string(slot) + "]}";
    // A block is there once the server knows that it is confirmed.
    auto answer = json::value{};
    for (auto i = 0; i < 100; ++i) {
      auto told = raw_client{rpc_}.ask(post_request("/", question));
      answer = told.body.empty() ? json::object{} : json::parse(told.body);
      if (answer.as_object().contains("result"))
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    if (!answer.as_object().contains("result")) {
      ADD_FAILURE() << "no block " << slot << ": " << json::serialize(answer);
      return {};
    }
    auto result = json::array{};
    auto& found = answer.at("result").as_object();
    for (auto& x : found.at("transactions").as_array()) {
      auto entry = x.as_object();
      entry["slot"] = slot;
      entry["blockTime"] = found.at("blockTime");
      entry["indexWithinBlock"] = result.size();
      result.push_back(std::move(entry));
    }
    return result;
  }

  raw_answer post(const json::array& entries, const std::string& headers = {}) {
    return raw_client{address_}.ask(
      post_request(hook, json::serialize(entries), headers));
  }

  json::object ready() {
    auto answer
      = raw_client{address_}.ask("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    return answer.body.empty() ? json::object{}
                               : json::parse(answer.body).as_object();
  }

  /// Waits until the node has no payload left and sealed this slot.
  bool wait_until_sealed(uint64_t slot) {
    for (auto i = 0; i < 400; ++i) {
      auto x = ready();
      if (!x.empty() && x.at("inbox").at("payloads").to_number<int>() == 0
          && x.at("sealed_slot").to_number<uint64_t>() >= slot)
        return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    return false;
  }

  std::string end_node() {
    node_->signal(SIGTERM);
    auto ended = node_->wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    node_.reset();
    return ended.err;
  }

  std::string dumps(const std::string& store) {
    auto result = std::string{};
    for (const auto* kind : {"trades", "positions", "candles", "wallets"})
      result += must({"dump", kind, "--store", store}).out;
    return result;
  }

  std::optional<program> server_;
  std::optional<program> node_;
  std::string rpc_;
  std::string stream_;
  std::string address_;
  std::string announced_;
};

TEST_F(webhook, brings_what_the_stream_leaves_out) {
  auto all = replay_all();
  auto slots = slots_of(all);
  ASSERT_GT(slots.size(), 5U);
  serve("2500", {"--faults", "omit=0.05"});
  start_node({"--endpoint", stream_, "--webhook", "hint"});
  EXPECT_THAT(announced_, HasSubstr("webhooks beside it"));
  // Two later metas seal a slot: the last ones never are.
  auto sealed = *std::prev(slots.end(), 4);
  ASSERT_TRUE(wait_until_sealed(sealed));
  auto before = must({"dump", "trades", "--store", "sqlite:n.db"}).out;
  ASSERT_NE(rows_to(before, sealed), rows_to(all, sealed));

  for (auto slot : slots)
    if (slot <= sealed) {
      auto answer = post(block(slot));
      ASSERT_EQ(answer.status, 200U) << answer.body;
    }
  auto after = std::string{};
  for (auto i = 0; i < 100 && rows_to(after, sealed) != rows_to(all, sealed);
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    after = must({"dump", "trades", "--store", "sqlite:n.db"}).out;
  }
  end_node();

  EXPECT_EQ(rows_to(after, sealed), rows_to(all, sealed));
  EXPECT_THAT(must({"verify", "--store", "sqlite:n.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
}

TEST_F(webhook, alone_gives_what_a_replay_gives_whatever_dies) {
  auto slots = record_some();
  ASSERT_GT(slots.size(), 5U);
  auto only = std::vector<std::string>{"--webhook", "only",
                                       "--webhook-watermark", "200ms"};
  start_node(only);
  EXPECT_THAT(announced_, HasSubstr("completeness cannot be proven"));
  auto number = 0;
  for (auto slot : slots) {
    auto entries = block(slot);
    ASSERT_EQ(post(entries).status, 200U);
    ++number;
    auto again = number % 3 == 0 ? post(entries).status : 200U;
    ASSERT_EQ(again, 200U);
    if (number % 4 == 0) {
      node_->signal(SIGKILL);
      node_->wait();
      start_node(only);
    }
  }
  ASSERT_TRUE(wait_until_sealed(*slots.rbegin()));
  auto x = ready();
  EXPECT_EQ(x.at("sealed_by").as_string(), "time");
  EXPECT_FALSE(x.at("completeness_provable").as_bool());
  end_node();

  EXPECT_EQ(dumps("sqlite:n.db"), dumps("sqlite:whole.db"));
  EXPECT_THAT(must({"verify", "--store", "sqlite:n.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
  EXPECT_EQ(must({"gaps", "list", "--store", "sqlite:n.db"}).out, "");
}

TEST_F(webhook, keeps_what_it_said_it_has_through_a_kill) {
  auto slots = record_some();
  // Nothing is sealed within an hour.
  start_node({"--webhook", "only", "--webhook-watermark", "1h"});
  auto slot = *slots.begin();
  ASSERT_EQ(post(block(slot)).status, 200U);
  node_->signal(SIGKILL);
  node_->wait();
  EXPECT_EQ(slots_of(must({"dump", "trades", "--store", "sqlite:n.db"}).out),
            std::set<uint64_t>{});

  start_node({"--webhook", "only", "--webhook-watermark", "100ms"});
  ASSERT_TRUE(wait_until_sealed(slot));
  end_node();

  auto rows = must({"dump", "trades", "--store", "sqlite:n.db"}).out;
  EXPECT_EQ(
    rows,
    rows_to(must({"dump", "trades", "--store", "sqlite:whole.db"}).out, slot));
}

TEST_F(webhook, answers_503_when_its_inbox_is_full) {
  auto slots = record_some();
  start_node({"--webhook", "only", "--webhook-watermark", "1h",
              "--webhook-inbox-payloads", "1"});
  auto entries = block(*slots.begin());
  ASSERT_EQ(post(entries).status, 200U);
  auto full = post(entries);
  EXPECT_EQ(full.status, 503U);
  EXPECT_THAT(full.head, HasSubstr("Retry-After: "));
  EXPECT_THAT(full.body, HasSubstr("\"code\":\"inbox_full\""));
  end_node();
}

TEST_F(webhook, lets_in_who_knows_the_secret) {
  constexpr auto secret = "open-sesame-42";
  start_node({"--webhook", "only"},
             {std::string{"PUMPSCOPE_WEBHOOK_SECRET="} + secret});
  EXPECT_EQ(post({}).status, 401U);
  EXPECT_EQ(post({}, "Authorization: open-sesame-43\r\n").status, 401U);
  EXPECT_EQ(post({}, "Authorization: open-sesame-42\r\n").status, 200U);
  // The length of the body does not matter: it is not read.
  auto stranger = raw_client{address_};
  EXPECT_EQ(stranger
              .ask("POST /webhooks/helius HTTP/1.1\r\nHost: a\r\n"
                   "Content-Length: 5000000\r\n\r\n")
              .status,
            401U);
  auto friendly = raw_client{address_};
  EXPECT_EQ(friendly
              .ask("POST /api/v1/webhooks/helius HTTP/1.1\r\nHost: a\r\n"
                   "Authorization: open-sesame-42\r\n"
                   "Content-Length: 5242881\r\n\r\n")
              .status,
            413U);
  auto malformed = post({json::object{{"slot", 1}}},
                        "Authorization: open-sesame-42\r\n");
  EXPECT_EQ(malformed.status, 400U);
  EXPECT_THAT(malformed.body, HasSubstr("entry 0"));
  auto x = raw_client{address_};
  EXPECT_EQ(x.ask("GET /webhooks/helius HTTP/1.1\r\nHost: a\r\n\r\n").status,
            405U);
  EXPECT_EQ(x.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
  EXPECT_THAT(announced_ + end_node(), Not(HasSubstr(secret)));
}

TEST_F(webhook, tells_what_a_wrong_usage_lacks) {
  auto refused = [this](std::vector<std::string> more) {
    more.insert(more.begin(), {"run", "--store", "sqlite:n.db"});
    auto result = run(more);
    EXPECT_EQ(result.code, 2) << result.err;
    return result.err;
  };
  EXPECT_THAT(refused({"--webhook", "only", "--http", "off"}),
              HasSubstr("--http"));
  EXPECT_THAT(refused({"--webhook", "only", "--http", "0.0.0.0:0"}),
              AllOf(HasSubstr("http.listen"), HasSubstr("secret")));
  EXPECT_THAT(refused({"--webhook", "hint", "--http", "127.0.0.1:0"}),
              HasSubstr("--endpoint"));
  EXPECT_THAT(refused({"--webhook", "only", "--http", "127.0.0.1:0",
                       "--endpoint", "http://127.0.0.1:1"}),
              HasSubstr("source.endpoint"));
  EXPECT_THAT(refused({"--webhook", "maybe", "--http", "127.0.0.1:0"}),
              HasSubstr("--webhook"));
}

} // namespace

} // namespace pumpscope::test

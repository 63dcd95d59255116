// Transactions that the only stream omits, found by chains of reserves and
// fetched by JSON-RPC, with real processes.

#include "tests/cli/cli_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <set>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Where every simulated chain begins.
constexpr auto first_slot = "450000000";

std::vector<std::string> split(const std::string& text, char at) {
  auto result = std::vector<std::string>{};
  auto in = std::istringstream{text};
  for (auto part = std::string{}; std::getline(in, part, at);)
    result.push_back(part);
  return result;
}

/// The rows of a dump of trades, without its header.
std::vector<std::string> rows_of(const std::string& dump) {
  auto result = split(dump, '\n');
  result.erase(result.begin());
  return result;
}

/// Names the venue of a trade: there is one curve and one pool of a coin here.
std::string venue_of(const std::string& row) {
  auto columns = split(row, ',');
  return columns.at(5) + " " + columns.at(8);
}

/// The place of a trade on the chain; slots here have the same number of
/// digits.
std::vector<uint64_t> place_of(const std::string& row) {
  auto columns = split(row, ',');
  return {std::stoull(columns.at(0)), std::stoull(columns.at(1)),
          std::stoull(columns.at(2))};
}

class reserve_breaks : public cli {
protected:
  /// The chain: of its omissions all lie between trades of their venue that are
  /// told, so that chains of reserves show each.
  std::vector<std::string> chain() const {
    return {"--seed",    seed_, "--rate",       "1000",
            "--slots",   "40",  "--start-time", "1790000000",
            "--wallets", "200", "--tokens",     "20"};
  }

  /// Serves the chain as a stream that omits transactions, and whole blocks.
  void serve() {
    auto arguments = std::vector<std::string>{
      "simulate",    "--listen", "127.0.0.1:0", "--rpc-listen",
      "127.0.0.1:0", "--linger", "--faults",    "omit=0.003"};
    for (auto& x : chain())
      arguments.push_back(x);
    server_.emplace(arguments, folder_.path());
    auto line = server_->wait_for_line("JSON-RPC at ");
    rpc_ = line.substr(line.find("http://"));
    line = server_->wait_for_line("market at ");
    stream_ = line.substr(line.find("http://"));
  }

  /// Records and replays the chain as it is.
  void make_truth() {
    auto arguments = std::vector<std::string>{"simulate", "--record",
                                              "clean.geyser"};
    for (auto& x : chain())
      arguments.push_back(x);
    must(arguments);
    must({"replay", "clean.geyser", "--store", "sqlite:clean.db"});
  }

  std::string dump(const std::string& kind, const std::string& store) {
    return must({"dump", kind, "--store", "sqlite:" + store}).out;
  }

  /// Waits until a node has told nothing new for some seconds, and no gap is
  /// open.
  void await_rest(program& node, const std::string& store) {
    auto before = std::string{"nothing"};
    for (auto i = 0; i < 60; ++i) {
      node.wait_for_line("no such line", std::chrono::seconds{3});
      auto now = dump("trades", store);
      auto open = must({"gaps", "list", "--store", "sqlite:" + store}).out;
      if (now == before && open.empty())
        return;
      before = now;
    }
    FAIL() << "the node does not come to rest";
  }

  std::string seed_ = "9";
  std::optional<program> server_;
  std::string rpc_;
  std::string stream_;
};

TEST_F(reserve_breaks, are_healed_by_the_blocks_that_explain_them) {
  serve();
  make_truth();
  auto node = program{{"run", "--store", "sqlite:node.db", "--endpoint",
                       stream_, "--from-slot", first_slot, "--rpc", rpc_,
                       "--rpc-rate", "1000", "--backoff-max", "1s"},
                      folder_.path()};
  node.wait_for_line("trades=");
  await_rest(node, "node.db");
  node.signal(SIGTERM);
  auto ended = node.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;

  auto all = must({"gaps", "list", "--all", "--store", "sqlite:node.db"}).out;
  EXPECT_THAT(all, AllOf(HasSubstr("\"reason\":\"reserve_break\""),
                         Not(HasSubstr("\"filled\":false"))));
  EXPECT_THAT(must({"verify", "--store", "sqlite:node.db", "--json"}).out,
              AllOf(HasSubstr("\"mismatches\":0"),
                    HasSubstr("\"reserve_breaks\":0"),
                    HasSubstr("\"gaps_open\":0")));
  // Nothing is missing that a chain could show: between two trades of a venue.
  auto mine = rows_of(dump("trades", "node.db"));
  auto truth = rows_of(dump("trades", "clean.db"));
  auto told = std::set<std::string>{mine.begin(), mine.end()};
  auto spans
    = std::map<std::string,
               std::pair<std::vector<uint64_t>, std::vector<uint64_t>>>{};
  for (auto& row : mine) {
    auto& span = spans[venue_of(row)];
    if (span.first.empty())
      span.first = place_of(row);
    span.second = place_of(row);
  }
  auto missing = 0;
  for (auto& row : truth) {
    if (told.erase(row) == 1)
      continue;
    ++missing;
    auto& span = spans[venue_of(row)];
    EXPECT_FALSE(span.first < place_of(row) && place_of(row) < span.second)
      << row;
  }
  EXPECT_THAT(told, IsEmpty());
  ASSERT_EQ(missing, 0);
  for (auto* kind : {"trades", "positions", "wallets", "candles"})
    EXPECT_EQ(dump(kind, "node.db"), dump(kind, "clean.db")) << kind;
}

TEST_F(reserve_breaks, stay_open_and_visible_without_blocks) {
  serve();
  auto options = std::vector<std::string>{
    "run",         "--store",  "sqlite:node.db", "--endpoint", stream_,
    "--from-slot", first_slot, "--backoff-max",  "1s"};
  auto node = std::optional<program>{std::in_place, options, folder_.path()};
  node->wait_for_line("trades=");
  // The chain takes 16 s.
  auto line = node->wait_for_line("trades=");
  EXPECT_THAT(line, AllOf(HasSubstr("reserve_breaks="),
                          Not(HasSubstr("reserve_breaks=0")),
                          Not(HasSubstr("open_gaps=0"))));
  node->signal(SIGTERM);
  EXPECT_EQ(node->wait().code, 0);
  auto before = must({"gaps", "list", "--store", "sqlite:node.db"}).out;
  EXPECT_THAT(before, HasSubstr("\"reason\":\"reserve_break\""));

  auto filled = must({"gaps", "fill", "--store", "sqlite:node.db", "--rpc",
                      rpc_, "--rpc-rate", "1000", "--json"});

  EXPECT_THAT(filled.out, AllOf(HasSubstr("\"gaps_open\":0"),
                                Not(HasSubstr("\"trades\":0,"))));
  EXPECT_THAT(must({"gaps", "list", "--store", "sqlite:node.db"}).out,
              IsEmpty());
  EXPECT_THAT(
    must({"verify", "--store", "sqlite:node.db", "--json"}).out,
    AllOf(HasSubstr("\"mismatches\":0"), HasSubstr("\"reserve_breaks\":0")));
}

} // namespace

} // namespace pumpscope::test

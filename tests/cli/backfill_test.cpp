// Missing blocks fetched by JSON-RPC, with real processes: the simulator
// answers for the chain as it really is, whatever became of its stream.

#include "domain/geyser_walk.hpp"
#include "tests/cli/cli_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>

namespace pumpscope::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What of a recording is kept: told slot and kind of an update.
using update_filter
  = std::function<bool(uint64_t slot, domain::update_kind kind)>;

uint64_t slot_of(const domain::update_view& x) {
  switch (x.kind) {
    case domain::update_kind::slot:
      return x.slot.slot;
    case domain::update_kind::block_meta:
      return x.block_meta.slot;
    case domain::update_kind::transaction:
      return x.transaction.slot;
    default:
      return 0;
  }
}

/// The slot of the first row of a dump of trades; empty without one.
std::string first_slot(const std::string& dump) {
  auto begin = dump.find('\n') + 1;
  return dump.substr(begin, dump.find(',', begin) - begin);
}

/// The rows of a dump of trades from a slot on. Slots of one chain here have
/// the same number of digits.
std::string rows_from(const std::string& dump, const std::string& slot) {
  auto begin = dump.find('\n') + 1;
  while (begin < dump.size() && dump.compare(begin, slot.size(), slot) < 0)
    begin = dump.find('\n', begin) + 1;
  return dump.substr(begin);
}

/// Copies the updates of a recording that the filter keeps; returns its first
/// and its last slot.
std::pair<uint64_t, uint64_t> copy_recording(const std::filesystem::path& from,
                                             const std::filesystem::path& to,
                                             const update_filter& keep) {
  auto bytes = read_text(from);
  auto out = std::ofstream{to, std::ios::binary};
  auto view = std::make_unique<domain::update_view>();
  auto first = ~uint64_t{0};
  auto last = uint64_t{0};
  for (size_t at = 0; at < bytes.size();) {
    auto begin = at;
    auto size = uint64_t{0};
    for (auto shift = 0;; shift += 7) {
      auto byte = static_cast<uint8_t>(bytes.at(at++));
      size |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        break;
    }
    auto update = std::span{reinterpret_cast<const uint8_t*>(&bytes.at(at)),
                            static_cast<size_t>(size)};
    EXPECT_TRUE(walk_update(update, *view).has_value());
    at += size;
    auto slot = slot_of(*view);
    if (slot != 0) {
      first = std::min(first, slot);
      last = std::max(last, slot);
    }
    if (keep(slot, view->kind))
      out.write(&bytes[begin], static_cast<std::streamsize>(at - begin));
  }
  return {first, last};
}

class backfill : public cli {
protected:
  /// Starts a simulator that serves the stream and JSON-RPC.
  void serve(const std::vector<std::string>& more = {}) {
    auto arguments = std::vector<std::string>{
      "simulate", "--listen",  "127.0.0.1:0", "--rpc-listen", "127.0.0.1:0",
      "--linger", "--wallets", "200",         "--tokens",     "20"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(arguments, folder_.path());
    auto line = server_->wait_for_line("JSON-RPC at ");
    rpc_ = line.substr(line.find("http://"));
    line = server_->wait_for_line("market at ");
    stream_ = line.substr(line.find("http://"));
  }

  /// Records some of the stream; the chain stands still behind it.
  void record_some(const std::string& name) {
    serve({"--rate", "0", "--trades", "100000"});
    must({"record", "--endpoint", stream_, "-o", name, "--updates", "6000"});
  }

  /// All dumps of a store in one text.
  std::string dumps(const std::string& store) {
    auto result = std::string{};
    for (const auto* kind : {"positions", "candles", "trades", "leaderboard"})
      result += must({"dump", kind, "--store", store}).out;
    return result;
  }

  std::optional<program> server_;
  std::string rpc_;
  std::string stream_;
};

TEST_F(backfill, fills_the_gaps_of_a_store) {
  record_some("whole.geyser");
  auto [first, last] = copy_recording(file("whole.geyser"), file("copy.geyser"),
                                      [](auto, auto) { return true; });
  ASSERT_GT(last - first, 12U);
  // A few slots are gone without a trace, and of another the meta.
  auto from = first + 4;
  copy_recording(file("whole.geyser"), file("torn.geyser"),
                 [&](uint64_t slot, domain::update_kind kind) {
                   if (slot == from + 6)
                     return kind != domain::update_kind::block_meta;
                   return slot < from || slot > from + 3;
                 });
  must({"replay", "whole.geyser", "--store", "sqlite:whole.db"});
  must({"replay", "torn.geyser", "--store", "sqlite:torn.db"});
  ASSERT_THAT(must({"gaps", "list", "--store", "sqlite:torn.db"}).out,
              HasSubstr("\"filled\":false"));
  ASSERT_NE(dumps("sqlite:torn.db"), dumps("sqlite:whole.db"));

  auto filled = must({"gaps", "fill", "--store", "sqlite:torn.db", "--rpc",
                      rpc_, "--rpc-rate", "1000", "--json"});

  EXPECT_THAT(filled.out, AllOf(HasSubstr("\"gaps_open\":0"),
                                Not(HasSubstr("\"trades\":0,"))));
  EXPECT_THAT(must({"gaps", "list", "--store", "sqlite:torn.db"}).out,
              IsEmpty());
  EXPECT_EQ(dumps("sqlite:torn.db"), dumps("sqlite:whole.db"));
  EXPECT_THAT(must({"verify", "--store", "sqlite:torn.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
  // Nothing is left to do.
  filled = must({"gaps", "fill", "--store", "sqlite:torn.db", "--rpc", rpc_});
  EXPECT_THAT(filled.out, HasSubstr("0 of 0 gaps"));
}

TEST_F(backfill, gets_through_to_a_server_in_trouble) {
  serve({"--rate", "0", "--trades", "100000", "--rpc-errors", "0.3"});
  must({"record", "--endpoint", stream_, "-o", "whole.geyser", "--updates",
        "6000"});
  auto first
    = copy_recording(file("whole.geyser"), file("copy.geyser"), [](auto, auto) {
        return true;
      }).first;
  copy_recording(
    file("whole.geyser"), file("torn.geyser"),
    [&](uint64_t slot, auto) { return slot < first + 3 || slot > first + 12; });
  must({"replay", "whole.geyser", "--store", "sqlite:whole.db"});
  must({"replay", "torn.geyser", "--store", "sqlite:torn.db"});

  auto filled = must({"gaps", "fill", "--store", "sqlite:torn.db", "--rpc",
                      rpc_, "--rpc-rate", "1000", "--json"});

  EXPECT_THAT(filled.out, Not(HasSubstr("\"retries\":0,")));
  EXPECT_EQ(dumps("sqlite:torn.db"), dumps("sqlite:whole.db"));
}

TEST_F(backfill, gaps_stay_open_when_the_server_cannot_be_reached) {
  record_some("whole.geyser");
  auto first
    = copy_recording(file("whole.geyser"), file("copy.geyser"), [](auto, auto) {
        return true;
      }).first;
  copy_recording(file("whole.geyser"), file("torn.geyser"),
                 [&](uint64_t slot, auto) {
                   return slot != first + 5 && slot != first + 6;
                 });
  must({"replay", "torn.geyser", "--store", "sqlite:torn.db"});
  auto before = must({"gaps", "list", "--store", "sqlite:torn.db"}).out;
  ASSERT_THAT(before, HasSubstr("\"filled\":false"));

  auto filled = run({"gaps", "fill", "--store", "sqlite:torn.db", "--rpc",
                     "http://127.0.0.1:1/secretkey", "--json"});

  EXPECT_EQ(filled.code, 1);
  EXPECT_THAT(filled.err, AllOf(HasSubstr("gaps are still open"),
                                HasSubstr("http://127.0.0.1:1"),
                                Not(HasSubstr("secretkey"))));
  EXPECT_THAT(filled.out, Not(HasSubstr("secretkey")));
  EXPECT_EQ(must({"gaps", "list", "--store", "sqlite:torn.db"}).out, before);
}

TEST_F(backfill, a_node_fetches_what_it_missed_while_it_was_down) {
  // No stream goes back more than 8 slots of 0.4 s.
  serve({"--rate", "300", "--slots", "90", "--faults", "out_of_range"});
  auto always
    = program{{"run", "--store", "sqlite:always.db", "--endpoint", stream_},
              folder_.path()};
  auto sometimes = std::vector<std::string>{
    "run",        "--store", "sqlite:sometimes.db", "--endpoint", stream_,
    "--gap-wait", "2s"};
  auto before = std::optional<program>{std::in_place, sometimes,
                                       folder_.path()};
  before->wait_for_line("run: store");
  // The regular line comes every ten seconds.
  EXPECT_THAT(before->wait_for_line("trades="), HasSubstr("slot="));
  before->signal(SIGTERM);
  EXPECT_EQ(before->wait().code, 0);
  always.wait_for_line("trades=");
  always.wait_for_line("trades=");

  sometimes.insert(sometimes.end(), {"--rpc", rpc_, "--rpc-rate", "1000"});
  auto after = program{sometimes, folder_.path()};
  EXPECT_THAT(after.wait_for_line("run: store"), HasSubstr(rpc_));
  auto all = [this](const std::string& store) {
    return must({"dump", "trades", "--store", store}).out;
  };
  // The chain ends by itself; both nodes come to rest behind it. They did not
  // subscribe at the same moment: what both have begins with the later one.
  auto equal = false;
  for (auto i = 0; i < 50 && !equal; ++i) {
    after.wait_for_line("open_gaps=0", std::chrono::seconds{1});
    auto first = all("sqlite:always.db");
    auto second = all("sqlite:sometimes.db");
    after.wait_for_line("open_gaps=0", std::chrono::seconds{1});
    auto common = std::max(first_slot(first), first_slot(second));
    equal = !common.empty()
            && rows_from(first, common) == rows_from(second, common)
            && first == all("sqlite:always.db");
  }
  EXPECT_TRUE(equal);
  after.signal(SIGTERM);
  always.signal(SIGTERM);
  auto ended = after.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(always.wait().code, 0);

  EXPECT_THAT(must({"gaps", "list", "--store", "sqlite:sometimes.db"}).out,
              IsEmpty());
  // The states follow from the trades.
  EXPECT_THAT(must({"verify", "--store", "sqlite:sometimes.db", "--json"}).out,
              HasSubstr("\"mismatches\":0"));
}

TEST_F(backfill, tells_what_a_wrong_usage_lacks) {
  auto without = run({"gaps", "fill", "--store", "sqlite:none.db"});
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err, HasSubstr("--rpc"));

  auto over_http = run({"gaps", "fill", "--rpc", "http://192.0.2.1/?k=secret"});
  EXPECT_EQ(over_http.code, 2);
  EXPECT_THAT(over_http.err,
              AllOf(HasSubstr("source.rpc"), Not(HasSubstr("secret"))));

  auto alone = run({"simulate", "--rpc-listen", "127.0.0.1:0", "--record",
                    "a.geyser", "--slots", "1"});
  EXPECT_EQ(alone.code, 2);
  EXPECT_THAT(alone.err, HasSubstr("--listen"));
}

} // namespace

} // namespace pumpscope::test

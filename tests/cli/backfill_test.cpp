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

/// The slot of the row of a dump of trades that begins at `begin`.
std::string slot_at(const std::string& dump, size_t begin) {
  return dump.substr(begin, dump.find(',', begin) - begin);
}

/// The slots of the first and the last row; empty without one.
std::pair<std::string, std::string> slots_of(const std::string& dump) {
  auto last = dump.size() < 2 ? 0 : dump.rfind('\n', dump.size() - 2) + 1;
  return {slot_at(dump, dump.find('\n') + 1), slot_at(dump, last)};
}

/// The rows of a dump of trades with `from <= slot < to`. Slots of one chain
/// here have the same number of digits.
std::string rows_between(const std::string& dump, const std::string& from,
                         const std::string& to) {
  auto seek = [&dump](size_t at, const std::string& slot) {
    while (at < dump.size() && dump.compare(at, slot.size(), slot) < 0)
      at = dump.find('\n', at) + 1;
    return at;
  };
  auto begin = seek(dump.find('\n') + 1, from);
  return dump.substr(begin, seek(begin, to) - begin);
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
    auto arguments = std::vector<std::string>{"simulate",    "--listen",
                                              "127.0.0.1:0", "--rpc-listen",
                                              "127.0.0.1:0", "--linger"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    server_.emplace(arguments, folder_.path());
    auto line = server_->wait_for_line("JSON-RPC at ");
    rpc_ = line.substr(line.find("http://"));
    line = server_->wait_for_line("market at ");
    stream_ = line.substr(line.find("http://"));
  }

  /// Records some of the stream; the chain stands still behind it.
  void record_some(const std::string& name) {
    serve({"--rate", "0", "--trades", "100000", "--wallets", "200", "--tokens",
           "20"});
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
  serve({"--rate", "0", "--trades", "100000", "--wallets", "200", "--tokens",
         "20", "--rpc-errors", "0.3"});
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
  auto chain = std::vector<std::string>{
    "--rate",    "60",  "--slots",  "500", "--seed",       "7",
    "--wallets", "200", "--tokens", "20",  "--start-time", "1790000000"};
  auto recorded = std::vector<std::string>{"simulate", "--record", "a.geyser"};
  recorded.insert(recorded.end(), chain.begin(), chain.end());
  must(recorded);
  must({"replay", "a.geyser", "--store", "sqlite:truth.db"});
  auto truth = must({"dump", "trades", "--store", "sqlite:truth.db"}).out;
  // No stream goes back more than 8 slots of 0.4 s.
  chain.insert(chain.end(), {"--faults", "out_of_range"});
  serve(chain);
  auto node = std::vector<std::string>{
    "run", "--store", "sqlite:b.db", "--endpoint", stream_, "--gap-wait", "2s"};
  auto before = std::optional<program>{std::in_place, node, folder_.path()};
  // The regular line comes every ten seconds.
  EXPECT_THAT(before->wait_for_line("trades="), HasSubstr("slot="));
  before->signal(SIGTERM);
  EXPECT_EQ(before->wait().code, 0);
  auto stored = [this] {
    return must({"dump", "trades", "--store", "sqlite:b.db"}).out;
  };
  auto left_at = std::stoull(slots_of(stored()).second);
  // Ten seconds of the chain pass.
  must({"record", "--endpoint", stream_, "-o", "meanwhile.geyser", "--updates",
        "600"});
  auto back_at = copy_recording(file("meanwhile.geyser"), file("copy.geyser"),
                                [](auto, auto) { return true; })
                   .second;
  ASSERT_GT(back_at, left_at + 8);

  node.insert(node.end(), {"--rpc", rpc_, "--rpc-rate", "1000"});
  auto after = program{node, folder_.path()};
  EXPECT_THAT(after.wait_for_line("run: store"), HasSubstr(rpc_));
  // The stream began within the first slot, and the last one may not be
  // journaled to its end.
  auto equal = false;
  for (auto i = 0; i < 60 && !equal; ++i) {
    after.wait_for_line("run: ended", std::chrono::seconds{1});
    auto rows = stored();
    auto [first, last] = slots_of(rows);
    auto second = std::to_string(std::stoull(first) + 1);
    equal = std::stoull(last) > back_at + 5
            && rows_between(rows, second, last)
                 == rows_between(truth, second, last);
  }
  EXPECT_TRUE(equal);
  after.signal(SIGTERM);
  auto ended = after.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;

  EXPECT_THAT(must({"gaps", "list", "--store", "sqlite:b.db"}).out, IsEmpty());
  // The states follow from the trades.
  EXPECT_THAT(must({"verify", "--store", "sqlite:b.db", "--json"}).out,
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

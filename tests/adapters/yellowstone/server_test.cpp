// The simulated server, asked by a client of generated protobuf code.

#include "adapters/simulator/broadcast_log.hpp"
#include "domain/base58.hpp"
#include "tests/adapters/yellowstone/running_simulator.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <geyser.grpc.pb.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace pumpscope::yellowstone {

namespace {

using stream_pointer = std::unique_ptr<
  grpc::ClientReaderWriter<geyser::SubscribeRequest, geyser::SubscribeUpdate>>;

simulator::simulate_settings small_chain() {
  auto result = simulator::simulate_settings{};
  result.rate = 0;
  result.generator.market.wallets = 200;
  result.generator.market.tokens = 40;
  result.generator.chain.transactions_per_slot = 10;
  result.generator.chain.slots = 45;
  result.linger = true;
  return result;
}

/// One stream on a channel of its own.
struct typed_client {
  explicit typed_client(const running_simulator& server) {
    auto arguments = grpc::ChannelArguments{};
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub = geyser::Geyser::NewStub(grpc::CreateCustomChannel(
      server.address(), grpc::InsecureChannelCredentials(), arguments));
  }

  void subscribe(const geyser::SubscribeRequest& request) {
    context = std::make_unique<grpc::ClientContext>();
    stream = stub->Subscribe(context.get());
    stream->Write(request);
  }

  /// Reads until `last` says so or the stream ends.
  std::vector<geyser::SubscribeUpdate>
  read_until(const std::function<bool(const geyser::SubscribeUpdate&)>& last) {
    auto result = std::vector<geyser::SubscribeUpdate>{};
    auto update = geyser::SubscribeUpdate{};
    while (stream->Read(&update)) {
      result.push_back(update);
      if (last(update))
        break;
    }
    return result;
  }

  grpc::Status end() {
    context->TryCancel();
    return stream->Finish();
  }

  std::unique_ptr<geyser::Geyser::Stub> stub = {};
  std::unique_ptr<grpc::ClientContext> context = {};
  stream_pointer stream = {};
};

geyser::SubscribeRequest everything() {
  auto result = geyser::SubscribeRequest{};
  (*result.mutable_transactions())["all"];
  (*result.mutable_slots())["slots"].set_interslot_updates(true);
  (*result.mutable_blocks_meta())["metas"];
  return result;
}

/// The last status of the small chain: 45 slots and the 4 behind them.
std::function<bool(const geyser::SubscribeUpdate&)> whole_chain() {
  return [finalized = 0](const geyser::SubscribeUpdate& x) mutable {
    finalized += x.slot().status() == geyser::SLOT_FINALIZED ? 1 : 0;
    return finalized == 49;
  };
}

} // namespace

TEST(server, holds_transactions_back_until_their_slot_is_confirmed) {
  auto server = running_simulator{small_chain()};
  auto sut = typed_client{server};
  auto request = everything();
  request.set_commitment(geyser::CONFIRMED);
  sut.subscribe(request);
  auto updates = sut.read_until(whole_chain());
  auto processed = typed_client{server};
  request.set_commitment(geyser::PROCESSED);
  request.set_from_slot(simulator::chain_settings{}.first_slot);
  processed.subscribe(request);
  auto at_once = processed.read_until(whole_chain());
  auto newest_meta = uint64_t{0};
  auto held = 0;
  auto signatures = std::multiset<std::string>{};
  for (const auto& x : updates) {
    if (x.has_block_meta())
      newest_meta = x.block_meta().slot();
    if (!x.has_transaction())
      continue;
    signatures.insert(x.transaction().transaction().signature());
    // Everything of a slot comes together, in order.
    EXPECT_GT(x.transaction().slot(), newest_meta);
    ++held;
  }
  EXPECT_GT(held, 200);
  auto all = std::multiset<std::string>{};
  for (const auto& x : at_once)
    if (x.has_transaction())
      all.insert(x.transaction().transaction().signature());
  EXPECT_EQ(signatures, all);
  // The confirmed status follows its contents.
  auto confirmed = std::set<uint64_t>{};
  for (const auto& x : updates) {
    if (x.slot().status() == geyser::SLOT_CONFIRMED)
      confirmed.insert(x.slot().slot());
    if (x.has_block_meta()) {
      EXPECT_FALSE(confirmed.contains(x.block_meta().slot()));
    }
  }
}

TEST(server, honours_the_filters_of_transactions) {
  auto server = running_simulator{small_chain()};
  auto sut = typed_client{server};
  sut.subscribe(everything());
  auto all = sut.read_until(whole_chain());
  // The wallet with the most transactions.
  auto payers = std::map<std::string, int>{};
  auto failed = 0;
  for (const auto& x : all)
    if (x.has_transaction()) {
      const auto& info = x.transaction().transaction();
      ++payers[info.transaction().message().account_keys(0)];
      failed += info.meta().has_err() ? 1 : 0;
    }
  auto busiest = std::max_element(
    payers.begin(), payers.end(),
    [](const auto& a, const auto& b) { return a.second < b.second; });
  auto key = domain::pubkey{};
  std::copy(busiest->first.begin(), busiest->first.end(), key.bytes.begin());
  auto request = geyser::SubscribeRequest{};
  auto& wallet = (*request.mutable_transactions())["wallet"];
  wallet.add_account_include(domain::to_string(key));
  auto& errors = (*request.mutable_transactions())["errors"];
  errors.set_failed(true);
  auto& votes = (*request.mutable_transactions())["votes"];
  votes.set_vote(true);
  (*request.mutable_slots())["slots"];
  request.set_from_slot(simulator::chain_settings{}.first_slot);
  auto filtered = typed_client{server};
  filtered.subscribe(request);
  auto by_key = std::map<std::string, int>{};
  for (const auto& x : filtered.read_until(whole_chain())) {
    ASSERT_FALSE(x.has_block_meta());
    // Without interslot_updates only the three levels are told.
    ASSERT_LE(x.slot().status(), geyser::SLOT_FINALIZED);
    if (!x.has_transaction())
      continue;
    for (const auto& name : x.filters())
      ++by_key[name];
    const auto& info = x.transaction().transaction();
    auto names = std::set<std::string>{x.filters().begin(), x.filters().end()};
    EXPECT_EQ(names.contains("errors"), info.meta().has_err());
  }
  EXPECT_GE(by_key["wallet"], busiest->second);
  EXPECT_EQ(by_key["errors"], failed);
  EXPECT_EQ(by_key["votes"], 0);
  EXPECT_GT(failed, 0);
}

TEST(server, refuses_what_it_cannot_serve) {
  auto server = running_simulator{small_chain()};
  auto refused = [&](const geyser::SubscribeRequest& request) {
    auto sut = typed_client{server};
    sut.subscribe(request);
    auto update = geyser::SubscribeUpdate{};
    while (sut.stream->Read(&update)) {
    }
    return sut.stream->Finish().error_code();
  };
  auto request = geyser::SubscribeRequest{};
  (*request.mutable_accounts())["accounts"];
  EXPECT_EQ(refused(request), grpc::StatusCode::INVALID_ARGUMENT);
  request = everything();
  (*request.mutable_transactions())["all"].add_account_include("not a key");
  EXPECT_EQ(refused(request), grpc::StatusCode::INVALID_ARGUMENT);
  request = everything();
  (*request.mutable_slots())[std::string(200, 'x')];
  EXPECT_EQ(refused(request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(server, limits_its_clients) {
  auto settings = small_chain();
  settings.clients_max = 1;
  auto server = running_simulator{settings};
  auto first = typed_client{server};
  first.subscribe(everything());
  auto update = geyser::SubscribeUpdate{};
  ASSERT_TRUE(first.stream->Read(&update));
  auto second = typed_client{server};
  second.subscribe(everything());
  EXPECT_FALSE(second.stream->Read(&update));
  EXPECT_EQ(second.stream->Finish().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  first.end();
}

TEST(server, ends_a_client_that_falls_out_of_the_window) {
  auto log = simulator::broadcast_log{4, size_t{1} << 20};
  auto settings = small_chain().generator;
  auto source = simulator::generator{settings};
  auto update = simulator::generated_update{};
  auto place = log.live();
  auto pulled = std::vector<simulator::broadcast_message_ptr>{};
  ASSERT_EQ(log.pull(place, 10, pulled, [] {}),
            simulator::broadcast_log::state::waiting);
  while (source.next(update))
    log.append(update);
  EXPECT_EQ(log.pull(place, 10, pulled, [] {}),
            simulator::broadcast_log::state::lagged);
  // What is in the window is at most what was asked for.
  auto first = log.first_available();
  ASSERT_TRUE(first);
  auto replay = log.replay(*first);
  EXPECT_EQ(log.pull(replay, 10'000, pulled, [] {}),
            simulator::broadcast_log::state::ready);
  auto slots = std::set<uint64_t>{};
  for (const auto& x : pulled)
    if (x->kind == simulator::update_kind::block_meta)
      slots.insert(x->slot);
  EXPECT_EQ(slots.size(), 4U);
}

TEST(simulate, names_an_address_that_is_in_use) {
  auto server = running_simulator{small_chain()};
  auto settings = small_chain();
  settings.listen = server.address();
  auto second = simulator::simulate(settings, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find(server.address()), std::string::npos);
}

TEST(simulate, names_a_file_that_cannot_be_written) {
  auto settings = small_chain();
  settings.record_file = "/nowhere/at/all.geyser";
  auto failed = simulator::simulate(settings, {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().find("/nowhere/at/all.geyser"), std::string::npos);
}

TEST(simulate, tells_that_the_disk_is_full) {
  auto settings = small_chain();
  settings.record_file = "/dev/full";
  auto failed = simulator::simulate(settings, {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().find("/dev/full: No space left"), std::string::npos);
}

TEST(simulate, records_what_the_generator_makes) {
  auto path = std::filesystem::temp_directory_path()
              / ("pumpscope-simulate-" + std::to_string(getpid()) + ".geyser");
  auto settings = small_chain();
  settings.record_file = path.string();
  auto summary = simulator::simulate(settings, {});
  ASSERT_TRUE(summary) << summary.error();
  auto source = simulator::generator{settings.generator};
  auto update = simulator::generated_update{};
  auto expected = std::string{};
  auto updates = uint64_t{0};
  while (source.next(update)) {
    auto prefix
      = simulator::filters_prefix(simulator::default_filter_key(update.kind));
    auto length = prefix.size() + update.body.size();
    for (; length >= 0x80; length >>= 7)
      expected += static_cast<char>(length | 0x80);
    expected += static_cast<char>(length);
    expected += prefix;
    expected += update.body;
    ++updates;
  }
  EXPECT_EQ(summary->updates, updates);
  EXPECT_EQ(summary->truth, source.truth_json());
  EXPECT_EQ(std::filesystem::file_size(path), expected.size());
  auto* file = fopen(path.c_str(), "rb");
  ASSERT_NE(file, nullptr);
  auto written = std::string(expected.size(), '\0');
  EXPECT_EQ(fread(written.data(), 1, written.size(), file), written.size());
  fclose(file);
  EXPECT_TRUE(written == expected);
  std::filesystem::remove(path);
}

} // namespace pumpscope::yellowstone

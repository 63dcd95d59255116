#include "adapters/yellowstone/client.hpp"

#include "tests/adapters/yellowstone/running_simulator.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <geyser.grpc.pb.h>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pumpscope::yellowstone {

using namespace std::chrono_literals;
using domain::errc;

namespace {

simulator::simulate_settings fast_chain() {
  auto result = simulator::simulate_settings{};
  result.rate = 0;
  result.generator.market.wallets = 200;
  result.generator.market.tokens = 40;
  result.generator.chain.transactions_per_slot = 10;
  result.generator.chain.slots = 60;
  result.linger = true;
  return result;
}

client_settings settings_of(const running_simulator& server) {
  auto result = client_settings{};
  result.endpoint = server.endpoint();
  return result;
}

/// What a client has seen of a stream.
struct seen {
  void add(const update_batch& batch) {
    for (size_t i = 0; i < batch.size(); ++i) {
      auto update = geyser::SubscribeUpdate{};
      ASSERT_TRUE(update.ParseFromArray(batch[i].data(),
                                        static_cast<int>(batch[i].size())));
      ASSERT_EQ(update.filters_size(), 1);
      ASSERT_FALSE(update.has_ping());
      ASSERT_FALSE(update.has_pong());
      if (update.has_transaction()) {
        ASSERT_FALSE(update.transaction().transaction().meta().has_err());
        ++transactions;
        slots.insert(update.transaction().slot());
        signatures.insert(update.transaction().transaction().signature());
      } else if (update.has_slot()) {
        ++statuses;
        slots.insert(update.slot().slot());
        if (update.slot().status() == geyser::SLOT_FINALIZED)
          finalized = std::max(finalized, update.slot().slot());
      } else if (update.has_block_meta()) {
        ++metas;
        slots.insert(update.block_meta().slot());
      }
    }
  }

  size_t transactions = 0;
  size_t statuses = 0;
  size_t metas = 0;
  uint64_t finalized = 0;
  std::set<uint64_t> slots = {};
  std::set<std::string> signatures = {};
};

/// Reads until so many slots are finalized or the stream ends.
std::optional<stream_error> read_until(client& sut, seen& all, size_t metas) {
  auto batch = update_batch{};
  while (all.metas < metas) {
    auto done = sut.read(batch);
    if (!done)
      return done.error();
    all.add(batch);
  }
  return std::nullopt;
}

/// Reads until the last slot of a `fast_chain` is final.
std::optional<stream_error> read_all(client& sut, seen& all) {
  auto batch = update_batch{};
  // The newest slots become final at the end of the chain only.
  while (all.finalized == 0 || *all.slots.rbegin() != all.finalized) {
    auto done = sut.read(batch);
    if (!done)
      return done.error();
    all.add(batch);
  }
  return std::nullopt;
}

/// A server that does what the test says and notes what it was sent.
class scripted_server : public geyser::Geyser::Service {
public:
  scripted_server() {
    auto builder = grpc::ServerBuilder{};
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  ~scripted_server() override {
    server_->Shutdown(std::chrono::system_clock::now());
  }

  grpc::Status Subscribe(
    grpc::ServerContext*,
    grpc::ServerReaderWriter<geyser::SubscribeUpdate, geyser::SubscribeRequest>*
      stream) override {
    auto request = geyser::SubscribeRequest{};
    auto update = geyser::SubscribeUpdate{};
    stream->Read(&request);
    note(request);
    if (update_bytes != 0) {
      update.mutable_account()->mutable_account()->set_data(
        std::string(update_bytes, 'x'));
      stream->Write(update);
      return status;
    }
    update.mutable_ping();
    stream->Write(update);
    if (stream->Read(&request))
      note(request);
    update.mutable_pong()->set_id(1);
    stream->Write(update);
    update.mutable_slot()->set_slot(7);
    stream->Write(update);
    return status;
  }

  [[nodiscard]] std::string endpoint() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

  std::vector<geyser::SubscribeRequest> requests() {
    auto guard = std::lock_guard{mutex_};
    return requests_;
  }

  grpc::Status status = grpc::Status::OK;
  size_t update_bytes = 0;

private:
  void note(const geyser::SubscribeRequest& x) {
    auto guard = std::lock_guard{mutex_};
    requests_.push_back(x);
  }

  int port_ = 0;
  std::mutex mutex_;
  std::vector<geyser::SubscribeRequest> requests_ = {};
  std::unique_ptr<grpc::Server> server_ = {};
};

} // namespace

TEST(client, receives_every_update_of_the_chain) {
  auto server = running_simulator{fast_chain()};
  auto sut = client{settings_of(server)};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto all = seen{};
  ASSERT_FALSE(read_all(sut, all));
  auto served = server.stop();
  EXPECT_EQ(all.metas, 64U);
  EXPECT_EQ(all.signatures.size(), all.transactions);
  // Failed transactions are left out on request.
  EXPECT_LT(all.transactions, served.transactions);
  EXPECT_GT(all.transactions, served.transactions * 9 / 10);
  // Created, processed, confirmed and finalized of every slot.
  EXPECT_EQ(all.statuses, 4 * 64U);
}

TEST(client, keeps_its_batches_inside_their_bounds) {
  auto server = running_simulator{fast_chain()};
  auto settings = settings_of(server);
  settings.batch_updates_max = 7;
  settings.batch_bytes_max = 20'000;
  auto sut = client{settings};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto batch = update_batch{};
  auto total = size_t{0};
  while (total < 300) {
    ASSERT_TRUE(sut.read(batch));
    ASSERT_FALSE(batch.empty());
    ASSERT_LE(batch.size(), 7U);
    // Reading stops when the bound is reached: one update above at most.
    ASSERT_LE(batch.bytes() - batch[batch.size() - 1].size(), 20'000U);
    total += batch.size();
  }
}

TEST(client, resumes_from_a_slot_without_losing_any) {
  auto server = running_simulator{fast_chain()};
  auto sut = client{settings_of(server)};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto first = seen{};
  ASSERT_FALSE(read_until(sut, first, 20));
  auto resume = *first.slots.rbegin() - 5;
  ASSERT_TRUE(sut.open(resume));
  auto second = seen{};
  ASSERT_FALSE(read_all(sut, second));
  EXPECT_GE(*second.slots.begin(), resume);
  auto whole = client{settings_of(server)};
  ASSERT_TRUE(whole.open(simulator::chain_settings{}.first_slot));
  auto all = seen{};
  ASSERT_FALSE(read_all(whole, all));
  auto joined = first.signatures;
  joined.insert(second.signatures.begin(), second.signatures.end());
  EXPECT_EQ(joined, all.signatures);
}

TEST(client, says_from_where_the_server_can_replay) {
  auto settings = fast_chain();
  settings.window_slots = 10;
  auto server = running_simulator{settings};
  auto sut = client{settings_of(server)};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto all = seen{};
  ASSERT_FALSE(read_all(sut, all));
  // It was asked before it was subscribed to.
  auto refused = sut.open(settings.generator.chain.first_slot);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::source_out_of_range);
  ASSERT_TRUE(refused.error().available_from);
  // What the answer names is there.
  ASSERT_TRUE(sut.open(refused.error().available_from));
  auto rest = seen{};
  ASSERT_FALSE(read_until(sut, rest, 5));
  EXPECT_EQ(*rest.slots.begin(), *refused.error().available_from);
}

TEST(client, takes_the_refusal_of_a_server_that_does_not_tell_what_it_has) {
  auto server = scripted_server{};
  server.status = {grpc::StatusCode::INTERNAL,
                   "broadcast from 42 is not available, last available: 77"};
  auto settings = client_settings{};
  settings.endpoint = server.endpoint();
  auto sut = client{settings};
  // This server leaves SubscribeReplayInfo unimplemented.
  ASSERT_TRUE(sut.open(42));
  auto batch = update_batch{};
  ASSERT_TRUE(sut.read(batch));
  auto ended = sut.read(batch);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, errc::source_out_of_range);
  EXPECT_EQ(ended.error().available_from, 77U);
}

TEST(client, goes_on_where_a_server_that_refuses_replays_tells_it_to) {
  auto settings = fast_chain();
  settings.generator.faults.out_of_range = true;
  auto server = running_simulator{settings};
  auto sut = client{settings_of(server)};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto all = seen{};
  ASSERT_FALSE(read_all(sut, all));
  auto refused = sut.open(settings.generator.chain.first_slot);
  ASSERT_FALSE(refused);
  ASSERT_TRUE(refused.error().available_from);
  ASSERT_TRUE(sut.open(refused.error().available_from));
  auto rest = seen{};
  ASSERT_FALSE(read_until(sut, rest, 3));
  EXPECT_GE(*rest.slots.begin(), *refused.error().available_from);
}

TEST(client, is_refused_without_the_right_token) {
  auto settings = fast_chain();
  settings.x_token = "secret-for-tests";
  auto server = running_simulator{settings};
  auto options = settings_of(server);
  auto batch = update_batch{};
  for (const auto* token : {"", "wrong", "secret-for-testz"}) {
    options.x_token = token;
    auto sut = client{options};
    auto opened = sut.open(std::nullopt);
    auto error = opened ? sut.read(batch).error() : opened.error();
    EXPECT_EQ(error.code, errc::unauthorized) << error.what;
    EXPECT_EQ(error.what.find("secret"), std::string::npos);
  }
  options.x_token = settings.x_token;
  auto sut = client{options};
  ASSERT_TRUE(sut.open(std::nullopt));
  EXPECT_TRUE(sut.read(batch));
}

TEST(client, answers_pings_and_keeps_them_to_itself) {
  auto server = scripted_server{};
  auto settings = client_settings{};
  settings.endpoint = server.endpoint();
  auto sut = client{settings};
  ASSERT_TRUE(sut.open(42));
  auto batch = update_batch{};
  ASSERT_TRUE(sut.read(batch));
  ASSERT_EQ(batch.size(), 1U);
  auto update = geyser::SubscribeUpdate{};
  ASSERT_TRUE(
    update.ParseFromArray(batch[0].data(), static_cast<int>(batch[0].size())));
  EXPECT_EQ(update.slot().slot(), 7U);
  auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].from_slot(), 42U);
  EXPECT_TRUE(requests[1].has_ping());
  EXPECT_EQ(requests[1].transactions_size(), 0);
}

TEST(client, reports_the_end_of_a_stream_after_what_came_before_it) {
  auto server = scripted_server{};
  server.status = {grpc::StatusCode::UNAVAILABLE, "going down"};
  auto settings = client_settings{};
  settings.endpoint = server.endpoint();
  auto sut = client{settings};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto batch = update_batch{};
  ASSERT_TRUE(sut.read(batch));
  EXPECT_EQ(batch.size(), 1U);
  auto ended = sut.read(batch);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, errc::source_unavailable);
  EXPECT_NE(ended.error().what.find("going down"), std::string::npos);
  EXPECT_NE(ended.error().what.find(server.endpoint()), std::string::npos);
  // Until it is opened again there is nothing to read.
  EXPECT_FALSE(sut.read(batch));
}

TEST(client, refuses_messages_above_its_bound) {
  auto server = scripted_server{};
  server.update_bytes = 5'000;
  auto settings = client_settings{};
  settings.endpoint = server.endpoint();
  settings.message_bytes_max = 4'096;
  auto sut = client{settings};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto batch = update_batch{};
  auto ended = sut.read(batch);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, errc::limit_exceeded);
}

TEST(client, resumes_after_each_cut_connection) {
  auto settings = fast_chain();
  settings.rate = 600;
  settings.generator.chain.slots = 4;
  settings.wait_for_client = true;
  settings.generator.faults.cut = 300ms;
  auto server = running_simulator{settings};
  auto sut = client{settings_of(server)};
  auto all = seen{};
  auto cuts = 0;
  auto from = std::optional<uint64_t>{};
  auto batch = update_batch{};
  while (all.metas == 0 || *all.slots.rbegin() != all.finalized) {
    ASSERT_TRUE(sut.open(from));
    while (all.finalized == 0 || *all.slots.rbegin() != all.finalized) {
      auto done = sut.read(batch);
      if (!done) {
        ASSERT_EQ(done.error().code, errc::source_unavailable);
        ++cuts;
        break;
      }
      all.add(batch);
    }
    from = *all.slots.begin();
    ASSERT_LT(cuts, 100);
  }
  EXPECT_GT(cuts, 1);
  auto served = server.stop();
  EXPECT_GT(all.signatures.size(), served.transactions * 9 / 10);
  EXPECT_LE(all.signatures.size(), served.transactions);
}

TEST(client, ends_a_blocked_read_when_it_is_cancelled) {
  auto settings = fast_chain();
  settings.generator.chain.slots = 2;
  auto server = running_simulator{settings};
  auto sut = client{settings_of(server)};
  ASSERT_TRUE(sut.open(std::nullopt));
  auto reading = std::promise<void>{};
  auto canceller
    = std::jthread{[&sut, waiting = reading.get_future()]() mutable {
        waiting.wait();
        sut.cancel();
      }};
  auto batch = update_batch{};
  auto all = seen{};
  auto signalled = false;
  while (true) {
    // The chain is over and lingers: the last read has nothing to wait for.
    if (all.metas == 6 && !std::exchange(signalled, true))
      reading.set_value();
    auto done = sut.read(batch);
    if (!done) {
      EXPECT_EQ(done.error().code, errc::source_unavailable);
      EXPECT_NE(done.error().what.find("cancelled"), std::string::npos);
      break;
    }
    all.add(batch);
  }
  EXPECT_FALSE(sut.open(std::nullopt));
}

TEST(client, cannot_reach_a_closed_port) {
  auto endpoint = std::string{};
  {
    auto server = running_simulator{fast_chain()};
    endpoint = server.endpoint();
    server.stop();
  }
  auto settings = client_settings{};
  settings.endpoint = endpoint;
  auto sut = client{settings};
  auto opened = sut.open(std::nullopt);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::source_unavailable);
  EXPECT_NE(opened.error().what.find(endpoint), std::string::npos);
}

TEST(client, sends_no_token_in_the_clear) {
  auto settings = client_settings{};
  settings.x_token = "secret";
  settings.endpoint = "http://example.org:80";
  EXPECT_NE(problem_of(settings), "");
  settings.endpoint = "http://127.0.0.1.example.org:80";
  EXPECT_NE(problem_of(settings), "");
  EXPECT_EQ(client{settings}.open(std::nullopt).error().code,
            errc::invalid_config);
  for (const auto* allowed : {"https://example.org", "http://127.0.0.1:1",
                              "http://localhost:1", "http://[::1]:1"}) {
    settings.endpoint = allowed;
    EXPECT_EQ(problem_of(settings), "") << allowed;
  }
  settings.x_token = "line\nbreak";
  EXPECT_NE(problem_of(settings), "");
}

TEST(client, refuses_endpoints_that_are_none) {
  auto settings = client_settings{};
  for (const auto* wrong :
       {"", "example.org:80", "ftp://example.org", "http://", "http://x:0",
        "http://x:65536", "http://x:1/path", "http://user@x:1", "http://a:b:1",
        "http://x:y"}) {
    settings.endpoint = wrong;
    EXPECT_NE(problem_of(settings), "") << wrong;
  }
}

TEST(client, asks_for_both_programs_slots_and_metas) {
  auto request = geyser::SubscribeRequest{};
  ASSERT_TRUE(request.ParseFromString(subscribe_request(9)));
  ASSERT_EQ(request.transactions_size(), 1);
  const auto& filter = request.transactions().begin()->second;
  EXPECT_EQ(filter.account_include_size(), 2);
  EXPECT_TRUE(filter.has_vote() && !filter.vote());
  EXPECT_TRUE(filter.has_failed() && !filter.failed());
  EXPECT_EQ(request.slots_size(), 1);
  EXPECT_TRUE(request.slots().begin()->second.interslot_updates());
  EXPECT_EQ(request.blocks_meta_size(), 1);
  EXPECT_TRUE(request.has_commitment());
  EXPECT_EQ(request.commitment(), geyser::PROCESSED);
  EXPECT_EQ(request.from_slot(), 9U);
  ASSERT_TRUE(request.ParseFromString(subscribe_request(std::nullopt)));
  EXPECT_FALSE(request.has_from_slot());
}

TEST(stream_error, is_told_from_the_status_of_the_stream) {
  auto code = [](int status, const char* text) {
    return classify(status, text, "http://x:1").code;
  };
  EXPECT_EQ(code(13, "broadcast from 5 is not available, last available: 9"),
            errc::source_out_of_range);
  EXPECT_EQ(classify(13, "broadcast from 5 is not available, last available: 9",
                     "http://x:1")
              .available_from,
            9U);
  EXPECT_EQ(code(13, "from_slot is not supported"), errc::source_out_of_range);
  EXPECT_EQ(classify(13, "broadcast from 5 is not available, last available: x",
                     "http://x:1")
              .available_from,
            std::nullopt);
  EXPECT_EQ(code(13, "lagged to receive geyser messages"),
            errc::source_unavailable);
  EXPECT_EQ(code(14, "connection refused"), errc::source_unavailable);
  EXPECT_EQ(code(0, ""), errc::source_unavailable);
  EXPECT_EQ(code(16, "No valid auth token"), errc::unauthorized);
  EXPECT_EQ(code(7, ""), errc::unauthorized);
  EXPECT_EQ(code(8, "Received message larger than max (9 vs. 4)"),
            errc::limit_exceeded);
  EXPECT_EQ(code(8, "too many clients"), errc::source_unavailable);
  EXPECT_EQ(code(3, "invalid pubkey"), errc::invalid_config);
  EXPECT_EQ(code(99, ""), errc::source_unavailable);
}

} // namespace pumpscope::yellowstone

#include "runtime/yellowstone_source.hpp"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <geyser.grpc.pb.h>
#include <mutex>
#include <vector>

namespace pumpscope::runtime {

namespace {

using namespace std::chrono_literals;

using ::testing::ElementsAre;

/// A server that tells some block metas on each connection, then goes down.
class cutting_server : public geyser::Geyser::Service {
public:
  cutting_server() {
    auto builder = grpc::ServerBuilder{};
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  ~cutting_server() override {
    server_->Shutdown(std::chrono::system_clock::now());
  }

  grpc::Status Subscribe(
    grpc::ServerContext*,
    grpc::ServerReaderWriter<geyser::SubscribeUpdate, geyser::SubscribeRequest>*
      stream) override {
    auto request = geyser::SubscribeRequest{};
    stream->Read(&request);
    auto guard = std::lock_guard{mutex_};
    asked_from_.push_back(request.from_slot());
    // Nothing comes on the second connection.
    if (asked_from_.size() != 2) {
      for (auto i = 0; i < 6; ++i) {
        auto update = geyser::SubscribeUpdate{};
        update.mutable_block_meta()->set_slot(next_++);
        stream->Write(update);
      }
    }
    return {grpc::StatusCode::UNAVAILABLE, "going down"};
  }

  [[nodiscard]] config::source_options options() const {
    auto result = config::source_options{};
    result.endpoints.push_back(
      {{"127.0.0.1", static_cast<uint16_t>(port_)}, false});
    result.resume_slots = 10;
    result.backoff_min = result.backoff_max = 1ms;
    return result;
  }

  std::vector<uint64_t> asked_from() {
    auto guard = std::lock_guard{mutex_};
    return asked_from_;
  }

  /// Metas that were told so far.
  size_t told() {
    auto guard = std::lock_guard{mutex_};
    return next_ - 1'000;
  }

private:
  int port_ = 0;
  std::mutex mutex_;
  uint64_t next_ = 1'000;
  std::vector<uint64_t> asked_from_ = {};
  std::unique_ptr<grpc::Server> server_ = {};
};

/// Reads until so many connections broke.
void read_until_broken(messages::source& sut, int times) {
  while (times > 0) {
    auto batch = messages::raw_batch{};
    auto status = sut.read(batch, 100ms);
    ASSERT_NE(status, messages::read_status::failed) << sut.last_error();
    times -= status == messages::read_status::retry ? 1 : 0;
  }
}

TEST(yellowstone_source, goes_on_behind_what_came_and_not_where_it_began) {
  auto server = cutting_server{};
  auto sut = make_yellowstone_source(server.options());
  ASSERT_TRUE(sut);
  (*sut)->resume_from(900);
  read_until_broken(**sut, 3);
  // Six metas from 1,000: ten slots before the last four of them, also when a
  // connection gives nothing.
  EXPECT_THAT(server.asked_from(), ElementsAre(900, 992, 992));
}

TEST(yellowstone_source, does_not_go_on_live_after_a_live_start) {
  auto server = cutting_server{};
  auto sut = make_yellowstone_source(server.options());
  ASSERT_TRUE(sut);
  (*sut)->resume_from(0);
  read_until_broken(**sut, 2);
  EXPECT_THAT(server.asked_from(), ElementsAre(0, 992));
}

TEST(yellowstone_source, reads_several_endpoints_as_one) {
  auto one = cutting_server{};
  auto two = cutting_server{};
  auto options = one.options();
  options.endpoints.push_back(two.options().endpoints.front());
  auto sut = make_yellowstone_source(options);
  ASSERT_TRUE(sut);
  EXPECT_EQ((*sut)->endpoints().size(), 2U);
  (*sut)->resume_from(900);
  auto updates = size_t{0};
  while (two.asked_from().size() < 3 || one.asked_from().size() < 3) {
    auto batch = messages::raw_batch{};
    ASSERT_NE((*sut)->read(batch, 100ms), messages::read_status::failed);
    updates += batch.size();
  }
  // Both tell the same metas: twelve, and more when one was asked more often.
  EXPECT_LE(updates, std::max(one.told(), two.told()));
  EXPECT_GE(updates, 6U);
}

} // namespace

} // namespace pumpscope::runtime

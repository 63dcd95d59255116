#include "adapters/simulator/server.hpp"

#include "adapters/simulator/server_session.hpp"

#include <grpcpp/grpcpp.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <condition_variable>
#include <geyser.grpc.pb.h>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace pumpscope::simulator {

namespace {

using geyser::Geyser;

using byte_reactor
  = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

/// Blocks that a hash stays valid for.
constexpr uint64_t hash_lifetime = 150;

/// Ends a stream that may not begin.
class refused_reactor : public byte_reactor {
public:
  explicit refused_reactor(const grpc::Status& status) {
    Finish(status);
  }

  void OnDone() override {
    delete this;
  }
};

using unary_service = Geyser::WithCallbackMethod_GetVersion<
  Geyser::WithCallbackMethod_Ping<Geyser::WithCallbackMethod_GetSlot<
    Geyser::WithCallbackMethod_GetBlockHeight<
      Geyser::WithCallbackMethod_GetLatestBlockhash<
        Geyser::WithCallbackMethod_IsBlockhashValid<
          Geyser::WithCallbackMethod_SubscribeReplayInfo<Geyser::Service>>>>>>>;

class geyser_server
  : public server,
    public Geyser::WithRawCallbackMethod_Subscribe<unary_service> {
public:
  geyser_server(const server_settings& settings, broadcast_log& log)
    : settings_(settings), log_(log) {
  }

  ~geyser_server() override {
    shutdown();
  }

  bool listen() {
    auto builder = grpc::ServerBuilder{};
    auto port = 0;
    builder.AddListeningPort(settings_.listen,
                             grpc::InsecureServerCredentials(), &port);
    // Otherwise a second server on the same port would share it silently.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.SetMaxReceiveMessageSize(4 << 20);
    builder.RegisterService(this);
    grpc_server_ = builder.BuildAndStart();
    if (!grpc_server_ || port == 0)
      return false;
    auto host = settings_.listen.substr(0, settings_.listen.rfind(':'));
    address_ = host + ':' + std::to_string(port);
    keeper_ = std::jthread{[this](const std::stop_token& stop) { keep(stop); }};
    return true;
  }

  [[nodiscard]] std::string address() const override {
    return address_;
  }

  void shutdown() override {
    if (!grpc_server_)
      return;
    keeper_ = {};
    {
      auto guard = std::lock_guard{mutex_};
      stopping_ = true;
    }
    for (auto& x : sessions())
      x->finish({grpc::StatusCode::UNAVAILABLE, "the simulation has ended"});
    grpc_server_->Shutdown(std::chrono::system_clock::now()
                           + std::chrono::seconds{2});
    grpc_server_->Wait();
    grpc_server_.reset();
  }

  byte_reactor* Subscribe(grpc::CallbackServerContext* context) override {
    if (!allowed(*context))
      return new refused_reactor{unauthenticated()};
    auto guard = std::lock_guard{mutex_};
    std::erase_if(sessions_, [](const auto& x) { return x->done(); });
    if (stopping_)
      return new refused_reactor{
        {grpc::StatusCode::UNAVAILABLE, "the simulation has ended"}};
    if (sessions_.size() >= settings_.clients_max)
      return new refused_reactor{
        {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many clients"}};
    auto fresh = std::make_shared<session>(log_, settings_.out_of_range);
    sessions_.push_back(fresh);
    return fresh->attach();
  }

  grpc::ServerUnaryReactor* GetVersion(grpc::CallbackServerContext* context,
                                       const geyser::GetVersionRequest*,
                                       geyser::GetVersionResponse* y) override {
    y->set_version(R"({"package":"pumpscope-simulator","version":"0.1.0"})");
    return answer(context);
  }

  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context,
                                 const geyser::PingRequest* x,
                                 geyser::PongResponse* y) override {
    y->set_count(x->count());
    return answer(context);
  }

  grpc::ServerUnaryReactor* GetSlot(grpc::CallbackServerContext* context,
                                    const geyser::GetSlotRequest* x,
                                    geyser::GetSlotResponse* y) override {
    auto block = newest(x->commitment());
    y->set_slot(block.slot);
    return answer(context, block);
  }

  grpc::ServerUnaryReactor*
  GetBlockHeight(grpc::CallbackServerContext* context,
                 const geyser::GetBlockHeightRequest* x,
                 geyser::GetBlockHeightResponse* y) override {
    auto block = newest(x->commitment());
    y->set_block_height(block.height);
    return answer(context, block);
  }

  grpc::ServerUnaryReactor*
  GetLatestBlockhash(grpc::CallbackServerContext* context,
                     const geyser::GetLatestBlockhashRequest* x,
                     geyser::GetLatestBlockhashResponse* y) override {
    auto block = newest(x->commitment());
    y->set_slot(block.slot);
    y->set_blockhash(block.hash);
    y->set_last_valid_block_height(block.height + hash_lifetime);
    return answer(context, block);
  }

  grpc::ServerUnaryReactor*
  IsBlockhashValid(grpc::CallbackServerContext* context,
                   const geyser::IsBlockhashValidRequest* x,
                   geyser::IsBlockhashValidResponse* y) override {
    auto block = newest(x->commitment());
    y->set_slot(block.slot);
    y->set_valid(log_.valid(x->blockhash(), level(x->commitment())));
    return answer(context, block);
  }

  grpc::ServerUnaryReactor*
  SubscribeReplayInfo(grpc::CallbackServerContext* context,
                      const geyser::SubscribeReplayInfoRequest*,
                      geyser::SubscribeReplayInfoResponse* y) override {
    auto slot = log_.first_available();
    auto tip = log_.tip();
    if (slot && settings_.out_of_range)
      *slot = std::max(*slot, tip > replay_slack ? tip - replay_slack : 0);
    if (slot)
      y->set_first_available(*slot);
    return answer(context);
  }

private:
  static uint8_t level(int commitment) {
    return static_cast<uint8_t>(std::clamp(commitment, 0, 2));
  }

  static grpc::Status unauthenticated() {
    return {grpc::StatusCode::UNAUTHENTICATED, "No valid auth token"};
  }

  [[nodiscard]] block_facts newest(int commitment) const {
    return log_.newest(level(commitment)).value_or(block_facts{});
  }

  bool allowed(const grpc::CallbackServerContext& context) const {
    if (settings_.x_token.empty())
      return true;
    auto range = context.client_metadata().equal_range("x-token");
    for (auto i = range.first; i != range.second; ++i)
      if (i->second.size() == settings_.x_token.size()
          && CRYPTO_memcmp(i->second.data(), settings_.x_token.data(),
                           settings_.x_token.size())
               == 0)
        return true;
    return false;
  }

  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(allowed(*context) ? grpc::Status::OK : unauthenticated());
    return reactor;
  }

  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context,
                                   const block_facts& block) {
    if (block.slot != 0 || !allowed(*context))
      return answer(context);
    auto* reactor = context->DefaultReactor();
    reactor->Finish({grpc::StatusCode::INTERNAL, "block is not available yet"});
    return reactor;
  }

  std::vector<std::shared_ptr<session>> sessions() {
    auto guard = std::lock_guard{mutex_};
    return sessions_;
  }

  /// Pings every stream and cuts those that are due.
  void keep(const std::stop_token& stop) {
    auto lock = std::unique_lock{keeper_mutex_};
    auto next_ping = std::chrono::steady_clock::now() + settings_.ping_period;
    auto period = settings_.ping_period;
    if (settings_.cut.count() != 0)
      period = std::min(period, settings_.cut);
    period = std::clamp(period / 4, std::chrono::milliseconds{1},
                        std::chrono::milliseconds{250});
    while (!keeper_wake_.wait_for(lock, stop, period, [] { return false; })) {
      if (stop.stop_requested())
        return;
      auto now = std::chrono::steady_clock::now();
      auto ping = now >= next_ping;
      if (ping)
        next_ping = now + settings_.ping_period;
      for (auto& x : sessions()) {
        if (settings_.cut.count() != 0 && now - x->began() >= settings_.cut)
          // Every other one ends like a client that was too slow.
          x->finish(++cuts_ % 2 != 0
                      ? grpc::Status{grpc::StatusCode::UNAVAILABLE,
                                     "connection cut on request"}
                      : grpc::Status{grpc::StatusCode::INTERNAL,
                                     "lagged to receive geyser messages"});
        else if (ping)
          x->ping();
      }
    }
  }

  const server_settings settings_;
  broadcast_log& log_;
  std::unique_ptr<grpc::Server> grpc_server_ = {};
  std::string address_ = {};
  std::mutex mutex_;
  std::vector<std::shared_ptr<session>> sessions_ = {};
  bool stopping_ = false;
  /// Streams that were cut; of the keeper's thread.
  uint64_t cuts_ = 0;
  std::mutex keeper_mutex_;
  std::condition_variable_any keeper_wake_;
  std::jthread keeper_;
};

} // namespace

tl::expected<std::unique_ptr<server>, std::string>
server::start(const server_settings& settings, broadcast_log& log) {
  auto result = std::make_unique<geyser_server>(settings, log);
  if (!result->listen())
    return tl::unexpected{"cannot listen on " + settings.listen
                          + ": the address is in use or not ours"};
  return result;
}

} // namespace pumpscope::simulator

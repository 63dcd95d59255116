#include "adapters/yellowstone/client.hpp"

#include "adapters/yellowstone/endpoint_url.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <geyser.grpc.pb.h>
#include <mutex>
#include <utility>

namespace pumpscope::yellowstone {

namespace {

using steady = std::chrono::steady_clock;
using byte_stream
  = grpc::ClientAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;

constexpr auto method = "/geyser.Geyser/Subscribe";

/// The two programs, as filters name accounts.
constexpr auto programs = std::array{
  "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P",
  "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA",
};

/// What a completion is about.
enum class event : uintptr_t { none, started, received, sent, ended };

void* tag(event x) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(x));
}

/// How long a server may take to tell what it can replay.
constexpr auto replay_info_patience
  = std::chrono::milliseconds{std::chrono::seconds{3}};

/// How long a wait for the connection goes on before it looks for `cancel`.
constexpr auto patience = std::chrono::milliseconds{50};

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  auto slice = grpc::Slice{bytes};
  return {&slice, 1};
}

std::string ping_request() {
  auto request = geyser::SubscribeRequest{};
  request.mutable_ping()->set_id(1);
  return request.SerializeAsString();
}

/// Larger updates carry something else than a ping or pong.
constexpr size_t control_bytes_max = 64;

enum class control : uint8_t { none, ping, pong };

/// Tells pings and pongs from the rest by their field number. Damaged bytes
/// are none of them: the decoder counts those.
control control_of(std::string_view bytes) {
  while (!bytes.empty()) {
    auto key = static_cast<uint8_t>(bytes.front());
    if (key == (6 << 3 | 2))
      return control::ping;
    if (key == (9 << 3 | 2))
      return control::pong;
    // Fields before it are short and have a length of one byte.
    if ((key & 7) != 2 || bytes.size() < 2)
      return control::none;
    auto length = static_cast<uint8_t>(bytes[1]);
    if (length >= 0x80 || bytes.size() < 2U + length)
      return control::none;
    bytes.remove_prefix(2U + length);
  }
  return control::none;
}

} // namespace

std::string problem_of(const client_settings& settings) {
  auto url = endpoint_url::parse(settings.endpoint);
  if (!url)
    return "the endpoint must be http://HOST:PORT or https://HOST[:PORT]";
  auto printable = std::all_of(settings.x_token.begin(), settings.x_token.end(),
                               [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable)
    return "the token holds characters that a header cannot carry";
  if (!settings.x_token.empty() && !url->tls && !url->loopback)
    return "a token is sent over https:// only, or to this machine";
  if (settings.batch_updates_max == 0 || settings.batch_bytes_max == 0)
    return "a batch must hold at least one update";
  if (settings.message_bytes_max == 0
      || settings.message_bytes_max > size_t{1} << 30)
    return "the largest message must be between 1 byte and 1 GiB";
  return {};
}

std::string subscribe_request(std::optional<uint64_t> from_slot) {
  auto request = geyser::SubscribeRequest{};
  auto& transactions = (*request.mutable_transactions())["pumpscope"];
  transactions.set_vote(false);
  // Failed ones carry events that must not count: the server leaves them out,
  // and we check all the same.
  transactions.set_failed(false);
  for (const auto* program : programs)
    transactions.add_account_include(program);
  // Dead slots are told only with the statuses between the levels.
  auto& slots = (*request.mutable_slots())["slots"];
  slots.set_filter_by_commitment(false);
  slots.set_interslot_updates(true);
  (*request.mutable_blocks_meta())["blocks"];
  request.set_commitment(geyser::PROCESSED);
  if (from_slot)
    request.set_from_slot(*from_slot);
  return request.SerializeAsString();
}

struct client::impl {
  explicit impl(client_settings x) : settings(std::move(x)) {
  }

  ~impl() {
    close();
  }

  stream_result<void> connect(const endpoint_url& url);
  bool make_context();
  std::optional<stream_error> ask_replay_info(uint64_t from_slot);
  stream_result<void> start(std::optional<uint64_t> from_slot);
  stream_result<void> wait_until_started(steady::time_point deadline);
  void on_received(update_batch& batch);
  void answer_ping();
  stream_error end();
  void close();
  stream_error failure(domain::errc code, std::string_view what) const;
  [[nodiscard]] stream_error cancelled_error() const;

  client_settings settings;
  std::atomic<bool> cancelled = false;
  /// Guards `context` against `cancel` from another thread.
  std::mutex context_mutex;
  std::unique_ptr<grpc::ClientContext> context = {};
  std::shared_ptr<grpc::Channel> channel = {};
  std::unique_ptr<grpc::GenericStub> stub = {};
  std::unique_ptr<byte_stream> stream = {};
  grpc::CompletionQueue queue;
  grpc::ByteBuffer incoming = {};
  std::vector<grpc::Slice> slices = {};
  std::string joined = {};
  bool starting = false;
  bool receiving = false;
  bool sending = false;
  bool ping_owed = false;
  /// The server does not know SubscribeReplayInfo.
  bool no_replay_info = false;
  std::optional<stream_error> pending_error = {};
  steady::time_point opened_at = {};
  steady::time_point heard_at = {};
};

stream_error client::impl::failure(domain::errc code,
                                   std::string_view what) const {
  return {code, settings.endpoint + ": " + std::string{what}, {}};
}

stream_error client::impl::cancelled_error() const {
  return failure(domain::errc::source_unavailable, "cancelled");
}

stream_result<void> client::impl::connect(const endpoint_url& url) {
  auto arguments = grpc::ChannelArguments{};
  auto ms = [](std::chrono::milliseconds x) {
    return static_cast<int>(
      std::clamp<int64_t>(x.count(), 1, int64_t{1} << 30));
  };
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ms(settings.keepalive_period));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   ms(settings.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetMaxReceiveMessageSize(
    static_cast<int>(settings.message_bytes_max));
  // Waits between attempts are ours: each attempt gets a fresh connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   ms(settings.connect_timeout));
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetUserAgentPrefix("pumpscope");
  auto credentials = grpc::InsecureChannelCredentials();
  if (url.tls) {
    auto options = grpc::SslCredentialsOptions{};
    options.pem_root_certs = settings.ca_pem;
    credentials = grpc::SslCredentials(options);
  }
  channel = grpc::CreateCustomChannel(url.target, credentials, arguments);
  auto deadline = steady::now() + settings.connect_timeout;
  while (true) {
    auto state = channel->GetState(true);
    if (state == GRPC_CHANNEL_READY)
      return {};
    if (cancelled)
      return tl::unexpected{cancelled_error()};
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE)
      return tl::unexpected{
        failure(domain::errc::source_unavailable,
                url.tls ? "cannot connect, or the certificate is not trusted"
                        : "cannot connect")};
    if (steady::now() >= deadline)
      return tl::unexpected{failure(domain::errc::source_unavailable,
                                    "no answer within the connect timeout")};
    channel->WaitForStateChange(state,
                                std::chrono::system_clock::now() + patience);
  }
}

stream_result<void>
client::impl::wait_until_started(steady::time_point deadline) {
  while (true) {
    void* which = nullptr;
    auto ok = false;
    auto status = queue.AsyncNext(&which, &ok,
                                  std::chrono::system_clock::now() + patience);
    if (status == grpc::CompletionQueue::GOT_EVENT
        && which == tag(event::started)) {
      starting = false;
      if (ok)
        return {};
      return tl::unexpected{end()};
    }
    if (cancelled)
      return tl::unexpected{cancelled_error()};
    if (steady::now() >= deadline)
      return tl::unexpected{failure(domain::errc::source_unavailable,
                                    "no answer within the connect timeout")};
  }
}

/// Makes the context of the next call; false when cancelled.
bool client::impl::make_context() {
  auto guard = std::lock_guard{context_mutex};
  if (cancelled)
    return false;
  context = std::make_unique<grpc::ClientContext>();
  if (!settings.x_token.empty())
    context->AddMetadata("x-token", settings.x_token);
  return true;
}

/// Asks the server what it still has, before a subscription that it would
/// refuse or, worse, begin later than we asked. Returns the refusal; nothing
/// when it has the slot, or does not tell: then the subscription itself does.
std::optional<stream_error> client::impl::ask_replay_info(uint64_t from_slot) {
  if (no_replay_info || !make_context())
    return std::nullopt;
  context->set_deadline(
    std::chrono::system_clock::now()
    + std::min(settings.connect_timeout, replay_info_patience));
  auto answer = geyser::SubscribeReplayInfoResponse{};
  auto status = geyser::Geyser::NewStub(channel)->SubscribeReplayInfo(
    context.get(), {}, &answer);
  no_replay_info = status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
  if (!status.ok() || !answer.has_first_available()
      || from_slot >= answer.first_available())
    return std::nullopt;
  auto result = failure(domain::errc::source_out_of_range,
                        "slot " + std::to_string(from_slot)
                          + " is not available, first available: "
                          + std::to_string(answer.first_available()));
  result.available_from = answer.first_available();
  return result;
}

stream_result<void> client::impl::start(std::optional<uint64_t> from_slot) {
  if (from_slot)
    if (auto refused = ask_replay_info(*from_slot))
      return tl::unexpected{std::move(*refused)};
  if (!make_context())
    return tl::unexpected{cancelled_error()};
  auto deadline = steady::now() + settings.connect_timeout;
  stub = std::make_unique<grpc::GenericStub>(channel);
  stream = stub->PrepareCall(context.get(), method, &queue);
  starting = true;
  stream->StartCall(tag(event::started));
  if (auto started = wait_until_started(deadline); !started)
    return started;
  stream->Write(to_buffer(subscribe_request(from_slot)), tag(event::sent));
  sending = true;
  opened_at = heard_at = steady::now();
  return {};
}

/// Ends a stream whose operations failed and tells why.
stream_error client::impl::end() {
  auto status = grpc::Status{};
  stream->Finish(&status, tag(event::ended));
  void* which = nullptr;
  auto ok = false;
  while (queue.Next(&which, &ok) && which != tag(event::ended)) {
    receiving &= which != tag(event::received);
    sending &= which != tag(event::sent);
  }
  auto result = cancelled ? cancelled_error()
                          : classify(status.error_code(),
                                     status.error_message(), settings.endpoint);
  close();
  return result;
}

void client::impl::close() {
  if (stream) {
    context->TryCancel();
    // Every operation must come back before its stream may go.
    void* which = nullptr;
    auto ok = false;
    while ((starting || receiving || sending) && queue.Next(&which, &ok)) {
      starting &= which != tag(event::started);
      receiving &= which != tag(event::received);
      sending &= which != tag(event::sent);
    }
    stream.reset();
  }
  {
    auto guard = std::lock_guard{context_mutex};
    context.reset();
  }
  stub.reset();
  channel.reset();
  ping_owed = false;
  incoming.Clear();
}

void client::impl::answer_ping() {
  if (sending) {
    ping_owed = true;
    return;
  }
  static const auto request = ping_request();
  ping_owed = false;
  sending = true;
  stream->Write(to_buffer(request), tag(event::sent));
}

void client::impl::on_received(update_batch& batch) {
  // The slices share gRPC's memory: one copy, into the batch.
  if (!incoming.Dump(&slices).ok())
    return;
  auto size = incoming.Length();
  if (size <= control_bytes_max) {
    joined.clear();
    for (const auto& slice : slices)
      joined.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    switch (control_of(joined)) {
      case control::ping:
        answer_ping();
        return;
      case control::pong:
        return;
      case control::none:
        batch.append(joined);
        return;
    }
  }
  for (const auto& slice : slices)
    batch.append_piece(
      {reinterpret_cast<const char*>(slice.begin()), slice.size()});
  batch.finish_update();
}

client::client(client_settings settings)
  : impl_(std::make_unique<impl>(std::move(settings))) {
}

client::~client() = default;

stream_result<void> client::open(std::optional<uint64_t> from_slot) {
  auto& self = *impl_;
  self.close();
  self.pending_error.reset();
  self.opened_at = {};
  if (self.cancelled)
    return tl::unexpected{self.cancelled_error()};
  if (auto problem = problem_of(self.settings); !problem.empty())
    return tl::unexpected{
      stream_error{domain::errc::invalid_config, std::move(problem), {}}};
  auto url = endpoint_url::parse(self.settings.endpoint);
  if (auto connected = self.connect(*url); !connected) {
    self.close();
    return connected;
  }
  auto started = self.start(from_slot);
  if (!started)
    self.close();
  return started;
}

stream_result<void> client::read(update_batch& batch) {
  auto& self = *impl_;
  batch.clear();
  if (self.pending_error)
    return tl::unexpected{*std::exchange(self.pending_error, std::nullopt)};
  if (!self.stream)
    return tl::unexpected{
      self.failure(domain::errc::source_unavailable,
                   self.cancelled ? "cancelled" : "the stream is not open")};
  const auto& bounds = self.settings;
  // A reader that came late has not been waiting for the server.
  self.heard_at = steady::now();
  auto fail = [&](stream_error error) -> stream_result<void> {
    if (batch.empty())
      return tl::unexpected{std::move(error)};
    self.pending_error = std::move(error);
    return {};
  };
  while (batch.size() < bounds.batch_updates_max
         && batch.bytes() < bounds.batch_bytes_max) {
    if (!std::exchange(self.receiving, true))
      self.stream->Read(&self.incoming, tag(event::received));
    void* which = nullptr;
    auto ok = false;
    // With something in hand, only what is there already is worth taking.
    auto status = grpc::CompletionQueue::TIMEOUT;
    if (batch.empty()) {
      auto patience_left = self.heard_at + bounds.silence_max - steady::now();
      status = self.queue.AsyncNext(
        &which, &ok,
        std::chrono::system_clock::now()
          + std::chrono::duration_cast<std::chrono::milliseconds>(
            patience_left));
    } else {
      status = self.queue.AsyncNext(&which, &ok,
                                    gpr_inf_past(GPR_CLOCK_REALTIME));
    }
    if (status != grpc::CompletionQueue::GOT_EVENT) {
      if (!batch.empty())
        return {};
      self.close();
      return fail(
        self.failure(domain::errc::source_unavailable,
                     "no message for longer than the server's ping period"));
    }
    if (which == tag(event::sent)) {
      self.sending = false;
      if (ok && self.ping_owed)
        self.answer_ping();
      // A failed write shows in the next read, with its reason.
      continue;
    }
    self.receiving = false;
    if (!ok)
      return fail(self.end());
    if (batch.empty())
      self.heard_at = steady::now();
    self.on_received(batch);
  }
  return {};
}

void client::cancel() {
  impl_->cancelled = true;
  auto guard = std::lock_guard{impl_->context_mutex};
  if (impl_->context)
    impl_->context->TryCancel();
}

std::chrono::milliseconds client::lived() const {
  if (impl_->opened_at == steady::time_point{})
    return std::chrono::milliseconds{0};
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    steady::now() - impl_->opened_at);
}

} // namespace pumpscope::yellowstone

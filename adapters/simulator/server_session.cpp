#include "adapters/simulator/server_session.hpp"

#include "adapters/simulator/wire_writer.hpp"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <geyser.pb.h>
#include <utility>

namespace pumpscope::simulator {

namespace {

/// Field numbers of the empty pings and of pongs in a SubscribeUpdate.
constexpr uint32_t ping_field = 6;
constexpr uint32_t pong_field = 9;
constexpr uint32_t created_at_field = 11;

grpc::ByteBuffer control_message(uint32_t field, int32_t id) {
  auto out = wire_writer{};
  auto body = out.begin(field, 1);
  if (id != 0)
    out.number(1, static_cast<uint64_t>(static_cast<int64_t>(id)));
  out.end(body);
  auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  auto created = out.begin(created_at_field, 1);
  out.number(1, static_cast<uint64_t>(now / 1'000'000'000));
  out.number(2, static_cast<uint64_t>(now % 1'000'000'000));
  out.end(created);
  auto slice = grpc::Slice{out.view().data(), out.size()};
  return {&slice, 1};
}

grpc::Status no_replay(uint64_t from, uint64_t available) {
  return {grpc::StatusCode::INTERNAL, "broadcast from " + std::to_string(from)
                                        + " is not available, last available: "
                                        + std::to_string(available)};
}

} // namespace

/// What gRPC calls; lives until OnDone and keeps its session alive.
class session_reactor
  : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
public:
  explicit session_reactor(std::shared_ptr<session> owner)
    : owner_(std::move(owner)) {
  }

  void OnSendInitialMetadataDone(bool ok) override {
    owner_->on_write_done(ok);
  }

  void OnReadDone(bool ok) override {
    owner_->on_read(ok);
  }

  void OnWriteDone(bool ok) override {
    owner_->on_write_done(ok);
  }

  void OnCancel() override {
    owner_->finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    owner_->on_done();
    delete this;
  }

private:
  std::shared_ptr<session> owner_;
};

session::session(broadcast_log& log, bool refuse_replay)
  : log_(log),
    refuse_replay_(refuse_replay),
    began_(std::chrono::steady_clock::now()) {
}

session::~session() {
  if (reader_ != 0)
    log_.remove_reader(reader_);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* session::attach() {
  auto guard = std::lock_guard{mutex_};
  reactor_ = new session_reactor{shared_from_this()};
  // On their own: headers that travel with a buffered first message would
  // wait for another write that waits for them.
  writing_ = true;
  reactor_->StartSendInitialMetadata();
  reactor_->StartRead(&incoming_);
  return reactor_;
}

bool session::done() const {
  auto guard = std::lock_guard{mutex_};
  return done_;
}

void session::on_done() {
  auto guard = std::lock_guard{mutex_};
  done_ = true;
  finished_ = true;
  reactor_ = nullptr;
  if (reader_ != 0)
    log_.remove_reader(std::exchange(reader_, 0));
}

void session::finish_locked(const grpc::Status& status) {
  if (std::exchange(finished_, true))
    return;
  if (reader_ != 0)
    log_.remove_reader(std::exchange(reader_, 0));
  if (reactor_ != nullptr)
    reactor_->Finish(status);
}

void session::finish(const grpc::Status& status) {
  auto guard = std::lock_guard{mutex_};
  finish_locked(status);
}

void session::ping() {
  auto guard = std::lock_guard{mutex_};
  ping_due_ = true;
  pump();
}

void session::on_read(bool ok) {
  // Ending the stream may let go of the reactor, which holds us.
  auto self = shared_from_this();
  auto guard = std::lock_guard{mutex_};
  if (finished_)
    return;
  if (!ok) {
    // A client that half-closes still wants its updates; one that is gone
    // shows in OnCancel or in the next write.
    return;
  }
  auto request = geyser::SubscribeRequest{};
  auto status
    = grpc::SerializationTraits<geyser::SubscribeRequest>::Deserialize(
      &incoming_, &request);
  incoming_.Clear();
  if (!status.ok()) {
    finish_locked(
      {grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be read"});
    return;
  }
  on_request(request);
  if (!finished_)
    reactor_->StartRead(&incoming_);
}

void session::on_request(const geyser::SubscribeRequest& request) {
  if (request.has_ping()) {
    // A ping is answered and changes nothing.
    if (pongs_.size() < pongs_max)
      pongs_.push_back(request.ping().id());
    pump();
    return;
  }
  subscribe(request);
  if (!finished_)
    pump();
}

void session::subscribe(const geyser::SubscribeRequest& request) {
  auto filter = subscription_filter::from(request);
  if (!filter) {
    finish_locked({grpc::StatusCode::INVALID_ARGUMENT, filter.error()});
    return;
  }
  filter_ = std::move(*filter);
  auto commitment = filter_.commitment();
  if (request.has_from_slot()) {
    auto from = request.from_slot();
    auto tip = log_.tip();
    auto available = log_.first_available().value_or(tip);
    if (refuse_replay_ && from + replay_slack < tip)
      available = tip;
    if (from < available && tip != 0) {
      finish_locked(no_replay(from, available));
      return;
    }
    cursor_ = log_.replay(from);
  } else if (!subscribed_) {
    cursor_ = log_.live();
  }
  cursor_.commitment = commitment;
  subscribed_ = true;
  if (reader_ == 0)
    reader_ = log_.add_reader();
  log_.reader_at(reader_, cursor_.next);
}

bool session::pull() {
  wanted_.clear();
  next_wanted_ = 0;
  // All that was pulled before is written by now.
  if (reader_ != 0)
    log_.reader_at(reader_, cursor_.next);
  while (wanted_.empty()) {
    pulled_.clear();
    auto weak = weak_from_this();
    auto state = log_.pull(cursor_, batch, pulled_, [weak] {
      if (auto strong = weak.lock())
        strong->on_news();
    });
    if (state == broadcast_log::state::lagged) {
      finish_locked(
        {grpc::StatusCode::INTERNAL, "lagged to receive geyser messages"});
      return false;
    }
    if (state != broadcast_log::state::ready) {
      // At the end of the chain too: the server ends the streams.
      parked_ = true;
      if (reader_ != 0)
        log_.reader_at(reader_, cursor_.next);
      return false;
    }
    for (auto& message : pulled_)
      if (auto prefix = filter_.prefix(*message); !prefix.empty())
        wanted_.emplace_back(std::move(prefix), std::move(message));
  }
  return true;
}

void session::on_news() {
  auto guard = std::lock_guard{mutex_};
  parked_ = false;
  pump();
}

void session::write(grpc::ByteBuffer bytes, bool more) {
  outgoing_ = std::move(bytes);
  writing_ = true;
  auto options = grpc::WriteOptions{};
  // More follows at once: let the transport fill its frames.
  if (more)
    options.set_buffer_hint();
  reactor_->StartWrite(&outgoing_, options);
}

void session::pump() {
  if (writing_ || finished_ || reactor_ == nullptr)
    return;
  if (!pongs_.empty()) {
    auto id = pongs_.front();
    pongs_.pop_front();
    write(control_message(pong_field, id), false);
    return;
  }
  if (std::exchange(ping_due_, false)) {
    write(control_message(ping_field, 0), false);
    return;
  }
  if (!subscribed_)
    return;
  if (next_wanted_ == wanted_.size() && (parked_ || !pull()))
    return;
  auto& [prefix, message] = wanted_[next_wanted_++];
  grpc::Slice slices[2] = {grpc::Slice{prefix.data(), prefix.size()},
                           message->body};
  write({slices, 2}, next_wanted_ < wanted_.size());
  message.reset();
}

void session::on_write_done(bool ok) {
  auto self = shared_from_this();
  auto guard = std::lock_guard{mutex_};
  writing_ = false;
  if (!ok) {
    finish_locked(grpc::Status::CANCELLED);
    return;
  }
  pump();
}

} // namespace pumpscope::simulator

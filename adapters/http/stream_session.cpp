#include "adapters/http/stream_session.hpp"

#include "adapters/http/shared_state.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace pumpscope::http {

namespace net = boost::asio;

using net::ip::tcp;

namespace {

/// What is taken from a source at a time: as much as waits for one client here.
constexpr size_t source_bytes_max = size_t{64} << 10;

/// What is written before others have their turn.
constexpr size_t turn_bytes_max = size_t{256} << 10;

/// What waits for one client in the kernel, which doubles it. Left alone it
/// grows to megabytes for each client that is slow.
constexpr int send_buffer_bytes = 64 << 10;

/// Pieces of one write; the system takes up to 1,024.
constexpr size_t gathered_max = 64;

constexpr size_t ignored_bytes_max = size_t{64} << 10;

} // namespace

stream_session::stream_session(tcp::socket socket,
                               std::shared_ptr<shared_state> shared,
                               std::shared_ptr<body_source> source)
  : shared_{std::move(shared)},
    source_{std::move(source)},
    entry_{shared_->wakes->add(*this)},
    socket_{std::move(socket)} {
  ++shared_->traffic.streams;
  ++shared_->traffic.streams_open;
  shared_->streams.insert(this);
  auto error = error_code{};
  socket_.non_blocking(true, error);
  socket_.set_option(net::socket_base::send_buffer_size{send_buffer_bytes},
                     error);
  // A client that vanished without a word is told by the system, which waits
  // longer than we do for one that is there.
  using user_timeout
    = net::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  socket_.set_option(
    user_timeout{static_cast<int>(2 * shared_->settings.stall_max.count())},
    error);
}

stream_session::~stream_session() {
  entry_->forget();
  shared_->streams.erase(this);
  --shared_->traffic.streams_open;
}

void stream_session::begin(std::string head) {
  pieces_.push_back(std::make_shared<const std::string>(std::move(head)));
  source_->on_wake(wake_list::wake_function(entry_));
  progress_ = std::chrono::steady_clock::now();
  ended_ = shared_->stopping;
  watch_peer();
  pump();
}

void stream_session::wake() {
  if (!waits_for_room_ && socket_.is_open())
    pump();
}

void stream_session::stop() {
  ended_ = true;
  if (!waits_for_room_)
    close();
}

void stream_session::abort() {
  close();
}

void stream_session::end_when_stalled(
  std::chrono::steady_clock::time_point since) {
  if (!waits_for_room_ || progress_ > since)
    return;
  ++shared_->traffic.streams_stalled;
  close();
}

void stream_session::pump() {
  for (auto written = size_t{0}; written < turn_bytes_max;) {
    if (pieces_.empty() && !take_pieces()) {
      if (ended_)
        close();
      return;
    }
    auto error = error_code{};
    written += write_some(error);
    if (error == net::error::would_block || error == net::error::try_again)
      break;
    if (error) {
      close();
      return;
    }
  }
  wait_for_room();
}

bool stream_session::take_pieces() {
  if (!ended_)
    ended_ = !source_->next(pieces_, source_bytes_max);
  std::erase_if(pieces_, [](auto& x) { return !x || x->empty(); });
  progress_ = std::chrono::steady_clock::now();
  if (!pieces_.empty())
    return true;
  // Idle streams keep no room for pieces.
  pieces_ = {};
  return false;
}

size_t stream_session::write_some(error_code& error) {
  auto buffers = std::array<net::const_buffer, gathered_max>{};
  auto count = std::min(pieces_.size(), buffers.size());
  for (size_t i = 0; i < count; ++i)
    buffers[i] = net::buffer(*pieces_[i]) + (i == 0 ? offset_ : 0);
  auto sent = socket_.write_some(buffers, error);
  if (sent == 0)
    return 0;
  shared_->traffic.bytes_sent += sent;
  progress_ = std::chrono::steady_clock::now();
  offset_ += sent;
  auto done = pieces_.begin();
  for (; done != pieces_.end() && offset_ >= (*done)->size(); ++done)
    offset_ -= (*done)->size();
  pieces_.erase(pieces_.begin(), done);
  return sent;
}

void stream_session::wait_for_room() {
  waits_for_room_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code& x) {
                       self->waits_for_room_ = false;
                       if (x)
                         self->close();
                       else if (self->socket_.is_open())
                         self->pump();
                     });
}

void stream_session::watch_peer() {
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](error_code error) {
                       auto bytes = std::array<char, 4'096>{};
                       if (!error)
                         self->ignored_bytes_ += self->socket_.read_some(
                           net::buffer(bytes), error);
                       if (error == net::error::would_block)
                         error = {};
                       if (error || self->ignored_bytes_ > ignored_bytes_max)
                         self->close();
                       else
                         self->watch_peer();
                     });
}

void stream_session::close() {
  if (!socket_.is_open())
    return;
  auto error = error_code{};
  socket_.shutdown(tcp::socket::shutdown_both, error);
  socket_.close(error);
  entry_->forget();
  pieces_ = {};
}

} // namespace pumpscope::http

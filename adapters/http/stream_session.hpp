#pragma once

#include "adapters/http/body_source.hpp"
#include "adapters/http/wake_list.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::http {

struct shared_state;

/// A connection whose answer has no end. It takes the socket over from its
/// `session`, whose parser and buffers are gone: an idle stream is this object,
/// a wait for its client, and its source. Keeps itself alive while the
/// connection is open.
///
/// The end of the connection is the end of the body: no `Content-Length` and no
/// chunks. Clients of server-sent events reconnect all the same, however a body
/// ended; HTTP/1.0, which many proxies speak behind them, knows no chunks; and
/// pieces go to ten thousand clients as they are, without a frame for each.
class stream_session : public std::enable_shared_from_this<stream_session>,
                       public wakeable {
public:
  stream_session(boost::asio::ip::tcp::socket socket,
                 std::shared_ptr<shared_state> shared,
                 std::shared_ptr<body_source> source);

  ~stream_session();

  stream_session(const stream_session&) = delete;
  stream_session& operator=(const stream_session&) = delete;

  /// Sends the head and then what the source has.
  void begin(std::string head);

  /// More has come from the source.
  void wake() override;

  /// Ends, behind what is being written.
  void stop();

  /// Ends at once.
  void abort();

  /// Ends when the client took nothing since `since`.
  void end_when_stalled(std::chrono::steady_clock::time_point since);

private:
  using error_code = boost::system::error_code;

  /// Writes until the client or the source has no more room.
  void pump();
  /// Asks the source; false when it has nothing.
  bool take_pieces();
  /// Writes once, as much as the client has room for.
  size_t write_some(error_code& error);
  void wait_for_room();
  /// Notices the end of the connection while nothing is written.
  void watch_peer();
  void close();

  std::shared_ptr<shared_state> shared_;
  std::shared_ptr<body_source> source_;
  std::shared_ptr<wake_list::entry> entry_;
  boost::asio::ip::tcp::socket socket_;
  /// What is not sent yet; the first piece without `offset_` bytes.
  std::vector<std::shared_ptr<const std::string>> pieces_ = {};
  size_t offset_ = 0;
  std::chrono::steady_clock::time_point progress_ = {};
  /// What the client said, which nobody wants to hear.
  size_t ignored_bytes_ = 0;
  bool waits_for_room_ = false;
  bool ended_ = false;
};

} // namespace pumpscope::http

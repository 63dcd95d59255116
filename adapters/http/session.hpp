#pragma once

#include "adapters/http/presentation.hpp"
#include "adapters/http/route.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace pumpscope::http {

struct shared_state;

/// One connection, from its first request to its last, or to an answer without
/// an end, for which it gives its socket to a `stream_session`. Keeps itself
/// alive while something is under way. Requests that come together are answered
/// one by one; what is read ahead has a bound.
class session : public std::enable_shared_from_this<session> {
public:
  session(boost::asio::ip::tcp::socket socket,
          std::shared_ptr<shared_state> shared);

  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Waits for the first request.
  void begin();

  /// Ends: at once between two requests, else behind the answer.
  void stop();

  /// Ends at once.
  void abort();

private:
  using clock = std::chrono::steady_clock;
  using error_code = boost::system::error_code;
  using request_parser
    = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void wait_for_request();
  void read_header();
  void take_header(const error_code& error);
  void read_body();
  void take_body(const error_code& error);
  void dispatch();
  /// An answer that no route gave.
  void refuse(response x, bool close);
  void write(presented x, bool close);
  void note_answer(unsigned status);
  void begin_stream(presented x);
  void finish(bool close);
  /// Reads away what the client is still sending, for a moment.
  void drain(size_t bytes_left);
  /// Tells the client what is wrong with its bytes, as far as it listens.
  void refuse_bytes(const error_code& error);
  /// Ends what is under way when it takes too long.
  void limit(std::chrono::milliseconds time);
  void close();

  std::shared_ptr<shared_state> shared_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::address peer_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  request request_;
  /// Who sent it; the request itself goes to its route.
  std::string client_;
  presentation_wish wish_;
  presented answer_;
  const route* route_ = nullptr;
  /// Of the route, for counters.
  size_t pattern_ = 0;
  /// When the header was whole.
  clock::time_point began_ = {};
  /// Numbers the requests, so that an answer that comes late finds none.
  uint64_t number_ = 0;
  bool answered_ = true;
  bool header_read_ = false;
  bool idle_ = true;
  bool timed_out_ = false;
};

} // namespace pumpscope::http

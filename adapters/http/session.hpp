#pragma once

#include "adapters/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::http {

/// What the sessions of a server share; all on its thread.
struct shared_state {
  server_settings settings = {};
  std::vector<route> routes = {};
  server_counters counters = {};
  bool stopping = false;
  /// Answers may come when the server is gone.
  std::weak_ptr<boost::asio::io_context> io = {};
};

/// One connection, from its first request to its last. Keeps itself alive while
/// something is under way.
class session : public std::enable_shared_from_this<session> {
public:
  session(boost::asio::ip::tcp::socket socket,
          std::shared_ptr<shared_state> shared);

  ~session();

  /// Waits for the first request.
  void begin();

  /// Ends: at once between two requests, else behind the answer.
  void stop();

  /// Ends at once.
  void abort();

private:
  using error_code = boost::system::error_code;
  using request_parser
    = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void wait_for_request();
  void read_header();
  void take_header(const error_code& error);
  void read_body();
  void take_body(const error_code& error);
  void dispatch();
  void write(response x, bool close);
  void finish(bool close);
  /// Tells the client what is wrong with its bytes, as far as it listens.
  void refuse(const error_code& error);
  /// Ends what is under way when it takes too long.
  void limit(std::chrono::milliseconds time);
  void close();

  [[nodiscard]] const route* find(std::string_view path,
                                  std::string_view method,
                                  std::string& allowed) const;

  std::shared_ptr<shared_state> shared_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>>
    answer_;
  request request_;
  const route* route_ = nullptr;
  /// Numbers the requests, so that an answer that comes late finds none.
  uint64_t number_ = 0;
  bool answered_ = true;
  bool head_only_ = false;
  bool idle_ = true;
  bool timed_out_ = false;
};

} // namespace pumpscope::http

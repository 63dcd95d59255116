#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace pumpscope::test {

/// An answer of HTTP as it came.
struct raw_answer {
  /// 0 = the connection ended without one.
  unsigned status = 0;
  /// Status line and headers.
  std::string head = {};
  std::string body = {};
};

/// A client of HTTP that sends any bytes: blocking, 20 s at most for each
/// piece.
class raw_client {
public:
  /// Connects to HOST:PORT.
  explicit raw_client(const std::string& address) : socket_{io_} {
    auto colon = address.rfind(':');
    boost::asio::ip::tcp::resolver resolver{io_};
    boost::asio::connect(socket_, resolver.resolve(address.substr(0, colon),
                                                   address.substr(colon + 1)));
    auto limit = timeval{20, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit,
                 sizeof(limit));
  }

  /// Sends bytes; false when the other side is gone.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()),
                       error);
    return !error;
  }

  /// Reads one answer.
  raw_answer receive() {
    auto result = raw_answer{};
    auto end = buffer_.find("\r\n\r\n");
    for (; end == std::string::npos; end = buffer_.find("\r\n\r\n"))
      if (!read_more())
        return result;
    result.head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    result.status = static_cast<unsigned>(
      std::strtoul(result.head.c_str() + result.head.find(' '), nullptr, 10));
    auto length = size_t{0};
    if (auto at = result.head.find("Content-Length: "); at != std::string::npos)
      length = std::strtoul(result.head.c_str() + at + 16, nullptr, 10);
    while (buffer_.size() < length)
      if (!read_more())
        return result;
    result.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return result;
  }

  /// Whether the other side closes the connection, and says nothing before.
  bool closed() {
    return buffer_.empty() && !read_more() && !timed_out_;
  }

  /// Tells the other side that nothing more comes.
  void finish_sending() {
    boost::system::error_code error;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
  }

  /// Reads until all bytes up to and including `mark` are there and returns
  /// them; less when the connection ends before.
  std::string receive_until(std::string_view mark) {
    auto end = buffer_.find(mark);
    while (end == std::string::npos && read_more())
      end = buffer_.find(mark);
    auto size = end == std::string::npos ? buffer_.size() : end + mark.size();
    auto result = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return result;
  }

  raw_answer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }

private:
  bool read_more() {
    // Not by Asio, which waits on when the time of the system is over.
    char piece[4'096];
    auto count = ::recv(socket_.native_handle(), piece, sizeof(piece), 0);
    timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (count <= 0)
      return false;
    buffer_.append(piece, static_cast<size_t>(count));
    return true;
  }

  boost::asio::io_context io_ = {};
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_ = {};
  bool timed_out_ = false;
};

/// A request without a body.
inline std::string get_request(std::string_view target,
                               std::string_view more_headers = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: x\r\n"
         + std::string{more_headers} + "\r\n";
}

/// A request with a body.
inline std::string post_request(std::string_view path, std::string_view body,
                                std::string_view more_headers = {}) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: x\r\n"
         + std::string{more_headers} + "Content-Length: "
         + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

} // namespace pumpscope::test

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace pumpscope::test {

/// Stands between clients and a server on loopback and cuts a connection when
/// the server has answered but the client does not know it yet.
class cutting_proxy {
public:
  /// @param url The server's: `postgresql://USER@127.0.0.1:PORT/…?…`.
  explicit cutting_proxy(const std::string& url);
  ~cutting_proxy();

  cutting_proxy(const cutting_proxy&) = delete;
  cutting_proxy& operator=(const cutting_proxy&) = delete;

  /// The server as it is reached through here.
  [[nodiscard]] std::string url() const;

  /// From here on the answer to the next message that contains `text` is
  /// swallowed and its connection cut; once.
  void lose_answer_to(const std::string& text);

  /// How many answers were swallowed.
  [[nodiscard]] int lost() const {
    return lost_;
  }

private:
  void run();
  /// Passes bytes on until one side closes or an answer is to be lost.
  void serve(int client, int server);

  std::string server_url_ = {};
  uint16_t server_port_ = 0;
  uint16_t port_ = 0;
  int listener_ = -1;
  /// Read when a message passes; set between the calls of one test.
  std::string text_ = {};
  std::atomic<bool> armed_ = false;
  std::atomic<bool> ends_ = false;
  std::atomic<int> lost_ = 0;
  std::thread thread_ = {};
  /// One per connection; only `thread_` uses it.
  std::vector<std::thread> connections_ = {};
};

} // namespace pumpscope::test

// A client of HTTP/1.1 that asks on time: a request is due at its place in a
// fixed schedule, whether earlier ones were answered or not, and what it waits
// counts from there. driver.py starts it.
//
// Usage: open_loop HOST PORT RATE CONNECTIONS [HEADER]
//
// Reads one path a line, sends RATE of them a second over at most CONNECTIONS
// kept connections, and prints for each, in the same order: status (0 = no
// answer), microseconds from when it was due to the end of the answer, those of
// them before it was sent, and bytes of the body.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::string_view_literals;

/// How long answers may take after the last request is due.
constexpr auto patience_us = int64_t{30'000'000};

/// The begin of an answer must fit.
constexpr auto head_bytes_max = size_t{16} << 10;

int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch())
    .count();
}

struct outcome {
  int status = 0;
  int64_t latency_us = 0;
  int64_t unsent_us = 0;
  size_t bytes = 0;
};

struct connection {
  int file = -1;
  /// The request that is under way.
  size_t request = 0;
  bool busy = false;
  std::string head = {};
  bool in_body = false;
  size_t body_bytes = 0;
  size_t body_bytes_left = 0;
};

struct plan {
  sockaddr_in server = {};
  std::string headers = {};
  double rate = 0;
  size_t connections_max = 0;
  std::vector<std::string> paths = {};
};

class client {
public:
  explicit client(plan x)
    : plan_{std::move(x)},
      outcomes_(plan_.paths.size()),
      poll_{epoll_create1(EPOLL_CLOEXEC)},
      timer_{timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)} {
    auto event = epoll_event{};
    event.events = EPOLLIN;
    epoll_ctl(poll_, EPOLL_CTL_ADD, timer_, &event);
  }

  std::vector<outcome> run() {
    // The first request is due when there are connections for a start.
    for (size_t i = 0; i < std::min(plan_.connections_max, size_t{16}); ++i)
      if (auto* x = open())
        idle_.push_back(x);
    begin_us_ = now_us();
    auto last_us = due_us(plan_.paths.size()) + patience_us;
    auto events = std::array<epoll_event, 64>{};
    while (ended_ < plan_.paths.size() && now_us() < last_us) {
      send_what_is_due();
      auto count = epoll_wait(poll_, events.data(), events.size(), 1'000);
      for (auto i = 0; i < count; ++i) {
        auto* from
          = static_cast<connection*>(events[static_cast<size_t>(i)].data.ptr);
        if (from != nullptr)
          receive(*from);
        else
          clear_timer();
      }
    }
    for (auto& x : connections_)
      if (x->busy)
        end(*x, 0);
    return std::move(outcomes_);
  }

private:
  int64_t due_us(size_t request) const {
    return begin_us_
           + static_cast<int64_t>(static_cast<double>(request) * 1e6
                                  / plan_.rate);
  }

  connection* open() {
    auto file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto on = 1;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(file, reinterpret_cast<const sockaddr*>(&plan_.server),
                sizeof(plan_.server))
        != 0) {
      close(file);
      return nullptr;
    }
    auto x = std::make_unique<connection>();
    x->file = file;
    auto event = epoll_event{};
    event.events = EPOLLIN;
    event.data.ptr = x.get();
    epoll_ctl(poll_, EPOLL_CTL_ADD, file, &event);
    connections_.push_back(std::move(x));
    ++open_;
    return connections_.back().get();
  }

  void send_what_is_due() {
    for (; sent_ < plan_.paths.size(); ++sent_) {
      auto now = now_us();
      auto due = due_us(sent_);
      if (due > now) {
        wake_in(due - now);
        return;
      }
      auto* x = take_connection();
      // The next answer frees one; what is due goes on waiting meanwhile.
      if (x == nullptr && open_ != 0)
        return;
      if (x == nullptr)
        ++ended_;
      else
        send_request(*x, now - due);
    }
  }

  connection* take_connection() {
    if (!idle_.empty()) {
      auto* result = idle_.front();
      idle_.pop_front();
      return result;
    }
    return open_ < plan_.connections_max ? open() : nullptr;
  }

  void send_request(connection& x, int64_t unsent_us) {
    x.request = sent_;
    x.busy = true;
    outcomes_[sent_].unsent_us = unsent_us;
    auto text = "GET " + plan_.paths[sent_] + " HTTP/1.1\r\n" + plan_.headers;
    auto size = send(x.file, text.data(), text.size(), MSG_NOSIGNAL);
    if (size != static_cast<ssize_t>(text.size()))
      cut(x);
  }

  void wake_in(int64_t us) {
    auto time = itimerspec{};
    time.it_value.tv_sec = us / 1'000'000;
    time.it_value.tv_nsec = us % 1'000'000 * 1'000;
    timerfd_settime(timer_, 0, &time, nullptr);
  }

  void clear_timer() const {
    auto count = uint64_t{0};
    // Nothing to read means that it was set anew: as good.
    [[maybe_unused]] auto size = read(timer_, &count, sizeof(count));
  }

  void receive(connection& x) {
    if (x.file < 0)
      return;
    auto size = recv(x.file, bytes_.data(), bytes_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN)
      return;
    auto text = std::string_view{bytes_.data(),
                                 static_cast<size_t>(std::max(size, {}))};
    // The server closes connections that nobody uses; unasked bytes are wrong.
    if (size <= 0 || !x.busy || !take(x, text))
      cut(x);
  }

  /// Tells whether the bytes are a part of an answer.
  bool take(connection& x, std::string_view text) {
    if (!x.in_body) {
      x.head += text;
      auto end_of_head = x.head.find("\r\n\r\n");
      if (end_of_head == std::string::npos)
        return x.head.size() <= head_bytes_max;
      constexpr auto name = "\r\nContent-Length: "sv;
      auto length = x.head.find(name);
      if (x.head.size() < 12 || length > end_of_head)
        return false;
      x.body_bytes = std::strtoul(x.head.data() + length + name.size(), nullptr,
                                  10);
      x.body_bytes_left = x.body_bytes;
      x.in_body = true;
      text.remove_prefix(text.size() - (x.head.size() - end_of_head - 4));
    }
    if (text.size() > x.body_bytes_left)
      return false;
    x.body_bytes_left -= text.size();
    if (x.body_bytes_left == 0) {
      end(x, std::atoi(x.head.c_str() + 9));
      idle_.push_back(&x);
    }
    return true;
  }

  void end(connection& x, int status) {
    auto& result = outcomes_[x.request];
    result.status = status;
    result.latency_us = now_us() - due_us(x.request);
    result.bytes = x.body_bytes;
    ++ended_;
    x.busy = false;
    x.head.clear();
    x.in_body = false;
    x.body_bytes = 0;
  }

  void cut(connection& x) {
    if (x.busy)
      end(x, 0);
    std::erase(idle_, &x);
    // Its memory stays: events of this round may still name it.
    close(x.file);
    x.file = -1;
    --open_;
  }

  plan plan_;
  std::vector<outcome> outcomes_;
  int poll_;
  int timer_;
  int64_t begin_us_ = 0;
  size_t sent_ = 0;
  size_t ended_ = 0;
  size_t open_ = 0;
  std::vector<std::unique_ptr<connection>> connections_ = {};
  /// The one that was used longest ago is next: none gets old.
  std::deque<connection*> idle_ = {};
  std::array<char, 65'536> bytes_ = {};
};

} // namespace

int main(int argc, char** argv) {
  auto words = std::vector<std::string>(argv + 1, argv + argc);
  auto x = plan{};
  if (words.size() < 4
      || inet_pton(AF_INET, words[0].c_str(), &x.server.sin_addr) != 1) {
    std::fprintf(stderr, "usage: open_loop HOST PORT RATE CONNECTIONS "
                         "[HEADER]\n");
    return 2;
  }
  x.server.sin_family = AF_INET;
  x.server.sin_port = htons(static_cast<uint16_t>(std::stoul(words[1])));
  x.rate = std::stod(words[2]);
  x.connections_max = std::stoul(words[3]);
  x.headers = "Host: " + words[0] + "\r\n";
  for (size_t i = 4; i < words.size(); ++i)
    x.headers += words[i] + "\r\n";
  x.headers += "\r\n";
  for (auto line = std::string{}; std::getline(std::cin, line);)
    x.paths.push_back(line);
  for (auto& done : client{std::move(x)}.run())
    std::printf("%d %lld %lld %zu\n", done.status,
                static_cast<long long>(done.latency_us),
                static_cast<long long>(done.unsent_us), done.bytes);
}

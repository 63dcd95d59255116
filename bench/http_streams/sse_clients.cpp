// Many clients of one topic of the live stream, and what each of them got.
// driver.py starts it.
//
// Usage: sse_clients HOST PORT SOURCE TOPIC CLIENTS
//
// SOURCE is the first part of the clients' addresses: each one gives as many as
// there are ports. Prints a line when all clients are subscribed or refused.
// Then it answers two words on its standard input with a line each: `forget`
// (what came until now), and `report`. Ends with its standard input.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::string_view_literals;

/// Clients that are on their way to a subscription at a time: fewer than
/// connections that the server serves.
constexpr auto begun_max = size_t{128};

/// A client without an event for longer is not alive.
constexpr auto fresh_us = int64_t{3'000'000};

/// Messages that are told apart in a report.
constexpr auto messages_max = size_t{4'096};

/// As much of a line as tells whose it is.
constexpr auto line_bytes_max = size_t{256};

/// Delays are counted in steps of this.
constexpr auto step_us = int64_t{100};

int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch())
    .count();
}

double cpu_seconds() {
  auto x = timespec{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

/// The number behind a name in the begin of a document; -1 = it has none.
int64_t number_behind(std::string_view text, std::string_view name) {
  auto at = text.find(name);
  if (at == std::string_view::npos)
    return -1;
  at += name.size();
  if (at < text.size() && text[at] == '"')
    ++at;
  // The line ends with a zero.
  return std::strtoll(text.data() + at, nullptr, 10);
}

enum class phase : uint8_t { connects, asks, follows, closed };

struct client {
  int file = -1;
  phase at = phase::connects;
  /// The line that is being read, its begin at least.
  std::array<char, line_bytes_max + 1> line = {};
  size_t line_size = 0;
  /// The event that is being read.
  bool ready_event = false;
  bool reset_event = false;
  int64_t id = -1;
  int64_t ts_ms = -1;
  /// The newest that came.
  int64_t last_id = -1;
  int64_t last_seq = -1;
  int64_t event_us = 0;
};

/// One message at all clients.
struct message {
  int64_t ts_ms = 0;
  uint64_t count = 0;
  int64_t first_us = 0;
  int64_t last_us = 0;
  /// Delay from `ts` in steps -> clients.
  std::map<int64_t, uint64_t> delays = {};
};

class crowd {
public:
  crowd(sockaddr_in server, sockaddr_in source, std::string_view topic,
        size_t clients)
    : server_{server},
      source_{source},
      request_{"GET /api/v1/stream?topics=" + std::string{topic}
               + " HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      clients_(clients),
      poll_{epoll_create1(EPOLL_CLOEXEC)} {
    auto event = epoll_event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    epoll_ctl(poll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  }

  void run() {
    auto events = std::array<epoll_event, 256>{};
    while (!ended_) {
      begin_more();
      if (!told_ && settled_ == clients_.size()) {
        told_ = true;
        std::printf("{\"open\":%zu,\"refused\":%zu,\"failed\":%zu}\n", open_,
                    refused_, failed_);
        std::fflush(stdout);
      }
      auto count = epoll_wait(poll_, events.data(), events.size(), -1);
      for (auto i = 0; i < count; ++i) {
        auto& event = events[static_cast<size_t>(i)];
        if (event.data.ptr == nullptr)
          obey();
        else
          go_on(*static_cast<client*>(event.data.ptr));
      }
    }
  }

private:
  void begin_more() {
    while (begun_ < clients_.size() && begun_ - settled_ < begun_max)
      begin(clients_[begun_++]);
  }

  void begin(client& x) {
    x.file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (x.file < 0) {
      leave(x, failed_);
      return;
    }
    auto on = 1;
    // The port is chosen by both ends of the connection.
    setsockopt(x.file, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    auto event = epoll_event{};
    event.events = EPOLLOUT;
    event.data.ptr = &x;
    if (bind(x.file, reinterpret_cast<const sockaddr*>(&source_),
             sizeof(source_))
          != 0
        || (connect(x.file, reinterpret_cast<const sockaddr*>(&server_),
                    sizeof(server_))
              != 0
            && errno != EINPROGRESS)
        || epoll_ctl(poll_, EPOLL_CTL_ADD, x.file, &event) != 0)
      leave(x, failed_);
  }

  void go_on(client& x) {
    if (x.at == phase::connects)
      ask(x);
    else if (x.at != phase::closed)
      receive(x);
  }

  void ask(client& x) {
    auto size = send(x.file, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (size != static_cast<ssize_t>(request_.size())) {
      leave(x, failed_);
      return;
    }
    x.at = phase::asks;
    auto event = epoll_event{};
    event.events = EPOLLIN;
    event.data.ptr = &x;
    epoll_ctl(poll_, EPOLL_CTL_MOD, x.file, &event);
  }

  void receive(client& x) {
    auto size = read(x.file, bytes_.data(), bytes_.size());
    if (size < 0 && errno == EAGAIN)
      return;
    if (size <= 0) {
      leave(x, x.at == phase::asks ? failed_ : lost_);
      return;
    }
    received_bytes_ += static_cast<uint64_t>(size);
    auto now = now_us();
    auto text = std::string_view{bytes_.data(), static_cast<size_t>(size)};
    while (!text.empty() && x.at != phase::closed) {
      auto end = text.find('\n');
      auto part = text.substr(0, end);
      auto room = std::min(part.size(), line_bytes_max - x.line_size);
      std::copy_n(part.begin(), room, x.line.begin() + x.line_size);
      x.line_size += room;
      if (end == std::string_view::npos)
        return;
      text.remove_prefix(end + 1);
      x.line[x.line_size] = '\0';
      take_line(x, {x.line.data(), x.line_size}, now);
      x.line_size = 0;
    }
  }

  void take_line(client& x, std::string_view line, int64_t now) {
    if (line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.1 200"))
      leave(x, line.starts_with("HTTP/1.1 503") ? refused_ : failed_);
    else if (line.starts_with("id: "))
      x.id = number_behind(line, "-");
    else if (line.starts_with("event: "))
      take_name(x, line.substr(7));
    else if (line.starts_with("data: "))
      take_data(x, line);
    else if (line.empty())
      end_event(x, now);
  }

  static void take_name(client& x, std::string_view name) {
    x.ready_event = name == "ready";
    x.reset_event = name == "reset";
  }

  void take_data(client& x, std::string_view line) {
    x.ts_ms = number_behind(line, "\"ts\":");
    auto seq = number_behind(line, "\"seq\":");
    if (x.ts_ms < 0 || seq < 0)
      return;
    if (x.last_seq >= 0 && number_behind(line, "\"prev\":") > x.last_seq)
      ++holes_;
    x.last_seq = std::max(x.last_seq, seq);
  }

  void end_event(client& x, int64_t now) {
    if (x.ready_event && x.at == phase::asks) {
      x.at = phase::follows;
      ++open_;
      ++settled_;
    }
    resets_ += x.reset_event ? 1 : 0;
    if (x.ts_ms >= 0) {
      x.event_us = now;
      repeats_ += x.id <= x.last_id ? 1 : 0;
      x.last_id = std::max(x.last_id, x.id);
      count_message(x, now);
    }
    x.ready_event = false;
    x.reset_event = false;
    x.ts_ms = -1;
  }

  void count_message(const client& x, int64_t now) {
    auto [i, added] = messages_.try_emplace(x.id);
    auto& to = i->second;
    if (added) {
      to.ts_ms = x.ts_ms;
      to.first_us = now;
      if (messages_.size() > messages_max)
        messages_.erase(messages_.begin());
    }
    ++to.count;
    to.last_us = now;
    ++to.delays[(now - x.ts_ms * 1'000) / step_us];
  }

  /// Counts the end of a client in one of the counters.
  void leave(client& x, size_t& counter) {
    if (x.file >= 0)
      close(x.file);
    if (x.at == phase::follows)
      --open_;
    else
      ++settled_;
    x.at = phase::closed;
    ++counter;
  }

  void obey() {
    auto words = std::array<char, 256>{};
    auto size = read(STDIN_FILENO, words.data(), words.size());
    ended_ = size <= 0;
    if (ended_)
      return;
    auto word = std::string_view{words.data(), static_cast<size_t>(size)};
    if (word == "forget\n") {
      messages_.clear();
      holes_ = 0;
      repeats_ = 0;
      received_bytes_ = 0;
      std::puts("{}");
    } else {
      report();
    }
    std::fflush(stdout);
  }

  void report() const {
    auto since = now_us() - fresh_us;
    auto fresh = std::count_if(
      clients_.begin(), clients_.end(), [since](const client& x) {
        return x.at == phase::follows && x.event_us >= since;
      });
    std::printf("{\"open\":%zu,\"fresh\":%td,\"lost\":%zu,\"holes\":%zu,"
                "\"repeats\":%zu,\"resets\":%zu,\"bytes\":%llu,"
                "\"cpu_seconds\":%.3f,\"messages\":[",
                open_, fresh, lost_, holes_, repeats_, resets_,
                static_cast<unsigned long long>(received_bytes_),
                cpu_seconds());
    auto comma = "";
    for (auto& [id, x] : messages_) {
      std::printf(
        "%s{\"id\":%lld,\"ts_ms\":%lld,\"count\":%llu,"
        "\"first_us\":%lld,\"last_us\":%lld,\"delays\":{",
        comma, static_cast<long long>(id), static_cast<long long>(x.ts_ms),
        static_cast<unsigned long long>(x.count),
        static_cast<long long>(x.first_us), static_cast<long long>(x.last_us));
      comma = "";
      for (auto& [steps, count] : x.delays) {
        std::printf("%s\"%lld\":%llu", comma, static_cast<long long>(steps),
                    static_cast<unsigned long long>(count));
        comma = ",";
      }
      std::printf("}}");
      comma = ",";
    }
    std::printf("]}\n");
  }

  sockaddr_in server_;
  sockaddr_in source_;
  std::string request_;
  std::vector<client> clients_;
  int poll_;
  size_t begun_ = 0;
  /// Clients that follow, or never will.
  size_t settled_ = 0;
  size_t open_ = 0;
  size_t refused_ = 0;
  size_t failed_ = 0;
  size_t lost_ = 0;
  size_t holes_ = 0;
  size_t repeats_ = 0;
  size_t resets_ = 0;
  uint64_t received_bytes_ = 0;
  bool told_ = false;
  bool ended_ = false;
  std::map<int64_t, message> messages_ = {};
  std::array<char, 65'536> bytes_ = {};
};

} // namespace

int main(int argc, char** argv) {
  auto words = std::vector<std::string>(argv + 1, argv + argc);
  auto server = sockaddr_in{};
  auto source = sockaddr_in{};
  if (words.size() != 5
      || inet_pton(AF_INET, words[0].c_str(), &server.sin_addr) != 1
      || inet_pton(AF_INET, words[2].c_str(), &source.sin_addr) != 1) {
    std::fprintf(stderr, "usage: sse_clients HOST PORT SOURCE TOPIC CLIENTS\n");
    return 2;
  }
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<uint16_t>(std::stoul(words[1])));
  source.sin_family = AF_INET;
  auto limit = rlimit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  crowd{server, source, words[3], std::stoul(words[4])}.run();
}

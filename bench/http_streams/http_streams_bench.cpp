// What a stream costs the server: memory while nothing is told, time of the
// processor and delay when one message goes to all. The clients are a process
// of their own.

#include "adapters/http/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <unordered_set>
#include <vector>

namespace {

using namespace pumpscope;

struct plan {
  size_t clients = 10'000;
  size_t messages = 30;
  std::chrono::milliseconds pause = std::chrono::milliseconds{1'000};
};

int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

double cpu_seconds() {
  auto x = timespec{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

double resident_bytes() {
  auto in = std::ifstream{"/proc/self/statm"};
  auto all = size_t{0};
  auto resident = size_t{0};
  in >> all >> resident;
  return static_cast<double>(resident)
         * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// What all streams are told.
class feed {
public:
  class source : public http::body_source {
  public:
    explicit source(feed& owner) : owner_{owner} {
    }

    ~source() override {
      auto guard = std::lock_guard{owner_.mutex_};
      owner_.sources_.erase(this);
    }

    bool next(std::vector<std::shared_ptr<const std::string>>& out,
              size_t) override {
      auto guard = std::lock_guard{owner_.mutex_};
      for (; told_ < owner_.pieces_.size(); ++told_)
        out.push_back(owner_.pieces_[told_]);
      return true;
    }

    void on_wake(std::function<void()> wake) override {
      auto guard = std::lock_guard{owner_.mutex_};
      wake_ = std::move(wake);
      owner_.sources_.insert(this);
    }

  private:
    friend class feed;

    feed& owner_;
    size_t told_ = 0;
    std::function<void()> wake_ = {};
  };

  void tell() {
    auto text = "data: " + std::to_string(now_ns()) + "\n\n";
    auto guard = std::lock_guard{mutex_};
    pieces_.push_back(std::make_shared<const std::string>(std::move(text)));
    for (auto* x : sources_)
      x->wake_();
  }

private:
  std::mutex mutex_;
  std::unordered_set<source*> sources_;
  std::vector<std::shared_ptr<const std::string>> pieces_;
};

int connect_to(uint16_t port) {
  auto result = socket(AF_INET, SOCK_STREAM, 0);
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr auto request
    = std::string_view{"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"};
  if (result < 0
      || connect(result, reinterpret_cast<sockaddr*>(&address), sizeof(address))
           != 0
      || write(result, request.data(), request.size())
           != static_cast<ssize_t>(request.size()))
    return -1;
  return result;
}

/// What the clients saw, as it goes through the pipe.
struct client_report {
  uint64_t messages = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
};

/// The clients: read until all have seen the last message, or nothing comes for
/// half a minute.
client_report run_clients(const plan& x, uint16_t port) {
  auto poll = epoll_create1(0);
  for (size_t i = 0; i < x.clients; ++i) {
    auto event = epoll_event{};
    event.events = EPOLLIN;
    event.data.fd = connect_to(port);
    if (event.data.fd < 0
        || epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event) != 0)
      return {};
  }
  auto delays = std::vector<int64_t>{};
  delays.reserve(x.clients * x.messages);
  auto events = std::array<epoll_event, 256>{};
  auto bytes = std::array<char, 4'096>{};
  while (delays.size() < x.clients * x.messages) {
    auto count = epoll_wait(poll, events.data(), events.size(), 30'000);
    if (count <= 0)
      break;
    for (auto i = 0; i < count; ++i) {
      auto size = read(events[static_cast<size_t>(i)].data.fd, bytes.data(),
                       bytes.size());
      if (size <= 0)
        return {};
      auto now = now_ns();
      auto text = std::string_view{bytes.data(), static_cast<size_t>(size)};
      for (auto at = text.find("data: "); at != std::string_view::npos;
           at = text.find("data: ", at + 1))
        delays.push_back(now - std::strtoll(text.data() + at + 6, nullptr, 10));
    }
  }
  auto result = client_report{delays.size()};
  std::sort(delays.begin(), delays.end());
  auto ms = [&](double share) {
    auto last = static_cast<double>(delays.size() - 1);
    return static_cast<double>(delays[static_cast<size_t>(last * share)])
           * 1e-6;
  };
  if (!delays.empty()) {
    result.p50_ms = ms(0.5);
    result.p99_ms = ms(0.99);
    result.max_ms = ms(1);
  }
  return result;
}

int run(const plan& x) {
  auto ports = std::array<int, 2>{};
  auto reports = std::array<int, 2>{};
  if (pipe(ports.data()) != 0 || pipe(reports.data()) != 0)
    return 1;
  // Before there are threads.
  auto child = fork();
  if (child == 0) {
    auto limit = rlimit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    auto port = uint16_t{0};
    auto told = read(ports[0], &port, sizeof(port)) == sizeof(port);
    auto result = told ? run_clients(x, port) : client_report{};
    auto sent = write(reports[1], &result, sizeof(result)) == sizeof(result);
    _exit(sent ? 0 : 1);
  }
  auto all = feed{};
  auto routes = std::vector<http::route>(1);
  routes[0].path = "/stream";
  routes[0].handle = [&all](const http::request&, const http::reply& done) {
    auto answer = http::response{};
    answer.content_type = "text/event-stream";
    answer.stream = std::make_shared<feed::source>(all);
    done(std::move(answer));
  };
  auto server = http::server::start({}, std::move(routes));
  if (!server)
    return 1;
  auto address = (*server)->address();
  auto port = static_cast<uint16_t>(
    std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10));
  auto before = resident_bytes();
  if (write(ports[1], &port, sizeof(port)) != sizeof(port))
    return 1;
  while ((*server)->counters().streams_open < x.clients)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  auto memory = (resident_bytes() - before) / static_cast<double>(x.clients);
  auto cpu = cpu_seconds();
  for (size_t i = 0; i < x.messages; ++i) {
    all.tell();
    std::this_thread::sleep_for(x.pause);
  }
  auto report = client_report{};
  auto got = read(reports[0], &report, sizeof(report)) == sizeof(report);
  cpu = cpu_seconds() - cpu;
  waitpid(child, nullptr, 0);
  auto expected = x.clients * x.messages;
  std::printf("{\"bench\":\"http_streams\",\"clients\":%zu,\"messages\":%zu,"
              "\"delivered\":%llu,\"bytes_per_idle_stream\":%.0f,"
              "\"cpu_us_per_message\":%.2f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,"
              "\"max_ms\":%.1f}\n",
              x.clients, expected,
              static_cast<unsigned long long>(report.messages), memory,
              cpu * 1e6 / static_cast<double>(expected), report.p50_ms,
              report.p99_ms, report.max_ms);
  return got && report.messages == expected ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  auto x = plan{};
  auto arguments = std::vector<std::string>(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--smoke") {
    x = {100, 3, std::chrono::milliseconds{50}};
  } else {
    if (!arguments.empty())
      x.clients = std::strtoul(arguments[0].c_str(), nullptr, 10);
    if (arguments.size() > 1)
      x.messages = std::strtoul(arguments[1].c_str(), nullptr, 10);
  }
  return run(x);
}

#include "adapters/http/server.hpp"

#include "adapters/http/session.hpp"
#include "adapters/http/shared_state.hpp"
#include "adapters/http/stream_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace pumpscope::http {

namespace {

namespace net = boost::asio;

using boost::system::error_code;
using net::ip::tcp;

/// The pause after an error of the system, e.g. no free files.
constexpr auto accept_pause = std::chrono::milliseconds{100};

/// How often a server at its bound looks for room.
constexpr auto room_pause = std::chrono::milliseconds{20};

/// How often streams are looked at, at most.
constexpr auto stall_pause_max = std::chrono::milliseconds{1'000};

/// Files that are left to the rest of the process.
constexpr size_t spare_files = 512;

/// Lets the process open as many files as it may; returns how many.
size_t raise_open_files() {
  auto limit = rlimit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 1'024;
  auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  auto raised = before == limit.rlim_max
                || setrlimit(RLIMIT_NOFILE, &limit) == 0;
  return raised ? limit.rlim_cur : before;
}

/// Lowers the bounds to the files that there are.
void fit_to_open_files(server_settings& x) {
  auto files = raise_open_files();
  auto spare = std::min(spare_files, files / 4);
  x.connections_max = std::min(x.connections_max, files / 4);
  x.streams_max = std::min(x.streams_max, files - spare - x.connections_max);
}

/// Copies, because what ends leaves the set; and keeps all alive meanwhile.
template <class T>
std::vector<std::shared_ptr<T>> all_of(const std::unordered_set<T*>& xs) {
  auto result = std::vector<std::shared_ptr<T>>{};
  for (auto* x : xs)
    if (auto open = x->weak_from_this().lock())
      result.push_back(std::move(open));
  return result;
}

class beast_server : public server {
public:
  beast_server(server_settings settings, gate doors)
    : shared_{std::make_shared<shared_state>(std::move(settings),
                                             std::move(doors), io_)} {
    // nop
  }

  ~beast_server() override {
    if (!thread_.joinable())
      return;
    net::post(*io_, [this] { stop(); });
    thread_.join();
  }

  /// Returns what is wrong, or an empty text.
  std::string listen() {
    const auto& settings = shared_->settings;
    auto error = error_code{};
    auto found = tcp::resolver{*io_}.resolve(settings.host,
                                             std::to_string(settings.port),
                                             tcp::resolver::passive, error);
    if (error)
      return error.message();
    auto endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error)
      acceptor_.set_option(net::socket_base::reuse_address{true}, error);
    if (!error)
      acceptor_.bind(endpoint, error);
    if (!error)
      acceptor_.listen(net::socket_base::max_listen_connections, error);
    if (error)
      return error.message();
    auto host = settings.host.find(':') == std::string::npos
                  ? settings.host
                  : "[" + settings.host + "]";
    address_ = host + ":"
               + std::to_string(acceptor_.local_endpoint(error).port());
    accept();
    watch_streams();
    thread_ = std::jthread{[this] { io_->run(); }};
    return {};
  }

  [[nodiscard]] std::string address() const override {
    return address_;
  }

  [[nodiscard]] server_counters counters() const override {
    return shared_->traffic.totals();
  }

  [[nodiscard]] std::vector<route_counters> routes() const override {
    return shared_->traffic.routes();
  }

private:
  void accept() {
    if (shared_->stopping)
      return;
    if (shared_->sessions.size() >= shared_->settings.connections_max) {
      wait_and_accept(room_pause);
      return;
    }
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (shared_->stopping)
        return;
      if (error) {
        wait_and_accept(accept_pause);
        return;
      }
      std::make_shared<session>(std::move(socket), shared_)->begin();
      accept();
    });
  }

  void wait_and_accept(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this](const error_code& x) {
      if (!x)
        accept();
    });
  }

  /// One timer for all: most streams wait for nothing.
  void watch_streams() {
    auto stall_max = shared_->settings.stall_max;
    stall_timer_.expires_after(std::min(stall_max / 4, stall_pause_max));
    stall_timer_.async_wait([this, stall_max](const error_code& x) {
      if (x || shared_->stopping)
        return;
      watch_streams();
      auto since = std::chrono::steady_clock::now() - stall_max;
      // The streams leave the set later, when their last operation has ended.
      for (auto* stream : shared_->streams)
        stream->end_when_stalled(since);
    });
  }

  void stop() {
    shared_->stopping = true;
    auto error = error_code{};
    acceptor_.close(error);
    timer_.cancel();
    stall_timer_.cancel();
    for (auto& x : all_of(shared_->sessions))
      x->stop();
    for (auto& x : all_of(shared_->streams))
      x->stop();
    stopping_since_ = std::chrono::steady_clock::now();
    wait_for_end();
  }

  /// The thread ends by itself when nothing is under way any more.
  void wait_for_end() {
    if (shared_->sessions.empty() && shared_->streams.empty())
      return;
    auto gone = std::chrono::steady_clock::now() - stopping_since_;
    if (gone >= shared_->settings.stop_max) {
      for (auto& x : all_of(shared_->sessions))
        x->abort();
      for (auto& x : all_of(shared_->streams))
        x->abort();
    }
    timer_.expires_after(room_pause);
    timer_.async_wait([this](const error_code&) {
      // Requests whose answer never comes keep nothing alive but themselves.
      auto open = !shared_->sessions.empty() || !shared_->streams.empty();
      if (open
          && std::chrono::steady_clock::now() - stopping_since_
               >= 2 * shared_->settings.stop_max)
        io_->stop();
      else
        wait_for_end();
    });
  }

  std::shared_ptr<net::io_context> io_ = std::make_shared<net::io_context>(1);
  std::shared_ptr<shared_state> shared_;
  std::string address_ = {};
  /// Used by the server's thread, as all of the above.
  tcp::acceptor acceptor_{*io_};
  net::steady_timer timer_{*io_};
  net::steady_timer stall_timer_{*io_};
  std::chrono::steady_clock::time_point stopping_since_ = {};
  std::jthread thread_ = {};
};

} // namespace

tl::expected<std::unique_ptr<server>, std::string>
server::start(server_settings settings, std::vector<route> routes) {
  auto doors = gate::build(settings, std::move(routes));
  if (!doors)
    return tl::unexpected{std::move(doors.error())};
  fit_to_open_files(settings);
  auto place = settings.host + ":" + std::to_string(settings.port);
  auto result = std::make_unique<beast_server>(std::move(settings),
                                               std::move(*doors));
  if (auto problem = result->listen(); !problem.empty())
    return tl::unexpected{"cannot listen on " + place + ": " + problem};
  return result;
}

} // namespace pumpscope::http

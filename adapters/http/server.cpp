#include "adapters/http/server.hpp"

#include "adapters/http/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <list>
#include <mutex>
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

class beast_server : public server {
public:
  beast_server(server_settings settings, std::vector<route> routes)
    : shared_{std::make_shared<shared_state>()} {
    shared_->settings = std::move(settings);
    shared_->routes = std::move(routes);
    shared_->io = io_;
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
    thread_ = std::jthread{[this] { io_->run(); }};
    return {};
  }

  [[nodiscard]] std::string address() const override {
    return address_;
  }

  [[nodiscard]] server_counters counters() const override {
    auto guard = std::lock_guard{mutex_};
    return counters_;
  }

private:
  void accept() {
    publish();
    if (shared_->stopping)
      return;
    if (shared_->counters.connections_open
        >= shared_->settings.connections_max) {
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
      auto next = std::make_shared<session>(std::move(socket), shared_);
      std::erase_if(sessions_, [](auto& x) { return x.expired(); });
      sessions_.push_back(next);
      next->begin();
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

  void stop() {
    shared_->stopping = true;
    auto error = error_code{};
    acceptor_.close(error);
    timer_.cancel();
    for (auto& x : sessions_)
      if (auto open = x.lock())
        open->stop();
    stopping_since_ = std::chrono::steady_clock::now();
    wait_for_end();
  }

  /// The thread ends by itself when nothing is under way any more.
  void wait_for_end() {
    publish();
    if (shared_->counters.connections_open == 0)
      return;
    auto over = std::chrono::steady_clock::now() - stopping_since_
                >= shared_->settings.stop_max;
    if (over)
      for (auto& x : sessions_)
        if (auto open = x.lock())
          open->abort();
    timer_.expires_after(room_pause);
    timer_.async_wait([this](const error_code&) {
      // Requests whose answer never comes keep nothing alive but themselves.
      if (shared_->counters.connections_open > 0
          && std::chrono::steady_clock::now() - stopping_since_
               >= 2 * shared_->settings.stop_max)
        io_->stop();
      else
        wait_for_end();
    });
  }

  /// Makes the counters visible to other threads.
  void publish() {
    auto guard = std::lock_guard{mutex_};
    counters_ = shared_->counters;
  }

  std::shared_ptr<shared_state> shared_;
  std::string address_ = {};
  std::shared_ptr<net::io_context> io_ = std::make_shared<net::io_context>(1);
  tcp::acceptor acceptor_{*io_};
  net::steady_timer timer_{*io_};
  /// Used by the server's thread, as all of the above.
  std::list<std::weak_ptr<session>> sessions_ = {};
  std::chrono::steady_clock::time_point stopping_since_ = {};
  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex.
  server_counters counters_ = {};
  std::jthread thread_ = {};
};

} // namespace

tl::expected<std::unique_ptr<server>, std::string>
server::start(server_settings settings, std::vector<route> routes) {
  auto place = settings.host + ":" + std::to_string(settings.port);
  auto result = std::make_unique<beast_server>(std::move(settings),
                                               std::move(routes));
  if (auto problem = result->listen(); !problem.empty())
    return tl::unexpected{"cannot listen on " + place + ": " + problem};
  return result;
}

} // namespace pumpscope::http

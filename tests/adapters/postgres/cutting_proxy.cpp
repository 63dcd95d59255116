#include "tests/adapters/postgres/cutting_proxy.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

#include <libpq-fe.h>

namespace pumpscope::test {

namespace {

/// How soon the end of the proxy is noticed.
constexpr int look_ms = 20;

sockaddr_in loopback(uint16_t port) {
  auto result = sockaddr_in{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result.sin_port = htons(port);
  return result;
}

/// Passes on what is there; returns it, empty = closed.
std::string_view pass(int from, int to, std::span<char> buffer) {
  auto count = ::recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0)
    return {};
  auto bytes = std::string_view{buffer.data(), static_cast<size_t>(count)};
  for (auto rest = bytes; !rest.empty();) {
    auto sent = ::send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return {};
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  return bytes;
}

} // namespace

cutting_proxy::cutting_proxy(const std::string& url) : server_url_(url) {
  auto parsed = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>{
    PQconninfoParse(url.c_str(), nullptr), PQconninfoFree};
  for (auto* x = parsed.get(); x != nullptr && x->keyword != nullptr; ++x)
    if (x->val != nullptr && std::string_view{x->keyword} == "port")
      server_port_ = static_cast<uint16_t>(std::stoi(x->val));
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  auto size = socklen_t{sizeof address};
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, size) != 0
      || ::listen(listener_, 8) != 0
      || ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no port for a proxy");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

cutting_proxy::~cutting_proxy() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

std::string cutting_proxy::url() const {
  // Of two ports the last one counts.
  return server_url_ + "&port=" + std::to_string(port_);
}

void cutting_proxy::lose_answer_to(const std::string& text) {
  text_ = text;
  armed_ = true;
}

void cutting_proxy::run() {
  while (!ends_) {
    auto waiting = pollfd{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, look_ms) <= 0)
      continue;
    connections_.emplace_back(
      [this, client = ::accept(listener_, nullptr, nullptr)] {
        auto server = ::socket(AF_INET, SOCK_STREAM, 0);
        auto address = loopback(server_port_);
        if (::connect(server, reinterpret_cast<sockaddr*>(&address),
                      sizeof address)
            == 0)
          serve(client, server);
        ::close(server);
        ::close(client);
      });
  }
  for (auto& x : connections_)
    x.join();
}

void cutting_proxy::serve(int client, int server) {
  auto buffer = std::array<char, 65'536>{};
  while (!ends_) {
    auto sides = std::array{pollfd{client, POLLIN, 0},
                            pollfd{server, POLLIN, 0}};
    if (::poll(sides.data(), sides.size(), look_ms) <= 0)
      continue;
    if (sides[1].revents != 0 && pass(server, client, buffer).empty())
      return;
    if (sides[0].revents == 0)
      continue;
    auto said = pass(client, server, buffer);
    if (said.empty())
      return;
    if (armed_ && said.find(text_) != std::string_view::npos
        && armed_.exchange(false)) {
      // The server has done it when it answers.
      if (::recv(server, buffer.data(), buffer.size(), 0) > 0)
        ++lost_;
      return;
    }
  }
}

} // namespace pumpscope::test

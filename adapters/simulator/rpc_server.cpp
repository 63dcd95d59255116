#include "adapters/simulator/rpc_server.hpp"

#include "adapters/simulator/block_json.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

namespace pumpscope::simulator {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

using tcp = net::ip::tcp;
using boost::system::error_code;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

constexpr size_t question_bytes_max = 64U << 10;
constexpr uint32_t header_bytes_max = 16U << 10;
constexpr auto idle_max = std::chrono::seconds{60};

/// Slots that one getBlocks may span, as real servers have it.
constexpr uint64_t list_slots_max = 500'000;

enum class damage : uint8_t {
  none,
  rate_limited,
  unavailable,
  torn,
  garbage,
  block_not_there,
  list_thinned,
};

std::string result_text(const json::value& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","result":)" + result + R"(,"id":)"
         + json::serialize(id) + "}";
}

std::string error_text(const json::value& id, int code,
                       const std::string& message) {
  return R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code)
         + R"(,"message":")" + message + R"("},"id":)" + json::serialize(id)
         + "}";
}

std::optional<uint64_t> slot_at(const json::array& params, size_t i) {
  if (params.size() <= i)
    return std::nullopt;
  auto error = error_code{};
  auto result = params[i].to_number<uint64_t>(error);
  if (error)
    return std::nullopt;
  return result;
}

/// Answers the questions of one connection.
class answerer {
public:
  answerer(const rpc_server_settings& settings, const block_log& blocks)
    : seed_(settings.seed),
      blocks_(blocks),
      encoder_(settings.seed, settings.inner_instructions) {
  }

  std::string answer(std::string_view body, damage harm) {
    auto error = error_code{};
    auto document = json::parse({body.data(), body.size()}, error);
    auto question = error ? nullptr : document.if_object();
    if (question == nullptr)
      return error_text(nullptr, error ? -32700 : -32600, "no JSON object");
    auto id = question->if_contains("id");
    auto method = question->if_contains("method");
    auto params = question->if_contains("params");
    static const auto none = json::array{};
    auto arguments = params != nullptr ? params->if_array() : nullptr;
    auto name = method != nullptr ? method->if_string() : nullptr;
    if (id == nullptr || name == nullptr)
      return error_text(nullptr, -32600, "a request has an id and a method");
    return call(*id, {name->data(), name->size()},
                arguments != nullptr ? *arguments : none, harm);
  }

private:
  std::string call(const json::value& id, std::string_view method,
                   const json::array& params, damage harm) {
    if (method == "getBlock")
      return block(id, params, harm);
    if (method == "getBlocks")
      return list(id, params, harm);
    if (method == "getSlot") {
      auto tip = blocks_.tip();
      return tip ? result_text(id, std::to_string(*tip))
                 : error_text(id, -32603, "no block is confirmed yet");
    }
    return error_text(id, -32601, "Method not found");
  }

  std::string block(const json::value& id, const json::array& params,
                    damage harm) {
    auto slot = slot_at(params, 0);
    if (!slot)
      return error_text(id, -32602, "the first parameter is no slot");
    auto text = std::to_string(*slot);
    auto found = slot_plan_ptr{};
    auto presence = blocks_.find(*slot, found);
    if (harm == damage::block_not_there)
      presence = block_presence::not_yet;
    switch (presence) {
      case block_presence::here:
        return result_text(id, block_json(*found, seed_, encoder_));
      case block_presence::skipped:
        return error_text(id, -32007,
                          "Slot " + text
                            + " was skipped, or missing due to ledger jump to "
                              "recent snapshot");
      case block_presence::not_yet:
        return error_text(id, -32004, "Block not available for slot " + text);
      case block_presence::gone:
        break;
    }
    return error_text(id, -32001, "Block " + text + " cleaned up");
  }

  std::string list(const json::value& id, const json::array& params,
                   damage harm) {
    auto from = slot_at(params, 0);
    auto to = slot_at(params, 1);
    if (!from)
      return error_text(id, -32602, "the first parameter is no slot");
    auto end = to.value_or(blocks_.tip().value_or(0));
    if (end >= *from && end - *from > list_slots_max)
      return error_text(id, -32602, "Slot range too large; max 500000");
    auto result = std::string{"["};
    auto count = 0;
    for (auto slot : blocks_.list(*from, end)) {
      if (harm == damage::list_thinned && ++count % 3 == 0)
        continue;
      result += (result.size() > 1 ? "," : "") + std::to_string(slot);
    }
    return result_text(id, result + "]");
  }

  uint64_t seed_ = 0;
  const block_log& blocks_;
  transaction_encoder encoder_;
};

/// Decides which questions are answered badly.
class mischief {
public:
  explicit mischief(double share) : share_(share) {
  }

  damage next() {
    auto guard = std::lock_guard{mutex_};
    if (share_ <= 0 || std::bernoulli_distribution{share_}(random_) == false)
      return damage::none;
    auto kind = 1 + count_++ % 6;
    return static_cast<damage>(kind);
  }

private:
  std::mutex mutex_;
  double share_ = 0;
  uint64_t count_ = 0;
  std::minstd_rand random_{1};
};

/// One connection with its thread.
class connection {
public:
  connection(const rpc_server_settings& settings, const block_log& blocks,
             mischief& harm)
    : answers_(settings, blocks), harm_(harm), stream_(io_) {
  }

  tcp::socket& socket() {
    return stream_.socket();
  }

  void begin() {
    thread_ = std::jthread{[this] {
      serve();
      done_ = true;
    }};
  }

  [[nodiscard]] bool done() const {
    return done_;
  }

  void stop() {
    stopping_ = true;
    net::post(io_, [this] { stream_.close(); });
  }

private:
  template <class Start>
  error_code wait_for(Start start) {
    auto result = std::optional<error_code>{};
    if (stopping_)
      return net::error::operation_aborted;
    stream_.expires_after(idle_max);
    io_.restart();
    start([&result](const error_code& x, size_t) { result = x; });
    while (!result)
      io_.run_one();
    return *result;
  }

  void serve() {
    auto buffer = beast::flat_buffer{};
    for (;;) {
      auto parser = http::request_parser<http::string_body>{};
      parser.header_limit(header_bytes_max);
      parser.body_limit(question_bytes_max);
      if (wait_for([&](auto handler) {
            http::async_read(stream_, buffer, parser, handler);
          }))
        break;
      auto harm = harm_.next();
      auto reply = answer(parser.get(), harm);
      auto bytes = std::string{};
      auto text = std::ostringstream{};
      text << reply;
      bytes = std::move(text).str();
      if (harm == damage::torn)
        bytes.resize(bytes.size() - reply.body().size() / 2);
      if (wait_for([&](auto handler) {
            net::async_write(stream_, net::buffer(bytes), handler);
          })
          || harm == damage::torn || !reply.keep_alive())
        break;
    }
    auto error = error_code{};
    stream_.socket().shutdown(tcp::socket::shutdown_both, error);
    stream_.socket().close(error);
  }

  response answer(const request& x, damage harm) {
    auto result = response{http::status::ok, x.version()};
    result.keep_alive(x.keep_alive());
    result.set(http::field::content_type, "application/json");
    if (x.method() != http::verb::post) {
      result.result(http::status::method_not_allowed);
    } else if (harm == damage::rate_limited) {
      result.result(http::status::too_many_requests);
      result.set(http::field::retry_after, "0");
    } else if (harm == damage::unavailable) {
      result.result(http::status::service_unavailable);
    } else if (harm == damage::garbage) {
      result.body() = "<html>{\"result\":";
    } else {
      result.body() = answers_.answer(x.body(), harm);
    }
    result.prepare_payload();
    return result;
  }

  answerer answers_;
  mischief& harm_;
  net::io_context io_{1};
  beast::tcp_stream stream_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> done_ = false;
  std::jthread thread_ = {};
};

class http_rpc_server : public rpc_server {
public:
  http_rpc_server(const rpc_server_settings& settings, const block_log& blocks)
    : settings_(settings), blocks_(blocks), harm_(settings.errors) {
  }

  ~http_rpc_server() override {
    if (!accepting_.joinable())
      return;
    net::post(io_, [this] {
      stopping_ = true;
      auto error = error_code{};
      acceptor_.close(error);
    });
    accepting_.join();
    for (auto& x : connections_)
      x.stop();
  }

  /// Returns what is wrong, or an empty text.
  std::string listen() {
    auto colon = settings_.listen.rfind(':');
    auto host = settings_.listen.substr(0, colon);
    auto port = colon == std::string::npos ? "0"
                                           : settings_.listen.substr(colon + 1);
    auto name = host;
    if (name.starts_with('[') && name.ends_with(']'))
      name = name.substr(1, name.size() - 2);
    auto error = error_code{};
    auto found = tcp::resolver{io_}.resolve(name, port, tcp::resolver::passive,
                                            error);
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
    address_ = host + ':' + std::to_string(acceptor_.local_endpoint().port());
    accept();
    accepting_ = std::jthread{[this] { io_.run(); }};
    return {};
  }

  [[nodiscard]] std::string address() const override {
    return address_;
  }

private:
  void accept() {
    connections_.remove_if([](const auto& x) { return x.done(); });
    auto& next = connections_.emplace_back(settings_, blocks_, harm_);
    acceptor_.async_accept(next.socket(), [this, &next](const error_code& x) {
      if (stopping_ || x == net::error::operation_aborted) {
        connections_.pop_back();
        return;
      }
      // Those above the bound are closed at once.
      if (x || connections_.size() > settings_.clients_max)
        connections_.pop_back();
      else
        next.begin();
      accept();
    });
  }

  const rpc_server_settings settings_;
  const block_log& blocks_;
  mischief harm_;
  std::string address_ = {};
  net::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  bool stopping_ = false;
  /// Used by the thread that accepts.
  std::list<connection> connections_ = {};
  std::jthread accepting_ = {};
};

} // namespace

tl::expected<std::unique_ptr<rpc_server>, std::string>
rpc_server::start(const rpc_server_settings& settings,
                  const block_log& blocks) {
  auto result = std::make_unique<http_rpc_server>(settings, blocks);
  if (auto problem = result->listen(); !problem.empty())
    return tl::unexpected{"cannot listen on " + settings.listen + ": "
                          + problem};
  return result;
}

} // namespace pumpscope::simulator

#include "adapters/peer/peer_network.hpp"

#include "adapters/peer/peer_client.hpp"
#include "adapters/peer/peer_server.hpp"
#include "adapters/peer/port_probe.hpp"
#include "adapters/peer/tls_calls.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/send.hpp>

#include <utility>

namespace pumpscope::peer {

namespace {

/// Threads of the actors; CAF adds one for its sockets.
constexpr size_t threads = 2;

struct system_config : caf::actor_system_config {
  explicit system_config(const peer_settings& x) {
    add_message_types<caf::id_block::pumpscope_peer>();
    add_message_types<caf::id_block::pumpscope_peer_local>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    auto silence = caf::timespan{x.silence_max};
    set("middleman.heartbeat-interval", silence / 4);
    set("middleman.connection-timeout", silence);
    load<caf::io::middleman>();
    mend_tls();
    load<caf::openssl::manager>();
    openssl_certificate = x.identity.certificate_file;
    openssl_key = x.identity.key_file;
    openssl_cafile = x.identity.ca_file;
  }
};

class caf_network : public peer_network {
public:
  explicit caf_network(peer_settings settings)
    : host_{settings.host},
      identity_{settings.identity},
      config_{settings},
      system_{config_} {
    auto serves = peer_server_config{};
    serves.answer = std::move(settings.answer);
    serves.questions_max = settings.questions_max;
    serves.uncounted = settings.uncounted;
    serves.streams_max = settings.streams_max;
    serves.traffic = served_;
    server_ = system_.spawn(peer_server, std::move(serves));
    auto asks = peer_client_config{};
    asks.connector = system_.openssl_manager().actor_handle();
    asks.questions_max = settings.questions_max;
    asks.uncounted = settings.uncounted;
    asks.streams_max = settings.streams_max;
    asks.answer_max = settings.answer_max;
    asks.connect_max = settings.connect_max;
    asks.reconnect_pause = settings.reconnect_pause;
    asks.traffic = asked_;
    client_ = system_.spawn(peer_client, std::move(asks));
  }

  ~caf_network() override {
    caf::anon_send_exit(server_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(client_, caf::exit_reason::user_shutdown);
    server_ = nullptr;
    client_ = nullptr;
  }

  /// Returns what is wrong, or an empty text.
  std::string listen(uint16_t port) {
    auto hdl = caf::actor_cast<messages::peer_server_actor>(server_);
    auto bound = caf::openssl::publish(hdl, port, host_.c_str(), true);
    if (!bound)
      return "cannot listen at " + host_ + ":" + std::to_string(port) + ": "
             + system_.render(bound.error());
    port_ = *bound;
    return {};
  }

  [[nodiscard]] std::string address() const override {
    auto host = host_.find(':') == std::string::npos ? host_
                                                     : "[" + host_ + "]";
    return host + ":" + std::to_string(port_);
  }

  void ask(std::string_view address, http::request x,
           http::reply done) override {
    auto place = split_address(address);
    if (!place) {
      done(http::problem(503, "node_unreachable",
                         "the node tells no address for other nodes"));
      return;
    }
    caf::anon_send(client_, std::make_shared<ask_peer>(
                              ask_peer{std::move(place->first), place->second,
                                       std::move(x), std::move(done)}));
  }

  [[nodiscard]] peer_counters counters() const override {
    auto result = peer_counters{};
    result.asked = asked_->asked;
    result.asked_in_vain = asked_->in_vain;
    result.answered = served_->answered;
    result.refused = served_->refused;
    result.streams_open = served_->streams_open;
    result.connections_lost = asked_->lost;
    result.bytes_asked = asked_->bytes_asked;
    result.bytes_told = asked_->bytes_told;
    return result;
  }

private:
  std::string host_;
  /// Its files are read for each connection.
  credentials identity_;
  uint16_t port_ = 0;
  std::shared_ptr<server_traffic> served_ = std::make_shared<server_traffic>();
  std::shared_ptr<client_traffic> asked_ = std::make_shared<client_traffic>();
  system_config config_;
  caf::actor_system system_;
  local_server_actor server_;
  local_client_actor client_;
};

} // namespace

tl::expected<std::unique_ptr<peer_network>, std::string>
peer_network::open(peer_settings settings) {
  if (auto wrong = problem_of(settings.identity); !wrong.empty())
    return tl::unexpected{std::move(wrong)};
  auto port = settings.port;
  auto result = std::make_unique<caf_network>(std::move(settings));
  if (auto wrong = result->listen(port); !wrong.empty())
    return tl::unexpected{std::move(wrong)};
  return result;
}

} // namespace pumpscope::peer

#pragma once

#include "adapters/http/body_source.hpp"
#include "adapters/peer/peer_network.hpp"
#include "messages/hosting.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace pumpscope::runtime {

/// Where nodes ask each other to host; no route of the API is there.
namespace hosting_path {

inline constexpr std::string_view prefix = "/hosting/";
inline constexpr std::string_view ready = "/hosting/ready";
/// Of these there are no more than the sequencer has credit for.
inline constexpr std::string_view flow = "/hosting/flow/";
inline constexpr std::string_view begin = "/hosting/flow/begin";
inline constexpr std::string_view pass = "/hosting/flow/pass";
inline constexpr std::string_view ask = "/hosting/ask";

} // namespace hosting_path

/// The way to a node that hosts partitions, over the network of peers.
class peer_host_link : public messages::host_link {
public:
  /// `on_lost` is told why the node failed us, `on_slow` that all wait for it.
  peer_host_link(std::shared_ptr<peer::peer_network> network, std::string name,
                 std::string address,
                 std::function<void(const std::string&)> on_lost,
                 std::function<void()> on_slow);

  [[nodiscard]] std::string name() const override;

  void begin(std::string command,
             std::function<void(std::string, bool)> on_events) override;

  void pass(messages::hosting_id id, std::string order,
            std::function<void(bool)> done) override;

  void ask(messages::hosting_id id, std::string question,
           std::function<void(std::optional<std::string>)> done) override;

  void end() override;

  void note_lost(const std::string& why) override;

  void note_slow() override;

private:
  /// The stream of events, from any thread.
  struct events;

  void send(std::string_view path, messages::hosting_id id, std::string body,
            http::reply done);

  std::shared_ptr<peer::peer_network> network_;
  std::string name_;
  std::string address_;
  std::function<void(const std::string&)> on_lost_;
  std::function<void()> on_slow_;
  std::shared_ptr<events> events_;
};

} // namespace pumpscope::runtime

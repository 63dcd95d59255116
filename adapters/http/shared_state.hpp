#pragma once

#include "adapters/http/gate.hpp"
#include "adapters/http/server_settings.hpp"
#include "adapters/http/traffic.hpp"
#include "adapters/http/wake_list.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <unordered_set>
#include <utility>

namespace pumpscope::http {

class session;
class stream_session;

/// What the connections of a server share; all on its thread, but for the
/// settings, which never change, and the traffic.
struct shared_state {
  shared_state(server_settings x, http::gate y,
               const std::shared_ptr<boost::asio::io_context>& z)
    : settings{std::move(x)},
      gate{std::move(y)},
      presentation{
        std::make_shared<const presentation_settings>(settings.presentation)},
      traffic{gate.patterns()},
      io{z},
      wakes{std::make_shared<wake_list>(z)} {
    // nop
  }

  const server_settings settings;
  http::gate gate;
  /// Apart, because answers may come when all else is gone.
  std::shared_ptr<const presentation_settings> presentation;
  http::traffic traffic;
  bool stopping = false;
  std::weak_ptr<boost::asio::io_context> io;
  std::shared_ptr<wake_list> wakes;
  /// Those that are open.
  std::unordered_set<session*> sessions = {};
  std::unordered_set<stream_session*> streams = {};
};

} // namespace pumpscope::http

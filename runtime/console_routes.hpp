#pragma once

#include "adapters/http/server.hpp"
#include "runtime/console_node.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::runtime {

struct console_settings {
  /// What actions must bring as `Authorization: Bearer TOKEN`; empty = there
  /// are none.
  std::string token = {};

  /// Takes a line about each action; from the server's thread or the node's.
  std::function<void(const std::string&)> log = {};
};

/// The routes `/console/api/...` (docs/reference/console.md): what the page and
/// the terminal show, and the actions of an administrator.
std::vector<http::route> console_routes(std::shared_ptr<console_link> link,
                                        console_settings settings);

/// The page `/console` with its script and style, which are compiled in.
std::vector<http::route> console_page_routes();

} // namespace pumpscope::runtime

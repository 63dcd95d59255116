#pragma once

#include "adapters/http/route.hpp"
#include "adapters/http/server_settings.hpp"
#include "adapters/http/traffic.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>
#include <vector>

namespace pumpscope::http {

/// Serves routes on one address, with one thread of its own. Every limit is
/// answered where there is somebody to answer: 400 what is no HTTP, 401 missing
/// keys, 404, 405 with `Allow`, 408 slow requests, 413 long bodies, 429 clients
/// that ask too often, 431 long headers, 501 what nobody needs, 503 slow routes
/// and too many streams; then the connection ends where its state is not known.
///
/// One thread is enough: it parses, writes and wakes streams, and each costs
/// microseconds of system calls. What costs more is done by the thread that
/// answers: making the body, compressing it, hashing it. In return no handler
/// and no source of a stream meets another one of the same server. Figures are
/// in the README beside this file.
class server {
public:
  /// Listens and serves; fails with a text that names the address, the pattern
  /// or the setting. Lets the process open as many files as the system allows.
  static tl::expected<std::unique_ptr<server>, std::string>
  start(server_settings settings, std::vector<route> routes);

  server() = default;

  /// Takes no more connections, lets requests end, ends streams behind what
  /// they are writing, then closes all.
  virtual ~server() = default;

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Where it listens: HOST:PORT.
  [[nodiscard]] virtual std::string address() const = 0;

  /// What it did so far. Any thread, as the next one.
  [[nodiscard]] virtual server_counters counters() const = 0;

  /// The same by pattern, the last one for paths that none takes.
  [[nodiscard]] virtual std::vector<route_counters> routes() const = 0;
};

} // namespace pumpscope::http

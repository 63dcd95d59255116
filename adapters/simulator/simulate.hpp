#pragma once

#include "adapters/simulator/generator.hpp"
#include "adapters/simulator/settings.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace pumpscope::simulator {

/// Gives the next update, or false at the end. The error tells why there are no
/// more.
using update_source
  = std::function<tl::expected<bool, std::string>(generated_update&)>;

/// A simulated Yellowstone server or recording.
struct simulate_settings {
  generator_settings generator = {};
  /// Serves these updates instead of a market of its own: `created_at` is added
  /// when they are sent. Needs `listen`; neither recorded nor told by JSON-RPC.
  /// Empty = the generator.
  update_source play = {};
  /// HOST:PORT to serve on (port 0 = any free one); empty = do not serve.
  std::string listen = {};
  /// HOST:PORT to serve JSON-RPC on (port 0 = any free one); empty = no such
  /// server. Needs `listen`.
  std::string rpc_listen = {};
  /// Share of its questions that are answered badly (`rpc_server_settings`).
  double rpc_errors = 0;
  /// Transactions of blocks that JSON-RPC can still answer with: about 1 KiB
  /// each.
  size_t rpc_transactions_max = 500'000;
  /// Transactions per second; 0 = as fast as the slowest client takes them.
  /// With a rate, `chain.transactions_per_slot` is set from it so that slots
  /// last about 400 ms; what is played comes evenly.
  double rate = 50;
  /// Secret that clients must send as metadata `x-token`; empty = none.
  std::string x_token = {};
  /// Begin only when the first client subscribed. Always so at rate 0, and when
  /// something is played.
  bool wait_for_client = false;
  /// At the end of the chain keep serving until the stop token says so, so
  /// that clients can still replay.
  bool linger = false;
  /// Slots that are kept for `from_slot` and for slow clients.
  uint64_t window_slots = 600;
  /// Bytes that are kept at most; the window is shorter when they are reached.
  size_t window_bytes_max = size_t{256} << 20;
  /// Period of the server's pings.
  std::chrono::milliseconds ping_period = std::chrono::seconds{10};
  /// Clients at a time; more are refused with RESOURCE_EXHAUSTED.
  size_t clients_max = 64;
  /// File to write the stream to (plain `.geyser`); empty = none.
  std::string record_file = {};
};

/// What came of it.
struct simulate_summary {
  uint64_t updates = 0;
  uint64_t transactions = 0;
  uint64_t trades = 0;
  uint64_t bytes = 0;
  /// The true totals: one line of JSON. What was played has none.
  std::string truth = {};
};

/// Callbacks into the caller; each may be empty.
struct simulate_hooks {
  /// Called once with the address that is served on, the port filled in.
  std::function<void(const std::string& address)> on_listen = {};
  /// The same for JSON-RPC; called before `on_listen`.
  std::function<void(const std::string& address)> on_rpc_listen = {};
};

/// Serves and/or records until the chain ends or `stop` is asked for. Blocks.
/// Errors are texts that name the address or the file.
tl::expected<simulate_summary, std::string>
simulate(const simulate_settings& settings, std::stop_token stop,
         const simulate_hooks& hooks = {});

} // namespace pumpscope::simulator

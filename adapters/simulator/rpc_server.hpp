#pragma once

#include "adapters/simulator/block_log.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace pumpscope::simulator {

/// How the JSON-RPC server answers.
struct rpc_server_settings {
  /// HOST:PORT, IPv6 in brackets; port 0 = any free one.
  std::string listen = "127.0.0.1:0";
  /// Seed of the market, and whether its node records inner instructions.
  uint64_t seed = 1;
  bool inner_instructions = true;
  size_t clients_max = 64;
  /// Share of questions that get one of these instead of their answer, in turn:
  /// HTTP 429, HTTP 503, a body that ends early, bytes that are no JSON, a
  /// block that is "not available", a list without every third slot.
  double errors = 0;
};

/// A Solana RPC server over a `block_log`: getBlock, getBlocks and getSlot by
/// HTTP POST, one connection per thread. Blocks come in the encoding base64
/// with all details, whatever is asked for.
class rpc_server {
public:
  /// Starts to listen; the error names the address.
  static tl::expected<std::unique_ptr<rpc_server>, std::string>
  start(const rpc_server_settings& settings, const block_log& blocks);

  virtual ~rpc_server() = default;

  /// The address that is served on, with the real port.
  [[nodiscard]] virtual std::string address() const = 0;
};

} // namespace pumpscope::simulator

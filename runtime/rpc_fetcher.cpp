#include "runtime/rpc_fetcher.hpp"

#include "adapters/rpc/block_fetcher.hpp"

namespace pumpscope::runtime {

std::shared_ptr<messages::block_fetcher>
make_rpc_fetcher(const config::source_options& options) {
  auto settings = rpc::fetcher_settings{};
  const auto& url = *options.rpc;
  settings.client.host = url.server.server.host;
  settings.client.port = url.server.server.port;
  settings.client.tls = url.server.tls;
  settings.client.target = url.target;
  settings.client.ca_file = options.ca_file;
  settings.client.body_bytes_max = options.message_bytes_max;
  auto rate = static_cast<double>(options.rpc_rate);
  settings.rate = {rate, rate};
  settings.parallel = options.rpc_parallel;
  return rpc::make_block_fetcher(std::move(settings));
}

} // namespace pumpscope::runtime

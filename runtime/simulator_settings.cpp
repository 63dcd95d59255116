#include "runtime/simulator_settings.hpp"

namespace pumpscope::runtime {

simulator::simulate_settings
simulator_settings(const config::simulator_options& x) {
  auto result = simulator::simulate_settings{};
  auto& generator = result.generator;
  generator.market.seed = x.seed;
  generator.market.wallets = x.wallets;
  generator.market.tokens = x.tokens;
  generator.chain.slots = x.slots;
  generator.chain.trades = x.trades;
  generator.chain.start_time = x.start_time;
  generator.faults.duplicate = x.faults.duplicate;
  generator.faults.reorder = x.faults.reorder;
  generator.faults.fork = x.faults.fork;
  generator.faults.omit = x.faults.omit;
  generator.faults.late = x.faults.late;
  generator.faults.cut = x.faults.cut;
  generator.faults.out_of_range = x.faults.out_of_range;
  result.rate = static_cast<double>(x.rate);
  result.x_token = x.x_token;
  if (x.rpc_listen)
    result.rpc_listen = config::to_text(*x.rpc_listen);
  result.rpc_errors = x.rpc_errors;
  if (x.listen)
    result.listen = config::to_text(*x.listen);
  return result;
}

} // namespace pumpscope::runtime

#include "adapters/peer/prober.hpp"

#include "adapters/peer/port_probe.hpp"

namespace pumpscope::peer {

prober_actor::behavior_type prober(prober_actor::pointer) {
  return {
    [](const std::string& host, uint16_t port, caf::timespan patience) {
      return probe_port(host, port, patience) == port_state::listening;
    },
  };
}

} // namespace pumpscope::peer

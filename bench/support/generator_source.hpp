#pragma once

#include "adapters/simulator/settings.hpp"
#include "messages/source.hpp"

#include <memory>

namespace pumpscope::bench {

/// A simulated market as a source: as fast as it is read, nothing on disk.
std::shared_ptr<messages::source>
make_generator_source(const simulator::generator_settings& settings);

} // namespace pumpscope::bench

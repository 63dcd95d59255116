#pragma once

#include "tests/simulation/played_stream.hpp"
#include "tests/support/memory_store.hpp"

#include <string>

namespace pumpscope::test {

/// Compares everything that a store holds with the true chain. Returns what is
/// not equal, for people; empty when all is.
std::string compare(memory_disk& disk, const true_chain& truth);

} // namespace pumpscope::test

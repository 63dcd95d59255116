#pragma once

#include <cstdio>
#include <cstdlib>

namespace pumpscope::fuzz {

/// Ends the process when a property does not hold, so that the fuzzer keeps
/// the input.
inline void require(bool holds, const char* property) {
  if (holds)
    return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

} // namespace pumpscope::fuzz

#include "tests/cli/program.hpp"

namespace pumpscope::test {

std::string binary() {
  return PUMPSCOPE_BINARY;
}

} // namespace pumpscope::test

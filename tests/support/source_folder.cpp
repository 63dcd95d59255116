#include "tests/support/source_folder.hpp"

namespace pumpscope::test {

std::filesystem::path source_folder() {
  return PUMPSCOPE_SOURCE_DIR;
}

} // namespace pumpscope::test

#include "messages/build_identity.hpp"

namespace pumpscope::messages {

build_identity this_build() {
  return {PUMPSCOPE_VERSION, 1};
}

} // namespace pumpscope::messages

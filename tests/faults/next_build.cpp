// The identity of pumpscope_next, in place of that of messages/.
#include "messages/build_identity.hpp"

namespace pumpscope::messages {

build_identity this_build() {
  return {"next", 1'000'000};
}

} // namespace pumpscope::messages

#include "domain/update.hpp"

namespace pumpscope::domain {

std::string to_string(dead_letter_reason x) {
  switch (x) {
    case dead_letter_reason::malformed_payload:
      return "malformed_payload";
    case dead_letter_reason::unknown_layout:
      return "unknown_layout";
    case dead_letter_reason::impossible_value:
      return "impossible_value";
    case dead_letter_reason::unknown_pool:
      return "unknown_pool";
    case dead_letter_reason::no_index:
      return "no_index";
    case dead_letter_reason::malformed_transaction:
      return "malformed_transaction";
    case dead_letter_reason::below_retention:
      return "below_retention";
    case dead_letter_reason::slot_not_sealed:
      return "slot_not_sealed";
  }
  return "unknown";
}

} // namespace pumpscope::domain

#include "domain/error.hpp"

namespace pumpscope::domain {

std::string to_string(errc x) {
  switch (x) {
    case errc::none:
      return "none";
    case errc::invalid_config:
      return "invalid_config";
    case errc::malformed:
      return "malformed";
    case errc::overflow:
      return "overflow";
    case errc::invalid_text:
      return "invalid_text";
    case errc::fenced:
      return "fenced";
    case errc::unknown_outcome:
      return "unknown_outcome";
    case errc::store_unavailable:
      return "store_unavailable";
    case errc::store_version:
      return "store_version";
    case errc::blob_corrupt:
      return "blob_corrupt";
    case errc::store_locked:
      return "store_locked";
    case errc::source_unavailable:
      return "source_unavailable";
    case errc::source_out_of_range:
      return "source_out_of_range";
    case errc::unauthorized:
      return "unauthorized";
    case errc::limit_exceeded:
      return "limit_exceeded";
    case errc::internal:
      return "internal";
    case errc::below_retention:
      return "below_retention";
    case errc::host_lost:
      return "host_lost";
  }
  return "unknown";
}

} // namespace pumpscope::domain

#pragma once

#include <memory>
#include <string>

namespace pumpscope::peer {

/// What proves to other nodes who we are: PEM files.
struct credentials {
  std::string certificate_file = {};
  std::string key_file = {};
  /// The authority that signed the others' certificates.
  std::string ca_file = {};
  /// Keeps files that are there for as long as something is; may be null.
  std::shared_ptr<const void> kept = {};
};

/// Says what is wrong with the files; an empty text when nothing is. CAF would
/// tell it with the first connection, and to nobody.
std::string problem_of(const credentials& x);

} // namespace pumpscope::peer

#pragma once

#include "domain/error.hpp"

#include <string>

namespace pumpscope::recording {

/// Why a recording cannot be read or written.
struct failure {
  domain::errc code = domain::errc::none;
  /// For people: names the file, the place and the reason.
  std::string text = {};
};

/// The outcome of an operation on a recording.
template <class T>
using outcome = tl::expected<T, failure>;

} // namespace pumpscope::recording

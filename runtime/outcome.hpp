#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace pumpscope::runtime {

/// What the process tells its caller. All exit codes are here.
enum class exit_code : int {
  /// Done; also a graceful stop of a node.
  ok = 0,
  /// The work could not be done, or a check found something wrong.
  failed = 1,
  /// The command line or the configuration is wrong; nothing was done.
  usage = 2,
};

/// Why a command did not do its work: one line that names the thing.
struct failure {
  exit_code code = exit_code::failed;
  std::string what = {};
};

/// What a command gives: nothing, or why it failed.
template <class T>
using outcome = tl::expected<T, failure>;

/// Makes a failed outcome with exit code 1.
inline tl::unexpected<failure> fail(std::string what) {
  return tl::unexpected{failure{exit_code::failed, std::move(what)}};
}

/// Makes a failed outcome with exit code 2.
inline tl::unexpected<failure> refuse_usage(std::string what) {
  return tl::unexpected{failure{exit_code::usage, std::move(what)}};
}

} // namespace pumpscope::runtime

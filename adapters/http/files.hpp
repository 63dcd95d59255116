#pragma once

#include "adapters/http/route.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace pumpscope::http {

struct files_settings {
  /// Where the files are: the root, or e.g. `/console`.
  std::string prefix = {};
  /// Of all files together, without their compressed forms; and how many.
  size_t bytes_max = size_t{64} << 20;
  size_t files_max = 10'000;
};

/// Loads a folder into memory and returns the route that serves it. Files are
/// found by their names in the folder as it was: no path leads out of it, and
/// what a symbolic link points to is not in it. Fails with a text that names
/// the folder.
///
/// Text is compressed once. What a build tool has named by its content,
/// `assets/NAME-HASH.EXT` with a hash of 8 characters, may be kept for a year;
/// all else is asked for anew each time, and answered with 304 where it is the
/// same. `index.html` answers for the root, and for all paths whose last
/// segment has no dot when a page is asked for (`Accept` has `text/html`):
/// pages know their own paths. Mind that this includes mistyped paths of an API
/// unless it has a route of its own, `/api/{rest...}`, that says 404.
tl::expected<route, std::string> files(const std::filesystem::path& folder,
                                       files_settings settings = {});

} // namespace pumpscope::http

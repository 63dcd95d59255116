#pragma once

#include <filesystem>

namespace pumpscope::test {

/// Root of the project's source. One unit knows the path, so that what a clone
/// compiled serves another one.
std::filesystem::path source_folder();

} // namespace pumpscope::test

#pragma once

#include "messages/source.hpp"
#include "runtime/input_file.hpp"

#include <memory>
#include <vector>

namespace pumpscope::runtime {

/// Returns a source that gives the updates of files in their order, as one
/// stream. A file that is torn or damaged ends the stream behind the last good
/// update, and `last_error` says so: what came before is as good as a shorter
/// recording. Holds one batch, and the text of one JSON document.
/// Pre: no file is `event_json`.
std::unique_ptr<messages::source>
make_file_source(std::vector<input_file> files);

} // namespace pumpscope::runtime

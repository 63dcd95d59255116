#pragma once

#include <string_view>

namespace pumpscope::api {

/// The description of the API: docs/reference/openapi.json.
extern const std::string_view openapi_text;

} // namespace pumpscope::api

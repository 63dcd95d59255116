#pragma once

#include "domain/planted_bug.hpp"

namespace pumpscope::test {

/// Plants a mistake in all that runs from here on; `bug::none` takes it out.
void plant(domain::bug x);

} // namespace pumpscope::test

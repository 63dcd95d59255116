#pragma once

#include "tests/adapters/postgres/test_schema.hpp"

#include <cstdint>

namespace pumpscope::test {

/// Makes a store as an older program did: the first `version` migrations.
void make_old_store(const test_schema& schema, uint32_t version);

/// Copies head and journal of version 1 from one store into another one.
void copy_journal(const test_schema& from, const test_schema& to);

} // namespace pumpscope::test

#pragma once

#include "messages/store.hpp"

namespace pumpscope::messages {

/// Checks what needs no store: the epoch numbers and fences of both heads
/// belong together, and the rows are ascending and together dense from
/// `before.jpos + 1` to `after.jpos`. Every store calls this first.
/// Errors: `errc::internal`, naming what is wrong.
store_result<void> check_epoch(const epoch& x);

/// Checks that both cursors name the same existing partition, that the cursor
/// does not go back, and that every row belongs to the partition. Every store
/// calls this first. Errors: `errc::internal`, naming what is wrong.
store_result<void> check_checkpoint(const checkpoint& x,
                                    const store_identity& id);

/// Returns `errc::internal` unless `partition < id.partitions`.
store_result<void> check_partition(uint32_t partition,
                                   const store_identity& id);

} // namespace pumpscope::messages

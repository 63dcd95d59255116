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

/// Check the bounds that messages/store_queries.hpp states. Every store calls
/// these first. Errors: `errc::limit_exceeded`, naming the member, and
/// `errc::invalid_text`.
store_result<void> check_query(const trade_query& x);
store_result<void> check_query(const candle_query& x);
store_result<void> check_query(const holders_query& x);
store_result<void> check_query(const token_search& x);
store_result<void> check_wallet_search(std::string_view address_prefix,
                                       size_t rows_max);

} // namespace pumpscope::messages

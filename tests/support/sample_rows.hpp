#pragma once

#include "messages/store.hpp"

#include <cstdint>

namespace pumpscope::test {

/// Returns a key whose bytes all depend on `number`.
domain::pubkey sample_key(uint64_t number);

/// Returns a key of a partition: the first at or above `number`.
domain::pubkey sample_key_in(uint64_t number, uint32_t partition,
                             const messages::store_identity& id);

/// Returns a trade in which no member has its default value; amounts depend on
/// the position and reach the limits of their types in turn.
domain::trade sample_trade(uint64_t jpos, domain::chain_position position,
                           const domain::pubkey& wallet,
                           const domain::pubkey& mint);

/// Returns an event in which no member has its default value.
domain::token_event sample_event(uint64_t jpos, domain::chain_position position,
                                 const domain::pubkey& mint);

/// Returns a sealed slot.
messages::slot_row sample_slot(uint64_t slot);

/// Returns a dead letter with `size` raw bytes, zeros among them.
domain::dead_letter sample_letter(domain::chain_position position,
                                  size_t size = 300);

/// Returns a position row in which no member has its default value; `version`
/// makes different ones.
messages::position_row
sample_position(const domain::pubkey& wallet, const domain::pubkey& mint,
                const domain::pubkey& quote_mint, int version);

/// Returns a wallet row in which no member of the totals has its default.
messages::wallet_row sample_wallet(const domain::pubkey& wallet, int version);

/// Returns a bucket in which no member has its default.
domain::wallet_bucket sample_bucket(const domain::pubkey& wallet,
                                    uint32_t length, int64_t start,
                                    int version);

/// Returns a token row in which no member has its default.
messages::token_row sample_token(const domain::pubkey& mint, int version);

/// Returns a candle in which no member has its default.
messages::candle_row
sample_candle(const domain::pubkey& mint, const domain::pubkey& quote_mint,
              domain::interval length, int64_t time, int version);

/// Returns an epoch without rows that follows `head`.
messages::epoch epoch_after(const messages::head_row& head);

/// Appends rows to an epoch with the next positions.
void add_trade(messages::epoch& x, domain::chain_position position,
               const domain::pubkey& wallet, const domain::pubkey& mint);
void add_event(messages::epoch& x, domain::chain_position position,
               const domain::pubkey& mint);

/// Returns a checkpoint without rows from `cursor` to `jpos`.
messages::checkpoint checkpoint_after(const messages::head_row& head,
                                      const messages::cursor_row& cursor,
                                      uint64_t jpos);

} // namespace pumpscope::test

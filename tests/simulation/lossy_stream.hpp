#pragma once

#include "messages/block_fetcher.hpp"
#include "tests/simulation/played_stream.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>

namespace pumpscope::test {

/// A stream that lacks transactions, and a server of blocks that has them.
struct lossy_stream {
  stream_ptr stream = {};
  /// The blocks of the true chain, by slot.
  std::map<uint64_t, messages::fetched_block> blocks = {};
  /// Positions of the rows that the stream lacks.
  std::set<domain::chain_position> lost = {};
};

using lossy_stream_ptr = std::shared_ptr<const lossy_stream>;

/// Takes transactions out of a stream of which chains of reserves tell: single
/// trades between two others of their venue that stay, all sealed before the
/// stream ends.
lossy_stream_ptr lose_transactions(const stream_ptr& whole,
                                   const true_chain& truth,
                                   const world_settings& settings);

} // namespace pumpscope::test

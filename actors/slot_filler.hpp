#pragma once

#include "domain/backfill_walk.hpp"
#include "messages/block_fetcher.hpp"
#include "messages/source.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <utility>

namespace pumpscope::actors {

struct slot_filler_config {
  domain::backfill_walk_config walk = {};

  /// Ranges that wait; more are refused, and can be asked for again.
  size_t ranges_max = 4'096;

  /// Ranges that are fetched at a time.
  size_t walks_max = 4;
};

/// What a slot filler did.
struct slot_filler_counters {
  uint64_t ranges = 0;
  uint64_t ranges_complete = 0;
  uint64_t ranges_incomplete = 0;
  uint64_t ranges_refused = 0;
  /// Blocks that were passed on.
  uint64_t slots = 0;
  uint64_t transactions = 0;
  /// Slots of which the server has no block.
  uint64_t slots_without_block = 0;
};

/// Turns ranges of slots into batches of their blocks' updates. The blocks of a
/// range come in order; ranges may be mixed.
///
/// Holds at most `walk.ahead_max` blocks for each of `walks_max` ranges, twice
/// that many that wait for a batch, and `ranges_max` ranges. No thread of its
/// own: it works while `fill` runs.
class slot_filler {
public:
  slot_filler(slot_filler_config config,
              std::shared_ptr<messages::block_fetcher> fetcher);

  /// Takes a range; one that is under way already is not fetched twice.
  /// Returns false when there is no room, or when the range is none.
  bool want(domain::slot_gap range);

  /// Appends updates until the batch is full or nothing comes for `timeout`.
  /// The ranges whose blocks are all passed on with this batch are added to its
  /// `ranges`.
  void fill(messages::raw_batch& out, std::chrono::milliseconds timeout);

  /// Nothing is wanted, and all was passed on.
  [[nodiscard]] bool idle() const {
    return walks_.empty() && queued_.empty() && ready_.empty();
  }

  [[nodiscard]] const slot_filler_counters& counters() const {
    return counters_;
  }

private:
  struct walk {
    domain::backfill_walk steps;
    std::map<uint64_t, messages::fetched_block> blocks = {};
  };

  /// What goes into batches: a block, or the end of a range behind it.
  struct output {
    messages::fetched_block block = {};
    size_t next = 0;
    bool is_end = false;
    messages::fetched_range range = {};
  };

  using walk_list = std::list<walk>;

  void begin_walks();
  void ask();
  void collect();
  void take(messages::fetched_block&& x);
  void take(const messages::fetched_list& x);
  /// Moves what is ready into the batch; false when it is full.
  bool pour(messages::raw_batch& out);

  slot_filler_config config_ = {};
  std::shared_ptr<messages::block_fetcher> fetcher_ = {};
  std::deque<domain::slot_gap> queued_ = {};
  walk_list walks_ = {};
  /// Who asked for a slot, or for the list of a window.
  std::multimap<uint64_t, walk*> slot_askers_ = {};
  std::multimap<std::pair<uint64_t, uint64_t>, walk*> list_askers_ = {};
  std::deque<output> ready_ = {};
  slot_filler_counters counters_ = {};
};

} // namespace pumpscope::actors

#pragma once

#include "domain/pubkey.hpp"
#include "messages/publication.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <vector>

namespace pumpscope::actors {

/// States that a sink did not take yet, in the order in which their channels
/// came in line. A newer state takes the place of the older one and inherits
/// its `prev`, unless there is a hole between the two: what was told in between
/// is in it, so nobody misses that. Bars are kept one by one, the newest state
/// of each.
///
/// Bound: `bytes_max`. Above it the channel that waits longest goes; whoever
/// follows it sees a hole by the `prev` of its next message. Of wallets the key
/// stays: they can be asked for again. Rows of the journal do not belong here.
class owed_line {
public:
  /// All changes of a partition up to a position are among what was taken.
  struct position {
    size_t partition = 0;
    uint64_t jpos = 0;
  };

  struct portion {
    std::vector<messages::publication> items = {};
    std::vector<position> complete = {};
  };

  /// `partitions` is the number of those that `mark` names.
  owed_line(size_t bytes_max, size_t partitions)
    : bytes_max_{bytes_max}, marks_(partitions) {
    // nop
  }

  void push(messages::publication x);

  /// Notes that all changes of a partition up to `jpos` were pushed. While an
  /// earlier note of it waits, a new one is left out: the partition tells again
  /// how far it is.
  void mark(size_t partition, uint64_t jpos);

  /// Takes the note of a partition back: something of it went.
  void unmark(size_t partition);

  /// Takes the wallets whose states went since the last call.
  std::vector<domain::pubkey> take_forgotten() {
    return std::exchange(forgotten_, {});
  }

  /// Takes whole channels until there are `items_max` items or more.
  portion take(size_t items_max);

  /// Nothing is to be taken, no notes either.
  [[nodiscard]] bool is_empty() const {
    return line_.empty() && marks_waiting_ == 0;
  }

  /// Number of channels that wait.
  [[nodiscard]] size_t size() const {
    return line_.size();
  }

  /// Memory of what waits, about.
  [[nodiscard]] size_t bytes() const {
    return bytes_;
  }

  /// Messages that went because of the bound.
  [[nodiscard]] uint64_t left_out_total() const {
    return left_out_total_;
  }

private:
  struct channel {
    /// Index of the kind in `messages::publication`.
    size_t kind = 0;
    /// Interval or window.
    uint32_t part = 0;
    domain::pubkey key = {};

    friend bool operator==(const channel&, const channel&) = default;
  };

  struct channel_hasher {
    using is_avalanching = void;

    size_t operator()(const channel& x) const noexcept {
      return domain::pubkey_hasher{}(x.key)
             ^ (x.kind * 0x9E3779B97F4A7C15ULL
                + x.part * 0xC2B2AE3D27D4EB4FULL);
    }
  };

  struct entry {
    channel name = {};
    /// Numbers entries in the order of the line.
    uint64_t ordinal = 0;
    /// Memory of the entry with its items, about.
    size_t bytes = 0;
    /// One; of a candle channel one per bar.
    std::vector<messages::publication> items = {};
  };

  /// A note that counts when all entries below the ordinal are taken.
  struct waiting_mark {
    uint64_t ordinal = 0;
    uint64_t jpos = 0;
  };

  static channel channel_of(const messages::publication& x);
  void conflate(entry& into, messages::publication x);
  void grow(entry& x, size_t added, size_t removed);
  void remove_front();

  size_t bytes_max_;
  size_t bytes_ = 0;
  uint64_t next_ordinal_ = 0;
  std::list<entry> line_ = {};
  boost::unordered_flat_map<channel, std::list<entry>::iterator, channel_hasher>
    index_ = {};
  std::vector<std::optional<waiting_mark>> marks_;
  size_t marks_waiting_ = 0;
  /// Bounded by what one call of `push` lets go.
  std::vector<domain::pubkey> forgotten_ = {};
  uint64_t left_out_total_ = 0;
};

} // namespace pumpscope::actors

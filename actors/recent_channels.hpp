#pragma once

#include "domain/pubkey.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pumpscope::actors {

/// The last position that was published on each channel of a kind, for the
/// `prev` of the next message. Channels that are not remembered (any more) get
/// a position that is at least as high: who follows them sees a hole that may
/// be none, and never misses one.
///
/// `Index` tells channels of one key apart, e.g. intervals, in [0, Width).
///
/// Bound: `2 * keys_max` keys. The keys of the older half go first.
template <size_t Width = 1>
class recent_channels {
public:
  /// Nothing above `floor` was published before.
  recent_channels(size_t keys_max, uint64_t floor)
    : keys_max_(std::max<size_t>(1, keys_max)), floor_(floor), highest_(floor) {
    // nop
  }

  /// Returns `prev` for a message with `seq`, which is the last one then.
  /// Messages up to `lost` may have been left out.
  uint64_t next(const domain::pubkey& key, size_t index, uint64_t seq,
                uint64_t lost) {
    auto& last = at(key)[index];
    auto prev = std::min(seq, std::max(last, lost));
    last = std::max(last, seq);
    highest_ = std::max(highest_, seq);
    return prev;
  }

  /// Notes a message that is left out: the next one tells of it.
  void skip(const domain::pubkey& key, size_t index, uint64_t seq) {
    auto& last = at(key)[index];
    last = std::max(last, seq);
    highest_ = std::max(highest_, seq);
  }

  /// Number of keys that are remembered.
  [[nodiscard]] size_t size() const {
    return young_.size() + old_.size();
  }

private:
  using positions = std::array<uint64_t, Width>;
  using map = boost::unordered_flat_map<domain::pubkey, positions,
                                        domain::pubkey_hasher>;

  positions& at(const domain::pubkey& key) {
    if (auto i = young_.find(key); i != young_.end())
      return i->second;
    auto fresh = positions{};
    fresh.fill(floor_);
    if (auto i = old_.find(key); i != old_.end()) {
      fresh = i->second;
      old_.erase(i);
    }
    if (young_.size() >= keys_max_) {
      old_ = std::exchange(young_, {});
      floor_ = highest_;
    }
    return young_.emplace(key, fresh).first->second;
  }

  size_t keys_max_;
  uint64_t floor_;
  uint64_t highest_;
  map young_ = {};
  map old_ = {};
};

} // namespace pumpscope::actors

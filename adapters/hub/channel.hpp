#pragma once

#include "domain/pubkey.hpp"
#include "messages/publication.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::hub {

/// Kinds of channels, as in docs/reference/redis.md; `trades` is a sample of
/// the trades of all coins.
enum class channel_kind : uint8_t {
  trade,
  tick,
  candle,
  token,
  wallet,
  leaderboard,
  created,
  graduated,
  market,
  trades,
};

/// Names a channel.
struct channel {
  channel_kind kind = channel_kind::market;
  /// candle: index in `domain::all_intervals`; leaderboard: the window.
  uint8_t part = 0;
  /// trade, tick, candle, token: the mint; wallet: its address.
  domain::pubkey key = {};

  friend bool operator==(const channel&, const channel&) = default;
};

/// Hasher for in-memory maps.
struct channel_hasher {
  using is_avalanching = void;

  size_t operator()(const channel& x) const noexcept {
    auto kind = static_cast<size_t>(x.kind) << 8 | x.part;
    return domain::pubkey_hasher{}(x.key) ^ (kind * 0x9E3779B97F4A7C15ULL);
  }
};

/// Returns the name of a channel, e.g. `candle:MINT:1m`.
std::string to_string(const channel& x);

/// Returns the channel that a message goes to.
channel channel_of(const messages::publication& x);

/// Tells whether only the newest message counts on a channel: the others carry
/// rows, of which each one does.
constexpr bool carries_states(channel_kind x) {
  return x == channel_kind::candle || x == channel_kind::token
         || x == channel_kind::wallet || x == channel_kind::leaderboard
         || x == channel_kind::market;
}

/// Reads the name of a channel; the error tells what is wrong with it.
tl::expected<channel, std::string> parse_channel(std::string_view text);

/// Channels of one subscription at most.
inline constexpr size_t topics_max = 128;

/// Reads names separated by commas: 1 to `topics_max` after repeated ones are
/// left out.
tl::expected<std::vector<channel>, std::string>
parse_topics(std::string_view text);

} // namespace pumpscope::hub

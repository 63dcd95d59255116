#include "adapters/hub/channel.hpp"

#include "domain/base58.hpp"
#include "domain/canonical_dump.hpp"
#include "domain/leaderboard.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace pumpscope::hub {

namespace {

/// Longest text of a name that is repeated in an error.
constexpr size_t shown_max = 80;

/// Channels that have a key behind their name.
constexpr auto keyed = std::array{
  std::pair{std::string_view{"trade:"}, channel_kind::trade},
  std::pair{std::string_view{"tick:"}, channel_kind::tick},
  std::pair{std::string_view{"candle:"}, channel_kind::candle},
  std::pair{std::string_view{"token:"}, channel_kind::token},
  std::pair{std::string_view{"wallet:"}, channel_kind::wallet},
};

/// Channels that are one.
constexpr auto single = std::array{
  std::pair{std::string_view{"tokens:new"}, channel_kind::created},
  std::pair{std::string_view{"tokens:graduated"}, channel_kind::graduated},
  std::pair{std::string_view{"market"}, channel_kind::market},
  std::pair{std::string_view{"trades"}, channel_kind::trades},
};

constexpr std::string_view board_prefix = "leaderboard:";

constexpr auto windows = std::array{domain::board_window::h24,
                                    domain::board_window::d7,
                                    domain::board_window::all};

std::string_view text_of(domain::interval x) {
  return domain::canonical::to_string(x);
}

uint8_t index_of(domain::interval x) {
  auto i = std::find(domain::all_intervals.begin(), domain::all_intervals.end(),
                     x);
  return static_cast<uint8_t>(i - domain::all_intervals.begin());
}

std::optional<uint8_t> parse_interval(std::string_view text) {
  for (auto x : domain::all_intervals)
    if (text_of(x) == text)
      return index_of(x);
  return std::nullopt;
}

std::string_view name_of(channel_kind x) {
  for (auto& [name, kind] : keyed)
    if (kind == x)
      return name;
  for (auto& [name, kind] : single)
    if (kind == x)
      return name;
  return board_prefix;
}

/// Hostile text in an error: short, and without bytes that a log or a page
/// could stumble over.
std::string shown(std::string_view text) {
  auto result = std::string{text.substr(0, shown_max)};
  for (auto& c : result)
    if (c < ' ' || c > '~')
      c = '?';
  return result;
}

/// Gives the channel of a publication.
struct channel_finder {
  channel operator()(const messages::trade_publication& x) const {
    return {channel_kind::trade, 0, x.trade().mint};
  }
  channel operator()(const messages::lifecycle_publication& x) const {
    auto created = x.event().kind == domain::token_event_kind::created;
    return {created ? channel_kind::created : channel_kind::graduated, 0, {}};
  }
  channel operator()(const messages::candle_publication& x) const {
    return {channel_kind::candle, index_of(x.bar.interval), x.mint};
  }
  channel operator()(const messages::token_publication& x) const {
    return {channel_kind::token, 0, x.token.mint};
  }
  channel operator()(const messages::wallet_publication& x) const {
    return {channel_kind::wallet, 0, x.wallet.wallet};
  }
  channel operator()(const messages::board_publication& x) const {
    return {channel_kind::leaderboard, static_cast<uint8_t>(x.window), {}};
  }
  channel operator()(const messages::market_publication&) const {
    return {channel_kind::market, 0, {}};
  }
};

} // namespace

std::string to_string(const channel& x) {
  auto result = std::string{name_of(x.kind)};
  switch (x.kind) {
    case channel_kind::leaderboard:
      result += domain::to_string(windows[x.part]);
      break;
    case channel_kind::created:
    case channel_kind::graduated:
    case channel_kind::market:
    case channel_kind::trades:
      break;
    default:
      result += domain::to_base58(x.key).view();
  }
  if (x.kind == channel_kind::candle) {
    result += ':';
    result += text_of(domain::all_intervals[x.part]);
  }
  return result;
}

channel channel_of(const messages::publication& x) {
  return std::visit(channel_finder{}, x);
}

tl::expected<channel, std::string> parse_channel(std::string_view text) {
  auto unknown = [text](std::string_view what) {
    return tl::unexpected{"topic " + shown(text) + ": " + std::string{what}};
  };
  for (auto& [name, kind] : single)
    if (text == name)
      return channel{kind, 0, {}};
  if (text.starts_with(board_prefix)) {
    for (auto window : windows)
      if (text.substr(board_prefix.size()) == domain::to_string(window))
        return channel{
          channel_kind::leaderboard, static_cast<uint8_t>(window), {}};
    return unknown("the window must be 24h, 7d or all");
  }
  for (auto& [name, kind] : keyed) {
    if (!text.starts_with(name))
      continue;
    auto result = channel{kind, 0, {}};
    auto rest = text.substr(name.size());
    if (kind == channel_kind::candle) {
      auto colon = rest.find(':');
      auto interval = colon == std::string_view::npos
                        ? std::nullopt
                        : parse_interval(rest.substr(colon + 1));
      if (!interval)
        return unknown("the interval must be 1s, 1m, 5m, 15m, 1h or 24h");
      result.part = *interval;
      rest = rest.substr(0, colon);
    }
    auto key = domain::parse_pubkey(rest);
    if (!key)
      return unknown("the key must be base58 of 32 bytes");
    result.key = *key;
    return result;
  }
  return unknown("there is no such topic");
}

tl::expected<std::vector<channel>, std::string>
parse_topics(std::string_view text) {
  auto result = std::vector<channel>{};
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    auto parsed = parse_channel(text.substr(0, comma));
    if (!parsed)
      return tl::unexpected{std::move(parsed.error())};
    if (std::find(result.begin(), result.end(), *parsed) == result.end()) {
      if (result.size() == topics_max)
        return tl::unexpected{"more than " + std::to_string(topics_max)
                              + " topics"};
      result.push_back(*parsed);
    }
    // A comma at the end has an empty name behind it.
    if (comma + 1 == text.size())
      return tl::unexpected{std::string{"a topic is empty"}};
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (result.empty())
    return tl::unexpected{std::string{"no topic is given"}};
  return result;
}

} // namespace pumpscope::hub

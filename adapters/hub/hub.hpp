#pragma once

#include "adapters/http/body_source.hpp"
#include "adapters/hub/channel.hpp"
#include "adapters/hub/kept_message.hpp"
#include "adapters/hub/token_directory.hpp"
#include "domain/leaderboard.hpp"
#include "domain/trade.hpp"
#include "messages/publication.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::hub {

struct hub_settings {
  /// Names this process in the ids of messages: letters and digits, another
  /// one in every process.
  std::string server = "0";

  /// Subscribers at a time; more are refused.
  size_t clients_max = 100'000;

  /// What may wait for one of them; more is conflated.
  size_t client_bytes_max = size_t{1} << 20;

  /// Messages that are kept for those who come back.
  size_t ring_bytes_max = size_t{16} << 20;

  /// Tokens in the directory.
  size_t tokens_max = 262'144;

  /// How long a channel that nobody subscribes any more goes on, and how many
  /// may: whoever comes back finds it as they left it.
  std::chrono::milliseconds linger = std::chrono::seconds{60};
  size_t lingering_max = 65'536;

  std::chrono::milliseconds heartbeat_period = std::chrono::seconds{15};

  /// How long a subscriber may take nothing while something waits.
  std::chrono::milliseconds stalled_max = std::chrono::seconds{30};

  /// Messages of `tokens:new` and `tokens:graduated` that are told at once.
  size_t news_max = 50;
};

/// What a hub did, and has.
struct hub_counters {
  uint64_t clients = 0;
  uint64_t channels = 0;
  uint64_t tokens = 0;
  uint64_t ring_bytes = 0;
  /// Messages that were encoded, and how many times one was put in line.
  uint64_t messages_total = 0;
  uint64_t deliveries_total = 0;
  /// Of clients that left: texts that went because they were slow, and clients
  /// that were ended because they took nothing. And clients that were refused.
  uint64_t left_out_total = 0;
  uint64_t stalled_total = 0;
  uint64_t refused_total = 0;
  /// Clients that came back and found all they missed, and those that did not.
  uint64_t resumes_total = 0;
  uint64_t resets_total = 0;
};

/// Publications for subscribers of this process, as server-sent events, and the
/// newest state of what lists and boards show. docs/reference/http.md is the
/// contract. A message is encoded once for all who follow its channel, and not
/// at all where nobody does. Thread-safe; never blocks for long. Time is an
/// argument: `now` of any monotonic clock.
///
/// Bounds: those of the settings; per channel that is followed its newest
/// message; and for a client one message for each of its channels beyond
/// `client_bytes_max`.
class hub {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit hub(hub_settings settings);

  /// Ends all subscriptions. They may be destroyed later.
  ~hub();

  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;

  // -- for whoever has the messages -------------------------------------------

  /// Passes messages on, in order. `wall_ms` is the time in Unix milliseconds.
  void publish(const messages::publication_batch& x, time_point now,
               int64_t wall_ms);

  /// Passes on trades that are not durable.
  void publish_ticks(std::span<const domain::trade> trades, time_point now,
                     int64_t wall_ms);

  /// Whoever has the messages starts again: some may never be told, so all
  /// subscribers begin from the start.
  void restart(time_point now);

  /// Heartbeats, ends of who takes nothing, channels that nobody follows. About
  /// once a second.
  void tick(time_point now);

  // -- for subscribers --------------------------------------------------------

  /// Follows these channels: events as bytes. `last_event_id` is what a client
  /// that comes back had last, or empty; anything else begins from the start.
  /// Null when there are too many clients. The end of the subscription is the
  /// end of the source.
  std::shared_ptr<http::body_source>
  subscribe(const std::vector<channel>& topics, std::string_view last_event_id,
            time_point now);

  /// Ends all subscriptions behind what waits for them; new ones may come.
  void end_all();

  /// The same, and takes no more.
  void close();

  // -- for queries ------------------------------------------------------------

  [[nodiscard]] const token_directory& tokens() const;

  /// The newest boards of a window; null before there are any.
  [[nodiscard]] kept_message_ptr board(domain::board_window window) const;

  /// The newest lists and totals; null before there are any.
  [[nodiscard]] kept_message_ptr market() const;

  /// The last births (`created`) or graduations, oldest first.
  [[nodiscard]] std::vector<kept_message_ptr> news(channel_kind kind) const;

  [[nodiscard]] hub_counters counters() const;

private:
  struct impl;
  class subscription;
  std::shared_ptr<impl> impl_;
};

} // namespace pumpscope::hub

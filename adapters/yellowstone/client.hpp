#pragma once

#include "domain/backoff.hpp"
#include "domain/error.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::yellowstone {

/// A Yellowstone gRPC server and how to talk to it.
struct client_settings {
  /// `http://HOST:PORT` (plain HTTP/2) or `https://HOST[:PORT]` (TLS).
  std::string endpoint = {};
  /// Secret for the metadata `x-token`; empty = none. Refused over http://
  /// unless the host is loopback. Never logged.
  std::string x_token = {};
  /// PEM text of the authorities to trust; empty = the system's.
  std::string ca_pem = {};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds keepalive_period = std::chrono::seconds{30};
  std::chrono::milliseconds keepalive_timeout = std::chrono::seconds{10};
  /// Largest update that is accepted; a larger one ends the stream.
  size_t message_bytes_max = size_t{64} << 20;
  /// A stream without any message (the server pings every 10 s) for this long
  /// counts as dead.
  std::chrono::milliseconds silence_max = std::chrono::seconds{30};
  /// A batch ends at this many updates or bytes, whatever comes first. This is
  /// the bound of what is received ahead: one message more is read at most.
  size_t batch_updates_max = 512;
  size_t batch_bytes_max = size_t{4} << 20;
};

/// Why a stream could not be opened or ended.
struct stream_error {
  /// source_unavailable, unauthorized, source_out_of_range, invalid_config or
  /// limit_exceeded.
  domain::errc code = domain::errc::source_unavailable;
  /// For people; names the endpoint, never the token.
  std::string what = {};
  /// source_out_of_range: the oldest slot that the server still has.
  std::optional<uint64_t> available_from = {};
};

template <class T>
using stream_result = tl::expected<T, stream_error>;

/// Raw updates in one flat arena: no allocation per update.
class update_batch {
public:
  [[nodiscard]] size_t size() const {
    return ends_.size();
  }

  [[nodiscard]] bool empty() const {
    return ends_.empty();
  }

  [[nodiscard]] size_t bytes() const {
    return arena_.size();
  }

  /// The bytes of one `geyser.SubscribeUpdate`. Pre: `index < size()`.
  [[nodiscard]] std::string_view operator[](size_t index) const {
    auto begin = index == 0 ? size_t{0} : ends_[index - 1];
    return {arena_.data() + begin, ends_[index] - begin};
  }

  void clear() {
    arena_.clear();
    ends_.clear();
  }

  /// Appends one update made of the given piece.
  void append(std::string_view bytes) {
    arena_.append(bytes);
    ends_.push_back(arena_.size());
  }

  /// Appends a piece of an update; `finish_update` ends it.
  void append_piece(std::string_view bytes) {
    arena_.append(bytes);
  }

  /// @copydoc append_piece
  void finish_update() {
    ends_.push_back(arena_.size());
  }

  /// Gives the flat bytes and the end offset of each update away.
  [[nodiscard]] const std::string& arena() const {
    return arena_;
  }

  /// @copydoc arena
  [[nodiscard]] const std::vector<size_t>& ends() const {
    return ends_;
  }

private:
  std::string arena_ = {};
  std::vector<size_t> ends_ = {};
};

/// One subscription: transactions of both programs, slots with all statuses,
/// block metas, commitment processed. Blocking; meant to be hosted by a
/// detached actor. No protobuf object is built for received updates. One
/// thread opens and reads, any other may cancel.
class client {
public:
  explicit client(client_settings settings);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  /// Cancels an open stream.
  ~client();

  /// Connects and subscribes, from `from_slot` or live. Blocks for at most
  /// twice `connect_timeout`. Before a `from_slot` it asks the server what it
  /// can replay (SubscribeReplayInfo, where the server has it) and fails with
  /// `source_out_of_range` when that begins later; else a refusal shows in the
  /// first `read`.
  stream_result<void> open(std::optional<uint64_t> from_slot);

  /// Waits for at least one update and gives all that have arrived since, up to
  /// the bounds of the batch. Answers the server's pings itself; they are not
  /// in the batch. The error tells why the stream ended; after it only `open`
  /// may be called. Updates that arrived before the end are given first.
  stream_result<void> read(update_batch& batch);

  /// Ends a running `open` or `read` and all later ones with
  /// `source_unavailable` ("cancelled"). Thread-safe, stays in force.
  void cancel();

  /// How long ago the last stream was opened, ended or not; zero when that
  /// failed or was never tried.
  [[nodiscard]] std::chrono::milliseconds lived() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Tells what is wrong with the settings; empty when nothing is. `open` checks
/// the same.
std::string problem_of(const client_settings& settings);

/// Maps the end of a stream: a gRPC status code and its text.
/// "broadcast from N is not available, last available: M" and "from_slot is not
/// supported" give `source_out_of_range`.
stream_error classify(int status_code, std::string_view message,
                      std::string_view endpoint);

/// The bytes of the SubscribeRequest that `client::open` sends.
std::string subscribe_request(std::optional<uint64_t> from_slot);

} // namespace pumpscope::yellowstone

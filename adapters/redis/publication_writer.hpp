#pragma once

#include "adapters/redis/command_buffer.hpp"
#include "adapters/redis/settings.hpp"
#include "messages/publication.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::redis {

/// Lifetimes of keys, in seconds: what nobody touches goes away.
inline constexpr int64_t token_key_seconds = 2 * 86'400;
inline constexpr int64_t day_key_seconds = 86'400;
inline constexpr int64_t wallet_key_seconds = 60;

/// Entries that the stream for Socket.IO holds, about.
inline constexpr uint64_t socketio_entries_max = 10'000;

/// Appends a message to one room as the older Redis adapter of Socket.IO reads
/// it: MessagePack. Pre: `message` is a JSON document.
void append_packet(std::string& out, std::string_view event,
                   std::string_view message, std::string_view room);

/// Turns publications into commands: the message on its channel, the keys that
/// hold the newest state, and what Socket.IO clusters read. The names and
/// fields are those of docs/reference/redis.md.
class publication_writer {
public:
  publication_writer(std::string prefix, socketio_format format)
    : prefix_(std::move(prefix)), format_(format) {
    // nop
  }

  /// Appends all commands of one publication. `now_ms` is the time in Unix
  /// milliseconds.
  void add(command_buffer& out, const messages::publication& x, uint64_t fence,
           int64_t now_ms);

  /// Appends a trade that is not durable.
  void add_tick(command_buffer& out, const domain::trade& x, int64_t now_ms);

private:
  void publish(command_buffer& out);
  void add_stream_entry(command_buffer& out, const messages::publication& x);
  void add_packet(command_buffer& out, const messages::publication& x);
  void add_keys(command_buffer& out, const messages::publication& x,
                uint64_t fence);
  void add_token_keys(command_buffer& out, const messages::token_publication& x,
                      uint64_t fence);
  void add_price(command_buffer& out, const domain::pubkey& mint,
                 const messages::token_publication& x);
  void add_rank(command_buffer& out, std::string_view key,
                const messages::market& list, bool by_volume);
  std::string named(std::string_view name) const;

  std::string prefix_;
  socketio_format format_;
  /// Scratch: channel with its prefix, and the message.
  std::string channel_ = {};
  std::string message_ = {};
};

} // namespace pumpscope::redis

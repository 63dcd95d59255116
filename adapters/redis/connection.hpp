#pragma once

#include "adapters/redis/command_buffer.hpp"
#include "adapters/redis/settings.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisContext;

namespace pumpscope::redis {

/// Why something did not work, for people; without secrets.
struct failure {
  std::string what = {};
};

template <class T>
using result = tl::expected<T, failure>;

/// What became of a guarded write.
enum class write_outcome : uint8_t {
  done,
  /// Somebody changed the guard in between: nothing was written.
  refused,
};

/// One connection to Redis. Blocks up to `settings::timeout` per call; after a
/// failure it is of no use any more. Not thread-safe.
class connection {
public:
  /// Connects, authenticates, selects the database.
  static result<std::unique_ptr<connection>> open(const settings& x);

  ~connection();

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Returns the value of a key and watches it: the next `write` is refused
  /// when it changes until then. Nothing = there is no such key.
  result<std::optional<std::string>> watch(std::string_view key);

  /// Returns the first `bytes_max` bytes of a text; empty when there is no such
  /// key.
  result<std::string> read(std::string_view key, size_t bytes_max);

  /// Ends a watch without a write.
  result<void> forget();

  /// Runs the commands in one transaction. A command that Redis refuses makes
  /// it fail, but those that it accepted at the time of `EXEC` stand.
  result<write_outcome> write(const command_buffer& commands);

private:
  explicit connection(redisContext* context);

  struct reply_deleter {
    void operator()(void* x) const;
  };
  using reply_ptr = std::unique_ptr<void, reply_deleter>;

  result<void> authenticate(const settings& x);
  result<reply_ptr> next_reply();
  result<reply_ptr> run(std::initializer_list<std::string_view> words);
  /// Sends the pieces one behind the other. Past the client library, which
  /// would copy them first.
  result<void> send(std::initializer_list<std::string_view> pieces);
  failure broken() const;

  redisContext* context_;
};

} // namespace pumpscope::redis

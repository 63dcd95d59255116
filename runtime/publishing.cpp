#include "runtime/publishing.hpp"

#include "adapters/hub/hub_sink.hpp"
#include "adapters/redis/redis_sink.hpp"
#include "adapters/tls/one_way.hpp"
#include "runtime/log.hpp"
#include "runtime/redis_settings.hpp"

#include <caf/local_actor.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <random>
#include <string>
#include <utility>

namespace pumpscope::runtime {

namespace {

using sink_factory = actors::pipeline_parts::sink_factory;

/// What names a store where others read it. Its seed does not become known:
/// nodes without certificates know each other by that.
tl::expected<uint64_t, std::string>
public_id(const messages::store_identity& store) {
  auto bytes = tls::one_way("pumpscope store", std::to_string(store.hash_seed));
  if (!bytes)
    return tl::unexpected{std::move(bytes.error())};
  auto result = uint64_t{0};
  for (size_t i = 0; i < sizeof(result); ++i)
    result = result << 8U | (*bytes)[i];
  return result;
}

/// Spawns the sink of Redis, and lets it see the lease of the store.
sink_factory redis_factory(const config::redis_options& options,
                           uint64_t store_id, std::string_view command,
                           actors::pipeline_config& config) {
  auto name = std::string{command};
  auto place = config::to_text(*options.url);
  warn_of_plain_text(*options.url, command);
  auto settings = redis::redis_sink_config{};
  settings.redis = redis_settings(options);
  settings.store_id = store_id;
  auto lease = std::make_shared<messages::lease>();
  settings.lease = lease;
  settings.on_trouble = [name, place](const std::string& what) {
    if (what.empty())
      info_line(name + ": publishing to " + place + " again");
    else
      warning_line(name + ": " + what + "; trying again");
  };
  config.writer.lease = lease;
  return
    [settings](caf::local_actor& parent, const messages::journal_boot& boot) {
      auto own = settings;
      own.fence = boot.head.fence;
      return parent.spawn<caf::detached>(redis::redis_sink, std::move(own));
    };
}

sink_factory hub_factory(std::shared_ptr<hub::hub> hub) {
  auto settings = hub::hub_sink_config{};
  settings.to = std::move(hub);
  return [settings](caf::local_actor& parent, const messages::journal_boot&) {
    return parent.spawn(hub::hub_sink, settings);
  };
}

} // namespace

outcome<void>
add_publishing(const config::redis_options& options,
               const messages::store_identity& store, std::string_view command,
               const std::shared_ptr<hub::hub>& hub,
               actors::pipeline_config& config, actors::pipeline_parts& parts) {
  if (options.url) {
    auto store_id = public_id(store);
    if (!store_id)
      return fail(std::move(store_id.error()));
    parts.spawn_sink = redis_factory(options, *store_id, command, config);
  }
  if (hub)
    (parts.spawn_sink ? parts.spawn_local_sink : parts.spawn_sink)
      = hub_factory(hub);
  config.publisher.period = options.interval;
  config.publisher.board_period = options.board_interval;
  config.publisher.line_bytes_max = options.buffer_bytes;
  config.publisher.owed_bytes_max = options.buffer_bytes;
  config.publisher.republish_max = options.republish_max;
  config.ticks_max = options.ticks_max;
  return {};
}

std::shared_ptr<hub::hub> make_hub() {
  auto chance = std::random_device{};
  auto number = uint64_t{chance()} << 32 | chance();
  auto text = std::array<char, 16>{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16);
  auto settings = hub::hub_settings{};
  settings.server.assign(text.data(), end.ptr);
  return std::make_shared<hub::hub>(std::move(settings));
}

} // namespace pumpscope::runtime

#include "runtime/publishing.hpp"

#include "adapters/redis/redis_sink.hpp"
#include "runtime/output.hpp"
#include "runtime/redis_settings.hpp"

#include <caf/local_actor.hpp>

#include <cstdio>
#include <string>

namespace pumpscope::runtime {

void add_publishing(const config::redis_options& options, uint64_t store_id,
                    std::string_view command, actors::pipeline_config& config,
                    actors::pipeline_parts& parts) {
  if (!options.url)
    return;
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
      std::fprintf(stderr, "%s: publishing to %s again\n", name.c_str(),
                   place.c_str());
    else
      warning_line(name + ": " + what + "; trying again");
  };
  config.writer.lease = lease;
  config.publisher.period = options.interval;
  config.publisher.board_period = options.board_interval;
  config.publisher.line_bytes_max = options.buffer_bytes;
  config.publisher.republish_max = options.republish_max;
  config.ticks_max = options.ticks_max;
  parts.spawn_sink = [settings](caf::local_actor& parent,
                                const messages::journal_boot& boot) {
    auto own = settings;
    own.fence = boot.head.fence;
    return parent.spawn<caf::detached>(redis::redis_sink, std::move(own));
  };
}

} // namespace pumpscope::runtime

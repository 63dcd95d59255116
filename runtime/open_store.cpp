#include "runtime/open_store.hpp"

#include "adapters/sqlite/sqlite_store.hpp"
#include "runtime/log.hpp"

#include <algorithm>

namespace pumpscope::runtime {

namespace {

/// What `automatic` stands for is put in.
config::durability settle(const config::store_options& options,
                          config::durability automatic) {
  return options.durability == config::durability::automatic
           ? automatic
           : options.durability;
}

bool is_read_only(store_access x) {
  return x == store_access::read || x == store_access::read_moment;
}

outcome<std::unique_ptr<messages::store>>
open_postgres(const config::store_options& options, store_access access,
              config::durability automatic, held_fence held) {
  auto settings = postgres_settings(options);
  settings.read_only = is_read_only(access);
  settings.one_snapshot = access == store_access::read_moment;
  settings.create = access == store_access::write;
  settings.held_fence = std::move(held);
  settings.synchronous = settle(options, automatic)
                         == config::durability::power_loss;
  // Commands say at once that the server is gone, nodes wait for it.
  if (access == store_access::write)
    settings.patience = options.patience;
  return checked(adapters::open_postgres(settings));
}

} // namespace

adapters::postgres_options
postgres_settings(const config::store_options& options) {
  auto result = adapters::postgres_options{};
  result.url = options.url.path;
  result.schema = options.schema;
  result.partitions = options.partitions;
  result.connect_timeout
    = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout);
  result.statement_timeout = options.statement_timeout;
  result.lock_timeout = options.lock_timeout;
  return result;
}

outcome<std::unique_ptr<messages::store>>
open_store(const config::store_options& options, store_access access,
           config::durability automatic, held_fence held) {
  if (options.url.kind == config::store_kind::postgres)
    return open_postgres(options, access, automatic, std::move(held));
  auto memory = options.url.kind == config::store_kind::sqlite_memory;
  if (memory && access != store_access::write)
    return refuse_usage("--store: sqlite::memory: ends with the process that "
                        "made it; name a file");
  auto settings = adapters::sqlite_options{};
  settings.one_snapshot = access == store_access::read_moment;
  settings.access = is_read_only(access) ? adapters::sqlite_access::read_only
                                         : adapters::sqlite_access::owner;
  settings.create = access == store_access::write;
  settings.durability = settle(options, automatic)
                            == config::durability::process_crash
                          ? adapters::sqlite_durability::process_crash
                          : adapters::sqlite_durability::power_loss;
  settings.partitions = options.partitions;
  settings.cache_bytes = options.cache_bytes;
  return checked(
    adapters::open_sqlite(memory ? ":memory:" : options.url.path, settings));
}

outcome<void> warn_when_dropped(messages::store& store) {
  auto retention = checked(store.read_retention());
  if (!retention)
    return tl::unexpected{std::move(retention.error())};
  if (retention->pass != 0)
    warning_line("the journal begins at slot "
                 + std::to_string(retention->start_slot) + ": "
                 + std::to_string(retention->dropped_trades)
                 + " older trades were dropped (retention.trades)");
  return {};
}

outcome<void> warn_when_behind(messages::store& store) {
  auto head = checked(store.read_head());
  if (!head)
    return tl::unexpected{std::move(head.error())};
  auto cursors = checked(store.read_cursors());
  if (!cursors)
    return tl::unexpected{std::move(cursors.error())};
  auto behind
    = std::count_if(cursors->begin(), cursors->end(),
                    [&head](const auto& x) { return x.jpos < head->jpos; });
  if (behind != 0)
    warning_line(std::to_string(behind) + " of "
                 + std::to_string(cursors->size())
                 + " partitions are behind the journal: the newest trades are "
                   "missing from their states until the next `run` or "
                   "`replay` has caught up");
  return {};
}

} // namespace pumpscope::runtime

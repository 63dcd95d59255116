#include "runtime/open_store.hpp"

#include "adapters/sqlite/sqlite_store.hpp"
#include "runtime/output.hpp"

#include <algorithm>

namespace pumpscope::runtime {

outcome<std::unique_ptr<messages::store>>
open_store(const config::store_options& options, store_access access,
           config::durability automatic) {
  auto memory = options.url.kind == config::store_kind::sqlite_memory;
  if (memory && access != store_access::write)
    return refuse_usage("--store: sqlite::memory: ends with the process that "
                        "made it; name a file");
  auto durability = options.durability == config::durability::automatic
                      ? automatic
                      : options.durability;
  auto settings = adapters::sqlite_options{};
  settings.access = access == store_access::read
                      ? adapters::sqlite_access::read_only
                      : adapters::sqlite_access::owner;
  settings.create = access == store_access::write;
  settings.durability = durability == config::durability::process_crash
                          ? adapters::sqlite_durability::process_crash
                          : adapters::sqlite_durability::power_loss;
  settings.partitions = options.partitions;
  settings.cache_bytes = options.cache_bytes;
  return checked(
    adapters::open_sqlite(memory ? ":memory:" : options.url.path, settings));
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

#pragma once

#include "adapters/postgres/postgres_store.hpp"
#include "config/options.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <atomic>
#include <memory>

namespace pumpscope::runtime {

/// What a command wants to do with a store.
enum class store_access : uint8_t {
  /// Look at an existing store; works beside a running node.
  read,
  /// The same, as it is in one moment: what is read first and last belongs
  /// together.
  read_moment,
  /// Own it; creates the store when there is none. One process at a time.
  write,
  /// Own an existing one.
  write_existing,
};

/// Tells other threads which fence this process holds of a store.
using held_fence = std::shared_ptr<std::atomic<uint64_t>>;

/// Opens the configured store. The failure names the store. `automatic` is what
/// `durability::automatic` stands for. A store in PostgreSQL tells `held`.
outcome<std::unique_ptr<messages::store>>
open_store(const config::store_options& options, store_access access,
           config::durability automatic = config::durability::power_loss,
           held_fence held = {});

/// Returns what all commands set for a store in PostgreSQL.
adapters::postgres_options
postgres_settings(const config::store_options& options);

/// Turns what a store answered into an outcome.
template <class T>
outcome<T> checked(messages::store_result<T> x) {
  if (!x)
    return x.error().code == domain::errc::invalid_config
             ? refuse_usage(std::move(x.error().what))
             : fail(std::move(x.error().what));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return std::move(*x);
}

/// Warns on standard error when stored states are behind the journal: a node
/// is running or was killed, and what is read lacks the newest trades.
outcome<void> warn_when_behind(messages::store& store);

/// Says on standard error where the journal begins, when old rows were dropped.
outcome<void> warn_when_dropped(messages::store& store);

} // namespace pumpscope::runtime

#pragma once

#include "messages/store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::adapters {

/// Settings of `open_postgres`.
struct postgres_options {
  /// What libpq takes: `postgresql://USER@HOST:PORT/DATABASE?sslmode=…`. All
  /// options of libpq pass through, TLS and password files among them.
  std::string url = {};
  /// Schema of the database that holds the store: 1 to 63 letters, digits and
  /// underscores.
  std::string schema = "pumpscope";
  /// For tools: never writes, needs no right to.
  bool read_only = false;
  /// All reads see the store as the first one did, while its owner goes on.
  /// Only with `read_only`, and not for `open_history`. Ends with the
  /// connection: what is read then is an error.
  bool one_snapshot = false;
  /// Makes the store where there is none. One that is older is an error all
  /// the same: changing a schema that others may be using is a decision.
  bool create = false;
  /// Whether a commit of the journal waits for the server's disk. Without, a
  /// crash of the server may take the last second of commits; what is left is
  /// a consistent earlier state. Checkpoints never wait: losing one costs
  /// replay.
  bool synchronous = true;
  /// Fixed at creation: partitions per kind, a power of two in [1, 64].
  uint32_t partitions = 64;
  /// Fixed at creation: seed of `domain::key_hash`; random when not given.
  std::optional<uint64_t> hash_seed = {};
  /// How long one attempt to connect may take, in whole seconds of at least 2.
  std::chrono::seconds connect_timeout = std::chrono::seconds{5};
  /// How long the server may work on one statement. Migrations have no limit.
  std::chrono::milliseconds statement_timeout = std::chrono::seconds{60};
  /// How long a statement may wait for one lock.
  std::chrono::milliseconds lock_timeout = std::chrono::seconds{10};
  /// How long the server waits for the next statement of a transaction before
  /// it takes it back: for so long a node that froze or was cut off in one that
  /// writes holds up whoever takes over. At least 1 ms.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{2};
  /// How long sent bytes may stay unacknowledged before the connection counts
  /// as broken.
  std::chrono::milliseconds network_timeout = std::chrono::seconds{15};
  /// How long a read goes on trying when the server is gone, once the store
  /// was open: reads have no side effects.
  std::chrono::milliseconds patience = std::chrono::milliseconds{0};
  /// Told the fence with each take-over, for `retain_postgres` on another
  /// thread; 0 before the first. May be null.
  std::shared_ptr<std::atomic<uint64_t>> held_fence = {};
};

/// One step of the schema, as `pumpscope migrate` lists it.
struct postgres_migration {
  uint32_t version = 0;
  std::string name = {};
  /// Whether it was applied by this call.
  bool applied = false;
};

/// What `migrate_postgres` found and did.
struct postgres_migrations {
  /// All steps, ascending.
  std::vector<postgres_migration> steps = {};
  /// Names of tokens have their index. Without: the database has no extension
  /// pg_trgm and this role may not create it, so that each search for a token
  /// reads the whole table, until somebody does and migrates again.
  bool token_search_indexed = false;
};

/// Who may do what with a store, beside the role that migrates and owns it.
struct postgres_roles {
  /// May read, and write by the store's functions only; empty = none is named.
  std::string writer = {};
  /// May read.
  std::string reader = {};
};

/// Brings the schema of a store up to date, all steps in one transaction;
/// makes the store where there is none. Two at a time wait for each other. The
/// roles, which must exist, get the rights that they need for this version.
///
/// Errors: `store_unavailable` (server, rights), `store_version` (the store is
/// newer), `invalid_config` (URL, schema, partitions). None repeats a password.
messages::store_result<postgres_migrations>
migrate_postgres(const postgres_options& options,
                 const postgres_roles& roles = {});

/// Slots of one partition of `trade`: about a day.
inline constexpr uint64_t slots_per_partition = 216'000;

/// Makes the partitions of `trade` that the next two days need; returns how
/// many. Harmless when several do it at once or it is done too often. Opens a
/// connection of its own and waits for no lock longer than a second: epochs
/// may have to wait behind it.
///
/// Errors: `store_unavailable` (server, lock): try again later.
messages::store_result<uint32_t>
prepare_postgres(const postgres_options& options,
                 uint64_t slots = slots_per_partition);

/// What `retain_postgres` drops.
struct retention_settings {
  /// Fence of the owner that asks: another one is refused.
  uint64_t fence = 0;
  /// Partitions go whose newest row is older than this, by the chain's time and
  /// by the server's clock.
  std::chrono::seconds age = std::chrono::hours{24 * 9};
  /// Sealed slots that are kept whatever their age; at least 64, because those
  /// may still turn out to be dead.
  uint64_t slots_kept = 64;
  /// Keys whose baselines are made at a time.
  size_t wallets_max = 500;
  size_t tokens_max = 50;
};

struct retention_report {
  /// One range was dropped: more may follow.
  bool dropped = false;
  /// Another owner has the store.
  bool fenced = false;
  /// What keeps rows that are old enough; empty = nothing does.
  std::string held_by = {};
  /// Where the journal begins, and what has been dropped since ever.
  messages::retention_row retention = {};
  /// Baselines that this call made.
  uint64_t wallets = 0;
  uint64_t tokens = 0;
};

/// Drops the oldest range of whole partitions of `trade` that may go, when
/// there is one: folds what it holds into a baseline, batch by batch, and then
/// drops it in one transaction. May be killed and repeated at any point, and
/// stopped between batches (`stopped`, asked on the calling thread): the next
/// call goes on. Has connections of its own; epochs wait for the last
/// transaction only, and at most half a second for its locks.
///
/// Memory: the baselines of a batch, a few thousand rows, and the fold of one
/// key.
messages::store_result<retention_report>
retain_postgres(const postgres_options& options,
                const retention_settings& settings,
                const std::function<bool()>& stopped = {});

/// Opens a store in a PostgreSQL database, version 15 or later.
///
/// Errors as with `migrate_postgres`; a store that is missing (without
/// `create`) or older is `store_version`.
///
/// The result and each of its `reader()`s belong to one thread at a time and
/// have connections of their own: one for reading, and the owner one more for
/// writing. A broken connection is opened again by the next call. There is no
/// lock on the store as a whole: `take_over` decides who may write.
messages::store_result<std::unique_ptr<messages::store>>
open_postgres(const postgres_options& options);

} // namespace pumpscope::adapters

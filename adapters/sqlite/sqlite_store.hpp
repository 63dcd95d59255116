#pragma once

#include "messages/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pumpscope::adapters {

/// What must have happened to the machine before a committed epoch can be
/// lost. A crash of the process (kill -9 included) never loses one.
enum class sqlite_durability : uint8_t {
  /// Nothing short of a broken disk: each epoch waits for the disk (fsync of
  /// the write-ahead log). Checkpoints do not wait: losing one costs replay.
  power_loss,
  /// A power loss or a crash of the kernel may take the last seconds of
  /// commits; what is left is a consistent earlier state of the whole store.
  /// Right where the source can be read again, as with a recording.
  process_crash,
};

/// Who may open the store beside us.
enum class sqlite_access : uint8_t {
  /// The owner: takes the exclusive lock of the store.
  owner,
  /// Reads beside an owner, takes no lock, never writes or migrates. Not for
  /// `:memory:`.
  read_only,
  /// Made by `store::open_inbox` of an owner: the same, but it writes the
  /// inbox.
  inbox,
};

/// Settings of `open_sqlite`.
struct sqlite_options {
  sqlite_access access = sqlite_access::owner;
  /// With `read_only`: all reads see the store as it was when it was opened,
  /// while its owner goes on; its log grows as long.
  bool one_snapshot = false;
  /// Creates the store when there is none; else that is an error.
  bool create = true;
  sqlite_durability durability = sqlite_durability::power_loss;
  /// Fixed at creation: partitions per kind, a power of two in [1, 64].
  uint32_t partitions = 64;
  /// Fixed at creation: seed of `domain::key_hash`; random when not given.
  std::optional<uint64_t> hash_seed = {};
  /// Fixed at creation: bytes of a page, a power of two in [512, 65536].
  uint32_t page_bytes = 16'384;
  /// Page cache of this connection, in bytes; [1 MiB, 64 GiB].
  uint64_t cache_bytes = 64U << 20U;
  /// Size of the write-ahead log that starts a copy into the main file, in
  /// bytes; [1 MiB, 4 GiB]. A reader that is at work lets it grow beyond.
  uint64_t wal_bytes = 32U << 20U;
};

/// Opens the embedded store: `path` names its file, beside which
/// `path-wal`, `path-shm` and `path-lock` live; `:memory:` is a store that
/// ends with its last view.
///
/// Errors, each naming the file: `store_unavailable` (missing, unreadable,
/// not a store, damaged, disk full), `store_locked` (another process owns
/// it), `store_version` (written by a newer version), `invalid_config`.
///
/// The result and each of its `reader()`s belong to one thread at a time; a
/// reader may outlive the store that it came from.
messages::store_result<std::unique_ptr<messages::store>>
open_sqlite(const std::string& path, const sqlite_options& options = {});

} // namespace pumpscope::adapters

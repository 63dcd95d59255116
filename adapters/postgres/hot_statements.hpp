#pragma once

#include "adapters/postgres/binary_array.hpp"
#include "adapters/postgres/connection.hpp"
#include "messages/packing.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace pumpscope::adapters::postgres {

/// States at the end of what retention drops, of the keys behind `after` up to
/// `last`.
struct baseline_batch {
  uint64_t fence = 0;
  uint64_t pass = 0;
  uint64_t up_to = 0;
  /// How far the pass is: 0 wallets, 1 tokens, 2 all; and the last key.
  int64_t kind_before = 0;
  std::string key_before = {};
  int64_t kind_after = 0;
  std::string key_after = {};
  std::vector<messages::wallet_row> wallets = {};
  std::vector<messages::position_row> positions = {};
  std::vector<messages::token_row> tokens = {};
};

/// The statements that write many rows of the store, each its own transaction,
/// with binary parameters on a connection of libpq: libpqxx 6 knows text only,
/// ten times the CPU a row (docs/adr/0008-hot-statements.md).
class hot_statements {
public:
  hot_statements(const postgres_options& options, messages::store_identity id);

  /// Does what `store::commit_epoch` promises; throws with nothing written.
  messages::commit_outcome commit(const messages::epoch& x);

  /// Does what `store::commit_checkpoints` promises; throws with nothing
  /// written.
  std::vector<messages::commit_outcome>
  commit(std::span<const messages::checkpoint* const> xs);

  /// Adds baselines to the pass of retention that is under way; throws with
  /// nothing written. `stale`: it is not where the batch goes on.
  messages::commit_outcome stage(const baseline_batch& x);

private:
  struct close_connection {
    void operator()(PGconn* x) const {
      PQfinish(x);
    }
  };
  struct clear_result {
    void operator()(PGresult* x) const {
      PQclear(x);
    }
  };
  using answer = std::unique_ptr<PGresult, clear_result>;

  /// Calls a function of the store. Empty: the connection broke, and nobody
  /// knows what became of it.
  answer call(const char* name, std::vector<binary_array>& parameters);

  /// The open connection; throws `store_unavailable`.
  PGconn* connection();

  /// Writes checkpoints of which all or none succeed; empty as with `call`.
  std::optional<std::vector<messages::commit_outcome>>
  commit_together(std::span<const messages::checkpoint* const> xs);

  void add_rows(const messages::epoch& x, std::vector<binary_array>& to);

  /// The 10 bits of a key's hash that rows keep.
  [[nodiscard]] int64_t hash_of(const domain::pubkey& key) const;

  std::string text_;
  std::string place_;
  messages::store_identity id_;
  messages::packer packer_ = {};
  std::unique_ptr<PGconn, close_connection> connection_ = {};
  /// What the connection has a plan of: three names at most.
  std::set<std::string, std::less<>> prepared_ = {};
};

} // namespace pumpscope::adapters::postgres

#pragma once

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/database.hpp"
#include "messages/store.hpp"

#include <span>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Writes checkpoints.
class state_writer {
public:
  explicit state_writer(database& db) : db_(db) {
  }

  /// Does what `store::commit_checkpoints` promises, in one transaction: all
  /// checkpoints or, when it throws, none.
  std::vector<messages::commit_outcome>
  commit(std::span<const messages::checkpoint* const> xs);

private:
  messages::commit_outcome apply(const messages::checkpoint& x,
                                 const messages::head_row& head);
  void delete_replaced(const messages::checkpoint& x);
  void delete_expired(const messages::checkpoint& x);
  void put_wallets(const messages::checkpoint& x);
  void put_positions(const messages::checkpoint& x);
  void put_buckets(const messages::checkpoint& x);
  void put_tokens(const messages::checkpoint& x);
  void put_candles(const messages::checkpoint& x);

  database& db_;
  packer packer_ = {};
};

} // namespace pumpscope::adapters::sqlite

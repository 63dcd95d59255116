#pragma once

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/key_index.hpp"
#include "messages/store.hpp"

#include <vector>

namespace pumpscope::adapters::sqlite {

/// Reads the head.
messages::head_row load_head(database& db);

/// Appends epochs.
class journal_writer {
public:
  journal_writer(database& db, const messages::store_identity& id)
    : db_(db), id_(id), index_(db) {
  }

  /// Raises the fence.
  messages::head_row take_over(uint64_t held);

  /// Does what `store::commit_epoch` promises; throws with nothing written.
  messages::commit_outcome commit(const messages::epoch& x);

  /// Does what `store::record_audit` promises.
  void record(const messages::audit_row& x);

private:
  void insert_rows(const messages::epoch& x);
  void insert_slots(const messages::epoch& x);
  void insert_letters(const messages::epoch& x);
  void delete_voided(const messages::epoch& x);
  void insert_gaps(const messages::epoch& x);
  void update_head(const messages::epoch& x);

  database& db_;
  messages::store_identity id_;
  key_index index_;
  packer packer_ = {};
  /// Kept for their capacity.
  std::vector<key_index::entry> by_wallet_ = {};
  std::vector<key_index::entry> by_mint_ = {};
};

} // namespace pumpscope::adapters::sqlite

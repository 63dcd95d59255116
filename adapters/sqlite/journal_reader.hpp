#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/store.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Answers questions about the journal and the rows around it, as
/// `messages::store` defines them. Stateless: each call sees what is committed.
class journal_reader {
public:
  journal_reader(database& db, const messages::store_identity& id)
    : db_(db), id_(id) {
  }

  messages::journal_rows load_tail(messages::projection kind,
                                   uint32_t partition, uint64_t after,
                                   uint64_t up_to, size_t rows_max);
  messages::journal_rows load_slot(uint64_t slot);
  messages::journal_rows load_journal(uint64_t after, uint64_t up_to,
                                      size_t rows_max);
  void visit(const std::function<void(const domain::trade&)>& on_trade,
             const std::function<void(const domain::token_event&)>& on_event);
  std::vector<bool> contains(std::span<const domain::chain_position> keys);

  std::vector<messages::slot_row> load_slots(uint64_t from, uint64_t to);
  std::vector<messages::slot_row> load_last_slots(size_t count);
  std::vector<messages::pool_row> load_pools();
  std::vector<messages::gap_row> load_gaps(bool open_only);
  std::vector<messages::repair_row> load_repairs(messages::projection kind);
  std::vector<domain::dead_letter>
  load_dead_letters(std::optional<domain::chain_position> after, size_t count);
  std::vector<messages::audit_row> load_audit(size_t count);
  messages::store_counts counts();

private:
  database& db_;
  messages::store_identity id_;
};

} // namespace pumpscope::adapters::sqlite

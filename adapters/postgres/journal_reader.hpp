#pragma once

#include "adapters/postgres/columns.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::adapters::postgres {

/// Reads the head, the journal and the lists beside it: see `messages::store`
/// for what each call means. Throws.
class journal_reader {
public:
  journal_reader(session& from, messages::store_identity id);

  messages::head_row read_head();
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
  session& session_;
  messages::store_identity id_;
};

/// The history of one key behind a cursor that the server holds; sorted there
/// once, on disk where it is long.
class key_history {
public:
  /// `number` tells the histories of one session apart.
  key_history(session& from, uint64_t number, messages::projection kind,
              const domain::pubkey& key, uint64_t up_to);
  ~key_history();

  key_history(const key_history&) = delete;
  key_history& operator=(const key_history&) = delete;

  messages::journal_rows next(size_t rows_max);

  /// The state that the rows go on from.
  [[nodiscard]] const messages::history_start& start() const {
    return start_;
  }

private:
  session& session_;
  std::string name_;
  messages::history_start start_ = {};
};

} // namespace pumpscope::adapters::postgres

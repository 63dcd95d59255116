#pragma once

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/key_index.hpp"
#include "adapters/sqlite/voided_slots.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Reads the rows of one key in chain order, page by page.
///
/// The index gives them in order of the journal. That is chain order but for
/// the rows that were journaled behind a later one; a first pass over the
/// positions finds those, a second one reads the rows and puts them in between.
/// Memory: a page, and 32 bytes per late row of the key.
class key_history {
public:
  /// `chunk_rows` positions are asked of the index at once.
  key_history(database& db, const messages::store_identity& id,
              messages::projection kind, const domain::pubkey& key,
              uint64_t up_to, size_t chunk_rows = 20'000);

  /// The next rows in chain order, at most `rows_max`; none = the end.
  messages::journal_rows next(size_t rows_max);

private:
  struct late_row {
    domain::chain_position position = {};
    uint64_t jpos = 0;
  };

  /// Finds the late rows.
  void scan();
  /// The next row in order of the journal that is not late; 0 = none.
  uint64_t next_in_order();
  std::optional<domain::chain_position> position_of(statement& select,
                                                    uint64_t jpos) const;
  void append(uint64_t jpos, statement& select, messages::journal_rows& out);

  database& db_;
  messages::projection kind_;
  domain::pubkey key_;
  uint64_t up_to_;
  uint32_t hash_;
  size_t chunk_rows_;

  bool scanned_ = false;
  /// By position.
  std::vector<late_row> late_ = {};
  size_t late_next_ = 0;
  /// Journal positions from the index, those of other keys with the same hash
  /// and late rows among them.
  std::vector<uint64_t> chunk_ = {};
  size_t chunk_next_ = 0;
  uint64_t chunk_after_ = 0;
  bool chunk_last_ = false;
  /// The highest position so far: what is below is late.
  domain::chain_position highest_ = {};
  /// The in-order row that comes next, and its position.
  uint64_t pending_ = 0;
  domain::chain_position pending_position_ = {};
  voided_slots voided_;
};

} // namespace pumpscope::adapters::sqlite

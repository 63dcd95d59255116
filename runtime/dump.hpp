#pragma once

#include "domain/leaderboard.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <functional>
#include <string_view>

namespace pumpscope::runtime {

/// Which canonical dump (domain.md section 9).
enum class dump_kind : uint8_t {
  positions = 0,
  candles = 1,
  wallets = 2,
  leaderboard = 3,
  metrics = 4,
  trades = 5,
};

/// What to dump; window and by are those of the leaderboard.
struct dump_request {
  dump_kind kind = dump_kind::positions;
  domain::board_window window = domain::board_window::h24;
  domain::board_by by = domain::board_by::net;
};

/// Writes the CSV piece by piece. All kinds but trades hold their rows in
/// memory to sort them: about 500 bytes a row.
outcome<void> dump(messages::store& store, const dump_request& request,
                   const std::function<void(std::string_view)>& write);

/// Returns every row of a board as the stored states tell, at the chain time of
/// the journal's head.
outcome<std::vector<domain::board_row>>
stored_board(messages::store& store, domain::board_window window,
             domain::board_by by, domain::board_side side);

} // namespace pumpscope::runtime

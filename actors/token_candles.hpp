#pragma once

#include "domain/token_ledger.hpp"
#include "messages/actors.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace pumpscope::actors {

struct token_candles_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "token-candles";

  /// Reserve breaks of a history that are passed on; the rest only counts.
  static constexpr size_t breaks_max = 100;

  void handle(const messages::fold_token& x);

  void handle(const messages::snapshot_token& x);

  void handle(const messages::collect_token& x);

  /// Notes what a row changed, for whoever publishes it.
  void note_change(uint64_t jpos, const domain::closed_candles& closed);

  [[nodiscard]] messages::token_view_ptr view() const;

  [[nodiscard]] caf::settings status() const;

  void fold_history(const messages::history_page& page, size_t part,
                    messages::token_work& work);

  messages::token_candles_actor::pointer self = nullptr;
  domain::token_ledger ledger = domain::token_ledger{domain::pubkey{}};
  /// Bars of a re-folded history that the next snapshot writes.
  std::vector<domain::candle_change> refolded = {};
  /// Breaks that the pages of a history had so far.
  std::vector<domain::reserve_break> history_breaks = {};
  /// What the state said before the first page of it.
  messages::fold_sums history_before = {};
  uint64_t rows_total = 0;
  uint64_t refused_total = 0;
  bool publishes = false;
  /// Position of the last row; 0 = none in this run.
  uint64_t seq = 0;
  /// Bars that closed since they were told last: the newest ones, at most
  /// `token_change::bars_max`; and whether the open ones may have changed.
  std::vector<messages::bar_change> closed = {};
  uint64_t bars_lost = 0;
  bool open_changed = false;
  std::optional<domain::trade_side> last_side = {};
  /// Epoch in which the history was folded again; 0 = not in this run.
  uint64_t refolded_at = 0;
};

/// Folds the trades and events of one token: venue, candles, reserves, facts.
///
/// One exists per live mint; its token partition spawns it with stored state,
/// sends it at most one message per epoch, and drops it when it is idle and
/// durable. When it dies, or is asked for a bar that it no longer holds, the
/// partition spawns it again and has it fold its whole history.
/// @param self The actor handle.
/// @param ledger Where to go on from.
/// @param publishes Somebody asks what changed.
messages::token_candles_actor::behavior_type token_candles(
  messages::token_candles_actor::stateful_pointer<token_candles_state> self,
  domain::token_ledger ledger, bool publishes);

} // namespace pumpscope::actors

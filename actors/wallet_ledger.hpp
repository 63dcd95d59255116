#pragma once

#include "domain/wallet_ledger.hpp"
#include "messages/actors.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace pumpscope::actors {

/// Returns what a ledger has to tell, without positions.
messages::wallet_change describe(const domain::wallet_ledger& x);

struct wallet_ledger_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "wallet-ledger";

  void handle(const messages::fold_wallet& x);

  void handle(const messages::snapshot_wallet& x);

  void handle(const messages::collect_wallet& x);

  /// Notes that a row changed a position, for whoever publishes it.
  void note_change(const domain::trade& x);

  [[nodiscard]] messages::wallet_view_ptr view() const;

  [[nodiscard]] caf::settings status() const;

  void fold_history(const messages::history_page& page, size_t part,
                    messages::wallet_work& work);

  messages::wallet_ledger_actor::pointer self = nullptr;
  domain::wallet_ledger ledger = domain::wallet_ledger{domain::pubkey{}};
  /// What the pages of a history gave so far: one bucket per window length and
  /// span of time with a realization. Null but for a repair: half a kilobyte
  /// that a million wallets need not carry.
  std::unique_ptr<messages::wallet_history_result> history = {};
  /// What the state said before the first of them.
  messages::fold_sums history_before = {};
  /// `history` has what the wallet held before.
  bool knows_held_before = false;
  uint64_t rows_total = 0;
  uint64_t refused_total = 0;
  bool publishes = false;
  /// What changed was asked for before: the first answer has all positions.
  bool told = false;
  /// Position and slot of the last row; 0 = none in this run.
  uint64_t seq = 0;
  uint64_t slot = 0;
  /// Positions that changed since they were told last: the newest ones, at most
  /// `wallet_change::positions_max`.
  std::vector<domain::position_key> changed = {};
};

/// Folds the trades of one wallet: positions, totals, streaks.
///
/// One exists per live wallet; its wallet partition spawns it with stored
/// state, sends it at most one message per epoch, and drops it when it is idle
/// and durable. It keeps nothing that the journal does not hold: when it dies
/// the partition spawns it again and has it fold its whole history.
/// @param self The actor handle.
/// @param ledger Where to go on from.
/// @param publishes Somebody asks what changed.
messages::wallet_ledger_actor::behavior_type wallet_ledger(
  messages::wallet_ledger_actor::stateful_pointer<wallet_ledger_state> self,
  domain::wallet_ledger ledger, bool publishes);

} // namespace pumpscope::actors

#pragma once

#include "domain/wallet_ledger.hpp"
#include "messages/actors.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>

namespace pumpscope::actors {

struct wallet_ledger_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "wallet-ledger";

  void handle(const messages::fold_wallet& x);

  void handle(const messages::snapshot_wallet& x);

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
  uint64_t rows_total = 0;
  uint64_t refused_total = 0;
};

/// Folds the trades of one wallet: positions, totals, streaks.
///
/// One exists per live wallet; its wallet partition spawns it with stored
/// state, sends it at most one message per epoch, and drops it when it is idle
/// and durable. It keeps nothing that the journal does not hold: when it dies
/// the partition spawns it again and has it fold its whole history.
/// @param self The actor handle.
/// @param ledger Where to go on from.
messages::wallet_ledger_actor::behavior_type wallet_ledger(
  messages::wallet_ledger_actor::stateful_pointer<wallet_ledger_state> self,
  domain::wallet_ledger ledger);

} // namespace pumpscope::actors

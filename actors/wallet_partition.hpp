#pragma once

#include "actors/fold_sums.hpp"
#include "actors/holder_changes.hpp"
#include "actors/partition_base.hpp"
#include "domain/wallet_ledger.hpp"
#include "domain/wallet_windows.hpp"
#include "messages/actors.hpp"

#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace pumpscope::actors {

/// What the entities of a wallet partition are: wallet ledgers, and the rolling
/// windows that their effects feed.
struct wallet_kind {
  using actor = messages::wallet_partition_actor;
  using entity_actor = messages::wallet_ledger_actor;
  using work = messages::wallet_work;
  using snapshot = messages::wallet_snapshot_work;
  using fold = messages::fold_wallet;
  using take = messages::snapshot_wallet;
  using changes = messages::wallet_changes;
  using collection = messages::wallet_collection;
  using collect = messages::collect_wallet;

  static inline constexpr auto kind = messages::projection::wallet;
  static inline constexpr auto partition_name = "wallet-partition";
  static inline constexpr auto counts_holders = true;

  [[nodiscard]] static const domain::pubkey& key_of(const messages::epoch& x,
                                                    messages::row_ref row) {
    return x.trades[row].wallet;
  }

  [[nodiscard]] static messages::fold_sums row_sums(const messages::epoch& x,
                                                    messages::row_ref row) {
    return wallet_row_sums(x.trades[row]);
  }

  [[nodiscard]] static messages::fold_sums
  row_sums(const messages::journal_rows& x) {
    auto result = messages::fold_sums{};
    for (auto& trade : x.trades)
      result += wallet_row_sums(trade);
    return result;
  }

  [[nodiscard]] static bool needs_refold(const domain::wallet_effect&) {
    return false;
  }

  [[nodiscard]] static domain::wallet_ledger fresh(const domain::pubkey& key) {
    return domain::wallet_ledger{key};
  }

  [[nodiscard]] static caf::expected<domain::wallet_ledger>
  restore(const messages::loaded_entities& x, size_t i,
          const domain::pubkey& key);

  static entity_actor spawn(actor::pointer self, domain::wallet_ledger start,
                            bool publishes);

  caf::error load(const messages::partition_boot& boot,
                  boost::unordered_flat_set<uint64_t>& stored);

  void apply(const messages::epoch& x, messages::row_ref row,
             const domain::wallet_effect& effect);

  void replace(const domain::pubkey& key, const work& x, size_t part);

  bool advance(int64_t chain_time) {
    return windows.advance(chain_time);
  }

  [[nodiscard]] static messages::wallet_change
  describe(const domain::wallet_ledger& x);

  static void complete(messages::wallet_change&) {
    // The entity tells all.
  }

  /// What is told of a wallet has no window in it.
  [[nodiscard]] static bool is_active(const domain::pubkey&) {
    return false;
  }

  [[nodiscard]] static std::vector<domain::pubkey> active_keys() {
    return {};
  }

  /// Notes what a wallet that is not alive holds.
  void note_held(const messages::loaded_entities& x, size_t i,
                 const domain::pubkey& key);

  /// Adds how the numbers of holders changed.
  void tell_holders(changes& to, uint64_t taken);

  void touch(const domain::pubkey& key) {
    if (!totals.empty())
      totals.erase(key);
  }

  static void tell_news(int64_t) {
    // Boards are asked for.
  }

  static void add_status(caf::settings&) {
    // Nothing but what all partitions have.
  }

  void begin_cut(messages::checkpoint& x, std::vector<domain::pubkey> replaced);

  static void fill(messages::checkpoint& x, snapshot& rows);

  domain::wallet_windows windows = {};
  /// Buckets of re-folded wallets, for the next cut: those of the last re-fold.
  boost::unordered_flat_map<domain::pubkey, std::vector<domain::wallet_bucket>,
                            domain::pubkey_hasher>
    replaced_buckets = {};
  /// Who holds what is counted.
  bool counts = false;
  holder_changes holders = {};
  /// What wallets held whose history is being folded.
  boost::unordered_flat_map<domain::pubkey, std::vector<domain::pubkey>,
                            domain::pubkey_hasher>
    held = {};
  /// Totals that were loaded for boards, of wallets that did nothing since; at
  /// most those that were asked for last.
  messages::totals_by_wallet totals = {};
  uint64_t hash_seed = 0;
  uint64_t window_errors_total = 0;
};

struct wallet_partition_state : partition_state<wallet_kind> {
  [[nodiscard]] messages::board_ptr board(const messages::get_board& x) const;

  caf::result<messages::wallet_view_ptr> view(const domain::pubkey& wallet);

  caf::typed_response_promise<messages::totals_by_wallet_ptr>
  totals(const messages::get_totals& x);

  /// An answer to `get_totals` that is being made.
  struct totals_round {
    caf::typed_response_promise<messages::totals_by_wallet_ptr> promise = {};
    std::shared_ptr<messages::totals_by_wallet> answer
      = std::make_shared<messages::totals_by_wallet>();
    /// Who did not answer yet, and whoever is still asking.
    size_t missing = 1;

    void one_less() {
      if (--missing == 0)
        promise.deliver(messages::totals_by_wallet_ptr{std::move(answer)});
    }
  };

  void load_totals(const std::vector<domain::pubkey>& wallets,
                   const std::shared_ptr<totals_round>& round);
};

/// Parent of the wallet ledgers of one partition; owns its cursor, its rolling
/// windows and its checkpoints.
///
/// One exists per wallet partition. Its bound is `live_max` idle entities plus
/// the changed ones (at most `dirty_max` before a checkpoint is forced), and
/// 8 bytes per stored key. Nothing is lost when it dies: the pipeline restarts
/// it from its cursor and the tail of the journal.
messages::wallet_partition_actor::behavior_type wallet_partition(
  messages::wallet_partition_actor::stateful_pointer<wallet_partition_state>
    self,
  partition_config config, uint64_t fence, messages::store_reader_actor reader,
  messages::store_writer_actor writer,
  messages::partition_observer_actor router);

} // namespace pumpscope::actors

#pragma once

#include "actors/fold_sums.hpp"
#include "actors/partition_base.hpp"
#include "domain/token_ledger.hpp"
#include "domain/token_windows.hpp"
#include "messages/actors.hpp"

#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>

namespace pumpscope::actors {

/// What the entities of a token partition are: token candles, and the rolling
/// windows that their effects feed.
struct token_kind {
  using actor = messages::token_partition_actor;
  using entity_actor = messages::token_candles_actor;
  using work = messages::token_work;
  using snapshot = messages::token_snapshot_work;
  using fold = messages::fold_token;
  using take = messages::snapshot_token;
  using changes = messages::token_changes;
  using collection = messages::token_collection;
  using collect = messages::collect_token;

  static inline constexpr auto kind = messages::projection::token;
  static inline constexpr auto partition_name = "token-partition";
  static inline constexpr auto counts_holders = false;
  /// Mints whose breaks of this run are listed; beyond them they only count.
  static inline constexpr size_t broken_mints_max = 1'000;
  /// Breaks listed per mint.
  static inline constexpr size_t breaks_max = 100;
  /// News of one kind that are told at start: the newest.
  static inline constexpr size_t first_news_max = 100;

  [[nodiscard]] static const domain::pubkey& key_of(const messages::epoch& x,
                                                    messages::row_ref row) {
    if ((row & messages::token_event_bit) != 0)
      return x.token_events[row & ~messages::token_event_bit].mint;
    return x.trades[row].mint;
  }

  [[nodiscard]] static messages::fold_sums row_sums(const messages::epoch& x,
                                                    messages::row_ref row) {
    auto is_trade = (row & messages::token_event_bit) == 0;
    return is_trade ? token_row_sums(x.trades[row]) : messages::fold_sums{};
  }

  [[nodiscard]] static messages::fold_sums
  row_sums(const messages::journal_rows& x) {
    auto result = messages::fold_sums{};
    for (auto& trade : x.trades)
      result += token_row_sums(trade);
    return result;
  }

  [[nodiscard]] static bool needs_refold(const messages::token_row_effect& x) {
    return x.needs_refold;
  }

  [[nodiscard]] static domain::token_ledger fresh(const domain::pubkey& key) {
    return domain::token_ledger{key};
  }

  [[nodiscard]] static caf::expected<domain::token_ledger>
  restore(const messages::loaded_entities& x, size_t i,
          const domain::pubkey& key);

  static entity_actor spawn(actor::pointer self, domain::token_ledger start,
                            bool publishes);

  caf::error load(const messages::partition_boot& boot,
                  boost::unordered_flat_set<uint64_t>& stored);

  void apply(const messages::epoch& x, messages::row_ref row,
             const messages::token_row_effect& effect);

  void replace(const domain::pubkey& key, const work& x, size_t part);

  bool advance(int64_t chain_time) {
    return windows.advance(chain_time);
  }

  [[nodiscard]] static messages::token_change
  describe(const domain::token_ledger& x);

  /// Adds what the windows know.
  void complete(messages::token_change& x) const;

  [[nodiscard]] bool is_active(const domain::pubkey& mint) const;

  [[nodiscard]] std::vector<domain::pubkey> active_keys() const {
    return windows.active_mints();
  }

  static void note_held(const messages::loaded_entities&, size_t,
                        const domain::pubkey&) {
    // Wallets hold.
  }

  static void tell_holders(changes&, uint64_t) {
    // Wallet partitions tell.
  }

  static void touch(const domain::pubkey&) {
    // Nothing is kept beside the entity.
  }

  /// Tells the market what happened since the last call, if anything did, and
  /// the sequencer, by the router, where chains of reserves do not join.
  void tell_news(int64_t chain_time);

  void add_status(caf::settings& x) const;

  /// What the store knows of the newest tokens.
  void load_news(const messages::partition_boot& boot);

  static void begin_cut(messages::checkpoint& x,
                        std::vector<domain::pubkey> replaced);

  static void fill(messages::checkpoint& x, snapshot& rows);

  void add_break(const domain::pubkey& mint, const domain::reserve_break& x);

  /// Notes how many breaks a token has now.
  void set_breaks(const domain::pubkey& mint, uint64_t count);

  domain::token_windows windows = {};
  /// Breaks by mint, of this run and of re-folded histories.
  std::map<domain::pubkey, std::vector<domain::reserve_break>> breaks = {};
  messages::news_listener_actor market = {};
  messages::partition_observer_actor router = {};
  std::vector<messages::token_news_item> news = {};
  /// Breaks of each token that has any, stored ones too, and their sum.
  boost::unordered_flat_map<domain::pubkey, uint64_t, domain::pubkey_hasher>
    breaks_of = {};
  uint64_t breaks_now = 0;
  /// Those that this run met.
  uint64_t breaks_total = 0;
  /// What the sequencer is told next; bounded by the rows of an epoch, and at a
  /// start by the broken tokens.
  std::vector<messages::token_breaks> breaks_news = {};
  uint64_t hash_seed = 0;
  uint64_t window_errors_total = 0;
};

struct token_partition_state : partition_state<token_kind> {
  [[nodiscard]] messages::mint_breaks_ptr breaks() const;

  /// The state of a token, live or stored.
  caf::typed_response_promise<messages::token_view_ptr>
  view(const domain::pubkey& mint);

  /// Adds what the partition knows.
  [[nodiscard]] messages::token_view_ptr
  complete_view(messages::token_view x) const;

  [[nodiscard]] messages::market_ptr list(const messages::get_market& x) const;
};

/// Parent of the token candles of one partition; owns its cursor, its rolling
/// windows and its checkpoints. See `wallet_partition`.
messages::token_partition_actor::behavior_type token_partition(
  messages::token_partition_actor::stateful_pointer<token_partition_state> self,
  partition_config config, uint64_t fence, messages::store_reader_actor reader,
  messages::store_writer_actor writer,
  messages::partition_observer_actor router,
  messages::news_listener_actor market);

} // namespace pumpscope::actors

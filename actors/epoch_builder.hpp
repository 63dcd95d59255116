#pragma once

#include "domain/attribution.hpp"
#include "domain/sealer.hpp"
#include "messages/rows.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace pumpscope::actors {

/// Counts of what became of the events that an epoch builder was given.
struct epoch_builder_counters {
  uint64_t trades = 0;
  uint64_t token_events = 0;
  uint64_t ignored = 0;
  uint64_t dead_letters = 0;
  uint64_t late_rows = 0;
  uint64_t duplicate_rows = 0;
  /// Rows that were refused because the journal begins behind them.
  uint64_t below_retention = 0;
  uint64_t epochs = 0;
};

/// What a dead letter became.
struct letter_outcome {
  uint32_t trades = 0;
  uint32_t token_events = 0;
  uint32_t ignored = 0;
};

/// Turns sealed slots into epochs: resolves the mints of AMM pools, gives block
/// times and dense journal positions, marks repairs for rows behind the end,
/// and cuts after whole transactions. Pure.
///
/// A slot in chain order may be spread over several epochs; late ones never
/// are, because only the one open slot of the head is recognised after a crash.
class epoch_builder {
public:
  /// @param head The head of the journal, with our fence.
  /// @param rows_max Trades and token events after which an epoch is cut.
  /// @param pools Mints of the pools known so far.
  /// @param open_rows Positions of the rows of `head.open_slot` that are
  /// journaled already.
  epoch_builder(messages::head_row head, size_t rows_max,
                const std::vector<messages::pool_row>& pools,
                std::set<domain::chain_position> open_rows);

  /// Sets what tells the SOL/USD rate that was known at a block time, in
  /// millionths; it is written into each trade from here on. Without, and where
  /// it returns 0, the rate of a trade is unknown.
  void price_by(std::function<uint64_t(int64_t)> known_at) {
    sol_usd_micros_at_ = std::move(known_at);
  }

  /// Tells where the journal begins. From here on rows below are refused and
  /// counted, because baselines hold what was there. Of a slot that was never
  /// sealed they become dead letters; of one that was (`sealed_slot::rest`)
  /// they may well be copies of rows that were dropped, and are no news.
  void begin_at(const messages::retention_row& x) {
    retention_ = x;
  }

  /// Tells whether rows of a slot are refused.
  [[nodiscard]] bool is_dropped(uint64_t slot) const {
    return slot < retention_.start_slot;
  }

  /// Appends a sealed slot (or the late rest of one).
  void add(domain::sealed_slot&& x);

  /// Takes a sealed slot off the chain, whose journaled rows are `rows`: one
  /// row that voids them, and repairs of all their wallets and mints. Chain
  /// time stays.
  void add_void(uint64_t slot, const messages::journal_rows& rows);

  /// Adds what a dead letter became, behind the chain: the rows of `x`, which
  /// are not in the journal, and resolves the letter. Returns nothing, and
  /// changes nothing, when the pool of a trade is still not known, or when the
  /// journal begins behind a row.
  std::optional<letter_outcome> add_resolved(const domain::dead_letter& letter,
                                             domain::parsed_transaction&& x);

  /// Has the states of a key folded again from the journal, as far as it goes
  /// now. Asked for again before the journal goes on it changes nothing.
  void add_repair(messages::projection kind, const domain::pubkey& key);

  /// At the chain time of this moment.
  void add_gap_opened(domain::slot_gap gap, const char* reason);
  void add_gap_opened(messages::gap_row row);
  void add_gap_filled(domain::slot_gap gap);

  /// Cuts the current epoch if there is anything in it.
  void flush();

  /// Returns the epochs that are ready to be committed, in order.
  std::vector<messages::epoch_ptr> take_ready();

  /// Tells whether `flush` would cut something.
  [[nodiscard]] bool has_content() const;

  /// The head after the last cut.
  [[nodiscard]] const messages::head_row& head() const {
    return head_;
  }

  [[nodiscard]] const epoch_builder_counters& counters() const {
    return counters_;
  }

private:
  /// Tells whether the journal begins behind a row: a trade also by its time.
  [[nodiscard]] bool is_below(const domain::trade& x) const;
  [[nodiscard]] bool is_below(const domain::token_event& x) const;
  /// Counts a row that is below, and keeps a dead letter of it when it is news.
  template <class Row>
  void refuse_below(const Row& x, bool is_news, messages::slot_row& row);
  /// Refuses all rows of a slot.
  void refuse_slot(const domain::sealed_slot& x);
  void add_transaction(domain::parsed_transaction&& x,
                       const domain::sealed_slot& slot,
                       messages::slot_row& row);
  void add_trade(domain::trade&& x, const domain::sealed_slot& slot,
                 const domain::parsed_transaction& transaction,
                 messages::slot_row& row);
  /// Gives an AMM trade its mints from the pools seen so far.
  std::optional<domain::refusal> resolve_pool(domain::trade& x);
  void add_token_event(domain::token_event&& x, const domain::sealed_slot& slot,
                       messages::slot_row& row);
  /// The same for a token event; false when the pool is not known.
  bool resolve_pool(domain::token_event& x) const;
  /// Remembers the mints of an AMM row's pool.
  template <class Row>
  void learn_pool(const Row& x);
  bool is_journaled(const domain::chain_position& x);
  /// Appends a row whose time is set. `behind`: it needs repairs wherever it
  /// stands.
  void append(domain::trade&& x, bool behind);
  void append(domain::token_event&& x, bool behind);
  /// Gives a row its place at the end of the journal; true = behind the chain.
  bool append_position(const domain::chain_position& x, uint64_t& jpos);
  /// Adds a repair to the current epoch, unless it is there.
  void push_repair(messages::repair_row x);
  void cut();

  messages::head_row head_ = {};
  messages::retention_row retention_ = {};
  size_t rows_max_ = 0;
  boost::unordered_flat_map<domain::pubkey, messages::pool_row,
                            domain::pubkey_hasher>
    pools_ = {};
  /// Kept to the end: what is left of the slot may come late.
  std::set<domain::chain_position> open_rows_ = {};
  domain::chain_position last_position_ = {};
  std::function<uint64_t(int64_t)> sol_usd_micros_at_ = {};
  std::shared_ptr<messages::epoch> current_ = {};
  /// Repairs at the highest position that has any: each stands once.
  std::set<messages::repair_row> newest_repairs_ = {};
  std::vector<messages::epoch_ptr> ready_ = {};
  epoch_builder_counters counters_ = {};
};

} // namespace pumpscope::actors

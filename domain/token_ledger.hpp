#pragma once

#include "domain/candle.hpp"
#include "domain/candle_series.hpp"
#include "domain/error.hpp"
#include "domain/reserve_break.hpp"
#include "domain/token_event.hpp"
#include "domain/trade.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::domain {

/// The last known reserves of a venue; joins with the next event.
struct venue_reserves {
  /// The pool; the default key for the curve.
  pubkey pool = {};
  /// Curve: virtual reserves. AMM: pool balances without virtual ones.
  reserves after = {};
  /// False after a restart of the chain: the next event starts it.
  bool known = false;
  /// Slot of the event that told them.
  uint64_t slot = 0;

  friend bool operator==(const venue_reserves&, const venue_reserves&)
    = default;
};

/// Volume of the trades that a chart leaves out, per quote mint.
struct off_venue_volume {
  pubkey quote_mint = {};
  i128 quote_units = 0;
  i128 token_units = 0;
  uint64_t trades = 0;

  friend bool operator==(const off_venue_volume&, const off_venue_volume&)
    = default;
};

/// All state of a token's fold; a stored value (state blob). Plain data:
/// whoever stores it, stores every member.
struct token_state {
  pubkey mint = {};

  /// From CreateEvent; `created` tells whether we saw one, else the rest of
  /// this block is unknown (null).
  bool created = false;
  std::string name = {};
  std::string symbol = {};
  std::string uri = {};
  pubkey creator = {};
  int64_t created_at = 0;
  uint64_t created_slot = 0;
  /// Start reserves; 0 where the layout had none.
  uint64_t initial_real_token_reserves = 0;
  uint64_t created_supply = 0;

  /// -1 while unknown.
  int16_t decimals = -1;
  bool mayhem_mode = false;
  /// Trades of the curve were seen.
  bool curve_seen = false;
  /// CompleteEvent or migration was seen.
  bool curve_complete = false;
  /// Migration was seen; the pool it named.
  bool migrated = false;
  pubkey migrated_pool = {};
  int64_t graduated_at = 0;

  /// A pool leads that is not named by a migration; and what its last trade
  /// ranked as.
  bool pool_leads = false;
  pubkey leading_pool = {};
  bool leader_quote_is_sol = false;
  i128 leader_effective_quote = 0;

  /// Curve: real reserves after its last event; valid when `curve_real_known`.
  bool curve_real_known = false;
  pubkey curve_quote_mint = {};
  uint64_t real_token_reserves = 0;
  uint64_t real_quote_reserves = 0;

  /// The last on-venue trade; valid when `trades > 0`.
  program last_program = program::pump;
  uint16_t last_flags = 0;
  pubkey last_pool = {};
  pubkey last_quote_mint = {};
  /// Reserves after it (deposits and withdrawals of its pool included), base
  /// and quote of the venue, without virtual ones for the AMM.
  reserves last_reserves = {};
  i128 last_virtual_quote = 0;
  uint32_t last_fee_basis_points = 0;
  int64_t last_trade_at = 0;
  chain_position last_position = {};
  uint64_t last_sol_usd_micros = 0;
  /// Live supply that the newest trade carried; 0 when none did.
  uint64_t base_supply = 0;

  /// Counters over all trades of the mint, off venue ones included.
  uint64_t trades = 0;
  uint64_t trades_on_venue = 0;
  uint64_t reserve_breaks = 0;
  /// Trades of pools beyond `venues_max`, whose reserves are not chained.
  uint64_t trades_unchained = 0;
  /// At most one per quote mint that is money, plus the curve's.
  std::vector<off_venue_volume> off_venue = {};
  /// In the order of first sight; at most `token_ledger::venues_max`.
  std::vector<venue_reserves> venues = {};
  /// One per quote mint that ever led; at most `token_ledger::series_max`.
  std::vector<candle_series> series = {};
  /// The last of the breaks in chain order, at most
  /// `token_ledger::breaks_max`: a start looks for what they lack.
  std::vector<break_span> breaks = {};

  friend bool operator==(const token_state&, const token_state&) = default;
};

/// What one trade or event did to a token.
struct token_effect {
  /// The trade's bar is no longer in memory (block time went back over a
  /// minute): NOTHING was applied; fold the mint again from the journal with
  /// `token_refold`.
  bool needs_refold = false;
  /// The trade is in candles and price.
  bool on_venue = false;
  /// Another venue than before leads.
  bool leader_changed = false;
  /// First sight of CreateEvent; first migration.
  bool was_created = false;
  bool was_graduated = false;
  /// Spot price after and before an on-venue trade; empty when there is none.
  price spot = {};
  price previous = {};
  std::optional<reserve_break> broken = {};
  /// Final state of the bars that this trade closed, shortest first.
  /// Without an initializer: that would clear its 2 KB for every trade.
  closed_candles closed;
};

/// The fold of ONE mint in chain order: leading venue, candles, spot price,
/// reserve continuity and token facts (domain.md sections 5, 6 and 8).
///
/// Keeps the open bars only; a trade of an older minute asks for a re-fold. In
/// re-fold mode every bar is kept, and any order of block times is handled.
class token_ledger {
public:
  /// Venues whose reserves are chained: anyone may create pools.
  static constexpr size_t venues_max = 1024;
  /// Breaks that are kept; older ones only count.
  static constexpr size_t breaks_max = 16;
  /// Quote mints that can lead: the money mints and an exotic one of a curve.
  static constexpr size_t series_max = 8;

  explicit token_ledger(const pubkey& mint);

  /// Goes on from stored state.
  explicit token_ledger(token_state state);

  ~token_ledger();
  token_ledger(token_ledger&&) noexcept;
  token_ledger& operator=(token_ledger&&) noexcept;

  /// Returns a ledger in re-fold mode: it never answers `needs_refold` and
  /// keeps every 1m and 5m bar until `finish_refold`.
  static token_ledger refold(const pubkey& mint);

  /// The same from a stored state on, which counts as all that was before: of
  /// its bars only the open ones are known. Pre: no row that follows is of an
  /// older minute than the open bar.
  static token_ledger refold(token_state state);

  /// Ends re-fold mode: the open bars stay, and the next
  /// `take_dirty_candles` returns every 1m and 5m bar of the history (from a
  /// stored state on: its open bars and all that came behind them).
  void finish_refold();

  /// Folds the next trade in chain order. Pre: `x.mint == state().mint`.
  /// Refuses with `errc::overflow` what leaves 128 bits; changes nothing then.
  result<token_effect> apply(const trade& x);

  /// Folds the next event in chain order. Pre: `x.mint == state().mint`.
  result<token_effect> apply(const token_event& x);

  [[nodiscard]] const token_state& state() const {
    return state_;
  }

  /// Returns the series of the quote mint that leads; null before a trade.
  [[nodiscard]] const candle_series* leading_series() const;

  /// Returns the series of a quote mint or null.
  [[nodiscard]] const candle_series*
  find_series(const pubkey& quote_mint) const;

  /// Returns the open bar of a series (above 5m with its estimate of
  /// `wallets`); nullopt when there is none.
  [[nodiscard]] std::optional<candle> open_candle(const pubkey& quote_mint,
                                                  interval length) const;

  /// Spot price of the leading venue after its last trade; empty before one.
  [[nodiscard]] price spot() const;

  /// Tells whether state changed since the last `take_dirty_candles`.
  [[nodiscard]] bool dirty() const {
    return dirty_;
  }

  /// Returns the 1m and 5m bars that changed since the last call, each once,
  /// with their current state, and forgets the closed ones.
  /// Bound: grows by at most two bars per trade and by the bars of the history
  /// after a re-fold; callers take once per checkpoint.
  std::vector<candle_change> take_dirty_candles();

  /// Bytes in memory.
  [[nodiscard]] size_t memory_bytes() const;

private:
  using venue_index
    = boost::unordered_flat_map<pubkey, uint32_t, pubkey_hasher>;

  /// Up to this many venues are searched one by one.
  static constexpr size_t linear_max = 8;

  /// Who leads if `x` is the next trade; changes nothing.
  [[nodiscard]] bool leads(const trade& x) const;
  void note_last_trade(const trade& x, token_effect& effect);
  [[nodiscard]] result<void> check(const trade& x, bool on_venue) const;
  candle_series& series_for(const pubkey& quote_mint);
  void count_off_venue(const trade& x);
  void keep_closed(size_t series, const candle_change& bar);

  venue_reserves* venue_for(const pubkey& pool);
  /// Starts the chain of a venue anew; without reserves the next event does.
  void restart_chain(const token_event& x, const pubkey& pool,
                     std::optional<reserves> after);
  /// `Row` is a trade or an event that tells the reserves before and after it.
  template <class Row>
  bool join_chain(const Row& x, const reserves& before, const reserves& after,
                  token_effect& effect);
  void apply_created(const token_event& x, token_effect& effect);
  void apply_liquidity(const token_event& x, token_effect& effect);
  void apply_boost(const token_event& x);
  void note_reserves(const pubkey& pool, const reserves& after);

  token_state state_ = {};
  /// Only above `linear_max` venues.
  std::unique_ptr<venue_index> index_;
  /// Closed 1m and 5m bars that were not taken yet.
  std::vector<candle_change> closed_ = {};
  /// By series: bits of its open 1m and 5m bars that changed.
  std::vector<uint8_t> open_dirty_ = {};
  /// Only in re-fold mode.
  std::unique_ptr<candle_history> history_;
  bool dirty_ = false;
};

} // namespace pumpscope::domain

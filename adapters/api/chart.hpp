#pragma once

#include "adapters/api/backend.hpp"
#include "domain/candle.hpp"
#include "domain/token_ledger.hpp"
#include "domain/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pumpscope::api {

/// Which bars of a token are asked for.
struct chart_query {
  domain::interval interval = domain::interval::m1;
  /// Unix seconds, `[from, to)`: bars that begin in it.
  int64_t from = 0;
  int64_t to = 0;
  /// Buckets without trades get a flat bar.
  bool fills = false;
  /// The bar that is not closed is among them.
  bool open = true;
  /// The newest ones; `bars_max` at most.
  size_t limit = 1'440;
};

/// Most bars in one answer.
inline constexpr size_t bars_max = 5'000;

/// Stored bars that one answer is made of at most; what is older is left out.
inline constexpr size_t stored_bars_max = 50'000;

/// Closed 1s bars are folded from the journal, this far back.
inline constexpr int64_t seconds_kept = 3'600;

/// Trades of one token that one answer folds at most.
inline constexpr size_t folded_trades_max = 20'000;

/// A bar of a chart.
struct chart_bar {
  domain::candle candle = {};
  /// A later bar has begun.
  bool closed = true;
  /// No gap of the journal lies in its time.
  bool complete = true;
  /// Made up: nobody traded.
  bool filled = false;
};

/// The stored bars that those of an interval merge from.
constexpr domain::interval stored_interval(domain::interval x) {
  return x <= domain::interval::m1 ? domain::interval::m1
                                   : domain::interval::m5;
}

/// What a chart is made of.
struct chart_parts {
  /// The token now.
  const domain::token_state* state = nullptr;
  /// Bars of `stored_interval`, ascending, all closed before `folded_from`;
  /// none for 1s.
  std::vector<domain::candle> stored = {};
  /// The range may have older ones.
  bool stored_cut = false;
  /// Trades of the token from this time on, in chain order.
  int64_t folded_from = 0;
  std::vector<domain::trade> trades = {};
  std::span<const known_gap> gaps = {};
  int64_t chain_time = 0;
};

/// Tells whether a trade counts in the chart: it is of the venue that leads
/// now, or of the curve before it ended.
bool is_on_chart(const domain::trade& x, const domain::token_state& state);

/// Returns the bars, ascending by time. Those behind the stored ones are folded
/// from the trades as the token's own fold does it; the open one is the
/// token's.
std::vector<chart_bar> make_chart(const chart_query& query, chart_parts parts);

/// Reads the parts that the journal has; `state` is filled in by the caller.
/// `quote_mint` names the series.
messages::store_result<chart_parts>
load_chart(messages::store& store, const chart_query& query,
           const domain::token_state& state, const domain::pubkey& quote_mint,
           const node_facts& facts);

} // namespace pumpscope::api

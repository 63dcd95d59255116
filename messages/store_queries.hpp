#pragma once

#include "domain/candle.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::messages {

/// Most rows of one answer; more, and none, are refused.
inline constexpr size_t list_rows_max = 5'000;

/// Most rows of the journal that one answer looks at.
inline constexpr size_t scanned_rows_max = 1'000'000;

/// Longest text that is searched for: no name is longer.
inline constexpr size_t search_bytes_max = 128;

/// Characters that a search in the middle of a name needs; shorter texts are
/// searched for where names and symbols begin.
inline constexpr size_t search_inside_min = 3;

/// Shortest begin of an address that is searched for: one of 58^4 addresses.
inline constexpr size_t address_prefix_min = 4;

/// Which trades of the journal a list has.
struct trade_query {
  std::optional<domain::pubkey> mint = {};
  std::optional<domain::pubkey> wallet = {};
  std::optional<domain::trade_side> side = {};
  /// Gross leg at least, in quote base units; 0 = all.
  uint64_t quote_units_min = 0;
  /// Rows below this journal position only; 0 = from the newest on.
  uint64_t before_jpos = 0;
  /// In [1, `list_rows_max`].
  size_t rows_max = 100;
  /// Rows that are looked at before the answer is what was found so far (a
  /// filter may match little); in [1, `scanned_rows_max`].
  size_t scanned_max = 20'000;
};

/// A page of trades.
struct trade_list {
  /// The newest in the journal first.
  std::vector<domain::trade> trades = {};
  /// Position to go on below; 0 = that was all. There may be a next page behind
  /// an empty one, where `scanned_max` rows did not match.
  uint64_t next_before = 0;
};

/// Which stored candles a chart has.
struct candle_query {
  domain::pubkey mint = {};
  domain::pubkey quote_mint = {};
  /// m1 or m5: others are not stored.
  domain::interval interval = domain::interval::m1;
  /// Open times from this one on, in unix seconds.
  int64_t from = 0;
  /// The first open time behind the range.
  int64_t to = 0;
  /// The newest so many of the range; in [1, `list_rows_max`].
  size_t rows_max = 1'500;
};

/// Whose positions a list of holders has.
struct holders_query {
  domain::pubkey mint = {};
  /// In [1, `list_rows_max`].
  size_t rows_max = 20;
};

/// What tokens are searched for.
struct token_search {
  /// A part of a name or symbol, whatever its case, or the begin of a mint's
  /// address. 1 to `search_bytes_max` bytes of UTF-8 without control
  /// characters.
  std::string text = {};
  /// In [1, `list_rows_max`].
  size_t rows_max = 20;
};

} // namespace pumpscope::messages

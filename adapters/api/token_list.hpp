#pragma once

#include "adapters/api/backend.hpp"
#include "domain/int128.hpp"
#include "domain/pubkey.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::api {

/// What a list of tokens is sorted by.
enum class token_sort : uint8_t {
  volume_24h,
  volume_1h,
  volume_5m,
  market_cap,
  liquidity,
  price_change_5m,
  price_change_1h,
  price_change_24h,
  trades_24h,
  holders,
  score,
  progress,
  created_at,
  graduated_at,
  last_trade_at,
};

/// Which tokens a list has, and in which order. Amounts in base units of the
/// quote.
struct token_query {
  domain::i128 liquidity_min = 0;
  std::optional<double> liquidity_usd_min = {};
  domain::i128 market_cap_min = 0;
  domain::i128 volume_24h_min = 0;
  /// Created at or after this, unix seconds; tokens of unknown age are left
  /// out. 0 = any.
  int64_t created_since = 0;
  std::optional<domain::program> venue = {};
  std::optional<bool> graduated = {};
  /// Nothing = of any quote.
  std::optional<domain::pubkey> quote_mint = {};
  /// Part of the name or symbol, in any case, or the beginning of the mint.
  std::string search = {};
  token_sort sort = token_sort::volume_24h;
  bool ascending = false;
};

/// Longest `search`.
inline constexpr size_t search_bytes_max = 64;

/// Returns the tokens that a query asks for, in its order; those of which the
/// sorted number is not known come last. Ties by mint: a total order.
/// They live as long as `tokens`.
std::vector<const messages::token_publication*>
select(const std::vector<token_entry>& tokens, const token_query& query);

/// Tells whether a text has another one in it; letters of ASCII in any case.
bool contains_text(std::string_view text, std::string_view part);

} // namespace pumpscope::api

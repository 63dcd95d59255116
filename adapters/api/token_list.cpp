#include "adapters/api/token_list.hpp"

#include "adapters/publication_json/data_json.hpp"
#include "domain/base58.hpp"

#include <algorithm>

namespace pumpscope::api {

namespace {

using domain::token_window;
using messages::token_publication;

const domain::token_window_summary& window_of(const token_publication& x,
                                              token_window window) {
  return x.token.windows[static_cast<size_t>(window)];
}

std::optional<double> volume_of(const token_publication& x,
                                token_window window) {
  return static_cast<double>(window_of(x, window).sums.volume_quote);
}

std::optional<double> change_of(const token_publication& x,
                                token_window window) {
  auto& change = window_of(x, window).change;
  return change ? std::optional{change->ratio} : std::nullopt;
}

std::optional<double> time_of(int64_t unix_seconds) {
  return unix_seconds == 0 ? std::nullopt
                           : std::optional{static_cast<double>(unix_seconds)};
}

/// The number that a list is sorted by. A double serves: ties beyond its 53
/// bits are broken by the mint.
std::optional<double> sort_value(const token_publication& x, token_sort by) {
  const auto& token = x.token;
  switch (by) {
    case token_sort::volume_24h:
      return volume_of(x, token_window::h24);
    case token_sort::volume_1h:
      return volume_of(x, token_window::h1);
    case token_sort::volume_5m:
      return volume_of(x, token_window::m5);
    case token_sort::market_cap:
      return token.market_cap
               ? std::optional{static_cast<double>(*token.market_cap)}
               : std::nullopt;
    case token_sort::liquidity:
      return static_cast<double>(token.liquidity.quote_units);
    case token_sort::price_change_5m:
      return change_of(x, token_window::m5);
    case token_sort::price_change_1h:
      return change_of(x, token_window::h1);
    case token_sort::price_change_24h:
      return change_of(x, token_window::h24);
    case token_sort::trades_24h:
      return static_cast<double>(window_of(x, token_window::h24).sums.trades);
    case token_sort::holders:
      return static_cast<double>(x.holders);
    case token_sort::score: {
      auto scores = publication_json::scores_of(token);
      return scores ? std::optional{scores->score} : std::nullopt;
    }
    case token_sort::progress:
      return token.graduated ? std::nullopt : token.progress;
    case token_sort::created_at:
      return token.created ? time_of(token.created_at) : std::nullopt;
    case token_sort::graduated_at:
      return token.graduated ? time_of(token.graduated_at) : std::nullopt;
    case token_sort::last_trade_at:
      return time_of(token.last_trade_at);
  }
  return std::nullopt;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_found(const domain::token_summary& x, std::string_view search) {
  return contains_text(x.symbol, search) || contains_text(x.name, search)
         || domain::to_base58(x.mint).view().starts_with(search);
}

bool is_wanted(const token_publication& of, const token_query& query) {
  const auto& x = of.token;
  if (query.quote_mint && x.quote_mint != *query.quote_mint)
    return false;
  if (query.venue && x.venue != *query.venue)
    return false;
  if (query.graduated && x.graduated != *query.graduated)
    return false;
  if (x.liquidity.quote_units < query.liquidity_min)
    return false;
  if (query.market_cap_min > 0
      && x.market_cap.value_or(0) < query.market_cap_min)
    return false;
  if (window_of(of, token_window::h24).sums.volume_quote < query.volume_24h_min)
    return false;
  if (query.created_since != 0
      && (!x.created || x.created_at < query.created_since))
    return false;
  if (query.liquidity_usd_min) {
    auto liquidity = publication_json::usd_of(x, x.liquidity.quote_units);
    if (!liquidity || *liquidity < *query.liquidity_usd_min)
      return false;
  }
  return query.search.empty() || is_found(x, query.search);
}

} // namespace

bool contains_text(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return lower(x) == lower(y); })
         != text.end();
}

std::vector<const token_publication*>
select(const std::vector<token_entry>& tokens, const token_query& query) {
  struct ranked {
    const token_publication* token = nullptr;
    std::optional<double> value = {};
  };
  auto found = std::vector<ranked>{};
  for (auto& x : tokens)
    if (is_wanted(*x, query))
      found.push_back({x.get(), sort_value(*x, query.sort)});
  std::sort(found.begin(), found.end(), [&](const ranked& x, const ranked& y) {
    if (x.value.has_value() != y.value.has_value())
      return x.value.has_value();
    if (x.value != y.value)
      return query.ascending ? *x.value < *y.value : *x.value > *y.value;
    return x.token->token.mint < y.token->token.mint;
  });
  auto result = std::vector<const token_publication*>{};
  result.reserve(found.size());
  for (auto& x : found)
    result.push_back(x.token);
  return result;
}

} // namespace pumpscope::api

#include "adapters/api/chart.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <set>

namespace pumpscope::api {

namespace {

using domain::candle;
using domain::interval;

int64_t seconds_of(interval x) {
  return static_cast<int64_t>(x);
}

/// Folds trades into bars of one length.
std::vector<candle> fold(std::span<const domain::trade> trades, interval length,
                         domain::price previous) {
  auto bars = std::map<int64_t, candle>{};
  auto wallets = std::map<int64_t, std::set<domain::pubkey>>{};
  for (auto& x : trades) {
    auto time = domain::open_time(x.block_time, length);
    auto [i, is_new] = bars.try_emplace(time);
    i->second.open_time = time;
    auto spot = domain::spot_price(x);
    domain::apply(i->second, x, spot, previous);
    if (spot.token != 0)
      previous = spot;
    wallets[time].insert(x.wallet);
  }
  auto result = std::vector<candle>{};
  for (auto& [time, bar] : bars) {
    bar.wallets = wallets[time].size();
    result.push_back(bar);
  }
  return result;
}

/// When the open bar of the token's own fold began.
std::optional<int64_t> open_bar_begin(const domain::token_state& state,
                                      const domain::pubkey& quote_mint,
                                      interval length) {
  for (auto& series : state.series)
    if (series.quote_mint == quote_mint)
      if (auto open = domain::open_candle(series, length))
        return open->open_time;
  return std::nullopt;
}

/// The bar of the token's own fold, which knows more than the journal tells:
/// an estimate of the wallets of long bars.
void put_open_bar(std::vector<candle>& bars, const domain::token_state& state,
                  interval length) {
  for (auto& series : state.series)
    if (series.quote_mint == state.last_quote_mint) {
      auto open = domain::open_candle(series, length);
      if (!open)
        return;
      while (!bars.empty() && bars.back().open_time >= open->open_time)
        bars.pop_back();
      bars.push_back(*open);
    }
}

bool touches(std::span<const known_gap> gaps, int64_t begin, int64_t end) {
  return std::any_of(gaps.begin(), gaps.end(), [&](const known_gap& x) {
    return x.begin < end && x.end >= begin;
  });
}

/// A flat bar at the price that the one before closed with.
chart_bar flat_bar(const candle& before, int64_t time) {
  auto result = chart_bar{};
  auto& x = result.candle;
  x.open_time = time;
  x.open = x.high = x.low = x.close = x.previous_close = before.close;
  result.filled = true;
  return result;
}

/// Puts flat bars between bars and behind the last one, up to `end`; keeps the
/// newest `limit`.
std::vector<chart_bar> filled(const std::vector<chart_bar>& bars,
                              interval length, int64_t end, size_t limit) {
  auto step = seconds_of(length);
  auto result = std::vector<chart_bar>{};
  // From the newest on, so that a long pause costs no more than the limit.
  auto next = end;
  for (auto i = bars.rbegin(); i != bars.rend() && result.size() < limit; ++i) {
    auto time = i->candle.open_time;
    for (auto flat = next - step; flat > time && result.size() < limit;
         flat -= step)
      result.push_back(flat_bar(i->candle, flat));
    if (result.size() < limit)
      result.push_back(*i);
    next = time;
  }
  std::reverse(result.begin(), result.end());
  return result;
}

/// Stored bars that a query needs at most, a bucket at either end included.
size_t stored_bars_of(const chart_query& query) {
  auto ratio = static_cast<size_t>(query.interval)
               / static_cast<size_t>(stored_interval(query.interval));
  return std::min(stored_bars_max, (query.limit + 2) * ratio);
}

/// Reads stored bars, the newest `count_max` of the range.
messages::store_result<void> load_stored(messages::store& store,
                                         messages::candle_query wanted,
                                         size_t count_max, chart_parts& to) {
  auto pages = std::vector<std::vector<messages::candle_row>>{};
  auto count = size_t{0};
  while (wanted.from < wanted.to && count < count_max) {
    wanted.rows_max = std::min(messages::list_rows_max, count_max - count);
    auto rows = store.load_candles(wanted);
    if (!rows)
      return tl::unexpected{rows.error()};
    auto is_last = rows->size() < wanted.rows_max;
    count += rows->size();
    if (!rows->empty())
      wanted.to = rows->front().candle.open_time;
    pages.push_back(std::move(*rows));
    if (is_last)
      wanted.to = wanted.from;
  }
  to.stored_cut = wanted.from < wanted.to;
  for (auto& page : pages | std::views::reverse)
    for (auto& row : page)
      to.stored.push_back(row.candle);
  return {};
}

} // namespace

bool is_on_chart(const domain::trade& x, const domain::token_state& state) {
  if (x.quote_mint != state.last_quote_mint)
    return false;
  if (x.program == state.last_program && x.pool == state.last_pool)
    return true;
  // The curve leads until it is complete; nothing else trades on it later.
  return x.program == domain::program::pump;
}

std::vector<chart_bar> make_chart(const chart_query& query, chart_parts parts) {
  auto& state = *parts.state;
  std::erase_if(parts.trades, [&](const domain::trade& x) {
    return x.block_time < parts.folded_from || !is_on_chart(x, state);
  });
  auto is_seconds = query.interval == interval::s1;
  auto length = is_seconds ? interval::s1 : stored_interval(query.interval);
  auto bars = std::move(parts.stored);
  auto previous = bars.empty() ? domain::price{} : bars.back().close;
  auto fresh = fold(parts.trades, length, previous);
  bars.insert(bars.end(), fresh.begin(), fresh.end());
  if (query.interval != length) {
    bars = domain::merge_all(bars, query.interval);
    // The first one may lack its beginning.
    if (parts.stored_cut && !bars.empty())
      bars.erase(bars.begin());
  }
  put_open_bar(bars, state, query.interval);
  auto step = seconds_of(query.interval);
  auto open_time = bars.empty() ? int64_t{0} : bars.back().open_time;
  auto result = std::vector<chart_bar>{};
  for (auto& x : bars) {
    auto closed = x.open_time < open_time
                  || x.open_time + step <= parts.chain_time;
    if (x.open_time < query.from || x.open_time >= query.to
        || (!closed && !query.open))
      continue;
    result.push_back({x, closed, true, false});
  }
  auto limit = std::min(query.limit, bars_max);
  if (query.fills && !result.empty()) {
    auto now = domain::open_time(parts.chain_time, query.interval)
               + (query.open ? step : 0);
    auto last = domain::open_time(query.to - 1, query.interval) + step;
    auto end = std::max(std::min(now, last),
                        result.back().candle.open_time + step);
    result = filled(result, query.interval, end, limit);
  } else if (result.size() > limit) {
    result.erase(result.begin(),
                 result.end() - static_cast<std::ptrdiff_t>(limit));
  }
  for (auto& x : result)
    x.complete = !touches(parts.gaps, x.candle.open_time,
                          x.candle.open_time + step);
  return result;
}

messages::store_result<chart_parts>
load_chart(messages::store& store, const chart_query& query,
           const domain::token_state& state, const domain::pubkey& quote_mint,
           const node_facts& facts) {
  auto result = chart_parts{};
  result.gaps = facts.gaps;
  result.chain_time = facts.head.chain_time;
  auto folds = true;
  auto wanted = messages::candle_query{};
  wanted.mint = state.mint;
  wanted.quote_mint = quote_mint;
  wanted.interval = stored_interval(query.interval);
  if (query.interval == interval::s1) {
    result.folded_from = std::max(query.from, result.chain_time - seconds_kept);
  } else {
    // The newest stored bar may have been open when it was stored, and bars
    // behind it are not stored yet: both are folded.
    wanted.to = INT64_MAX;
    wanted.rows_max = 1;
    auto newest = store.load_candles(wanted);
    if (!newest)
      return tl::unexpected{newest.error()};
    if (!newest->empty())
      result.folded_from = newest->back().candle.open_time;
    // Mostly all that is behind them is the bar that the token itself has open.
    auto open = open_bar_begin(state, quote_mint, wanted.interval);
    folds = !open || result.folded_from < *open;
    if (!folds)
      result.folded_from = *open;
    wanted.from = domain::open_time(query.from, query.interval);
    wanted.to = std::min(query.to + seconds_of(query.interval),
                         result.folded_from);
    if (auto read = load_stored(store, wanted, stored_bars_of(query), result);
        !read)
      return tl::unexpected{read.error()};
  }
  if (!folds || query.to <= result.folded_from)
    return result;
  auto page = messages::trade_query{};
  page.mint = state.mint;
  page.rows_max = 1'000;
  // Rows that came late are newer in the journal than on the chain: one page
  // without a trade that counts is the end.
  for (auto counts = true;
       counts && result.trades.size() < folded_trades_max;) {
    auto list = store.load_trades(page);
    if (!list)
      return tl::unexpected{list.error()};
    counts = false;
    for (auto& x : list->trades)
      if (x.block_time >= result.folded_from) {
        counts = true;
        result.trades.push_back(x);
      }
    if (list->next_before == 0)
      break;
    page.before_jpos = list->next_before;
  }
  std::sort(result.trades.begin(), result.trades.end(),
            [](const domain::trade& x, const domain::trade& y) {
              return x.position < y.position;
            });
  return result;
}

} // namespace pumpscope::api

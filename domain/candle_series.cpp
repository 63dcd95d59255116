#include "domain/candle_series.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace pumpscope::domain {

namespace {

/// Indices of `all_intervals`.
enum slot : size_t { s1 = 0, m1 = 1, m5 = 2, m15 = 3 };

/// A wallet set with more room is not kept for the next bar.
constexpr size_t wallet_room_max = 256;

bool covers(const candle& bar, interval length, int64_t time) {
  return time >= bar.open_time
         && time - bar.open_time < static_cast<int64_t>(length);
}

void forget_wallets(wallet_set& wallets) {
  if (wallets.bucket_count() > wallet_room_max)
    wallets = wallet_set{};
  else
    wallets.clear();
}

/// Opens the bar of `x` at `index` if it is newer than the open one, and
/// hands that over. Returns false when `x` is older than the open bar.
bool open_bar(candle_series& series, size_t index, const trade& x,
              closed_candles* closed) {
  auto& bar = series.open[index];
  auto length = all_intervals[index];
  if (bar.trades > 0) {
    if (covers(bar, length, x.block_time))
      return true;
    if (x.block_time < bar.open_time)
      return false;
    if (closed != nullptr) {
      closed->push_back({series.quote_mint, length, bar});
      if (index >= m15)
        closed->back().candle.wallets = series.sketches[index - m15].estimate();
    }
    if (index == m5)
      forget_wallets(series.wallets);
    if (index >= m15)
      series.sketches[index - m15].clear();
  }
  bar = candle{};
  bar.open_time = open_time(x.block_time, length);
  return true;
}

void note_prices(candle_series& series, const price& spot) {
  ++series.trades;
  if (spot.token == 0)
    return;
  if (series.first_price.token == 0)
    series.first_price = spot;
  series.last_price = spot;
}

/// Counts the wallet of a trade in the bars of 1s, 1m and 5m. Bars that are
/// null are not counted.
void count_wallet(wallet_set& wallets, const trade& x, candle* second,
                  candle* minute, candle* five_minutes) {
  auto [it, is_new] = wallets.try_emplace(x.wallet);
  auto& seen = it->second;
  if (five_minutes != nullptr && is_new)
    ++five_minutes->wallets;
  if (minute != nullptr && (is_new || seen.minute != minute->open_time))
    ++minute->wallets;
  if (second != nullptr && (is_new || seen.second != second->open_time))
    ++second->wallets;
  auto second_start = open_time(x.block_time, interval::s1);
  auto minute_start = open_time(x.block_time, interval::m1);
  seen.second = is_new ? second_start : std::max(seen.second, second_start);
  seen.minute = is_new ? minute_start : std::max(seen.minute, minute_start);
}

} // namespace

bool is_older_than_open(const candle_series& series, int64_t block_time) {
  const auto& bar = series.open[m1];
  return bar.trades > 0 && block_time < bar.open_time;
}

void apply(candle_series& series, const trade& x, const price& spot,
           closed_candles& closed) {
  auto hash = wallet_sketch::hash_of(x.wallet);
  auto fits_second = false;
  for (size_t i = 0; i < all_intervals.size(); ++i) {
    auto fits = open_bar(series, i, x, &closed);
    if (i == s1)
      fits_second = fits;
    if (!fits)
      continue;
    apply(series.open[i], x, spot, series.last_price);
    if (i >= m15)
      series.sketches[i - m15].add(hash);
  }
  count_wallet(series.wallets, x, fits_second ? &series.open[s1] : nullptr,
               &series.open[m1], &series.open[m5]);
  note_prices(series, spot);
}

std::optional<candle> open_candle(const candle_series& series,
                                  interval length) {
  auto it = std::find(all_intervals.begin(), all_intervals.end(), length);
  auto index = static_cast<size_t>(it - all_intervals.begin());
  if (index == all_intervals.size() || series.open[index].trades == 0)
    return std::nullopt;
  auto bar = series.open[index];
  if (index >= m15)
    bar.wallets = series.sketches[index - m15].estimate();
  return bar;
}

struct candle_history::impl {
  using key = std::pair<pubkey, int64_t>;

  struct minute_bar {
    candle bar = {};
    boost::unordered_flat_set<pubkey, pubkey_hasher> wallets = {};
  };

  struct five_minute_bar {
    candle bar = {};
    wallet_set wallets = {};
  };

  std::map<key, minute_bar> minutes = {};
  std::map<key, five_minute_bar> five_minutes = {};

  template <class Map>
  static typename Map::mapped_type&
  bar_of(Map& bars, const candle_series& x, int64_t time, interval length) {
    auto start = open_time(time, length);
    auto& entry = bars[{x.quote_mint, start}];
    entry.bar.open_time = start;
    return entry;
  }

  /// Returns the newest bar of a series or the end.
  template <class Map>
  static auto newest(const Map& bars, const candle_series& x) {
    auto it
      = bars.upper_bound({x.quote_mint, std::numeric_limits<int64_t>::max()});
    if (it == bars.begin() || std::prev(it)->first.first != x.quote_mint)
      return bars.end();
    return std::prev(it);
  }
};

candle_history::candle_history() : impl_(std::make_unique<impl>()) {
  // nop
}

candle_history::~candle_history() = default;
candle_history::candle_history(candle_history&&) noexcept = default;
candle_history& candle_history::operator=(candle_history&&) noexcept = default;

void candle_history::start(const candle_series& series) {
  if (series.open[m1].trades == 0)
    return;
  auto& minute = impl_->minutes[{series.quote_mint, series.open[m1].open_time}];
  minute.bar = series.open[m1];
  for (const auto& [wallet, seen] : series.wallets)
    if (seen.minute == minute.bar.open_time)
      minute.wallets.insert(wallet);
  auto& five_minutes
    = impl_->five_minutes[{series.quote_mint, series.open[m5].open_time}];
  five_minutes.bar = series.open[m5];
  five_minutes.wallets = series.wallets;
}

void candle_history::apply(candle_series& series, const trade& x,
                           const price& spot) {
  auto hash = wallet_sketch::hash_of(x.wallet);
  auto& minute = impl::bar_of(impl_->minutes, series, x.block_time,
                              interval::m1);
  auto& five_minutes = impl::bar_of(impl_->five_minutes, series, x.block_time,
                                    interval::m5);
  // Of the other intervals only the newest bar is state.
  auto fits_second = false;
  for (auto i : {size_t{s1}, size_t{m15}, size_t{m15} + 1, size_t{m15} + 2}) {
    if (!open_bar(series, i, x, nullptr))
      continue;
    domain::apply(series.open[i], x, spot, series.last_price);
    if (i == s1)
      fits_second = true;
    else
      series.sketches[i - m15].add(hash);
  }
  domain::apply(minute.bar, x, spot, series.last_price);
  domain::apply(five_minutes.bar, x, spot, series.last_price);
  if (minute.wallets.insert(x.wallet).second)
    ++minute.bar.wallets;
  count_wallet(five_minutes.wallets, x,
               fits_second ? &series.open[s1] : nullptr, nullptr,
               &five_minutes.bar);
  note_prices(series, spot);
}

void candle_history::finish(candle_series& series) const {
  auto minute = impl::newest(impl_->minutes, series);
  if (minute == impl_->minutes.end())
    return;
  auto five_minutes = impl::newest(impl_->five_minutes, series);
  series.open[m1] = minute->second.bar;
  series.open[m5] = five_minutes->second.bar;
  series.wallets = five_minutes->second.wallets;
}

std::vector<candle_change> candle_history::bars() const {
  auto result = std::vector<candle_change>{};
  result.reserve(impl_->minutes.size() + impl_->five_minutes.size());
  for (const auto& [key, x] : impl_->minutes)
    result.push_back({key.first, interval::m1, x.bar});
  for (const auto& [key, x] : impl_->five_minutes)
    result.push_back({key.first, interval::m5, x.bar});
  return result;
}

} // namespace pumpscope::domain

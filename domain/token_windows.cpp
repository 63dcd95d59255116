#include "domain/token_windows.hpp"

#include "domain/position.hpp"
#include "domain/wallet_recency.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace pumpscope::domain {

namespace {

constexpr int64_t never = std::numeric_limits<int64_t>::min();
constexpr auto window_count = all_token_windows.size();
constexpr auto longest = window_count - 1;

/// Expired minutes are taken out of memory when there are this many.
constexpr size_t expired_max = 64;

struct minute_sums {
  int64_t start = 0;
  uint32_t trades = 0;
  uint32_t buys = 0;
  i128 volume_quote = 0;
  /// Price of the series right before this minute, else its first price.
  price reference = {};
  bool since_launch = false;
};

/// The minutes of one (mint, quote mint) series, ascending.
struct token_series {
  std::vector<minute_sums> minutes = {};
  /// By window: sums, and the index of the first minute inside.
  std::array<token_window_sums, window_count> sums = {};
  std::array<uint32_t, window_count> first = {};
  price last_price = {};
  i128 market_cap = 0;
  bool has_market_cap = false;
  std::optional<double> progress = {};
  wallet_recency wallets = {};
  /// Minutes before this were loaded, without their wallets.
  int64_t wallets_from = never;
};

void add(token_window_sums& sums, const minute_sums& x, int sign) {
  auto factor = static_cast<uint64_t>(sign);
  sums.volume_quote += sign * x.volume_quote;
  sums.trades += factor * x.trades;
  sums.buys += factor * x.buys;
  sums.sells += factor * (x.trades - x.buys);
}

/// Takes the minutes out that are no longer in their windows. Returns whether
/// there were any.
bool expire(token_series& series,
            const std::array<int64_t, window_count>& begin) {
  auto moved = false;
  for (size_t i = 0; i < window_count; ++i) {
    auto& first = series.first[i];
    while (first < series.minutes.size()
           && series.minutes[first].start < begin[i]) {
      add(series.sums[i], series.minutes[first], -1);
      ++first;
      moved = true;
    }
  }
  auto gone = series.first[longest];
  if (gone < expired_max)
    return moved;
  series.minutes.erase(series.minutes.begin(),
                       series.minutes.begin()
                         + static_cast<std::ptrdiff_t>(gone));
  for (auto& first : series.first)
    first -= gone;
  return moved;
}

struct key_hasher {
  using is_avalanching = void;
  size_t operator()(const position_key& x) const noexcept {
    return pubkey_hasher{}(x.mint) * 31 + pubkey_hasher{}(x.quote_mint);
  }
};

} // namespace

struct token_windows::impl {
  boost::unordered_flat_map<position_key, token_series, key_hasher> tokens = {};
  int64_t now = never;
  std::array<int64_t, window_count> begin = {never, never, never, never, never};

  /// Returns the minute of a series, added in its place when missing.
  minute_sums& minute_of(token_series& series, int64_t start) {
    auto& minutes = series.minutes;
    if (!minutes.empty() && minutes.back().start == start)
      return minutes.back();
    auto it = std::lower_bound(
      minutes.begin(), minutes.end(), start,
      [](const minute_sums& x, int64_t time) { return x.start < time; });
    if (it != minutes.end() && it->start == start)
      return *it;
    auto fresh = minute_sums{};
    fresh.start = start;
    it = minutes.insert(it, fresh);
    auto index = static_cast<uint32_t>(it - minutes.begin());
    for (size_t i = 0; i < window_count; ++i)
      if (index < series.first[i]
          || (index == series.first[i] && start < begin[i]))
        ++series.first[i];
    return *it;
  }

  void count(token_series& series, minute_sums& minute,
             const minute_sums& more) const {
    minute.trades += more.trades;
    minute.buys += more.buys;
    minute.volume_quote += more.volume_quote;
    if (minute.reference.token == 0) {
      minute.reference = more.reference;
      minute.since_launch = more.since_launch;
    }
    for (size_t i = 0; i < window_count; ++i)
      if (minute.start >= begin[i])
        add(series.sums[i], more, 1);
  }

  void apply(const trade& x, const token_effect& effect,
             std::optional<i128> market_cap) {
    auto start = open_time(x.block_time, interval::m1);
    if (start < begin[longest])
      return;
    auto& series = tokens[{x.mint, x.quote_mint}];
    auto more = minute_sums{};
    more.trades = 1;
    more.buys = x.side == trade_side::buy ? 1 : 0;
    more.volume_quote = static_cast<i128>(x.quote_units);
    more.since_launch = effect.previous.token == 0;
    more.reference = more.since_launch ? effect.spot : effect.previous;
    count(series, minute_of(series, start), more);
    series.wallets.add(x.wallet, start);
    if (effect.spot.token != 0)
      series.last_price = effect.spot;
    if (market_cap) {
      series.market_cap = *market_cap;
      series.has_market_cap = true;
    }
  }

  void load(const pubkey& mint, const pubkey& quote_mint, const candle& bar) {
    if (bar.open_time < begin[longest] || bar.trades == 0)
      return;
    auto& series = tokens[{mint, quote_mint}];
    auto more = minute_sums{};
    more.trades = static_cast<uint32_t>(bar.trades);
    more.buys = static_cast<uint32_t>(bar.buys);
    more.volume_quote = bar.volume_quote;
    more.since_launch = bar.previous_close.token == 0;
    more.reference = more.since_launch ? bar.open : bar.previous_close;
    auto& minute = minute_of(series, bar.open_time);
    count(series, minute, more);
    series.wallets_from = std::max(series.wallets_from, bar.open_time + 60);
    if (&minute == &series.minutes.back() && bar.close.token != 0)
      series.last_price = bar.close;
  }

  bool advance(int64_t chain_time) {
    if (chain_time <= now)
      return false;
    now = chain_time;
    if (begin[0] == window_begin(all_token_windows[0], now))
      return false;
    for (size_t i = 0; i < window_count; ++i)
      begin[i] = window_begin(all_token_windows[i], now);
    auto moved = false;
    for (auto it = tokens.begin(); it != tokens.end();) {
      if (expire(it->second, begin)) {
        moved = true;
        it->second.wallets.expire(begin[0], begin[longest]);
      }
      if (it->second.first[longest] == it->second.minutes.size())
        tokens.erase(it++);
      else
        ++it;
    }
    return moved;
  }

  const token_series* find(const pubkey& mint, const pubkey& quote_mint) const {
    auto it = tokens.find({mint, quote_mint});
    return it == tokens.end() ? nullptr : &it->second;
  }

  /// Returns the `n` best series of a quote mint by what `value_of` gives; an
  /// empty value is left out.
  template <class ValueOf>
  std::vector<token_rank>
  top(const pubkey& quote_mint, size_t n, ValueOf value_of) const {
    auto rows = std::vector<token_rank>{};
    for (const auto& [key, series] : tokens)
      if (key.quote_mint == quote_mint)
        if (std::optional<i128> value = value_of(series))
          rows.push_back({key.mint, key.quote_mint, *value});
    auto count = std::min(n, rows.size());
    std::partial_sort(
      rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count),
      rows.end(), [](const auto& x, const auto& y) {
        return x.value != y.value ? x.value > y.value : x.mint < y.mint;
      });
    rows.resize(count);
    return rows;
  }
};

token_windows::token_windows() : impl_(std::make_unique<impl>()) {
  // nop
}

token_windows::~token_windows() = default;
token_windows::token_windows(token_windows&&) noexcept = default;
token_windows& token_windows::operator=(token_windows&&) noexcept = default;

result<void> token_windows::apply(const trade& x, const token_effect& effect,
                                  std::optional<i128> market_cap) {
  if (!effect.on_venue || effect.needs_refold)
    return {};
  constexpr auto time_max = int64_t{1} << 40;
  if (x.block_time >= time_max || x.block_time <= -time_max)
    return tl::make_unexpected(errc::malformed);
  impl_->apply(x, effect, market_cap);
  return {};
}

bool token_windows::advance(int64_t chain_time) {
  return impl_->advance(chain_time);
}

int64_t token_windows::now() const {
  return impl_->now;
}

void token_windows::load(const pubkey& mint, const pubkey& quote_mint,
                         const candle& minute) {
  impl_->load(mint, quote_mint, minute);
}

void token_windows::load_market_cap(const pubkey& mint,
                                    const pubkey& quote_mint, i128 market_cap) {
  auto it = impl_->tokens.find({mint, quote_mint});
  if (it == impl_->tokens.end())
    return;
  it->second.market_cap = market_cap;
  it->second.has_market_cap = true;
}

void token_windows::set_progress(const pubkey& mint, const pubkey& quote_mint,
                                 std::optional<double> progress) {
  auto it = impl_->tokens.find({mint, quote_mint});
  if (it != impl_->tokens.end())
    it->second.progress = progress;
}

void token_windows::erase(const pubkey& mint) {
  for (auto it = impl_->tokens.begin(); it != impl_->tokens.end();)
    if (it->first.mint == mint)
      impl_->tokens.erase(it++);
    else
      ++it;
}

token_window_sums token_windows::sums(const pubkey& mint,
                                      const pubkey& quote_mint,
                                      token_window window) const {
  const auto* series = impl_->find(mint, quote_mint);
  return series == nullptr ? token_window_sums{}
                           : series->sums[static_cast<size_t>(window)];
}

std::optional<uint64_t> token_windows::wallets(const pubkey& mint,
                                               const pubkey& quote_mint,
                                               token_window window) const {
  const auto* series = impl_->find(mint, quote_mint);
  if (series == nullptr)
    return uint64_t{0};
  auto begin = impl_->begin[static_cast<size_t>(window)];
  if (begin < series->wallets_from)
    return std::nullopt;
  return series->wallets.count(begin);
}

std::optional<price_change> token_windows::change(const pubkey& mint,
                                                  const pubkey& quote_mint,
                                                  token_window window) const {
  const auto* series = impl_->find(mint, quote_mint);
  if (series == nullptr || series->last_price.token == 0)
    return std::nullopt;
  auto first = series->first[static_cast<size_t>(window)];
  // No trade since the window began: the last price is the reference.
  if (first == series->minutes.size())
    return price_change{};
  const auto& minute = series->minutes[first];
  return price_change{change_ratio(series->last_price, minute.reference),
                      minute.since_launch};
}

std::vector<token_rank> token_windows::top_by_volume(token_window window,
                                                     const pubkey& quote_mint,
                                                     size_t n) const {
  auto i = static_cast<size_t>(window);
  return impl_->top(quote_mint, n,
                    [i](const token_series& x) -> std::optional<i128> {
                      if (x.sums[i].trades == 0)
                        return std::nullopt;
                      return x.sums[i].volume_quote;
                    });
}

token_window_sums token_windows::total(token_window window,
                                       const pubkey& quote_mint) const {
  auto result = token_window_sums{};
  for (const auto& [key, series] : impl_->tokens)
    if (key.quote_mint == quote_mint) {
      const auto& x = series.sums[static_cast<size_t>(window)];
      result.volume_quote += x.volume_quote;
      result.trades += x.trades;
      result.buys += x.buys;
      result.sells += x.sells;
    }
  return result;
}

std::vector<token_rank>
token_windows::top_by_market_cap(const pubkey& quote_mint, size_t n) const {
  return impl_->top(quote_mint, n,
                    [](const token_series& x) -> std::optional<i128> {
                      if (!x.has_market_cap)
                        return std::nullopt;
                      return x.market_cap;
                    });
}

std::vector<token_rank> token_windows::top_by_progress(const pubkey& quote_mint,
                                                       size_t n) const {
  return impl_->top(quote_mint, n,
                    [](const token_series& x) -> std::optional<i128> {
                      if (!x.progress || *x.progress >= 1.0)
                        return std::nullopt;
                      return static_cast<i128>(*x.progress * 1e6);
                    });
}

std::optional<token_quote>
token_windows::quote_of(const pubkey& mint, const pubkey& quote_mint) const {
  const auto* series = impl_->find(mint, quote_mint);
  if (series == nullptr)
    return std::nullopt;
  auto result = token_quote{series->last_price, {}, series->progress};
  if (series->has_market_cap)
    result.market_cap = series->market_cap;
  return result;
}

std::vector<pubkey> token_windows::active_mints() const {
  auto result = std::vector<pubkey>{};
  result.reserve(impl_->tokens.size());
  for (auto& [key, series] : impl_->tokens)
    result.push_back(key.mint);
  return result;
}

size_t token_windows::size() const {
  return impl_->tokens.size();
}

size_t token_windows::memory_bytes() const {
  using value_type = decltype(impl_->tokens)::value_type;
  auto bytes = sizeof(*this) + sizeof(impl)
               + impl_->tokens.bucket_count() * (sizeof(value_type) + 1);
  for (const auto& [key, series] : impl_->tokens)
    bytes += series.minutes.capacity() * sizeof(minute_sums)
             + series.wallets.memory_bytes();
  return bytes;
}

} // namespace pumpscope::domain

#include "domain/candle.hpp"

#include <cassert>

namespace pumpscope::domain {

namespace {

bool is_empty(const price& x) {
  return x.token == 0;
}

void see_price(candle& bar, const trade& x, const price& spot) {
  if (is_empty(bar.open)) {
    bar.open = spot;
    bar.high = spot;
    bar.low = spot;
    bar.first = x.position;
  } else if (compare(spot, bar.high) > 0) {
    bar.high = spot;
  } else if (compare(spot, bar.low) < 0) {
    bar.low = spot;
  }
  bar.close = spot;
  bar.last = x.position;
}

void merge_prices(candle& into, const candle& x) {
  if (is_empty(x.open))
    return;
  if (is_empty(into.open)) {
    into.open = x.open;
    into.high = x.high;
    into.low = x.low;
    into.close = x.close;
    into.first = x.first;
    into.last = x.last;
    return;
  }
  if (x.first < into.first) {
    into.open = x.open;
    into.first = x.first;
    into.previous_close = x.previous_close;
  }
  if (x.last >= into.last) {
    into.close = x.close;
    into.last = x.last;
  }
  if (compare(x.high, into.high) > 0)
    into.high = x.high;
  if (compare(x.low, into.low) < 0)
    into.low = x.low;
}

} // namespace

void apply(candle& bar, const trade& x, const price& spot,
           const price& previous_close) {
  if (bar.trades == 0)
    bar.previous_close = previous_close;
  auto quote = static_cast<i128>(x.quote_units);
  bar.volume_quote += quote;
  bar.volume_token += static_cast<i128>(x.token_units);
  ++bar.trades;
  if (x.side == trade_side::buy) {
    bar.buy_volume_quote += quote;
    ++bar.buys;
  } else {
    bar.sell_volume_quote += quote;
    ++bar.sells;
  }
  if (!is_empty(spot))
    see_price(bar, x, spot);
}

void merge(candle& into, const candle& x) {
  if (x.trades == 0)
    return;
  if (into.trades == 0)
    into.previous_close = x.previous_close;
  merge_prices(into, x);
  into.volume_quote += x.volume_quote;
  into.volume_token += x.volume_token;
  into.buy_volume_quote += x.buy_volume_quote;
  into.sell_volume_quote += x.sell_volume_quote;
  into.trades += x.trades;
  into.buys += x.buys;
  into.sells += x.sells;
  into.wallets = 0;
}

std::vector<candle> merge_all(std::span<const candle> minutes,
                              interval length) {
  assert(static_cast<uint32_t>(length) % static_cast<uint32_t>(interval::m1)
         == 0);
  auto bars = std::vector<candle>{};
  for (const auto& minute : minutes) {
    auto start = open_time(minute.open_time, length);
    if (bars.empty() || bars.back().open_time != start) {
      bars.emplace_back();
      bars.back().open_time = start;
    }
    merge(bars.back(), minute);
  }
  return bars;
}

bool is_valid(const candle& x) {
  auto counts = x.trades == x.buys + x.sells
                && x.volume_quote == x.buy_volume_quote + x.sell_volume_quote
                && x.wallets <= x.trades;
  if (is_empty(x.open))
    return counts && is_empty(x.high) && is_empty(x.low) && is_empty(x.close);
  return counts && compare(x.low, x.open) <= 0 && compare(x.low, x.close) <= 0
         && compare(x.high, x.open) >= 0 && compare(x.high, x.close) >= 0;
}

} // namespace pumpscope::domain

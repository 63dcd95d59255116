#include "domain/sol_price.hpp"

#include "domain/known_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pumpscope::domain {

std::optional<uint64_t> parse_usd_micros(std::string_view text) {
  auto value = 0.0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  auto micros = std::round(value * 1e6);
  // A comparison that is false for "not a number", too.
  if (!(micros >= 1 && micros <= static_cast<double>(sol_usd_micros_max)))
    return std::nullopt;
  return static_cast<uint64_t>(micros);
}

void sol_price_history::add(int64_t at, uint64_t usd_micros) {
  if (!samples_.empty())
    at = std::max(at, samples_.back().at);
  samples_.push_back({at, usd_micros});
  if (samples_.size() > samples_max)
    samples_.pop_front();
}

uint64_t sol_price_history::known_at(int64_t block_time) const {
  auto later = [](int64_t time, const sample& x) { return time < x.at; };
  auto next = std::upper_bound(samples_.begin(), samples_.end(), block_time,
                               later);
  if (next == samples_.begin())
    return 0;
  auto& x = *std::prev(next);
  return block_time - x.at <= stale_seconds_ ? x.usd_micros : 0;
}

std::optional<double> usd_value(const pubkey& quote_mint, i128 units,
                                uint64_t sol_usd_micros) {
  using namespace known_keys;
  if (quote_mint == usdc_mint || quote_mint == usdt_mint)
    return static_cast<double>(units) / 1e6;
  if (quote_mint != wsol_mint || sol_usd_micros == 0)
    return std::nullopt;
  return static_cast<double>(units) / 1e9 * static_cast<double>(sol_usd_micros)
         / 1e6;
}

} // namespace pumpscope::domain

#include "runtime/metrics_rows.hpp"

#include "domain/base58.hpp"
#include "domain/score.hpp"
#include "domain/sol_price.hpp"
#include "domain/token_metrics.hpp"
#include "domain/token_windows.hpp"
#include "messages/state_blob.hpp"
#include "runtime/open_store.hpp"

#include <map>

namespace pumpscope::runtime {

namespace {

using domain::canonical::metrics_row;

/// Counts wallets with units in our ledgers, by mint.
outcome<std::map<domain::pubkey, uint64_t>>
count_holders(messages::store& store) {
  auto result = std::map<domain::pubkey, uint64_t>{};
  auto partitions = store.identity().partitions;
  for (auto i = uint32_t{0}; i < partitions; ++i) {
    auto done = checked(store.visit_holders(i, [&](const auto& x) {
      result[x.mint] += static_cast<uint64_t>(x.wallets);
    }));
    if (!done)
      return tl::unexpected{std::move(done.error())};
  }
  return result;
}

metrics_row make_row(const domain::token_state& state,
                     const domain::candle_series& series,
                     const domain::token_windows& windows, uint64_t holders) {
  using domain::token_window;
  auto change = [&](token_window window) {
    auto found = windows.change(state.mint, series.quote_mint, window);
    return found ? found->ratio : 0.0;
  };
  auto sums = windows.sums(state.mint, series.quote_mint, token_window::h24);
  auto result = metrics_row{};
  result.mint = state.mint;
  result.quote_mint = series.quote_mint;
  result.price = series.last_price;
  result.market_cap = domain::market_cap(state);
  result.liquidity = domain::liquidity_of(state).quote_units;
  result.progress = domain::progress(state);
  result.volume_24h = sums.volume_quote;
  result.trades_24h = sums.trades;
  result.buys_24h = sums.buys;
  result.sells_24h = sums.sells;
  result.price_change_1h = change(token_window::h1);
  result.price_change_24h = change(token_window::h24);
  result.holders_traded = holders;
  auto in_usd = [&](domain::i128 units) {
    return domain::usd_value(series.quote_mint, units,
                             state.last_sol_usd_micros);
  };
  auto volume = in_usd(sums.volume_quote);
  auto liquidity = in_usd(result.liquidity);
  if (volume && liquidity) {
    auto input
      = domain::score_input{*volume, *liquidity, result.price_change_1h * 100,
                            result.price_change_24h * 100, sums.trades};
    result.score_seed = domain::score_seed(input);
    result.score = domain::score(input);
  }
  return result;
}

} // namespace

outcome<std::vector<metrics_row>> stored_metrics(messages::store& store) {
  auto head = checked(store.read_head());
  if (!head)
    return tl::unexpected{std::move(head.error())};
  auto holders = count_holders(store);
  if (!holders)
    return tl::unexpected{std::move(holders.error())};
  auto result = std::vector<metrics_row>{};
  auto broken = std::string{};
  auto partitions = store.identity().partitions;
  for (auto i = uint32_t{0}; i < partitions; ++i) {
    auto windows = domain::token_windows{};
    windows.advance(head->chain_time);
    auto since = domain::window_begin(domain::token_window::h24,
                                      head->chain_time);
    auto done = checked(store.visit_candles(i, since, [&](const auto& x) {
      if (x.interval == domain::interval::m1)
        windows.load(x.mint, x.quote_mint, x.candle);
    }));
    if (!done)
      return tl::unexpected{std::move(done.error())};
    done = checked(store.visit_tokens(i, [&](const messages::token_row& x) {
      auto state = messages::decode_token_state(x.blob);
      if (!state) {
        broken = domain::to_string(x.mint) + ": "
                 + domain::to_string(state.error());
        return;
      }
      auto ledger = domain::token_ledger{std::move(*state)};
      if (const auto* series = ledger.leading_series())
        result.push_back(
          make_row(ledger.state(), *series, windows, (*holders)[x.mint]));
    }));
    if (!done)
      return tl::unexpected{std::move(done.error())};
  }
  if (!broken.empty())
    return fail("the stored state of token " + broken);
  return result;
}

} // namespace pumpscope::runtime

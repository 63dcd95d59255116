#include "domain/known_keys.hpp"
#include "domain/token_ledger.hpp"
#include "domain/token_metrics.hpp"
#include "domain/token_windows.hpp"
#include "domain/wallet_ledger.hpp"
#include "domain/wallet_windows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace pumpscope::domain;

namespace {

double cpu_ns() {
  auto now = timespec{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9
         + static_cast<double>(now.tv_nsec);
}

pubkey make_key(uint64_t number) {
  auto engine = std::mt19937_64{number};
  auto result = pubkey{};
  for (size_t i = 0; i < 4; ++i) {
    auto word = engine();
    std::memcpy(result.bytes.data() + i * 8, &word, 8);
  }
  return result;
}

struct history {
  std::vector<trade> trades = {};
  /// Dense numbers, so that finding an entity costs nothing here.
  std::vector<uint32_t> wallet_of = {};
  std::vector<uint32_t> mint_of = {};
  uint32_t wallets = 0;
  uint32_t mints = 0;
};

/// A few wallets and mints make most trades; 100 trades a slot of 400 ms.
history make_history(size_t count) {
  auto engine = std::mt19937_64{7};
  auto uniform = std::uniform_real_distribution<double>{1e-9, 1.0};
  auto result = history{};
  result.wallets = static_cast<uint32_t>(count / 3 + 1);
  result.mints = static_cast<uint32_t>(count / 60 + 1);
  struct curve {
    uint64_t token = 1'073'000'000'000'000;
    uint64_t quote = 30'000'000'000;
  };
  auto curves = std::vector<curve>(result.mints);
  auto wallets = std::vector<pubkey>{};
  for (uint32_t i = 0; i < result.wallets; ++i)
    wallets.push_back(make_key(i));
  auto mints = std::vector<pubkey>{};
  for (uint32_t i = 0; i < result.mints; ++i)
    mints.push_back(make_key(1'000'000'000ULL + i));
  auto last_mint = std::vector<uint32_t>(result.wallets, ~0U);
  auto pick = [&](uint32_t bound, double power) {
    return static_cast<uint32_t>(std::pow(uniform(engine), power)
                                 * static_cast<double>(bound));
  };
  for (size_t i = 0; i < count; ++i) {
    auto wallet = pick(result.wallets, 2.0);
    auto& last = last_mint[wallet];
    // A token lives for a while: the mints of now are around a moving point.
    auto centre = static_cast<double>(i) / static_cast<double>(count);
    auto fresh = static_cast<uint32_t>(
      std::min(static_cast<double>(result.mints - 1),
               std::max(0.0, centre * result.mints - pick(200, 3.0))));
    // Most trades are in a coin that the wallet has traded just before.
    auto mint = last != ~0U && engine() % 10 < 7 ? last : fresh;
    last = mint;
    auto& at = curves[mint];
    auto x = trade{};
    x.position = {i / 100, static_cast<uint32_t>(i % 100), 1};
    x.block_time = 1'700'000'000 + static_cast<int64_t>(i / 250);
    x.side = engine() % 2 == 0 || at.quote < 31'000'000'000 ? trade_side::buy
                                                            : trade_side::sell;
    x.wallet = wallets[wallet];
    x.mint = mints[mint];
    x.quote_mint = known_keys::wsol_mint;
    x.quote_units = 1'000'000 + engine() % 500'000'000;
    auto k = static_cast<u128>(at.token) * at.quote;
    auto quote = x.side == trade_side::buy ? at.quote + x.quote_units
                                           : at.quote - x.quote_units;
    auto token = static_cast<uint64_t>(k / quote);
    x.token_units = x.side == trade_side::buy ? at.token - token
                                              : token - at.token;
    at = {token, quote};
    x.fee_units = static_cast<i128>(x.quote_units / 80);
    x.net_quote_units = static_cast<i128>(x.quote_units)
                        + (x.side == trade_side::buy ? x.fee_units
                                                     : -x.fee_units);
    x.event_base_reserves = token;
    x.event_quote_reserves = quote;
    x.pool_base_units = x.token_units;
    x.pool_quote_units = x.quote_units;
    x.real_token_reserves = token - 279'900'000'000'000;
    x.real_quote_reserves = quote - 30'000'000'000;
    result.trades.push_back(x);
    result.wallet_of.push_back(wallet);
    result.mint_of.push_back(mint);
  }
  return result;
}

/// One wallet or mint over and over: what the fold itself costs. The best of
/// several runs, for others use this machine too.
template <class MakeLedger>
double hot_ns(MakeLedger make_ledger, const std::vector<trade>& trades) {
  auto best = 1e18;
  for (auto run = 0; run < 7; ++run) {
    auto ledger = make_ledger();
    auto begin = cpu_ns();
    for (const auto& x : trades)
      if (!ledger.apply(x))
        std::abort();
    best = std::min(best,
                    (cpu_ns() - begin) / static_cast<double>(trades.size()));
  }
  return best;
}

std::vector<trade> of_one(const history& all, bool wallet, bool mint) {
  auto trades = std::vector<trade>{
    all.trades.begin(), all.trades.begin()
                          + static_cast<std::ptrdiff_t>(
                            std::min(all.trades.size(), size_t{50'000}))};
  for (auto& x : trades) {
    if (wallet)
      x.wallet = all.trades[0].wallet;
    if (mint)
      x.mint = all.trades[0].mint;
  }
  return trades;
}

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto count = smoke      ? 10'000ULL
               : argc > 1 ? std::strtoull(argv[1], nullptr, 10)
                          : 1'000'000ULL;
  auto all = make_history(count);
  auto n = static_cast<double>(count);

  auto wallets = std::vector<wallet_ledger>{};
  for (uint32_t i = 0; i < all.wallets; ++i)
    wallets.emplace_back(make_key(i));
  auto effects = std::vector<wallet_effect>(count);
  auto begin = cpu_ns();
  for (size_t i = 0; i < count; ++i)
    effects[i] = wallets[all.wallet_of[i]].apply(all.trades[i]).value();
  auto wallet_ns = (cpu_ns() - begin) / n;

  auto windows = wallet_windows{};
  begin = cpu_ns();
  for (size_t i = 0; i < count; ++i) {
    if (!windows.apply(all.trades[i].wallet, effects[i]))
      std::abort();
    if (i % 1000 == 999)
      windows.advance(all.trades[i].block_time);
  }
  auto windows_ns = (cpu_ns() - begin) / n;
  begin = cpu_ns();
  auto rows = windows.take_dirty_buckets();
  auto take_ns = (cpu_ns() - begin) / static_cast<double>(rows.size());
  begin = cpu_ns();
  auto board = windows.top(board_window::h24, board_by::net, board_side::losers,
                           100);
  auto board_us = (cpu_ns() - begin) / 1e3;
  windows.finish_load();
  begin = cpu_ns();
  board = windows.top(board_window::h24, board_by::net, board_side::losers,
                      100);
  auto rescan_us = (cpu_ns() - begin) / 1e3;

  auto tokens = std::vector<token_ledger>{};
  for (uint32_t i = 0; i < all.mints; ++i)
    tokens.emplace_back(make_key(1'000'000'000ULL + i));
  begin = cpu_ns();
  for (size_t i = 0; i < count; ++i)
    if (!tokens[all.mint_of[i]].apply(all.trades[i]))
      std::abort();
  auto token_ns = (cpu_ns() - begin) / n;
  begin = cpu_ns();
  size_t bars = 0;
  for (auto& token : tokens)
    bars += token.take_dirty_candles().size();
  auto bar_ns = (cpu_ns() - begin) / static_cast<double>(bars);

  auto minutes = token_windows{};
  auto effect = token_effect{};
  effect.on_venue = true;
  begin = cpu_ns();
  for (size_t i = 0; i < count; ++i) {
    effect.previous = effect.spot = spot_price(all.trades[i]);
    if (!minutes.apply(all.trades[i], effect, std::nullopt))
      std::abort();
    if (i % 1000 == 999)
      minutes.advance(all.trades[i].block_time);
  }
  auto minutes_ns = (cpu_ns() - begin) / n;

  size_t wallet_bytes = 0;
  size_t positions = 0;
  size_t active = 0;
  for (const auto& x : wallets)
    if (x.size() > 0) {
      ++active;
      positions += x.size();
      wallet_bytes += x.memory_bytes();
    }
  size_t token_bytes = 0;
  for (const auto& x : tokens)
    token_bytes += x.memory_bytes();
  auto per = [](size_t bytes, size_t things) {
    return static_cast<double>(bytes)
           / static_cast<double>(things == 0 ? 1 : things);
  };
  std::printf(
    "{\"bench\":\"folds\",\"trades\":%llu,\"wallets\":%zu,\"positions\":%zu,"
    "\"tokens\":%u,\"wallet_ns\":%.1f,\"wallet_hot_ns\":%.1f,"
    "\"wallet_windows_ns\":%.1f,\"dirty_bucket_ns\":%.1f,\"token_ns\":%.1f,"
    "\"token_hot_ns\":%.1f,\"dirty_bar_ns\":%.1f,\"token_windows_ns\":%.1f,"
    "\"board_us\":%.1f,\"rescan_us\":%.1f,\"board_rows\":%zu,"
    "\"sizeof_wallet\":%zu,\"sizeof_position\":%zu,\"sizeof_token\":%zu,"
    "\"sizeof_candle\":%zu,\"sizeof_series\":%zu,\"wallet_bytes\":%.0f,"
    "\"window_bytes_per_wallet\":%.0f,\"token_bytes\":%.0f,"
    "\"token_window_bytes\":%.0f}\n",
    count, active, positions, all.mints, wallet_ns,
    hot_ns([&] { return wallet_ledger{all.trades[0].wallet}; },
           of_one(all, true, true)),
    windows_ns, take_ns, token_ns,
    hot_ns([&] { return token_ledger{all.trades[0].mint}; },
           of_one(all, false, true)),
    bar_ns, minutes_ns, board_us, rescan_us, board.size(),
    sizeof(wallet_ledger), sizeof(position), sizeof(token_ledger),
    sizeof(candle), sizeof(candle_series), per(wallet_bytes, active),
    per(windows.memory_bytes(), windows.size()), per(token_bytes, all.mints),
    per(minutes.memory_bytes(), minutes.size()));
  return 0;
}

#pragma once

#include "domain/canonical_dump.hpp"
#include "domain/known_keys.hpp"
#include "domain/reference_fold.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet_ledger.hpp"
#include "domain/wallet_windows.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

/// What the tests of the folds share: rows by hand, random histories, and the
/// product's folds wired together as the actors do it.
namespace pumpscope::test {

using namespace domain;

using row = std::variant<trade, token_event>;

inline const chain_position& place_of(const row& x) {
  return std::visit(
    [](const auto& y) -> const chain_position& { return y.position; }, x);
}

/// Returns a key that differs from those of other numbers in many bytes.
inline pubkey key(uint64_t number) {
  auto engine = std::mt19937_64{number};
  auto result = pubkey{};
  for (auto& byte : result.bytes)
    byte = static_cast<uint8_t>(engine());
  return result;
}

inline chain_position place(uint64_t slot, uint32_t tx = 0, uint32_t ix = 1) {
  return {slot, tx, ix};
}

/// A curve trade of mint 1000 against SOL without reserves.
inline trade make_trade(trade_side side, uint64_t wallet, uint64_t token_units,
                        uint64_t quote_units, uint64_t slot = 1,
                        int64_t time = 1'000'000) {
  auto x = trade{};
  x.position = place(slot);
  x.block_time = time;
  x.event_time = time;
  x.side = side;
  x.wallet = key(wallet);
  x.mint = key(1000);
  x.quote_mint = known_keys::wsol_mint;
  x.token_units = token_units;
  x.quote_units = quote_units;
  x.net_quote_units = quote_units;
  x.pool_base_units = token_units;
  x.pool_quote_units = quote_units;
  return x;
}

inline trade buy(uint64_t wallet, uint64_t token_units, uint64_t quote_units,
                 uint64_t slot = 1, int64_t time = 1'000'000) {
  return make_trade(trade_side::buy, wallet, token_units, quote_units, slot,
                    time);
}

inline trade sell(uint64_t wallet, uint64_t token_units, uint64_t quote_units,
                  uint64_t slot = 1, int64_t time = 1'000'000) {
  return make_trade(trade_side::sell, wallet, token_units, quote_units, slot,
                    time);
}

/// Settings of a random history.
struct history_options {
  uint64_t seed = 1;
  size_t rows = 300;
  uint32_t wallets = 6;
  uint32_t mints = 3;
  /// Longest step of the block time between two rows; 0 or less = never back.
  int64_t step_max = 400;
  /// Block times step back now and then.
  bool times_go_back = false;
  /// Legs up to 2^64 - 1.
  bool huge_legs = false;
  /// Reserves jump now and then (missing trades).
  bool breaks = false;
};

/// Makes rows in chain order whose reserves join (unless asked otherwise):
/// curves, competing, inverted and USDC pools, graduation, liquidity, mayhem.
class history_maker {
public:
  explicit history_maker(history_options options)
    : options_(options), engine_(options.seed) {
    // nop
  }

  std::vector<row> make() {
    auto rows = std::vector<row>{};
    while (rows.size() < options_.rows) {
      step();
      auto mint = below(options_.mints);
      if (below(30) == 0)
        rows.emplace_back(make_event(mint));
      else
        rows.emplace_back(make_trade_of(mint));
    }
    return rows;
  }

private:
  struct venue {
    i128 base = 0;
    i128 quote = 0;
  };

  uint64_t below(uint64_t bound) {
    return engine_() % bound;
  }

  /// Mostly small numbers of few kinds, so that ties and exact sums happen.
  uint64_t amount() {
    switch (below(options_.huge_legs ? 8 : 6)) {
      case 0:
        return below(3);
      case 1:
      case 2:
        return 1 + below(20);
      case 3:
        return 100 * (1 + below(5));
      case 6:
        return ~uint64_t{0} - below(3);
      case 7:
        return engine_();
      default:
        return 1 + below(1'000'000);
    }
  }

  void step() {
    if (below(3) == 0) {
      ++slot_;
      tx_ = 0;
    }
    ++tx_;
    auto forward = static_cast<int64_t>(
      below(static_cast<uint64_t>(std::max<int64_t>(options_.step_max, 1))));
    time_ += below(4) == 0 ? forward : 0;
    if (below(400) == 0)
      time_ += 90'000;
    if (options_.times_go_back && below(10) == 0)
      time_ -= forward;
  }

  pubkey mint_key(uint64_t mint) {
    return key(1000 + mint);
  }

  pubkey pool_key(uint64_t mint, uint64_t pool) {
    return key(2000 + mint * 10 + pool);
  }

  venue& venue_of(uint64_t mint, uint64_t pool) {
    auto [it, is_new] = venues_.try_emplace({mint, pool});
    if (is_new)
      it->second = {1'000'000'000 + i128{below(1000)},
                    30'000'000 + i128{below(1000)}};
    if (options_.breaks && below(40) == 0)
      it->second.quote += 1;
    return it->second;
  }

  /// Pool 0 is the curve, 1 and 2 SOL pools, 3 USDC, 4 inverted SOL.
  trade make_trade_of(uint64_t mint) {
    auto x = trade{};
    auto pool = graduated_[mint] ? below(5) : below(8) == 0 ? below(5) : 0;
    auto& at = venue_of(mint, pool);
    x.position = {slot_, tx_, static_cast<uint32_t>(1 + below(4))};
    x.block_time = time_;
    x.event_time = time_;
    x.program = pool == 0 ? program::pump : program::pump_amm;
    x.side = below(2) == 0 ? trade_side::buy : trade_side::sell;
    x.flags = pool == 4 ? trade_flag::inverted : 0;
    x.wallet = below(25) == 0 ? known_keys::mayhem_vault
                              : key(below(options_.wallets));
    x.mint = mint_key(mint);
    x.quote_mint = pool == 3 ? known_keys::usdc_mint : known_keys::wsol_mint;
    x.pool = pool == 0 ? pubkey{} : pool_key(mint, pool);
    x.token_units = amount();
    x.quote_units = amount();
    x.fee_units = below(4) == 0 ? i128{amount()} : i128{below(10)};
    x.net_quote_units = i128{x.quote_units}
                        + (x.side == trade_side::buy ? x.fee_units
                                                     : -x.fee_units);
    x.fee_basis_points = 125;
    set_reserves(x, at, pool);
    return x;
  }

  void set_reserves(trade& x, venue& at, uint64_t pool) {
    auto takes_base = (x.side == trade_side::buy) == (pool != 4);
    x.pool_base_units = pool == 4 ? x.quote_units : x.token_units;
    x.pool_quote_units = pool == 4 ? x.token_units : x.quote_units;
    x.lp_fee_units = pool == 0 ? 0 : below(5);
    x.virtual_quote_reserves = pool == 1 ? 17 : 0;
    auto before = at;
    auto sign = takes_base ? 1 : -1;
    at.base -= sign * i128{x.pool_base_units};
    at.quote += sign * i128{x.pool_quote_units} + i128{x.lp_fee_units};
    // Nobody can take more than there is: then the venue was filled up unseen.
    if (at.base <= 0 || at.quote <= 0 || at.base >> 62 != 0
        || at.quote >> 62 != 0) {
      at = before = {i128{1} << 40, i128{1} << 30};
      at.base -= sign * i128{x.pool_base_units % 1000};
      at.quote += sign * i128{x.pool_quote_units % 1000} + i128{x.lp_fee_units};
    }
    auto told = pool == 0 ? at : before;
    x.event_base_reserves = static_cast<uint64_t>(told.base);
    x.event_quote_reserves = static_cast<uint64_t>(told.quote);
    x.real_token_reserves = x.event_base_reserves / 2;
    x.real_quote_reserves = x.event_quote_reserves / 2;
  }

  token_event make_event(uint64_t mint) {
    auto x = token_event{};
    x.position = {slot_, tx_, 1};
    x.block_time = time_;
    x.mint = mint_key(mint);
    x.quote_mint = known_keys::wsol_mint;
    auto pool = 1 + below(4);
    x.pool = pool_key(mint, pool);
    x.base_units = below(1000);
    x.quote_units = below(1000);
    x.kind = static_cast<token_event_kind>(below(9));
    switch (x.kind) {
      case token_event_kind::created:
      case token_event_kind::virtual_params_updated:
        pool = 0;
        break;
      case token_event_kind::completed:
      case token_event_kind::migrated:
        graduated_[mint] = true;
        return x;
      default:
        break;
    }
    auto& at = venue_of(mint, pool);
    x.base_reserves = static_cast<uint64_t>(at.base);
    x.quote_reserves = static_cast<uint64_t>(at.quote);
    x.real_token_reserves = x.base_reserves / 2;
    if (x.kind == token_event_kind::deposited) {
      at.base += i128{x.base_units};
      at.quote += i128{x.quote_units};
    } else if (x.kind == token_event_kind::withdrawn) {
      at.base -= i128{x.base_units};
      at.quote -= i128{x.quote_units};
    }
    return x;
  }

  history_options options_;
  std::mt19937_64 engine_;
  std::map<std::pair<uint64_t, uint64_t>, venue> venues_ = {};
  std::map<uint64_t, bool> graduated_ = {};
  uint64_t slot_ = 1;
  uint32_t tx_ = 0;
  int64_t time_ = 1'700'000'000;
};

inline std::vector<row> make_history(history_options options) {
  return history_maker{options}.make();
}

/// The product's folds, wired as the partitions wire them.
class product_fold {
public:
  /// Windows are split over this many partitions.
  explicit product_fold(size_t partitions = 1) : windows_(partitions) {
    // nop
  }

  void apply(const row& x) {
    std::visit([this](const auto& y) { fold(y); }, x);
    history_.push_back(x);
  }

  void apply(const std::vector<row>& rows) {
    for (const auto& x : rows)
      apply(x);
  }

  void advance(int64_t chain_time) {
    for (auto& windows : windows_)
      windows.advance(chain_time);
  }

  /// Writes bars and buckets as a checkpoint does.
  void checkpoint() {
    for (auto& [mint, ledger] : tokens_)
      store_candles(mint, ledger);
    for (auto& windows : windows_)
      for (const auto& bucket : windows.take_dirty_buckets())
        buckets_[{bucket.wallet, bucket.length, bucket.start}] = bucket;
  }

  /// Checkpoints and goes on from what is stored, as after a restart.
  void restart(int64_t chain_time) {
    checkpoint();
    for (auto& [wallet, ledger] : wallets_) {
      auto positions = std::vector<position>{};
      for (size_t i = 0; i < ledger.size(); ++i)
        positions.push_back(ledger.at(i));
      ledger = wallet_ledger{wallet, ledger.totals(), std::move(positions)};
    }
    for (auto& [mint, ledger] : tokens_)
      ledger = token_ledger{token_state{ledger.state()}};
    windows_ = std::vector<wallet_windows>(windows_.size());
    advance(chain_time);
    for (auto& [wallet, ledger] : wallets_)
      if (!windows_of(wallet).load(wallet, ledger.totals()))
        ++refused_;
    for (const auto& [name, bucket] : buckets_)
      if (!windows_of(bucket.wallet).load(bucket))
        ++refused_;
    for (auto& windows : windows_)
      windows.finish_load();
  }

  [[nodiscard]] std::vector<board_row> top(board_window window, board_by by,
                                           board_side side, size_t n) const {
    auto rows = std::vector<board_row>{};
    for (const auto& windows : windows_)
      for (const auto& x : windows.top(window, by, side, n))
        rows.push_back(x);
    return make_board(std::move(rows), by, side, n);
  }

  [[nodiscard]] std::vector<board_row> board(board_window window, board_by by,
                                             board_side side) const {
    auto rows = std::vector<board_row>{};
    for (const auto& windows : windows_)
      for (const auto& x : windows.all(window, by, side))
        rows.push_back(x);
    auto count = rows.size();
    return make_board(std::move(rows), by, side, count);
  }

  /// All dumped candles: stored 1m and 5m bars, longer ones merged from 1m.
  std::map<candle_key, candle> candles() {
    checkpoint();
    auto result = candles_;
    auto minutes = std::map<std::pair<pubkey, pubkey>, std::vector<candle>>{};
    for (const auto& [name, bar] : candles_)
      if (name.interval == interval::m1)
        minutes[{name.mint, name.quote_mint}].push_back(bar);
    for (const auto& [series, bars] : minutes)
      for (auto length : {interval::m15, interval::h1, interval::h24})
        for (const auto& bar : merge_all(bars, length))
          result[{series.first, series.second, length, bar.open_time}] = bar;
    return result;
  }

  [[nodiscard]] const std::map<pubkey, wallet_ledger>& wallets() const {
    return wallets_;
  }

  [[nodiscard]] const std::map<pubkey, token_ledger>& tokens() const {
    return tokens_;
  }

  [[nodiscard]] const std::vector<std::pair<pubkey, reserve_break>>&
  breaks() const {
    return breaks_;
  }

  [[nodiscard]] const std::map<pubkey, int64_t>& holders() const {
    return holders_;
  }

  [[nodiscard]] size_t refolds() const {
    return refolds_;
  }

  [[nodiscard]] size_t refused() const {
    return refused_;
  }

private:
  wallet_windows& windows_of(const pubkey& wallet) {
    return windows_[wallet.bytes[0] % windows_.size()];
  }

  void fold(const trade& x) {
    auto& ledger = wallets_.try_emplace(x.wallet, x.wallet).first->second;
    auto effect = ledger.apply(x);
    if (!effect || !windows_of(x.wallet).apply(x.wallet, *effect)) {
      ++refused_;
      return;
    }
    holders_[x.mint] += effect->holders;
    fold_token(x);
  }

  void fold(const token_event& x) {
    fold_token(x);
  }

  template <class T>
  void fold_token(const T& x) {
    auto& ledger = tokens_.try_emplace(x.mint, x.mint).first->second;
    auto effect = ledger.apply(x);
    if (!effect)
      ++refused_;
    else if (effect->needs_refold)
      refold(x.mint, row{x});
    else if (effect->broken)
      breaks_.emplace_back(x.mint, *effect->broken);
  }

  void refold(const pubkey& mint, const row& last) {
    ++refolds_;
    auto ledger = token_ledger::refold(mint);
    std::erase_if(breaks_, [&](const auto& x) { return x.first == mint; });
    auto apply = [&](const auto& x) {
      if (x.mint != mint)
        return;
      auto effect = ledger.apply(x);
      if (effect && effect->broken)
        breaks_.emplace_back(mint, *effect->broken);
    };
    for (const auto& x : history_)
      std::visit(apply, x);
    std::visit(apply, last);
    ledger.finish_refold();
    std::erase_if(candles_,
                  [&](const auto& x) { return x.first.mint == mint; });
    auto& slot = tokens_.find(mint)->second;
    slot = std::move(ledger);
    store_candles(mint, slot);
  }

  void store_candles(const pubkey& mint, token_ledger& ledger) {
    for (const auto& x : ledger.take_dirty_candles())
      candles_[{mint, x.quote_mint, x.interval, x.candle.open_time}] = x.candle;
  }

  std::vector<wallet_windows> windows_;
  std::map<pubkey, wallet_ledger> wallets_ = {};
  std::map<pubkey, token_ledger> tokens_ = {};
  std::map<candle_key, candle> candles_ = {};
  std::map<std::tuple<pubkey, uint32_t, int64_t>, wallet_bucket> buckets_ = {};
  std::vector<std::pair<pubkey, reserve_break>> breaks_ = {};
  std::map<pubkey, int64_t> holders_ = {};
  std::vector<row> history_ = {};
  size_t refolds_ = 0;
  size_t refused_ = 0;
};

inline constexpr auto all_windows
  = std::array{board_window::h24, board_window::d7, board_window::all};

inline constexpr auto all_orders = std::array{
  std::pair{board_by::net, board_side::losers},
  std::pair{board_by::net, board_side::winners},
  std::pair{board_by::losses, board_side::losers},
  std::pair{board_by::losses, board_side::winners},
};

} // namespace pumpscope::test

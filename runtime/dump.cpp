#include "runtime/dump.hpp"

#include "domain/canonical_dump.hpp"
#include "domain/token_metrics.hpp"
#include "domain/wallet_windows.hpp"
#include "runtime/metrics_rows.hpp"
#include "runtime/open_store.hpp"

#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

namespace canonical = domain::canonical;

using writer = std::function<void(std::string_view)>;

/// Calls `visit(partition)` for each partition until one fails.
template <class Visit>
outcome<void> each_partition(messages::store& store, Visit visit) {
  auto partitions = store.identity().partitions;
  for (auto i = uint32_t{0}; i < partitions; ++i)
    if (auto done = checked(visit(i)); !done)
      return done;
  return {};
}

outcome<void> dump_trades(messages::store& store, const writer& write) {
  write(canonical::trades_header);
  // Lines of one slot: the row that would void it comes behind them.
  auto lines = std::string{};
  auto slot = uint64_t{0};
  auto enter = [&](uint64_t next) {
    if (next == slot)
      return;
    slot = next;
    if (!lines.empty())
      write(lines);
    lines.clear();
  };
  auto done = checked(store.visit_journal(
    [&](const domain::trade& x) {
      enter(x.position.slot);
      lines += canonical::trade_line(x);
    },
    [&](const domain::token_event& x) {
      enter(x.position.slot);
      if (x.kind == domain::token_event_kind::slot_voided)
        lines.clear();
    }));
  if (done)
    enter(0);
  return done;
}

outcome<void> dump_positions(messages::store& store, const writer& write) {
  auto rows = std::vector<std::pair<domain::pubkey, domain::position>>{};
  auto done = each_partition(store, [&](uint32_t partition) {
    return store.visit_positions(partition, [&](const auto& x) {
      rows.emplace_back(x.wallet, x.position);
    });
  });
  if (done)
    write(canonical::positions_csv(std::move(rows)));
  return done;
}

outcome<void> dump_wallets(messages::store& store, const writer& write) {
  auto rows = std::vector<std::pair<domain::pubkey, domain::wallet_totals>>{};
  auto done = each_partition(store, [&](uint32_t partition) {
    return store.visit_wallets(
      partition, [&](const auto& x) { rows.emplace_back(x.wallet, x.totals); });
  });
  if (done)
    write(canonical::wallets_csv(std::move(rows)));
  return done;
}

/// One series on its way from the stored 1m and 5m bars to all intervals.
class series_merger {
public:
  explicit series_merger(std::vector<canonical::candle_row>& out) : out_(out) {
    // nop
  }

  void add(const messages::candle_row& x) {
    if (x.mint != mint_ || x.quote_mint != quote_mint_) {
      finish();
      mint_ = x.mint;
      quote_mint_ = x.quote_mint;
    }
    if (x.interval == domain::interval::m1)
      minutes_.push_back(x.candle);
    out_.push_back({x.mint, x.quote_mint, x.interval, x.candle});
  }

  void finish() {
    using domain::interval;
    for (auto length : {interval::m15, interval::h1, interval::h24})
      for (const auto& bar : domain::merge_all(minutes_, length))
        out_.push_back({mint_, quote_mint_, length, bar});
    minutes_.clear();
  }

private:
  std::vector<canonical::candle_row>& out_;
  domain::pubkey mint_ = {};
  domain::pubkey quote_mint_ = {};
  std::vector<domain::candle> minutes_;
};

outcome<void> dump_candles(messages::store& store, const writer& write) {
  auto rows = std::vector<canonical::candle_row>{};
  auto done = each_partition(store, [&](uint32_t partition) {
    auto merger = series_merger{rows};
    auto visited = store.visit_candles(
      partition, std::numeric_limits<int64_t>::min(),
      [&merger](const messages::candle_row& x) { merger.add(x); });
    merger.finish();
    return visited;
  });
  if (done)
    write(canonical::candles_csv(std::move(rows)));
  return done;
}

outcome<void> dump_leaderboard(messages::store& store,
                               const dump_request& request,
                               const writer& write) {
  auto rows = stored_board(store, request.window, request.by,
                           domain::board_side::losers);
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  write(
    canonical::leaderboard_csv(*rows, request.by, domain::board_side::losers));
  return {};
}

outcome<void> dump_metrics(messages::store& store, const writer& write) {
  auto rows = stored_metrics(store);
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  write(canonical::metrics_csv(std::move(*rows)));
  return {};
}

} // namespace

outcome<std::vector<domain::board_row>>
stored_board(messages::store& store, domain::board_window window,
             domain::board_by by, domain::board_side side) {
  auto head = checked(store.read_head());
  if (!head)
    return tl::unexpected{std::move(head.error())};
  auto windows = domain::wallet_windows{};
  windows.advance(head->chain_time);
  auto overflow = false;
  auto done = each_partition(store, [&](uint32_t partition) {
    auto wallets = store.visit_wallets(partition, [&](const auto& x) {
      overflow |= !windows.load(x.wallet, x.totals);
    });
    if (!wallets)
      return wallets;
    return store.visit_wallet_buckets(
      partition, [&](const auto& x) { overflow |= !windows.load(x); });
  });
  if (!done)
    return tl::unexpected{std::move(done.error())};
  if (overflow)
    return fail("the stored sums of a wallet are out of range: run "
                "`pumpscope verify`");
  windows.finish_load();
  return windows.all(window, by, side);
}

outcome<void> dump(messages::store& store, const dump_request& request,
                   const writer& write) {
  switch (request.kind) {
    case dump_kind::positions:
      return dump_positions(store, write);
    case dump_kind::candles:
      return dump_candles(store, write);
    case dump_kind::wallets:
      return dump_wallets(store, write);
    case dump_kind::leaderboard:
      return dump_leaderboard(store, request, write);
    case dump_kind::metrics:
      return dump_metrics(store, write);
    case dump_kind::trades:
      break;
  }
  return dump_trades(store, write);
}

} // namespace pumpscope::runtime

#include "runtime/verify_journal.hpp"

#include "domain/base58.hpp"
#include "messages/state_blob.hpp"
#include "runtime/open_store.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace pumpscope::runtime {

namespace {

using domain::i128;

/// Sums over one (mint, quote mint).
struct flow {
  i128 bought_units = 0;
  i128 sold_units = 0;
  i128 invested = 0;
  i128 proceeds = 0;
  i128 volume_quote = 0;
  i128 trades = 0;
};

using flows = std::map<domain::position_key, flow>;

std::string text(const domain::position_key& x) {
  return domain::to_string(x.mint) + " " + domain::to_string(x.quote_mint);
}

/// Sums up the trades of a journal that is visited in chain order, but for
/// those of voided slots: the row that voids comes behind them.
class journal_flows {
public:
  void see(const domain::trade& x) {
    enter(x.position.slot);
    add(open_, x);
  }

  void see(const domain::token_event& x) {
    enter(x.position.slot);
    if (x.kind == domain::token_event_kind::slot_voided)
      open_.clear();
  }

  /// What the states have that folding starts with.
  void see_start(const domain::position& x) {
    auto& sum = sums_[x.key];
    sum.bought_units += x.bought_units;
    sum.sold_units += x.sold_units;
    sum.invested += x.invested;
    sum.proceeds += x.proceeds;
  }

  /// Charts start with the bars that were open, not with all of the past: what
  /// is in them is volume of no row that is left.
  void see_start(const domain::candle_key& key, const domain::candle& bar) {
    auto& sum = sums_[{key.mint, key.quote_mint}];
    sum.volume_quote += bar.volume_quote;
    sum.trades += bar.trades;
  }

  flows finish() {
    enter(0);
    return std::move(sums_);
  }

private:
  static void add(flows& sums, const domain::trade& x);

  void enter(uint64_t slot) {
    if (slot == slot_)
      return;
    slot_ = slot;
    for (const auto& [key, x] : open_) {
      auto& sum = sums_[key];
      sum.bought_units += x.bought_units;
      sum.sold_units += x.sold_units;
      sum.invested += x.invested;
      sum.proceeds += x.proceeds;
      sum.volume_quote += x.volume_quote;
      sum.trades += x.trades;
    }
    open_.clear();
  }

  flows sums_ = {};
  /// Those of the slot that is being visited.
  flows open_ = {};
  uint64_t slot_ = 0;
};

void journal_flows::add(flows& sums, const domain::trade& x) {
  auto& sum = sums[{x.mint, x.quote_mint}];
  auto buy = x.side == domain::trade_side::buy;
  (buy ? sum.bought_units : sum.sold_units) += x.token_units;
  (buy ? sum.invested : sum.proceeds) += x.net_quote_units;
  sum.volume_quote += x.quote_units;
  sum.trades += 1;
}

/// Which jpos were seen; finds holes and doubles.
class density {
public:
  void see(uint64_t jpos, verify_report& report) {
    // Far above any count: a hole that is reported as such.
    constexpr auto jpos_max = uint64_t{1} << 36;
    if (jpos == 0 || jpos > jpos_max) {
      report.mismatch("journal: impossible position " + std::to_string(jpos));
      return;
    }
    if (jpos > seen_.size())
      seen_.resize(std::max(jpos, seen_.size() * 2));
    if (seen_[jpos - 1])
      report.mismatch("journal: position " + std::to_string(jpos)
                      + " is taken twice");
    seen_[jpos - 1] = true;
    report.max_jpos = std::max(report.max_jpos, jpos);
  }

  /// Of the holes as many must be there as rows were dropped, at most up to the
  /// highest of these.
  void finish(verify_report& report) {
    auto& dropped = report.retention;
    report.max_jpos = std::max(report.max_jpos, dropped.dropped_jpos);
    seen_.resize(std::max<size_t>(seen_.size(), report.max_jpos));
    auto holes = uint64_t{0};
    for (auto i = uint64_t{0}; i < report.max_jpos; ++i)
      if (!seen_[i] && i < dropped.dropped_jpos)
        ++holes;
      else if (!seen_[i])
        report.mismatch("journal: position " + std::to_string(i + 1)
                        + " is missing");
    if (holes != dropped.dropped_trades + dropped.dropped_token_events)
      report.mismatch(
        "journal: " + std::to_string(holes) + " positions are missing below "
        + std::to_string(dropped.dropped_jpos) + ", "
        + std::to_string(dropped.dropped_trades + dropped.dropped_token_events)
        + " rows were dropped");
  }

private:
  std::vector<bool> seen_;
};

/// Which rows the states of each partition contain.
class cursors {
public:
  cursors(const messages::store_identity& identity,
          const std::vector<messages::cursor_row>& rows, uint64_t head)
    : identity_(identity),
      wallet_(identity.partitions, 0),
      token_(identity.partitions, 0) {
    for (const auto& x : rows)
      (x.kind == messages::projection::wallet ? wallet_ : token_)[x.partition]
        = x.jpos;
    auto behind = [head](uint64_t jpos) { return jpos < head; };
    behind_ = static_cast<uint64_t>(
      std::count_if(wallet_.begin(), wallet_.end(), behind)
      + std::count_if(token_.begin(), token_.end(), behind));
  }

  [[nodiscard]] uint64_t behind() const {
    return behind_;
  }

  [[nodiscard]] bool in_wallet(const domain::pubkey& key, uint64_t jpos) const {
    return jpos <= wallet_[partition(key)];
  }

  [[nodiscard]] bool in_token(const domain::pubkey& key, uint64_t jpos) const {
    return jpos <= token_[partition(key)];
  }

private:
  [[nodiscard]] uint32_t partition(const domain::pubkey& key) const {
    return domain::partition_of(key, identity_.hash_seed, identity_.partitions);
  }

  messages::store_identity identity_;
  std::vector<uint64_t> wallet_;
  std::vector<uint64_t> token_;
  uint64_t behind_ = 0;
};

void check_identities(const domain::reference_fold& fold, const flows& journal,
                      verify_report& report) {
  auto ledgers = flows{};
  for (const auto& [owner, x] : fold.positions()) {
    auto& sum = ledgers[owner.second];
    sum.bought_units += x.bought_units;
    sum.sold_units += x.sold_units;
    sum.invested += x.invested;
    sum.proceeds += x.proceeds;
    if (!domain::conserves(x))
      report.mismatch("identity: the position of "
                      + domain::to_string(owner.first) + " in "
                      + text(owner.second) + " does not conserve");
  }
  auto charts = flows{};
  for (const auto& [key, x] : fold.candles()) {
    if (key.interval != domain::interval::m1)
      continue;
    auto& sum = charts[{key.mint, key.quote_mint}];
    sum.volume_quote += x.volume_quote;
    sum.trades += x.trades;
  }
  for (const auto& [key, x] : fold.off_venue()) {
    charts[key].volume_quote += x.first;
    charts[key].trades += x.second;
  }
  for (const auto& [key, x] : journal) {
    const auto& ledger = ledgers[key];
    if (x.bought_units != ledger.bought_units
        || x.sold_units != ledger.sold_units || x.invested != ledger.invested
        || x.proceeds != ledger.proceeds)
      report.mismatch("identity: the ledgers of " + text(key)
                      + " do not sum up to its journal");
    const auto& chart = charts[key];
    if (x.volume_quote != chart.volume_quote || x.trades != chart.trades)
      report.mismatch("identity: candles and off-venue volume of " + text(key)
                      + " do not sum up to its journal");
  }
}

void collect_breaks(const domain::reference_fold& fold, verify_report& report) {
  for (const auto& [mint, x] : fold.breaks()) {
    ++report.reserve_breaks;
    if (report.break_lines.size() == verify_report::lines_max)
      continue;
    auto venue = domain::is_default(x.pool)
                   ? std::string{"curve"}
                   : "pool " + domain::to_string(x.pool);
    report.break_lines.push_back(
      "reserve break: " + domain::to_string(mint) + " " + venue + " at "
      + std::to_string(x.position.slot) + ":"
      + std::to_string(x.position.tx_index) + ":"
      + std::to_string(x.position.ix_path) + " expected "
      + domain::to_string(x.expected.base) + "/"
      + domain::to_string(x.expected.quote) + " found "
      + domain::to_string(x.found.base) + "/"
      + domain::to_string(x.found.quote));
  }
}

void check_counts(const messages::store_counts& counts,
                  const messages::head_row& head, verify_report& report) {
  auto& dropped = report.retention;
  auto trades = report.trades + dropped.dropped_trades;
  auto events = report.token_events + dropped.dropped_token_events;
  auto rows = trades + events;
  auto differ = [&report](std::string_view what, uint64_t stored,
                          uint64_t counted) {
    if (stored != counted)
      report.mismatch("journal: " + std::string{what} + " is "
                      + std::to_string(stored) + ", the rows say "
                      + std::to_string(counted));
  };
  differ("max(jpos)", report.max_jpos, rows);
  differ("the head's jpos", head.jpos, rows);
  differ("the count of trades", counts.trades, trades);
  differ("the count of token events", counts.token_events, events);
}

/// Starts the references with the baseline.
outcome<void> read_baseline(messages::store& store, references& refs,
                            journal_flows& journal, verify_report& report) {
  auto folds = std::set{refs.whole, refs.wallets, refs.tokens};
  auto damaged = [&report](const domain::pubkey& key) {
    report.mismatch("baseline: the state of " + domain::to_string(key)
                    + " cannot be read");
  };
  return checked(store.visit_baseline(
    [&](const messages::wallet_state_rows& x) {
      auto positions = std::vector<domain::position>{};
      for (const auto& row : x.positions) {
        auto position = messages::to_position(row);
        if (!position)
          return damaged(row.wallet);
        if (!domain::conserves(*position))
          report.mismatch("baseline: the position of "
                          + domain::to_string(row.wallet) + " in "
                          + text(position->key) + " does not conserve");
        journal.see_start(*position);
        positions.push_back(std::move(*position));
      }
      for (const auto& fold : folds)
        fold->start(x.wallet->wallet, x.wallet->totals, positions);
    },
    [&](const messages::token_row& x) {
      auto state = messages::decode_token_state(x.blob);
      if (!state)
        return damaged(x.mint);
      for (const auto& fold : folds)
        fold->start(*state);
      refs.started_tokens.push_back(x);
    }));
}

/// Reads the keys that wait for a repair.
outcome<std::set<domain::pubkey>> read_repairs(messages::store& store,
                                               messages::projection kind) {
  auto rows = checked(store.load_repairs(kind));
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  auto result = std::set<domain::pubkey>{};
  for (const auto& x : *rows)
    result.insert(x.key);
  return result;
}

} // namespace

outcome<references> read_references(messages::store& store,
                                    verify_report& report) {
  auto result = references{};
  auto head = checked(store.read_head());
  if (!head)
    return tl::unexpected{std::move(head.error())};
  auto rows = checked(store.read_cursors());
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  auto counts = checked(store.counts());
  if (!counts)
    return tl::unexpected{std::move(counts.error())};
  auto seen_by = cursors{store.identity(), *rows, head->jpos};
  report.partitions_behind = seen_by.behind();
  result.chain_time = head->chain_time;
  result.jpos = head->jpos;
  result.whole = std::make_shared<domain::reference_fold>();
  result.wallets = result.whole;
  result.tokens = result.whole;
  if (seen_by.behind() != 0) {
    result.wallets = std::make_shared<domain::reference_fold>();
    result.tokens = std::make_shared<domain::reference_fold>();
  }
  auto positions = density{};
  auto journal = journal_flows{};
  if (auto done = read_baseline(store, result, journal, report); !done)
    return tl::unexpected{std::move(done.error())};
  for (const auto& [key, bar] : result.whole->started_bars())
    journal.see_start(key, bar);
  auto on_trade = [&](const domain::trade& x) {
    ++report.trades;
    positions.see(x.jpos, report);
    journal.see(x);
    result.whole->add(x);
    if (result.wallets == result.whole)
      return;
    if (seen_by.in_wallet(x.wallet, x.jpos))
      result.wallets->add(x);
    if (seen_by.in_token(x.mint, x.jpos))
      result.tokens->add(x);
  };
  auto on_event = [&](const domain::token_event& x) {
    ++report.token_events;
    positions.see(x.jpos, report);
    journal.see(x);
    result.whole->add(x);
    auto voids = x.kind == domain::token_event_kind::slot_voided;
    report.slots_voided += voids ? 1 : 0;
    if (result.tokens == result.whole)
      return;
    if (voids) {
      // Keys that have not seen it have an open repair, and are not compared.
      result.wallets->add(x);
      result.tokens->add(x);
    } else if (seen_by.in_token(x.mint, x.jpos))
      result.tokens->add(x);
  };
  if (auto done = checked(store.visit_journal(on_trade, on_event)); !done)
    return tl::unexpected{std::move(done.error())};
  positions.finish(report);
  check_counts(*counts, *head, report);
  result.whole->fold();
  if (result.wallets != result.whole) {
    result.wallets->fold();
    result.tokens->fold();
  }
  check_identities(*result.whole, journal.finish(), report);
  collect_breaks(*result.whole, report);
  auto wallets = read_repairs(store, messages::projection::wallet);
  auto tokens = read_repairs(store, messages::projection::token);
  if (!wallets || !tokens)
    return tl::unexpected{
      std::move(wallets ? tokens.error() : wallets.error())};
  result.wallets_in_repair = std::move(*wallets);
  result.tokens_in_repair = std::move(*tokens);
  report.repairs_open = result.wallets_in_repair.size()
                        + result.tokens_in_repair.size();
  report.gaps_open = counts->open_gaps;
  return result;
}

} // namespace pumpscope::runtime

#include "domain/reference_fold.hpp"

#include "domain/known_keys.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <variant>

namespace pumpscope::domain {

namespace {

using row = std::variant<trade, token_event>;

chain_position place_of(const row& x) {
  return std::visit([](const auto& y) { return y.position; }, x);
}

/// A sell with matched units (domain.md section 4).
struct realization {
  chain_position position = {};
  int64_t time = 0;
  i128 pnl = 0;
};

/// What boards are made of: all SOL-quoted trades of a wallet.
struct wallet_history {
  std::vector<int64_t> trades = {};
  std::vector<realization> realizations = {};
  /// What was before: older than each window but `all`.
  wallet_totals before = {};
};

/// A wallet that does not start with nothing.
struct wallet_start {
  wallet_totals totals = {};
  std::vector<position> positions = {};
};

/// What the last event of a venue left, and its slot.
struct chain_end {
  reserves after = {};
  uint64_t slot = 0;
};

/// Leading venue and chains of a mint (domain.md sections 5 and 8).
struct mint_state {
  bool curve_seen = false;
  bool curve_done = false;
  std::optional<pubkey> named_pool = {};
  std::optional<pubkey> leader = {};
  std::pair<bool, i128> leader_rank = {};
  std::map<pubkey, chain_end> chains = {};
  std::map<pubkey, price> last_price = {};
};

/// Reserves of the venue before and after a trade (domain.md sections 2, 5).
std::pair<reserves, reserves> reserves_around(const trade& x) {
  auto told = reserves{i128{x.event_base_reserves},
                       i128{x.event_quote_reserves}};
  auto base = i128{x.pool_base_units};
  auto quote = i128{x.pool_quote_units};
  auto takes_base = (x.side == trade_side::buy)
                    != has_flag(x, trade_flag::inverted);
  if (x.program == program::pump) {
    if (takes_base)
      return {{told.base + base, told.quote - quote}, told};
    return {{told.base - base, told.quote + quote}, told};
  }
  auto fee = i128{x.lp_fee_units};
  if (takes_base)
    return {told, {told.base - base, told.quote + quote + fee}};
  return {told, {told.base + base, told.quote - quote + fee}};
}

price spot_after(const trade& x) {
  auto after = reserves_around(x).second;
  auto quote = after.quote + x.virtual_quote_reserves;
  if (after.base < 0 || quote < 0)
    return {};
  auto money = static_cast<u128>(quote);
  auto coins = static_cast<u128>(after.base);
  if (has_flag(x, trade_flag::inverted))
    std::swap(money, coins);
  return coins == 0 ? price{} : price{money, coins};
}

/// Folds the trades of one position; returns its realizations.
std::optional<realization> fold_position(position& p, const trade& x) {
  auto q = i128{x.token_units};
  auto net = x.net_quote_units;
  auto gross = i128{x.quote_units};
  if (p.buys + p.sells == 0)
    p.first_trade_at = x.block_time;
  p.last_trade_at = x.block_time;
  if (x.side == trade_side::buy) {
    p.units += q;
    p.bought_units += q;
    p.cost_basis += net;
    p.cost_basis_gross += gross;
    p.invested += net;
    p.buys += 1;
    p.lots.push_back({q, net, x.block_time});
    return std::nullopt;
  }
  p.sold_units += q;
  p.proceeds += net;
  p.sells += 1;
  auto m = q < p.units ? q : p.units;
  if (m == 0) {
    p.unmatched_units += q;
    p.unmatched_proceeds += net;
    return std::nullopt;
  }
  auto share = [](i128 whole, i128 part, i128 of) {
    return part == of ? whole : mul_div_floor(whole, part, of);
  };
  auto cost_out = share(p.cost_basis, m, p.units);
  auto cost_out_gross = share(p.cost_basis_gross, m, p.units);
  auto matched = share(net, m, q);
  auto pnl = matched - cost_out;
  p.realized += pnl;
  p.realized_gross += share(gross, m, q) - cost_out_gross;
  p.realized_fifo += matched;
  auto lots = std::deque<lot>(p.lots.begin(), p.lots.end());
  auto rest = m;
  while (!lots.empty() && (rest > 0 || lots[0].units == 0)) {
    auto take = rest < lots[0].units ? rest : lots[0].units;
    auto part = share(lots[0].cost, take, lots[0].units);
    p.realized_fifo -= part;
    p.held_unit_seconds
      += take * std::max<int64_t>(0, x.block_time - lots[0].bought_at);
    rest -= take;
    lots[0].cost -= part;
    lots[0].units -= take;
    if (lots[0].units == 0)
      lots.pop_front();
  }
  p.lots = lot_queue{std::vector<lot>(lots.begin(), lots.end())};
  p.units -= m;
  p.cost_basis -= cost_out;
  p.cost_basis_gross -= cost_out_gross;
  p.cost_out += cost_out;
  p.matched_units += m;
  p.unmatched_units += q - m;
  p.unmatched_proceeds += net - matched;
  p.realizations += 1;
  p.wins += pnl > 0 ? 1 : 0;
  return realization{x.position, x.block_time, pnl};
}

int64_t bucket_start(int64_t time, int64_t length) {
  auto rest = ((time % length) + length) % length;
  return time - rest;
}

} // namespace

struct reference_fold::impl {
  std::map<pubkey, wallet_start> wallet_starts = {};
  std::vector<token_state> token_starts = {};
  std::vector<row> rows = {};
  /// Slots whose rows do not count.
  std::set<uint64_t> voided = {};
  std::map<std::pair<pubkey, position_key>, position> positions = {};
  std::map<pubkey, wallet_totals> wallets = {};
  std::map<pubkey, wallet_history> histories = {};
  std::map<pubkey, mint_state> mints = {};
  std::map<candle_key, candle> candles = {};
  std::map<candle_key, std::set<pubkey>> candle_wallets = {};
  std::vector<std::pair<pubkey, reserve_break>> breaks = {};
  std::map<position_key, std::pair<i128, uint64_t>> off_venue = {};

  void fold_wallet(const trade& x) {
    auto key = position_key{x.mint, x.quote_mint};
    auto& p = positions[{x.wallet, key}];
    auto is_first = p.buys + p.sells == 0;
    p.key = key;
    auto before = p;
    auto realized = fold_position(p, x);
    if (x.quote_mint != known_keys::wsol_mint)
      return;
    auto& w = wallets[x.wallet];
    auto& h = histories[x.wallet];
    if (w.trades == 0)
      w.first_trade_at = x.block_time;
    w.last_trade_at = x.block_time;
    h.trades.push_back(x.block_time);
    w.trades += 1;
    w.tokens += is_first ? 1 : 0;
    w.volume += i128{x.quote_units};
    w.realized += p.realized - before.realized;
    w.realized_gross += p.realized_gross - before.realized_gross;
    w.realized_fifo += p.realized_fifo - before.realized_fifo;
    w.invested += p.invested - before.invested;
    w.proceeds += p.proceeds - before.proceeds;
    w.cost_out += p.cost_out - before.cost_out;
    w.sold_units += p.sold_units - before.sold_units;
    w.sold_units_matched += p.matched_units - before.matched_units;
    if (x.side == trade_side::buy) {
      w.buys_after_loss += w.loss_streak > 0 ? 1 : 0;
      w.buys_grown_after_loss
        += w.loss_streak > 0 && x.net_quote_units > w.buy_size_last ? 1 : 0;
      w.buy_size_last = x.net_quote_units;
    }
    if (!realized)
      return;
    h.realizations.push_back(*realized);
    w.realizations += 1;
    w.wins += realized->pnl > 0 ? 1 : 0;
    if (realized->pnl >= 0) {
      w.loss_streak = 0;
      w.loss_streak_sum = 0;
      return;
    }
    w.losses += realized->pnl;
    w.losing_realizations += 1;
    w.last_loss = realized->position;
    w.last_loss_at = realized->time;
    w.loss_streak += 1;
    w.loss_streak_sum += realized->pnl;
    w.loss_streak_max = std::max(w.loss_streak_max, w.loss_streak);
    w.loss_streak_worst = std::max(w.loss_streak_worst, -w.loss_streak_sum);
  }

  bool leads(mint_state& m, const trade& x) {
    if (x.program == program::pump) {
      m.curve_seen = true;
      return !m.curve_done;
    }
    if (m.curve_seen && !m.curve_done)
      return false;
    if (m.named_pool)
      return x.pool == *m.named_pool;
    auto after = reserves_around(x).second;
    auto reserve = has_flag(x, trade_flag::inverted)
                     ? after.base
                     : after.quote + x.virtual_quote_reserves;
    auto rank = std::pair{x.quote_mint == known_keys::wsol_mint, reserve};
    if (m.leader && *m.leader != x.pool && !(rank > m.leader_rank))
      return false;
    m.leader = x.pool;
    m.leader_rank = rank;
    return true;
  }

  template <class Row>
  void join(mint_state& m, const Row& x, const reserves& before,
            const reserves& after) {
    auto known = m.chains.find(x.pool);
    if (known != m.chains.end() && known->second.after != before)
      breaks.push_back({x.mint,
                        {x.pool, known->second.after, before, x.position,
                         known->second.slot, x.block_time}});
    m.chains[x.pool] = {after, x.position.slot};
  }

  void fold_token(const trade& x) {
    auto& m = mints[x.mint];
    auto on_venue = leads(m, x);
    auto [before, after] = reserves_around(x);
    join(m, x, before, after);
    if (!on_venue) {
      auto& sum = off_venue[{x.mint, x.quote_mint}];
      sum.first += i128{x.quote_units};
      sum.second += 1;
      return;
    }
    auto spot = spot_after(x);
    for (auto length : dumped_intervals) {
      auto seconds = static_cast<int64_t>(length);
      auto key = candle_key{x.mint, x.quote_mint, length,
                            bucket_start(x.block_time, seconds)};
      fold_candle(candles[key], key, x, spot, m.last_price[x.quote_mint]);
    }
    if (spot.token != 0)
      m.last_price[x.quote_mint] = spot;
  }

  void fold_candle(candle& c, const candle_key& key, const trade& x,
                   const price& spot, const price& previous) {
    c.open_time = key.open_time;
    if (c.trades == 0)
      c.previous_close = previous;
    c.trades += 1;
    c.volume_quote += i128{x.quote_units};
    c.volume_token += i128{x.token_units};
    if (x.side == trade_side::buy) {
      c.buys += 1;
      c.buy_volume_quote += i128{x.quote_units};
    } else {
      c.sells += 1;
      c.sell_volume_quote += i128{x.quote_units};
    }
    if (key.interval <= interval::m5) {
      auto& seen = candle_wallets[key];
      seen.insert(x.wallet);
      c.wallets = seen.size();
    }
    if (spot.token == 0)
      return;
    if (c.open.token == 0) {
      c.open = c.high = c.low = spot;
      c.first = x.position;
    }
    if (compare(spot, c.high) > 0)
      c.high = spot;
    if (compare(spot, c.low) < 0)
      c.low = spot;
    c.close = spot;
    c.last = x.position;
  }

  void fold(const trade& x) {
    fold_wallet(x);
    fold_token(x);
  }

  void start(const pubkey& wallet, const wallet_start& x) {
    for (const auto& p : x.positions)
      positions[{wallet, p.key}] = p;
    if (x.totals.trades == 0)
      return;
    wallets[wallet] = x.totals;
    histories[wallet].before = x.totals;
  }

  void start(const token_state& x) {
    auto& m = mints[x.mint];
    m.curve_seen = x.curve_seen;
    m.curve_done = x.curve_complete;
    if (x.migrated)
      m.named_pool = x.migrated_pool;
    if (x.pool_leads) {
      m.leader = x.leading_pool;
      m.leader_rank = {x.leader_quote_is_sol, x.leader_effective_quote};
    }
    for (const auto& venue : x.venues)
      if (venue.known)
        m.chains[venue.pool] = {venue.after, venue.slot};
    for (const auto& series : x.series) {
      m.last_price[series.quote_mint] = series.last_price;
      start_bar(x.mint, series, series.open[1], interval::m1);
      start_bar(x.mint, series, series.open[2], interval::m5);
    }
  }

  void start_bar(const pubkey& mint, const candle_series& series,
                 const candle& bar, interval length) {
    if (bar.trades == 0)
      return;
    auto key = candle_key{mint, series.quote_mint, length, bar.open_time};
    candles[key] = bar;
    for (const auto& [wallet, seen] : series.wallets)
      if (length == interval::m5 || seen.minute == bar.open_time)
        candle_wallets[key].insert(wallet);
  }

  void fold(const token_event& x) {
    auto& m = mints[x.mint];
    auto told = reserves{i128{x.base_reserves}, i128{x.quote_reserves}};
    auto after = told;
    // Of a pool that is not between a coin and money we keep no trades.
    auto is_coin_pool = !known_keys::is_money(x.mint)
                        && known_keys::is_money(x.quote_mint);
    if (!is_coin_pool
        && (x.kind == token_event_kind::pool_created
            || x.kind == token_event_kind::deposited
            || x.kind == token_event_kind::withdrawn))
      return;
    switch (x.kind) {
      case token_event_kind::created:
        if (told.base > 0 && told.quote > 0)
          m.chains[pubkey{}] = {told, x.position.slot};
        break;
      case token_event_kind::completed:
        m.curve_done = true;
        break;
      case token_event_kind::migrated:
        m.curve_done = true;
        if (!m.named_pool)
          m.named_pool = x.pool;
        break;
      case token_event_kind::pool_created:
      case token_event_kind::boost_bought:
        m.chains[x.pool] = {told, x.position.slot};
        break;
      case token_event_kind::deposited:
        after = {told.base + i128{x.base_units},
                 told.quote + i128{x.quote_units}};
        join(m, x, told, after);
        break;
      case token_event_kind::withdrawn:
        after = {told.base - i128{x.base_units},
                 told.quote - i128{x.quote_units}};
        join(m, x, told, after);
        break;
      case token_event_kind::virtual_params_updated:
        m.chains[pubkey{}] = {told, x.position.slot};
        break;
      case token_event_kind::boost_initialized:
        if (auto it = m.chains.find(x.pool);
            it != m.chains.end() && told.quote > 0)
          it->second = {{it->second.after.base, told.quote}, x.position.slot};
        else
          m.chains.erase(x.pool);
        break;
      case token_event_kind::slot_voided:
        break;
    }
  }
};

reference_fold::reference_fold() : impl_(std::make_unique<impl>()) {
  // nop
}

reference_fold::~reference_fold() = default;
reference_fold::reference_fold(reference_fold&&) noexcept = default;
reference_fold& reference_fold::operator=(reference_fold&&) noexcept = default;

void reference_fold::start(const pubkey& wallet, const wallet_totals& totals,
                           std::vector<position> positions) {
  impl_->wallet_starts[wallet] = {totals, std::move(positions)};
}

void reference_fold::start(const token_state& x) {
  impl_->token_starts.push_back(x);
}

std::vector<reference_fold::started_bar> reference_fold::started_bars() const {
  auto result = std::vector<started_bar>{};
  for (const auto& x : impl_->token_starts)
    for (const auto& series : x.series)
      if (const auto& bar = series.open[1]; bar.trades > 0)
        result.push_back(
          {{x.mint, series.quote_mint, interval::m1, bar.open_time}, bar});
  return result;
}

void reference_fold::add(const trade& x) {
  impl_->rows.emplace_back(x);
}

void reference_fold::add(const token_event& x) {
  if (x.kind == token_event_kind::slot_voided)
    impl_->voided.insert(x.position.slot);
  else
    impl_->rows.emplace_back(x);
}

void reference_fold::fold() {
  auto rows = std::move(impl_->rows);
  auto voided = std::move(impl_->voided);
  auto wallet_starts = std::move(impl_->wallet_starts);
  auto token_starts = std::move(impl_->token_starts);
  impl_ = std::make_unique<impl>();
  for (const auto& [wallet, x] : wallet_starts)
    impl_->start(wallet, x);
  for (const auto& x : token_starts)
    impl_->start(x);
  std::erase_if(rows, [&voided](const row& x) {
    return voided.contains(place_of(x).slot);
  });
  std::sort(rows.begin(), rows.end(), [](const row& x, const row& y) {
    return place_of(x) < place_of(y);
  });
  for (const auto& x : rows)
    std::visit([this](const auto& y) { impl_->fold(y); }, x);
  std::stable_sort(
    impl_->breaks.begin(), impl_->breaks.end(),
    [](const auto& x, const auto& y) { return x.first < y.first; });
  impl_->rows = std::move(rows);
  impl_->voided = std::move(voided);
  impl_->wallet_starts = std::move(wallet_starts);
  impl_->token_starts = std::move(token_starts);
}

const std::map<std::pair<pubkey, position_key>, position>&
reference_fold::positions() const {
  return impl_->positions;
}

const std::map<pubkey, wallet_totals>& reference_fold::wallets() const {
  return impl_->wallets;
}

const std::map<candle_key, candle>& reference_fold::candles() const {
  return impl_->candles;
}

std::vector<board_row> reference_fold::board(board_window window, board_by by,
                                             board_side side,
                                             int64_t now) const {
  auto rows = std::vector<board_row>{};
  auto length = window == board_window::h24 ? int64_t{300} : int64_t{3'600};
  auto reach = window == board_window::h24 ? int64_t{86'400} : int64_t{604'800};
  auto begin = bucket_start(now, length) - reach;
  auto inside = [&](int64_t time) {
    return window == board_window::all || bucket_start(time, length) >= begin;
  };
  for (const auto& [wallet, history] : impl_->histories) {
    if (wallet == known_keys::mayhem_vault)
      continue;
    auto row = board_row{};
    row.wallet = wallet;
    for (auto time : history.trades)
      row.trades += inside(time) ? 1 : 0;
    i128 gains = 0;
    if (window == board_window::all) {
      const auto& before = history.before;
      row.trades += before.trades;
      row.realizations = before.realizations;
      row.net = before.realized;
      row.losses = before.losses;
      row.losing_realizations = before.losing_realizations;
      row.last_loss = before.last_loss;
      row.last_loss_at = before.last_loss_at;
      gains = before.realized - before.losses;
    }
    for (const auto& x : history.realizations) {
      if (!inside(x.time))
        continue;
      row.realizations += 1;
      row.net += x.pnl;
      gains += x.pnl > 0 ? x.pnl : 0;
      if (x.pnl >= 0)
        continue;
      row.losses += x.pnl;
      row.losing_realizations += 1;
      row.last_loss = x.position;
      row.last_loss_at = x.time;
    }
    auto value = by == board_by::net          ? row.net
                 : side == board_side::losers ? row.losses
                                              : gains;
    if (side == board_side::losers ? value < 0 : value > 0)
      rows.push_back(row);
  }
  auto key = [&](const board_row& x) {
    auto value = by == board_by::net          ? x.net
                 : side == board_side::losers ? x.losses
                                              : x.net - x.losses;
    return std::tuple{side == board_side::losers ? value : -value, x.last_loss,
                      x.wallet};
  };
  std::sort(rows.begin(), rows.end(),
            [&](const auto& x, const auto& y) { return key(x) < key(y); });
  return rows;
}

std::map<std::tuple<pubkey, uint32_t, int64_t>, wallet_bucket>
reference_fold::buckets() const {
  auto result
    = std::map<std::tuple<pubkey, uint32_t, int64_t>, wallet_bucket>{};
  for (const auto& [wallet, history] : impl_->histories) {
    if (wallet == known_keys::mayhem_vault)
      continue;
    for (auto length : {uint32_t{300}, uint32_t{3'600}}) {
      auto at = [&, owner = wallet](int64_t time) -> wallet_bucket& {
        auto start = bucket_start(time, length);
        auto& bucket = result[{owner, length, start}];
        bucket.wallet = owner;
        bucket.length = length;
        bucket.start = start;
        return bucket;
      };
      for (auto time : history.trades)
        at(time).trades += 1;
      for (const auto& x : history.realizations) {
        auto& bucket = at(x.time);
        bucket.realizations += 1;
        bucket.net += x.pnl;
        if (x.pnl >= 0)
          continue;
        bucket.losing_realizations += 1;
        bucket.losses += x.pnl;
        bucket.last_loss = x.position;
        bucket.last_loss_at = x.time;
      }
    }
  }
  return result;
}

void reference_fold::visit(
  const std::function<void(const trade&)>& on_trade,
  const std::function<void(const token_event&)>& on_event) const {
  for (const auto& x : impl_->rows)
    if (const auto* y = std::get_if<trade>(&x))
      on_trade(*y);
    else
      on_event(std::get<token_event>(x));
}

const std::vector<std::pair<pubkey, reserve_break>>&
reference_fold::breaks() const {
  return impl_->breaks;
}

const std::map<position_key, std::pair<i128, uint64_t>>&
reference_fold::off_venue() const {
  return impl_->off_venue;
}

std::map<pubkey, uint64_t> reference_fold::holders() const {
  auto result = std::map<pubkey, uint64_t>{};
  auto holding = std::set<std::pair<pubkey, pubkey>>{};
  for (const auto& [key, p] : impl_->positions)
    if (p.units > 0 && holding.emplace(key.first, key.second.mint).second)
      ++result[key.second.mint];
  return result;
}

} // namespace pumpscope::domain

#include "domain/token_ledger.hpp"

#include "domain/known_keys.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace pumpscope::domain {

namespace {

constexpr uint8_t dirty_m1 = 1;
constexpr uint8_t dirty_m5 = 2;

/// Seconds; beyond this a block time is nonsense and bucket sums could wrap.
constexpr auto time_max = int64_t{1} << 40;
/// Virtual reserves beyond this could leave 128 bits.
constexpr auto virtual_max = static_cast<i128>(1) << 100;

/// What a pool's trade ranks as when no migration named a pool: the reserves
/// of the money side after it, with virtual ones.
i128 effective_quote_after(const trade& x) {
  auto after = reserves_after(x);
  return has_flag(x, trade_flag::inverted)
           ? after.base
           : after.quote + x.virtual_quote_reserves;
}

/// Tells whether an event of a pool is about a pool between a coin and money:
/// of others we do not keep the trades, so their reserves cannot join.
bool is_of_coin_pool(const token_event& x) {
  return !known_keys::is_money(x.mint) && known_keys::is_money(x.quote_mint);
}

bool time_fits(int64_t x) {
  return x < time_max && x > -time_max;
}

} // namespace

token_ledger::token_ledger(const pubkey& mint) {
  state_.mint = mint;
}

token_ledger::token_ledger(token_state state) : state_(std::move(state)) {
  open_dirty_.resize(state_.series.size());
  if (state_.venues.size() > linear_max) {
    index_ = std::make_unique<venue_index>();
    for (size_t i = 0; i < state_.venues.size(); ++i)
      index_->emplace(state_.venues[i].pool, static_cast<uint32_t>(i));
  }
}

token_ledger::~token_ledger() = default;
token_ledger::token_ledger(token_ledger&&) noexcept = default;
token_ledger& token_ledger::operator=(token_ledger&&) noexcept = default;

token_ledger token_ledger::refold(const pubkey& mint) {
  auto result = token_ledger{mint};
  result.history_ = std::make_unique<candle_history>();
  return result;
}

token_ledger token_ledger::refold(token_state state) {
  auto result = token_ledger{std::move(state)};
  result.history_ = std::make_unique<candle_history>();
  for (const auto& series : result.state_.series)
    result.history_->start(series);
  return result;
}

void token_ledger::finish_refold() {
  assert(history_ != nullptr);
  for (auto& series : state_.series)
    history_->finish(series);
  closed_ = history_->bars();
  open_dirty_.assign(state_.series.size(), 0);
  history_.reset();
  dirty_ = true;
}

result<token_effect> token_ledger::apply(const trade& x) {
  assert(x.mint == state_.mint);
  auto on_venue = leads(x);
  if (auto ok = check(x, on_venue); !ok)
    return tl::make_unexpected(ok.error());
  token_effect effect;
  effect.on_venue = on_venue;
  if (on_venue) {
    auto& series = series_for(x.quote_mint);
    if (!history_ && is_older_than_open(series, x.block_time)) {
      effect.needs_refold = true;
      return effect;
    }
    note_last_trade(x, effect);
    effect.spot = spot_price(x);
    effect.previous = series.last_price;
    if (history_) {
      history_->apply(series, x, effect.spot);
    } else {
      auto number = static_cast<size_t>(&series - state_.series.data());
      domain::apply(series, x, effect.spot, effect.closed);
      for (const auto& bar : effect.closed)
        if (bar.interval == interval::m1 || bar.interval == interval::m5)
          keep_closed(number, bar);
      open_dirty_[number] = dirty_m1 | dirty_m5;
    }
  } else {
    count_off_venue(x);
  }
  if (!join_chain(x, reserves_before(x), reserves_after(x), effect))
    ++state_.trades_unchained;
  ++state_.trades;
  if (x.program == program::pump) {
    state_.curve_seen = true;
    // The oldest layouts do not tell them; a curve never has none of both.
    state_.curve_real_known = x.real_token_reserves > 0
                              || x.real_quote_reserves > 0;
    state_.curve_quote_mint = x.quote_mint;
    state_.real_token_reserves = x.real_token_reserves;
    state_.real_quote_reserves = x.real_quote_reserves;
  }
  state_.mayhem_mode = state_.mayhem_mode
                       || has_flag(x, trade_flag::mayhem_mode);
  if (x.token_decimals >= 0)
    state_.decimals = x.token_decimals;
  if (x.base_supply > 0)
    state_.base_supply = x.base_supply;
  dirty_ = true;
  return effect;
}

bool token_ledger::leads(const trade& x) const {
  if (x.program == program::pump)
    return !state_.curve_complete;
  if (state_.curve_seen && !state_.curve_complete)
    return false;
  if (state_.migrated)
    return x.pool == state_.migrated_pool;
  if (!state_.pool_leads || x.pool == state_.leading_pool)
    return true;
  auto is_sol = x.quote_mint == known_keys::wsol_mint;
  return std::pair{is_sol, effective_quote_after(x)}
         > std::pair{state_.leader_quote_is_sol, state_.leader_effective_quote};
}

result<void> token_ledger::check(const trade& x, bool on_venue) const {
  if (!time_fits(x.block_time))
    return tl::make_unexpected(errc::malformed);
  if (x.virtual_quote_reserves >= virtual_max
      || x.virtual_quote_reserves <= -virtual_max)
    return tl::make_unexpected(errc::overflow);
  auto is_quote = [&](const auto& known) {
    return known.quote_mint == x.quote_mint;
  };
  auto full = on_venue ? state_.series.size() >= series_max
                           && std::none_of(state_.series.begin(),
                                           state_.series.end(), is_quote)
                       : state_.off_venue.size() >= series_max
                           && std::none_of(state_.off_venue.begin(),
                                           state_.off_venue.end(), is_quote);
  if (full)
    return tl::make_unexpected(errc::limit_exceeded);
  return {};
}

void token_ledger::note_last_trade(const trade& x, token_effect& effect) {
  effect.leader_changed = state_.trades_on_venue > 0
                          && (x.program != state_.last_program
                              || x.pool != state_.last_pool);
  if (x.program == program::pump_amm && !state_.migrated) {
    state_.pool_leads = true;
    state_.leading_pool = x.pool;
    state_.leader_quote_is_sol = x.quote_mint == known_keys::wsol_mint;
    state_.leader_effective_quote = effective_quote_after(x);
  }
  ++state_.trades_on_venue;
  state_.last_program = x.program;
  state_.last_flags = x.flags;
  state_.last_pool = x.pool;
  state_.last_quote_mint = x.quote_mint;
  state_.last_reserves = reserves_after(x);
  state_.last_virtual_quote = x.virtual_quote_reserves;
  state_.last_fee_basis_points = x.fee_basis_points;
  state_.last_trade_at = x.block_time;
  state_.last_position = x.position;
  state_.last_sol_usd_micros = x.sol_usd_micros;
}

candle_series& token_ledger::series_for(const pubkey& quote_mint) {
  for (auto& series : state_.series)
    if (series.quote_mint == quote_mint)
      return series;
  state_.series.emplace_back();
  state_.series.back().quote_mint = quote_mint;
  open_dirty_.push_back(0);
  return state_.series.back();
}

void token_ledger::keep_closed(size_t series, const candle_change& bar) {
  auto bit = bar.interval == interval::m1 ? dirty_m1 : dirty_m5;
  if ((open_dirty_[series] & bit) != 0)
    closed_.push_back(bar);
}

void token_ledger::count_off_venue(const trade& x) {
  auto& all = state_.off_venue;
  auto it = std::find_if(all.begin(), all.end(), [&](const auto& known) {
    return known.quote_mint == x.quote_mint;
  });
  if (it == all.end()) {
    all.emplace_back();
    it = std::prev(all.end());
    it->quote_mint = x.quote_mint;
  }
  it->quote_units += static_cast<i128>(x.quote_units);
  it->token_units += static_cast<i128>(x.token_units);
  ++it->trades;
}

venue_reserves* token_ledger::venue_for(const pubkey& pool) {
  auto& venues = state_.venues;
  if (index_) {
    if (auto it = index_->find(pool); it != index_->end())
      return &venues[it->second];
  } else {
    for (auto& venue : venues)
      if (venue.pool == pool)
        return &venue;
  }
  if (venues.size() >= venues_max)
    return nullptr;
  venues.emplace_back();
  venues.back().pool = pool;
  if (index_) {
    index_->emplace(pool, static_cast<uint32_t>(venues.size() - 1));
  } else if (venues.size() > linear_max) {
    index_ = std::make_unique<venue_index>();
    for (size_t i = 0; i < venues.size(); ++i)
      index_->emplace(venues[i].pool, static_cast<uint32_t>(i));
  }
  return &venues.back();
}

template <class Row>
bool token_ledger::join_chain(const Row& x, const reserves& before,
                              const reserves& after, token_effect& effect) {
  auto* venue = venue_for(x.pool);
  if (venue == nullptr)
    return false;
  if (venue->known && venue->after != before) {
    effect.broken = reserve_break{x.pool,     venue->after, before,
                                  x.position, venue->slot,  x.block_time};
    ++state_.reserve_breaks;
    auto& kept = state_.breaks;
    if (kept.size() >= breaks_max)
      kept.erase(kept.begin());
    kept.push_back(span_of(*effect.broken));
  }
  venue->after = after;
  venue->known = true;
  venue->slot = x.position.slot;
  return true;
}

void token_ledger::restart_chain(const token_event& x, const pubkey& pool,
                                 std::optional<reserves> after) {
  auto* venue = venue_for(pool);
  if (venue == nullptr)
    return;
  venue->known = after.has_value();
  venue->after = after.value_or(reserves{});
  venue->slot = x.position.slot;
}

void token_ledger::apply_created(const token_event& x, token_effect& effect) {
  effect.was_created = !state_.created;
  state_.created = true;
  state_.name = x.name;
  state_.symbol = x.symbol;
  state_.uri = x.uri;
  state_.creator = x.creator;
  state_.created_at = x.block_time;
  state_.created_slot = x.position.slot;
  state_.created_supply = x.supply;
  state_.initial_real_token_reserves = x.real_token_reserves;
  if (x.real_token_reserves > 0) {
    state_.curve_real_known = true;
    state_.curve_quote_mint = x.quote_mint;
    state_.real_token_reserves = x.real_token_reserves;
    state_.real_quote_reserves = x.real_quote_reserves;
  }
  // The oldest layouts carry no reserves: the first trade starts the chain.
  if (x.base_reserves > 0 && x.quote_reserves > 0)
    restart_chain(x, pubkey{},
                  reserves{static_cast<i128>(x.base_reserves),
                           static_cast<i128>(x.quote_reserves)});
}

void token_ledger::apply_liquidity(const token_event& x, token_effect& effect) {
  auto sign = x.kind == token_event_kind::deposited ? 1 : -1;
  auto before = reserves{static_cast<i128>(x.base_reserves),
                         static_cast<i128>(x.quote_reserves)};
  auto after = before;
  after.base += sign * static_cast<i128>(x.base_units);
  after.quote += sign * static_cast<i128>(x.quote_units);
  join_chain(x, before, after, effect);
  note_reserves(x.pool, after);
}

void token_ledger::note_reserves(const pubkey& pool, const reserves& after) {
  if (state_.trades_on_venue > 0 && state_.last_program == program::pump_amm
      && state_.last_pool == pool)
    state_.last_reserves = after;
}

void token_ledger::apply_boost(const token_event& x) {
  auto after = reserves{static_cast<i128>(x.base_reserves),
                        static_cast<i128>(x.quote_reserves)};
  if (x.kind == token_event_kind::boost_initialized) {
    // Only the quote side is told; without it the next trade starts anew.
    auto* venue = venue_for(x.pool);
    if (venue == nullptr || !venue->known || x.quote_reserves == 0) {
      restart_chain(x, x.pool, std::nullopt);
      return;
    }
    after.base = venue->after.base;
  }
  restart_chain(x, x.pool, after);
  note_reserves(x.pool, after);
}

result<token_effect> token_ledger::apply(const token_event& x) {
  assert(x.mint == state_.mint);
  if (!time_fits(x.block_time))
    return tl::make_unexpected(errc::malformed);
  token_effect effect;
  switch (x.kind) {
    case token_event_kind::created:
      apply_created(x, effect);
      break;
    case token_event_kind::completed:
      state_.curve_complete = true;
      break;
    case token_event_kind::migrated:
      effect.was_graduated = !state_.migrated;
      state_.curve_complete = true;
      if (effect.was_graduated) {
        state_.migrated = true;
        state_.migrated_pool = x.pool;
        state_.graduated_at = x.block_time;
      }
      break;
    case token_event_kind::pool_created:
      if (is_of_coin_pool(x))
        restart_chain(x, x.pool,
                      reserves{static_cast<i128>(x.base_reserves),
                               static_cast<i128>(x.quote_reserves)});
      break;
    case token_event_kind::deposited:
    case token_event_kind::withdrawn:
      if (is_of_coin_pool(x))
        apply_liquidity(x, effect);
      break;
    case token_event_kind::virtual_params_updated:
      state_.mayhem_mode = true;
      restart_chain(x, pubkey{},
                    reserves{static_cast<i128>(x.base_reserves),
                             static_cast<i128>(x.quote_reserves)});
      if (x.real_token_reserves > 0) {
        state_.real_token_reserves = x.real_token_reserves;
        state_.real_quote_reserves = x.real_quote_reserves;
      }
      break;
    case token_event_kind::boost_initialized:
    case token_event_kind::boost_bought:
      apply_boost(x);
      break;
    case token_event_kind::slot_voided:
      // Of no token: never folded.
      break;
  }
  if ((x.flags & trade_flag::mayhem_mode) != 0)
    state_.mayhem_mode = true;
  if (x.token_decimals >= 0)
    state_.decimals = x.token_decimals;
  dirty_ = true;
  return effect;
}

const candle_series* token_ledger::find_series(const pubkey& quote_mint) const {
  for (const auto& series : state_.series)
    if (series.quote_mint == quote_mint)
      return &series;
  return nullptr;
}

const candle_series* token_ledger::leading_series() const {
  return state_.trades_on_venue == 0 ? nullptr
                                     : find_series(state_.last_quote_mint);
}

std::optional<candle> token_ledger::open_candle(const pubkey& quote_mint,
                                                interval length) const {
  const auto* series = find_series(quote_mint);
  return series == nullptr ? std::nullopt
                           : domain::open_candle(*series, length);
}

price token_ledger::spot() const {
  const auto* series = leading_series();
  return series == nullptr ? price{} : series->last_price;
}

std::vector<candle_change> token_ledger::take_dirty_candles() {
  auto result = std::exchange(closed_, {});
  for (size_t i = 0; i < state_.series.size(); ++i) {
    const auto& series = state_.series[i];
    for (auto [bit, length] :
         {std::pair{dirty_m1, interval::m1}, std::pair{dirty_m5, interval::m5}})
      if ((open_dirty_[i] & bit) != 0)
        result.push_back(
          {series.quote_mint, length, *domain::open_candle(series, length)});
    open_dirty_[i] = 0;
  }
  dirty_ = false;
  return result;
}

size_t token_ledger::memory_bytes() const {
  auto bytes = sizeof(*this) + closed_.capacity() * sizeof(candle_change)
               + open_dirty_.capacity() + state_.name.capacity()
               + state_.symbol.capacity() + state_.uri.capacity()
               + state_.off_venue.capacity() * sizeof(off_venue_volume)
               + state_.venues.capacity() * sizeof(venue_reserves)
               + state_.series.capacity() * sizeof(candle_series)
               + state_.breaks.capacity() * sizeof(break_span);
  for (const auto& series : state_.series)
    bytes += series.wallets.bucket_count()
             * (sizeof(wallet_set::value_type) + 1);
  if (index_)
    bytes += sizeof(venue_index)
             + index_->bucket_count() * (sizeof(venue_index::value_type) + 1);
  return bytes;
}

} // namespace pumpscope::domain

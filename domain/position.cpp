#include "domain/position.hpp"

#include <cassert>

namespace pumpscope::domain {

namespace {

/// Legs and sums below these keep every sum of a position exact: the next
/// addition cannot leave 128 bits, so that the fold itself needs no check per
/// addition and a refused trade changes nothing.
constexpr auto leg_max = static_cast<i128>(1) << 72;
constexpr auto sum_max = static_cast<i128>(1) << 120;

bool in_range(i128 x, i128 max) {
  return x < max && x > -max;
}

bool has_headroom(const position& x) {
  return in_range(x.units, sum_max) && in_range(x.cost_basis, sum_max)
         && in_range(x.bought_units, sum_max) && in_range(x.sold_units, sum_max)
         && in_range(x.invested, sum_max) && in_range(x.proceeds, sum_max)
         && in_range(x.realized, sum_max) && in_range(x.realized_gross, sum_max)
         && in_range(x.realized_fifo, sum_max)
         && in_range(x.unmatched_proceeds, sum_max)
         && in_range(x.cost_basis_gross, sum_max)
         && in_range(x.cost_out, sum_max);
}

void add_held(position& pos, i128 units, int64_t seconds) {
  // Block times may go back; a negative holding time means nothing.
  if (seconds <= 0)
    return;
  i128 product = 0;
  i128 sum = 0;
  if (__builtin_mul_overflow(units, static_cast<i128>(seconds), &product)
      || __builtin_add_overflow(pos.held_unit_seconds, product, &sum))
    sum = i128_max;
  pos.held_unit_seconds = sum;
}

/// Takes `units` from the oldest lots and returns what they cost. A lot
/// without units (bought for a price all the same) goes with the one before
/// it, so that nothing stays when all units are sold.
i128 take_lots(position& pos, i128 units, int64_t now) {
  i128 cost_out = 0;
  auto rest = units;
  while (!pos.lots.empty()) {
    auto& oldest = pos.lots.front();
    if (rest >= oldest.units) {
      cost_out += oldest.cost;
      rest -= oldest.units;
      add_held(pos, oldest.units, now - oldest.bought_at);
      pos.lots.pop_front();
      continue;
    }
    if (rest > 0) {
      auto cost = mul_div_floor(oldest.cost, rest, oldest.units);
      cost_out += cost;
      oldest.cost -= cost;
      oldest.units -= rest;
      add_held(pos, rest, now - oldest.bought_at);
    }
    break;
  }
  return cost_out;
}

void buy(position& pos, const trade& x) {
  auto units = static_cast<i128>(x.token_units);
  pos.units += units;
  pos.bought_units += units;
  pos.cost_basis += x.net_quote_units;
  pos.cost_basis_gross += static_cast<i128>(x.quote_units);
  pos.invested += x.net_quote_units;
  ++pos.buys;
  pos.lots.push_back({units, x.net_quote_units, x.block_time});
}

void sell(position& pos, const trade& x, position_effect& effect) {
  auto units = static_cast<i128>(x.token_units);
  auto net = x.net_quote_units;
  auto gross = static_cast<i128>(x.quote_units);
  auto matched_units = std::min(units, pos.units);
  pos.sold_units += units;
  pos.proceeds += net;
  ++pos.sells;
  i128 matched = 0;
  if (matched_units > 0) {
    auto all = matched_units == pos.units;
    auto cost_out = all
                      ? pos.cost_basis
                      : mul_div_floor(pos.cost_basis, matched_units, pos.units);
    auto cost_out_gross = all ? pos.cost_basis_gross
                              : mul_div_floor(pos.cost_basis_gross,
                                              matched_units, pos.units);
    auto matched_gross = gross;
    matched = net;
    if (matched_units != units) {
      matched = mul_div_floor(net, matched_units, units);
      matched_gross = mul_div_floor(gross, matched_units, units);
    }
    effect.realized = true;
    effect.pnl = matched - cost_out;
    effect.pnl_gross = matched_gross - cost_out_gross;
    effect.pnl_fifo = matched - take_lots(pos, matched_units, x.block_time);
    effect.cost_out = cost_out;
    effect.matched_units = matched_units;
    pos.units -= matched_units;
    pos.cost_basis -= cost_out;
    pos.cost_basis_gross -= cost_out_gross;
    pos.cost_out += cost_out;
    pos.matched_units += matched_units;
    pos.realized += effect.pnl;
    pos.realized_gross += effect.pnl_gross;
    pos.realized_fifo += effect.pnl_fifo;
    ++pos.realizations;
    pos.wins += effect.pnl > 0 ? 1 : 0;
  }
  effect.unmatched_units = units - matched_units;
  effect.unmatched_proceeds = net - matched;
  pos.unmatched_units += effect.unmatched_units;
  pos.unmatched_proceeds += effect.unmatched_proceeds;
}

} // namespace

result<position_effect> apply(position& pos, const trade& x) {
  assert(x.mint == pos.key.mint && x.quote_mint == pos.key.quote_mint);
  if (!in_range(x.net_quote_units, leg_max) || !has_headroom(pos))
    return tl::make_unexpected(errc::overflow);
  auto effect = position_effect{};
  effect.units_before = pos.units;
  effect.opened = pos.buys + pos.sells == 0;
  if (effect.opened)
    pos.first_trade_at = x.block_time;
  pos.last_trade_at = x.block_time;
  if (x.side == trade_side::buy)
    buy(pos, x);
  else
    sell(pos, x, effect);
  effect.units_after = pos.units;
  return effect;
}

position without_lots(const position& x) {
  auto y = position{};
  y.key = x.key;
  y.units = x.units;
  y.cost_basis = x.cost_basis;
  y.bought_units = x.bought_units;
  y.sold_units = x.sold_units;
  y.invested = x.invested;
  y.proceeds = x.proceeds;
  y.realized = x.realized;
  y.realized_gross = x.realized_gross;
  y.realized_fifo = x.realized_fifo;
  y.unmatched_units = x.unmatched_units;
  y.unmatched_proceeds = x.unmatched_proceeds;
  y.buys = x.buys;
  y.sells = x.sells;
  y.realizations = x.realizations;
  y.wins = x.wins;
  y.cost_basis_gross = x.cost_basis_gross;
  y.cost_out = x.cost_out;
  y.matched_units = x.matched_units;
  y.held_unit_seconds = x.held_unit_seconds;
  y.first_trade_at = x.first_trade_at;
  y.last_trade_at = x.last_trade_at;
  return y;
}

bool conserves(const position& x) {
  i128 lot_units = 0;
  i128 lot_cost = 0;
  for (const auto& piece : x.lots) {
    lot_units += piece.units;
    lot_cost += piece.cost;
  }
  auto fifo_cost_out = x.invested - lot_cost;
  return x.invested == x.cost_out + x.cost_basis
         && x.bought_units == x.matched_units + x.units
         && x.sold_units == x.matched_units + x.unmatched_units
         && x.realized == x.proceeds - x.unmatched_proceeds - x.cost_out
         && x.realized_fifo == x.proceeds - x.unmatched_proceeds - fifo_cost_out
         && lot_units == x.units && x.units >= 0
         && (x.units != 0
             || (x.cost_basis == lot_cost && x.realized == x.realized_fifo));
}

double hold_seconds_average(const position& x) {
  if (x.matched_units <= 0)
    return 0.0;
  return static_cast<double>(x.held_unit_seconds)
         / static_cast<double>(x.matched_units);
}

double coverage(i128 matched_units, i128 sold_units) {
  if (sold_units <= 0)
    return 1.0;
  return static_cast<double>(matched_units) / static_cast<double>(sold_units);
}

} // namespace pumpscope::domain

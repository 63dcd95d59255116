#include "actors/token_candles.hpp"

#include "actors/chain_order.hpp"
#include "actors/fold_sums.hpp"
#include "actors/keep_last.hpp"
#include "domain/base58.hpp"
#include "domain/planted_bug.hpp"
#include "domain/token_metrics.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace pumpscope::actors {

namespace {

/// How much of its curve a token has sold; nothing once a pool leads.
std::optional<double> curve_progress(const domain::token_state& x) {
  if (x.last_program != domain::program::pump)
    return std::nullopt;
  return domain::progress(x);
}

} // namespace

void token_candles_state::handle(const messages::fold_token& x) {
  auto& work = *x.work.operator->();
  auto part = x.work.part();
  auto timed = messages::fold_timer{work, part};
  auto& rows = work.parts_of[part];
  if (rows.history) {
    fold_history(*rows.history, part, work);
    x.work.done();
    return;
  }
  auto before = open_state_sums(ledger);
  auto& grown = work.sums[part];
  for (auto i = rows.begin; i < rows.end; ++i) {
    ++rows_total;
    auto ref = work.rows[i];
    auto is_event = (ref & messages::token_event_bit) != 0;
    auto index = ref & ~messages::token_event_bit;
    if (planted(domain::bug::token_doubles_row) && i == rows.begin && !is_event)
      static_cast<void>(ledger.apply(work.epoch->trades[index]));
    auto effect = is_event ? ledger.apply(work.epoch->token_events[index])
                           : ledger.apply(work.epoch->trades[index]);
    if (!effect) {
      ++refused_total;
      ++work.refused[part];
      continue;
    }
    auto jpos = is_event ? work.epoch->token_events[index].jpos
                         : work.epoch->trades[index].jpos;
    if (!effect->needs_refold)
      note_change(jpos, effect->closed);
    grown.units += candle_units(effect->closed);
    auto& slim = work.effects[i];
    slim.needs_refold = effect->needs_refold;
    slim.on_venue = effect->on_venue;
    slim.was_created = effect->was_created;
    slim.was_graduated = effect->was_graduated;
    slim.spot = effect->spot;
    slim.previous = effect->previous;
    slim.broken = effect->broken;
    if (effect->on_venue) {
      slim.market_cap = domain::market_cap(ledger.state());
      slim.progress = curve_progress(ledger.state());
      last_side = work.epoch->trades[index].side;
    }
    // From here on the state is not the fold of the rows: stop, be replaced.
    if (slim.needs_refold)
      break;
  }
  grown += open_state_sums(ledger);
  grown -= before;
  x.work.done();
}

void token_candles_state::fold_history(const messages::history_page& page,
                                       size_t part,
                                       messages::token_work& work) {
  if (page.first) {
    auto start = messages::start_token(ledger.state().mint, page.start);
    // The journal cannot make again what it has dropped.
    if (!start)
      throw std::runtime_error("the baseline of a token is damaged");
    ledger = std::move(*start);
    history_breaks.clear();
    history_before = open_state_sums(ledger);
  }
  for_each_in_chain_order(page.rows, [&](const auto& row) {
    ++rows_total;
    seq = std::max(seq, row.jpos);
    auto effect = ledger.apply(row);
    if (!effect) {
      ++refused_total;
      ++work.refused[part];
    } else if (effect->broken && history_breaks.size() < breaks_max) {
      history_breaks.push_back(*effect->broken);
    }
  });
  if (!page.last)
    return;
  open_changed = true;
  refolded_at = work.epoch->after.epoch;
  auto& result = work.histories[part];
  result.breaks = std::exchange(history_breaks, {});
  result.reserve_breaks = ledger.state().reserve_breaks;
  ledger.finish_refold();
  refolded = ledger.take_dirty_candles();
  result.candles = refolded;
  auto& grown = work.sums[part];
  grown = off_candle_sums(ledger);
  grown.units += candle_units(refolded);
  grown -= history_before;
  result.market_cap = domain::market_cap(ledger.state());
  result.progress = curve_progress(ledger.state());
  if (auto series = ledger.leading_series())
    result.quote_mint = series->quote_mint;
}

void token_candles_state::handle(const messages::snapshot_token& request) {
  auto& rows = request.work->rows_of[request.work.part()];
  auto& mint = ledger.state().mint;
  auto changed = std::exchange(refolded, {});
  if (planted(domain::bug::token_forgets_refolded))
    changed.clear();
  // Later states of the same bars come behind and win.
  for (auto& candle : ledger.take_dirty_candles())
    changed.push_back(std::move(candle));
  keep_last(changed, [](const domain::candle_change& x) {
    return std::tuple{x.quote_mint, x.interval, x.candle.open_time};
  });
  rows.candles.reserve(changed.size());
  for (auto& change : changed)
    rows.candles.push_back(
      {mint, change.quote_mint, change.interval, change.candle});
  rows.token = messages::make_token_row(ledger);
  request.work.done();
}

void token_candles_state::note_change(uint64_t jpos,
                                      const domain::closed_candles& bars) {
  if (!publishes)
    return;
  for (auto& bar : bars) {
    if (closed.size() >= messages::token_change::bars_max) {
      bars_lost = closed.front().seq;
      closed.erase(closed.begin());
    }
    // Before the first row of this run only a bound is known.
    closed.push_back({bar, seq != 0 ? seq : jpos - 1, true});
  }
  seq = jpos;
  open_changed = true;
}

void token_candles_state::handle(const messages::collect_token& x) {
  auto& result = x.work->rows_of[x.work.part()];
  result.token = domain::summarize(ledger);
  result.token.last_side = last_side;
  result.seq = seq;
  result.bars = std::exchange(closed, {});
  result.bars_lost = std::exchange(bars_lost, 0);
  result.refolded = refolded_at;
  if (std::exchange(open_changed, false))
    if (auto series = ledger.leading_series())
      for (auto interval : domain::all_intervals)
        if (auto bar = ledger.open_candle(series->quote_mint, interval))
          result.bars.push_back(
            {{series->quote_mint, interval, *bar}, seq, false});
  x.work.done();
}

messages::token_view_ptr token_candles_state::view() const {
  auto result = std::make_shared<messages::token_view>();
  result->known = true;
  result->state = ledger.state();
  result->summary = domain::summarize(ledger);
  result->summary.last_side = last_side;
  result->seq = seq;
  result->refolded = refolded_at;
  return result;
}

caf::settings token_candles_state::status() const {
  auto result = caf::settings{};
  put(result, "mint", to_string(ledger.state().mint));
  put(result, "trades", ledger.state().trades);
  put(result, "rows_total", rows_total);
  put(result, "refused_total", refused_total);
  put(result, "reserve_breaks", ledger.state().reserve_breaks);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  put(result, "bytes", static_cast<uint64_t>(ledger.memory_bytes()));
  return result;
}

messages::token_candles_actor::behavior_type token_candles(
  messages::token_candles_actor::stateful_pointer<token_candles_state> self,
  domain::token_ledger ledger, bool publishes) {
  self->state.self = self;
  self->state.publishes = publishes;
  self->state.ledger = std::move(ledger);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::fold_token& x) { self->state.handle(x); },
    [self](const messages::snapshot_token& x) { self->state.handle(x); },
    [self](const messages::collect_token& x) { self->state.handle(x); },
    [self](atom::get) { return self->state.view(); },
  };
}

} // namespace pumpscope::actors

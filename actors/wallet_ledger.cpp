#include "actors/wallet_ledger.hpp"

#include "actors/fold_sums.hpp"
#include "domain/base58.hpp"
#include "domain/planted_bug.hpp"
#include "domain/wallet_windows.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Coins that the wallet holds against any quote, ascending.
std::vector<domain::pubkey> held_mints(const domain::wallet_ledger& x) {
  auto result = std::vector<domain::pubkey>{};
  for (size_t i = 0; i < x.size(); ++i)
    if (x.at(i).units > 0)
      result.push_back(x.at(i).key.mint);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

} // namespace

void wallet_ledger_state::handle(const messages::fold_wallet& x) {
  auto& work = *x.work.operator->();
  auto part = x.work.part();
  auto timed = messages::fold_timer{work, part};
  auto& rows = work.parts_of[part];
  if (rows.history) {
    fold_history(*rows.history, part, work);
    x.work.done();
    return;
  }
  auto before = state_sums(ledger);
  for (auto i = rows.begin; i < rows.end; ++i) {
    if (planted(domain::bug::wallet_loses_row) && i > rows.begin
        && i + 1 == rows.end)
      break;
    ++rows_total;
    auto& trade = work.epoch->trades[work.rows[i]];
    auto effect = ledger.apply(trade);
    if (effect) {
      work.effects[i] = *effect;
      note_change(trade);
    } else {
      ++refused_total;
      ++work.refused[part];
    }
  }
  work.sums[part] = state_sums(ledger);
  work.sums[part] -= before;
  x.work.done();
}

void wallet_ledger_state::fold_history(const messages::history_page& page,
                                       size_t part,
                                       messages::wallet_work& work) {
  auto lost_at = work.parts_of[part].lost_at;
  if (page.first) {
    auto start = messages::start_wallet(ledger.wallet(), page.start);
    // The journal cannot make again what it has dropped.
    if (!start)
      throw std::runtime_error("the baseline of a wallet is damaged");
    history = std::make_unique<messages::wallet_history_result>();
    knows_held_before = !publishes || lost_at == 0;
    if (publishes && lost_at == 0)
      history->held_before = held_mints(ledger);
    ledger = std::move(*start);
    history_before = state_sums(ledger);
  }
  // Dying is right then: the partition has the next one begin at the beginning.
  if (!history)
    throw std::logic_error("a history lacks its beginning");
  for (auto& trade : page.rows.trades) {
    // Later rows come behind those that the lost one had folded.
    if (!knows_held_before && trade.jpos > lost_at) {
      history->held_before = held_mints(ledger);
      knows_held_before = true;
    }
    ++rows_total;
    auto effect = ledger.apply(trade);
    if (effect) {
      domain::add_to_buckets(history->buckets, ledger.wallet(), *effect);
      note_change(trade);
    } else {
      ++refused_total;
      ++work.refused[part];
    }
  }
  if (!page.last)
    return;
  work.sums[part] = state_sums(ledger);
  work.sums[part] -= history_before;
  history->totals = ledger.totals();
  if (publishes)
    history->held = held_mints(ledger);
  if (!knows_held_before)
    history->held_before = history->held;
  work.histories[part] = std::move(*history);
  history.reset();
}

void wallet_ledger_state::handle(const messages::snapshot_wallet& x) {
  auto& rows = x.work->rows_of[x.work.part()];
  rows.wallet = {ledger.wallet(), ledger.totals(), {}};
  auto dirty = ledger.take_dirty();
  rows.positions.reserve(dirty.size());
  for (auto i : dirty) {
    auto& position = ledger.at(i);
    rows.positions.push_back(
      messages::make_position_row(ledger.wallet(), position));
  }
  x.work.done();
}

void wallet_ledger_state::note_change(const domain::trade& x) {
  if (!publishes)
    return;
  if (x.jpos > seq) {
    seq = x.jpos;
    slot = x.position.slot;
  }
  auto key = domain::position_key{x.mint, x.quote_mint};
  if (std::find(changed.begin(), changed.end(), key) != changed.end())
    return;
  if (changed.size() >= messages::wallet_change::positions_max)
    changed.erase(changed.begin());
  changed.push_back(key);
}

void wallet_ledger_state::handle(const messages::collect_wallet& x) {
  auto& result = x.work->rows_of[x.work.part()];
  result = describe(ledger);
  result.seq = seq;
  result.slot = slot;
  result.positions.reserve(changed.size());
  for (auto& key : changed)
    if (auto position = ledger.find(key))
      result.positions.push_back(domain::without_lots(*position));
  // What an earlier process changed and did not tell is among the others.
  for (size_t i = 0;
       !told && i < ledger.size()
       && result.positions.size() < messages::wallet_change::positions_max;
       ++i)
    if (std::find(changed.begin(), changed.end(), ledger.at(i).key)
        == changed.end())
      result.positions.push_back(domain::without_lots(ledger.at(i)));
  told = true;
  // Millions of wallets need not keep room for the next time.
  changed = {};
  x.work.done();
}

messages::wallet_change describe(const domain::wallet_ledger& x) {
  auto result = messages::wallet_change{};
  result.wallet = x.wallet();
  result.totals = x.totals();
  return result;
}

messages::wallet_view_ptr wallet_ledger_state::view() const {
  auto result = std::make_shared<messages::wallet_view>();
  result->wallet = ledger.wallet();
  result->totals = ledger.totals();
  for (size_t i = 0; i < ledger.size(); ++i)
    result->positions.push_back(ledger.at(i));
  result->seq = seq;
  result->slot = slot;
  return result;
}

caf::settings wallet_ledger_state::status() const {
  auto result = caf::settings{};
  put(result, "wallet", to_string(ledger.wallet()));
  put(result, "positions", static_cast<uint64_t>(ledger.size()));
  put(result, "rows_total", rows_total);
  put(result, "refused_total", refused_total);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  put(result, "bytes", static_cast<uint64_t>(ledger.memory_bytes()));
  return result;
}

messages::wallet_ledger_actor::behavior_type wallet_ledger(
  messages::wallet_ledger_actor::stateful_pointer<wallet_ledger_state> self,
  domain::wallet_ledger ledger, bool publishes) {
  self->state.self = self;
  self->state.publishes = publishes;
  self->state.ledger = std::move(ledger);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::fold_wallet& x) { self->state.handle(x); },
    [self](const messages::snapshot_wallet& x) { self->state.handle(x); },
    [self](const messages::collect_wallet& x) { self->state.handle(x); },
    [self](atom::totals) { return self->state.ledger.totals(); },
    [self](atom::get) { return self->state.view(); },
  };
}

} // namespace pumpscope::actors

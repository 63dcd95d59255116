#include "domain/wallet_ledger.hpp"

#include "domain/known_keys.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace pumpscope::domain {

namespace {

constexpr auto sum_max = static_cast<i128>(1) << 120;

/// The totals are sums over positions; this bounds those that grow by a leg
/// with each trade, and the others are never larger.
bool has_headroom(const wallet_totals& x) {
  auto in_range = [](i128 sum) { return sum < sum_max && sum > -sum_max; };
  return in_range(x.invested) && in_range(x.proceeds) && in_range(x.cost_out)
         && in_range(x.realized) && in_range(x.realized_gross)
         && in_range(x.realized_fifo) && in_range(x.volume)
         && in_range(x.losses) && in_range(x.sold_units);
}

/// Adds to the run of realizations with a negative PnL, or ends it.
void count_streak(wallet_totals& totals, i128 pnl) {
  if (pnl >= 0) {
    totals.loss_streak = 0;
    totals.loss_streak_sum = 0;
    return;
  }
  ++totals.loss_streak;
  totals.loss_streak_sum += pnl;
  totals.loss_streak_max = std::max(totals.loss_streak_max, totals.loss_streak);
  totals.loss_streak_worst = std::max(totals.loss_streak_worst,
                                      -totals.loss_streak_sum);
}

void count_realization(wallet_totals& totals, const trade& x,
                       const position_effect& effect) {
  totals.realized += effect.pnl;
  totals.realized_gross += effect.pnl_gross;
  totals.realized_fifo += effect.pnl_fifo;
  totals.cost_out += effect.cost_out;
  totals.sold_units_matched += effect.matched_units;
  ++totals.realizations;
  totals.wins += effect.pnl > 0 ? 1 : 0;
  if (effect.pnl < 0) {
    totals.losses += effect.pnl;
    ++totals.losing_realizations;
    totals.last_loss = x.position;
    totals.last_loss_at = x.block_time;
  }
  count_streak(totals, effect.pnl);
}

void count_buy(wallet_totals& totals, const trade& x) {
  totals.invested += x.net_quote_units;
  // "After a loss": the wallet's last realization was one.
  if (totals.loss_streak > 0) {
    ++totals.buys_after_loss;
    totals.buys_grown_after_loss
      += x.net_quote_units > totals.buy_size_last ? 1 : 0;
  }
  totals.buy_size_last = x.net_quote_units;
}

} // namespace

void apply(wallet_totals& totals, const trade& x,
           const position_effect& effect) {
  if (totals.trades == 0)
    totals.first_trade_at = x.block_time;
  totals.last_trade_at = x.block_time;
  ++totals.trades;
  totals.tokens += effect.opened ? 1 : 0;
  totals.volume += static_cast<i128>(x.quote_units);
  if (x.side == trade_side::buy) {
    count_buy(totals, x);
    return;
  }
  totals.proceeds += x.net_quote_units;
  totals.sold_units += static_cast<i128>(x.token_units);
  if (effect.realized)
    count_realization(totals, x, effect);
}

wallet_ledger::wallet_ledger(const pubkey& wallet) : wallet_(wallet) {
  // nop
}

wallet_ledger::wallet_ledger(const pubkey& wallet, const wallet_totals& totals,
                             std::vector<position> positions)
  : wallet_(wallet), totals_(totals) {
  entries_.reserve(positions.size());
  for (auto& x : positions) {
    note_quote(x.key);
    entries_.push_back({std::move(x), false});
  }
  if (entries_.size() > linear_max) {
    index_ = std::make_unique<index_map>();
    index_->reserve(entries_.size());
    for (size_t i = 0; i < entries_.size(); ++i)
      index_->emplace(entries_[i].value.key, static_cast<uint32_t>(i));
  }
}

result<wallet_effect> wallet_ledger::apply(const trade& x) {
  assert(x.wallet == wallet_);
  auto is_sol = x.quote_mint == known_keys::wsol_mint;
  if (is_sol && !has_headroom(totals_))
    return tl::make_unexpected(errc::overflow);
  auto key = position_key{x.mint, x.quote_mint};
  auto index = index_of(key);
  auto is_new = index == entries_.size();
  if (is_new)
    add(key);
  auto& slot = entries_[index];
  auto effect = domain::apply(slot.value, x);
  if (!effect) {
    if (is_new)
      remove_last();
    return tl::make_unexpected(effect.error());
  }
  if (!slot.dirty) {
    slot.dirty = true;
    dirty_.push_back(index);
  }
  if (is_sol)
    domain::apply(totals_, x, *effect);
  auto out = wallet_effect{};
  out.counts_on_boards = is_sol && wallet_ != known_keys::mayhem_vault;
  out.realized = effect->realized;
  out.opened = effect->opened;
  if (auto delta = holders_delta(effect->units_before, effect->units_after);
      delta != 0 && !holds_elsewhere(key))
    out.holders = static_cast<int8_t>(delta);
  out.pnl = effect->pnl;
  out.block_time = x.block_time;
  out.position = x.position;
  out.key = key;
  return out;
}

const position* wallet_ledger::find(const position_key& key) const {
  auto index = index_of(key);
  return index == entries_.size() ? nullptr : &entries_[index].value;
}

std::vector<uint32_t> wallet_ledger::take_dirty() {
  for (auto index : dirty_)
    entries_[index].dirty = false;
  return std::exchange(dirty_, {});
}

void wallet_ledger::mark_all_dirty() {
  dirty_.clear();
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].dirty = true;
    dirty_.push_back(i);
  }
}

size_t wallet_ledger::memory_bytes() const {
  auto bytes = sizeof(*this) + entries_.capacity() * sizeof(entry)
               + dirty_.capacity() * sizeof(uint32_t);
  for (const auto& x : entries_)
    bytes += x.value.lots.heap_bytes();
  if (index_)
    bytes += sizeof(index_map)
             + static_cast<size_t>(
               static_cast<float>(index_->size()) / index_->load_factor()
               * static_cast<float>(sizeof(index_map::value_type) + 1));
  return bytes;
}

bool wallet_ledger::holds_elsewhere(const position_key& key) const {
  auto holds = [&](const position& x) {
    return x.units > 0 && x.key.mint == key.mint && x.key != key;
  };
  // Looking at every position is too slow for a wallet with thousands.
  if (!index_ || has_exotic_quote_)
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const entry& x) { return holds(x.value); });
  for (const auto* quote :
       {&known_keys::wsol_mint, &known_keys::usdc_mint, &known_keys::usdt_mint})
    if (const auto* x = find({key.mint, *quote}); x != nullptr && holds(*x))
      return true;
  return false;
}

void wallet_ledger::note_quote(const position_key& key) {
  has_exotic_quote_ = has_exotic_quote_
                      || !known_keys::is_money(key.quote_mint);
}

uint32_t wallet_ledger::index_of(const position_key& key) const {
  auto none = static_cast<uint32_t>(entries_.size());
  if (index_) {
    auto it = index_->find(key);
    return it == index_->end() ? none : it->second;
  }
  for (uint32_t i = 0; i < none; ++i)
    if (entries_[i].value.key == key)
      return i;
  return none;
}

void wallet_ledger::add(const position_key& key) {
  // Most wallets have one to three positions of half a kilobyte: doubling
  // would waste more than it saves.
  if (entries_.size() == entries_.capacity())
    entries_.reserve(entries_.size() < linear_max
                       ? entries_.size() + 1
                       : entries_.size() + entries_.size() / 2);
  entries_.emplace_back();
  entries_.back().value.key = key;
  note_quote(key);
  if (index_) {
    index_->emplace(key, static_cast<uint32_t>(entries_.size() - 1));
  } else if (entries_.size() > linear_max) {
    index_ = std::make_unique<index_map>();
    for (size_t i = 0; i < entries_.size(); ++i)
      index_->emplace(entries_[i].value.key, static_cast<uint32_t>(i));
  }
}

void wallet_ledger::remove_last() {
  if (index_)
    index_->erase(entries_.back().value.key);
  entries_.pop_back();
}

} // namespace pumpscope::domain

#include "actors/epoch_builder.hpp"

#include "domain/attribution.hpp"
#include "domain/planted_bug.hpp"
#include "domain/update_decoder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pumpscope::actors {

namespace {

using domain::chain_position;

std::shared_ptr<messages::epoch> open_epoch(const messages::head_row& head) {
  auto result = std::make_shared<messages::epoch>();
  result->before = head;
  result->after = head;
  ++result->after.epoch;
  return result;
}

/// Pools name their mints in base/quote order; rows as coin and money.
messages::pool_row pool_of(const domain::pubkey& pool,
                           const domain::pubkey& mint,
                           const domain::pubkey& quote_mint, bool inverted) {
  return inverted ? messages::pool_row{pool, quote_mint, mint}
                  : messages::pool_row{pool, mint, quote_mint};
}

} // namespace

epoch_builder::epoch_builder(messages::head_row head, size_t rows_max,
                             const std::vector<messages::pool_row>& pools,
                             std::set<chain_position> open_rows)
  : head_{head},
    rows_max_{std::max<size_t>(rows_max, 1)},
    open_rows_{std::move(open_rows)} {
  for (auto& x : pools)
    pools_.emplace(x.pool, x);
  last_position_ = {head.sealed_slot, std::numeric_limits<uint32_t>::max(),
                    std::numeric_limits<uint32_t>::max()};
  if (!open_rows_.empty())
    last_position_ = std::max(last_position_, *open_rows_.rbegin());
  current_ = open_epoch(head_);
}

bool epoch_builder::has_content() const {
  auto& x = *current_;
  return !x.trades.empty() || !x.token_events.empty() || !x.slots.empty()
         || !x.dead_letters.empty() || !x.dead_letters_resolved.empty()
         || !x.slots_voided.empty() || !x.gaps_opened.empty()
         || !x.gaps_filled.empty() || !x.pools.empty() || !x.repairs.empty();
}

bool epoch_builder::is_below(const domain::trade& x) const {
  return is_dropped(x.position.slot)
         || (retention_.pass != 0 && x.block_time < retention_.start_time);
}

bool epoch_builder::is_below(const domain::token_event& x) const {
  return is_dropped(x.position.slot);
}

template <class Row>
void epoch_builder::refuse_below(const Row& x, bool is_news,
                                 messages::slot_row& row) {
  ++counters_.below_retention;
  if (!is_news)
    return;
  current_->dead_letters.push_back(
    {x.position,
     x.signature,
     x.block_time != 0 ? x.block_time : x.event_time,
     x.program,
     domain::dead_letter_reason::below_retention,
     domain::decoder_version,
     {}});
  ++row.dead_letters;
  ++counters_.dead_letters;
}

void epoch_builder::refuse_slot(const domain::sealed_slot& x) {
  auto row = messages::slot_row{};
  for (auto& transaction : x.transactions) {
    for (auto& trade : transaction.trades)
      refuse_below(trade, !x.rest, row);
    for (auto& event : transaction.token_events)
      refuse_below(event, !x.rest, row);
  }
}

void epoch_builder::add(domain::sealed_slot&& x) {
  if (is_dropped(x.slot)) {
    refuse_slot(x);
    return;
  }
  auto row = messages::slot_row{};
  row.slot = x.slot;
  row.parent = x.parent;
  row.executed_transactions = x.executed_transactions;
  row.failed_transactions = x.failed_transactions;
  row.block_time = x.block_time.value_or(0);
  for (auto& transaction : x.transactions) {
    add_transaction(std::move(transaction), x, row);
    auto& after = current_->after;
    auto rows = current_->trades.size() + current_->token_events.size();
    if (rows >= rows_max_ && !x.late) {
      if (after.open_slot != x.slot && row.trades + row.token_events > 0) {
        after.open_slot = x.slot;
        after.open_slot_jpos = after.jpos + 1 - row.trades - row.token_events;
      }
      if (planted(domain::bug::builder_drops_last_row)
          && !current_->trades.empty()
          && current_->trades.back().jpos == after.jpos) {
        current_->trades.pop_back();
        --after.jpos;
      }
      cut();
    }
  }
  if (x.rest)
    return;
  auto& after = current_->after;
  after.chain_time = std::max(after.chain_time, row.block_time);
  if (!x.late) {
    after.sealed_slot = x.slot;
    if (after.first_slot == 0)
      after.first_slot = x.slot;
    after.open_slot = 0;
    after.open_slot_jpos = 0;
    last_position_ = std::max(last_position_, chain_position{x.slot, 0, 0});
  }
  current_->slots.push_back(row);
}

void epoch_builder::add_transaction(domain::parsed_transaction&& x,
                                    const domain::sealed_slot& slot,
                                    messages::slot_row& row) {
  // Trades and events of a transaction share one order: the instruction path.
  auto trade = x.trades.begin();
  auto event = x.token_events.begin();
  while (trade != x.trades.end() || event != x.token_events.end()) {
    auto trade_is_next = event == x.token_events.end()
                         || (trade != x.trades.end()
                             && trade->position < event->position);
    if (trade_is_next)
      add_trade(std::move(*trade++), slot, x, row);
    else
      add_token_event(std::move(*event++), slot, row);
  }
  for (auto& letter : x.dead_letters) {
    letter.block_time = slot.block_time.value_or(letter.block_time);
    current_->dead_letters.push_back(std::move(letter));
    ++row.dead_letters;
    ++counters_.dead_letters;
  }
  row.ignored += x.ignored_trades;
  counters_.ignored += x.ignored_trades;
}

bool epoch_builder::is_journaled(const chain_position& x) {
  if (!open_rows_.contains(x)
      || planted(domain::bug::builder_forgets_open_rows))
    return false;
  ++counters_.duplicate_rows;
  return true;
}

bool epoch_builder::append_position(const chain_position& x, uint64_t& jpos) {
  jpos = ++current_->after.jpos;
  if (x > last_position_ || planted(domain::bug::builder_forgets_repairs)) {
    last_position_ = x;
    return false;
  }
  ++counters_.late_rows;
  return true;
}

std::optional<domain::refusal> epoch_builder::resolve_pool(domain::trade& x) {
  auto pool = pools_.find(x.pool);
  if (pool == pools_.end())
    return domain::dead_letter_reason::unknown_pool;
  auto assigned = domain::assign_pool_mints(x, pool->second.base_mint,
                                            pool->second.quote_mint);
  if (assigned)
    return std::nullopt;
  return assigned.error();
}

void epoch_builder::add_trade(domain::trade&& x,
                              const domain::sealed_slot& slot,
                              const domain::parsed_transaction& transaction,
                              messages::slot_row& row) {
  if (domain::has_flag(x, domain::trade_flag::pool_unresolved)) {
    auto refused = resolve_pool(x);
    if (refused && std::holds_alternative<domain::ignored_reason>(*refused)) {
      ++row.ignored;
      ++counters_.ignored;
      return;
    }
    if (refused) {
      auto reason = std::get<domain::dead_letter_reason>(*refused);
      current_->dead_letters.push_back(
        {x.position, x.signature, slot.block_time.value_or(x.event_time),
         x.program, reason, domain::decoder_version, transaction.raw});
      ++row.dead_letters;
      ++counters_.dead_letters;
      return;
    }
  } else {
    learn_pool(x);
  }
  if (is_journaled(x.position)) {
    ++row.trades;
    return;
  }
  x.block_time = slot.block_time.value_or(x.event_time);
  if (is_below(x)) {
    refuse_below(x, true, row);
    return;
  }
  ++row.trades;
  append(std::move(x), false);
}

void epoch_builder::append(domain::trade&& x, bool behind) {
  auto& chain_time = current_->after.chain_time;
  chain_time = std::max(chain_time, x.block_time);
  if (append_position(x.position, x.jpos) || behind) {
    push_repair({messages::projection::wallet, x.wallet, x.jpos});
    push_repair({messages::projection::token, x.mint, x.jpos});
  }
  // Here and never again: a trade is not revalued.
  if (sol_usd_micros_at_)
    x.sol_usd_micros = sol_usd_micros_at_(x.block_time);
  current_->trades.push_back(std::move(x));
  ++counters_.trades;
}

void epoch_builder::append(domain::token_event&& x, bool behind) {
  auto& chain_time = current_->after.chain_time;
  chain_time = std::max(chain_time, x.block_time);
  if (append_position(x.position, x.jpos) || behind)
    push_repair({messages::projection::token, x.mint, x.jpos});
  current_->token_events.push_back(std::move(x));
  ++counters_.token_events;
}

void epoch_builder::add_token_event(domain::token_event&& x,
                                    const domain::sealed_slot& slot,
                                    messages::slot_row& row) {
  if (domain::has_flag(x, domain::trade_flag::pool_unresolved)) {
    // Liquidity of a pool that we know nothing of is no row of a coin.
    if (!resolve_pool(x)) {
      ++row.ignored;
      ++counters_.ignored;
      return;
    }
  } else {
    learn_pool(x);
  }
  ++row.token_events;
  if (is_journaled(x.position))
    return;
  x.block_time = slot.block_time.value_or(x.event_time);
  append(std::move(x), false);
}

bool epoch_builder::resolve_pool(domain::token_event& x) const {
  auto pool = pools_.find(x.pool);
  if (pool == pools_.end())
    return false;
  domain::assign_pool_mints(x, pool->second.base_mint, pool->second.quote_mint);
  return true;
}

template <class Row>
void epoch_builder::learn_pool(const Row& x) {
  if (x.program != domain::program::pump_amm || domain::is_default(x.pool))
    return;
  auto row = pool_of(x.pool, x.mint, x.quote_mint,
                     domain::has_flag(x, domain::trade_flag::inverted));
  if (pools_.emplace(x.pool, row).second)
    current_->pools.push_back(row);
}

void epoch_builder::add_void(uint64_t slot,
                             const messages::journal_rows& rows) {
  using messages::projection;
  current_->slots_voided.push_back(slot);
  if (auto& after = current_->after; after.open_slot == slot) {
    after.open_slot = 0;
    after.open_slot_jpos = 0;
  }
  if (rows.trades.empty() && rows.token_events.empty())
    return;
  auto row = domain::token_event{};
  row.kind = domain::token_event_kind::slot_voided;
  row.position = domain::void_position(slot);
  row.jpos = ++current_->after.jpos;
  row.block_time = current_->after.chain_time;
  row.event_time = row.block_time;
  auto wallets = std::set<domain::pubkey>{};
  auto mints = std::set<domain::pubkey>{};
  for (auto& x : rows.trades) {
    wallets.insert(x.wallet);
    mints.insert(x.mint);
  }
  for (auto& x : rows.token_events)
    mints.insert(x.mint);
  for (auto& wallet : wallets)
    push_repair({projection::wallet, wallet, row.jpos});
  for (auto& mint : mints)
    push_repair({projection::token, mint, row.jpos});
  current_->token_events.push_back(std::move(row));
}

std::optional<letter_outcome>
epoch_builder::add_resolved(const domain::dead_letter& letter,
                            domain::parsed_transaction&& x) {
  auto result = letter_outcome{};
  // First all that can be refused, then all that changes something.
  auto trades = std::vector<domain::trade>{};
  for (auto& trade : x.trades) {
    if (domain::has_flag(trade, domain::trade_flag::pool_unresolved))
      if (auto refused = resolve_pool(trade)) {
        if (std::holds_alternative<domain::dead_letter_reason>(*refused))
          return std::nullopt;
        ++result.ignored;
        continue;
      }
    trades.push_back(std::move(trade));
  }
  auto time_of = [&letter](const auto& row) {
    return letter.block_time != 0 ? letter.block_time : row.event_time;
  };
  if (is_dropped(letter.position.slot))
    return std::nullopt;
  for (auto& trade : trades) {
    trade.block_time = time_of(trade);
    if (is_below(trade))
      return std::nullopt;
  }
  for (auto& trade : trades) {
    learn_pool(trade);
    append(std::move(trade), true);
    ++result.trades;
  }
  for (auto& event : x.token_events) {
    if (domain::has_flag(event, domain::trade_flag::pool_unresolved)
        && !resolve_pool(event)) {
      ++result.ignored;
      continue;
    }
    event.block_time = time_of(event);
    learn_pool(event);
    append(std::move(event), true);
    ++result.token_events;
  }
  result.ignored += x.ignored_trades;
  current_->dead_letters_resolved.push_back(letter.position);
  if (current_->trades.size() + current_->token_events.size() >= rows_max_)
    cut();
  return result;
}

void epoch_builder::add_gap_opened(domain::slot_gap gap, const char* reason) {
  current_->gaps_opened.push_back(
    {gap.from, gap.to, current_->after.chain_time, reason, false});
}

void epoch_builder::add_gap_opened(messages::gap_row row) {
  current_->gaps_opened.push_back(std::move(row));
}

void epoch_builder::add_gap_filled(domain::slot_gap gap) {
  current_->gaps_filled.push_back({gap.from, gap.to, 0, {}, true});
}

void epoch_builder::push_repair(messages::repair_row x) {
  if (!newest_repairs_.empty() && newest_repairs_.begin()->jpos < x.jpos)
    newest_repairs_.clear();
  if (newest_repairs_.insert(x).second)
    current_->repairs.push_back(x);
}

void epoch_builder::add_repair(messages::projection kind,
                               const domain::pubkey& key) {
  // A row of the same epoch at this position would be taken for one behind the
  // chain.
  flush();
  if (head_.jpos != 0)
    push_repair({kind, key, head_.jpos});
}

void epoch_builder::flush() {
  if (has_content())
    cut();
}

void epoch_builder::cut() {
  head_ = current_->after;
  ready_.push_back(std::move(current_));
  current_ = open_epoch(head_);
  ++counters_.epochs;
}

std::vector<messages::epoch_ptr> epoch_builder::take_ready() {
  return std::exchange(ready_, {});
}

} // namespace pumpscope::actors

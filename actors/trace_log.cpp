#include "actors/trace_log.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

const char* text_of(domain::token_event_kind x) {
  using kind = domain::token_event_kind;
  switch (x) {
    case kind::created:
      return "created";
    case kind::completed:
      return "completed";
    case kind::migrated:
      return "graduated";
    case kind::pool_created:
      return "pool_created";
    case kind::deposited:
      return "deposited";
    case kind::withdrawn:
      return "withdrawn";
    case kind::virtual_params_updated:
      return "virtual_params_updated";
    case kind::boost_initialized:
      return "boost_initialized";
    case kind::boost_bought:
      return "boost_bought";
    case kind::slot_voided:
      return "slot_voided";
  }
  return "event";
}

size_t size_of(const messages::epoch& x) {
  return x.trades.size() + x.token_events.size();
}

template <class Row>
messages::recent_row common_part(const Row& x, uint64_t epoch) {
  auto result = messages::recent_row{};
  result.jpos = x.jpos;
  result.epoch = epoch;
  result.position = x.position;
  result.signature = x.signature;
  result.block_time = x.block_time;
  result.wallet = x.wallet;
  result.mint = x.mint;
  return result;
}

} // namespace

messages::recent_row recent_row_of(const domain::trade& x, uint64_t epoch) {
  auto result = common_part(x, epoch);
  result.what = x.side == domain::trade_side::buy ? "buy" : "sell";
  result.token_units = x.token_units;
  result.quote_units = x.quote_units;
  return result;
}

messages::recent_row recent_row_of(const domain::token_event& x,
                                   uint64_t epoch) {
  auto result = common_part(x, epoch);
  result.what = text_of(x.kind);
  return result;
}

trace_log::trace_log(trace_log_limits limits) : limits_{limits} {
  transactions_.reserve(limits_.transactions_max);
}

void trace_log::note(const messages::traced_batch& x) {
  for (auto& of : x.transactions) {
    add(span::parse, x.arrived_at, x.parsed_at);
    auto entry = transaction{of.signature, of.slot,     of.tx_index,
                             x.arrived_at, x.parsed_at, 0};
    auto [i, added] = index_.try_emplace(place{of.slot, of.tx_index}, 0U);
    // The first copy is the one that counts.
    if (!added)
      continue;
    i->second = static_cast<uint32_t>(next_);
    if (transactions_.size() < limits_.transactions_max) {
      transactions_.push_back(entry);
    } else {
      auto& old = transactions_[next_];
      index_.erase(place{old.slot, old.tx_index});
      old = entry;
    }
    next_ = (next_ + 1) % limits_.transactions_max;
  }
}

void trace_log::note(const messages::traced_epoch& x) {
  auto number = x.epoch->after.epoch;
  // Another generation may count the same numbers again.
  while (!epochs_.empty() && epochs_.back().number >= number)
    epochs_.pop_back();
  auto& to = epochs_.emplace_back();
  to.number = number;
  to.jpos = x.epoch->after.jpos;
  to.sealed_at = x.sealed_at;
  join(*x.epoch, to);
  if (epochs_.size() > limits_.epochs_max)
    epochs_.pop_front();
  kept_.push_back(x.epoch);
  rows_ += size_of(*x.epoch);
  while (kept_.size() > 1
         && (rows_ > limits_.rows_max || kept_.size() > limits_.epochs_max)) {
    rows_ -= size_of(*kept_.front());
    kept_.pop_front();
  }
}

void trace_log::join(const messages::epoch& x, epoch_trace& to) {
  auto last = std::optional<place>{};
  auto look = [&](const auto& row) {
    auto at = place{row.position.slot, row.position.tx_index};
    // Rows of one transaction stand side by side.
    if (std::exchange(last, at) == at)
      return;
    auto i = index_.find(at);
    if (i == index_.end())
      return;
    auto& of = transactions_[i->second];
    if (of.epoch != 0)
      return;
    of.epoch = to.number;
    add(span::seal, of.parsed_at, *to.sealed_at);
    to.arrivals.push_back(of.arrived_at);
  };
  if (index_.empty())
    return;
  for (auto& row : x.trades)
    look(row);
  for (auto& row : x.token_events)
    look(row);
}

void trace_log::note(const messages::traced_progress& x) {
  auto epoch = find_epoch(x.epoch);
  if (epoch == nullptr)
    return;
  auto weight = epoch->arrivals.size();
  if (x.stage == messages::stage::journal && !epoch->journaled_at) {
    epoch->journaled_at = x.at;
    add(span::journal, epoch->sealed_at, x.at, weight);
  } else if (x.stage == messages::stage::fold && !epoch->folded_at) {
    epoch->folded_at = x.at;
    add(span::fold, epoch->journaled_at, x.at, weight);
    note_end(*epoch, span::total_fold, x.at);
  }
}

void trace_log::note(const messages::traced_delivery& x) {
  // Newest first: those before were told of.
  for (auto i = epochs_.rbegin(); i != epochs_.rend(); ++i) {
    if (i->jpos > x.jpos)
      continue;
    if (i->published_at || i->jpos <= delivered_)
      break;
    i->published_at = x.at;
    add(span::publish, i->journaled_at, x.at, i->arrivals.size());
    note_end(*i, span::total_publish, x.at);
  }
  delivered_ = std::max(delivered_, x.jpos);
}

void trace_log::note_end(epoch_trace& x, span total, monotonic_time at) {
  for (auto arrival : x.arrivals)
    add(total, arrival, at);
}

void trace_log::add(span of, std::optional<monotonic_time> begin,
                    monotonic_time end, uint64_t times) {
  if (begin && times > 0)
    times_[static_cast<size_t>(of)].add(end - *begin, end.time_since_epoch(),
                                        times);
}

epoch_trace* trace_log::find_epoch(uint64_t number) {
  auto i = std::lower_bound(
    epochs_.begin(), epochs_.end(), number,
    [](const epoch_trace& a, uint64_t b) { return a.number < b; });
  return i == epochs_.end() || i->number != number ? nullptr : &*i;
}

const epoch_trace* trace_log::epoch(uint64_t number) const {
  return const_cast<trace_log*>(this)->find_epoch(number);
}

std::optional<trace_log::transaction>
trace_log::find(const domain::signature& x) const {
  auto result = std::optional<transaction>{};
  for (auto& of : transactions_)
    if (of.signature == x && (!result || of.epoch != 0))
      result = of;
  return result;
}

std::vector<messages::recent_row>
trace_log::rows_of(const domain::signature& x) const {
  auto result = std::vector<messages::recent_row>{};
  for (auto& epoch : kept_) {
    for (auto& row : epoch->trades)
      if (row.signature == x)
        result.push_back(recent_row_of(row, epoch->after.epoch));
    for (auto& row : epoch->token_events)
      if (row.signature == x)
        result.push_back(recent_row_of(row, epoch->after.epoch));
  }
  std::sort(result.begin(), result.end(),
            [](auto& a, auto& b) { return a.jpos < b.jpos; });
  return result;
}

std::vector<messages::recent_row> trace_log::rows_of(messages::projection kind,
                                                     const domain::pubkey& key,
                                                     size_t count) const {
  auto result = std::vector<messages::recent_row>{};
  auto is_wallet = kind == messages::projection::wallet;
  for (auto epoch = kept_.rbegin(); epoch != kept_.rend(); ++epoch) {
    if (result.size() >= count)
      break;
    auto& x = **epoch;
    for (auto& row : x.trades)
      if ((is_wallet ? row.wallet : row.mint) == key)
        result.push_back(recent_row_of(row, x.after.epoch));
    for (auto& row : x.token_events)
      if (!is_wallet && row.mint == key)
        result.push_back(recent_row_of(row, x.after.epoch));
  }
  std::sort(result.begin(), result.end(),
            [](auto& a, auto& b) { return a.jpos > b.jpos; });
  if (result.size() > count)
    result.resize(count);
  return result;
}

std::vector<messages::stage_look> trace_log::stages(monotonic_time now) const {
  struct name {
    span of;
    const char* name;
    const char* from;
  };
  static constexpr auto names = std::array{
    name{span::parse, "parse", "receive"},
    name{span::seal, "seal", "parse"},
    name{span::journal, "journal", "seal"},
    name{span::fold, "fold", "journal"},
    name{span::publish, "publish", "journal"},
    name{span::total_fold, "total_fold", "receive"},
    name{span::total_publish, "total_publish", "receive"},
  };
  auto seconds = [](std::optional<std::chrono::nanoseconds> x) {
    return x ? std::optional{std::chrono::duration<double>(*x).count()}
             : std::nullopt;
  };
  auto result = std::vector<messages::stage_look>{};
  for (auto& x : names) {
    auto recent
      = times_[static_cast<size_t>(x.of)].recent(now.time_since_epoch());
    auto& look = result.emplace_back();
    look.name = x.name;
    look.from = x.from;
    look.count = recent.count();
    look.p50 = seconds(recent.quantile(0.5));
    look.p99 = seconds(recent.quantile(0.99));
    if (recent.count() > 0)
      look.max = seconds(recent.longest());
  }
  return result;
}

} // namespace pumpscope::actors

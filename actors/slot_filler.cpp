#include "actors/slot_filler.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace pumpscope::actors {

namespace {

bool contains(const domain::slot_gap& outer, const domain::slot_gap& inner) {
  return outer.from <= inner.from && inner.to <= outer.to;
}

bool is_full(const messages::raw_batch& x) {
  return x.size() >= messages::raw_batch_updates_max
         || x.bytes.size() >= messages::raw_batch_bytes_max;
}

} // namespace

slot_filler::slot_filler(slot_filler_config config,
                         std::shared_ptr<messages::block_fetcher> fetcher)
  : config_{config}, fetcher_{std::move(fetcher)} {
  // nop
}

bool slot_filler::want(domain::slot_gap range) {
  auto under_way = [&range](const walk& x) {
    return contains(x.steps.range(), range);
  };
  auto waits = [&range](const domain::slot_gap& x) {
    return contains(x, range);
  };
  if (std::any_of(walks_.begin(), walks_.end(), under_way)
      || std::any_of(queued_.begin(), queued_.end(), waits))
    return true;
  if (range.from == 0 || range.from > range.to
      || queued_.size() >= config_.ranges_max) {
    ++counters_.ranges_refused;
    return false;
  }
  queued_.push_back(range);
  ++counters_.ranges;
  return true;
}

void slot_filler::fill(messages::raw_batch& out,
                       std::chrono::milliseconds timeout) {
  while (pour(out)) {
    begin_walks();
    ask();
    if (walks_.empty())
      return;
    auto answer = fetcher_->next(out.size() > 0 ? std::chrono::milliseconds{0}
                                                : timeout);
    if (!answer)
      return;
    std::visit([this](auto& x) { take(std::move(x)); }, *answer);
    collect();
  }
}

void slot_filler::begin_walks() {
  while (walks_.size() < std::max<size_t>(config_.walks_max, 1)
         && !queued_.empty()) {
    walks_.push_back({domain::backfill_walk{queued_.front(), config_.walk}});
    queued_.pop_front();
  }
}

void slot_filler::ask() {
  if (ready_.size() >= config_.walk.ahead_max * 2)
    return;
  for (auto& x : walks_) {
    if (auto window = x.steps.next_list()) {
      list_askers_.emplace(std::pair{window->from, window->to}, &x);
      fetcher_->ask_list(window->from, window->to);
    }
    while (auto slot = x.steps.next_block()) {
      slot_askers_.emplace(*slot, &x);
      fetcher_->ask_block(*slot);
    }
  }
}

void slot_filler::take(messages::fetched_block&& x) {
  auto asker = slot_askers_.find(x.slot);
  if (asker == slot_askers_.end())
    return;
  auto& by = *asker->second;
  slot_askers_.erase(asker);
  if (x.state != messages::fetch_state::found) {
    ++counters_.slots_without_block;
    by.steps.add_miss(x.slot, x.state == messages::fetch_state::skipped);
    return;
  }
  by.steps.add_block(x.slot, x.parent);
  auto slot = x.slot;
  by.blocks.insert_or_assign(slot, std::move(x));
}

void slot_filler::take(const messages::fetched_list& x) {
  auto asker = list_askers_.find({x.from, x.to});
  if (asker == list_askers_.end())
    return;
  auto& by = *asker->second;
  list_askers_.erase(asker);
  by.steps.add_list({x.from, x.to}, x.known, x.slots);
}

void slot_filler::collect() {
  for (auto i = walks_.begin(); i != walks_.end();) {
    while (auto slot = i->steps.next_ready()) {
      auto block = i->blocks.extract(*slot);
      if (!block)
        continue;
      ++counters_.slots;
      counters_.transactions += block.mapped().transactions;
      auto next = output{};
      next.block = std::move(block.mapped());
      ready_.push_back(std::move(next));
    }
    if (!i->steps.finished()) {
      ++i;
      continue;
    }
    auto complete = i->steps.complete();
    ++(complete ? counters_.ranges_complete : counters_.ranges_incomplete);
    auto end = output{};
    end.is_end = true;
    end.range = {i->steps.range().from, i->steps.range().to, complete};
    ready_.push_back(std::move(end));
    // Questions that are still open have no asker any more.
    auto is_its = [&](const auto& x) { return x.second == &*i; };
    std::erase_if(slot_askers_, is_its);
    std::erase_if(list_askers_, is_its);
    i = walks_.erase(i);
  }
}

bool slot_filler::pour(messages::raw_batch& out) {
  while (!ready_.empty()) {
    auto& front = ready_.front();
    if (front.is_end) {
      out.ranges.push_back(front.range);
      ready_.pop_front();
      continue;
    }
    auto& block = front.block;
    auto bytes = std::span<const uint8_t>{block.bytes};
    for (; front.next < block.ends.size(); ++front.next) {
      if (is_full(out))
        return false;
      auto begin = front.next == 0 ? 0U : block.ends[front.next - 1];
      out.append(bytes.subspan(begin, block.ends[front.next] - begin));
    }
    ready_.pop_front();
  }
  return !is_full(out);
}

} // namespace pumpscope::actors

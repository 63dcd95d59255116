// What a sequencer does with transactions that webhooks told of: they wait for
// the stream, are sealed by time without one, or are placed by their block; the
// inbox learns which payloads are done.

#include "actors/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

void sequencer_state::consume_hint(domain::parsed_transaction&& x) {
  auto slot = x.slot;
  sealer->add_hint(std::move(x), output);
  if (!sealer->holds_hints(slot))
    return;
  auto now = self->clock().now();
  hint_times_of.try_emplace(slot, hint_times{now, now}).first->second.last
    = now;
}

void sequencer_state::note_hint_time(const domain::parsed_update& x) {
  auto meta = std::get_if<domain::block_meta>(&x);
  if (meta != nullptr && meta->block_time)
    sealer->note_hint_time(meta->slot, *meta->block_time);
}

void sequencer_state::place_hints() {
  for (auto& hint : std::exchange(output.unplaced, {})) {
    if (!backfill) {
      domain::sealer::bury(std::move(hint), output);
      continue;
    }
    auto slot = hint.slot;
    auto& waiting = unplaced[slot];
    waiting.push_back(std::move(hint));
    if (waiting.size() == 1)
      self->send(backfill, messages::fetch_slots{{{slot, slot}}});
  }
}

void sequencer_state::end_placing(const messages::fetched_range& x) {
  auto i = unplaced.lower_bound(x.from);
  while (i != unplaced.end() && i->first <= x.to) {
    // With its block the transaction came as well.
    if (!x.complete)
      for (auto& hint : i->second)
        domain::sealer::bury(std::move(hint), output);
    i = unplaced.erase(i);
  }
}

void sequencer_state::watch_hints() {
  if (finished || last_seen)
    return;
  auto now = self->clock().now();
  auto& times = hint_times_of;
  std::erase_if(
    times, [this](const auto& x) { return !sealer->holds_hints(x.first); });
  if (config.sealer.without_stream) {
    while (!times.empty()
           && (now - times.begin()->second.last >= config.seal_wait
               || now - times.begin()->second.first >= 5 * config.seal_wait)) {
      times.erase(times.begin());
      sealer->seal_hints(output);
    }
  } else {
    std::erase_if(times, [&](const auto& x) {
      if (now - x.second.last < config.hint_wait)
        return false;
      sealer->give_up_hints(x.first, output);
      return true;
    });
  }
  process();
  if (unplaced.empty()) {
    asked_for_unplaced_at = now;
  } else if (!asked_for_unplaced_at
             || now - *asked_for_unplaced_at >= config.backfill_period) {
    // It may have had no room.
    asked_for_unplaced_at = now;
    auto wanted = messages::fetch_slots{};
    for (auto& [slot, hints] : unplaced)
      wanted.ranges.push_back({slot, slot});
    self->send(backfill, std::move(wanted));
  }
}

void sequencer_state::settle_inbox() {
  auto waits = [this](const open_batch& x) {
    return std::any_of(x.slots.begin(), x.slots.end(), [this](uint64_t slot) {
      return sealer->holds_hints(slot) || unplaced.contains(slot);
    });
  };
  for (auto& batch : open_batches) {
    if (batch.in_epoch)
      continue;
    if (looks_up() || waits(batch))
      break;
    // What the current epoch holds is durable with the next cut.
    batch.in_epoch = builder->head().epoch + (builder->has_content() ? 1 : 0);
  }
  auto done = uint64_t{0};
  while (!open_batches.empty() && open_batches.front().in_epoch
         && completed_epoch >= *open_batches.front().in_epoch) {
    done = std::max(done, open_batches.front().payloads_up_to);
    open_batches.pop_front();
  }
  if (done != 0)
    self->send(inbox, messages::payloads_done{done});
}

} // namespace pumpscope::actors

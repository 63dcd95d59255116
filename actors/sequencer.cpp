#include "actors/sequencer.hpp"

#include "domain/backfill_walk.hpp"
#include "domain/planted_bug.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Calls `f` with the position of each row of a transaction.
template <class F>
void for_each_position(const domain::parsed_transaction& x, F f) {
  for (auto& trade : x.trades)
    f(trade.position);
  for (auto& event : x.token_events)
    f(event.position);
}

/// Keeps the first copy of each transaction.
void drop_repeated(std::vector<domain::parsed_transaction>& xs) {
  auto key = [](auto& x) { return std::pair{x.slot, x.tx_index}; };
  std::stable_sort(xs.begin(), xs.end(),
                   [&](auto& a, auto& b) { return key(a) < key(b); });
  xs.erase(std::unique(xs.begin(), xs.end(),
                       [&](auto& a, auto& b) { return key(a) == key(b); }),
           xs.end());
}

std::set<domain::chain_position> positions_of(const messages::journal_rows& x) {
  auto result = std::set<domain::chain_position>{};
  for (auto& row : x.trades)
    result.insert(row.position);
  for (auto& row : x.token_events)
    result.insert(row.position);
  return result;
}

domain::sealer_resume resume_of(const messages::journal_boot& boot) {
  auto result = domain::sealer_resume{};
  result.sealed_slot = boot.head.sealed_slot;
  result.open_slot = boot.head.open_slot;
  result.first_slot = boot.head.first_slot;
  result.last_slot = boot.last_slot;
  for (auto& gap : boot.open_gaps)
    // The slots of the others are sealed.
    if (!messages::is_break_gap(gap))
      result.open_gaps.push_back({{gap.from_slot, gap.to_slot}, {}});
  for (auto& slot : boot.late_slots) {
    if (slot.slot < result.first_slot)
      result.before_first.emplace(slot.slot, slot.parent);
    for (auto& gap : result.open_gaps)
      if (gap.gap.from <= slot.slot && slot.slot <= gap.gap.to)
        gap.parents.emplace(slot.slot, slot.parent);
  }
  return result;
}

} // namespace

caf::error validate(const sequencer_config& x) {
  if (x.epoch_rows_max == 0 || x.epochs_max == 0 || x.batches_max == 0
      || x.lookups_max == 0 || x.epoch_period.count() <= 0
      || x.gap_wait.count() < 0 || x.backfill_wait.count() < 0
      || x.backfill_period.count() <= 0 || x.backfill_batches_max == 0
      || x.inbox_batches_max == 0 || x.hints_max == 0
      || x.hint_wait.count() <= 0 || x.seal_wait.count() <= 0
      || x.breaks.slots_max == 0)
    return caf::make_error(domain::errc::invalid_config,
                           std::string{"sequencer bounds must be positive"});
  return {};
}

void sequencer_state::start(const messages::journal_boot& boot) {
  sealer.emplace(config.sealer, resume_of(boot));
  builder.emplace(boot.head, config.epoch_rows_max, boot.pools,
                  positions_of(boot.open_rows));
  open_rows = boot.open_rows;
  builder->price_by(config.sol_usd_micros_at);
  builder->begin_at(boot.retention);
  breaks.emplace(config.breaks, boot.open_gaps, boot.filled_gaps);
  sent_epoch = boot.head.epoch;
  completed_epoch = boot.head.epoch;
  self->delayed_send(self, config.epoch_period, atom::tick_v);
}

void sequencer_state::handle_links(const messages::sequencer_links& x) {
  tracer = x.tracer;
  stream = x.stream;
  for (size_t i = 0; i < config.batches_max; ++i)
    self->send(stream, atom::credit_v);
  backfill = x.backfill;
  for (size_t i = 0; backfill && i < config.backfill_batches_max; ++i)
    self->send(backfill, atom::credit_v);
  inbox = x.inbox;
  for (size_t i = 0; inbox && i < config.inbox_batches_max; ++i)
    self->send(inbox, atom::credit_v);
}

void sequencer_state::handle(const messages::parsed_batch_ptr& x) {
  auto measured = handlers.measure();
  // Behind the last batch nothing more is sealed: the gap stays open, and the
  // payload in the inbox.
  if (!x->backfill && !x->inbox)
    early.emplace(x->number, x);
  else if (!last_seen)
    (x->inbox ? early_inbox : early_backfill).emplace(x->number, x);
  pump();
}

void sequencer_state::consume_ready() {
  auto free = [this] {
    return asked.late_slots.empty() && queued.late_slots.empty();
  };
  auto take = [](auto& batches, uint64_t& next) {
    auto result = messages::parsed_batch_ptr{};
    if (auto i = batches.find(next); i != batches.end()) {
      result = std::move(i->second);
      batches.erase(i);
      ++next;
    }
    return result;
  };
  // One of each in turn: the backfill must not wait for a pause of the stream,
  // nor the stream for the end of a long gap.
  for (auto again = true; again;) {
    again = false;
    if (auto batch = free() ? take(early, next_batch) : nullptr) {
      again = true;
      consume(*batch);
      ++credit_owed;
    }
    if (auto batch = free() ? take(early_backfill, next_backfill) : nullptr) {
      again = true;
      consume(*batch);
      ++backfill_credit_owed;
    }
    if (auto batch = free() ? take(early_inbox, next_inbox) : nullptr) {
      again = true;
      consume(*batch);
      ++inbox_credit_owed;
    }
  }
}

void sequencer_state::consume(messages::parsed_batch& x) {
  // Without a stream slots have no order but that of hints.
  auto hints_only = x.inbox || config.sealer.without_stream;
  if (x.inbox)
    open_batches.push_back({x.payloads_up_to, {}, {}});
  for (auto& update : x.updates) {
    ++updates_total;
    auto transaction = std::get_if<domain::parsed_transaction>(&update);
    if (transaction != nullptr && x.inbox)
      open_batches.back().slots.insert(transaction->slot);
    if (transaction != nullptr && hints_only)
      consume_hint(std::move(*transaction));
    else if (transaction != nullptr)
      sealer->add(std::move(*transaction), output);
    else if (hints_only)
      note_hint_time(update);
    else if (auto slot = std::get_if<domain::slot_update>(&update))
      sealer->add(*slot, output);
    else if (auto meta = std::get_if<domain::block_meta>(&update))
      sealer->add(*meta, output);
  }
  for (auto& range : x.ranges)
    end_placing(range);
  last_seen = last_seen || x.last;
  // What came of a slot that is not sealed yet, after a crash in the middle of
  // it, is nowhere but here: its gap is asked for again.
  for (auto& range : x.ranges)
    if (range.complete && range.to <= sealer->sealed_slot())
      queued.compared.push_back({range.from, range.to});
  process();
}

void sequencer_state::process() {
  place_hints();
  auto gap = output.gaps_opened.begin();
  if (output.open_slot_voided)
    builder->add_void(builder->head().open_slot, open_rows);
  for (auto& slot : output.sealed) {
    if (!slot.late)
      open_rows = {};
    if (slot.late && (!slot.rest || slot.partial || waits(slot.slot))) {
      // Part of it may be journaled already, by a process that died; what is
      // left of it comes behind it.
      queued.late_slots.push_back(std::move(slot));
      continue;
    }
    // An epoch must not tell of a gap before it tells of the slots below.
    for (; !slot.late && gap != output.gaps_opened.end() && gap->to < slot.slot;
         ++gap)
      builder->add_gap_opened(breaks->slot_gap_opened(*gap),
                              last_seen ? "end_of_recording"
                                        : "missing_parent");
    builder->add(std::move(slot));
  }
  // A gap is filled behind the slots that fill it.
  auto& filled = queued.filled_gaps;
  filled.insert(filled.end(), output.gaps_filled.begin(),
                output.gaps_filled.end());
  for (auto& transaction : output.lookups)
    queued.old_transactions.push_back(std::move(transaction));
  for (auto slot : output.voided_slots)
    void_slot(slot);
  output.clear();
}

void sequencer_state::void_slot(uint64_t slot) {
  auto of_slot = [slot](const auto& x) { return x.slot == slot; };
  std::erase_if(queued.old_transactions, of_slot);
  std::erase_if(queued.late_slots, of_slot);
  queued.voided_slots.push_back(slot);
}

bool sequencer_state::waits(uint64_t slot) const {
  auto is_it = [slot](auto& x) { return x.slot == slot; };
  return std::any_of(queued.late_slots.begin(), queued.late_slots.end(), is_it)
         || std::any_of(asked.late_slots.begin(), asked.late_slots.end(),
                        is_it);
}

void sequencer_state::look_up() {
  if (asking)
    return;
  if (asked.empty()) {
    if (queued.empty())
      return;
    // Old transactions of a late slot, and its death, must find it in the
    // store: they wait.
    asked.late_slots = std::exchange(queued.late_slots, {});
    asked.filled_gaps = std::exchange(queued.filled_gaps, {});
    if (asked.empty()) {
      asked.old_transactions = std::exchange(queued.old_transactions, {});
      asked.voided_slots = std::exchange(queued.voided_slots, {});
      asked.compared = std::exchange(queued.compared, {});
    }
    if (!planted(domain::bug::sequencer_keeps_copies))
      drop_repeated(asked.old_transactions);
    // The answer is only true when all that was sealed before is in the store,
    // the rows of the query before this one included.
    builder->flush();
    asked.after_epoch = builder->head().epoch;
  }
  if (completed_epoch < asked.after_epoch
      && !planted(domain::bug::sequencer_asks_early))
    return;
  auto query = messages::look_up{};
  for (auto& x : asked.old_transactions) {
    for_each_position(x, [&](auto& key) { query.keys.push_back(key); });
    query.slots.push_back(x.slot);
  }
  for (auto& slot : asked.late_slots)
    for (auto& x : slot.transactions)
      for_each_position(x, [&](auto& key) { query.keys.push_back(key); });
  std::sort(query.slots.begin(), query.slots.end());
  query.slots.erase(std::unique(query.slots.begin(), query.slots.end()),
                    query.slots.end());
  query.voided = asked.voided_slots;
  asking = true;
  lookups_total += asked.old_transactions.size() + asked.late_slots.size()
                   + asked.voided_slots.size();
  self->request(reader, config.store_timeout, std::move(query))
    .then(
      [this](const messages::looked_up_ptr& x) {
        handle_looked_up(*x);
        pump();
      },
      [this](caf::error& err) { self->quit(std::move(err)); });
}

void sequencer_state::handle_looked_up(const messages::looked_up& x) {
  asking = false;
  auto answered = std::exchange(asked, {});
  builder->begin_at(x.retention);
  auto& voided = answered.voided_slots;
  size_t key = 0;
  for (auto& transaction : answered.old_transactions) {
    auto known = false;
    for_each_position(transaction, [&](auto&) {
      known = known || x.known[key];
      ++key;
    });
    auto row = std::lower_bound(x.slots.begin(), x.slots.end(),
                                transaction.slot,
                                [](auto& a, uint64_t b) { return a.slot < b; });
    auto slot_time = std::optional<int64_t>{};
    auto is_voided = std::find(voided.begin(), voided.end(), transaction.slot)
                     != voided.end();
    if (row != x.slots.end() && row->slot == transaction.slot && !is_voided)
      slot_time = row->block_time;
    sealer->resolve(std::move(transaction), slot_time, known, output);
  }
  for (auto& slot : answered.late_slots) {
    for (auto& transaction : slot.transactions) {
      auto known = [&](auto&) { return static_cast<bool>(x.known[key++]); };
      std::erase_if(transaction.trades, known);
      std::erase_if(transaction.token_events, known);
    }
    builder->add(std::move(slot));
  }
  for (auto gap : answered.filled_gaps)
    // Whose rows were refused is not filled.
    if (!builder->is_dropped(gap.to))
      builder->add_gap_filled(
        breaks->slot_gap_filled(gap, builder->head().epoch + 1));
  for (size_t i = 0; i < voided.size(); ++i)
    if (x.voided[i])
      builder->add_void(voided[i], *x.voided[i]);
  process();
  if (answered.compared.empty())
    return;
  if (!queued.late_slots.empty()) {
    // Some of what they brought waits for a late slot.
    auto& again = queued.compared;
    again.insert(again.end(), answered.compared.begin(),
                 answered.compared.end());
    return;
  }
  builder->flush();
  for (auto& range : answered.compared)
    breaks->compared(range, builder->head().epoch);
  fill_break_gaps();
}

void sequencer_state::handle(const messages::epoch_completed& x) {
  auto measured = handlers.measure();
  completed_epoch = x.epoch;
  fill_break_gaps();
  pump();
}

void sequencer_state::handle(const messages::breaks_found_ptr& x) {
  auto measured = handlers.measure();
  for (auto& token : x->tokens)
    breaks->note(token);
  if (finished)
    pump();
}

void sequencer_state::open_break_gaps() {
  for (auto& row : breaks->open())
    builder->add_gap_opened(std::move(row));
  for (auto& notice : breaks->take_notices())
    if (config.on_break)
      config.on_break(notice);
}

void sequencer_state::fill_break_gaps() {
  breaks->completed(completed_epoch);
  for (auto& gap : breaks->take_filled())
    builder->add_gap_filled(gap);
}

void sequencer_state::handle(const messages::repair_wanted& x) {
  if (finished)
    return;
  builder->add_repair(x.kind, x.key);
  pump();
}

void sequencer_state::handle_tick() {
  auto measured = handlers.measure();
  self->delayed_send(self, config.epoch_period, atom::tick_v);
  watch_gap();
  open_break_gaps();
  watch_backfill();
  watch_hints();
  if (outbox.empty())
    builder->flush();
  pump();
}

void sequencer_state::watch_gap() {
  if (finished)
    return;
  auto slot = sealer->waiting_for_parent();
  auto now = self->clock().now();
  if (slot != waiting_slot) {
    waiting_slot = slot;
    waiting_since = now;
  }
  if (!slot || config.gap_wait.count() == 0
      || now - waiting_since < config.gap_wait)
    return;
  waiting_slot.reset();
  sealer->stop_waiting(output);
  process();
}

void sequencer_state::watch_backfill() {
  if (!backfill || last_seen)
    return;
  auto now = self->clock().now();
  auto wanted = messages::fetch_slots{};
  auto room = [&] { return wanted.ranges.size() < config.backfill_ranges_max; };
  if (waiting_slot && waiting_slot != asked_for_parent_of
      && now - waiting_since >= config.backfill_wait) {
    asked_for_parent_of = waiting_slot;
    if (auto missing = sealer->missing_before())
      wanted.ranges.push_back({missing->from, missing->to});
  }
  auto gaps = sealer->counters().gaps;
  auto again = !asked_for_gaps_at
               || now - *asked_for_gaps_at >= config.backfill_period;
  auto of_breaks = breaks->wanted(again, config.backfill_ranges_max);
  if (again || gaps != gaps_asked_for) {
    asked_for_gaps_at = now;
    gaps_asked_for = gaps;
    // A parent that did not come either.
    asked_for_parent_of.reset();
    for (auto& gap : sealer->open_gaps()) {
      // What comes for it is refused.
      if (builder->is_dropped(gap.gap.to))
        continue;
      auto missing = domain::missing_ranges(gap);
      // Nothing but the proof is missing that this is all.
      if (missing.empty())
        missing.push_back({gap.gap.to, gap.gap.to});
      for (auto& range : missing)
        if (room())
          wanted.ranges.push_back({range.from, range.to});
    }
  }
  for (auto& range : of_breaks)
    wanted.ranges.push_back({range.from, range.to});
  if (!wanted.ranges.empty())
    self->send(backfill, std::move(wanted));
}

void sequencer_state::handle_stop() {
  last_seen = true;
  early_backfill.clear();
  early_inbox.clear();
  late_finished = true;
  finished = true;
  builder->flush();
  pump();
}

void sequencer_state::cut_early() {
  // The pause keeps a fast store from getting many small epochs.
  auto rested = !sent_at
                || self->clock().now() - *sent_at >= config.epoch_period / 4;
  if (rested && outbox.empty() && sent_epoch == completed_epoch)
    builder->flush();
}

void sequencer_state::pump() {
  consume_ready();
  look_up();
  if (last_seen && early.empty() && !looks_up()
      && !std::exchange(late_finished, true)) {
    sealer->finish_late(output);
    process();
    look_up();
  }
  if (last_seen && early.empty() && !looks_up()) {
    if (!std::exchange(finished, true)) {
      sealer->finish(output);
      process();
      look_up();
    }
    if (finished)
      open_break_gaps();
    builder->flush();
  }
  cut_early();
  for (auto& epoch : builder->take_ready()) {
    tracer.report(
      self, messages::traced_epoch{epoch, std::chrono::steady_clock::now()});
    outbox.push_back(std::move(epoch));
  }
  while (!outbox.empty() && sent_epoch - completed_epoch < config.epochs_max) {
    sent_epoch = outbox.front()->after.epoch;
    sent_at = self->clock().now();
    self->send(writer, std::move(outbox.front()));
    outbox.pop_front();
  }
  auto room = outbox.size() < config.epochs_max
              && queued.old_transactions.size() < config.lookups_max;
  while (room && stream && credit_owed > 0) {
    --credit_owed;
    self->send(stream, atom::credit_v);
  }
  while (room && backfill && backfill_credit_owed > 0) {
    --backfill_credit_owed;
    self->send(backfill, atom::credit_v);
  }
  while (room && inbox && inbox_credit_owed > 0
         && sealer->held_hints() < config.hints_max
         && unplaced.size() < config.backfill_ranges_max) {
    --inbox_credit_owed;
    self->send(inbox, atom::credit_v);
  }
  settle_inbox();
  if (finished && !looks_up() && outbox.empty() && sent_epoch == completed_epoch
      && !breaks->closing() && !std::exchange(drained_told, true))
    self->send(observer, atom::drained_v);
}

caf::settings sequencer_state::status() const {
  auto result = caf::settings{};
  auto& seals = sealer->counters();
  auto& rows = builder->counters();
  put(result, "updates_total", updates_total);
  put(result, "transactions_total", seals.transactions);
  put(result, "duplicates_total", seals.duplicates);
  put(result, "late_total", seals.late);
  put(result, "conflicts_total", seals.conflicts);
  put(result, "abandoned_transactions_total", seals.abandoned_transactions);
  put(result, "sealed_slots_total", seals.sealed_slots);
  put(result, "dead_slots_total", seals.dead_slots);
  put(result, "voided_slots_total", seals.voided_slots);
  put(result, "deaths_ignored_total", seals.deaths_ignored);
  put(result, "given_up_slots_total", seals.given_up_slots);
  put(result, "gaps_total", seals.gaps);
  put(result, "trades_total", rows.trades);
  put(result, "token_events_total", rows.token_events);
  put(result, "ignored_total", rows.ignored);
  put(result, "dead_letters_total", rows.dead_letters);
  put(result, "late_rows_total", rows.late_rows);
  put(result, "duplicate_rows_total", rows.duplicate_rows);
  put(result, "below_retention_total", rows.below_retention);
  put(result, "epochs_total", rows.epochs);
  put(result, "lookups_total", lookups_total);
  put(result, "hints_total", seals.hints);
  put(result, "hints_given_up_total", seals.hints_given_up);
  put(result, "hints_held", static_cast<uint64_t>(sealer->held_hints()));
  put(result, "hints_unplaced", static_cast<uint64_t>(unplaced.size()));
  put(result, "payload_batches_open",
      static_cast<uint64_t>(open_batches.size()));
  put(result, "break_gaps_opened_total", breaks->counters().opened);
  put(result, "break_gaps_filled_total", breaks->counters().filled);
  put(result, "breaks_too_wide_total", breaks->counters().too_wide);
  put(result, "breaks_refused_total", breaks->counters().refused);
  put(result, "breaks_unexplained", breaks->unexplained());
  put(result, "sealed_slot", sealer->sealed_slot());
  put(result, "highest_slot", sealer->highest_slot());
  put(result, "pending_slots", static_cast<uint64_t>(sealer->pending_slots()));
  put(result, "pending_transactions",
      static_cast<uint64_t>(sealer->pending_transactions()));
  put(result, "outbox", static_cast<uint64_t>(outbox.size()));
  put(result, "epochs_in_flight", sent_epoch - completed_epoch);
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::sequencer_actor::behavior_type
sequencer(messages::sequencer_actor::stateful_pointer<sequencer_state> self,
          sequencer_config config, messages::journal_boot_ptr boot,
          messages::store_writer_actor writer,
          messages::store_reader_actor reader,
          messages::drain_observer_actor observer) {
  if (auto err = validate(config)) {
    self->quit(std::move(err));
    return messages::sequencer_actor::behavior_type::make_empty_behavior();
  }
  auto& state = self->state;
  state.self = self;
  state.config = config;
  state.writer = std::move(writer);
  state.reader = std::move(reader);
  state.observer = std::move(observer);
  state.start(*boot);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::parsed_batch_ptr& x) { self->state.handle(x); },
    [self](const messages::epoch_completed& x) { self->state.handle(x); },
    [self](const messages::sequencer_links_ptr& x) {
      self->state.handle_links(*x);
    },
    [self](const messages::repair_wanted& x) { self->state.handle(x); },
    [self](const messages::breaks_found_ptr& x) { self->state.handle(x); },
    [self](atom::stop) { self->state.handle_stop(); },
    [self](atom::tick) { self->state.handle_tick(); },
  };
}

} // namespace pumpscope::actors

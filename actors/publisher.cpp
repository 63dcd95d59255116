#include "actors/publisher.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace pumpscope::actors {

namespace {

using messages::publication;

/// Messages of one batch of states, about.
constexpr size_t batch_items_max = 1'024;

/// Memory of an epoch, about.
size_t bytes_of(const messages::epoch& x) {
  return sizeof(x) + x.trades.size() * sizeof(domain::trade)
         + x.token_events.size() * (sizeof(domain::token_event) + 256);
}

size_t index_of(domain::interval x) {
  auto i = std::find(domain::all_intervals.begin(), domain::all_intervals.end(),
                     x);
  return static_cast<size_t>(i - domain::all_intervals.begin());
}

} // namespace

caf::error validate(const publisher_config& x) {
  if (x.period.count() <= 0 || x.board_period.count() <= 0 || x.keys_max == 0
      || x.asked_max == 0 || x.batches_max == 0 || x.rows_max == 0
      || x.local_batches_max == 0)
    return caf::make_error(domain::errc::invalid_config,
                           std::string{"publisher bounds must be positive"});
  return {};
}

// -- start --------------------------------------------------------------------

void publisher_state::start(const messages::journal_boot& boot) {
  fence = boot.head.fence;
  hash_seed = boot.identity.hash_seed;
  completed_epoch = boot.head.epoch;
  boards_epoch = boot.head.epoch;
  loaded_behind = boot.head.epoch;
  boards_forced = true;
  old_end = boot.head.jpos;
  old_next = boot.published_jpos;
  if (old_end - old_next > config.republish_max) {
    left_out_total += old_end - old_next - config.republish_max;
    old_next = old_end - config.republish_max;
  }
  // Whoever published before us may have got as far as the journal.
  rows_delivered = old_next;
  auto channels = [this](uint64_t floor) {
    return row_channels{{config.channels_max, floor}, floor, floor};
  };
  sink_rows.emplace(channels(old_next));
  if (local)
    local_rows.emplace(channels(old_end));
  for (auto* x : {&token_channels, &wallet_channels})
    x->emplace(config.channels_max, old_end);
  candle_channels.emplace(config.channels_max, old_end);
  for (auto& row : boot.open_gaps)
    gaps.load(row);
}

void publisher_state::handle_links(const messages::publisher_links& x) {
  links = x;
  auto count = links.wallets.size() + links.tokens.size();
  is_to_ask.assign(count, false);
  is_asked.assign(count, false);
  holders = holder_counts{links.wallets.size()};
  changes_delivered.assign(count, 0);
  again.resize(links.wallets.size());
  owed = owed_line{config.owed_bytes_max, count};
  has_answered.assign(count, false);
  moved_floors.assign(count, 0);
  // Whoever published before us may have left keys behind.
  resync.assign(count, true);
  self->delayed_send(self, config.period, atom::tick_v);
  self->delayed_send(self, config.board_period, atom::go_v);
  load_old_rows();
}

void publisher_state::load_old_rows() {
  loading_old = old_next < old_end;
  if (!loading_old) {
    line.insert(line.end(), live_line.begin(), live_line.end());
    live_line.clear();
    pump();
    return;
  }
  self
    ->request(links.reader, config.timeout,
              messages::load_rows{old_next, old_end})
    .then(
      [this](const messages::journal_rows_ptr& rows) {
        auto count = rows->trades.size() + rows->token_events.size();
        auto page = std::make_shared<messages::epoch>();
        page->trades = rows->trades;
        page->token_events = rows->token_events;
        messages::for_each_row(*page, [this](messages::row_ref, uint64_t jpos) {
          old_next = std::max(old_next, jpos);
        });
        if (count < messages::tail_rows_max)
          old_next = old_end;
        page->after.jpos = old_next;
        line_bytes += bytes_of(*page);
        line.push_back(std::move(page));
        pump();
      },
      [this](caf::error& err) { self->quit(std::move(err)); });
}

// -- what happens -------------------------------------------------------------

void publisher_state::handle(const messages::epoch_committed& x) {
  auto measured = handlers.measure();
  gaps.note(*x.epoch);
  if (local && has_room()) {
    tell_local(rows_of(x.epoch, *local_rows));
  } else if (local) {
    skip_rows(*x.epoch, *local_rows);
    local_left_out_total += x.epoch->trades.size()
                            + x.epoch->token_events.size();
  }
  line_bytes += bytes_of(*x.epoch);
  (loading_old ? live_line : line).push_back(x.epoch);
  pump();
  enforce_bound();
}

void publisher_state::handle(const messages::epoch_completed& x) {
  auto measured = handlers.measure();
  completed_epoch = std::max(completed_epoch, x.epoch);
}

bool publisher_state::is_from_local() const {
  return local
         && self->current_sender()
              == caf::actor_cast<caf::strong_actor_ptr>(local);
}

void publisher_state::handle(const messages::batch_delivered& x) {
  auto measured = handlers.measure();
  if (is_from_local()) {
    local_delivered = std::max(local_delivered, x.number);
    ask_partitions();
    return;
  }
  while (!in_flight.empty() && in_flight.front().first <= x.number) {
    ++delivered_total;
    note_delivered(in_flight.front().second);
    in_flight.pop_front();
  }
  pump();
  answer_flush();
}

void publisher_state::note_delivered(const delivery& x) {
  if (x.rows > rows_delivered)
    links.tracer.report(self, messages::traced_delivery{
                                x.rows, std::chrono::steady_clock::now()});
  rows_delivered = std::max(rows_delivered, x.rows);
  for (auto& change : x.changes)
    changes_delivered[change.partition] = change.jpos;
}

void publisher_state::handle(const messages::sink_changed& x) {
  // It is always there.
  if (is_from_local())
    return;
  ready = x.ready;
  if (!ready) {
    answer_flush();
    return;
  }
  // It may have lost all that it held.
  ++resyncs_total;
  resync.assign(resync.size(), true);
  boards_forced = true;
  want_changes();
  pump();
}

void publisher_state::handle_tick() {
  auto measured = handlers.measure();
  self->delayed_send(self, config.period, atom::tick_v);
  want_changes();
  pump();
  if (flushes.empty())
    return;
  // A flush waits as long as there is progress, and for partitions: they have
  // a time limit of their own.
  if (std::exchange(delivered_then, delivered_total) != delivered_total
      || in_flight.empty())
    idle_periods = 0;
  else
    ++idle_periods;
  answer_flush();
}

void publisher_state::want_changes() {
  // Tokens first: by the time that the wallets tell who holds them, these have
  // mostly folded as much.
  auto count = is_to_ask.size();
  for (size_t i = 0; i < count; ++i)
    if (auto index = (i + links.wallets.size()) % count; !is_to_ask[index]) {
      is_to_ask[index] = true;
      to_ask.push_back(index);
    }
}

void publisher_state::handle_board_tick() {
  auto measured = handlers.measure();
  self->delayed_send(self, config.board_period, atom::go_v);
  ask_boards();
}

caf::typed_response_promise<uint64_t> publisher_state::handle_flush() {
  auto promise = self->make_response_promise<uint64_t>();
  flushes.push_back(promise);
  // Whoever is answering now may do so with what was before.
  changes_left = asked > 0 || round || !held.empty();
  positions_told = false;
  idle_periods = 0;
  want_changes();
  ask_boards();
  pump();
  answer_flush();
  return promise;
}

void publisher_state::answer_flush() {
  auto busy = !line.empty() || !live_line.empty() || loading_old
              || !owed.is_empty() || !in_flight.empty() || !to_ask.empty()
              || !held.empty() || asked > 0 || round;
  auto patient = idle_periods * config.period < config.patience;
  if (flushes.empty() || (ready && busy && patient))
    return;
  // A last round for what changed meanwhile, and to tell what is delivered.
  auto more = std::exchange(changes_left, false)
              || !std::exchange(positions_told, true);
  if (ready && patient && more) {
    want_changes();
    ask_boards();
    pump();
    return;
  }
  for (auto& promise : std::exchange(flushes, {}))
    promise.deliver(delivered_total);
}

// -- rows ---------------------------------------------------------------------

void publisher_state::pump() {
  while (ready && in_flight.size() < config.batches_max) {
    if (!line.empty()) {
      auto epoch = std::move(line.front());
      line.pop_front();
      line_bytes -= bytes_of(*epoch);
      send_rows(epoch);
      // Pages of old rows come one by one.
      if (loading_old && line.empty()) {
        load_old_rows();
        return;
      }
    } else if (!owed.is_empty()) {
      auto next = owed.take(batch_items_max);
      send({std::move(next.items), 0, std::move(next.complete)});
    } else {
      break;
    }
  }
  ask_partitions();
}

std::vector<publication> publisher_state::rows_of(const messages::epoch_ptr& x,
                                                  row_channels& channels) {
  auto items = std::vector<publication>{};
  items.reserve(x->trades.size());
  messages::for_each_row(*x, [&](messages::row_ref row, uint64_t jpos) {
    auto index = row & ~messages::token_event_bit;
    if ((row & messages::token_event_bit) == 0) {
      auto& trade = x->trades[index];
      auto prev = channels.trades.next(trade.mint, 0, jpos, 0);
      items.emplace_back(messages::trade_publication{
        x, index, {jpos, 0, prev, trade.position.slot}});
      return;
    }
    auto& event = x->token_events[index];
    auto is_created = event.kind == domain::token_event_kind::created;
    if (!is_created && event.kind != domain::token_event_kind::migrated)
      return;
    auto& last = is_created ? channels.created : channels.graduated;
    auto prev = std::exchange(last, jpos);
    items.emplace_back(messages::lifecycle_publication{
      x, index, {jpos, 0, prev, event.position.slot}});
  });
  return items;
}

void publisher_state::skip_rows(const messages::epoch& x,
                                row_channels& channels) {
  for (auto& trade : x.trades)
    channels.trades.skip(trade.mint, 0, trade.jpos);
  for (auto& event : x.token_events)
    if (event.kind == domain::token_event_kind::created)
      channels.created = event.jpos;
    else if (event.kind == domain::token_event_kind::migrated)
      channels.graduated = event.jpos;
}

void publisher_state::send_rows(const messages::epoch_ptr& x) {
  auto items = rows_of(x, *sink_rows);
  trades_total += items.size();
  send({std::move(items), x->after.jpos, {}});
}

void publisher_state::send(delivery x) {
  if (x.items.empty()) {
    // Counts with what is before it.
    if (in_flight.empty())
      note_delivered(x);
    else
      in_flight.emplace_back(batches, std::move(x));
    return;
  }
  auto batch = std::make_shared<messages::publication_batch>();
  batch->number = ++batches;
  batch->fence = fence;
  batch->items = std::exchange(x.items, {});
  in_flight.emplace_back(batch->number, std::move(x));
  self->send(sink, messages::publication_batch_ptr{std::move(batch)});
}

void publisher_state::enqueue(std::vector<publication> items, size_t partition,
                              uint64_t jpos) {
  changes_total += items.size();
  if (local)
    tell_local(items);
  for (auto& item : items)
    owed.push(std::move(item));
  note_forgotten();
  // Not all is told while some must be told again.
  auto is_whole = partition >= again.size() || again[partition].empty();
  if (jpos != 0 && is_whole)
    owed.mark(partition, jpos);
}

void publisher_state::note_forgotten() {
  auto count = static_cast<uint32_t>(again.size());
  for (auto& wallet : owed.take_forgotten()) {
    auto index = domain::partition_of(wallet, hash_seed, count);
    owed.unmark(index);
    if (again[index].size() < config.again_max)
      again[index].insert(wallet);
  }
}

void publisher_state::tell_local(std::vector<publication> items) {
  if (items.empty())
    return;
  auto batch = std::make_shared<messages::publication_batch>();
  batch->number = ++local_batches;
  batch->fence = fence;
  batch->items = std::move(items);
  self->send(local, messages::publication_batch_ptr{std::move(batch)});
}

bool publisher_state::has_room() const {
  if (local)
    return local_batches - local_delivered < config.local_batches_max;
  return owed.size() < config.asked_max * config.keys_max;
}

void publisher_state::enforce_bound() {
  while (line_bytes > config.line_bytes_max) {
    // A page of old rows calls for the next one when it is out.
    auto& from = loading_old ? live_line : line;
    if (from.empty())
      return;
    auto epoch = std::move(from.front());
    from.pop_front();
    line_bytes -= bytes_of(*epoch);
    left_out_total += epoch->trades.size() + epoch->token_events.size();
    skip_rows(*epoch, *sink_rows);
  }
}

// -- changes ------------------------------------------------------------------

void publisher_state::ask_partitions() {
  for (auto left = to_ask.size(); left > 0; --left) {
    // Who is asked for holders alone fills no line.
    if (asked >= config.asked_max || (has_listener() && !has_room()))
      return;
    auto index = to_ask.front();
    to_ask.pop_front();
    auto is_wallets = index < links.wallets.size();
    if (is_asked[index] || (!is_wallets && !has_listener()))
      to_ask.push_back(index);
    else if (is_wallets)
      ask<messages::wallet_changes>(links.wallets[index], index);
    else
      ask<messages::token_changes>(links.tokens[index - links.wallets.size()],
                                   index);
  }
}

template <class Changes, class Partition>
void publisher_state::ask(const Partition& partition, size_t index) {
  ++asked;
  is_asked[index] = true;
  auto request = messages::get_changes{};
  // Without a sink there is nobody to tell, but holders are counted.
  auto whole = has_listener();
  request.keys_max = whole ? config.keys_max : 0;
  request.resync = whole && resync[index];
  request.delivered_jpos = std::min(rows_delivered, changes_delivered[index]);
  if (index < links.wallets.size()) {
    request.holders_taken = holders.taken(index);
    // Others heard of them: only the sink is worth it.
    if (ready) {
      auto keys = std::exchange(again[index], {});
      request.again.assign(keys.begin(), keys.end());
    }
  }
  if (whole)
    resync[index] = false;
  self->request(partition, config.timeout, request)
    .then(
      [this, index, whole](const std::shared_ptr<const Changes>& x) {
        --asked;
        is_asked[index] = false;
        is_to_ask[index] = false;
        if constexpr (std::is_same_v<Changes, messages::wallet_changes>)
          holders.take(index, *x);
        if (whole) {
          changes_left = changes_left || x->more;
          if (!has_answered[index]) {
            has_answered[index] = true;
            ++answered;
          }
          take(index, *x);
        }
        release_tokens();
        succeed(index);
        pump();
        answer_flush();
      },
      [this, index, request](caf::error&) {
        // One that died takes the pipeline along; one that is slow is asked
        // again.
        --asked;
        ++failures_total;
        is_asked[index] = false;
        is_to_ask[index] = false;
        resync[index] = resync[index] || request.resync;
        if (!request.again.empty())
          again[index].insert(request.again.begin(), request.again.end());
        succeed(index);
        answer_flush();
      });
}

void publisher_state::take(size_t index, const messages::wallet_changes& x) {
  auto items = std::vector<publication>{};
  items.reserve(x.changes.size());
  auto lost = std::max(x.lost, moved_floors[index]);
  for (auto& change : x.changes) {
    auto seq = change.seq != 0 ? change.seq : x.jpos;
    auto prev = wallet_channels->next(change.wallet, 0, seq, lost);
    items.emplace_back(
      messages::wallet_publication{change, {seq, x.epoch, prev, change.slot}});
  }
  enqueue(std::move(items), index, x.more ? 0 : x.jpos);
}

void publisher_state::take(size_t index, const messages::token_changes& x) {
  auto bars = std::vector<publication>{};
  auto tokens = std::vector<publication>{};
  auto count = size_t{0};
  auto lost = std::max(x.lost, moved_floors[index]);
  for (auto& change : x.changes)
    count += change.bars.size();
  bars.reserve(count);
  tokens.reserve(x.changes.size());
  for (auto& change : x.changes) {
    auto seq = change.seq != 0 ? change.seq : x.jpos;
    auto& token = change.token;
    auto prev = token_channels->next(token.mint, 0, seq, lost);
    tokens.emplace_back(
      messages::token_publication{token,
                                  x.chain_time,
                                  change.refolded,
                                  0,
                                  {seq, x.epoch, prev, token.last_slot}});
    for (auto& bar : change.bars) {
      auto at = index_of(bar.bar.interval);
      auto bar_seq = bar.seq != 0 ? bar.seq : x.jpos;
      auto bar_prev = candle_channels->next(token.mint, at, bar_seq,
                                            std::max(lost, change.bars_lost));
      bars.emplace_back(messages::candle_publication{
        token.mint,
        token.decimals,
        bar.bar,
        bar.closed,
        !gaps.touch(bar.bar),
        {bar_seq, x.epoch, bar_prev, bar.bar.candle.last.slot}});
    }
  }
  enqueue(std::move(bars), index, 0);
  // Until they are out the partition is not asked again.
  is_to_ask[index] = true;
  held.push_back({index, x.epoch, std::move(tokens), x.more ? 0 : x.jpos});
}

void publisher_state::release_tokens() {
  auto waiting = std::vector<held_tokens>{};
  for (auto& x : held) {
    if (!holders.reaches(x.epoch)) {
      waiting.push_back(std::move(x));
      continue;
    }
    for (auto& item : x.items) {
      auto& token = std::get<messages::token_publication>(item);
      token.holders = holders.of(token.token.mint);
    }
    is_to_ask[x.index] = false;
    enqueue(std::move(x.items), x.index, x.jpos);
  }
  held = std::move(waiting);
}

// -- status -------------------------------------------------------------------

caf::settings publisher_state::status() const {
  auto result = caf::settings{};
  put(result, "ready", ready);
  put(result, "rows_total", trades_total);
  put(result, "changes_total", changes_total);
  put(result, "batches_total", batches);
  put(result, "batches_in_flight", static_cast<uint64_t>(in_flight.size()));
  put(result, "rows_left_out_total", left_out_total);
  put(result, "failures_total", failures_total);
  put(result, "totals_failures_total", totals_failures_total);
  put(result, "coins_held", static_cast<uint64_t>(holders.size()));
  put(result, "tokens_held", static_cast<uint64_t>(held.size()));
  put(result, "resyncs_total", resyncs_total);
  put(result, "owed", static_cast<uint64_t>(owed.size()));
  put(result, "owed_bytes", static_cast<uint64_t>(owed.bytes()));
  put(result, "owed_bytes_max", static_cast<uint64_t>(config.owed_bytes_max));
  put(result, "owed_left_out_total", owed.left_out_total());
  put(result, "local_batches_total", local_batches);
  put(result, "local_batches_in_flight", local_batches - local_delivered);
  put(result, "local_rows_left_out_total", local_left_out_total);
  put(result, "line", static_cast<uint64_t>(line.size() + live_line.size()));
  put(result, "line_bytes", static_cast<uint64_t>(line_bytes));
  put(result, "line_bytes_max", static_cast<uint64_t>(config.line_bytes_max));
  put(result, "gaps_open", static_cast<uint64_t>(gaps.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::publisher_actor::behavior_type
publisher(messages::publisher_actor::stateful_pointer<publisher_state> self,
          publisher_config config, messages::journal_boot_ptr boot,
          messages::sink_actor sink, messages::sink_actor local) {
  if (auto err = validate(config)) {
    self->quit(std::move(err));
    return messages::publisher_actor::behavior_type::make_empty_behavior();
  }
  auto& state = self->state;
  state.self = self;
  state.config = config;
  state.sink = std::move(sink);
  state.local = std::move(local);
  state.start(*boot);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::publisher_links_ptr& x) {
      self->state.handle_links(*x);
    },
    [self](const messages::epoch_committed& x) { self->state.handle(x); },
    [self](const messages::epoch_completed& x) { self->state.handle(x); },
    [self](atom::leave) { self->state.boards_wait = true; },
    [self](const messages::moved_partitions_ptr& x) {
      return self->state.handle(*x);
    },
    [self](const messages::batch_delivered& x) { self->state.handle(x); },
    [self](const messages::sink_changed& x) { self->state.handle(x); },
    [self](atom::flush) { return self->state.handle_flush(); },
    [self](atom::get, const domain::pubkey& x) {
      return self->state.holders.of(x);
    },
    [self](atom::tick) { self->state.handle_tick(); },
    [self](atom::go) { self->state.handle_board_tick(); },
  };
}

} // namespace pumpscope::actors

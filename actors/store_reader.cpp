#include "actors/store_reader.hpp"

#include "domain/token_windows.hpp"
#include "messages/state_blob.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace pumpscope::actors {

namespace {

caf::error to_error(const messages::store_error& x) {
  return caf::make_error(x.code, x.what);
}

size_t size_of(const messages::journal_rows& x) {
  return x.trades.size() + x.token_events.size();
}

/// Slots that are not worth one read: what lies between them is read, too.
bool is_far(uint64_t slot, uint64_t next) {
  return next - slot > 16;
}

/// The position of the last row; 0 without any.
uint64_t last_of(const messages::journal_rows& x) {
  auto last = [](auto& rows) { return rows.empty() ? 0 : rows.back().jpos; };
  return std::max(last(x.trades), last(x.token_events));
}

/// What boards and windows of a wallet partition start from.
messages::store_result<void> load_wallets(messages::store& store,
                                          messages::partition_boot& boot) {
  auto partition = boot.cursor.partition;
  auto wallets
    = store.visit_wallets(partition, [&boot](const messages::wallet_row& row) {
        boot.wallets.push_back({row.wallet, row.totals, {}});
      });
  if (!wallets)
    return wallets;
  return store.visit_wallet_buckets(
    partition,
    [&boot](const domain::wallet_bucket& row) { boot.buckets.push_back(row); });
}

/// What the windows of a token partition start from.
messages::store_result<void> load_tokens(messages::store& store,
                                         messages::partition_boot& boot) {
  auto partition = boot.cursor.partition;
  auto tokens
    = store.visit_tokens(partition, [&boot](const messages::token_row& row) {
        boot.tokens.push_back(row);
        boot.tokens.back().blob.clear();
        if (!row.graduated && row.reserve_breaks == 0)
          return;
        auto state = messages::decode_token_state(row.blob);
        // A blob that does not decode fails the
        // token when it is needed.
        if (!state)
          return;
        if (row.graduated)
          boot.graduated_at.emplace(row.mint, state->graduated_at);
        if (!state->breaks.empty())
          boot.breaks.emplace(row.mint, std::move(state->breaks));
      });
  if (!tokens)
    return tokens;
  auto since = domain::window_begin(domain::token_window::h24,
                                    boot.cursor.chain_time);
  return store.visit_candles(partition, since,
                             [&boot](const messages::candle_row& row) {
                               if (row.interval == domain::interval::m1)
                                 boot.candles.push_back(row);
                             });
}

} // namespace

caf::result<messages::partition_boot_ptr>
store_reader_state::handle(const messages::load_partition& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto result = std::make_shared<messages::partition_boot>();
  auto cursors = store->read_cursors();
  if (!cursors)
    return to_error(cursors.error());
  result->cursor.kind = x.kind;
  result->cursor.partition = x.partition;
  for (auto& cursor : *cursors)
    if (cursor.kind == x.kind && cursor.partition == x.partition)
      result->cursor = cursor;
  auto loaded = x.kind == messages::projection::wallet
                  ? load_wallets(*store, *result)
                  : load_tokens(*store, *result);
  if (!loaded)
    return to_error(loaded.error());
  if (x.holders) {
    auto counted = store->visit_holders(
      x.partition, [&result](const messages::holders_row& row) {
        result->holders.push_back(row);
      });
    if (!counted)
      return to_error(counted.error());
  }
  auto repairs = store->load_repairs(x.kind);
  if (!repairs)
    return to_error(repairs.error());
  auto identity = store->identity();
  for (auto& repair : *repairs)
    if (domain::partition_of(repair.key, identity.hash_seed,
                             identity.partitions)
        == x.partition)
      result->repairs.push_back(repair);
  return messages::partition_boot_ptr{std::move(result)};
}

caf::typed_response_promise<messages::tail_rows_ptr>
store_reader_state::handle(const messages::load_tail& x) {
  ++requests_total;
  auto promise = self->make_response_promise<messages::tail_rows_ptr>();
  if (x.partition >= store->identity().partitions) {
    promise.deliver(caf::make_error(domain::errc::internal,
                                    std::string{"no such partition"}));
    return promise;
  }
  // Behind what waits in the mailbox: others may ask, too.
  if (tails.empty())
    self->send(self, atom::go_v);
  tails.push_back({x, promise, nullptr});
  return promise;
}

void store_reader_state::answer_tails() {
  auto measured = handlers.measure();
  if (tails.size() >= config.together_min) {
    answer_together();
  } else {
    for (auto& x : std::exchange(tails, {}))
      answer_tail(x);
  }
  if (!tails.empty())
    self->send(self, atom::go_v);
}

void store_reader_state::answer_tail(tail_request& x) {
  auto rows = store->load_tail(x.asked.kind, x.asked.partition, x.asked.after,
                               x.asked.up_to, messages::tail_rows_max);
  if (!rows) {
    x.promise.deliver(to_error(rows.error()));
    return;
  }
  auto whole = size_of(*rows) < messages::tail_rows_max;
  auto up_to = whole ? x.asked.up_to : last_of(*rows);
  x.promise.deliver(
    messages::tail_rows_ptr{std::make_shared<messages::tail_rows>(
      messages::tail_rows{std::move(*rows), up_to})});
}

void store_reader_state::answer_together() {
  auto after = std::numeric_limits<uint64_t>::max();
  auto up_to = uint64_t{0};
  for (auto& x : tails) {
    after = std::min(after, x.asked.after);
    up_to = std::max(up_to, x.asked.up_to);
  }
  auto rows = store->load_journal(after, up_to, config.together_rows_max);
  if (!rows) {
    for (auto& x : std::exchange(tails, {}))
      x.promise.deliver(to_error(rows.error()));
    return;
  }
  if (size_of(*rows) >= config.together_rows_max)
    up_to = last_of(*rows);
  auto is_served = [up_to](const tail_request& x) {
    return x.asked.after < up_to || x.asked.after >= x.asked.up_to;
  };
  auto begin = std::stable_partition(tails.begin(), tails.end(),
                                     [&](auto& x) { return !is_served(x); });
  auto served = std::vector<tail_request>(std::move_iterator{begin},
                                          std::move_iterator{tails.end()});
  tails.erase(begin, tails.end());
  for (auto& x : served) {
    x.answer = std::make_shared<messages::tail_rows>();
    x.answer->up_to = std::min(x.asked.up_to, up_to);
  }
  divide(*rows, served);
  for (auto& x : served)
    x.promise.deliver(messages::tail_rows_ptr{std::move(x.answer)});
}

void store_reader_state::divide(const messages::journal_rows& rows,
                                std::vector<tail_request>& served) {
  auto identity = store->identity();
  // Whom a row concerns; the feed of a partition may ask beside its fold.
  auto wallets = std::vector<std::vector<tail_request*>>(identity.partitions);
  auto tokens = wallets;
  for (auto& x : served) {
    auto& side = x.asked.kind == messages::projection::wallet ? wallets
                                                              : tokens;
    side[x.asked.partition].push_back(&x);
  }
  auto of = [&](auto& side, const domain::pubkey& key) -> auto& {
    return side[domain::partition_of(key, identity.hash_seed,
                                     identity.partitions)];
  };
  auto wanted_by = [](const tail_request& x, uint64_t jpos) {
    return jpos > x.asked.after && jpos <= x.answer->up_to;
  };
  for (auto& row : rows.trades)
    for (auto* side : {&of(wallets, row.wallet), &of(tokens, row.mint)})
      for (auto* x : *side)
        if (wanted_by(*x, row.jpos))
          x->answer->rows.trades.push_back(row);
  for (auto& row : rows.token_events)
    if (row.kind != domain::token_event_kind::slot_voided)
      for (auto* x : of(tokens, row.mint))
        if (wanted_by(*x, row.jpos))
          x->answer->rows.token_events.push_back(row);
}

caf::result<messages::journal_rows_ptr>
store_reader_state::handle(const messages::load_rows& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto rows = store->load_journal(x.after, x.up_to, messages::tail_rows_max);
  if (!rows)
    return to_error(rows.error());
  return messages::journal_rows_ptr{
    std::make_shared<messages::journal_rows>(std::move(*rows))};
}

caf::result<messages::loaded_entities_ptr>
store_reader_state::handle(const messages::load_entities& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto result = std::make_shared<messages::loaded_entities>();
  if (x.kind == messages::projection::wallet) {
    auto wallets = store->load_wallets(x.keys);
    if (!wallets)
      return to_error(wallets.error());
    result->wallets = std::move(*wallets);
  } else {
    auto tokens = store->load_tokens(x.keys);
    if (!tokens)
      return to_error(tokens.error());
    result->tokens = std::move(*tokens);
  }
  auto room = x.rows_max;
  for (auto& request : x.histories) {
    auto page = next_page(x, request, room);
    if (!page)
      return to_error(page.error());
    room -= size_of(page->rows);
    result->histories.push_back(
      std::make_shared<messages::history_page>(std::move(*page)));
  }
  return messages::loaded_entities_ptr{std::move(result)};
}

messages::store_result<messages::history_page>
store_reader_state::next_page(const messages::load_entities& x,
                              const messages::history_request& request,
                              size_t room) {
  auto result = messages::history_page{};
  result.first = request.first;
  auto id = std::pair{x.kind, request.key};
  if (request.first)
    histories.erase(id);
  if (room == 0) {
    result.last = false;
    return result;
  }
  auto& open = histories[id];
  if (!open) {
    auto opened = store->open_history(x.kind, request.key, x.up_to);
    if (!opened)
      return tl::make_unexpected(std::move(opened.error()));
    open = std::move(*opened);
    // There may have been no room for it when it was asked for first.
    result.first = true;
    result.start = open->start();
  }
  auto rows = open->next(room);
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  result.rows = std::move(*rows);
  result.last = size_of(result.rows) < room;
  if (result.last)
    histories.erase(id);
  return result;
}

caf::result<messages::looked_up_ptr>
store_reader_state::handle(const messages::look_up& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto result = std::make_shared<messages::looked_up>();
  auto known = store->contains(x.keys);
  if (!known)
    return to_error(known.error());
  result->known = std::move(*known);
  // In runs: between an old slot and a new one may lie millions.
  for (auto begin = x.slots.begin(); begin != x.slots.end();) {
    auto end = std::adjacent_find(begin, x.slots.end(), is_far);
    if (end != x.slots.end())
      ++end;
    auto found = store->load_slots(*begin, *std::prev(end));
    if (!found)
      return to_error(found.error());
    for (auto& row : *found)
      if (std::binary_search(begin, end, row.slot))
        result->slots.push_back(row);
    begin = end;
  }
  for (auto slot : x.voided) {
    auto& rows = result->voided.emplace_back();
    auto sealed = store->load_slots(slot, slot);
    if (!sealed)
      return to_error(sealed.error());
    if (sealed->empty())
      continue;
    rows.emplace();
    // One that came again after it was voided: its rows count no more.
    auto place = domain::void_position(slot);
    auto is_voided = store->contains({&place, 1});
    if (!is_voided)
      return to_error(is_voided.error());
    if (is_voided->front())
      continue;
    auto loaded = store->load_slot(slot);
    if (!loaded)
      return to_error(loaded.error());
    rows = std::move(*loaded);
  }
  // Last: what was dropped meanwhile must not pass for what never was.
  auto retention = store->read_retention();
  if (!retention)
    return to_error(retention.error());
  result->retention = *retention;
  return messages::looked_up_ptr{std::move(result)};
}

caf::settings store_reader_state::status() const {
  auto result = caf::settings{};
  put(result, "requests_total", requests_total);
  put(result, "histories_open", static_cast<uint64_t>(histories.size()));
  put(result, "tails_waiting", static_cast<uint64_t>(tails.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::store_reader_actor::behavior_type store_reader(
  messages::store_reader_actor::stateful_pointer<store_reader_state> self,
  store_reader_config config, std::shared_ptr<messages::store> store) {
  self->state.self = self;
  self->state.config = config;
  self->state.store = std::move(store);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::load_partition& x) { return self->state.handle(x); },
    [self](const messages::load_tail& x) { return self->state.handle(x); },
    [self](atom::go) { self->state.answer_tails(); },
    [self](const messages::load_rows& x) { return self->state.handle(x); },
    [self](const messages::load_entities& x) { return self->state.handle(x); },
    [self](const messages::look_up& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors

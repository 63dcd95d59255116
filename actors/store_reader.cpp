#include "actors/store_reader.hpp"

#include "domain/token_windows.hpp"
#include "messages/state_blob.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

caf::error to_error(const messages::store_error& x) {
  return caf::make_error(x.code, x.what);
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

caf::result<messages::journal_rows_ptr>
store_reader_state::handle(const messages::load_tail& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto rows = store->load_tail(x.kind, x.partition, x.after, x.up_to,
                               messages::tail_rows_max);
  if (!rows)
    return to_error(rows.error());
  return messages::journal_rows_ptr{
    std::make_shared<messages::journal_rows>(std::move(*rows))};
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
    room -= page->rows.trades.size() + page->rows.token_events.size();
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
  result.last = result.rows.trades.size() + result.rows.token_events.size()
                < room;
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
  for (auto slot : x.slots) {
    // One by one: between an old slot and a new one may lie millions.
    auto found = store->load_slots(slot, slot);
    if (!found)
      return to_error(found.error());
    result->slots.insert(result->slots.end(), found->begin(), found->end());
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
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::store_reader_actor::behavior_type store_reader(
  messages::store_reader_actor::stateful_pointer<store_reader_state> self,
  std::shared_ptr<messages::store> store) {
  self->state.self = self;
  self->state.store = std::move(store);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::load_partition& x) { return self->state.handle(x); },
    [self](const messages::load_tail& x) { return self->state.handle(x); },
    [self](const messages::load_rows& x) { return self->state.handle(x); },
    [self](const messages::load_entities& x) { return self->state.handle(x); },
    [self](const messages::look_up& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors

#include "actors/token_partition.hpp"

#include "actors/token_candles.hpp"
#include "messages/state_rows.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

caf::expected<domain::token_ledger>
token_kind::restore(const messages::loaded_entities& x, size_t i,
                    const domain::pubkey& key) {
  auto& row = x.tokens[i];
  if (!row)
    return fresh(key);
  auto ledger = messages::restore_token(*row);
  if (!ledger)
    return caf::make_error(ledger.error());
  return std::move(*ledger);
}

token_kind::entity_actor token_kind::spawn(actor::pointer self,
                                           domain::token_ledger start,
                                           bool publishes) {
  return self->spawn<caf::lazy_init>(token_candles, std::move(start),
                                     publishes);
}

messages::token_change token_kind::describe(const domain::token_ledger& x) {
  auto result = messages::token_change{};
  result.token = domain::summarize(x);
  return result;
}

void token_kind::complete(messages::token_change& x) const {
  x.token.windows = domain::activity_of(windows, x.token.mint,
                                        x.token.quote_mint);
}

bool token_kind::is_active(const domain::pubkey& mint) const {
  using namespace domain::known_keys;
  return windows.quote_of(mint, wsol_mint) || windows.quote_of(mint, usdc_mint)
         || windows.quote_of(mint, usdt_mint);
}

caf::error token_kind::load(const messages::partition_boot& boot,
                            boost::unordered_flat_set<uint64_t>& stored) {
  windows.advance(boot.cursor.chain_time);
  for (auto& row : boot.candles)
    if (row.interval == domain::interval::m1)
      windows.load(row.mint, row.quote_mint, row.candle);
  stored.reserve(boot.tokens.size());
  for (auto& row : boot.tokens) {
    stored.insert(domain::key_hash(row.mint, hash_seed));
    if (row.market_cap)
      windows.load_market_cap(row.mint, row.quote_mint, *row.market_cap);
    set_breaks(row.mint, row.reserve_breaks);
  }
  // A process may have died between the fold that met one and its gap.
  for (auto& [mint, spans] : boot.breaks)
    breaks_news.push_back({mint, true, spans});
  load_news(boot);
  return {};
}

void token_kind::load_news(const messages::partition_boot& boot) {
  auto created = std::vector<messages::token_news_item>{};
  auto graduated = std::vector<messages::token_news_item>{};
  auto add = [](auto& list, messages::market_list of, const auto& row,
                int64_t at) {
    auto item = messages::token_news_item{of, {}};
    item.row.mint = row.mint;
    item.row.quote_mint = row.quote_mint;
    item.row.name = row.name;
    item.row.symbol = row.symbol;
    item.row.at = at;
    list.push_back(std::move(item));
  };
  for (auto& row : boot.tokens) {
    if (row.created_at != 0)
      add(created, messages::market_list::created, row, row.created_at);
    if (auto at = boot.graduated_at.find(row.mint);
        at != boot.graduated_at.end())
      add(graduated, messages::market_list::graduated, row, at->second);
  }
  for (auto* list : {&created, &graduated}) {
    auto count = std::min(first_news_max, list->size());
    std::partial_sort(
      list->begin(), list->begin() + static_cast<std::ptrdiff_t>(count),
      list->end(), [](auto& x, auto& y) { return x.row.at > y.row.at; });
    list->resize(count);
    news.insert(news.end(), list->begin(), list->end());
  }
  tell_news(boot.cursor.chain_time);
}

void token_kind::tell_news(int64_t chain_time) {
  if (!breaks_news.empty()) {
    auto told = std::make_shared<messages::breaks_found>();
    told->tokens = std::exchange(breaks_news, {});
    if (router)
      caf::anon_send(router, messages::breaks_found_ptr{std::move(told)});
  }
  if (news.empty())
    return;
  auto told = std::make_shared<messages::token_news>();
  told->chain_time = chain_time;
  told->items = std::exchange(news, {});
  if (market)
    caf::anon_send(market, messages::token_news_ptr{std::move(told)});
}

namespace {

/// Notes what an event was the first of its kind of.
void note_news(std::vector<messages::token_news_item>& news,
               const domain::token_event& x,
               const messages::token_row_effect& effect) {
  if (!effect.was_created && !effect.was_graduated)
    return;
  auto item = messages::token_news_item{};
  item.list = effect.was_created ? messages::market_list::created
                                 : messages::market_list::graduated;
  item.row.mint = x.mint;
  item.row.quote_mint = x.quote_mint;
  item.row.name = x.name;
  item.row.symbol = x.symbol;
  item.row.at = x.block_time;
  news.push_back(std::move(item));
}

} // namespace

void token_kind::apply(const messages::epoch& x, messages::row_ref row,
                       const messages::token_row_effect& effect) {
  if (effect.broken) {
    auto& mint = key_of(x, row);
    add_break(mint, *effect.broken);
    set_breaks(mint, breaks_of[mint] + 1);
    ++breaks_total;
    breaks_news.push_back({mint, false, {span_of(*effect.broken)}});
  }
  if ((row & messages::token_event_bit) != 0) {
    note_news(news, x.token_events[row & ~messages::token_event_bit], effect);
    return;
  }
  auto whole = domain::token_effect{};
  whole.on_venue = effect.on_venue;
  whole.spot = effect.spot;
  whole.previous = effect.previous;
  auto& trade = x.trades[row];
  if (!windows.apply(trade, whole, effect.market_cap))
    ++window_errors_total;
  if (effect.on_venue)
    windows.set_progress(trade.mint, trade.quote_mint, effect.progress);
}

void token_kind::replace(const domain::pubkey& key, const work& x,
                         size_t part) {
  auto& result = x.histories[part];
  windows.erase(key);
  for (auto& change : result.candles)
    if (change.interval == domain::interval::m1)
      windows.load(key, change.quote_mint, change.candle);
  if (result.market_cap)
    windows.load_market_cap(key, result.quote_mint, *result.market_cap);
  windows.set_progress(key, result.quote_mint, result.progress);
  breaks.erase(key);
  auto told = messages::token_breaks{key, true, {}};
  for (auto& broken : result.breaks) {
    add_break(key, broken);
    told.spans.push_back(span_of(broken));
  }
  auto known = breaks_of.find(key);
  auto before = known == breaks_of.end() ? uint64_t{0} : known->second;
  breaks_total += std::max(result.reserve_breaks, before) - before;
  if (before > 0 || !told.spans.empty())
    breaks_news.push_back(std::move(told));
  set_breaks(key, result.reserve_breaks);
}

void token_kind::set_breaks(const domain::pubkey& mint, uint64_t count) {
  if (count == 0) {
    if (auto known = breaks_of.find(mint); known != breaks_of.end()) {
      breaks_now -= known->second;
      breaks_of.erase(known);
    }
    return;
  }
  auto& known = breaks_of[mint];
  breaks_now += count - known;
  known = count;
}

void token_kind::add_status(caf::settings& x) const {
  put(x, "reserve_breaks", breaks_now);
  put(x, "reserve_breaks_total", breaks_total);
}

void token_kind::add_break(const domain::pubkey& mint,
                           const domain::reserve_break& x) {
  if (breaks.size() >= broken_mints_max && !breaks.contains(mint))
    return;
  if (auto& list = breaks[mint]; list.size() < breaks_max)
    list.push_back(x);
}

void token_kind::begin_cut(messages::checkpoint& x,
                           std::vector<domain::pubkey> replaced) {
  x.tokens_replaced = std::move(replaced);
}

void token_kind::fill(messages::checkpoint& x, snapshot& rows) {
  x.tokens.reserve(rows.size());
  for (auto& part : rows.rows_of) {
    x.tokens.push_back(std::move(part.token));
    for (auto& candle : part.candles)
      x.candles.push_back(std::move(candle));
  }
}

messages::mint_breaks_ptr token_partition_state::breaks() const {
  auto result = std::make_shared<messages::mint_breaks>();
  for (auto& [mint, list] : kind.breaks)
    for (auto& broken : list)
      result->push_back({mint, broken});
  return result;
}

messages::market_ptr
token_partition_state::list(const messages::get_market& x) const {
  using messages::market_list;
  auto& windows = kind.windows;
  auto result = std::make_shared<messages::market>();
  result->chain_time = chain_time;
  result->jpos = applied_jpos;
  result->tokens_active = windows.size();
  auto day = domain::token_window::h24;
  if (x.list == market_list::volume_24h)
    result->day = windows.total(day, x.quote_mint);
  auto ranks = x.list == market_list::volume_24h
                 ? windows.top_by_volume(day, x.quote_mint, x.rows)
               : x.list == market_list::market_cap
                 ? windows.top_by_market_cap(x.quote_mint, x.rows)
                 : windows.top_by_progress(x.quote_mint, x.rows);
  auto ratio = [&](const domain::token_rank& rank,
                   domain::token_window window) {
    auto change = windows.change(rank.mint, rank.quote_mint, window);
    return change ? std::optional{change->ratio} : std::nullopt;
  };
  for (auto& rank : ranks) {
    auto& row = result->rows.emplace_back();
    row.mint = rank.mint;
    row.quote_mint = rank.quote_mint;
    row.quote = windows.quote_of(rank.mint, rank.quote_mint)
                  .value_or(domain::token_quote{});
    row.day = windows.sums(rank.mint, rank.quote_mint, day);
    row.wallets_24h = windows.wallets(rank.mint, rank.quote_mint, day);
    row.change_1h = ratio(rank, domain::token_window::h1);
    row.change_24h = ratio(rank, day);
  }
  return result;
}

caf::typed_response_promise<messages::token_view_ptr>
token_partition_state::view(const domain::pubkey& mint) {
  auto promise = self->make_response_promise<messages::token_view_ptr>();
  auto failed = [promise](caf::error& err) mutable {
    promise.deliver(std::move(err));
  };
  if (auto entity = entities.find(mint); entity && entity->handle) {
    self->request(entity->handle, config.store_timeout, atom::get_v)
      .then(
        [this, promise](const messages::token_view_ptr& x) mutable {
          promise.deliver(complete_view(*x));
        },
        failed);
    return promise;
  }
  // Whoever makes up keys costs the store nothing.
  if (!stored.contains(domain::key_hash(mint, config.hash_seed))) {
    auto unknown = messages::token_view{};
    unknown.state.mint = mint;
    unknown.summary.mint = mint;
    promise.deliver(complete_view(std::move(unknown)));
    return promise;
  }
  auto query = messages::load_entities{};
  query.kind = token_kind::kind;
  query.keys.push_back(mint);
  self->request(reader, config.store_timeout, std::move(query))
    .then(
      [this, promise, mint](const messages::loaded_entities_ptr& x) mutable {
        auto ledger = token_kind::restore(*x, 0, mint);
        if (!ledger) {
          promise.deliver(std::move(ledger.error()));
          return;
        }
        auto result = messages::token_view{};
        result.known = x->tokens[0].has_value();
        result.state = ledger->state();
        result.summary = domain::summarize(*ledger);
        promise.deliver(complete_view(std::move(result)));
      },
      failed);
  return promise;
}

messages::token_view_ptr
token_partition_state::complete_view(messages::token_view x) const {
  x.epoch = applied_epoch;
  x.jpos = applied_jpos;
  x.chain_time = chain_time;
  x.summary.windows = domain::activity_of(kind.windows, x.summary.mint,
                                          x.summary.quote_mint);
  return std::make_shared<messages::token_view>(std::move(x));
}

messages::token_partition_actor::behavior_type token_partition(
  messages::token_partition_actor::stateful_pointer<token_partition_state> self,
  partition_config config, uint64_t fence, messages::store_reader_actor reader,
  messages::store_writer_actor writer,
  messages::partition_observer_actor router,
  messages::news_listener_actor market) {
  if (auto err = validate(config)) {
    self->quit(std::move(err));
    return messages::token_partition_actor::behavior_type::
      make_empty_behavior();
  }
  auto& state = self->state;
  state.self = self;
  state.kind.hash_seed = config.hash_seed;
  state.kind.market = std::move(market);
  state.kind.router = router;
  state.config = config;
  state.fence = fence;
  state.reader = std::move(reader);
  state.writer = std::move(writer);
  state.router = std::move(router);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::start, const messages::head_row& x) { self->state.start(x); },
    [self](atom::start) { return self->state.await_start(); },
    [self](const messages::routed_epoch_ptr& x) { self->state.handle(x); },
    [self](atom::flush) { return self->state.handle_flush(); },
    [self](atom::go) { self->state.handle_all_back(); },
    [self](atom::finished) { self->state.handle_snapshot(); },
    [self](atom::tick) { self->state.handle_tick(); },
    [self](const messages::get_entities& x) { return self->state.handle(x); },
    [self](atom::collected) { self->state.handle_collected(); },
    [self](const messages::get_changes& x) {
      return self->state.handle_get_changes(x);
    },
    [self](atom::get) { return self->state.breaks(); },
    [self](atom::get, const domain::pubkey& x) { return self->state.view(x); },
    [self](const messages::get_market& x) { return self->state.list(x); },
  };
}

} // namespace pumpscope::actors

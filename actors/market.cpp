#include "actors/market.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

namespace pumpscope::actors {

namespace {

using messages::market_list;
using messages::market_row;

/// What a list is ordered by, best first, then by mint bytes.
bool comes_before(market_list list, const market_row& x, const market_row& y) {
  auto by = [&](const auto& a, const auto& b) {
    return a != b ? a > b : x.mint < y.mint;
  };
  switch (list) {
    case market_list::volume_24h:
      return by(x.day.volume_quote, y.day.volume_quote);
    case market_list::market_cap:
      return by(x.quote.market_cap, y.quote.market_cap);
    case market_list::graduating:
      return by(x.quote.progress, y.quote.progress);
    case market_list::created:
    case market_list::graduated:
      break;
  }
  return by(x.at, y.at);
}

/// The answers of one request so far.
struct collection {
  messages::get_market query = {};
  size_t missing = 0;
  bool failed = false;
  messages::market market
    = {0, std::numeric_limits<uint64_t>::max(), 0, {}, {}};
  caf::typed_response_promise<messages::market_ptr> promise = {};
};

void add(const std::shared_ptr<collection>& into, const messages::market& x) {
  auto& market = into->market;
  market.chain_time = std::max(market.chain_time, x.chain_time);
  market.jpos = std::min(market.jpos, x.jpos);
  market.tokens_active += x.tokens_active;
  // Sums of 24 hours are far from the range of 128 bits.
  market.day.volume_quote += x.day.volume_quote;
  market.day.trades += x.day.trades;
  market.day.buys += x.day.buys;
  market.day.sells += x.day.sells;
  market.rows.insert(market.rows.end(), x.rows.begin(), x.rows.end());
  if (--into->missing > 0 || into->failed)
    return;
  auto result = std::make_shared<messages::market>(std::move(market));
  auto& rows = result->rows;
  auto list = into->query.list;
  auto count = std::min<size_t>(rows.size(), into->query.rows);
  std::partial_sort(
    rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
    [list](auto& a, auto& b) { return comes_before(list, a, b); });
  rows.resize(count);
  into->promise.deliver(messages::market_ptr{std::move(result)});
}

} // namespace

caf::error validate(const market_config& x) {
  if (x.news_max == 0 || x.timeout.count() <= 0)
    return caf::make_error(domain::errc::invalid_config,
                           std::string{"market bounds must be positive"});
  return {};
}

void market_state::handle(const messages::token_news& x) {
  auto measured = handlers.measure();
  ++news_total;
  chain_time = std::max(chain_time, x.chain_time);
  for (auto& item : x.items)
    note(item);
}

void market_state::note(const messages::token_news_item& x) {
  auto& list = x.list == market_list::created ? created : graduated;
  auto known = std::any_of(list.begin(), list.end(),
                           [&x](auto& y) { return y.row.mint == x.row.mint; });
  if (known)
    return;
  auto later = [](const auto& a, const auto& b) {
    return std::tuple{b.row.at, a.row.mint} < std::tuple{a.row.at, b.row.mint};
  };
  list.insert(std::upper_bound(list.begin(), list.end(), x, later), x);
  if (list.size() > config.news_max)
    list.pop_back();
}

messages::market_ptr market_state::newest(const messages::get_market& x) const {
  auto result = std::make_shared<messages::market>();
  result->chain_time = chain_time;
  for (auto& item : x.list == market_list::created ? created : graduated)
    if (item.row.quote_mint == x.quote_mint && result->rows.size() < x.rows)
      result->rows.push_back(item.row);
  return result;
}

caf::typed_response_promise<messages::market_ptr>
market_state::handle(const messages::get_market& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto promise = self->make_response_promise<messages::market_ptr>();
  auto is_news = x.list == market_list::created
                 || x.list == market_list::graduated;
  if (is_news || partitions.empty()) {
    promise.deliver(newest(x));
    return promise;
  }
  auto state = std::make_shared<collection>();
  state->query = x;
  state->missing = partitions.size();
  state->promise = promise;
  for (auto& partition : partitions)
    self->request(partition, config.timeout, x)
      .then([state](const messages::market_ptr& part) { add(state, *part); },
            [state](caf::error& err) {
              if (!std::exchange(state->failed, true))
                state->promise.deliver(std::move(err));
            });
  return promise;
}

caf::settings market_state::status() const {
  auto result = caf::settings{};
  put(result, "created", static_cast<uint64_t>(created.size()));
  put(result, "graduated", static_cast<uint64_t>(graduated.size()));
  put(result, "news_total", news_total);
  put(result, "requests_total", requests_total);
  put(result, "news_max", static_cast<uint64_t>(config.news_max));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::market_actor::behavior_type
market(messages::market_actor::stateful_pointer<market_state> self,
       market_config config) {
  if (auto err = validate(config)) {
    self->quit(std::move(err));
    return messages::market_actor::behavior_type::make_empty_behavior();
  }
  self->state.self = self;
  self->state.config = config;
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::market_links_ptr& x) {
      self->state.partitions = x->partitions;
    },
    [self](const messages::token_news_ptr& x) { self->state.handle(*x); },
    [self](const messages::get_market& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors

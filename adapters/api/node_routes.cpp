#include "adapters/api/handlers.hpp"
#include "adapters/api/openapi.hpp"
#include "adapters/api/token_list.hpp"
#include "domain/base58.hpp"

#include <algorithm>
#include <chrono>

namespace pumpscope::api {

namespace {

using publication_json::json_writer;

constexpr uint64_t found_max = 50;

void append_token(json_writer& to, const domain::pubkey& mint,
                  const std::string& name, const std::string& symbol,
                  std::optional<domain::i128> market_cap,
                  std::optional<domain::i128> volume_24h) {
  auto text = [&](std::string_view key, const std::string& x) {
    to.key(key);
    if (x.empty())
      to.null();
    else
      to.text(x);
  };
  to.begin_object();
  to.key("kind").plain("token");
  to.key("mint").value(mint);
  text("name", name);
  text("symbol", symbol);
  to.key("market_cap").amount(market_cap);
  to.key("volume_24h").amount(volume_24h);
  to.end_object();
}

http::response search(const backend& of, messages::store& store,
                      const std::string& text, uint64_t limit) {
  auto tokens = store.search_tokens({text, limit});
  if (!tokens)
    return store_problem(tokens.error());
  auto wallets = std::vector<domain::pubkey>{};
  if (text.size() >= messages::address_prefix_min) {
    auto found = store.search_wallets(text, limit);
    // A text that begins no address may be a name.
    if (!found && found.error().code != domain::errc::invalid_text)
      return store_problem(found.error());
    if (found)
      wallets = std::move(*found);
  }
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, *of.facts()).begin_array();
  auto rows = uint64_t{0};
  for (auto& row : *tokens) {
    auto entry = of.token(row.mint);
    auto volume = std::optional<domain::i128>{};
    if (entry)
      volume = entry->token
                 .windows[static_cast<size_t>(domain::token_window::h24)]
                 .sums.volume_quote;
    append_token(to, row.mint, row.name, row.symbol, row.market_cap, volume);
    ++rows;
  }
  for (auto& wallet : wallets) {
    if (rows++ >= limit)
      break;
    to.begin_object();
    to.key("kind").plain("wallet");
    to.key("wallet").value(wallet);
    to.end_object();
  }
  to.end_array();
  auto place = list_place{};
  place.limit = limit;
  end_list(to, place);
  return to_response(std::move(body), cache_list);
}

void tell_found(const std::shared_ptr<backend>& of,
                const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto text = given.text("q").value_or("");
  auto limit = given.number("limit", 20, 1, found_max);
  if (text.empty() || text.size() > search_bytes_max)
    given.refuse("q", "is not a text of 1 to 64 bytes");
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_by_read(*of, done, [of, text, limit](messages::store& store) {
    return search(*of, store, text, limit);
  });
}

http::response tell_status(const backend& of) {
  auto x = of.facts();
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, *x).begin_object();
  to.key("version").plain(x->version);
  to.key("simulated").flag(x->simulated);
  to.key("source").text(x->source);
  to.key("sealed_slot").number(x->head.sealed_slot);
  to.key("lag_slots").number(x->lag_slots);
  to.key("chain_time").time(x->head.chain_time);
  to.key("gaps_open").number(x->counts.open_gaps);
  to.key("dead_letters").number(x->counts.dead_letters);
  to.key("trades").number(x->counts.trades);
  to.key("tokens").number(x->tokens);
  to.key("wallets").number(x->wallets);
  to.key("sse_clients").number(x->clients_streaming);
  to.key("uptime_seconds").number(x->uptime_seconds);
  to.end_object();
  to.end_object();
  return to_response(std::move(body), cache_none);
}

/// Fields of the original plan; for whoever watches them.
http::response tell_health(const route_context& of) {
  auto x = of.node->facts();
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
    std::chrono::system_clock::now().time_since_epoch());
  auto body = std::string{};
  auto to = json_writer{body};
  to.begin_object();
  to.key("status").plain("ok");
  to.key("connections").number(x->clients_streaming);
  to.key("queue").number(x->lag_slots);
  to.key("cacheSize").number(of.cache->counters().entries);
  to.key("timestamp").time(now.count());
  to.end_object();
  return to_response(std::move(body), cache_none);
}

http::response list_gaps(const backend& of, messages::store& store) {
  auto gaps = store.load_gaps(false);
  if (!gaps)
    return store_problem(gaps.error());
  std::sort(gaps->begin(), gaps->end(),
            [](auto& x, auto& y) { return x.from_slot > y.from_slot; });
  constexpr size_t listed_max = 1'000;
  auto is_cut = gaps->size() > listed_max;
  if (is_cut)
    gaps->resize(listed_max);
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, *of.facts()).begin_array();
  for (auto& x : *gaps) {
    to.begin_object();
    to.key("from_slot").number(x.from_slot);
    to.key("to_slot").number(x.to_slot);
    to.key("reason").plain(x.reason);
    to.key("opened_at").time(x.opened_at);
    to.key("filled").flag(x.filled);
    to.end_object();
  }
  to.end_array();
  auto place = list_place{};
  place.limit = listed_max;
  end_list(to, place);
  return to_response(std::move(body), cache_none);
}

} // namespace

void add_node_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/search", std::chrono::seconds{2},
             [of = x.node](const http::request& request, http::reply done) {
               tell_found(of, request, done);
             });
  add_cached(to, x, "/api/v1/gaps", std::chrono::seconds{2},
             [of = x.node](const http::request&, http::reply done) {
               answer_by_read(*of, done, [of](messages::store& store) {
                 return list_gaps(*of, store);
               });
             });
  add_get(to, "/api/v1/status",
          [of = x.node](const http::request&, const http::reply& done) {
            done(tell_status(*of));
          });
  add_get(to, "/api/health",
          [x](const http::request&, const http::reply& done) {
            done(tell_health(x));
          });
  add_get(to, "/openapi.json",
          [](const http::request&, const http::reply& done) {
            done(to_response(std::string{openapi_text}, cache_list));
          });
  // Who watches the process has no key.
  to[to.size() - 1].keyed = false;
  to[to.size() - 2].keyed = false;
}

std::vector<http::route> make_routes(const route_context& x) {
  auto result = std::vector<http::route>{};
  add_token_routes(result, x);
  add_chart_routes(result, x);
  add_trade_routes(result, x);
  add_wallet_routes(result, x);
  add_board_routes(result, x);
  add_node_routes(result, x);
  return result;
}

} // namespace pumpscope::api

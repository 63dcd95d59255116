#include "adapters/api/chart.hpp"
#include "adapters/api/handlers.hpp"
#include "adapters/api/token_list.hpp"
#include "domain/canonical_dump.hpp"
#include "domain/known_keys.hpp"
#include "domain/token_metrics.hpp"
#include "domain/token_summary.hpp"

#include <cmath>

namespace pumpscope::api {

namespace {

using domain::interval;
using publication_json::json_writer;

/// How prices of a token are written: as they are, or times its supply.
struct price_scale {
  domain::pubkey quote_mint = {};
  int16_t decimals = -1;
  double factor = 1;

  [[nodiscard]] std::optional<double> operator()(const domain::price& x) const {
    auto price = domain::chart_price(x, quote_mint, decimals);
    return price ? std::optional{*price * factor} : std::nullopt;
  }
};

price_scale scale_of(const domain::token_state& x, bool as_market_cap) {
  auto result = price_scale{x.last_quote_mint, x.decimals, 1};
  if (as_market_cap) {
    auto supply = x.base_supply != 0 ? x.base_supply
                                     : domain::default_supply_units;
    result.factor = static_cast<double>(supply)
                    / std::pow(10.0, x.decimals < 0 ? 6 : x.decimals);
  }
  return result;
}

std::optional<double> whole_quotes(const domain::pubkey& quote_mint,
                                   domain::i128 units) {
  auto decimals = domain::quote_decimals(quote_mint);
  if (!decimals)
    return std::nullopt;
  return static_cast<double>(units) / std::pow(10.0, *decimals);
}

void append_bar(json_writer& to, const chart_bar& of, const price_scale& scale,
                interval length) {
  auto& x = of.candle;
  to.begin_object();
  to.key("time").number(x.open_time);
  to.key("open").number(scale(x.open));
  to.key("high").number(scale(x.high));
  to.key("low").number(scale(x.low));
  to.key("close").number(scale(x.close));
  to.key("volume").number(whole_quotes(scale.quote_mint, x.volume_quote));
  to.key("volume_quote").amount(x.volume_quote);
  to.key("volume_token").amount(x.volume_token);
  to.key("buy_volume_quote").amount(x.buy_volume_quote);
  to.key("sell_volume_quote").amount(x.sell_volume_quote);
  to.key("trades").number(x.trades);
  to.key("buys").number(x.buys);
  to.key("sells").number(x.sells);
  to.key("wallets");
  // Bars above 5m that are closed do not tell: distinct counts do not add up.
  if (x.wallets == 0 && x.trades > 0 && length > interval::m5)
    to.null();
  else
    to.number(x.wallets);
  to.key("closed").flag(of.closed);
  to.key("complete").flag(of.complete);
  to.key("filled").flag(of.filled);
  to.end_object();
}

void append_gaps(json_writer& to, const node_facts& facts,
                 const chart_query& query) {
  to.key("gaps").begin_array();
  for (auto& x : facts.gaps) {
    if (x.begin >= query.to || x.end < query.from)
      continue;
    to.begin_object();
    to.key("from").number(x.begin);
    to.key("to").number(x.end);
    to.end_object();
  }
  to.end_array();
}

/// Asks for the token, then reads its bars and answers with `make`.
using chart_answer = std::function<http::response(const domain::token_state&,
                                                  const std::vector<chart_bar>&,
                                                  const node_facts&)>;

void answer_with_chart(const std::shared_ptr<backend>& of,
                       const domain::pubkey& mint, const chart_query& query,
                       const http::reply& done, chart_answer make) {
  of->ask_token(
    mint, [of, query, done, make = std::move(make)](
            const tl::expected<messages::token_view_ptr, failure>& view) {
      if (!view) {
        done(unavailable(view.error()));
        return;
      }
      if (!(*view)->known) {
        done(not_found("no trade of this token is in the journal"));
        return;
      }
      answer_by_read(*of, done,
                     [of, query, make,
                      view = *view](messages::store& store) -> http::response {
                       auto facts = as_of_view(*of->facts(), *view);
                       auto& state = view->state;
                       auto parts = load_chart(store, query, state,
                                               state.last_quote_mint, facts);
                       if (!parts)
                         return store_problem(parts.error());
                       parts->state = &state;
                       return make(state, make_chart(query, std::move(*parts)),
                                   facts);
                     });
    });
}

/// Fills in what was not asked for: the newest bars up to now.
void set_range(chart_query& query, parameters& given, int64_t chain_time) {
  constexpr auto time_max = uint64_t{1} << 40;
  auto step = static_cast<int64_t>(query.interval);
  auto now = static_cast<uint64_t>(
    std::max<int64_t>(0, domain::open_time(chain_time, query.interval) + step));
  query.to = static_cast<int64_t>(given.number("to", now, 0, time_max));
  auto begin = query.to - step * static_cast<int64_t>(query.limit);
  query.from = static_cast<int64_t>(given.number(
    "from", static_cast<uint64_t>(std::max<int64_t>(0, begin)), 0, time_max));
  if (query.from > query.to)
    given.refuse("from", "is behind to");
}

void tell_chart(const std::shared_ptr<backend>& of,
                const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto mint = given.path_key("mint");
  auto query = chart_query{};
  query.interval = domain::all_intervals[given.word(
    "interval", 1, {"1s", "1m", "5m", "15m", "1h", "24h"})];
  query.limit = given.number("limit", 1'440, 1, bars_max);
  set_range(query, given, of->facts()->head.chain_time);
  query.fills = given.word("fill", 0, {"none", "prev"}) == 1;
  query.open = given.flag("open").value_or(true);
  auto as_market_cap = given.word("unit", 0, {"price", "market_cap"}) == 1;
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_with_chart(
    of, mint, query, done,
    [query, as_market_cap](const domain::token_state& state,
                           const std::vector<chart_bar>& bars,
                           const node_facts& facts) {
      auto scale = scale_of(state, as_market_cap);
      auto body = std::string{};
      auto to = json_writer{body};
      begin_answer(to, facts).begin_object();
      to.key("mint").value(state.mint);
      to.key("quote_mint").value(state.last_quote_mint);
      to.key("interval").plain(domain::canonical::to_string(query.interval));
      to.key("from").number(query.from);
      to.key("to").number(query.to);
      to.key("candles").begin_array();
      for (auto& x : bars)
        append_bar(to, x, scale, query.interval);
      to.end_array();
      append_gaps(to, facts, query);
      to.end_object();
      to.end_object();
      auto all_closed = !bars.empty() && bars.back().closed;
      return to_response(std::move(body),
                         all_closed ? cache_closed_chart : cache_none);
    });
}

// -- TradingView's Universal Data Feed ----------------------------------------

/// Answers that are JSON without an envelope.
http::response plain(std::string body) {
  return to_response(std::move(body), cache_none);
}

http::response udf_error(std::string_view what) {
  auto body = std::string{};
  auto to = json_writer{body};
  to.begin_object();
  to.key("s").plain("error");
  to.key("errmsg").plain(what);
  to.end_object();
  return plain(std::move(body));
}

http::response udf_config() {
  return plain(
    R"({"supports_search":true,"supports_group_request":false,)"
    R"("supports_marks":false,"supports_timescale_marks":false,)"
    R"("supports_time":true,"supported_resolutions":)"
    R"(["1S","1","5","15","60","1D"],"exchanges":[{"value":"","name":)"
    R"("All","desc":""}],"symbols_types":[{"name":"Tokens","value":)"
    R"("crypto"}]})");
}

std::optional<interval> interval_of(std::string_view resolution) {
  constexpr std::pair<std::string_view, interval> names[]
    = {{"1S", interval::s1},  {"1", interval::m1},  {"5", interval::m5},
       {"15", interval::m15}, {"60", interval::h1}, {"1D", interval::h24},
       {"D", interval::h24}};
  for (auto& [name, length] : names)
    if (resolution == name)
      return length;
  return std::nullopt;
}

void udf_history(const std::shared_ptr<backend>& of,
                 const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto mint = given.key("symbol");
  auto length = interval_of(given.text("resolution").value_or(""));
  auto query = chart_query{};
  query.interval = length.value_or(interval::m1);
  query.limit = given.number("countback", bars_max, 1, UINT32_MAX);
  query.limit = std::min(query.limit, bars_max);
  set_range(query, given, of->facts()->head.chain_time);
  // `countback` wins over `from`: a feed gives that many bars where it has
  // them.
  if (given.text("countback"))
    query.from = 0;
  if (!mint || !length || given.problem()) {
    done(udf_error(!mint     ? "symbol is not the address of a token"
                   : !length ? "resolution is none of 1S 1 5 15 60 1D"
                             : "from, to or countback is no number"));
    return;
  }
  answer_with_chart(
    of, *mint, query,
    [done](http::response x) {
      done(x.status == 404 ? udf_error("unknown symbol") : std::move(x));
    },
    [](const domain::token_state& state, const std::vector<chart_bar>& bars,
       const node_facts&) {
      auto scale = scale_of(state, false);
      auto body = std::string{};
      auto to = json_writer{body};
      to.begin_object();
      to.key("s").plain(bars.empty() ? "no_data" : "ok");
      auto column = [&](std::string_view name, auto value_of) {
        to.key(name).begin_array();
        for (auto& x : bars)
          to.number(value_of(x));
        to.end_array();
      };
      column("t", [](const chart_bar& x) { return x.candle.open_time; });
      column("o", [&](const chart_bar& x) { return scale(x.candle.open); });
      column("h", [&](const chart_bar& x) { return scale(x.candle.high); });
      column("l", [&](const chart_bar& x) { return scale(x.candle.low); });
      column("c", [&](const chart_bar& x) { return scale(x.candle.close); });
      column("v", [&](const chart_bar& x) {
        return whole_quotes(scale.quote_mint, x.candle.volume_quote);
      });
      to.end_object();
      return plain(std::move(body));
    });
}

void udf_symbol(const std::shared_ptr<backend>& of,
                const http::request& request, const http::reply& done) {
  auto mint = parameters{request}.key("symbol");
  if (!mint) {
    done(udf_error("symbol is not the address of a token"));
    return;
  }
  of->ask_token(
    *mint, [done](const tl::expected<messages::token_view_ptr, failure>& view) {
      if (!view) {
        done(unavailable(view.error()));
        return;
      }
      if (!(*view)->known) {
        done(udf_error("unknown symbol"));
        return;
      }
      auto& state = (*view)->state;
      auto body = std::string{};
      auto to = json_writer{body};
      to.begin_object();
      to.key("name").text(state.symbol);
      to.key("ticker").value(state.mint);
      to.key("description").text(state.name);
      to.key("type").plain("crypto");
      to.key("session").plain("24x7");
      to.key("timezone").plain("Etc/UTC");
      to.key("exchange").plain("pump");
      to.key("listed_exchange").plain("pump");
      to.key("format").plain("price");
      to.key("minmov").number(uint64_t{1});
      // Prices begin at 3e-8.
      to.key("pricescale").number(uint64_t{1'000'000'000'000});
      to.key("has_intraday").flag(true);
      to.key("has_seconds").flag(true);
      to.key("seconds_multipliers").begin_array().plain("1").end_array();
      to.key("intraday_multipliers").begin_array();
      for (auto x : {"1", "5", "15", "60"})
        to.plain(x);
      to.end_array();
      to.key("supported_resolutions").begin_array();
      for (auto x : {"1S", "1", "5", "15", "60", "1D"})
        to.plain(x);
      to.end_array();
      to.key("volume_precision").number(uint64_t{9});
      to.key("data_status").plain("streaming");
      to.end_object();
      done(plain(std::move(body)));
    });
}

/// Tokens of the directory: a feed asks while somebody types.
http::response udf_search(const backend& of, const http::request& request) {
  auto given = parameters{request};
  auto limit = given.number("limit", 30, 1, 100);
  auto query = token_query{};
  query.search = given.text("query").value_or("").substr(0, search_bytes_max);
  auto body = std::string{};
  auto to = json_writer{body};
  to.begin_array();
  auto list = of.tokens();
  for (auto* x : select(*list, query)) {
    if (limit-- == 0)
      break;
    to.begin_object();
    to.key("symbol").text(x->token.symbol);
    to.key("full_name").value(x->token.mint);
    to.key("description").text(x->token.name);
    to.key("exchange").plain("pump");
    to.key("ticker").value(x->token.mint);
    to.key("type").plain("crypto");
    to.end_object();
  }
  to.end_array();
  return plain(std::move(body));
}

void udf_time(const backend& of, const http::reply& done) {
  auto result = plain(std::to_string(of.facts()->head.chain_time));
  result.content_type = "text/plain";
  done(std::move(result));
}

} // namespace

void add_chart_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/tokens/{mint}/chart", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               tell_chart(of, request, done);
             });
  add_get(to, "/udf/config", [](const http::request&, const http::reply& done) {
    done(udf_config());
  });
  add_get(to, "/udf/time",
          [of = x.node](const http::request&, const http::reply& done) {
            udf_time(*of, done);
          });
  add_cached(to, x, "/udf/search", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               done(udf_search(*of, request));
             });
  add_cached(to, x, "/udf/symbols", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               udf_symbol(of, request, done);
             });
  add_cached(to, x, "/udf/history", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               udf_history(of, request, done);
             });
}

} // namespace pumpscope::api

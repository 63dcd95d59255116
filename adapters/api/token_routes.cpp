#include "adapters/api/handlers.hpp"
#include "adapters/api/token_list.hpp"
#include "adapters/publication_json/data_json.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "messages/state_blob.hpp"

#include <charconv>

namespace pumpscope::api {

namespace {

using publication_json::json_writer;

constexpr uint64_t tokens_max = 200;
constexpr uint64_t pages_max = 10'000;
constexpr size_t holders_shown = 20;
constexpr uint64_t holders_max = 100;

/// Where a page ended: how many rows came before, and the last one. The list
/// moves: the next page begins behind that token, wherever it is by then.
struct list_cursor {
  uint64_t rows = 0;
  domain::pubkey last = {};
};

std::string to_text(const list_cursor& x) {
  return std::to_string(x.rows) + "-" + domain::to_string(x.last);
}

std::optional<list_cursor> parse_cursor(std::string_view text) {
  auto dash = text.find('-');
  auto result = list_cursor{};
  auto end = text.data() + std::min(dash, text.size());
  auto read = std::from_chars(text.data(), end, result.rows);
  if (dash == std::string_view::npos || read.ec != std::errc{}
      || read.ptr != end)
    return std::nullopt;
  auto key = domain::parse_pubkey(text.substr(dash + 1));
  if (!key)
    return std::nullopt;
  result.last = *key;
  return result;
}

using selected_tokens = std::vector<const messages::token_publication*>;

size_t begin_behind(const selected_tokens& tokens, const list_cursor& x) {
  auto found = std::find_if(tokens.begin(), tokens.end(),
                            [&](auto* y) { return y->token.mint == x.last; });
  // One that left the list: go on by number.
  if (found == tokens.end())
    return std::min<size_t>(x.rows, tokens.size());
  return static_cast<size_t>(found - tokens.begin()) + 1;
}

token_query query_of(parameters& given, int64_t chain_time) {
  auto result = token_query{};
  result.quote_mint = domain::known_keys::wsol_mint;
  if (given.text("quote") == "any")
    result.quote_mint = std::nullopt;
  else if (auto quote = given.key("quote"))
    result.quote_mint = quote;
  // Thresholds are whole quotes, of SOL where any quote will do.
  auto decimals = domain::quote_decimals(
                    result.quote_mint.value_or(domain::known_keys::wsol_mint))
                    .value_or(9);
  result.liquidity_min = given.amount("minLiquidity", decimals).value_or(0);
  result.liquidity_usd_min = given.ratio("minLiquidityUsd");
  result.market_cap_min = given.amount("minMarketCap", decimals).value_or(0);
  result.volume_24h_min = given.amount("minVolume", decimals).value_or(0);
  if (auto age = given.duration("maxAge"))
    result.created_since = std::max<int64_t>(1, chain_time - *age);
  if (given.text("program"))
    result.venue = given.word("program", 0, {"pump", "pump_amm"}) == 0
                     ? domain::program::pump
                     : domain::program::pump_amm;
  result.graduated = given.flag("graduated");
  result.search = given.text("search").value_or("");
  if (result.search.size() > search_bytes_max)
    given.refuse("search", "is longer than 64 bytes");
  result.sort = static_cast<token_sort>(
    given.word("sortBy", 0,
               {"volume_24h", "volume_1h", "volume_5m", "market_cap",
                "liquidity", "price_change_5m", "price_change_1h",
                "price_change_24h", "trades_24h", "holders", "score",
                "progress", "created_at", "graduated_at", "last_trade_at"}));
  result.ascending = given.word("order", 0, {"desc", "asc"}) == 1;
  return result;
}

http::response list_tokens(const backend& of, const http::request& request) {
  auto facts = of.facts();
  auto given = parameters{request};
  auto query = query_of(given, facts->head.chain_time);
  auto limit = given.number("limit", 50, 1, tokens_max);
  auto page = given.number("page", 0, 1, pages_max);
  auto cursor = std::optional<list_cursor>{};
  if (auto text = given.text("cursor")) {
    cursor = parse_cursor(*text);
    if (!cursor)
      given.refuse("cursor", "is none of ours");
  }
  if (given.problem())
    return *given.problem();
  auto list = of.tokens();
  auto tokens = select(*list, query);
  auto begin = size_t{0};
  if (cursor)
    begin = begin_behind(tokens, *cursor);
  else if (page > 1)
    begin = std::min<size_t>((page - 1) * limit, tokens.size());
  auto end = std::min<size_t>(begin + limit, tokens.size());
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, *facts).begin_array();
  for (auto i = begin; i < end; ++i) {
    to.begin_object();
    publication_json::append_token_members(to, *tokens[i]);
    to.end_object();
  }
  to.end_array();
  auto place = list_place{};
  place.limit = limit;
  place.total = tokens.size();
  if (!cursor)
    place.page = std::max<uint64_t>(page, 1);
  if (end < tokens.size())
    place.next = to_text({end, tokens[end - 1]->token.mint});
  end_list(to, place);
  return to_response(std::move(body), cache_list);
}

/// Appends the rows of holders, most units first.
void append_holders(json_writer& to,
                    const std::vector<messages::position_row>& rows,
                    uint64_t supply) {
  auto rank = uint64_t{0};
  to.begin_array();
  for (auto& row : rows) {
    auto& x = row.position;
    to.begin_object();
    to.key("rank").number(++rank);
    to.key("wallet").value(row.wallet);
    to.key("units").amount(x.units);
    to.key("share").number(static_cast<double>(x.units)
                           / static_cast<double>(supply));
    to.key("cost_basis").amount(x.cost_basis);
    to.key("realized").amount(x.realized);
    to.key("last_trade_at").time(x.last_trade_at);
    to.end_object();
  }
  to.end_array();
}

uint64_t supply_of(const domain::token_state& x) {
  return x.base_supply != 0 ? x.base_supply : domain::default_supply_units;
}

/// What is published of a token, as of now.
messages::token_publication publication_of(const messages::token_view& x) {
  auto result = messages::token_publication{};
  result.token = x.summary;
  result.chain_time = x.chain_time;
  result.refolded = x.refolded;
  result.holders = x.holders.value_or(0);
  return result;
}

void tell_token(const std::shared_ptr<backend>& of,
                const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto mint = given.path_key("mint");
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  of->ask_token(
    mint, [of, mint,
           done](const tl::expected<messages::token_view_ptr, failure>& view) {
      if (!view) {
        done(unavailable(view.error()));
        return;
      }
      if (!(*view)->known) {
        done(not_found("no trade of this token is in the journal"));
        return;
      }
      answer_by_read(
        *of, done,
        [of, mint, view = *view](messages::store& store) -> http::response {
          auto holders = store.load_holders({mint, holders_shown});
          if (!holders)
            return store_problem(holders.error());
          auto body = std::string{};
          auto to = json_writer{body};
          begin_answer(to, as_of_view(*of->facts(), *view)).begin_object();
          publication_json::append_token_members(to, publication_of(*view));
          to.key("holders");
          append_holders(to, *holders, supply_of(view->state));
          to.end_object();
          to.end_object();
          return to_response(std::move(body), cache_token);
        });
    });
}

void list_holders(const std::shared_ptr<backend>& of,
                  const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto mint = given.path_key("mint");
  auto limit = given.number("limit", holders_shown, 1, holders_max);
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_by_read(
    *of, done, [of, mint, limit](messages::store& store) -> http::response {
      auto holders = store.load_holders({mint, limit});
      if (!holders)
        return store_problem(holders.error());
      auto tokens = store.load_tokens(std::span{&mint, 1});
      if (!tokens)
        return store_problem(tokens.error());
      auto& row = tokens->front();
      auto state = row ? messages::decode_token_state(row->blob)
                       : domain::result<domain::token_state>{};
      auto supply = state ? supply_of(*state) : domain::default_supply_units;
      auto body = std::string{};
      auto to = json_writer{body};
      begin_answer(to, *of->facts());
      append_holders(to, *holders, supply);
      auto place = list_place{};
      place.limit = limit;
      if (auto entry = of->token(mint))
        place.total = entry->holders;
      end_list(to, place);
      return to_response(std::move(body), cache_token);
    });
}

} // namespace

void add_token_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/tokens", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               done(list_tokens(*of, request));
             });
  add_cached(to, x, "/api/v1/tokens/{mint}", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               tell_token(of, request, done);
             });
  add_cached(to, x, "/api/v1/tokens/{mint}/holders", std::chrono::seconds{2},
             [of = x.node](const http::request& request, http::reply done) {
               list_holders(of, request, done);
             });
}

} // namespace pumpscope::api

#include "adapters/api/handlers.hpp"
#include "adapters/publication_json/data_json.hpp"

namespace pumpscope::api {

namespace {

using publication_json::json_writer;

constexpr uint64_t listed_max = 500;
constexpr uint64_t pulled_max = 5'000;

/// Trades of a token or of a wallet, the newest in the journal first.
void list_trades(const std::shared_ptr<backend>& of,
                 const http::request& request, std::string_view path_name,
                 const http::reply& done) {
  auto given = parameters{request};
  auto key = given.path_key(path_name);
  auto query = messages::trade_query{};
  if (path_name == "mint") {
    query.mint = key;
    query.wallet = given.key("wallet");
  } else {
    query.wallet = key;
    query.mint = given.key("mint");
  }
  if (given.text("side"))
    query.side = given.word("side", 0, {"buy", "sell"}) == 0
                   ? domain::trade_side::buy
                   : domain::trade_side::sell;
  // Lamports, as nearly all quotes are SOL; of a USDC token the number means
  // thousands of them.
  auto least = given.amount("minQuote", 9).value_or(0);
  if (least > domain::i128{UINT64_MAX})
    given.refuse("minQuote", "is more than any trade has");
  else
    query.quote_units_min = static_cast<uint64_t>(least);
  query.before_jpos = given.number("cursor", 0, 1, UINT64_MAX);
  query.rows_max = given.number("limit", 100, 1, listed_max);
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_by_read(*of, done,
                 [of, query](messages::store& store) -> http::response {
                   auto list = store.load_trades(query);
                   if (!list)
                     return store_problem(list.error());
                   auto body = std::string{};
                   auto to = json_writer{body};
                   begin_answer(to, *of->facts()).begin_array();
                   for (auto& x : list->trades)
                     publication_json::append_trade(to, x);
                   to.end_array();
                   auto place = list_place{};
                   place.limit = query.rows_max;
                   if (list->next_before != 0)
                     place.next = std::to_string(list->next_before);
                   end_list(to, place);
                   return to_response(std::move(body), cache_none);
                 });
}

void append_pulled(json_writer& to, const domain::trade& x) {
  to.begin_object();
  to.key("jpos").plain(std::to_string(x.jpos));
  publication_json::append_trade_members(to, x);
  to.end_object();
}

/// All rows of the journal that tell of trades, in its order: whoever pulls
/// them has every trade that ever counted, and what was taken back.
void pull_trades(const std::shared_ptr<backend>& of,
                 const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto after = given.number("after", 0, 0, UINT64_MAX);
  auto limit = given.number("limit", 500, 1, pulled_max);
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_by_read(
    *of, done, [of, after, limit](messages::store& store) -> http::response {
      auto head = store.read_head();
      if (!head)
        return store_problem(head.error());
      auto rows = store.load_journal(after, head->jpos, limit);
      if (!rows)
        return store_problem(rows.error());
      auto body = std::string{};
      auto to = json_writer{body};
      begin_answer(to, *of->facts()).begin_array();
      auto last = after;
      auto epoch = messages::epoch{};
      epoch.trades = std::move(rows->trades);
      epoch.token_events = std::move(rows->token_events);
      messages::for_each_row(epoch, [&](messages::row_ref ref, uint64_t jpos) {
        last = jpos;
        if ((ref & messages::token_event_bit) == 0) {
          append_pulled(to, epoch.trades[ref]);
          return;
        }
        auto& event = epoch.token_events[ref & ~messages::token_event_bit];
        if (event.kind != domain::token_event_kind::slot_voided)
          return;
        to.begin_object();
        to.key("jpos").plain(std::to_string(jpos));
        to.key("void").flag(true);
        to.key("slot").number(event.position.slot);
        to.end_object();
      });
      to.end_array();
      auto place = list_place{};
      place.limit = limit;
      // Whoever is at the end asks again with the same number.
      place.next = std::to_string(last);
      end_list(to, place);
      return to_response(std::move(body), cache_none);
    });
}

} // namespace

void add_trade_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/tokens/{mint}/trades", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               list_trades(of, request, "mint", done);
             });
  add_cached(to, x, "/api/v1/wallets/{wallet}/trades", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               list_trades(of, request, "wallet", done);
             });
  add_get(to, "/api/v1/trades",
          [of = x.node](const http::request& request, http::reply done) {
            pull_trades(of, request, done);
          });
}

} // namespace pumpscope::api

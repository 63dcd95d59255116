#include "adapters/api/handlers.hpp"
#include "adapters/api/wallet_history.hpp"
#include "adapters/publication_json/data_json.hpp"
#include "domain/known_keys.hpp"
#include "domain/token_metrics.hpp"
#include "messages/ledger_as_of.hpp"
#include "messages/state_blob.hpp"

#include <algorithm>
#include <map>

namespace pumpscope::api {

namespace {

using publication_json::json_writer;

constexpr uint64_t positions_max = 500;

/// Open positions that are valued for one answer.
constexpr size_t valued_max = 1'000;

/// What a position would fetch now.
struct position_value {
  /// Value at the spot price, and what the venue pays, less the cost basis.
  std::optional<domain::i128> mark = {};
  std::optional<domain::i128> exit = {};
  std::string name = {};
  std::string symbol = {};
};

using values_by_position = std::map<domain::position_key, position_value>;

/// Values positions by the stored states of their tokens: as of the last
/// checkpoint, about a second ago.
messages::store_result<values_by_position>
load_values(messages::store& store,
            const std::vector<const domain::position*>& positions) {
  auto mints = std::vector<domain::pubkey>{};
  for (auto* x : positions)
    mints.push_back(x->key.mint);
  auto rows = store.load_tokens(mints);
  if (!rows)
    return tl::unexpected{rows.error()};
  auto result = values_by_position{};
  for (size_t i = 0; i < positions.size(); ++i) {
    auto& row = (*rows)[i];
    if (!row)
      continue;
    auto& x = *positions[i];
    auto& value = result[x.key];
    value.name = row->name;
    value.symbol = row->symbol;
    auto state = messages::decode_token_state(row->blob);
    // One that cannot be read is mended by its actor; until then no value.
    if (!state || state->last_quote_mint != x.key.quote_mint)
      continue;
    if (auto mark = domain::mark_value(*state, x.units))
      value.mark = *mark - x.cost_basis;
    if (auto exit = domain::exit_value(*state, x.units))
      value.exit = *exit - x.cost_basis;
  }
  return result;
}

/// The sum, where every part is known.
void add_up(std::optional<domain::i128>& sum,
            const std::optional<domain::i128>& part) {
  if (!sum || !part || !domain::checked_add(*sum, *part))
    sum = std::nullopt;
}

void append_unrealized(json_writer& to,
                       const std::vector<const domain::position*>& open,
                       const values_by_position& values, bool all) {
  auto mark = all ? std::optional<domain::i128>{0} : std::nullopt;
  auto exit = mark;
  for (auto* x : open) {
    auto value = values.find(x->key);
    add_up(mark, value != values.end() ? value->second.mark : std::nullopt);
    add_up(exit, value != values.end() ? value->second.exit : std::nullopt);
  }
  to.key("unrealized").begin_object();
  to.key("mark").amount(mark);
  to.key("exit").amount(exit);
  to.key("positions").number(uint64_t{open.size()});
  to.end_object();
}

void append_curve(json_writer& to, const pnl_curve& x) {
  to.key("curve");
  if (!x.whole) {
    to.null();
    return;
  }
  to.begin_array();
  for (auto& point : x.points) {
    to.begin_object();
    to.key("time_unix").number(point.time);
    to.key("realized").amount(point.realized);
    to.end_object();
  }
  to.end_array();
}

std::vector<const domain::position*>
open_sol_positions(const messages::wallet_view& x) {
  auto result = std::vector<const domain::position*>{};
  for (auto& position : x.positions)
    if (position.units > 0
        && position.key.quote_mint == domain::known_keys::wsol_mint)
      result.push_back(&position);
  return result;
}

/// Asks for a wallet, then answers with `make` on a thread of the store.
using wallet_answer = std::function<http::response(
  messages::store&, const messages::wallet_view&, const node_facts&)>;

void answer_for_wallet(const std::shared_ptr<backend>& of,
                       const domain::pubkey& wallet, const http::reply& done,
                       wallet_answer make) {
  of->ask_wallet(
    wallet, [of, done, make = std::move(make)](
              const tl::expected<messages::wallet_view_ptr, failure>& view) {
      if (!view) {
        done(unavailable(view.error()));
        return;
      }
      if ((*view)->positions.empty()) {
        done(not_found("no trade of this wallet is in the journal"));
        return;
      }
      answer_by_read(*of, done,
                     [of, make, view = *view](messages::store& store) {
                       return make(store, *view, *of->facts());
                     });
    });
}

http::response wallet_body(messages::store& store,
                           const messages::wallet_view& view,
                           const node_facts& facts) {
  auto open = open_sol_positions(view);
  auto all_valued = open.size() <= valued_max;
  auto values = load_values(store, all_valued ? open : decltype(open){});
  if (!values)
    return store_problem(values.error());
  auto curve = load_pnl_curve(store, view.wallet, facts.head.jpos);
  if (!curve)
    return store_problem(curve.error());
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, facts).begin_object();
  publication_json::append_wallet_members(to, view.wallet, view.totals);
  append_unrealized(to, open, *values, all_valued);
  append_curve(to, *curve);
  to.end_object();
  to.end_object();
  return to_response(std::move(body), cache_token);
}

void tell_wallet(const std::shared_ptr<backend>& of,
                 const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto wallet = given.path_key("wallet");
  if (given.problem())
    done(*given.problem());
  else
    answer_for_wallet(of, wallet, done, wallet_body);
}

/// What positions are listed by.
enum class position_sort : uint8_t { last_trade_at, realized, invested };

struct positions_query {
  /// 0 all, 1 open, 2 closed.
  size_t status = 0;
  position_sort sort = position_sort::last_trade_at;
  bool ascending = false;
  uint64_t begin = 0;
  uint64_t limit = 100;
};

domain::i128 sort_value(const domain::position& x, position_sort by) {
  switch (by) {
    case position_sort::last_trade_at:
      return x.last_trade_at;
    case position_sort::realized:
      return x.realized;
    case position_sort::invested:
      return x.invested;
  }
  return 0;
}

std::vector<const domain::position*> select(const messages::wallet_view& view,
                                            const positions_query& query) {
  auto result = std::vector<const domain::position*>{};
  for (auto& x : view.positions)
    if (query.status == 0 || (query.status == 1) == (x.units > 0))
      result.push_back(&x);
  std::sort(result.begin(), result.end(), [&](auto* x, auto* y) {
    auto left = sort_value(*x, query.sort);
    auto right = sort_value(*y, query.sort);
    if (left != right)
      return query.ascending ? left < right : left > right;
    return x->key < y->key;
  });
  return result;
}

void append_known_text(json_writer& to, std::string_view name,
                       const std::string& x) {
  to.key(name);
  if (x.empty())
    to.null();
  else
    to.text(x);
}

void append_position(json_writer& to, const domain::position& x,
                     const position_value& value) {
  to.begin_object();
  publication_json::append_position_members(to, x);
  append_known_text(to, "name", value.name);
  append_known_text(to, "symbol", value.symbol);
  to.key("mark").amount(value.mark);
  to.key("exit").amount(value.exit);
  to.key("hold_seconds").number(domain::hold_seconds_average(x));
  to.end_object();
}

http::response
positions_body(messages::store& store, const messages::wallet_view& view,
               const node_facts& facts, const positions_query& query) {
  auto all = select(view, query);
  auto begin = std::min<size_t>(query.begin, all.size());
  auto end = std::min<size_t>(begin + query.limit, all.size());
  auto shown = std::vector<const domain::position*>(
    all.begin() + static_cast<std::ptrdiff_t>(begin),
    all.begin() + static_cast<std::ptrdiff_t>(end));
  auto values = load_values(store, shown);
  if (!values)
    return store_problem(values.error());
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, facts).begin_array();
  for (auto* x : shown)
    append_position(to, *x, (*values)[x->key]);
  to.end_array();
  auto place = list_place{};
  place.limit = query.limit;
  place.total = all.size();
  if (end < all.size())
    place.next = std::to_string(end);
  end_list(to, place);
  return to_response(std::move(body), cache_token);
}

void list_positions(const std::shared_ptr<backend>& of,
                    const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto wallet = given.path_key("wallet");
  auto query = positions_query{};
  query.status = given.word("status", 0, {"all", "open", "closed"});
  query.sort = static_cast<position_sort>(
    given.word("sortBy", 0, {"last_trade_at", "realized", "invested"}));
  query.ascending = given.word("order", 0, {"desc", "asc"}) == 1;
  query.begin = given.number("cursor", 0, 0, UINT32_MAX);
  query.limit = given.number("limit", 100, 1, positions_max);
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_for_wallet(of, wallet, done,
                    [query](messages::store& store,
                            const messages::wallet_view& view,
                            const node_facts& facts) {
                      return positions_body(store, view, facts, query);
                    });
}

http::response ledger_answer(const domain::wallet_ledger& ledger,
                             const node_facts& facts, uint64_t as_of) {
  auto at = facts;
  at.head.sealed_slot = std::min(as_of, facts.head.sealed_slot);
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, at).begin_object();
  publication_json::append_wallet_members(to, ledger.wallet(), ledger.totals());
  to.key("positions").begin_array();
  for (size_t i = 0; i < ledger.size(); ++i) {
    to.begin_object();
    publication_json::append_position_members(to, ledger.at(i));
    to.end_object();
  }
  to.end_array();
  to.end_object();
  to.end_object();
  return to_response(std::move(body), cache_none);
}

/// The ledger as it was when a slot was the last one, folded anew.
void tell_ledger(const std::shared_ptr<backend>& of,
                 const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto wallet = given.path_key("wallet");
  auto as_of = given.number("as_of", UINT64_MAX, 0, UINT64_MAX);
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  answer_by_read(
    *of, done, [of, wallet, as_of](messages::store& store) -> http::response {
      // What is told of the journal is not newer than the fold.
      auto facts = *of->facts();
      auto head = store.read_head();
      if (!head)
        return store_problem(head.error());
      facts.head = *head;
      auto ledger = messages::load_ledger_as_of(store, wallet, as_of);
      if (!ledger)
        return store_problem(ledger.error());
      return ledger_answer(*ledger, facts, as_of);
    });
}

} // namespace

void add_wallet_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/wallets/{wallet}", std::chrono::seconds{2},
             [of = x.node](const http::request& request, http::reply done) {
               tell_wallet(of, request, done);
             });
  add_cached(to, x, "/api/v1/wallets/{wallet}/positions",
             std::chrono::seconds{1},
             [of = x.node](const http::request& request, http::reply done) {
               list_positions(of, request, done);
             });
  add_get(to, "/api/v1/wallets/{wallet}/ledger",
          [of = x.node](const http::request& request, http::reply done) {
            tell_ledger(of, request, done);
          });
}

} // namespace pumpscope::api

#include "adapters/api/handlers.hpp"
#include "adapters/publication_json/data_json.hpp"

namespace pumpscope::api {

namespace {

using publication_json::json_writer;

constexpr uint64_t rows_max = 100;

http::response board_answer(const node_facts& facts,
                            const messages::get_board& request,
                            const messages::board& board,
                            const messages::totals_by_wallet& totals) {
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, facts).begin_array();
  for (size_t i = 0; i < board.rows.size(); ++i) {
    auto known = totals.find(board.rows[i].wallet);
    publication_json::append_board_row(
      to, i + 1, board.rows[i], {request.window, request.by, request.side},
      known != totals.end() ? &known->second : nullptr);
  }
  to.end_array();
  auto place = list_place{};
  place.limit = request.rows;
  end_list(to, place);
  return to_response(std::move(body), cache_token);
}

void tell_board(const std::shared_ptr<backend>& of,
                const http::request& request, const http::reply& done) {
  auto given = parameters{request};
  auto wanted = messages::get_board{};
  auto side = *request.parameters.find("side");
  if (side != "losers" && side != "winners") {
    done(not_found("there are boards of losers and of winners"));
    return;
  }
  wanted.side = side == "losers" ? domain::board_side::losers
                                 : domain::board_side::winners;
  wanted.window = static_cast<domain::board_window>(
    given.word("window", 0, {"24h", "7d", "all"}));
  wanted.by
    = static_cast<domain::board_by>(given.word("by", 0, {"net", "losses"}));
  wanted.rows
    = static_cast<uint32_t>(given.number("limit", rows_max, 1, rows_max));
  if (given.problem()) {
    done(*given.problem());
    return;
  }
  of->ask_board(wanted, [of, wanted, done](
                          const tl::expected<messages::board_ptr, failure>& x) {
    if (!x) {
      done(unavailable(x.error()));
      return;
    }
    auto wallets = std::vector<domain::pubkey>{};
    for (auto& row : (*x)->rows)
      wallets.push_back(row.wallet);
    of->ask_totals(
      std::move(wallets),
      [of, wanted, board = *x, done](
        const tl::expected<messages::totals_by_wallet_ptr, failure>& totals) {
        done(totals ? board_answer(*of->facts(), wanted, *board, **totals)
                    : unavailable(totals.error()));
      });
  });
}

http::response tell_market(const backend& of) {
  auto market = of.market();
  if (!market)
    return unavailable({"the market is not known yet"});
  auto body = std::string{};
  auto to = json_writer{body};
  begin_answer(to, *of.facts());
  publication_json::append_data(to, messages::publication{*market});
  to.end_object();
  return to_response(std::move(body), cache_list);
}

} // namespace

void add_board_routes(std::vector<http::route>& to, const route_context& x) {
  add_cached(to, x, "/api/v1/leaderboards/{side}", live_age_max,
             [of = x.node](const http::request& request, http::reply done) {
               tell_board(of, request, done);
             });
  add_cached(to, x, "/api/v1/market", live_age_max,
             [of = x.node](const http::request&, http::reply done) {
               done(tell_market(*of));
             });
}

} // namespace pumpscope::api

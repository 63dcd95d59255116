#include "adapters/publication_json/data_json.hpp"

#include "domain/base58.hpp"
#include "domain/canonical_dump.hpp"
#include "domain/idl.hpp"
#include "domain/score.hpp"
#include "domain/sol_price.hpp"

namespace pumpscope::publication_json {

namespace {

using domain::canonical::to_string;
using messages::market_list;

/// Exact up to 10^22, and quicker than std::pow.
double power_of_ten(int x) {
  auto result = 1.0;
  for (; x > 0; --x)
    result *= 10;
  return result;
}

/// Base units of a quote as whole ones; nothing for an unknown quote.
std::optional<double> whole_units(const domain::pubkey& quote_mint,
                                  domain::i128 units) {
  auto decimals = domain::quote_decimals(quote_mint);
  if (!decimals)
    return std::nullopt;
  return static_cast<double>(units) / power_of_ten(*decimals);
}

std::optional<double> in_usd(const domain::pubkey& quote_mint,
                             std::optional<domain::i128> units,
                             uint64_t sol_usd_micros) {
  return units ? domain::usd_value(quote_mint, *units, sol_usd_micros)
               : std::nullopt;
}

std::optional<double> price_in_usd(const domain::price& x,
                                   const domain::pubkey& quote_mint,
                                   int16_t decimals, uint64_t sol_usd_micros) {
  auto price = domain::chart_price(x, quote_mint, decimals);
  auto rate = domain::usd_per_quote(quote_mint, sol_usd_micros);
  if (!price || !rate)
    return std::nullopt;
  return *price * *rate;
}

/// Spot after the trade times supply, floored.
std::optional<domain::i128> market_cap_of(const domain::trade& x,
                                          const domain::price& spot) {
  if (spot.token == 0)
    return std::nullopt;
  auto supply = x.base_supply != 0 ? x.base_supply
                                   : domain::default_supply_units;
  constexpr auto limit = static_cast<domain::u128>(domain::i128_max);
  if (spot.quote > limit || spot.token > limit)
    return std::nullopt;
  // A supply above the reserves times a price above 2^64 leaves 128 bits.
  if (spot.quote / spot.token >= (domain::u128{1} << 62))
    return std::nullopt;
  return domain::mul_div_floor(static_cast<domain::i128>(supply),
                               static_cast<domain::i128>(spot.quote),
                               static_cast<domain::i128>(spot.token));
}

void add_reserves(json_writer& to, const domain::reserves& x) {
  to.key("reserves").begin_object();
  to.key("base").amount(x.base);
  to.key("quote").amount(x.quote);
  to.end_object();
}

void add_pool(json_writer& to, const domain::pubkey& pool) {
  to.key("pool");
  if (pool == domain::pubkey{})
    to.null();
  else
    to.value(pool);
}

void add_trade(json_writer& to, const domain::trade& x) {
  to.begin_object();
  append_trade_members(to, x);
  to.end_object();
}

void add_event(json_writer& to, const domain::token_event& x) {
  to.begin_object();
  to.key("signature").value(x.signature);
  to.key("slot").number(x.position.slot);
  to.key("block_time").time(x.block_time);
  to.key("block_time_unix").number(x.block_time);
  to.key("mint").value(x.mint);
  to.key("quote_mint").value(x.quote_mint);
  to.key("wallet").value(x.wallet);
  if (x.kind == domain::token_event_kind::created) {
    to.key("name").text(x.name);
    to.key("symbol").text(x.symbol);
    to.key("uri").text(x.uri);
    to.key("creator").value(x.creator);
  } else {
    add_pool(to, x.pool);
  }
  to.end_object();
}

void add_price(json_writer& to, std::string_view name, const domain::price& x,
               const messages::candle_publication& of) {
  to.key(name).number(domain::chart_price(x, of.bar.quote_mint, of.decimals));
}

void add_candle(json_writer& to, const messages::candle_publication& x) {
  auto& bar = x.bar.candle;
  to.begin_object();
  to.key("mint").value(x.mint);
  to.key("quote_mint").value(x.bar.quote_mint);
  to.key("interval").plain(to_string(x.bar.interval));
  to.key("time").number(bar.open_time);
  add_price(to, "open", bar.open, x);
  add_price(to, "high", bar.high, x);
  add_price(to, "low", bar.low, x);
  add_price(to, "close", bar.close, x);
  to.key("volume").number(whole_units(x.bar.quote_mint, bar.volume_quote));
  to.key("volume_quote").amount(bar.volume_quote);
  to.key("volume_token").amount(bar.volume_token);
  to.key("buy_volume_quote").amount(bar.buy_volume_quote);
  to.key("sell_volume_quote").amount(bar.sell_volume_quote);
  to.key("trades").number(bar.trades);
  to.key("buys").number(bar.buys);
  to.key("sells").number(bar.sells);
  to.key("wallets").number(bar.wallets);
  to.key("rev").number(x.stamp.rev);
  to.key("closed").flag(x.closed);
  to.key("complete").flag(x.complete);
  to.end_object();
}

void add_windows(json_writer& to, const domain::token_summary& x) {
  to.key("windows").begin_object();
  for (auto window : domain::all_token_windows) {
    auto& of = x.windows[static_cast<size_t>(window)];
    to.key(window_text(window)).begin_object();
    to.key("volume_quote").amount(of.sums.volume_quote);
    to.key("volume_usd")
      .number(in_usd(x.quote_mint, of.sums.volume_quote, x.sol_usd_micros));
    to.key("trades").number(of.sums.trades);
    to.key("buys").number(of.sums.buys);
    to.key("sells").number(of.sums.sells);
    to.key("wallets").number(of.wallets);
    to.key("price_change");
    if (of.change)
      to.number(of.change->ratio);
    else
      to.null();
    to.key("since_launch").flag(of.change && of.change->since_launch);
    to.end_object();
  }
  to.end_object();
}

void add_facts(json_writer& to, const domain::token_summary& x) {
  auto known = [&](std::string_view name) -> json_writer& {
    to.key(name);
    if (!x.created)
      to.null();
    return to;
  };
  known("name");
  if (x.created)
    to.text(x.name);
  known("symbol");
  if (x.created)
    to.text(x.symbol);
  known("uri");
  if (x.created)
    to.text(x.uri);
  known("creator");
  if (x.created)
    to.value(x.creator);
  to.key("created_at").time(x.created ? x.created_at : 0);
  to.key("decimals");
  if (x.decimals < 0)
    to.null();
  else
    to.number(int64_t{x.decimals});
  to.key("graduated").flag(x.graduated);
  to.key("graduated_at").time(x.graduated_at);
}

void add_token(json_writer& to, const messages::token_publication& of) {
  to.begin_object();
  append_token_members(to, of);
  to.end_object();
}

void add_position(json_writer& to, const domain::position& x) {
  to.begin_object();
  append_position_members(to, x);
  to.end_object();
}

void add_wallet(json_writer& to, const messages::wallet_change& x) {
  to.begin_object();
  append_wallet_members(to, x.wallet, x.totals);
  to.key("positions").begin_array();
  for (auto& position : x.positions)
    add_position(to, position);
  to.end_array();
  to.end_object();
}

/// What the whole ledger of a wallet tells; null where it could not be asked.
void add_ledger(json_writer& to, const domain::wallet_totals* x) {
  auto known = x != nullptr;
  to.key("tokens").number(known ? std::optional{x->tokens} : std::nullopt);
  to.key("risk").number(known ? std::optional{domain::risk(*x)} : std::nullopt);
  to.key("coverage")
    .number(known ? std::optional{domain::coverage(x->sold_units_matched,
                                                   x->sold_units)}
                  : std::nullopt);
}

void add_board(json_writer& to, std::string_view name,
               const messages::board_publication& of, domain::board_by by) {
  auto& x = by == domain::board_by::net ? *of.net : *of.losses;
  to.key(name).begin_array();
  auto rank = uint64_t{0};
  for (auto& row : x.rows) {
    auto totals = of.totals ? of.totals->find(row.wallet)
                            : messages::totals_by_wallet::const_iterator{};
    auto known = of.totals && totals != of.totals->end();
    append_board_row(to, ++rank, row,
                     {of.window, by, domain::board_side::losers},
                     known ? &totals->second : nullptr);
  }
  to.end_array();
}

void add_boards(json_writer& to, const messages::board_publication& x) {
  to.begin_object();
  to.key("window").plain(domain::to_string(x.window));
  to.key("chain_time").time(x.net->chain_time);
  add_board(to, "net", x, domain::board_by::net);
  add_board(to, "losses", x, domain::board_by::losses);
  to.end_object();
}

void add_listed(json_writer& to, const messages::market_row& x, bool is_news) {
  to.begin_object();
  to.key("mint").value(x.mint);
  to.key("quote_mint").value(x.quote_mint);
  if (is_news) {
    to.key("name").text(x.name);
    to.key("symbol").text(x.symbol);
    to.key("at").time(x.at);
    to.end_object();
    return;
  }
  to.key("price").number(
    domain::chart_price(x.quote.last_price, x.quote_mint, -1));
  to.key("market_cap").amount(x.quote.market_cap);
  to.key("progress").number(x.quote.progress);
  to.key("volume_24h").amount(x.day.volume_quote);
  to.key("trades_24h").number(x.day.trades);
  to.key("buys_24h").number(x.day.buys);
  to.key("sells_24h").number(x.day.sells);
  to.key("wallets_24h").number(x.wallets_24h);
  to.key("price_change_1h").number(x.change_1h);
  to.key("price_change_24h").number(x.change_24h);
  to.end_object();
}

void add_market(json_writer& to, const messages::market_publication& x) {
  constexpr auto names = std::array<std::string_view, 5>{
    "by_volume", "by_market_cap", "graduating", "created", "graduated"};
  to.begin_object();
  to.key("chain_time").time(x.lists[0]->chain_time);
  to.key("tokens_active").number(x.lists[0]->tokens_active);
  auto& day = x.lists[0]->day;
  to.key("volume_24h").amount(day.volume_quote);
  to.key("trades_24h").number(day.trades);
  to.key("buys_24h").number(day.buys);
  to.key("sells_24h").number(day.sells);
  for (size_t i = 0; i < names.size(); ++i) {
    auto is_news = i >= static_cast<size_t>(market_list::created);
    to.key(names[i]).begin_array();
    for (auto& row : x.lists[i]->rows)
      add_listed(to, row, is_news);
    to.end_array();
  }
  to.end_object();
}

/// Appends `data`, by kind of message.
struct data_writer {
  json_writer& to;

  void operator()(const messages::trade_publication& x) const {
    add_trade(to, x.trade());
  }
  void operator()(const messages::lifecycle_publication& x) const {
    add_event(to, x.event());
  }
  void operator()(const messages::candle_publication& x) const {
    add_candle(to, x);
  }
  void operator()(const messages::token_publication& x) const {
    add_token(to, x);
  }
  void operator()(const messages::wallet_publication& x) const {
    add_wallet(to, x.wallet);
  }
  void operator()(const messages::board_publication& x) const {
    add_boards(to, x);
  }
  void operator()(const messages::market_publication& x) const {
    add_market(to, x);
  }
};

} // namespace

void append_data(json_writer& to, const messages::publication& x) {
  std::visit(data_writer{to}, x);
}

void append_trade(json_writer& to, const domain::trade& x) {
  add_trade(to, x);
}

void append_trade_members(json_writer& to, const domain::trade& x) {
  auto spot = domain::spot_price(x);
  auto cap = market_cap_of(x, spot);
  to.key("signature").value(x.signature);
  to.key("slot").number(x.position.slot);
  to.key("tx_index").number(uint64_t{x.position.tx_index});
  to.key("ix_path").number(uint64_t{x.position.ix_path});
  to.key("block_time").time(x.block_time);
  to.key("block_time_unix").number(x.block_time);
  to.key("program").plain(domain::idl::name_of(x.program));
  to.key("side").plain(side_text(x.side));
  to.key("wallet").value(x.wallet);
  to.key("mint").value(x.mint);
  to.key("quote_mint").value(x.quote_mint);
  add_pool(to, x.pool);
  to.key("token_units").amount(domain::i128{x.token_units});
  to.key("quote_units").amount(domain::i128{x.quote_units});
  to.key("fee_units").amount(x.fee_units);
  to.key("net_quote_units").amount(x.net_quote_units);
  to.key("price").number(
    domain::chart_price(spot, x.quote_mint, x.token_decimals));
  to.key("price_usd")
    .number(
      price_in_usd(spot, x.quote_mint, x.token_decimals, x.sol_usd_micros));
  to.key("market_cap").amount(cap);
  to.key("market_cap_usd").number(in_usd(x.quote_mint, cap, x.sol_usd_micros));
  add_reserves(to, domain::reserves_after(x));
}

void append_token_members(json_writer& to,
                          const messages::token_publication& of) {
  auto& x = of.token;
  auto priced = x.spot.token != 0;
  to.key("mint").value(x.mint);
  to.key("quote_mint");
  if (x.quote_mint == domain::pubkey{})
    to.null();
  else
    to.value(x.quote_mint);
  add_facts(to, x);
  to.key("program").plain(domain::idl::name_of(x.venue));
  add_pool(to, x.pool);
  to.key("price").number(domain::chart_price(x.spot, x.quote_mint, x.decimals));
  to.key("price_usd")
    .number(price_in_usd(x.spot, x.quote_mint, x.decimals, x.sol_usd_micros));
  to.key("market_cap").amount(priced ? x.market_cap : std::nullopt);
  to.key("market_cap_usd").number(usd_of(x, x.market_cap));
  to.key("liquidity").amount(x.liquidity.quote_units);
  to.key("liquidity_usd").number(usd_of(x, x.liquidity.quote_units));
  to.key("liquidity_basis").plain(domain::to_string(x.liquidity.basis));
  to.key("progress").number(x.progress);
  add_reserves(to, x.last_reserves);
  to.key("trades").number(x.trades);
  to.key("reserve_breaks").number(x.reserve_breaks);
  to.key("last_trade_at").time(x.last_trade_at);
  to.key("last_trade_at_unix").number(x.last_trade_at);
  to.key("last_trade_type");
  if (x.last_side)
    to.plain(side_text(*x.last_side));
  else
    to.null();
  to.key("holders_traded").number(of.holders);
  auto scores = scores_of(x);
  to.key("score").number(scores ? std::optional{scores->score} : std::nullopt);
  to.key("score_seed")
    .number(scores ? std::optional{scores->score_seed} : std::nullopt);
  add_windows(to, x);
  to.key("chain_time").time(of.chain_time);
  to.key("chart_rev").number(of.refolded);
}

void append_position_members(json_writer& to, const domain::position& x) {
  to.key("mint").value(x.key.mint);
  to.key("quote_mint").value(x.key.quote_mint);
  to.key("units").amount(x.units);
  to.key("cost_basis").amount(x.cost_basis);
  to.key("bought_units").amount(x.bought_units);
  to.key("sold_units").amount(x.sold_units);
  to.key("invested").amount(x.invested);
  to.key("proceeds").amount(x.proceeds);
  to.key("realized").amount(x.realized);
  to.key("realized_gross").amount(x.realized_gross);
  to.key("realized_fifo").amount(x.realized_fifo);
  to.key("unmatched_units").amount(x.unmatched_units);
  to.key("unmatched_proceeds").amount(x.unmatched_proceeds);
  to.key("buys").number(x.buys);
  to.key("sells").number(x.sells);
  to.key("realizations").number(x.realizations);
  to.key("wins").number(x.wins);
  to.key("coverage").number(domain::coverage(x.matched_units, x.sold_units));
  to.key("last_trade_at").time(x.last_trade_at);
}

void append_wallet_members(json_writer& to, const domain::pubkey& wallet,
                           const domain::wallet_totals& totals) {
  auto ratio = [](double of, double whole) {
    return whole == 0 ? std::optional<double>{} : of / whole;
  };
  to.key("wallet").value(wallet);
  to.key("trades").number(totals.trades);
  to.key("realized").amount(totals.realized);
  to.key("realized_gross").amount(totals.realized_gross);
  to.key("realized_fifo").amount(totals.realized_fifo);
  to.key("invested").amount(totals.invested);
  to.key("proceeds").amount(totals.proceeds);
  to.key("volume").amount(totals.volume);
  to.key("realizations").number(totals.realizations);
  to.key("wins").number(totals.wins);
  to.key("win_rate")
    .number(ratio(static_cast<double>(totals.wins),
                  static_cast<double>(totals.realizations)));
  to.key("roi").number(ratio(static_cast<double>(totals.realized),
                             static_cast<double>(totals.cost_out)));
  to.key("loss_streak_max").number(totals.loss_streak_max);
  to.key("loss_streak_worst").amount(totals.loss_streak_worst);
  to.key("tokens").number(totals.tokens);
  to.key("coverage")
    .number(domain::coverage(totals.sold_units_matched, totals.sold_units));
  to.key("risk").number(domain::risk(totals));
  to.key("last_trade_at").time(totals.last_trade_at);
}

void append_board_row(json_writer& to, uint64_t rank,
                      const domain::board_row& row, const board_name& of,
                      const domain::wallet_totals* totals) {
  auto value = domain::board_value(row, of.by, of.side);
  to.begin_object();
  to.key("rank").number(rank);
  to.key("wallet").value(row.wallet);
  to.key("pnl_lamports").amount(value);
  to.key("trades").number(row.trades);
  to.key("realizations").number(row.realizations);
  to.key("losses").number(row.losing_realizations);
  // Rounds toward zero.
  to.key("avg_loss_lamports");
  if (row.losing_realizations == 0)
    to.null();
  else
    to.amount(row.losses / static_cast<domain::i128>(row.losing_realizations));
  to.key("last_loss_at").time(row.last_loss_at);
  to.key("risk_seed");
  if (of.window == domain::board_window::h24)
    to.number(domain::risk_seed(row.losses, row.losing_realizations));
  else
    to.null();
  add_ledger(to, totals);
  to.end_object();
}

std::string_view side_text(domain::trade_side x) {
  return x == domain::trade_side::buy ? "buy" : "sell";
}

std::string_view window_text(domain::token_window x) {
  constexpr auto names = std::array<std::string_view, 5>{"5m", "15m", "1h",
                                                         "6h", "24h"};
  return names[static_cast<size_t>(x)];
}

std::optional<double> usd_of(const domain::token_summary& x,
                             std::optional<domain::i128> quote_units) {
  return in_usd(x.quote_mint, quote_units, x.sol_usd_micros);
}

std::optional<token_scores> scores_of(const domain::token_summary& x) {
  auto window = [&x](domain::token_window of) -> auto& {
    return x.windows[static_cast<size_t>(of)];
  };
  auto& day = window(domain::token_window::h24);
  auto volume = usd_of(x, day.sums.volume_quote);
  auto liquidity = usd_of(x, x.liquidity.quote_units);
  if (!volume || !liquidity)
    return std::nullopt;
  auto percent = [](const domain::token_window_summary& of) {
    return of.change ? of.change->ratio * 100 : 0.0;
  };
  auto input = domain::score_input{*volume, *liquidity,
                                   percent(window(domain::token_window::h1)),
                                   percent(day), day.sums.trades};
  return token_scores{domain::score(input), domain::score_seed(input)};
}

} // namespace pumpscope::publication_json

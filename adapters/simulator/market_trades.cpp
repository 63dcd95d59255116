// Trades of the market: drafting them with the programs' math, and booking.

#include "adapters/simulator/market.hpp"
#include "adapters/simulator/program_math.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>

namespace pumpscope::simulator {

namespace {

namespace math = program_math;

/// Fee rates that real events carry, in basis points.
constexpr uint64_t curve_protocol_bps = 95;
constexpr uint64_t curve_creator_bps = 30;
constexpr uint64_t holder_rewards_bps = 10;
constexpr uint64_t lp_bps = 20;

/// Smallest amounts that a draft bothers with.
constexpr uint64_t quote_min = 1'000;

} // namespace

domain::pubkey market::wallet_key(wallet_index x) const {
  return simulator::wallet_key(settings_.seed, x);
}

wallet_index market::draw_wallet() {
  auto known = std::max<uint32_t>(fresh_wallet_, 1);
  return static_cast<wallet_index>(random_.skewed(known));
}

wallet_index market::draw_buyer(const token& x) {
  if (fresh_wallet_ < settings_.wallets
      && random_.chance(settings_.fresh_wallets))
    return fresh_wallet_++;
  if (!x.holders.empty() && random_.chance(0.35))
    return x.holders[random_.below(x.holders.size())].wallet;
  return draw_wallet();
}

uint64_t market::draw_spending(const token& x, wallet_index who) {
  // 0.01 to 0.03 SOL, doubled a geometric number of times: a heavy tail.
  auto amount = random_.between(10'000'000, 30'000'000);
  for (auto step = 0; step < 7 && random_.chance(0.55); ++step)
    amount *= 2;
  // One wallet in five bets big and late: the losers of the boards.
  if (mix(who) % 5 == 0)
    amount *= 3;
  if (x.hot && x.phase == stage::curve)
    amount *= 3;
  // A SOL is worth about 150 USDC here.
  return x.dollar ? amount * 150 / 1'000 : amount;
}

void market::set_parties(draft& x, wallet_index who) const {
  const auto& coin = tokens_[x.token];
  auto& ix = x.ix;
  ix.era = coin.era;
  ix.token = coin.id;
  ix.mint = coin.mint;
  ix.creator = coin.creator;
  ix.mayhem = coin.mayhem;
  ix.cashback_coin = coin.cashback;
  ix.wallet = who;
  ix.user = wallet_key(who);
  ix.event_time = now_;
  // Balances are there to be looked at; only their decimals matter.
  ix.user_base_before = mix(ix.token ^ who) % 1'000'000'000'000;
  ix.user_quote_before = 1'000'000'000'000;
  if (x.pool == pools_max) {
    ix.venue = coin.curve;
    ix.quote_mint = coin.dollar ? domain::known_keys::usdc_mint
                                : domain::known_keys::wsol_mint;
    return;
  }
  const auto& venue = coin.pools[x.pool];
  ix.era = venue.era;
  ix.venue = venue.id;
  ix.mint = venue.base_mint;
  ix.quote_mint = venue.quote_mint;
  ix.creator = venue.creator;
  ix.inverted = venue.inverted;
  ix.no_coin_trade = venue.no_coin_trade;
  ix.pool_index = venue.index;
  ix.base_reserves = venue.base;
  ix.quote_reserves = venue.quote;
  ix.virtual_quote = venue.virtual_quote;
  ix.lp_supply = venue.lp_supply;
}

void market::add_curve_fees(model_instruction& ix, const token& x) const {
  ix.protocol_bps = curve_protocol_bps;
  if (x.era >= first_era::creator_fee)
    ix.creator_bps = x.cashback ? 0 : curve_creator_bps;
  if (x.cashback)
    ix.cashback_bps = curve_creator_bps;
  if (x.holder_rewards)
    ix.holder_bps = holder_rewards_bps;
  ix.protocol_fee = math::fee(ix.quote_units, ix.protocol_bps);
  ix.creator_fee = math::fee(ix.quote_units, ix.creator_bps);
  ix.cashback = math::fee(ix.quote_units, ix.cashback_bps);
  ix.holder_rewards = math::fee(ix.quote_units, ix.holder_bps);
}

bool market::draft_curve_buy(draft& x, wallet_index who, uint64_t spend) {
  const auto& coin = tokens_[x.token];
  if (coin.real_token == 0)
    return false;
  x.pool = pools_max;
  set_parties(x, who);
  auto& ix = x.ix;
  auto tokens = math::curve_buy_tokens(spend, coin.virtual_quote,
                                       coin.virtual_token);
  if (tokens == 0)
    return false;
  ix.kind = random_.chance(0.5) ? instruction_kind::curve_buy_exact_in
                                : instruction_kind::curve_buy;
  if (tokens >= coin.real_token) {
    // The last buy takes what is left: exact-out, and the curve is complete.
    tokens = coin.real_token;
    ix.kind = instruction_kind::curve_buy;
  }
  ix.completes = tokens == coin.real_token;
  ix.base_units = tokens;
  ix.quote_units = ix.kind == instruction_kind::curve_buy_exact_in
                     ? spend
                     : math::curve_buy_cost(tokens, coin.virtual_quote,
                                            coin.virtual_token);
  add_curve_fees(ix, coin);
  ix.base_reserves = coin.virtual_token - tokens;
  ix.quote_reserves = coin.virtual_quote + ix.quote_units;
  ix.real_base = coin.real_token - tokens;
  ix.real_quote = coin.real_quote + ix.quote_units;
  return true;
}

bool market::draft_curve_sell(draft& x, wallet_index who, uint64_t units) {
  const auto& coin = tokens_[x.token];
  x.pool = pools_max;
  set_parties(x, who);
  auto& ix = x.ix;
  ix.kind = instruction_kind::curve_sell;
  ix.base_units = units;
  ix.quote_units = math::curve_sell_quote(units, coin.virtual_quote,
                                          coin.virtual_token);
  if (ix.quote_units == 0 || ix.quote_units > coin.real_quote)
    return false;
  add_curve_fees(ix, coin);
  ix.base_reserves = coin.virtual_token + units;
  ix.quote_reserves = coin.virtual_quote - ix.quote_units;
  ix.real_base = coin.real_token + units;
  ix.real_quote = coin.real_quote - ix.quote_units;
  return true;
}

bool market::draft_pool_buy(draft& x, wallet_index who, uint64_t spend,
                            bool exact_in) {
  set_parties(x, who);
  const auto& venue = tokens_[x.token].pools[x.pool];
  auto& ix = x.ix;
  ix.kind = exact_in ? instruction_kind::amm_buy_exact_in
                     : instruction_kind::amm_buy;
  ix.lp_bps = lp_bps;
  ix.protocol_bps = venue.protocol_bps;
  ix.creator_bps = venue.creator_bps;
  ix.cashback_bps = venue.cashback_bps;
  ix.holder_bps = venue.holder_bps;
  auto bps = ix.lp_bps + ix.protocol_bps + ix.creator_bps + ix.cashback_bps
             + ix.holder_bps;
  auto effective
    = venue.quote
      + static_cast<uint64_t>(std::max<int64_t>(venue.virtual_quote, 0));
  // No trade takes more than a third of the pool.
  auto net = math::mul_div(spend, 10'000, 10'000 + bps);
  net = std::min(net, effective / 2);
  auto base = math::pool_buy_base(net, venue.base, effective);
  if (net < quote_min || base == 0)
    return false;
  if (!exact_in)
    net = math::pool_buy_cost(base, venue.base, effective);
  ix.base_units = base;
  ix.quote_units = net;
  ix.lp_fee = math::fee(net, ix.lp_bps);
  ix.protocol_fee = math::fee(net, ix.protocol_bps);
  ix.creator_fee = math::fee(net, ix.creator_bps);
  ix.cashback = math::fee(net, ix.cashback_bps);
  ix.holder_rewards = math::fee(net, ix.holder_bps);
  ix.user_quote_units = net + ix.lp_fee + ix.protocol_fee + ix.creator_fee
                        + ix.cashback + ix.holder_rewards;
  return true;
}

bool market::draft_pool_sell(draft& x, wallet_index who, uint64_t base_in) {
  set_parties(x, who);
  const auto& venue = tokens_[x.token].pools[x.pool];
  auto& ix = x.ix;
  ix.kind = instruction_kind::amm_sell;
  ix.lp_bps = lp_bps;
  ix.protocol_bps = venue.protocol_bps;
  ix.creator_bps = venue.creator_bps;
  ix.cashback_bps = venue.cashback_bps;
  ix.holder_bps = venue.holder_bps;
  auto effective
    = venue.quote
      + static_cast<uint64_t>(std::max<int64_t>(venue.virtual_quote, 0));
  auto gross = math::pool_sell_quote(base_in, venue.base, effective);
  // What is virtual cannot be paid out.
  if (gross < quote_min || gross > venue.quote / 2)
    return false;
  ix.base_units = base_in;
  ix.quote_units = gross;
  ix.lp_fee = math::fee(gross, ix.lp_bps);
  ix.protocol_fee = math::fee(gross, ix.protocol_bps);
  ix.creator_fee = math::fee(gross, ix.creator_bps);
  ix.cashback = math::fee(gross, ix.cashback_bps);
  ix.holder_rewards = math::fee(gross, ix.holder_bps);
  ix.user_quote_units = gross - ix.lp_fee - ix.protocol_fee - ix.creator_fee
                        - ix.cashback - ix.holder_rewards;
  return true;
}

bool market::draft_pool_trade(draft& x) {
  const auto& coin = tokens_[x.token];
  const auto& venue = coin.pools[x.pool];
  auto buy = coin.holders.empty() || random_.chance(0.5);
  auto coin_reserve = venue.inverted ? venue.quote : venue.base;
  auto who = wallet_index{0};
  auto units = uint64_t{0};
  if (buy) {
    who = draw_buyer(coin);
  } else {
    x.holder = random_.below(coin.holders.size());
    who = coin.holders[x.holder].wallet;
    units = coin.holders[x.holder].units;
    if (random_.chance(0.4))
      units = std::max<uint64_t>(units / random_.between(2, 8), 1);
    units = std::min(units, coin_reserve / 4);
    if (random_.chance(0.03))
      who = draw_wallet();
  }
  auto spend = buy ? draw_spending(coin, who) : 0;
  auto dollar_pool = venue.quote_mint == domain::known_keys::usdc_mint;
  if (buy && dollar_pool && !coin.dollar)
    spend = spend * 150 / 1'000;
  if (!venue.inverted)
    return buy ? draft_pool_buy(x, who, spend, random_.chance(0.5))
               : draft_pool_sell(x, who, units);
  // Base is SOL: buying the coin sells SOL, and the other way round.
  return buy ? draft_pool_sell(x, who, std::min(spend, venue.base / 4))
             : draft_pool_buy(x, who, units, random_.chance(0.5));
}

bool market::draft_trade(size_t token_index, draft& x) {
  x = draft{};
  x.token = token_index;
  const auto& coin = tokens_[token_index];
  if (coin.phase == stage::complete)
    return false;
  if (coin.phase == stage::graduated) {
    x.pool = random_.chance(0.85) ? 0 : random_.below(coin.pools.size());
    return draft_pool_trade(x);
  }
  auto buy = coin.holders.empty() || random_.chance(coin.hot ? 0.7 : 0.52);
  if (buy) {
    auto who = draw_buyer(coin);
    return draft_curve_buy(x, who, draw_spending(coin, who));
  }
  x.holder = random_.below(coin.holders.size());
  auto who = coin.holders[x.holder].wallet;
  auto units = coin.holders[x.holder].units;
  auto loser = mix(who) % 5 == 0;
  if (random_.chance(0.002))
    units = std::min<uint64_t>(units, random_.between(30'000, 100'000)); // dust
  else if (!loser && random_.chance(0.5))
    units = std::max<uint64_t>(units / random_.between(2, 8), 1);
  // Sometimes the coins came by a transfer that no ledger sees.
  if (random_.chance(0.03))
    who = draw_wallet();
  return draft_curve_sell(x, who, units);
}

bool market::draft_vault_trade(size_t token_index, draft& x) {
  x = draft{};
  x.token = token_index;
  const auto& coin = tokens_[token_index];
  if (coin.phase != stage::curve)
    return false;
  auto buy = random_.chance(0.5);
  auto ok = buy ? draft_curve_buy(x, vault_wallet,
                                  random_.between(50'000'000, 500'000'000))
                : draft_curve_sell(
                  x, vault_wallet,
                  random_.between(1'000'000'000'000, 20'000'000'000'000));
  auto& ix = x.ix;
  if (!ok || ix.completes)
    return false;
  // The vault pays and gets 0.861 of the formula's price and no fees: the
  // product of the reserves is not constant here.
  auto formula = ix.quote_units;
  auto actual = math::mul_div(formula, 861, 1'000);
  if (actual == 0)
    return false;
  ix.kind = buy ? instruction_kind::curve_buy : instruction_kind::curve_sell;
  ix.quote_units = actual;
  auto sign_fix = formula - actual;
  ix.quote_reserves = buy ? ix.quote_reserves - sign_fix
                          : ix.quote_reserves + sign_fix;
  ix.real_quote = buy ? ix.real_quote - sign_fix : ix.real_quote + sign_fix;
  ix.protocol_bps = ix.creator_bps = ix.cashback_bps = ix.holder_bps = 0;
  ix.protocol_fee = ix.creator_fee = ix.cashback = ix.holder_rewards = 0;
  ix.route = route::mayhem;
  return true;
}

void market::book_holder(const draft& x) {
  auto& holders = tokens_[x.token].holders;
  const auto& ix = x.ix;
  if (x.holder != holders_max) {
    auto units = ix.inverted ? ix.user_quote_units : ix.base_units;
    auto& entry = holders[x.holder];
    entry.units -= std::min(entry.units, units);
    if (entry.units == 0) {
      entry = holders.back();
      holders.pop_back();
    }
    return;
  }
  auto sells = ix.kind == instruction_kind::curve_sell
               || (ix.kind == instruction_kind::amm_sell) != ix.inverted;
  if (sells || ix.wallet == vault_wallet)
    return;
  auto units = ix.inverted ? ix.user_quote_units : ix.base_units;
  auto entry = holder{ix.wallet, units};
  if (holders.size() < holders_max)
    holders.push_back(entry);
  else
    holders[random_.below(holders_max)] = entry;
}

void market::book_curve(const draft& x) {
  auto& coin = tokens_[x.token];
  coin.virtual_token = x.ix.base_reserves;
  coin.virtual_quote = x.ix.quote_reserves;
  coin.real_token = x.ix.real_base;
  coin.real_quote = x.ix.real_quote;
  if (!x.ix.completes)
    return;
  coin.phase = stage::complete;
  migrations_.push_back({x.token, coin.id, height_ + 8});
  std::erase(trending_, x.token);
}

void market::book_pool(const draft& x) {
  auto& venue = tokens_[x.token].pools[x.pool];
  const auto& ix = x.ix;
  if (ix.kind == instruction_kind::amm_sell) {
    venue.base += ix.base_units;
    venue.quote -= ix.quote_units - ix.lp_fee;
  } else {
    venue.base -= ix.base_units;
    venue.quote += ix.quote_units + ix.lp_fee;
  }
}

void market::book(slot_plan& plan, const draft& x) {
  if (x.pool == pools_max)
    book_curve(x);
  else
    book_pool(x);
  book_holder(x);
  add_instruction(plan, x.ix);
}

} // namespace pumpscope::simulator

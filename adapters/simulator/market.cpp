#include "adapters/simulator/market.hpp"

#include "adapters/simulator/program_math.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>
#include <cassert>

namespace pumpscope::simulator {

namespace {

namespace math = program_math;
namespace keys = domain::known_keys;

/// The launch parameters of a curve (facts: Global account).
constexpr uint64_t virtual_token_start = 1'073'000'000'000'000;
constexpr uint64_t virtual_lamports_start = 30'000'000'000;
constexpr uint64_t virtual_dollar_start = 4'500'000'000;
constexpr uint64_t real_token_start = 793'100'000'000'000;
constexpr uint64_t pool_tokens = 206'900'000'000'000;
constexpr uint64_t migration_fee_lamports = 15'000'001;
/// What 2026 canonical pools have as virtual quote reserves, in lamports.
constexpr int64_t virtual_quote_lamports = 17'584'505'288;

constexpr size_t trending_max = 4;

/// Attempts to find a token that can be traded.
constexpr int attempts_max = 8;

} // namespace

market::market(const market_settings& settings, const chain_settings& chain)
  : settings_(settings),
    random_(settings.seed),
    truth_(settings.seed, chain.truth, chain.truth_positions_max) {
  settings_.wallets = std::max<uint32_t>(settings_.wallets, 16);
  settings_.tokens = std::max<uint32_t>(settings_.tokens, 4);
  tokens_.reserve(std::min<uint32_t>(settings_.tokens, 65'536));
  // Two pools whose trades are no trades of a coin.
  auto dollars = pool{};
  dollars.id = derived_key(settings_.seed, key_kind::pool, 1, ~uint64_t{0});
  dollars.base_mint = keys::wsol_mint;
  dollars.quote_mint = keys::usdc_mint;
  dollars.base = 50'000'000'000'000;
  dollars.quote = 7'500'000'000'000;
  dollars.lp_supply = 1'000'000'000'000;
  dollars.no_coin_trade = true;
  auto coins = dollars;
  coins.id = derived_key(settings_.seed, key_kind::pool, 2, ~uint64_t{0});
  coins.base_mint = derived_key(settings_.seed, key_kind::mint, ~uint64_t{0});
  coins.quote_mint = derived_key(settings_.seed, key_kind::mint, ~uint64_t{1});
  ignored_pools_ = {dollars, coins};
}

void market::fill(slot_plan& plan, uint32_t count) {
  height_ = plan.height;
  // Programs read the clock before the block is complete: a second off at
  // times.
  now_ = plan.block_time - (height_ % 7 == 0 ? 1 : 0);
  next_index_ = 0;
  while (!migrations_.empty() && migrations_.front().due_height <= height_) {
    add_migration(plan, migrations_.front());
    migrations_.pop_front();
  }
  for (uint32_t i = 0; i < count; ++i)
    add_transaction(plan);
  plan.executed_transactions = next_index_
                               + static_cast<uint32_t>(random_.between(1, 400));
}

model_transaction& market::open_transaction(slot_plan& plan,
                                            wallet_index payer) {
  // Votes and other programs' transactions lie between ours.
  next_index_ += static_cast<uint32_t>(random_.between(1, 6));
  auto tx = model_transaction{};
  tx.first = static_cast<uint32_t>(plan.instructions.size());
  tx.index = next_index_;
  tx.nonce = fresh_nonce();
  tx.fee = 5'000 + random_.skewed(2'000'000);
  tx.address_tables = random_.chance(0.15);
  tx.fee_payer = wallet_key(payer);
  plan.transactions.push_back(tx);
  return plan.transactions.back();
}

void market::add_instruction(slot_plan& plan, const model_instruction& ix) {
  assert(!plan.transactions.empty());
  plan.instructions.push_back(ix);
  auto& tx = plan.transactions.back();
  ++tx.count;
  if (!tx.failed)
    truth_.apply(ix);
}

void market::add_transaction(slot_plan& plan) {
  auto can_create = !settings_.tokens_fixed
                    || tokens_.size() < settings_.tokens;
  if (tokens_.empty() || (can_create && random_.chance(settings_.creations))) {
    add_creation(plan);
    return;
  }
  auto what = random_.below(1'000);
  if (what < 10 && !graduated_.empty()) {
    auto token_index = graduated_[random_.below(graduated_.size())];
    if (what < 3)
      add_side_pool(plan, token_index);
    else
      add_liquidity_change(plan, token_index);
  } else if (what < 15) {
    add_ignored_swap(plan);
  } else if (what < 20) {
    add_foreign(plan);
  } else if (what < 40) {
    add_failed_trade(plan);
  } else if (what < 70) {
    add_bundle(plan);
  } else if (what < 90 && !mayhem_.empty()) {
    add_vault_trade(plan);
  } else {
    add_trade(plan);
  }
}

size_t market::draw_token() {
  auto count = tokens_.size();
  auto draw = random_.unit();
  if (draw < 0.2 && !trending_.empty())
    return trending_[random_.below(trending_.size())];
  if (draw < 0.45 && !graduated_.empty())
    return graduated_[random_.skewed(graduated_.size())];
  if (draw < 0.75)
    return count - 1 - random_.skewed(std::min<size_t>(count, 200));
  return random_.skewed(count);
}

size_t market::new_token(wallet_index creator) {
  auto x = token{};
  x.id = tokens_created_++;
  x.mint = mint_key(settings_.seed, x.id);
  x.curve = derived_key(settings_.seed, key_kind::curve, x.id);
  x.creator = wallet_key(creator);
  if (random_.chance(0.12))
    x.era = static_cast<uint8_t>(random_.below(layout_eras.size() - 1));
  x.hot = random_.chance(0.15) || x.id < 2;
  // One property each keeps every combination explainable.
  auto special = random_.below(100);
  x.dollar = special < 6 && x.era >= first_era::foreign_quote;
  x.mayhem = special >= 6 && special < 11 && x.era >= first_era::mayhem;
  x.cashback = special >= 11 && special < 21 && x.era >= first_era::cashback;
  x.holder_rewards = special >= 21 && special < 25
                     && x.era >= first_era::holder_rewards;
  x.virtual_token = virtual_token_start;
  x.virtual_quote = x.dollar ? virtual_dollar_start : virtual_lamports_start;
  x.real_token = real_token_start;
  auto place = tokens_.size();
  if (place < settings_.tokens) {
    tokens_.push_back(std::move(x));
  } else {
    // The new one takes the place of a curve that went nowhere.
    for (auto attempt = 0; attempt < 64; ++attempt) {
      place = random_.below(tokens_.size());
      if (tokens_[place].phase == stage::curve
          && std::find(trending_.begin(), trending_.end(), place)
               == trending_.end())
        break;
    }
    std::erase(trending_, place);
    std::erase(graduated_, place);
    std::erase(mayhem_, place);
    tokens_[place] = std::move(x);
  }
  if (tokens_[place].mayhem)
    mayhem_.push_back(place);
  if (tokens_[place].hot && trending_.size() < trending_max)
    trending_.push_back(place);
  return place;
}

void market::add_creation(slot_plan& plan) {
  if (fresh_wallet_ == 0)
    fresh_wallet_ = 8;
  auto creator = draw_wallet();
  auto x = draft{};
  x.token = new_token(creator);
  open_transaction(plan, creator);
  set_parties(x, creator);
  const auto& coin = tokens_[x.token];
  auto& ix = x.ix;
  ix.kind = instruction_kind::create;
  ix.base_reserves = coin.virtual_token;
  ix.quote_reserves = coin.virtual_quote;
  ix.real_base = coin.real_token;
  add_instruction(plan, ix);
  // The creator usually buys first, in the same transaction.
  auto first = draft{};
  first.token = x.token;
  if (random_.chance(0.7)
      && draft_curve_buy(first, creator, draw_spending(coin, creator)))
    book(plan, first);
}

void market::add_migration(slot_plan& plan, const migration& x) {
  auto& coin = tokens_[x.token];
  if (coin.id != x.token_id)
    return;
  auto migrator = draw_wallet();
  auto fee = coin.dollar ? uint64_t{0} : migration_fee_lamports;
  auto venue = pool{};
  venue.id = derived_key(settings_.seed, key_kind::pool, coin.id, 0);
  venue.base_mint = coin.mint;
  venue.quote_mint = coin.dollar ? keys::usdc_mint : keys::wsol_mint;
  venue.base = pool_tokens;
  venue.quote = coin.real_quote - fee;
  venue.era = coin.era;
  if (coin.era >= first_era::virtual_quote && !coin.dollar)
    venue.virtual_quote = virtual_quote_lamports;
  venue.lp_supply
    = math::square_root(static_cast<domain::u128>(venue.base) * venue.quote);
  if (coin.era >= first_era::creator_fee) {
    venue.creator = coin.creator;
    venue.creator_bps = coin.cashback ? 0 : 30;
  }
  venue.cashback_bps = coin.cashback ? 30 : 0;
  venue.holder_bps = coin.holder_rewards ? 10 : 0;
  open_transaction(plan, migrator);
  auto y = draft{};
  y.token = x.token;
  set_parties(y, migrator);
  y.ix.kind = instruction_kind::migrate;
  y.ix.base_units = venue.base;
  y.ix.quote_units = venue.quote;
  y.ix.protocol_fee = fee;
  y.ix.lp_tokens = venue.lp_supply;
  y.ix.lp_supply = venue.lp_supply;
  y.ix.curve = coin.curve;
  y.ix.venue = venue.id;
  coin.pools.push_back(venue);
  coin.phase = stage::graduated;
  coin.real_token = 0;
  coin.real_quote = 0;
  graduated_.push_back(x.token);
  add_instruction(plan, y.ix);
}

void market::add_side_pool(slot_plan& plan, size_t token_index) {
  auto& coin = tokens_[token_index];
  if (coin.pools.size() >= pools_max) {
    add_liquidity_change(plan, token_index);
    return;
  }
  auto owner = draw_wallet();
  auto venue = pool{};
  auto kind = random_.below(10);
  venue.index = static_cast<uint16_t>(coin.pools.size());
  venue.id = derived_key(settings_.seed, key_kind::pool, coin.id,
                         coin.pools.size());
  venue.era = coin.era;
  auto sol = random_.between(2'000'000'000, 60'000'000'000);
  auto units = random_.between(5'000'000'000'000, 40'000'000'000'000);
  venue.inverted = kind < 4;
  venue.base_mint = venue.inverted ? keys::wsol_mint : coin.mint;
  venue.quote_mint = venue.inverted ? coin.mint
                     : kind < 6     ? keys::usdc_mint
                                    : keys::wsol_mint;
  venue.base = venue.inverted ? sol : units;
  venue.quote = venue.inverted ? units : kind < 6 ? sol * 150 / 1'000 : sol;
  venue.lp_supply
    = math::square_root(static_cast<domain::u128>(venue.base) * venue.quote);
  coin.pools.push_back(venue);
  open_transaction(plan, owner);
  auto x = draft{};
  x.token = token_index;
  x.pool = coin.pools.size() - 1;
  set_parties(x, owner);
  x.ix.kind = instruction_kind::create_pool;
  x.ix.base_units = venue.base;
  x.ix.quote_units = venue.quote;
  x.ix.lp_tokens = venue.lp_supply;
  add_instruction(plan, x.ix);
}

void market::add_liquidity_change(slot_plan& plan, size_t token_index) {
  auto& coin = tokens_[token_index];
  auto x = draft{};
  x.token = token_index;
  x.pool = random_.below(coin.pools.size());
  auto& venue = coin.pools[x.pool];
  auto who = draw_wallet();
  set_parties(x, who);
  auto& ix = x.ix;
  ix.lp_tokens = venue.lp_supply / random_.between(50, 500);
  auto deposit = random_.chance(0.6);
  ix.kind = deposit ? instruction_kind::deposit : instruction_kind::withdraw;
  if (deposit) {
    ix.base_units = math::mul_div_up(venue.base, ix.lp_tokens, venue.lp_supply);
    ix.quote_units = math::mul_div_up(venue.quote, ix.lp_tokens,
                                      venue.lp_supply);
    venue.base += ix.base_units;
    venue.quote += ix.quote_units;
    venue.lp_supply += ix.lp_tokens;
  } else {
    ix.base_units = math::mul_div(venue.base, ix.lp_tokens, venue.lp_supply);
    ix.quote_units = math::mul_div(venue.quote, ix.lp_tokens, venue.lp_supply);
    venue.base -= ix.base_units;
    venue.quote -= ix.quote_units;
    venue.lp_supply -= ix.lp_tokens;
  }
  ix.lp_supply = venue.lp_supply;
  open_transaction(plan, who);
  add_instruction(plan, ix);
}

void market::add_virtual_params(slot_plan& plan, size_t token_index) {
  auto& coin = tokens_[token_index];
  auto x = draft{};
  x.token = token_index;
  set_parties(x, vault_wallet);
  auto& ix = x.ix;
  ix.kind = instruction_kind::set_virtual_params;
  ix.route = route::direct;
  // Old values go out beside the new ones.
  ix.lp_tokens = coin.virtual_token;
  ix.lp_supply = coin.virtual_quote;
  coin.virtual_token = math::mul_div(coin.virtual_token, 1'010, 1'000);
  coin.virtual_quote = math::mul_div(coin.virtual_quote, 1'010, 1'000);
  ix.base_reserves = coin.virtual_token;
  ix.quote_reserves = coin.virtual_quote;
  ix.real_base = coin.real_token;
  ix.real_quote = coin.real_quote;
  open_transaction(plan, draw_wallet());
  add_instruction(plan, ix);
}

void market::add_trade(slot_plan& plan) {
  auto x = draft{};
  for (auto attempt = 0; attempt < attempts_max; ++attempt) {
    if (!draft_trade(draw_token(), x))
      continue;
    auto& tx = open_transaction(plan, x.ix.wallet);
    if (random_.chance(0.08)) {
      // An aggregator trades for the fee payer.
      x.ix.route = route::router;
      x.ix.user = derived_key(settings_.seed, key_kind::router,
                              random_.below(3));
      tx.address_tables = true;
    }
    if (random_.chance(0.002))
      x.ix.trailing_bytes = 8;
    book(plan, x);
    return;
  }
  add_creation(plan);
}

void market::add_failed_trade(slot_plan& plan) {
  auto x = draft{};
  if (!draft_trade(draw_token(), x))
    return;
  open_transaction(plan, x.ix.wallet).failed = true;
  add_instruction(plan, x.ix);
  truth_.count_failed();
}

void market::add_vault_trade(slot_plan& plan) {
  auto token_index = mayhem_[random_.below(mayhem_.size())];
  if (tokens_[token_index].phase == stage::curve && random_.chance(0.05)) {
    add_virtual_params(plan, token_index);
    return;
  }
  auto x = draft{};
  if (!draft_vault_trade(token_index, x))
    return;
  // The program's operator pays; the vault cannot sign.
  open_transaction(plan, 0);
  book(plan, x);
}

void market::add_bundle(slot_plan& plan) {
  auto token_index = draw_token();
  auto x = draft{};
  if (!draft_trade(token_index, x))
    return;
  open_transaction(plan, x.ix.wallet);
  book(plan, x);
  auto more = random_.between(1, 3);
  for (uint64_t i = 0; i < more; ++i) {
    if (draft_trade(token_index, x))
      book(plan, x);
  }
}

void market::add_ignored_swap(slot_plan& plan) {
  auto& venue = ignored_pools_[random_.below(ignored_pools_.size())];
  auto who = draw_wallet();
  auto ix = model_instruction{};
  ix.kind = instruction_kind::amm_sell;
  ix.wallet = who;
  ix.user = wallet_key(who);
  ix.event_time = now_;
  ix.venue = venue.id;
  ix.mint = venue.base_mint;
  ix.quote_mint = venue.quote_mint;
  ix.no_coin_trade = true;
  ix.base_reserves = venue.base;
  ix.quote_reserves = venue.quote;
  ix.lp_bps = 20;
  ix.protocol_bps = 5;
  ix.base_units = random_.between(1'000'000, 1'000'000'000);
  ix.quote_units = math::pool_sell_quote(ix.base_units, venue.base,
                                         venue.quote);
  ix.lp_fee = math::fee(ix.quote_units, ix.lp_bps);
  ix.protocol_fee = math::fee(ix.quote_units, ix.protocol_bps);
  ix.user_quote_units = ix.quote_units - ix.lp_fee - ix.protocol_fee;
  venue.base += ix.base_units;
  venue.quote -= ix.quote_units - ix.lp_fee;
  open_transaction(plan, who);
  add_instruction(plan, ix);
}

void market::add_foreign(slot_plan& plan) {
  // A launchpad whose TradeEvent has the discriminator of ours, beside a real
  // trade of ours: only the program tells them apart.
  auto x = draft{};
  auto real = draft_trade(draw_token(), x);
  auto who = real ? x.ix.wallet : draw_wallet();
  open_transaction(plan, who);
  auto other = model_instruction{};
  other.kind = instruction_kind::foreign;
  other.wallet = who;
  other.user = wallet_key(who);
  other.event_time = now_;
  other.mint = real ? x.ix.mint : mint_key(settings_.seed, 0);
  other.quote_mint = keys::wsol_mint;
  other.base_units = random_.between(1, 1'000'000'000'000);
  other.quote_units = random_.between(1, 1'000'000'000);
  other.base_reserves = virtual_token_start;
  other.quote_reserves = virtual_lamports_start;
  add_instruction(plan, other);
  if (real)
    book(plan, x);
}

} // namespace pumpscope::simulator

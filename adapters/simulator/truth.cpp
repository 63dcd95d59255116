#include "adapters/simulator/truth.hpp"

#include "adapters/simulator/random.hpp"
#include "domain/base58.hpp"
#include "domain/known_keys.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <tuple>

namespace pumpscope::simulator {

namespace {

using domain::i128;

i128 floor_divide(i128 a, i128 b) {
  auto quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::string sha256_hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  auto length = 0U;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  constexpr auto digits = "0123456789abcdef";
  auto result = std::string{};
  for (auto i = 0U; i < length; ++i) {
    result += digits[digest[i] >> 4];
    result += digits[digest[i] & 15];
  }
  return result;
}

money money_of(const domain::pubkey& mint) {
  return mint == domain::known_keys::usdc_mint ? money::usdc : money::sol;
}

} // namespace

domain::pubkey wallet_key(uint64_t seed, wallet_index x) {
  return x == vault_wallet ? domain::known_keys::mayhem_vault
                           : derived_key(seed, key_kind::wallet, x);
}

domain::pubkey mint_key(uint64_t seed, uint64_t token) {
  return derived_key(seed, key_kind::mint, token);
}

size_t truth_ledger::key_hasher::operator()(const key& x) const noexcept {
  return static_cast<size_t>(
    mix(x.token << 33
        ^ (uint64_t{x.wallet} << 1 | static_cast<uint64_t>(x.quote))));
}

truth_ledger::truth_ledger(uint64_t seed, bool keep_positions,
                           size_t positions_max)
  : seed_(seed),
    keep_positions_(keep_positions),
    positions_max_(positions_max) {
}

truth_ledger::legs truth_ledger::legs_of(const model_instruction& x) {
  auto result = legs{};
  auto fields = layout_eras[x.era].trade;
  switch (x.kind) {
    case instruction_kind::curve_buy:
    case instruction_kind::curve_buy_exact_in:
    case instruction_kind::curve_sell: {
      result.buy = x.kind != instruction_kind::curve_sell;
      result.units = x.base_units;
      result.gross = x.quote_units;
      // A fee that the layout cannot express is not known to anyone.
      auto fees = fields < 16 ? i128{0}
                              : i128{x.protocol_fee} + x.creator_fee
                                  + x.cashback + x.holder_rewards;
      result.net = result.buy ? result.gross + fees : result.gross - fees;
      return result;
    }
    case instruction_kind::amm_buy:
    case instruction_kind::amm_buy_exact_in:
      result.buy = !x.inverted;
      result.units = x.inverted ? x.user_quote_units : x.base_units;
      result.gross = x.inverted ? x.base_units : x.quote_units;
      result.net = x.inverted ? x.base_units : x.user_quote_units;
      return result;
    default:
      result.buy = x.inverted;
      result.units = x.inverted ? x.user_quote_units : x.base_units;
      result.gross = x.inverted ? x.base_units : x.quote_units;
      result.net = x.inverted ? x.base_units : x.user_quote_units;
      return result;
  }
}

void truth_ledger::apply(const model_instruction& x) {
  switch (x.kind) {
    case instruction_kind::create:
      ++created_;
      return;
    case instruction_kind::migrate:
      ++migrated_;
      ++pools_;
      return;
    case instruction_kind::create_pool:
      ++pools_;
      return;
    case instruction_kind::deposit:
      ++deposits_;
      return;
    case instruction_kind::withdraw:
      ++withdrawals_;
      return;
    case instruction_kind::foreign:
    case instruction_kind::set_virtual_params:
      return;
    default:
      break;
  }
  if (x.no_coin_trade) {
    ++ignored_;
    return;
  }
  if (x.completes)
    ++completed_;
  book(x, legs_of(x));
}

void truth_ledger::book(const model_instruction& x, const legs& trade) {
  auto quote = x.inverted ? money_of(x.mint) : money_of(x.quote_mint);
  ++trades_;
  ++(trade.buy ? buys_ : sells_);
  volume_[static_cast<size_t>(quote)] += trade.gross;
  if (!keep_positions_ || gave_up_)
    return;
  auto [place, added] = index_.try_emplace(key{x.token, x.wallet, quote},
                                           positions_.size());
  if (added) {
    if (positions_.size() >= positions_max_) {
      gave_up_ = true;
      positions_.clear();
      index_.clear();
      return;
    }
    auto fresh = position{};
    fresh.wallet = x.wallet;
    fresh.token = x.token;
    fresh.quote = quote;
    positions_.push_back(std::move(fresh));
    tokens_.emplace(x.token, true);
    wallets_.emplace(x.wallet, true);
  }
  auto& p = positions_[place->second];
  if (trade.buy)
    buy(p, trade);
  else
    sell(p, trade);
}

void truth_ledger::buy(position& p, const legs& x) {
  p.units += x.units;
  p.cost += x.net;
  p.cost_gross += x.gross;
  p.bought += x.units;
  p.invested += x.net;
  ++p.buys;
  p.lots.push_back({x.units, static_cast<int64_t>(x.net)});
}

void truth_ledger::sell(position& p, const legs& x) {
  auto units = i128{x.units};
  ++p.sells;
  p.sold += units;
  p.proceeds += x.net;
  auto matched_units = std::min(units, p.units);
  p.unmatched_units += units - matched_units;
  if (matched_units == 0) {
    p.unmatched_proceeds += x.net;
    return;
  }
  auto all = matched_units == p.units;
  auto whole = matched_units == units;
  auto matched = whole ? x.net : floor_divide(x.net * matched_units, units);
  auto matched_gross = whole ? x.gross
                             : floor_divide(x.gross * matched_units, units);
  auto cost_out = all ? p.cost : floor_divide(p.cost * matched_units, p.units);
  auto gross_out = all ? p.cost_gross
                       : floor_divide(p.cost_gross * matched_units, p.units);
  p.unmatched_proceeds += x.net - matched;
  p.realized += matched - cost_out;
  p.realized_gross += matched_gross - gross_out;
  ++p.realizations;
  if (matched > cost_out)
    ++p.wins;
  p.units -= matched_units;
  p.cost -= cost_out;
  p.cost_gross -= gross_out;
  auto fifo_out = i128{0};
  for (auto left = matched_units; left > 0;) {
    auto& oldest = p.lots[p.first_lot];
    auto take = std::min(left, i128{oldest.units});
    auto cost = take == i128{oldest.units}
                  ? i128{oldest.cost}
                  : floor_divide(i128{oldest.cost} * take, oldest.units);
    fifo_out += cost;
    left -= take;
    oldest.units -= static_cast<uint64_t>(take);
    oldest.cost -= static_cast<int64_t>(cost);
    if (oldest.units == 0)
      ++p.first_lot;
  }
  p.realized_fifo += matched - fifo_out;
  if (p.first_lot * 2 > p.lots.size()) {
    p.lots.erase(p.lots.begin(),
                 p.lots.begin() + static_cast<ptrdiff_t>(p.first_lot));
    p.first_lot = 0;
  }
}

std::string truth_ledger::positions_csv() const {
  if (!keep_positions_ || gave_up_)
    return {};
  auto rows = std::vector<
    std::tuple<std::string, std::string, std::string, const position*>>{};
  rows.reserve(positions_.size());
  const auto sol = domain::to_string(domain::known_keys::wsol_mint);
  const auto usdc = domain::to_string(domain::known_keys::usdc_mint);
  for (const auto& p : positions_)
    rows.emplace_back(domain::to_string(wallet_key(seed_, p.wallet)),
                      domain::to_string(mint_key(seed_, p.token)),
                      p.quote == money::sol ? sol : usdc, &p);
  std::sort(rows.begin(), rows.end());
  auto result = std::string{
    "wallet,mint,quote_mint,units,cost_basis,bought_units,sold_units,invested,"
    "proceeds,realized,realized_gross,realized_fifo,unmatched_units,"
    "unmatched_proceeds,buys,sells,realizations,wins\n"};
  for (const auto& [wallet, mint, quote, p] : rows) {
    result += wallet + ',' + mint + ',' + quote;
    for (auto x :
         {p->units, p->cost, p->bought, p->sold, p->invested, p->proceeds,
          p->realized, p->realized_gross, p->realized_fifo, p->unmatched_units,
          p->unmatched_proceeds, i128{p->buys}, i128{p->sells},
          i128{p->realizations}, i128{p->wins}})
      result += ',' + domain::to_string(x);
    result += '\n';
  }
  return result;
}

std::string truth_ledger::json() const {
  auto known = keep_positions_ && !gave_up_;
  auto number = [](const char* name, uint64_t x) {
    return '"' + std::string{name} + "\":" + std::to_string(x) + ',';
  };
  auto pair = [](const char* name, i128 sol, i128 usdc) {
    return '"' + std::string{name} + "\":{\"SOL\":\"" + domain::to_string(sol)
           + "\",\"USDC\":\"" + domain::to_string(usdc) + "\"},";
  };
  auto result = '{' + number("trades", trades_) + number("buys", buys_)
                + number("sells", sells_)
                + pair("volume", volume_[0], volume_[1]);
  if (known) {
    auto sums = std::array<std::array<i128, 3>, 2>{};
    for (const auto& p : positions_) {
      auto& sum = sums[static_cast<size_t>(p.quote)];
      sum[0] += p.realized;
      sum[1] += p.realized_gross;
      sum[2] += p.realized_fifo;
    }
    result += number("tokens", tokens_.size())
              + number("wallets", wallets_.size())
              + number("positions", positions_.size())
              + pair("realized", sums[0][0], sums[1][0])
              + pair("realized_gross", sums[0][1], sums[1][1])
              + pair("realized_fifo", sums[0][2], sums[1][2]);
  }
  result += number("created", created_) + number("completed", completed_)
            + number("migrated", migrated_) + number("pools_created", pools_)
            + number("deposits", deposits_)
            + number("withdrawals", withdrawals_) + number("ignored", ignored_)
            + number("failed_transactions", failed_transactions_);
  result += known
              ? "\"positions_sha256\":\"" + sha256_hex(positions_csv()) + '"'
              : std::string{"\"positions_sha256\":null"};
  return result + '}';
}

} // namespace pumpscope::simulator

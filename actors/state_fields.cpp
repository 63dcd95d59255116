#include "actors/state_fields.hpp"

#include "domain/base58.hpp"
#include "domain/int128.hpp"
#include "domain/token_metrics.hpp"
#include "messages/state_blob.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>

namespace pumpscope::actors {

namespace {

template <class T>
std::string text_of(const T& x) {
  if constexpr (std::is_same_v<T, bool>)
    return x ? "true" : "false";
  else if constexpr (std::is_same_v<T, std::string>)
    return x;
  else if constexpr (std::is_same_v<
                       T, domain::pubkey> || std::is_same_v<T, domain::i128>)
    return domain::to_string(x);
  else
    return std::to_string(x);
}

/// Collects fields of two values of one type, either of which may be missing.
template <class T>
class side_by_side {
public:
  side_by_side(std::vector<messages::field_look>& to, const T* live,
               const T* stored, std::string prefix = {})
    : to_{to}, live_{live}, stored_{stored}, prefix_{std::move(prefix)} {
    // nop
  }

  template <class Field>
  side_by_side& field(const char* name, Field T::*member) {
    return text(name, [member](const T& x) { return text_of(x.*member); });
  }

  template <class F>
  side_by_side& text(const char* name, F f) {
    to_.push_back({prefix_ + name, live_ ? f(*live_) : std::string{},
                   stored_ ? f(*stored_) : std::string{}});
    return *this;
  }

private:
  std::vector<messages::field_look>& to_;
  const T* live_;
  const T* stored_;
  std::string prefix_;
};

void add_totals(std::vector<messages::field_look>& to,
                const domain::wallet_totals* live,
                const domain::wallet_totals* stored) {
  using totals = domain::wallet_totals;
  side_by_side<totals>{to, live, stored}
    .field("trades", &totals::trades)
    .field("realized", &totals::realized)
    .field("realized_gross", &totals::realized_gross)
    .field("realized_fifo", &totals::realized_fifo)
    .field("invested", &totals::invested)
    .field("proceeds", &totals::proceeds)
    .field("volume", &totals::volume)
    .field("realizations", &totals::realizations)
    .field("wins", &totals::wins)
    .field("losses", &totals::losses)
    .field("loss_streak", &totals::loss_streak)
    .field("loss_streak_max", &totals::loss_streak_max)
    .field("loss_streak_worst", &totals::loss_streak_worst)
    .field("tokens", &totals::tokens)
    .field("cost_out", &totals::cost_out)
    .field("sold_units", &totals::sold_units)
    .field("first_trade_at", &totals::first_trade_at)
    .field("last_trade_at", &totals::last_trade_at);
}

void add_position(std::vector<messages::field_look>& to,
                  const domain::position_key& key, const domain::position* live,
                  const domain::position* stored) {
  using position = domain::position;
  auto prefix = domain::to_string(key.mint) + ".";
  side_by_side<position>{to, live, stored, std::move(prefix)}
    .field("units", &position::units)
    .field("cost_basis", &position::cost_basis)
    .field("realized", &position::realized)
    .field("invested", &position::invested)
    .field("proceeds", &position::proceeds)
    .field("buys", &position::buys)
    .field("sells", &position::sells)
    .field("last_trade_at", &position::last_trade_at);
}

} // namespace

std::vector<messages::field_look>
wallet_fields(const messages::wallet_view* live,
              const messages::wallet_state_rows* stored) {
  auto result = std::vector<messages::field_look>{};
  auto in_store = stored != nullptr && stored->wallet;
  add_totals(result, live ? &live->totals : nullptr,
             in_store ? &stored->wallet->totals : nullptr);
  struct pair {
    const domain::position* live = nullptr;
    const domain::position* stored = nullptr;
    [[nodiscard]] int64_t time() const {
      return std::max(live ? live->last_trade_at : 0,
                      stored ? stored->last_trade_at : 0);
    }
  };
  auto pairs = std::map<domain::position_key, pair>{};
  if (live)
    for (auto& x : live->positions)
      pairs[x.key].live = &x;
  if (stored)
    for (auto& x : stored->positions)
      pairs[x.position.key].stored = &x.position;
  auto newest = std::vector<std::pair<domain::position_key, pair>>{
    pairs.begin(), pairs.end()};
  std::stable_sort(newest.begin(), newest.end(), [](auto& a, auto& b) {
    return a.second.time() > b.second.time();
  });
  if (newest.size() > messages::found_entity::positions_max)
    newest.resize(messages::found_entity::positions_max);
  for (auto& [key, of] : newest)
    add_position(result, key, of.live, of.stored);
  return result;
}

std::vector<messages::field_look>
token_fields(const messages::token_view* live,
             const std::optional<messages::token_row>& stored) {
  using state = domain::token_state;
  auto result = std::vector<messages::field_look>{};
  auto decoded = std::optional<state>{};
  if (stored) {
    if (auto read = messages::decode_token_state(stored->blob))
      decoded = std::move(*read);
    else
      result.push_back({"state", "", "cannot be read"});
  }
  side_by_side<state>{result, live ? &live->state : nullptr,
                      decoded ? &*decoded : nullptr}
    .field("name", &state::name)
    .field("symbol", &state::symbol)
    .field("creator", &state::creator)
    .field("created_at", &state::created_at)
    .field("decimals", &state::decimals)
    .field("curve_complete", &state::curve_complete)
    .field("migrated", &state::migrated)
    .field("migrated_pool", &state::migrated_pool)
    .field("graduated_at", &state::graduated_at)
    .field("pool_leads", &state::pool_leads)
    .field("leading_pool", &state::leading_pool)
    .field("trades", &state::trades)
    .field("trades_on_venue", &state::trades_on_venue)
    .field("reserve_breaks", &state::reserve_breaks)
    .field("trades_unchained", &state::trades_unchained)
    .field("last_quote_mint", &state::last_quote_mint)
    .field("real_token_reserves", &state::real_token_reserves)
    .field("real_quote_reserves", &state::real_quote_reserves)
    .field("base_supply", &state::base_supply)
    .field("last_trade_at", &state::last_trade_at)
    .text("last_slot",
          [](auto& x) { return std::to_string(x.last_position.slot); })
    .text("last_reserves.base",
          [](auto& x) { return text_of(x.last_reserves.base); })
    .text("last_reserves.quote",
          [](auto& x) { return text_of(x.last_reserves.quote); })
    .text("market_cap",
          [](auto& x) {
            auto cap = domain::market_cap(x);
            return cap ? text_of(*cap) : std::string{};
          })
    .text("venues", [](auto& x) { return std::to_string(x.venues.size()); });
  return result;
}

} // namespace pumpscope::actors

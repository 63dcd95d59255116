#include "messages/state_blob.hpp"

#include "messages/blob_archive.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::messages {

namespace {

using namespace detail;
using domain::errc;

// The functions below name the fields of a type once, for both directions:
// `X` is `T` when reading and `const T` when writing.

template <class Fields, class X>
void lot_fields(Fields& f, X& x) {
  f(x.units);
  f(x.cost);
  f(x.bought_at);
}

template <class Fields, class X>
void price_fields(Fields& f, X& x) {
  f(x.quote);
  f(x.token);
}

template <class Fields, class X>
void reserves_fields(Fields& f, X& x) {
  f(x.base);
  f(x.quote);
}

template <class Fields, class X>
void position_fields(Fields& f, X& x) {
  f(x.slot);
  f(x.tx_index);
  f(x.ix_path);
}

template <class Fields, class X>
void sketch_fields(Fields& f, X& x) {
  f.bytes(x.registers.data(), x.registers.size());
}

template <class Fields, class X>
void candle_fields(Fields& f, X& x) {
  f(x.open_time);
  price_fields(f, x.open);
  price_fields(f, x.high);
  price_fields(f, x.low);
  price_fields(f, x.close);
  price_fields(f, x.previous_close);
  position_fields(f, x.first);
  position_fields(f, x.last);
  f(x.volume_quote);
  f(x.volume_token);
  f(x.buy_volume_quote);
  f(x.sell_volume_quote);
  f(x.trades);
  f(x.buys);
  f(x.sells);
  f(x.wallets);
}

void wallet_fields(field_writer& f, const domain::wallet_set& x) {
  f.count(x.size(), blob_bounds::series_wallets_max);
  auto sorted = std::vector<std::pair<domain::pubkey, domain::wallet_seen>>(
    x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [wallet, seen] : sorted) {
    f(wallet);
    f(seen.second);
    f(seen.minute);
  }
}

void wallet_fields(field_reader& f, domain::wallet_set& x) {
  auto size = f.count(0, blob_bounds::series_wallets_max);
  x.clear();
  for (auto i = size_t{0}; i < size; ++i) {
    auto wallet = domain::pubkey{};
    auto seen = domain::wallet_seen{};
    f(wallet);
    f(seen.second);
    f(seen.minute);
    if (!x.emplace(wallet, seen).second)
      throw bound_exceeded{};
  }
}

template <class Fields, class X>
void series_fields(Fields& f, X& x) {
  f(x.quote_mint);
  f(x.trades);
  // Most bars are closed at any time: a mask names the open ones.
  auto mask = uint8_t{0};
  for (auto i = size_t{0}; i < x.open.size(); ++i)
    if (x.open[i] != domain::candle{})
      mask |= static_cast<uint8_t>(1U << i);
  f(mask);
  for (auto i = size_t{0}; i < x.open.size(); ++i)
    if ((mask >> i & 1U) != 0)
      candle_fields(f, x.open[i]);
  wallet_fields(f, x.wallets);
  for (auto& sketch : x.sketches)
    sketch_fields(f, sketch);
  price_fields(f, x.last_price);
  price_fields(f, x.first_price);
}

template <class Fields, class X>
void identity_fields(Fields& f, X& x) {
  f(x.mint);
  f(x.created);
  f(x.name);
  f(x.symbol);
  f(x.uri);
  f(x.creator);
  f(x.created_at);
  f(x.created_slot);
  f(x.initial_real_token_reserves);
  f(x.created_supply);
  f(x.decimals);
  f(x.mayhem_mode);
}

template <class Fields, class X>
void venue_fields(Fields& f, X& x) {
  f(x.curve_seen);
  f(x.curve_complete);
  f(x.migrated);
  f(x.migrated_pool);
  f(x.graduated_at);
  f(x.pool_leads);
  f(x.leading_pool);
  f(x.leader_quote_is_sol);
  f(x.leader_effective_quote);
  f(x.curve_real_known);
  f(x.curve_quote_mint);
  f(x.real_token_reserves);
  f(x.real_quote_reserves);
}

template <class Fields, class X>
void last_trade_fields(Fields& f, X& x) {
  f(x.last_program);
  f(x.last_flags);
  f(x.last_pool);
  f(x.last_quote_mint);
  reserves_fields(f, x.last_reserves);
  f(x.last_virtual_quote);
  f(x.last_fee_basis_points);
  f(x.last_trade_at);
  position_fields(f, x.last_position);
  f(x.last_sol_usd_micros);
  f(x.base_supply);
}

template <class Fields, class X>
void token_fields(Fields& f, X& x) {
  identity_fields(f, x);
  venue_fields(f, x);
  last_trade_fields(f, x);
  f(x.trades);
  f(x.trades_on_venue);
  f(x.reserve_breaks);
  f(x.trades_unchained);
  each(f, x.off_venue, blob_bounds::off_venue_max, [](auto& g, auto& y) {
    g(y.quote_mint);
    g(y.quote_units);
    g(y.token_units);
    g(y.trades);
  });
  each(f, x.venues, domain::token_ledger::venues_max, [](auto& g, auto& y) {
    g(y.pool);
    reserves_fields(g, y.after);
    g(y.known);
    g(y.slot);
  });
  each(f, x.series, domain::token_ledger::series_max,
       [](auto& g, auto& y) { series_fields(g, y); });
  each(f, x.breaks, domain::token_ledger::breaks_max, [](auto& g, auto& y) {
    g(y.since_slot);
    position_fields(g, y.position);
    g(y.block_time);
  });
}

} // namespace

std::string encode_lots(std::span<const domain::lot> lots) {
  if (lots.empty())
    return {};
  return encode(blob_kind::lots, 16 + 40 * lots.size(), [&lots](auto& f) {
    each(f, lots, blob_bounds::lots_max,
         [](auto& g, auto& x) { lot_fields(g, x); });
  });
}

domain::result<std::vector<domain::lot>> decode_lots(std::string_view blob) {
  auto result = std::vector<domain::lot>{};
  if (blob.empty())
    return result;
  auto done = decode(blob_kind::lots, blob, [&result](auto& f) {
    each(f, result, blob_bounds::lots_max,
         [](auto& g, auto& x) { lot_fields(g, x); });
  });
  if (!done)
    return tl::make_unexpected(done.error());
  return result;
}

position_row to_row(const domain::pubkey& wallet, const domain::position& x) {
  auto result = position_row{};
  result.wallet = wallet;
  result.blob = encode_lots(x.lots);
  result.position = domain::without_lots(x);
  return result;
}

domain::result<domain::position> to_position(const position_row& x) {
  auto lots = decode_lots(x.blob);
  if (!lots)
    return tl::make_unexpected(lots.error());
  auto result = x.position;
  result.lots = domain::lot_queue{std::move(*lots)};
  return result;
}

wallet_row to_row(const domain::pubkey& wallet,
                  const domain::wallet_totals& x) {
  return {wallet, x, {}};
}

domain::result<domain::wallet_totals> to_totals(const wallet_row& x) {
  if (!x.blob.empty())
    return tl::make_unexpected(errc::store_version);
  return x.totals;
}

std::string encode_token_state(const domain::token_state& x) {
  auto wallets = size_t{0};
  for (auto& series : x.series)
    wallets += series.wallets.size();
  auto expected = 900 + x.name.size() + x.symbol.size() + x.uri.size()
                  + x.venues.size() * 73 + x.series.size() * 2'200
                  + wallets * 48;
  return encode(blob_kind::token, expected,
                [&x](auto& f) { token_fields(f, x); });
}

domain::result<domain::token_state> decode_token_state(std::string_view blob) {
  auto result = domain::token_state{};
  auto done = decode(blob_kind::token, blob,
                     [&result](auto& f) { token_fields(f, result); });
  if (!done)
    return tl::make_unexpected(done.error());
  return result;
}

std::string encode_sketch(const domain::wallet_sketch& x) {
  if (x == domain::wallet_sketch{})
    return {};
  return encode(blob_kind::sketch, 144, [&x](auto& f) { sketch_fields(f, x); });
}

domain::result<domain::wallet_sketch> decode_sketch(std::string_view blob) {
  auto result = domain::wallet_sketch{};
  if (blob.empty())
    return result;
  auto done = decode(blob_kind::sketch, blob,
                     [&result](auto& f) { sketch_fields(f, result); });
  if (!done)
    return tl::make_unexpected(done.error());
  return result;
}

} // namespace pumpscope::messages

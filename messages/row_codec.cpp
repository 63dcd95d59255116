#include "messages/row_codec.hpp"

#include <limits>

namespace pumpscope::messages {

namespace {

// Each function names the fields of a type once, for both directions: `X` is
// `T` when reading and `const T` when writing.

/// Writes fields.
struct put_fields {
  packer& out;

  template <class T>
  void number(const T& x) {
    if constexpr (std::is_same_v<
                    T, domain::i128> || std::is_same_v<T, domain::u128>)
      out.put(x);
    else if constexpr (std::is_signed_v<T>)
      out.put(static_cast<int64_t>(x));
    else
      out.put(static_cast<uint64_t>(x));
  }

  template <class T>
  void enumerator(const T& x, T) {
    out.put(static_cast<uint64_t>(x));
  }

  /// A time, as its distance to another one.
  void time(int64_t x, int64_t base) {
    out.put(static_cast<int64_t>(static_cast<uint64_t>(x)
                                 - static_cast<uint64_t>(base)));
  }

  void key(const domain::pubkey& x) {
    out.put_key(x);
  }

  void text(const std::string& x) {
    out.put_text(x);
  }
};

/// Reads fields.
struct get_fields {
  unpacker in;

  template <class T>
  void number(T& x) {
    if constexpr (std::is_same_v<T, domain::i128>)
      x = in.get_i128();
    else if constexpr (std::is_same_v<T, domain::u128>)
      x = in.get_u128();
    else if constexpr (std::is_signed_v<T>)
      x = static_cast<T>(in.get_signed());
    else
      x = in.get_bounded<T>(std::numeric_limits<T>::max());
  }

  template <class T>
  void enumerator(T& x, T last) {
    x = in.get_bounded<T>(static_cast<uint64_t>(last));
  }

  void time(int64_t& x, int64_t base) {
    x = static_cast<int64_t>(static_cast<uint64_t>(in.get_signed())
                             + static_cast<uint64_t>(base));
  }

  void key(domain::pubkey& x) {
    x = in.get_key();
  }

  void text(std::string& x) {
    x = in.get_text();
  }
};

template <class Fields, class X>
void trade_fields(Fields& f, X& x) {
  f.time(x.event_time, x.block_time);
  f.enumerator(x.program, domain::program::pump_amm);
  f.enumerator(x.side, domain::trade_side::sell);
  f.number(x.flags);
  f.number(x.fee_basis_points);
  f.number(x.token_decimals);
  f.key(x.quote_mint);
  f.key(x.pool);
  f.number(x.token_units);
  f.number(x.quote_units);
  f.number(x.fee_units);
  f.number(x.net_quote_units);
  f.number(x.event_base_reserves);
  f.number(x.event_quote_reserves);
  f.number(x.real_token_reserves);
  f.number(x.real_quote_reserves);
  f.number(x.pool_base_units);
  f.number(x.pool_quote_units);
  f.number(x.lp_fee_units);
  f.number(x.virtual_quote_reserves);
  f.number(x.base_supply);
  f.number(x.tx_fee_lamports);
  f.number(x.sol_usd_micros);
}

template <class Fields, class X>
void event_fields(Fields& f, X& x) {
  f.time(x.event_time, x.block_time);
  f.enumerator(x.program, domain::program::pump_amm);
  f.number(x.flags);
  f.key(x.quote_mint);
  f.key(x.pool);
  f.key(x.creator);
  f.text(x.name);
  f.text(x.symbol);
  f.text(x.uri);
  f.number(x.base_units);
  f.number(x.quote_units);
  f.number(x.base_reserves);
  f.number(x.quote_reserves);
  f.number(x.real_token_reserves);
  f.number(x.real_quote_reserves);
  f.number(x.supply);
  f.number(x.virtual_quote_reserves);
  f.number(x.token_decimals);
}

template <class Fields, class X>
void position_fields(Fields& f, X& x) {
  f.number(x.cost_basis);
  f.number(x.bought_units);
  f.number(x.sold_units);
  f.number(x.invested);
  f.number(x.proceeds);
  f.number(x.realized_gross);
  f.number(x.realized_fifo);
  f.number(x.unmatched_units);
  f.number(x.unmatched_proceeds);
  f.number(x.buys);
  f.number(x.sells);
  f.number(x.realizations);
  f.number(x.wins);
  f.number(x.cost_basis_gross);
  f.number(x.cost_out);
  f.number(x.matched_units);
  f.number(x.held_unit_seconds);
  f.number(x.first_trade_at);
  f.time(x.last_trade_at, x.first_trade_at);
}

template <class Fields, class X>
void totals_fields(Fields& f, X& x) {
  f.number(x.trades);
  f.number(x.realized_gross);
  f.number(x.realized_fifo);
  f.number(x.invested);
  f.number(x.proceeds);
  f.number(x.realizations);
  f.number(x.wins);
  f.number(x.loss_streak_max);
  f.number(x.loss_streak_worst);
  f.number(x.tokens);
  f.number(x.loss_streak);
  f.number(x.loss_streak_sum);
  f.number(x.cost_out);
  f.number(x.sold_units_matched);
  f.number(x.sold_units);
  f.number(x.volume);
  f.number(x.first_trade_at);
  f.time(x.last_trade_at, x.first_trade_at);
  f.number(x.buy_size_last);
  f.number(x.buys_after_loss);
  f.number(x.buys_grown_after_loss);
  f.number(x.losses);
  f.number(x.losing_realizations);
  f.number(x.last_loss.slot);
  f.number(x.last_loss.tx_index);
  f.number(x.last_loss.ix_path);
  f.number(x.last_loss_at);
}

template <class Fields, class X>
void bucket_fields(Fields& f, X& x) {
  f.number(x.net);
  f.number(x.losses);
  f.number(x.realizations);
  f.number(x.losing_realizations);
  f.number(x.trades);
  f.number(x.last_loss.slot);
  f.number(x.last_loss.tx_index);
  f.number(x.last_loss.ix_path);
  f.time(x.last_loss_at, x.start);
}

template <class Fields, class X>
void candle_fields(Fields& f, X& x) {
  for (auto price : {&x.open, &x.high, &x.low, &x.close, &x.previous_close}) {
    f.number(price->quote);
    f.number(price->token);
  }
  for (auto position : {&x.first, &x.last}) {
    f.number(position->slot);
    f.number(position->tx_index);
    f.number(position->ix_path);
  }
  f.number(x.volume_quote);
  f.number(x.volume_token);
  f.number(x.buy_volume_quote);
  f.number(x.sell_volume_quote);
  f.number(x.trades);
  f.number(x.buys);
  f.number(x.sells);
  f.number(x.wallets);
}

/// Calls `fields` and refuses a row that is longer than any can be.
template <class F>
void pack(packer& out, F&& fields) {
  out.clear();
  auto f = put_fields{out};
  fields(f);
  if (out.overflow())
    throw store_failure{
      {domain::errc::limit_exceeded,
       "a row is longer than " + std::to_string(packer::bytes_max) + " bytes"}};
}

template <class F>
bool unpack(std::string_view bytes, F&& fields) {
  auto f = get_fields{unpacker{bytes}};
  fields(f);
  return f.in.complete();
}

} // namespace

void pack_body(packer& out, const domain::trade& x) {
  pack(out, [&x](auto& f) { trade_fields(f, x); });
}

bool unpack_body(std::string_view body, domain::trade& x) {
  return unpack(body, [&x](auto& f) { trade_fields(f, x); });
}

void pack_body(packer& out, const domain::token_event& x) {
  pack(out, [&x](auto& f) { event_fields(f, x); });
}

bool unpack_body(std::string_view body, domain::token_event& x) {
  return unpack(body, [&x](auto& f) { event_fields(f, x); });
}

void pack_state(packer& out, const domain::position& x) {
  pack(out, [&x](auto& f) { position_fields(f, x); });
}

bool unpack_state(std::string_view state, domain::position& x) {
  return unpack(state, [&x](auto& f) { position_fields(f, x); });
}

void pack_state(packer& out, const domain::wallet_totals& x) {
  pack(out, [&x](auto& f) { totals_fields(f, x); });
}

bool unpack_state(std::string_view state, domain::wallet_totals& x) {
  return unpack(state, [&x](auto& f) { totals_fields(f, x); });
}

void pack_state(packer& out, const domain::wallet_bucket& x) {
  pack(out, [&x](auto& f) { bucket_fields(f, x); });
}

bool unpack_state(std::string_view state, domain::wallet_bucket& x) {
  return unpack(state, [&x](auto& f) { bucket_fields(f, x); });
}

void pack_state(packer& out, const domain::candle& x) {
  pack(out, [&x](auto& f) { candle_fields(f, x); });
}

bool unpack_state(std::string_view state, domain::candle& x) {
  return unpack(state, [&x](auto& f) { candle_fields(f, x); });
}

} // namespace pumpscope::messages

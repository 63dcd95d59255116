#include "adapters/simulator/event_encoder.hpp"

#include "adapters/simulator/program_math.hpp"
#include "adapters/simulator/random.hpp"
#include "domain/known_keys.hpp"

#include <array>
#include <charconv>

namespace pumpscope::simulator {

namespace {

namespace keys = domain::known_keys;

using discriminator = std::array<uint8_t, 8>;

/// By `event_kind`, in wire order.
constexpr auto discriminators = std::array{
  discriminator{0x1b, 0x72, 0xa9, 0x4d, 0xde, 0xeb, 0x63, 0x76},
  discriminator{0xbd, 0xdb, 0x7f, 0xd3, 0x4e, 0xe6, 0x61, 0xee},
  discriminator{0x5f, 0x72, 0x61, 0x9c, 0xd4, 0x2e, 0x98, 0x08},
  discriminator{0xbd, 0xe9, 0x5d, 0xb9, 0x5c, 0x94, 0xea, 0x94},
  discriminator{0x75, 0x7b, 0xe4, 0xb6, 0xa1, 0xa8, 0xdc, 0xd6},
  discriminator{0xb1, 0x31, 0x0c, 0xd2, 0xa0, 0x76, 0xa7, 0x74},
  discriminator{0x67, 0xf4, 0x52, 0x1f, 0x2c, 0xf5, 0x77, 0x77},
  discriminator{0x3e, 0x2f, 0x37, 0x0a, 0xa5, 0x03, 0xdc, 0x2a},
  discriminator{0x78, 0xf8, 0x3d, 0x53, 0x1f, 0x8e, 0x6b, 0x90},
  discriminator{0x16, 0x09, 0x85, 0x1a, 0xa0, 0x2c, 0x47, 0xc0},
};

constexpr uint64_t supply_units = 1'000'000'000'000'000;
constexpr uint64_t buyback_bps = 5'000;

/// Half of the protocol fee; a part of it, never on top.
uint64_t buyback(uint64_t fee) {
  return program_math::mul_div(fee, buyback_bps, 10'000);
}

void key(wire_writer& out, const domain::pubkey& x) {
  out.raw(x.bytes.data(), x.bytes.size());
}

/// The default key stands for SOL on curves.
void curve_quote_mint(wire_writer& out, const model_instruction& x) {
  key(out, x.quote_mint == keys::wsol_mint ? domain::pubkey{} : x.quote_mint);
}

domain::pubkey account_of(const domain::pubkey& owner,
                          const domain::pubkey& mint) {
  return derived_key(key_kind::associated_account, owner, mint);
}

void encode_create(wire_writer& out, const model_instruction& x) {
  auto fields = layout_eras[x.era].create;
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof(digits), x.token).ptr;
  auto number = std::string_view{digits, static_cast<size_t>(end - digits)};
  auto named = [&](std::string_view before, std::string_view after) {
    out.little(
      static_cast<uint32_t>(before.size() + number.size() + after.size()));
    out.raw(before);
    out.raw(number);
    out.raw(after);
  };
  named("Simulated coin ", "");
  named("SIM", "");
  named("https://metadata.invalid/simulated/", ".json");
  key(out, x.mint);
  key(out, x.venue);
  key(out, x.user);
  if (fields < 8)
    return;
  key(out, x.creator);
  out.little(x.event_time);
  if (fields < 12)
    return;
  auto sol = x.quote_mint == keys::wsol_mint;
  out.little(x.base_reserves);
  out.little(sol ? x.quote_reserves : uint64_t{0});
  out.little(x.real_base);
  out.little(supply_units);
  if (fields < 14)
    return;
  key(out, derived_key(0, key_kind::program_account, 2));
  out.byte(x.mayhem ? 1 : 0);
  if (fields < 15)
    return;
  out.byte(x.cashback_coin ? 1 : 0);
  if (fields < 17)
    return;
  curve_quote_mint(out, x);
  out.little(x.quote_reserves);
  if (fields < 19)
    return;
  out.little(uint64_t{30});
  out.byte(x.holder_bps != 0 ? 1 : 0);
}

void encode_trade(wire_writer& out, const model_instruction& x) {
  auto fields = layout_eras[x.era].trade;
  auto sol = x.quote_mint == keys::wsol_mint;
  auto in_sol = [sol](uint64_t amount) { return sol ? amount : uint64_t{0}; };
  key(out, x.mint);
  out.little(in_sol(x.quote_units));
  out.little(x.base_units);
  out.byte(x.kind == instruction_kind::curve_sell ? 0 : 1);
  key(out, x.user);
  out.little(x.event_time);
  out.little(in_sol(x.quote_reserves));
  out.little(x.base_reserves);
  if (fields < 10)
    return;
  out.little(in_sol(x.real_quote));
  out.little(x.real_base);
  if (fields < 16)
    return;
  key(out, derived_key(0, key_kind::program_account, 10));
  out.little(x.protocol_bps);
  out.little(x.protocol_fee);
  key(out, x.creator);
  out.little(x.creator_bps);
  out.little(x.creator_fee);
  if (fields < 21)
    return;
  out.byte(1);
  out.little(uint64_t{0});
  out.little(uint64_t{0});
  out.little(mix(x.wallet) % 1'000'000'000'000);
  out.little(x.event_time);
  if (fields < 22)
    return;
  out.text(x.kind == instruction_kind::curve_sell           ? "sell"
           : x.kind == instruction_kind::curve_buy_exact_in ? "buy_exact_sol_in"
                                                            : "buy");
  if (fields < 23)
    return;
  out.byte(x.mayhem ? 1 : 0);
  if (fields < 25)
    return;
  out.little(x.cashback_bps);
  out.little(x.cashback);
  if (fields < 32)
    return;
  out.little(buyback_bps);
  out.little(buyback(x.protocol_fee));
  // One shareholder now and then.
  auto shared = x.token % 16 == 3;
  out.little(shared ? uint32_t{1} : uint32_t{0});
  if (shared) {
    key(out, x.creator);
    out.little(uint16_t{10'000});
  }
  curve_quote_mint(out, x);
  out.little(x.quote_units);
  out.little(x.quote_reserves);
  out.little(x.real_quote);
  if (fields < 34)
    return;
  out.little(x.holder_bps);
  out.little(x.holder_rewards);
}

void encode_complete(wire_writer& out, const model_instruction& x) {
  key(out, x.user);
  key(out, x.mint);
  key(out, x.venue);
  out.little(x.event_time);
  if (layout_eras[x.era].complete >= 5)
    curve_quote_mint(out, x);
}

void encode_migration(wire_writer& out, const model_instruction& x) {
  key(out, x.user);
  key(out, x.mint);
  out.little(x.base_units);
  out.little(x.quote_units);
  out.little(x.protocol_fee);
  key(out, x.curve);
  out.little(x.event_time);
  key(out, x.venue);
  if (layout_eras[x.era].migration >= 9)
    curve_quote_mint(out, x);
}

void encode_virtual_params(wire_writer& out, const model_instruction& x) {
  out.little(x.event_time);
  key(out, x.mint);
  out.little(x.lp_tokens);
  out.little(x.lp_supply);
  out.little(x.base_reserves);
  out.little(x.quote_reserves);
  out.little(x.real_base);
  out.little(x.real_quote);
}

void encode_create_pool(wire_writer& out, const model_instruction& x) {
  auto fields = layout_eras[x.era].create_pool;
  auto base_money = keys::is_money(x.mint);
  auto quote_sol = x.quote_mint == keys::wsol_mint;
  out.little(x.event_time);
  out.little(x.pool_index);
  key(out, x.user);
  key(out, x.mint);
  key(out, x.quote_mint);
  out.byte(base_money ? 9 : 6);
  out.byte(quote_sol ? 9 : 6);
  out.little(x.base_units);
  out.little(x.quote_units);
  out.little(x.base_units);
  out.little(x.quote_units);
  out.little(uint64_t{100});
  out.little(x.lp_tokens);
  out.little(x.lp_tokens - 100);
  out.byte(254);
  key(out, x.venue);
  key(out, derived_key(key_kind::lp_mint, x.venue, x.mint));
  key(out, account_of(x.user, x.mint));
  key(out, account_of(x.user, x.quote_mint));
  if (fields < 20)
    return;
  key(out, x.creator);
  if (fields < 21)
    return;
  out.byte(x.mayhem ? 1 : 0);
  if (fields < 24)
    return;
  out.little(uint64_t{30});
  out.byte(0);
  out.byte(x.holder_bps != 0 ? 1 : 0);
}

/// The fields that buys and sells share, accounts first.
void pool_accounts(wire_writer& out, const model_instruction& x) {
  key(out, x.venue);
  key(out, x.user);
  key(out, account_of(x.user, x.mint));
  key(out, account_of(x.user, x.quote_mint));
  key(out, derived_key(0, key_kind::program_account, 11));
  key(out, derived_key(0, key_kind::program_account, 12));
}

/// The fields behind buyback that today's layouts have.
void pool_tail(wire_writer& out, const model_instruction& x) {
  out.little(static_cast<domain::i128>(x.virtual_quote));
  out.byte(0);
  out.little(supply_units);
  out.little(x.holder_bps);
  out.little(x.holder_rewards);
}

void encode_amm_buy(wire_writer& out, const model_instruction& x) {
  auto fields = layout_eras[x.era].amm_buy;
  auto exact_in = x.kind == instruction_kind::amm_buy_exact_in;
  out.little(x.event_time);
  out.little(x.base_units);
  out.little(exact_in ? x.user_quote_units : x.user_quote_units * 21 / 20);
  out.little(x.user_base_before);
  out.little(x.user_quote_before);
  out.little(x.base_reserves);
  out.little(x.quote_reserves);
  // The two names swap their meaning with the instruction.
  out.little(exact_in ? x.user_quote_units : x.quote_units);
  out.little(x.lp_bps);
  out.little(x.lp_fee);
  out.little(x.protocol_bps);
  out.little(x.protocol_fee);
  out.little(x.quote_units + x.lp_fee);
  out.little(exact_in ? x.quote_units : x.user_quote_units);
  pool_accounts(out, x);
  if (fields < 23)
    return;
  key(out, x.creator);
  out.little(x.creator_bps);
  out.little(x.creator_fee);
  if (fields < 28)
    return;
  out.byte(1);
  out.little(uint64_t{0});
  out.little(uint64_t{0});
  out.little(mix(x.wallet) % 1'000'000'000'000);
  out.little(x.event_time);
  if (fields < 30)
    return;
  out.little(x.base_units * 19 / 20);
  out.text(exact_in ? "buy_exact_quote_in" : "buy");
  if (fields < 32)
    return;
  out.little(x.cashback_bps);
  out.little(x.cashback);
  if (fields < 34)
    return;
  out.little(buyback_bps);
  out.little(buyback(x.protocol_fee));
  if (fields < 39)
    return;
  pool_tail(out, x);
}

void encode_amm_sell(wire_writer& out, const model_instruction& x) {
  auto fields = layout_eras[x.era].amm_sell;
  out.little(x.event_time);
  out.little(x.base_units);
  out.little(x.user_quote_units * 19 / 20);
  out.little(x.user_base_before);
  out.little(x.user_quote_before);
  out.little(x.base_reserves);
  out.little(x.quote_reserves);
  out.little(x.quote_units);
  out.little(x.lp_bps);
  out.little(x.lp_fee);
  out.little(x.protocol_bps);
  out.little(x.protocol_fee);
  out.little(x.quote_units - x.lp_fee);
  out.little(x.user_quote_units);
  pool_accounts(out, x);
  if (fields < 23)
    return;
  key(out, x.creator);
  out.little(x.creator_bps);
  out.little(x.creator_fee);
  if (fields < 25)
    return;
  out.little(x.cashback_bps);
  out.little(x.cashback);
  if (fields < 27)
    return;
  out.little(buyback_bps);
  out.little(buyback(x.protocol_fee));
  if (fields < 32)
    return;
  pool_tail(out, x);
}

void encode_liquidity(wire_writer& out, const model_instruction& x,
                      bool deposit) {
  out.little(x.event_time);
  out.little(x.lp_tokens);
  out.little(deposit ? x.base_units * 21 / 20 : x.base_units * 19 / 20);
  out.little(deposit ? x.quote_units * 21 / 20 : x.quote_units * 19 / 20);
  out.little(x.user_base_before);
  out.little(x.user_quote_before);
  out.little(x.base_reserves);
  out.little(x.quote_reserves);
  out.little(x.base_units);
  out.little(x.quote_units);
  out.little(x.lp_supply);
  key(out, x.venue);
  key(out, x.user);
  key(out, account_of(x.user, x.mint));
  key(out, account_of(x.user, x.quote_mint));
  key(out, derived_key(key_kind::lp_mint, x.user, x.venue));
}

} // namespace

void encode_event(wire_writer& out, event_kind kind,
                  const model_instruction& x) {
  const auto& id = discriminators[static_cast<size_t>(kind)];
  out.raw(id.data(), id.size());
  switch (kind) {
    case event_kind::create:
      encode_create(out, x);
      break;
    case event_kind::trade:
      encode_trade(out, x);
      break;
    case event_kind::complete:
      encode_complete(out, x);
      break;
    case event_kind::migration:
      encode_migration(out, x);
      break;
    case event_kind::virtual_params:
      encode_virtual_params(out, x);
      break;
    case event_kind::create_pool:
      encode_create_pool(out, x);
      break;
    case event_kind::amm_buy:
      encode_amm_buy(out, x);
      break;
    case event_kind::amm_sell:
      encode_amm_sell(out, x);
      break;
    case event_kind::deposit:
      encode_liquidity(out, x, true);
      break;
    case event_kind::withdraw:
      encode_liquidity(out, x, false);
      break;
  }
  // Trailing bytes need a layout that is complete up to today's last field.
  if (x.era + 1U == layout_eras.size())
    for (auto i = 0; i < x.trailing_bytes; ++i)
      out.byte(static_cast<uint8_t>(0xA0 + i));
}

} // namespace pumpscope::simulator

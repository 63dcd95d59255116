// The instructions of the encoder: accounts and data in the order of the
// programs' interfaces.

#include "adapters/simulator/known_programs.hpp"
#include "adapters/simulator/random.hpp"
#include "adapters/simulator/transaction_encoder.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pumpscope::simulator {

namespace {

namespace keys = domain::known_keys;
using namespace std::string_view_literals;

// Names in logs.
constexpr auto pump_name = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"sv;
constexpr auto amm_name = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA"sv;
constexpr auto token_name = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"sv;
constexpr auto associated_token_name
  = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"sv;
constexpr auto system_name = "11111111111111111111111111111111"sv;
constexpr auto fees_name = "pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ"sv;
constexpr auto mayhem_name = "MAyhSmzXzV1pTf7LsNkrNwkWKTo4ougAJ1PPg47MD4e"sv;
constexpr auto router_name = "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4"sv;
constexpr auto launchpad_name = "MoonCVVNZFSYkqNXP6bxHLPL6QQJiMagDL3qcqUQTrG"sv;

/// First bytes of a self-CPI event instruction.
constexpr auto event_wrapper = "\xe4\x45\xa5\x2e\x51\xcb\x9a\x1d"sv;

// Instruction discriminators.
constexpr auto buy_data = "\x66\x06\x3d\x12\x01\xda\xeb\xea"sv;
constexpr auto sell_data = "\x33\xe6\x85\xa4\x01\x7f\x83\xad"sv;
constexpr auto buy_exact_sol_in_data = "\x38\xfc\x74\x08\x9e\xdf\xcd\x5f"sv;
constexpr auto buy_v2_data = "\xb8\x17\xee\x61\x67\xc5\xd3\x3d"sv;
constexpr auto buy_exact_quote_in_v2_data
  = "\xc2\xab\x1c\x46\x68\x4d\x5b\x2f"sv;
constexpr auto sell_v2_data = "\x5d\xf6\x82\x3c\xe7\xe9\x40\xb2"sv;
constexpr auto create_v2_data = "\xd6\x90\x4c\xec\x5f\x8b\x31\xb4"sv;
constexpr auto migrate_data = "\x9b\xea\xe7\x92\xec\x9e\xa2\x1e"sv;
constexpr auto set_virtual_params_data = "\x3d\xa9\xbc\xbf\x99\x95\x2a\x61"sv;
constexpr auto amm_buy_exact_quote_in_data
  = "\xc6\x2e\x15\x52\xb4\xd9\xe8\x70"sv;
constexpr auto create_pool_data = "\xe9\x92\xd1\x8e\xcf\x68\x40\xbc"sv;
constexpr auto deposit_data = "\xf2\x23\xc6\x89\x52\xe1\xf2\xb6"sv;
constexpr auto withdraw_data = "\xb7\x12\x46\x9c\x94\x6d\xa1\x22"sv;
constexpr auto get_fees_data = "\xe7\x25\x7e\x55\xcf\x5b\x3f\x34"sv;

/// Global accounts of the programs that only fill their places.
domain::pubkey global_account(uint64_t number) {
  return derived_key(0, key_kind::program_account, number);
}

enum global_number : uint64_t {
  pump_global = 3,
  fee_config = 4,
  volume_accumulator = 5,
  amm_config = 6,
  mint_authority = 7,
  fee_recipient = 10,
  amm_fee_recipient = 11,
  amm_fee_account = 12,
  withdraw_authority = 13,
  pool_authority = 14,
};

uint8_t decimals_of(const domain::pubkey& mint) {
  return mint == keys::wsol_mint ? 9 : 6;
}

} // namespace

transaction_encoder::called_program transaction_encoder::pump_program() {
  return {program(keys::pump_program),
          readonly(known_programs::get().pump_event_authority), pump_name};
}

transaction_encoder::called_program transaction_encoder::amm_program() {
  return {program(keys::pump_amm_program),
          readonly(known_programs::get().amm_event_authority), amm_name};
}

transaction_encoder::parties
transaction_encoder::parties_of(const model_instruction& x) {
  const auto& known = known_programs::get();
  auto p = parties{};
  // Vault and routers cannot sign: the fee payer did.
  p.user = x.route == route::direct && x.wallet != vault_wallet
             ? add(x.user, account_class::signer)
             : writable(x.user);
  auto associated = [](const domain::pubkey& owner,
                       const domain::pubkey& mint) {
    return derived_key(key_kind::associated_account, owner, mint);
  };
  p.venue = writable(x.venue);
  p.venue_base = writable(associated(x.venue, x.mint));
  p.user_base = writable(associated(x.user, x.mint));
  p.fee_recipient = writable(global_account(fee_recipient));
  p.creator_vault
    = writable(derived_key(key_kind::creator_vault, x.creator, x.creator));
  p.mint = readonly(x.mint);
  p.token_program = program(known.token);
  p.quote_program = p.token_program;
  p.system_program = program(known.system);
  p.fee_program = readonly(known.fees);
  auto curve_sol = x.quote_mint == keys::wsol_mint
                   && x.kind < instruction_kind::create_pool;
  if (!curve_sol) {
    p.quote_mint = readonly(x.quote_mint);
    p.venue_quote = writable(associated(x.venue, x.quote_mint));
    p.user_quote = writable(associated(x.user, x.quote_mint));
  }
  return p;
}

void transaction_encoder::write_instruction(const model_instruction& x,
                                            const model_transaction& tx) {
  auto p = parties_of(x);
  auto trade = x.kind == instruction_kind::curve_buy
               || x.kind == instruction_kind::curve_buy_exact_in
               || x.kind == instruction_kind::amm_buy
               || x.kind == instruction_kind::amm_buy_exact_in;
  if (trade && x.route == route::direct && mix(tx.nonce) % 8 < 3)
    write_token_account(p);
  auto height = uint8_t{1};
  if (x.route != route::direct) {
    // The caller's own instruction; ours are inside it.
    const auto& known = known_programs::get();
    auto caller = program(x.route == route::router ? known.router
                                                   : known.mayhem);
    auto name = x.route == route::router ? router_name : mayhem_name;
    open(caller, 1, {p.user, p.venue, p.venue_base, p.user_base, p.mint});
    data_.raw("\xe5\x17\xcb\x97\x7a\xe3\xad\x2a"sv);
    data_.little(x.base_units);
    data_.little(x.quote_units);
    close();
    logs_.invoke(name, 1);
    logs_.instruction(x.route == route::router ? "Route" : "BuyV2");
    if (x.route == route::router) {
      simple(p.token_program, 2, {p.user_base, p.venue_base, p.user},
             "\x03\x40\x42\x0f\x00\x00\x00\x00\x00"sv);
      logs_.call(token_name, 2, "Transfer", 4'645);
    }
    height = 2;
  }
  switch (x.kind) {
    case instruction_kind::create:
      write_create(x, p);
      break;
    case instruction_kind::migrate:
      write_migrate(x, p);
      break;
    case instruction_kind::create_pool:
      write_create_pool(x, p, 1);
      break;
    case instruction_kind::deposit:
    case instruction_kind::withdraw:
      write_liquidity(x, p);
      break;
    case instruction_kind::set_virtual_params:
      write_virtual_params(x, p);
      break;
    case instruction_kind::foreign:
      write_foreign(x, p);
      break;
    case instruction_kind::curve_buy:
    case instruction_kind::curve_buy_exact_in:
    case instruction_kind::curve_sell:
      write_curve_trade(x, p, height);
      break;
    default:
      write_pool_trade(x, p, height);
      break;
  }
  if (x.route != route::direct)
    logs_.success(x.route == route::router ? router_name : mayhem_name,
                  171'799);
}

void transaction_encoder::write_event(event_kind kind,
                                      const model_instruction& x,
                                      const called_program& by,
                                      uint8_t height) {
  event_.clear();
  encode_event(event_, kind, x);
  logs_.data(event_.view());
  open(by.id, height, {by.authority});
  data_.raw(event_wrapper);
  data_.raw(event_.view());
  close();
  logs_.call(by.name, height, {}, 2'125);
}

void transaction_encoder::write_token_account(const parties& p) {
  const auto& known = known_programs::get();
  simple(
    program(known.associated_token), 1,
    {p.user, p.user_base, p.user, p.mint, p.system_program, p.token_program},
    "\x01"sv);
  simple(p.token_program, 2, {p.mint}, "\x15\x07\x00"sv);
  simple(p.system_program, 2, {p.user, p.user_base},
         "\x00\x00\x00\x00\xf0\x1d\x1f\x00\x00\x00\x00\x00\xa5\x00\x00\x00\x00"
         "\x00\x00\x00\x06\xdd\xf6\xe1\xd7\x65\xa1\x93\xd9\xcb\xe1\x46\xce\xeb"
         "\x79\xac\x1c\xb4\x85\xed\x5f\x5b\x37\x91\x3a\x8c\xf5\x85\x7e\xff\x00"
         "\xa9"sv);
  simple(p.token_program, 2, {p.user_base}, "\x16"sv);
  open(p.token_program, 2, {p.user_base, p.mint});
  data_.byte(18);
  data_.raw(keys_[0][0].bytes.data(), 32);
  close();
  logs_.invoke(associated_token_name, 1);
  logs_.text("CreateIdempotent");
  logs_.call(token_name, 2, "GetAccountDataSize", 1'569);
  logs_.text("Initialize the associated token account");
  logs_.invoke(system_name, 2);
  logs_.native_success(system_name);
  logs_.call(token_name, 2, "InitializeImmutableOwner", 1'405);
  logs_.call(token_name, 2, "InitializeAccount3", 4'188);
  logs_.success(associated_token_name, 19'315);
}

void transaction_encoder::write_transfers(const model_instruction& x,
                                          const parties& p, uint8_t height) {
  auto checked = [&](account from, account mint, account to, uint64_t amount,
                     uint8_t decimals) {
    open(p.token_program, height, {from, mint, to, p.user});
    data_.byte(12);
    data_.little(amount);
    data_.byte(decimals);
    close();
    logs_.call(token_name, height, "TransferChecked", 6'147);
  };
  auto buy = x.kind != instruction_kind::curve_sell
             && x.kind != instruction_kind::amm_sell;
  checked(buy ? p.venue_base : p.user_base, p.mint,
          buy ? p.user_base : p.venue_base, x.base_units, decimals_of(x.mint));
  auto before = x.user_base_before;
  auto mint = domain::to_base58(x.mint);
  auto venue = domain::to_base58(x.venue);
  auto user = domain::to_base58(x.user);
  auto pool_before = x.base_reserves;
  balances_.push_back({p.venue_base, mint, venue, decimals_of(x.mint),
                       pool_before,
                       buy ? pool_before - std::min(pool_before, x.base_units)
                           : pool_before + x.base_units});
  balances_.push_back(
    {p.user_base, mint, user, decimals_of(x.mint), before,
     buy ? before + x.base_units : before - std::min(before, x.base_units)});
  if (p.venue_quote != 0) {
    checked(buy ? p.user_quote : p.venue_quote, p.quote_mint,
            buy ? p.venue_quote : p.user_quote, x.quote_units,
            decimals_of(x.quote_mint));
    checked(p.user_quote, p.quote_mint, p.fee_recipient, x.protocol_fee,
            decimals_of(x.quote_mint));
    auto quote_before = x.quote_reserves;
    balances_.push_back(
      {p.venue_quote, domain::to_base58(x.quote_mint), venue,
       decimals_of(x.quote_mint), quote_before,
       buy ? quote_before + x.quote_units
           : quote_before - std::min(quote_before, x.quote_units)});
    return;
  }
  for (auto [to, amount] : {std::pair{p.fee_recipient, x.protocol_fee},
                            std::pair{p.creator_vault, x.creator_fee},
                            std::pair{p.venue, x.quote_units}}) {
    // A sell's proceeds move inside the program.
    if (!buy)
      break;
    open(p.system_program, height, {p.user, to});
    data_.little(uint32_t{2});
    data_.little(amount);
    close();
    logs_.invoke(system_name, height);
    logs_.native_success(system_name);
  }
}

void transaction_encoder::write_curve_trade(const model_instruction& x,
                                            const parties& p, uint8_t height) {
  const auto& known = known_programs::get();
  auto pump = pump_program();
  auto v2 = p.venue_quote != 0;
  auto buy = x.kind != instruction_kind::curve_sell;
  auto exact_in = x.kind == instruction_kind::curve_buy_exact_in;
  auto global = readonly(global_account(pump_global));
  auto accumulator
    = writable(derived_key(key_kind::volume_accumulator, x.user, x.user));
  auto config = readonly(global_account(fee_config));
  if (v2) {
    auto volumes = readonly(global_account(volume_accumulator));
    open(pump.id, height,
         {global,           p.mint,          p.quote_mint,
          p.token_program,  p.quote_program, program(known.associated_token),
          p.fee_recipient,  p.fee_recipient, p.fee_recipient,
          p.fee_recipient,  p.venue,         p.venue_base,
          p.venue_quote,    p.user,          p.user_base,
          p.user_quote,     p.creator_vault, p.creator_vault,
          global,           volumes,         accumulator,
          accumulator,      config,          p.fee_program,
          p.system_program, pump.authority,  pump.id});
    // Sells name no global volume account.
    if (!buy) {
      auto& ix = instructions_.back();
      accounts_.erase(accounts_.begin() + ix.accounts_begin + 19);
      --ix.accounts_count;
    }
  } else if (buy) {
    auto volumes = readonly(global_account(volume_accumulator));
    open(pump.id, height,
         {global, p.fee_recipient, p.mint, p.venue, p.venue_base, p.user_base,
          p.user, p.system_program, p.token_program, p.creator_vault,
          pump.authority, pump.id, volumes, accumulator, config,
          p.fee_program});
  } else {
    open(pump.id, height,
         {global, p.fee_recipient, p.mint, p.venue, p.venue_base, p.user_base,
          p.user, p.system_program, p.creator_vault, p.token_program,
          pump.authority, pump.id, config, p.fee_program});
  }
  data_.raw(v2         ? (!buy       ? sell_v2_data
                          : exact_in ? buy_exact_quote_in_v2_data
                                     : buy_v2_data)
            : !buy     ? sell_data
            : exact_in ? buy_exact_sol_in_data
                       : buy_data);
  data_.little(exact_in ? x.quote_units : x.base_units);
  data_.little(exact_in ? x.base_units : x.quote_units);
  close();
  logs_.invoke(pump_name, height);
  logs_.instruction(!buy ? "Sell" : exact_in ? "BuyExactSolIn" : "Buy");
  auto below = static_cast<uint8_t>(height + 1);
  open(p.fee_program, below, {config, pump.id});
  data_.raw(get_fees_data);
  data_.byte(0);
  data_.little(uint64_t{x.quote_reserves});
  data_.little(uint64_t{0});
  data_.little(x.quote_units);
  close();
  logs_.call(fees_name, below, "GetFees", 3'136);
  write_transfers(x, p, below);
  write_event(event_kind::trade, x, pump, below);
  if (x.completes)
    write_event(event_kind::complete, x, pump, below);
  logs_.success(pump_name, 94'040);
}

void transaction_encoder::write_pool_trade(const model_instruction& x,
                                           const parties& p, uint8_t height) {
  const auto& known = known_programs::get();
  auto amm = amm_program();
  auto sell = x.kind == instruction_kind::amm_sell;
  auto exact_in = x.kind == instruction_kind::amm_buy_exact_in;
  auto config = readonly(global_account(amm_config));
  auto recipient = readonly(global_account(amm_fee_recipient));
  auto recipient_account = writable(global_account(amm_fee_account));
  auto authority
    = readonly(derived_key(key_kind::creator_vault, x.creator, x.venue));
  auto fees = readonly(global_account(fee_config));
  auto associated_token = program(known.associated_token);
  if (sell) {
    open(amm.id, height,
         {p.venue,
          p.user,
          config,
          p.mint,
          p.quote_mint,
          p.user_base,
          p.user_quote,
          p.venue_base,
          p.venue_quote,
          recipient,
          recipient_account,
          p.token_program,
          p.quote_program,
          p.system_program,
          associated_token,
          amm.authority,
          amm.id,
          p.creator_vault,
          authority,
          fees,
          p.fee_program});
  } else {
    auto volumes = readonly(global_account(volume_accumulator));
    auto accumulator
      = writable(derived_key(key_kind::volume_accumulator, x.user, x.user));
    open(amm.id, height,
         {p.venue,
          p.user,
          config,
          p.mint,
          p.quote_mint,
          p.user_base,
          p.user_quote,
          p.venue_base,
          p.venue_quote,
          recipient,
          recipient_account,
          p.token_program,
          p.quote_program,
          p.system_program,
          associated_token,
          amm.authority,
          amm.id,
          p.creator_vault,
          authority,
          volumes,
          accumulator,
          fees,
          p.fee_program});
  }
  data_.raw(sell       ? sell_data
            : exact_in ? amm_buy_exact_quote_in_data
                       : buy_data);
  data_.little(exact_in ? x.user_quote_units : x.base_units);
  data_.little(exact_in ? x.base_units * 19 / 20 : x.user_quote_units);
  close();
  logs_.invoke(amm_name, height);
  logs_.instruction(sell ? "Sell" : exact_in ? "BuyExactQuoteIn" : "Buy");
  auto below = static_cast<uint8_t>(height + 1);
  open(p.fee_program, below, {fees, amm.id});
  data_.raw(get_fees_data);
  data_.byte(1);
  data_.little(uint64_t{x.quote_reserves});
  data_.little(uint64_t{0});
  data_.little(x.quote_units);
  close();
  logs_.call(fees_name, below, "GetFees", 3'136);
  write_transfers(x, p, below);
  write_event(sell ? event_kind::amm_sell : event_kind::amm_buy, x, amm, below);
  logs_.success(amm_name, 118'022);
}

void transaction_encoder::write_liquidity(const model_instruction& x,
                                          const parties& p) {
  auto amm = amm_program();
  auto deposit = x.kind == instruction_kind::deposit;
  auto lp_mint = writable(derived_key(key_kind::lp_mint, x.venue, x.mint));
  auto user_lp = writable(derived_key(key_kind::lp_mint, x.user, x.venue));
  auto token_2022 = program(known_programs::get().token_2022);
  open(amm.id, 1,
       {p.venue, readonly(global_account(amm_config)), p.user, p.mint,
        p.quote_mint, lp_mint, p.user_base, p.user_quote, user_lp, p.venue_base,
        p.venue_quote, p.token_program, token_2022, amm.authority, amm.id});
  data_.raw(deposit ? deposit_data : withdraw_data);
  data_.little(x.lp_tokens);
  data_.little(x.base_units);
  data_.little(x.quote_units);
  close();
  logs_.invoke(amm_name, 1);
  logs_.instruction(deposit ? "Deposit" : "Withdraw");
  write_event(deposit ? event_kind::deposit : event_kind::withdraw, x, amm, 2);
  logs_.success(amm_name, 61'402);
}

void transaction_encoder::write_create(const model_instruction& x,
                                       const parties& p) {
  const auto& known = known_programs::get();
  auto pump = pump_program();
  auto filler = writable(global_account(volume_accumulator));
  auto mayhem = program(known.mayhem);
  open(pump.id, 1,
       {p.mint, readonly(global_account(mint_authority)), p.venue, p.venue_base,
        readonly(global_account(pump_global)), p.user, p.system_program,
        p.token_program, program(known.associated_token), mayhem, filler,
        filler, filler, filler, pump.authority, pump.id});
  data_.raw(create_v2_data);
  data_.text("Simulated coin");
  data_.text("SIM");
  data_.text("https://metadata.invalid/simulated");
  data_.raw(x.creator.bytes.data(), 32);
  data_.byte(x.mayhem ? 1 : 0);
  close();
  logs_.invoke(pump_name, 1);
  logs_.instruction("CreateV2");
  simple(p.system_program, 2, {p.user, p.venue},
         "\x00\x00\x00\x00\x10\xd3\x12\x00\x00\x00\x00\x00\x97\x00\x00\x00"sv);
  logs_.invoke(system_name, 2);
  logs_.native_success(system_name);
  write_event(event_kind::create, x, pump, 2);
  logs_.success(pump_name, 133'112);
}

void transaction_encoder::write_create_pool(const model_instruction& x,
                                            const parties& p, uint8_t height) {
  const auto& known = known_programs::get();
  auto amm = amm_program();
  auto lp_mint = writable(derived_key(key_kind::lp_mint, x.venue, x.mint));
  auto user_lp = writable(derived_key(key_kind::lp_mint, x.user, x.venue));
  open(amm.id, height,
       {p.venue, readonly(global_account(amm_config)), p.user, p.mint,
        p.quote_mint, lp_mint, p.user_base, p.user_quote, user_lp, p.venue_base,
        p.venue_quote, p.system_program, program(known.token_2022),
        p.token_program, p.quote_program, program(known.associated_token),
        amm.authority, amm.id});
  data_.raw(create_pool_data);
  data_.little(x.pool_index);
  data_.little(x.base_units);
  data_.little(x.quote_units);
  data_.raw(x.creator.bytes.data(), 32);
  data_.byte(x.mayhem ? 1 : 0);
  close();
  logs_.invoke(amm_name, height);
  logs_.instruction("CreatePool");
  write_event(event_kind::create_pool, x, amm,
              static_cast<uint8_t>(height + 1));
  logs_.success(amm_name, 171'401);
}

void transaction_encoder::write_migrate(const model_instruction& x,
                                        const parties& p) {
  auto pump = pump_program();
  auto curve = writable(x.curve);
  auto authority = writable(global_account(pool_authority));
  auto amm = amm_program();
  auto quote = p.quote_mint != 0 ? p.quote_mint : readonly(x.quote_mint);
  open(pump.id, 1,
       {readonly(global_account(pump_global)),
        writable(global_account(withdraw_authority)),
        p.mint,
        curve,
        p.venue_base,
        p.user,
        p.system_program,
        p.token_program,
        amm.id,
        p.venue,
        authority,
        p.user_base,
        p.user_base,
        readonly(global_account(amm_config)),
        quote,
        p.venue,
        p.user_base,
        p.venue_base,
        p.venue_base,
        p.token_program,
        p.token_program,
        amm.authority,
        pump.authority,
        pump.id,
        p.system_program});
  data_.raw(migrate_data);
  close();
  logs_.invoke(pump_name, 1);
  logs_.instruction("Migrate");
  // The pool is made by a call into the other program.
  auto inner = x;
  inner.kind = instruction_kind::create_pool;
  inner.route = route::mayhem; // its user is a program's account: no signer
  inner.user = global_account(pool_authority);
  write_create_pool(inner, parties_of(inner), 2);
  write_event(event_kind::migration, x, pump, 2);
  logs_.success(pump_name, 259'114);
}

void transaction_encoder::write_virtual_params(const model_instruction& x,
                                               const parties& p) {
  auto pump = pump_program();
  open(pump.id, 1,
       {readonly(global_account(pump_global)), p.mint, p.venue, p.user,
        pump.authority, pump.id});
  data_.raw(set_virtual_params_data);
  close();
  logs_.invoke(pump_name, 1);
  logs_.instruction("SetMayhemVirtualParams");
  write_event(event_kind::virtual_params, x, pump, 2);
  logs_.success(pump_name, 24'005);
}

void transaction_encoder::write_foreign(const model_instruction& x,
                                        const parties& p) {
  const auto& known = known_programs::get();
  auto other = called_program{program(known.launchpad),
                              readonly(known.launchpad_event_authority),
                              launchpad_name};
  open(other.id, 1,
       {p.user, p.venue, p.mint, p.user_base, other.authority, other.id,
        pump_program().id});
  data_.raw(buy_data);
  data_.little(x.base_units);
  close();
  logs_.invoke(launchpad_name, 1);
  logs_.instruction("Buy");
  write_event(event_kind::trade, x, other, 2);
  logs_.success(launchpad_name, 40'000);
}

} // namespace pumpscope::simulator

// The events that are trades, as Anchor IDLs: today's layouts, and the fields
// that all generations begin with.

// "name:type name:type …" as the fields of a struct.
function fields(text) {
  return text.trim().split(/\s+/).map((x) => {
    const [name, type] = x.split(":");
    return {
      name,
      type: type === "shareholders"
        ? { vec: { defined: { name: "Shareholder" } } } : type,
    };
  });
}

function struct(name, text) {
  return { name, type: { kind: "struct", fields: fields(text) } };
}

function idl(name, address, events) {
  return {
    address,
    metadata: { name, version: "0.1.0", spec: "0.1.0" },
    instructions: [],
    events: events.map((x) => ({ name: x.name, discriminator: x.discriminator })),
    types: [
      ...events.map((x) => struct(x.name, x.fields)),
      struct("Shareholder", "address:pubkey share_bps:u16"),
    ],
  };
}

const trade_begin = `mint:pubkey sol_amount:u64 token_amount:u64 is_buy:bool
  user:pubkey timestamp:i64 virtual_sol_reserves:u64
  virtual_token_reserves:u64`;

const trade = `${trade_begin} real_sol_reserves:u64 real_token_reserves:u64
  fee_recipient:pubkey fee_basis_points:u64 fee:u64 creator:pubkey
  creator_fee_basis_points:u64 creator_fee:u64 track_volume:bool
  total_unclaimed_tokens:u64 total_claimed_tokens:u64 current_sol_volume:u64
  last_update_timestamp:i64 ix_name:string mayhem_mode:bool
  cashback_fee_basis_points:u64 cashback:u64 buyback_fee_basis_points:u64
  buyback_fee:u64 shareholders:shareholders quote_mint:pubkey quote_amount:u64
  virtual_quote_reserves:u64 real_quote_reserves:u64 holder_rewards_bps:u64
  holder_rewards:u64`;

// What buys and sells in a pool have in common; the names of amounts differ.
const swap = (base, limit, quote, with_fee, user_quote) => `timestamp:i64
  ${base}:u64 ${limit}:u64 user_base_token_reserves:u64
  user_quote_token_reserves:u64 pool_base_token_reserves:u64
  pool_quote_token_reserves:u64 ${quote}:u64 lp_fee_basis_points:u64 lp_fee:u64
  protocol_fee_basis_points:u64 protocol_fee:u64 ${with_fee}:u64
  ${user_quote}:u64 pool:pubkey user:pubkey`;

const buy_begin = swap("base_amount_out", "max_quote_amount_in",
  "quote_amount_in", "quote_amount_in_with_lp_fee", "user_quote_amount_in");
const sell_begin = swap("base_amount_in", "min_quote_amount_out",
  "quote_amount_out", "quote_amount_out_without_lp_fee",
  "user_quote_amount_out");

const accounts = `user_base_token_account:pubkey user_quote_token_account:pubkey
  protocol_fee_recipient:pubkey protocol_fee_recipient_token_account:pubkey
  coin_creator:pubkey coin_creator_fee_basis_points:u64 coin_creator_fee:u64`;
const tail = `cashback_fee_basis_points:u64 cashback:u64
  buyback_fee_basis_points:u64 buyback_fee:u64 virtual_quote_reserves:i128
  can_boost:bool base_supply:u64 holder_rewards_bps:u64 holder_rewards:u64`;

const buy = `${buy_begin} ${accounts} track_volume:bool
  total_unclaimed_tokens:u64 total_claimed_tokens:u64 current_sol_volume:u64
  last_update_timestamp:i64 min_base_amount_out:u64 ix_name:string ${tail}`;
const sell = `${sell_begin} ${accounts} ${tail}`;

const pump_address = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P";
const amm_address = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA";

const pump = (layout) => idl("pump", pump_address, [{
  name: "TradeEvent",
  discriminator: [189, 219, 127, 211, 78, 230, 97, 238],
  fields: layout,
}]);

const pump_amm = (buy_layout, sell_layout) => idl("pump_amm", amm_address, [
  {
    name: "BuyEvent",
    discriminator: [103, 244, 82, 31, 44, 245, 119, 119],
    fields: buy_layout,
  },
  {
    name: "SellEvent",
    discriminator: [62, 47, 55, 10, 165, 3, 220, 42],
    fields: sell_layout,
  },
]);

/// By program: its address, today's layouts, and what all layouts begin with.
export const programs = [
  { address: pump_address, today: pump(trade), oldest: pump(trade_begin) },
  {
    address: amm_address,
    today: pump_amm(buy, sell),
    oldest: pump_amm(buy_begin, sell_begin),
  },
];

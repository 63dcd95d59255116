// The events that are trades, as Anchor IDLs: the fields that all published
// generations of their layouts begin with. Anchor misreads an older payload
// with a newer layout, and newer fields are not needed here.

const pubkey = "pubkey";
const u64 = "u64";

function event(name, discriminator, fields) {
  return {
    event: { name, discriminator },
    type: {
      name,
      type: {
        kind: "struct",
        fields: Object.entries(fields).map(([x, type]) => ({ name: x, type })),
      },
    },
  };
}

function idl(name, address, events) {
  return {
    address,
    metadata: { name, version: "0.1.0", spec: "0.1.0" },
    instructions: [],
    events: events.map((x) => x.event),
    types: events.map((x) => x.type),
  };
}

export const pump = idl("pump", "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P", [
  event("TradeEvent", [189, 219, 127, 211, 78, 230, 97, 238], {
    mint: pubkey,
    sol_amount: u64,
    token_amount: u64,
    is_buy: "bool",
    user: pubkey,
    timestamp: "i64",
    virtual_sol_reserves: u64,
    virtual_token_reserves: u64,
  }),
]);

// What buys and sells in a pool have in common; `quote` is in or out.
function swap(base, limit, quote, with_fee, user_quote) {
  return {
    timestamp: "i64",
    [base]: u64,
    [limit]: u64,
    user_base_token_reserves: u64,
    user_quote_token_reserves: u64,
    pool_base_token_reserves: u64,
    pool_quote_token_reserves: u64,
    [quote]: u64,
    lp_fee_basis_points: u64,
    lp_fee: u64,
    protocol_fee_basis_points: u64,
    protocol_fee: u64,
    [with_fee]: u64,
    [user_quote]: u64,
    pool: pubkey,
    user: pubkey,
  };
}

export const pump_amm = idl(
  "pump_amm", "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA", [
    event("BuyEvent", [103, 244, 82, 31, 44, 245, 119, 119],
      swap("base_amount_out", "max_quote_amount_in", "quote_amount_in",
        "quote_amount_in_with_lp_fee", "user_quote_amount_in")),
    event("SellEvent", [62, 47, 55, 10, 165, 3, 220, 42],
      swap("base_amount_in", "min_quote_amount_out", "quote_amount_out",
        "quote_amount_out_without_lp_fee", "user_quote_amount_out")),
  ]);

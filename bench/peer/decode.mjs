// Trades of an update: the self-CPI events among the inner instructions,
// decoded by Anchor.

import * as events from "./events.mjs";
import { load } from "./packages.mjs";

const { BorshCoder } = load("@coral-xyz/anchor");
const { default: bs58 } = load("bs58");

const event_tag = Buffer.from("e445a52e51cb9a1d", "hex");
const money = new Set([
  "So11111111111111111111111111111111111111112",
  "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
  "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB",
]);
const sol_mint = [...money][0];

const programs = events.programs.map((x) => ({
  key: Buffer.from(bs58.decode(x.address)),
  today: new BorshCoder(x.today).events,
  oldest: new BorshCoder(x.oldest).events,
}));

function decode_event(program, text) {
  try {
    return program.today.decode(text);
  } catch {
    // A token of an older generation: its payload ends earlier.
    return program.oldest.decode(text);
  }
}

// Dollars of a SOL. A real pipeline would poll it.
const sol_usd = 180;

const as_buffer = (x) => Buffer.from(x.buffer, x.byteOffset, x.length);

function curve_trade(e) {
  const price = (Number(e.virtual_sol_reserves) / 1e9)
    / (Number(e.virtual_token_reserves) / 1e6);
  return {
    program: "bonding_curve",
    side: e.is_buy ? "buy" : "sell",
    mint: e.mint.toBase58(),
    quote_mint: sol_mint,
    wallet: e.user.toBase58(),
    quote_units: Number(e.sol_amount),
    token_units: Number(e.token_amount),
    price,
    time: Number(e.timestamp),
  };
}

// `owner` names the mints, which the event does not. Nothing when none of them,
// or both, are money.
function pool_trade(name, e, owner, key_at) {
  if (!owner || owner.accounts.length < 5) return null;
  const base = bs58.encode(key_at(owner.accounts[3]));
  const quote = bs58.encode(key_at(owner.accounts[4]));
  if (money.has(base) === money.has(quote)) return null;
  const inverted = money.has(base);
  const is_buy = name === "BuyEvent";
  const base_units = Number(is_buy ? e.base_amount_out : e.base_amount_in);
  const quote_units = is_buy
    ? Math.min(Number(e.quote_amount_in), Number(e.user_quote_amount_in))
    : Number(e.quote_amount_out);
  const user_units = is_buy
    ? Math.max(Number(e.quote_amount_in), Number(e.user_quote_amount_in))
    : Number(e.user_quote_amount_out);
  const base_reserve = Number(e.pool_base_token_reserves);
  const quote_reserve = Number(e.pool_quote_token_reserves);
  const [money_reserve, token_reserve] = inverted
    ? [base_reserve, quote_reserve] : [quote_reserve, base_reserve];
  return {
    program: "amm",
    side: is_buy === inverted ? "sell" : "buy",
    mint: inverted ? quote : base,
    quote_mint: inverted ? base : quote,
    wallet: e.user.toBase58(),
    quote_units: inverted ? base_units : quote_units,
    token_units: inverted ? user_units : base_units,
    price: (money_reserve / 1e9) / (token_reserve / 1e6),
    time: Number(e.timestamp),
  };
}

// What the pipeline keeps of a trade; JSON of it is published.
function complete(trade, at) {
  const usd = trade.price * sol_usd;
  return {
    ...at,
    ...trade,
    price_usd: usd,
    market_cap_usd: usd * 1e9,
    volume_usd: trade.quote_units / 1e9 * sol_usd,
  };
}

// When the server made an update, Unix milliseconds with their fraction; NaN
// when it does not say.
function created_at_ms(update) {
  const x = update.createdAt;
  if (x instanceof Date) return x.getTime();
  return x ? Number(x.seconds) * 1e3 + Number(x.nanos) / 1e6 : NaN;
}

/// All trades of an update, in order; empty for other updates.
export function decode(update) {
  const info = update.transaction?.transaction;
  if (!info?.meta || info.meta.err) return [];
  const { message } = info.transaction;
  const keys = [
    ...message.accountKeys,
    ...info.meta.loadedWritableAddresses,
    ...info.meta.loadedReadonlyAddresses,
  ];
  const key_at = (i) => keys[i];
  const indices = programs.map(
    (x) => keys.findIndex((key) => x.key.equals(key)));
  const trades = [];
  for (const group of info.meta.innerInstructions) {
    const owners = programs.map(() => null);
    const note = (x) => {
      const program = indices.indexOf(x.programIdIndex);
      if (program >= 0) owners[program] = x;
      return program;
    };
    note(message.instructions[group.index]);
    for (const x of group.instructions) {
      const data = as_buffer(x.data);
      if (data.length < 16 || event_tag.compare(data, 0, 8) !== 0) {
        note(x);
        continue;
      }
      const program = indices.indexOf(x.programIdIndex);
      if (program < 0) continue;
      const event = decode_event(
        programs[program], data.subarray(8).toString("base64"));
      if (!event) continue;
      const trade = program === 0
        ? curve_trade(event.data)
        : pool_trade(event.name, event.data, owners[1], key_at);
      if (!trade) continue;
      trades.push(complete(trade, {
        signature: bs58.encode(info.signature),
        slot: Number(update.transaction.slot),
        tx_index: Number(info.index),
        event_index: trades.length,
        compute_units: Number(info.meta.computeUnitsConsumed ?? 0),
        fee: Number(info.meta.fee),
        created_at_ms: created_at_ms(update),
      }));
    }
  }
  return trades;
}

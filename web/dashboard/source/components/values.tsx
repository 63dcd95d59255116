import type { Amount } from "../api/types.ts";
import { exactAmount, shortAmount, signOf, unknown } from "../format/amount.ts";
import { change, dollars, price } from "../format/number.ts";
import { quoteOf } from "../format/quote.ts";
import { age, moment, toUnix } from "../format/time.ts";
import { currency } from "../state/currency.ts";
import { chainNow } from "../state/session.ts";

/** An amount of a quote; the whole of it stands in the title. */
export function QuoteAmount({ units, mint, signed = false, unit = false }: {
  units: Amount | null | undefined;
  mint: string;
  /** Coloured by its sign, "+" above 0. */
  signed?: boolean;
  unit?: boolean;
}) {
  const quote = quoteOf(mint);
  const sign = signOf(units);
  const text = shortAmount(units, quote.decimals);
  return (
    <span
      class={signed && sign !== 0 ? (sign > 0 ? "number gain" : "number loss") : "number"}
      title={text === unknown ? "not known" : `${exactAmount(units, quote.decimals)} ${quote.symbol}`}
    >
      {signed && sign > 0 ? `+${text}` : text}
      {unit && text !== unknown && <span class="faint"> {quote.symbol}</span>}
    </span>
  );
}

/** A value in its quote or in dollars, as the header says. */
export function Value({ units, usd, mint }: { units: Amount | null; usd: number | null; mint: string }) {
  return currency.value === "usd"
    ? <span class="number">{dollars(usd)}</span>
    : <QuoteAmount units={units} mint={mint} />;
}

export function Price({ quote, usd }: { quote: number | null; usd: number | null }) {
  return (
    <span class="number" title={quote === null ? "unknown" : String(quote)}>
      {currency.value === "usd" ? dollars(usd) : price(quote)}
    </span>
  );
}

/** A change as coloured percent. */
export function Change({ value, young = false }: { value: number | null; young?: boolean }) {
  const text = change(value);
  const tone = text.startsWith("+") ? "number gain" : text.startsWith("-") ? "number loss" : "number faint";
  return <span class={tone} title={young ? "since launch" : undefined}>{text}</span>;
}

/** How long ago by the time of the chain. */
export function Age({ at }: { at: string | null }) {
  const unix = toUnix(at);
  return <time class="number" dateTime={at ?? undefined} title={moment(unix)}>{age(unix, chainNow.value)}</time>;
}

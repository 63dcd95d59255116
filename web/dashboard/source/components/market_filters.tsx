import { useEffect, useState } from "preact/hooks";
import type { MarketQuery } from "../state/market_query.ts";

const typedWaitMs = 400;

interface Properties {
  value: MarketQuery;
  onChange(value: MarketQuery): void;
}

/** Filters of the list; what is typed counts when one pauses. */
export function MarketFilters({ value, onChange }: Properties) {
  return (
    <div class="filters">
      <Typed label="Search in list" placeholder="Name, symbol, mint" value={value.search}
        onChange={(search) => onChange({ ...value, search })} />
      <Typed label="Minimum liquidity in SOL" placeholder="Min liq. (SOL)" numeric value={value.minLiquidity}
        onChange={(minLiquidity) => onChange({ ...value, minLiquidity })} />
      <select aria-label="Maximum age" value={value.maxAge}
        onChange={(event) => onChange({ ...value, maxAge: event.currentTarget.value })}>
        <option value="">Any age</option>
        <option value="30m">≤ 30 min</option>
        <option value="1h">≤ 1 hour</option>
        <option value="6h">≤ 6 hours</option>
        <option value="24h">≤ 24 hours</option>
        <option value="7d">≤ 7 days</option>
      </select>
      <select aria-label="Program" value={value.program}
        onChange={(event) => onChange({ ...value, program: event.currentTarget.value as MarketQuery["program"] })}>
        <option value="">All programs</option>
        <option value="pump">Curve</option>
        <option value="pump_amm">PumpSwap</option>
      </select>
    </div>
  );
}

interface TypedProperties {
  label: string;
  placeholder: string;
  numeric?: boolean;
  value: string;
  onChange(text: string): void;
}

function Typed({ label, placeholder, numeric = false, value, onChange }: TypedProperties) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const words = text.trim();
    if (words === value || (numeric && words !== "" && !/^\d{1,12}(\.\d{1,9})?$/.test(words)))
      return;
    const timer = window.setTimeout(() => onChange(words), typedWaitMs);
    return () => window.clearTimeout(timer);
  }, [text]);
  const malformed = numeric && text.trim() !== "" && !/^\d{1,12}(\.\d{1,9})?$/.test(text.trim());
  return (
    <input type="text" aria-label={label} placeholder={placeholder} inputMode={numeric ? "decimal" : "text"}
      aria-invalid={malformed} maxLength={64} autocomplete="off" spellcheck={false}
      value={text} onInput={(event) => setText(event.currentTarget.value)} />
  );
}

import { compareAmounts } from "../format/amount.ts";
import { toUnix } from "../format/time.ts";
import type { Market, RankedToken, Token } from "../api/types.ts";

/** What the market list asks for; it stands in the address of the page. */
export interface MarketQuery {
  tab: Tab;
  sortBy: SortKey;
  order: "asc" | "desc";
  /** Whole quotes as typed, "" for none. */
  minLiquidity: string;
  /** "30m", "1h", "7d", "" for none. */
  maxAge: string;
  program: "" | "pump" | "pump_amm";
  search: string;
  page: number;
}

export const tabs = ["volume", "market_cap", "new", "graduating", "graduated"] as const;
export type Tab = (typeof tabs)[number];

export const sortKeys = [
  "volume_24h", "volume_1h", "volume_5m", "market_cap", "liquidity", "price_change_5m", "price_change_1h",
  "price_change_24h", "trades_24h", "holders", "progress", "created_at", "graduated_at", "last_trade_at",
] as const;
export type SortKey = (typeof sortKeys)[number];

export const rowsPerPage = 60;

const tabSort: Readonly<Record<Tab, SortKey>> = {
  volume: "volume_24h",
  market_cap: "market_cap",
  new: "created_at",
  graduating: "progress",
  graduated: "graduated_at",
};

const tabGraduated: Readonly<Record<Tab, boolean | null>> = {
  volume: null,
  market_cap: null,
  new: null,
  graduating: false,
  graduated: true,
};

/** The query of an address; what is malformed falls back to the default. */
export function fromAddress(search: string): MarketQuery {
  const words = new URLSearchParams(search);
  const tab = oneOf(tabs, words.get("tab")) ?? "volume";
  return {
    tab,
    sortBy: oneOf(sortKeys, words.get("sort")) ?? tabSort[tab],
    order: words.get("order") === "asc" ? "asc" : "desc",
    minLiquidity: matching(words.get("minLiquidity"), /^\d{1,12}(\.\d{1,9})?$/),
    maxAge: matching(words.get("maxAge"), /^\d{1,6}[smhd]?$/),
    program: oneOf(["pump", "pump_amm"] as const, words.get("program")) ?? "",
    search: (words.get("search") ?? "").slice(0, 64),
    page: Math.max(1, Math.min(1_000, Number.parseInt(words.get("page") ?? "1", 10) || 1)),
  };
}

/** The address of a query; defaults are left out. */
export function toAddress(x: MarketQuery): string {
  const words = new URLSearchParams();
  const put = (name: string, value: string, otherwise: string) => {
    if (value !== otherwise)
      words.set(name, value);
  };
  put("tab", x.tab, "volume");
  put("sort", x.sortBy, tabSort[x.tab]);
  put("order", x.order, "desc");
  put("minLiquidity", x.minLiquidity, "");
  put("maxAge", x.maxAge, "");
  put("program", x.program, "");
  put("search", x.search, "");
  put("page", String(x.page), "1");
  const text = words.toString();
  return text === "" ? "/" : `/?${text}`;
}

/** Parameters of GET /tokens. */
export function toParameters(x: MarketQuery): Record<string, string | number | boolean | null> {
  return {
    sortBy: x.sortBy,
    order: x.order,
    graduated: tabGraduated[x.tab],
    minLiquidity: x.minLiquidity,
    maxAge: x.maxAge,
    program: x.program,
    search: x.search,
    limit: rowsPerPage,
    page: x.page,
  };
}

/** Another tab: its own order, page one, the same filters. */
export function withTab(x: MarketQuery, tab: Tab): MarketQuery {
  return { ...x, tab, sortBy: tabSort[tab], order: "desc", page: 1 };
}

/** A click on a column: its greatest first, then its least. */
export function withSort(x: MarketQuery, sortBy: SortKey): MarketQuery {
  const order = x.sortBy === sortBy && x.order === "desc" ? "asc" : "desc";
  return { ...x, sortBy, order, page: 1 };
}

export function hasFilters(x: MarketQuery): boolean {
  return x.minLiquidity !== "" || x.maxAge !== "" || x.program !== "" || x.search !== "";
}

/** The list of the market message that a tab shows the head of. */
export function listOf(market: Market, tab: Tab): RankedToken[] {
  switch (tab) {
    case "volume": return market.by_volume;
    case "market_cap": return market.by_market_cap;
    case "graduating": return market.graduating;
    case "new": return market.created;
    case "graduated": return market.graduated;
  }
}

/** In the order of the query; unknown values last, ties by mint. */
export function sortTokens(rows: readonly Token[], sortBy: SortKey, order: "asc" | "desc"): Token[] {
  const direction = order === "asc" ? 1 : -1;
  return [...rows].sort((a, b) => {
    const left = valueOf(a, sortBy);
    const right = valueOf(b, sortBy);
    if (left === null || right === null) {
      if (left !== right)
        return left === null ? 1 : -1;
    } else {
      const order = typeof left === "string" && typeof right === "string"
        ? compareAmounts(left, right)
        : Number(left) - Number(right);
      if (order !== 0)
        return direction * order;
    }
    return a.mint < b.mint ? -1 : a.mint > b.mint ? 1 : 0;
  });
}

/** Texts are amounts. */
function valueOf(x: Token, sortBy: SortKey): string | number | null {
  switch (sortBy) {
    case "volume_24h": return x.windows["24h"].volume_quote;
    case "volume_1h": return x.windows["1h"].volume_quote;
    case "volume_5m": return x.windows["5m"].volume_quote;
    case "market_cap": return x.market_cap;
    case "liquidity": return x.liquidity;
    case "price_change_5m": return x.windows["5m"].price_change;
    case "price_change_1h": return x.windows["1h"].price_change;
    case "price_change_24h": return x.windows["24h"].price_change;
    case "trades_24h": return x.windows["24h"].trades;
    case "holders": return x.holders_traded;
    case "progress": return x.progress;
    case "created_at": return toUnix(x.created_at);
    case "graduated_at": return toUnix(x.graduated_at);
    case "last_trade_at": return x.last_trade_at_unix;
  }
}

function oneOf<Word extends string>(words: readonly Word[], text: string | null): Word | null {
  return words.find((x) => x === text) ?? null;
}

function matching(text: string | null, pattern: RegExp): string {
  return text !== null && pattern.test(text) ? text : "";
}

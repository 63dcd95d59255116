/** What prices are in: the mints that pump.fun trades against. */

export interface Quote {
  symbol: string;
  decimals: number;
}

export const solMint = "So11111111111111111111111111111111111111112";

const quotes: Readonly<Record<string, Quote>> = {
  [solMint]: { symbol: "SOL", decimals: 9 },
  EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v: { symbol: "USDC", decimals: 6 },
  Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB: { symbol: "USDT", decimals: 6 },
};

export const sol: Quote = { symbol: "SOL", decimals: 9 };

/** The quote of a mint; of an unknown one amounts are in base units. */
export function quoteOf(mint: string): Quote {
  return Object.hasOwn(quotes, mint) ? quotes[mint]! : { symbol: "units", decimals: 0 };
}

/** Tokens of pump.fun have six decimals where nothing else is known. */
export function tokenDecimals(decimals: number | null | undefined): number {
  return decimals !== null && decimals !== undefined && decimals >= 0 && decimals <= 18 ? decimals : 6;
}

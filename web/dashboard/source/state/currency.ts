import { signal } from "@preact/signals";
import { keep, kept } from "./storage.ts";

const key = "pumpscope.currency";

/** Whether prices and values are shown in their quote or in dollars. */
export const currency = signal<"quote" | "usd">(kept(key) === "usd" ? "usd" : "quote");

export function toggleCurrency(): void {
  currency.value = currency.value === "usd" ? "quote" : "usd";
  keep(key, currency.value);
}

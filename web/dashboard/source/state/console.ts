import { signal } from "@preact/signals";

/** Whether who serves these pages has the console, too: a node has, a gateway has not. */
export const hasConsole = signal(false);

const timeoutMs = 8_000;

/** Looks for it, once. */
export async function findConsole(): Promise<void> {
  try {
    const response = await fetch("/console", { signal: AbortSignal.timeout(timeoutMs) });
    // A gateway answers addresses that it does not know with our own page.
    hasConsole.value = response.ok && (await response.text()).includes("/console/console.mjs");
  } catch {
    // No link then.
  }
}

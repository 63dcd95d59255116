const firstMs = 1_000;
const longestMs = 30_000;

/**
 * Milliseconds to wait before attempt `attempt` (from 1): doubles up to 30 s,
 * of which a random half is taken off so that clients of one server do not
 * come back together. `chance` is in [0, 1).
 */
export function backoffMs(attempt: number, chance: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (1 - chance / 2));
}

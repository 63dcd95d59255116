import type { StreamState } from "../api/stream.ts";

/** What is known about how far the page can be trusted. */
export interface Health {
  stream: StreamState;
  /** When the stream last told anything, or the node's progress was seen. */
  aliveAt: number;
  /** The node's answers cannot be had. */
  unreachable: boolean;
  simulated: boolean;
  gapsOpen: number;
  incompleteSince: number | null;
}

export interface Notice {
  kind: "simulated" | "stale" | "incomplete";
  text: string;
}

export const staleAfterMs = 10_000;

/** The banners of the moment, the most urgent first. */
export function noticesOf(health: Health, nowMs: number): Notice[] {
  const notices: Notice[] = [];
  const stale = staleness(health, nowMs);
  if (stale !== null)
    notices.push({ kind: "stale", text: stale });
  if (health.incompleteSince !== null)
    notices.push({
      kind: "incomplete",
      text: `Incomplete: a gap is open since slot ${health.incompleteSince}. Totals may change when it is filled.`,
    });
  else if (health.gapsOpen > 0)
    notices.push({ kind: "incomplete", text: "Incomplete: a gap is open. Totals may change when it is filled." });
  if (health.simulated)
    notices.push({ kind: "simulated", text: "SIMULATED market: none of these trades is real." });
  return notices;
}

function staleness(health: Health, nowMs: number): string | null {
  if (health.stream.kind === "down") {
    const seconds = Math.ceil(Math.max(0, health.stream.retryAt - nowMs) / 1000);
    return `Connection lost. ${seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now."}`;
  }
  const silence = nowMs - health.aliveAt;
  if (silence < staleAfterMs)
    return null;
  const since = `${Math.floor(silence / 1000)} s`;
  return health.unreachable
    ? `Stale: the server has not answered for ${since}.`
    : `Stale: nothing new for ${since}.`;
}

import { signal } from "@preact/signals";
import { getJson } from "../api/client.ts";
import type { Answer, Status } from "../api/types.ts";
import { toUnix } from "../format/time.ts";
import { ChainClock } from "./chain_clock.ts";
import type { Health } from "./health.ts";

/** What all pages share: the health of the data and the time of the chain. */

const statusEveryMs = 5_000;

const clock = new ChainClock();

/** Unix seconds of the chain; renewed once a second. */
export const chainNow = signal<number | null>(null);
/** performance.now(), renewed once a second. */
export const localNow = signal(performance.now());

export const health = signal<Health>({
  stream: { kind: "connecting" },
  aliveAt: performance.now(),
  unreachable: false,
  simulated: false,
  gapsOpen: 0,
  incompleteSince: null,
});

export function updateHealth(changes: Partial<Health>): void {
  health.value = { ...health.value, ...changes };
}

/** Something new was told: the data live. */
export function noteAlive(chainUnix: number | null): void {
  const now = performance.now();
  clock.tell(chainUnix, now);
  // Many messages a second: the signal need not follow each.
  if (now - health.value.aliveAt > 500)
    updateHealth({ aliveAt: now });
}

/** What an answer says about the node beside its data. */
export function noteAnswer(answer: Omit<Answer<unknown>, "data">): void {
  clock.tell(toUnix(answer.as_of?.chain_time), performance.now());
  updateHealth({
    simulated: answer.simulated === true,
    incompleteSince: answer.complete === false ? (answer.incomplete_since ?? 0) : null,
  });
}

let progress = "";

/** Asks the node every few seconds how far it is. Runs as long as the page. */
export function watchStatus(): void {
  setInterval(() => {
    localNow.value = performance.now();
    chainNow.value = clock.now(localNow.value);
  }, 1_000);
  const ask = async () => {
    try {
      const answer = await getJson<Answer<Status>>("/status");
      const status = answer.data;
      noteAnswer(answer);
      const seen = `${status.chain_time}/${status.sealed_slot}`;
      updateHealth({
        unreachable: false,
        gapsOpen: status.gaps_open,
      });
      // A page whose topics are quiet lives as long as the node moves on.
      if (seen !== progress)
        noteAlive(toUnix(status.chain_time));
      progress = seen;
    } catch {
      updateHealth({ unreachable: true });
    }
    chainNow.value = clock.now(performance.now());
    setTimeout(() => void ask(), statusEveryMs);
  };
  void ask();
}

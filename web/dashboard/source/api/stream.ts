import { backoffMs } from "./backoff.ts";
import type { Message } from "./types.ts";

/** How the connection is doing, for the banner. */
export type StreamState =
  /** No topics, no connection. */
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "open" }
  /** Tries again at `retryAt` (milliseconds of `clock`). */
  | { kind: "down"; retryAt: number };

export interface StreamHandlers {
  message(message: Message): void;
  /** What follows need not continue what these topics told before. */
  restart(topics: ReadonlySet<string>): void;
  /** Snapshots must be fetched (again): `ready`, or the ring was left. */
  refetch(topics: ReadonlySet<string>): void;
  state(state: StreamState): void;
}

/** What the stream needs from the browser; tests give their own. */
export interface StreamWorld {
  open(url: string): EventSource;
  clock(): number;
  chance(): number;
  after(ms: number, action: () => void): number;
  cancel(timer: number): void;
}

const eventTypes = [
  "trade", "tick", "candle", "token", "wallet", "leaderboard", "token_new", "graduation", "market",
] as const;

/** The server takes 128 topics at most. */
export const topicsMax = 128;
/** What EventSource may try on its own (it sends Last-Event-ID) before we do. */
const ownAttemptsMax = 3;
/** A connection that is not `ready` by then is given up. */
const readyWithinMs = 20_000;

interface Connection {
  source: EventSource;
  topics: ReadonlySet<string>;
  ready: boolean;
  failures: number;
}

/**
 * One EventSource with the topics that a page wants. Topics change without a
 * hole: the new connection is opened beside the old one, which goes when the
 * new one is `ready`; what both tell is dropped by the splice rule. A short
 * cut is healed by EventSource itself with Last-Event-ID; a longer one by a
 * new connection after a wait that grows, and new snapshots.
 */
export class Stream {
  private current: Connection | null = null;
  private next: Connection | null = null;
  private wanted: ReadonlySet<string> = new Set();
  private attempts = 0;
  private retry: number | null = null;
  private readyLimit: number | null = null;

  constructor(
    private readonly handlers: StreamHandlers,
    private readonly world: StreamWorld,
  ) {}

  /** Topics from now on; none closes the stream. Beyond 128 they are cut. */
  setTopics(topics: Iterable<string>): void {
    const wanted = new Set([...topics].slice(0, topicsMax));
    if (isSame(wanted, this.wanted))
      return;
    this.wanted = wanted;
    if (wanted.size === 0) {
      this.close();
      this.handlers.state({ kind: "idle" });
    } else if (this.retry === null)
      this.connect();
  }

  /** Gives the wait up and tries at once. */
  retryNow(): void {
    if (this.retry !== null)
      this.connect();
  }

  close(): void {
    this.clearTimers();
    this.current?.source.close();
    this.next?.source.close();
    this.current = null;
    this.next = null;
    this.wanted = new Set();
  }

  private clearTimers(): void {
    for (const timer of [this.retry, this.readyLimit])
      if (timer !== null)
        this.world.cancel(timer);
    this.retry = null;
    this.readyLimit = null;
  }

  private connect(): void {
    this.clearTimers();
    this.next?.source.close();
    const topics = this.wanted;
    const list = [...topics].map(encodeURIComponent).join(",");
    const source = this.world.open(`/api/v1/stream?topics=${list}`);
    const connection: Connection = { source, topics, ready: false, failures: 0 };
    this.next = connection;
    if (!this.current) {
      this.handlers.restart(topics);
      this.handlers.state({ kind: "connecting" });
    }
    for (const type of eventTypes)
      source.addEventListener(type, (event) => this.take(connection, event as MessageEvent<string>));
    source.addEventListener("ready", () => this.becomeReady(connection));
    source.addEventListener("reset", () => {
      this.handlers.restart(topics);
      this.handlers.refetch(topics);
    });
    source.addEventListener("error", () => this.fail(connection));
    this.readyLimit = this.world.after(readyWithinMs, () => {
      this.readyLimit = null;
      if (!connection.ready)
        this.giveUp(connection);
    });
  }

  private take(connection: Connection, event: MessageEvent<string>): void {
    const message = parseMessage(event.data);
    // The old connection still tells what nobody wants any more.
    if (message && connection.topics.has(message.channel) && this.wanted.has(message.channel))
      this.handlers.message(message);
  }

  private becomeReady(connection: Connection): void {
    connection.failures = 0;
    if (connection.ready) {
      // EventSource came back by itself; a reset would have been told.
      this.handlers.state({ kind: "open" });
      return;
    }
    if (connection !== this.next)
      return;
    const known = this.current?.topics ?? new Set<string>();
    connection.ready = true;
    this.current?.source.close();
    this.current = connection;
    this.next = null;
    this.attempts = 0;
    this.clearTimers();
    this.handlers.state({ kind: "open" });
    const fresh = new Set([...connection.topics].filter((x) => !known.has(x)));
    if (fresh.size > 0)
      this.handlers.refetch(fresh);
  }

  private fail(connection: Connection): void {
    if (connection !== this.current && connection !== this.next)
      return;
    ++connection.failures;
    const isOver = connection.source.readyState === 2; // EventSource.CLOSED
    if (isOver || !connection.ready || connection.failures > ownAttemptsMax)
      this.giveUp(connection);
    else
      this.handlers.state({ kind: "down", retryAt: this.world.clock() + 1_000 });
  }

  private giveUp(connection: Connection): void {
    connection.source.close();
    if (connection === this.next)
      this.next = null;
    if (connection === this.current)
      this.current = null;
    if (this.retry !== null || this.next)
      return;
    const wait = backoffMs(++this.attempts, this.world.chance());
    // While the old connection still tells its topics nothing is down.
    if (!this.current)
      this.handlers.state({ kind: "down", retryAt: this.world.clock() + wait });
    this.clearTimers();
    this.retry = this.world.after(wait, () => {
      this.retry = null;
      this.connect();
    });
  }
}

/** A message of the stream, or null when the text is none. */
export function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null)
      return null;
    const { channel, type, data } = value as Partial<Message>;
    return typeof channel === "string" && typeof type === "string" && typeof data === "object" && data !== null
      ? (value as Message)
      : null;
  } catch {
    return null;
  }
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((x) => right.has(x));
}

import { useEffect, useRef } from "preact/hooks";
import { Splice } from "../api/splice.ts";
import { Stream } from "../api/stream.ts";
import type { Message } from "../api/types.ts";
import { toUnix } from "../format/time.ts";
import { noteAlive, updateHealth } from "./session.ts";

/** What a page does with its topics. */
export interface Feed {
  message(message: Message): void;
  /** Fetch the snapshots of these topics and tell `reached`. */
  refetch(topics: ReadonlySet<string>): void;
}

const splices = new Map<string, Splice>();
let feed: Feed | null = null;

const stream = new Stream(
  {
    message(message) {
      const data = message.data as { chain_time?: string | null; block_time?: string | null };
      noteAlive(toUnix(data.chain_time ?? data.block_time));
      const verdict = spliceOf(message.channel).judge(message);
      if (verdict === "repeat")
        return;
      feed?.message(message);
      if (verdict === "hole")
        feed?.refetch(new Set([message.channel]));
    },
    restart(topics) {
      for (const topic of topics)
        splices.delete(topic);
    },
    refetch(topics) {
      // The page may have asked while the stream was connecting.
      const missing = new Set([...topics].filter((x) => !spliceOf(x).isCovered()));
      if (missing.size > 0)
        feed?.refetch(missing);
    },
    state(state) {
      updateHealth({ stream: state, ...(state.kind === "open" && { aliveAt: performance.now() }) });
    },
  },
  {
    open: (url) => new EventSource(url),
    clock: () => performance.now(),
    chance: () => Math.random(),
    after: (ms, action) => window.setTimeout(action, ms),
    cancel: (timer) => window.clearTimeout(timer),
  },
);

/** Tries to connect at once instead of waiting. */
export function reconnectNow(): void {
  stream.retryNow();
}

/**
 * A snapshot of the topic was taken in; false when it is too old to follow
 * the stream from, and must be fetched again.
 */
export function reached(topic: string, seq: string, rev = 0): boolean {
  return spliceOf(topic).setSnapshot(seq, rev);
}

/** Follows topics as long as the component lives. */
export function useLive(topics: readonly string[], handlers: Feed): void {
  const newest = useRef(handlers);
  newest.current = handlers;
  useEffect(() => {
    const own: Feed = {
      message: (x) => newest.current.message(x),
      refetch: (x) => newest.current.refetch(x),
    };
    feed = own;
    return () => {
      if (feed === own)
        feed = null;
    };
  }, []);
  const key = topics.join(",");
  useEffect(() => {
    for (const topic of splices.keys())
      if (!topics.includes(topic))
        splices.delete(topic);
    stream.setTopics(topics);
  }, [key]);
}

function spliceOf(topic: string): Splice {
  let splice = splices.get(topic);
  if (!splice) {
    splice = new Splice();
    splices.set(topic, splice);
  }
  return splice;
}

/** For pages that follow nothing. */
export const noFeed: Feed = { message: () => {}, refetch: () => {} };

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, getJson } from "../api/client.ts";
import type { Answer } from "../api/types.ts";
import { noteAnswer } from "./session.ts";

export interface Loaded<Result> {
  /** The newest answer; stays while the next one is fetched. */
  answer: Result | null;
  error: ApiError | null;
  /** Asks again; the promise ends when the answer is here. */
  reload(): Promise<void>;
}

type Any = Omit<Answer<unknown>, "data">;

/**
 * The answer of a path, asked again when the path changes. Of two questions
 * that are under way the older one is given up. A refusal with Retry-After is
 * asked again by itself after that time.
 */
export function useLoaded<Result extends Any>(path: string | null): Loaded<Result> {
  const [state, setState] = useState<{ path: string | null; answer: Result | null; error: ApiError | null }>({
    path: null,
    answer: null,
    error: null,
  });
  const running = useRef<AbortController | null>(null);
  const retry = useRef(0);

  const reload = useCallback(async () => {
    if (path === null)
      return;
    running.current?.abort();
    window.clearTimeout(retry.current);
    const own = new AbortController();
    running.current = own;
    try {
      const answer = await getJson<Result>(path, own.signal);
      if (own.signal.aborted)
        return;
      noteAnswer(answer);
      setState({ path, answer, error: null });
    } catch (problem) {
      if (own.signal.aborted)
        return;
      const error = problem instanceof ApiError ? problem : new ApiError(0, "malformed", "The answer makes no sense.", null);
      setState((x) => ({ path, answer: x.path === path ? x.answer : null, error }));
      if (error.retryAfterSeconds !== null)
        retry.current = window.setTimeout(() => void reload(), error.retryAfterSeconds * 1000);
    }
  }, [path]);

  useEffect(() => {
    void reload();
    return () => {
      running.current?.abort();
      window.clearTimeout(retry.current);
    };
  }, [reload]);

  const isOurs = state.path === path;
  return { answer: isOurs ? state.answer : null, error: isOurs ? state.error : null, reload };
}

import { useEffect, useRef } from "preact/hooks";

/**
 * A function that runs `action` at most once every `periodMs`: at once, and
 * once more at the end of the period when it was called within it.
 */
export function useThrottled(action: () => void, periodMs: number): () => void {
  const state = useRef({ action, timer: 0, lastAt: -Infinity, run: () => {} });
  state.current.action = action;
  if (state.current.lastAt === -Infinity)
    state.current.run = () => {
      const x = state.current;
      const wait = x.lastAt + periodMs - performance.now();
      if (wait <= 0) {
        x.lastAt = performance.now();
        x.action();
      } else if (x.timer === 0) {
        x.timer = window.setTimeout(() => {
          x.timer = 0;
          x.lastAt = performance.now();
          x.action();
        }, wait);
      }
    };
  useEffect(() => () => window.clearTimeout(state.current.timer), []);
  return state.current.run;
}

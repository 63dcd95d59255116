import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

/** Lights up for a moment when the value rises or falls. */
export function Flash({ value, children }: { value: number | null; children: ComponentChildren }) {
  const state = useRef({ value, times: 0, tone: "" });
  const before = state.current.value;
  if (value !== before) {
    const known = value !== null && before !== null;
    state.current = {
      value,
      times: state.current.times + 1,
      tone: !known ? "" : value > before ? "flash up" : "flash down",
    };
  }
  // Another element each time: that begins the animation again.
  return <span key={state.current.times} class={state.current.tone}>{children}</span>;
}

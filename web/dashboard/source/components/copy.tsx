import { useEffect, useState } from "preact/hooks";

/** Copies a text; tells for a moment whether it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "")
      return;
    const timer = window.setTimeout(() => setSaid(""), 1_500);
    return () => window.clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      // No secure origin, or refused.
      setSaid("Copying is not allowed here");
    }
  };
  return (
    <span class="copy">
      <button type="button" class="icon" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={() => void copy()}>
        <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
          <path fill="none" stroke="currentColor" stroke-width="1.4" d="M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5" />
        </svg>
      </button>
      <span class="said" role="status">{said}</span>
    </span>
  );
}

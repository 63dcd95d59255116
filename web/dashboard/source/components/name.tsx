import { harmless, shortKey } from "../format/text.ts";

interface Properties {
  name: string | null | undefined;
  /** Shown when there is no name; "" for nothing. */
  mint: string;
  length: number;
  strong?: boolean;
}

/** A name or symbol that a stranger wrote: isolated, cleaned, cut. */
export function Name({ name, mint, length, strong = false }: Properties) {
  const { text, altered } = harmless(name, length);
  const shown = text !== "" ? text : shortKey(mint);
  return (
    <bdi class={strong ? "name strong" : "name"}>
      {shown}
      {altered && <span class="altered" title="Hidden characters were taken out of this name" role="img" aria-label="has hidden characters">!</span>}
    </bdi>
  );
}

/**
 * Names and symbols are written by whoever made the token. What is given here
 * can be shown as text: nothing in it turns the direction of the line, hides
 * itself, stacks marks over other lines or is longer than asked for.
 */

export interface HarmlessText {
  text: string;
  /** Characters were taken out, which a reader should know. */
  altered: boolean;
}

// Controls, direction marks and overrides, zero-width characters, invisible
// operators, fillers, interlinear marks, tags, private use, lone surrogates.
const invisible =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u034F\u115F\u1160\u17B4\u17B5\u2028\u2029\u2800\u3164\uFFA0\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu;
const blanks = /[\p{Zs}\s]+/gu;
// More than two marks on a letter are there to reach over other lines.
const stackedMarks = /(\p{M}{2})\p{M}+/gu;

/** At most `length` characters; longer text ends in "…". Empty is "". */
export function harmless(raw: string | null | undefined, length: number): HarmlessText {
  if (!raw)
    return { text: "", altered: false };
  // More is never looked at: a name of a megabyte costs no time.
  const head = raw.slice(0, 2_000);
  const spaced = head.replace(blanks, " ");
  const clean = spaced.replace(invisible, "").replace(stackedMarks, "$1");
  const normal = clean.normalize("NFC").replace(blanks, " ").trim();
  const letters = [...normal];
  const text = letters.length > length ? `${letters.slice(0, length - 1).join("").trimEnd()}…` : normal;
  // An emoji's variation selector is no trick.
  return { text, altered: clean !== spaced.replace(/[\u200D\uFE0E\uFE0F]/g, "") };
}

/** Both ends of an address or signature: "7xKX…gAsU". */
export function shortKey(key: string, ends = 4): string {
  return key.length <= 2 * ends + 1 ? key : `${key.slice(0, ends)}…${key.slice(-ends)}`;
}

const base58 = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/** Whether this can be an address of Solana. */
export function isAddress(text: string): boolean {
  return base58.test(text);
}

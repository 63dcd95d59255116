import { harmless } from "./text.ts";

export interface ShownLink {
  text: string;
  /** All of it, for copying. */
  whole: string;
  /** null: shown, but nothing to follow. */
  href: string | null;
}

const shownLength = 60;

/**
 * How a token's URI is shown. Only http(s) can be followed; ipfs is shown as
 * text; anything else (javascript:, data:, no URI) gives null. Hosts come in
 * their ASCII form, so that look-alike letters are seen.
 */
export function shownLink(uri: string | null | undefined): ShownLink | null {
  if (!uri || uri.length > 2_000)
    return null;
  let url: URL;
  try {
    url = new URL(uri.trim());
  } catch {
    return null;
  }
  const { text } = harmless(url.href, shownLength);
  if (url.protocol === "ipfs:")
    return { text, whole: url.href, href: null };
  // A user name in front of the host is there to look like a host.
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.username !== "" || url.password !== "")
    return null;
  return { text, whole: url.href, href: url.href };
}

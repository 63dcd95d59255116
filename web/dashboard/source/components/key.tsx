import { shortKey } from "../format/text.ts";
import { Copy } from "./copy.tsx";

interface Properties {
  value: string;
  /** Where it leads; none for a signature. */
  href?: string;
  /** What it is, for the copy button: "mint", "wallet". */
  what: string;
  ends?: number;
  copy?: boolean;
}

/** An address: both its ends, a link, a button that copies all of it. */
export function Key({ value, href, what, ends = 4, copy = false }: Properties) {
  const text = shortKey(value, ends);
  return (
    <span class="key" title={value}>
      {href ? <a href={href}>{text}</a> : text}
      {copy && <Copy text={value} what={what} />}
    </span>
  );
}

import { Pager } from "./pager.tsx";

interface Properties {
  /** Cursors of the pages that lead here; none on the first page. */
  cursors: readonly string[];
  /** Cursor of the next page, null at the end. */
  next: string | null;
  onChange(cursors: string[]): void;
}

/** Steps through a list that is read by cursor. */
export function CursorPager({ cursors, next, onChange }: Properties) {
  const page = cursors.length + 1;
  return (
    <Pager page={page} hasMore={next !== null}
      onChange={(to) => onChange(to < page ? cursors.slice(0, -1) : next === null ? [...cursors] : [...cursors, next])} />
  );
}

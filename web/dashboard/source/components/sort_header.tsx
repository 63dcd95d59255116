interface Properties {
  name: string;
  title: string;
  from?: "wide" | "wider" | undefined;
  /** Aligned as names are, not as numbers. */
  start?: boolean;
  /** null: the table is not in the order of this column. */
  order: "asc" | "desc" | null;
  /** null: it cannot be. */
  onSort: (() => void) | null;
}

/** A head of a column that says how the table is sorted, and sorts it. */
export function SortHeader({ name, title, from, start = false, order, onSort }: Properties) {
  const sorted = order === null ? undefined : order === "asc" ? "ascending" : "descending";
  return (
    <th scope="col" class={start ? "start" : from} aria-sort={sorted} title={title}>
      {onSort
        ? (
          <button type="button" onClick={onSort}>
            {name}
            <span class="arrow" aria-hidden="true">{order === "asc" ? "▲" : order === "desc" ? "▼" : ""}</span>
          </button>
        )
        : name}
    </th>
  );
}

interface Properties {
  name: string;
  title: string;
  from?: "wide" | "wider" | undefined;
  /** null: the table is not in the order of this column. */
  order: "asc" | "desc" | null;
  /** null: it cannot be. */
  onSort: (() => void) | null;
}

/** A head of a column that says how the table is sorted, and sorts it. */
export function SortHeader({ name, title, from, order, onSort }: Properties) {
  const sorted = order === null ? undefined : order === "asc" ? "ascending" : "descending";
  return (
    <th scope="col" class={from} aria-sort={sorted} title={title}>
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

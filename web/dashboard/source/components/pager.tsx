interface Properties {
  page: number;
  hasMore: boolean;
  onChange(page: number): void;
}

/** Steps through pages; not there when there is only one. */
export function Pager({ page, hasMore, onChange }: Properties) {
  if (page === 1 && !hasMore)
    return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <button type="button" disabled={page === 1} onClick={() => onChange(page - 1)}>Previous</button>
      <span class="number">Page {page}</span>
      <button type="button" disabled={!hasMore} onClick={() => onChange(page + 1)}>Next</button>
    </nav>
  );
}

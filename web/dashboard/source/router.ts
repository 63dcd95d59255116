import { signal } from "@preact/signals";

/** The address of the page, without the origin. */
export interface Place {
  path: string;
  search: string;
}

function here(): Place {
  return { path: window.location.pathname, search: window.location.search };
}

export const place = signal<Place>(here());

window.addEventListener("popstate", () => {
  place.value = here();
});

/** Goes to a page of ours. `replace`: the way back skips this one. */
export function navigate(address: string, replace = false): void {
  const before = place.value.path;
  if (replace)
    window.history.replaceState(null, "", address);
  else
    window.history.pushState(null, "", address);
  place.value = here();
  if (place.value.path !== before)
    window.scrollTo(0, 0);
}

// Pages that the server makes itself.
const served = /^\/(console|api|udf|openapi\.json|metrics|healthz|readyz)(\/|$)/;

/** Follows links between our pages without loading them anew. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target !== "" || link.origin !== window.location.origin || served.test(link.pathname))
    return;
  if (link.hash !== "")
    return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

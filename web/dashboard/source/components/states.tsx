import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client.ts";

/** Nothing to show, and what that means. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** What went wrong, and a way to try again. */
export function Failure({ error, onRetry }: { error: ApiError; onRetry(): void }) {
  return (
    <div class="failure" role="alert">
      <p>{textOf(error)}</p>
      <button type="button" onClick={onRetry}>Try again</button>
    </div>
  );
}

/** The code of charts did not come, e.g. the server was updated meanwhile. */
export function ChartMissing() {
  return (
    <div class="failure" role="alert">
      <p>The chart could not be loaded.</p>
      <button type="button" onClick={() => window.location.reload()}>Load the page again</button>
    </div>
  );
}

function textOf(error: ApiError): string {
  switch (error.code) {
    case "too_many_requests":
      return `Too many requests. ${error.retryAfterSeconds ? `Asking again in ${error.retryAfterSeconds} s.` : ""}`;
    case "unauthorized":
      return "This server asks for an API key, which these pages do not have.";
    default:
      return error.message;
  }
}

/** Lines that stand where content will be. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => <span key={i} />)}
    </div>
  );
}

/** Questions to the HTTP API: one try each, with a time limit. */

const timeoutMs = 12_000;

export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** How long the server asks to wait, or null. */
    readonly retryAfterSeconds: number | null,
  ) {
    super(detail);
  }
}

/** The answer of a path under /api/v1; throws ApiError. */
export async function getJson<Result>(path: string, signal?: AbortSignal): Promise<Result> {
  const limit = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      headers: { Accept: "application/json" },
      // A cached answer may be older than where the stream began.
      cache: "no-cache",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (response.ok)
      return (await response.json()) as Result;
  } catch (problem) {
    if (signal?.aborted)
      throw problem;
    throw new ApiError(0, "unreachable", limit.aborted
      ? "The server did not answer in time."
      : "The server cannot be reached.", null);
  }
  throw await toError(response);
}

async function toError(response: Response): Promise<ApiError> {
  let body: { code?: unknown; detail?: unknown; title?: unknown } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not a problem document, e.g. of a proxy in between.
  }
  const text = (x: unknown, otherwise: string) => (typeof x === "string" && x !== "" ? x : otherwise);
  const wait = Number(response.headers.get("Retry-After") ?? "");
  return new ApiError(
    response.status,
    text(body?.code, "unknown"),
    text(body?.detail, text(body?.title, `The server answered ${response.status}.`)),
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** A query string of the parameters that are neither null nor empty. */
export function query(parameters: Record<string, string | number | boolean | null | undefined>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== "")
      words.set(name, String(value));
  const text = words.toString();
  return text === "" ? "" : `?${text}`;
}

// What a client, or an operator at the start, is told when something is refused.

/** Codes that clients may rely on: those of the HTTP API, and the gateway's own
 * `gone` (the client left while it was served). */
export class Refused extends Error {
  /**
   * @param {"invalid_parameter" | "not_found" | "too_many_requests" | "too_many_rooms"
   *   | "unavailable" | "malformed" | "gone"} code
   * @param {string} message for people; never holds what others sent
   */
  constructor(code, message) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

/**
 * What may be told of an error: everything of a Refused, nothing of another.
 * @param {unknown} error
 * @returns {{ code: string, message: string }}
 */
export function public_error(error) {
  return error instanceof Refused
    ? { code: error.code, message: error.message }
    : { code: "unavailable", message: "an inner error; it was logged" };
}

// What an ask or a send is rejected with: a refusal of the server's, or that no answer can come.

import type { ErrorCode } from "../protocol/errors.ts";
import type { FailureDetails } from "../protocol/outcome.ts";

/**
 * `disconnected`: the connection ended before the answer; what was asked may have been done or not.
 * `deadline`: no answer came in time. `closed`: the client was closed, by the program or for good by the server.
 */
export type ClientCode = "disconnected" | "deadline" | "closed";

export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: ErrorCode | ClientCode;
  readonly details: FailureDetails;

  constructor(code: ErrorCode | ClientCode, message: string, details: FailureDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const SHORTEST_PAUSE_MS = 100;

/** How long to wait before asking again: as the refusal says, but not next to nothing; where it doesn't, `usual_ms`. */
export function pauseAfter({ details }: RequestError, usual_ms: number): number {
  return details.retry_after_ms === undefined ? usual_ms : Math.max(details.retry_after_ms, SHORTEST_PAUSE_MS);
}

export const disconnected = () => new RequestError("disconnected", "The connection ended before the answer.");
export const closed = () => new RequestError("closed", "The client is closed.");
/** The server wouldn't read the frame, nor say to which request that is the answer. */
export const tooLarge = (length: number) =>
  new RequestError("too_large", `A request has at most ${length} characters.`);

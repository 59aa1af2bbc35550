// What a request of the client's ends with when it is rejected: a refusal of the server's, or that no answer can come.

import type { ErrorCode } from "../protocol/errors.ts";
import type { FailureDetails } from "../protocol/outcome.ts";

/**
 * `disconnected`: no answer of the server's came; what was asked may have been done or not. `deadline`: none came in
 * time. `aborted`: the program's signal ended the waiting. `closed`: the client was closed, by the program or for good
 * by the server.
 */
export type ClientCode = "disconnected" | "deadline" | "aborted" | "closed";

export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: ErrorCode | ClientCode;
  readonly details: FailureDetails;

  constructor(code: ErrorCode | ClientCode, message: string, details: FailureDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The refusal in a frame or in the answer to a call; what it leaves out is filled in. */
export function refusalOf(answer: object): RequestError {
  const { code, message, details } = answer as Partial<RequestError>;
  return new RequestError(code ?? "internal", message ?? "The server refused it without a word.", details ?? {});
}

export const SHORTEST_PAUSE_MS = 100;

/** How long to wait before asking again: as the refusal says, but not next to nothing; where it doesn't, `usual_ms`. */
export function pauseAfter({ details }: RequestError, usual_ms: number): number {
  return details.retry_after_ms === undefined ? usual_ms : Math.max(details.retry_after_ms, SHORTEST_PAUSE_MS);
}

export const disconnected = () => new RequestError("disconnected", "The connection ended before the answer.");
export const closed = () => new RequestError("closed", "The client is closed.");
export const late = (what: string) => new RequestError("deadline", `${what} was not answered in time.`);
export const aborted = (signal: AbortSignal) =>
  new RequestError("aborted", "The program waits no longer.", {}, signal.reason);
/** The server wouldn't read the frame, nor say to which request that is the answer. */
export const tooLarge = (length: number) =>
  new RequestError("too_large", `A request has at most ${length} characters.`);

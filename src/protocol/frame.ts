// From what arrived on a socket to a request, and from an outcome to the reply's frame. The envelope of the wire,
// for both dialects; what a message means stands in its literal.

import { type Bounds, limits } from "../domain/limits.ts";
import { findMessage } from "./catalogue.ts";
import type { MessageLiteral } from "./message.ts";
import { type Failure, failure, type Outcome, success } from "./outcome.ts";
import { validate } from "./validate.ts";

export interface ParsedRequest {
  /** Repeated in the reply; undefined when the client sent none. */
  id: string | undefined;
  message: MessageLiteral;
  /** The parameters, checked against the message's schema. */
  parameters: unknown;
}

/** What a frame was refused with, and the `id` to answer it under when one could be read. */
export type FrameRefusal = { id: string | undefined; error: Failure };

export type ParsedFrame = { ok: true; request: ParsedRequest } | ({ ok: false } & FrameRefusal);

type FrameBounds = Pick<Bounds, "frame_length" | "frame_depth">;

/** Reads one frame; `frame` is its text, or anything else when it was not a text frame. */
export function parseFrame(frame: unknown, { frame_length, frame_depth }: FrameBounds = limits): ParsedFrame {
  if (typeof frame === "string" && frame.length > frame_length) {
    return refused(idAtStart(frame), failure("too_large", `A frame has at most ${frame_length} characters.`));
  }
  const fields = readFields(frame);
  if (!fields.ok) return refused(undefined, fields);
  const id = readId(fields.value);
  if (!id.ok) return refused(undefined, id);
  if (isDeeperThan(fields.value, frame_depth)) {
    return refused(id.value, failure("bad_request", `A frame has at most ${frame_depth} levels.`, { path: "" }));
  }
  const found = findLiteral(fields.value);
  if (!found.ok) return refused(id.value, found);
  const message = found.value;
  const checked =
    message.dialect === "console"
      ? validate(message.request, fields.value)
      : validate(message.request, fields.value["data"] ?? {}, "data");
  if (!checked.ok) return refused(id.value, checked);
  return { ok: true, request: { id: id.value, message, parameters: checked.value } };
}

const refused = (id: string | undefined, { error }: { error: Failure }): { ok: false } & FrameRefusal => ({
  ok: false,
  id,
  error,
});

/** What is longer than a frame may be isn't parsed. */
const ID_WITHIN = 400;
const id_at_start = /^\s*\{\s*(?:"type"\s*:\s*"[^"\\]*"\s*,\s*)?"id"\s*:\s*"([^"\\\p{Cc}]*)"\s*[,}]/u;

/** The `id` where clients write it, first or after `type`; not where it is longer than allowed, or has escapes. */
function idAtStart(frame: string): string | undefined {
  const [, id] = id_at_start.exec(frame.slice(0, ID_WITHIN)) ?? [];
  return id !== undefined && id.length <= limits.request_id_length ? id : undefined;
}

function readFields(frame: unknown): Outcome<Record<string, unknown>> {
  const value = typeof frame === "string" ? parseJson(frame) : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return failure("bad_request", "A frame is the text of one JSON object.", { path: "" });
  }
  return success(value as Record<string, unknown>);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it has more than so many objects and arrays within each other. A frame may hold tens of thousands. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof inner === "object" && isDeeperThan(inner, levels - 1)) return true;
  }
  return false;
}

function readId(fields: Record<string, unknown>): Outcome<string | undefined> {
  const id = Object.hasOwn(fields, "id") ? fields["id"] : undefined;
  if (id === undefined || id === null) return success(undefined);
  if (typeof id === "string" && id.length <= limits.request_id_length) return success(id);
  return failure("bad_request", `'id' must be a string of at most ${limits.request_id_length} characters.`, {
    path: "id",
  });
}

function findLiteral(fields: Record<string, unknown>): Outcome<MessageLiteral> {
  const type = Object.hasOwn(fields, "type") ? fields["type"] : undefined;
  if (typeof type !== "string") return failure("bad_request", "'type' must be a string.", { path: "type" });
  const message = findMessage(type);
  return message ? success(message) : failure("unknown_type", "There is no message of this type.", { path: "type" });
}

/** The reply's frame: the outcome under the request's `id`. Null when there is nothing to send. */
export function encodeReply(request: ParsedRequest, outcome: Outcome<unknown>): string | null {
  if (!outcome.ok) return encodeFailure(request.id, outcome.error);
  const { id, message } = request;
  if (message.reply === null) return null;
  if (message.dialect === "console") return JSON.stringify({ id, ...(outcome.value as object) });
  if (outcome.json === undefined) return JSON.stringify({ id, type: message.type, data: outcome.value });
  return `{${id === undefined ? "" : `"id":${JSON.stringify(id)},`}"type":"${message.type}","data":${outcome.json}}`;
}

export function encodeFailure(id: string | undefined, error: Failure): string {
  return JSON.stringify({ id, type: "error", ...error });
}

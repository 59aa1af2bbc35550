// Writes the protocol reference from the literals in `src/protocol`. Nothing in it is written by hand but the
// paragraphs between the tables.

import type { TSchema } from "typebox";
import { limits, rates } from "../src/domain/limits.ts";
import { messages } from "../src/protocol/catalogue.ts";
import { close_codes, common_errors, error_codes } from "../src/protocol/errors.ts";
import { type CallLiteral, calls } from "../src/protocol/http.ts";
import type { MessageLiteral } from "../src/protocol/message.ts";
import { pushes } from "../src/protocol/pushes.ts";

const PATH = "docs/protocol.md";

/** What JSON Schema a TypeBox value may carry here. */
interface Shape {
  type?: string;
  const?: string | number | boolean;
  enum?: (string | number)[];
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  patternProperties?: Record<string, Shape>;
  required?: string[];
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

/** A schema in the notation of the reference: TypeScript's, with bounds in words. */
function notation(schema: TSchema): string {
  return shapeNotation(schema as Shape);
}

function shapeNotation(shape: Shape): string {
  if (shape.description) return shape.description;
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (shape.anyOf) return shape.anyOf.map(shapeNotation).join(" | ");
  switch (shape.type) {
    case "object":
      return objectNotation(shape);
    case "array":
      return `[${shapeNotation(shape.items ?? {})}…]${shape.maxItems === undefined ? "" : ` ≤ ${shape.maxItems}`}`;
    case "string":
      return `string${shape.maxLength === undefined ? "" : ` ≤ ${shape.maxLength}`}`;
    default:
      return shape.type ?? "any";
  }
}

function objectNotation({ properties, patternProperties, required = [] }: Shape): string {
  if (patternProperties) return `{[name]: ${Object.values(patternProperties).map(shapeNotation).join(" | ")}}`;
  const fields = Object.entries(properties ?? {}).map(
    ([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${shapeNotation(field)}`,
  );
  return fields.length === 0 ? "{}" : `{${fields.join(", ")}}`;
}

const code = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;
const codes = (list: readonly string[]) => (list.length === 0 ? "none" : list.map(code).join(", "));

function messageSection(message: MessageLiteral): string {
  const where = message.dialect === "console" ? "the frame, beside `type` and `id`" : "`data`";
  return [
    `### ${code(message.type)}`,
    "",
    message.doc,
    "",
    `- Request, in ${where}: ${code(notation(message.request))}`,
    `- Reply: ${message.reply ? code(notation(message.reply)) : "none when it succeeds"}`,
    `- Who may: ${message.may}`,
    `- Errors of its own: ${codes(message.errors)}`,
    ...(message.tells ? [`- Others get: ${message.tells}`] : []),
    `- Cost: ${message.cost}`,
    "",
  ].join("\n");
}

function callSection(call: CallLiteral): string {
  return [
    `### ${code(`${call.method} /api/v1${call.path}`)}`,
    "",
    call.doc,
    "",
    `- Token: ${call.bearer ? "wanted, as `Authorization: Bearer <token>`" : "none"}`,
    `- Body: ${call.body ? code(notation(call.body)) : "none"}`,
    `- Answer: ${call.status} ${code(notation(call.reply))}`,
    `- Errors of its own: ${codes(call.errors)}`,
    "",
  ].join("\n");
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

function reference(): string {
  const errors = Object.entries(error_codes).map(([name, { http_status, doc }]) => [
    code(name),
    String(http_status),
    doc,
  ]);
  const closes = Object.values(close_codes).map(({ code: number, doc }) => [String(number), doc]);
  const pushed = pushes.map(({ type, body, to, doc }) => [code(type), code(notation(body)), to, doc]);
  const bounds = Object.entries(limits).map(([name, value]) => [code(name), String(value)]);
  const buckets = Object.entries(rates).map(([name, { burst, per_s }]) => [code(name), String(burst), String(per_s)]);
  return `<!-- Generated from src/protocol by \`bun run generate\`. Don't edit. -->
# The protocol, version 1

JSON over HTTP and over one WebSocket. An ${code("id")} is a positive integer below 2^53; a ${code("time")} is ISO 8601, UTC, with
milliseconds. Unknown fields in a request are ignored, and \`null\` is taken for an absent field.

## HTTP

A failure is \`{"success": false, "code": …, "message": …}\` with the status of its code. Besides its own errors any call may answer ${codes(common_errors)}.

${Object.values(calls).map(callSection).join("\n")}
### Others

- ${code("GET /")} answers 200 to anyone.
- ${code("GET /healthz")} is liveness; ${code("GET /readyz")} is readiness: 503 while the database doesn't answer or the server stops.
- ${code("GET /metrics")} is Prometheus text.

## The socket

${code("GET /subscribe?auth=<token>")}, or the same with ${code("Authorization: Bearer <token>")}, upgraded to a WebSocket. One JSON object a text frame.

A request is \`{type, id?, …}\`. Its reply repeats the \`id\` (a string of at most ${limits.request_id_length} characters). Replies come in the order of the
requests. What the server sends unasked never has an \`id\`.

An error reply is \`{id?, type: "error", code, message, details?}\`. A malformed frame is answered with one and the socket
lives. A frame above ${limits.frame_length} characters is answered \`too_large\`; one above ${limits.frame_hard_bytes} bytes closes the socket with 1009.

With a bad token the upgrade succeeds, then comes \`{"type":"error","reason":"SocketClosedBadJwt","code":"unauthorized",…}\` and the socket closes with 4001.

### Error codes

${table(["code", "HTTP", "meaning"], errors)}
Besides its own errors any message may answer ${codes(common_errors)}.

### Close codes

${table(["code", "meaning"], closes)}
## Console dialect

${messages
  .filter(({ dialect }) => dialect === "console")
  .map(messageSection)
  .join("\n")}
## Pushes

Sent unasked. In the order in which things happened; after the reply, for the one who caused it.

${table(["type", "frame", "to", "meaning"], pushed)}
Presence: a user is online from their first session until their last one has been closed for the grace time
(${code("ORCHARD_PRESENCE_GRACE_MS")}). A return within it tells nobody anything, and what they play goes on. Only friends see whether
somebody is online and what they play: to others, a pending request included, \`status\` is 0 and \`playing\` null.

## Limits

${table(["limit", "value"], bounds)}
A request takes its cost from the session's bucket; below zero it is answered \`rate_limited\`, and who goes on is closed with 4008.

${table(["bucket", "tokens", "refill a second"], buckets)}`;
}

export async function renderProtocolReference(): Promise<{ path: string; content: string }> {
  return { path: PATH, content: reference() };
}

// Writes the AsyncAPI document from the literals of the messages, pushes and events. It is told from the server's side:
// it receives requests, each with its reply, and sends what nobody asked for.

import Type, { type TSchema } from "typebox";
import { limits } from "../src/domain/limits.ts";
import { CallFailure } from "../src/protocol/call.ts";
import { messages } from "../src/protocol/catalogue.ts";
import { Seq } from "../src/protocol/community/entities.ts";
import { events, passing_events } from "../src/protocol/community/events.ts";
import { bot_errors, close_codes, common_errors, type ErrorCode, room_errors } from "../src/protocol/errors.ts";
import type { EventLiteral, MessageLiteral } from "../src/protocol/message.ts";
import { pushes } from "../src/protocol/pushes.ts";
import { type Components, createComponents, type JsonSchema } from "./shapes.ts";

const closings = Object.values(close_codes)
  .map(({ code, doc }) => `- ${code}: ${doc}`)
  .join("\n");

const description = `What is said on an orchard's one socket. One JSON object a text frame. A request is \`{type, id?, …}\`; its reply repeats the
\`id\`, and what the server sends unasked never has one. There are two dialects on the socket, and a client may speak both: in
the console's, parameters stand in the frame, in the community's in its \`data\`. Unknown fields in a request are ignored, and
\`null\` is taken for an absent field, but for those under \`changes\`. A frame may have further fields in later versions.

The socket closes with:

${closings}`;

const tokens = {
  header: { type: "http", scheme: "bearer", description: "Where a client can set a header." },
  subprotocol: {
    type: "httpApiKey",
    in: "header",
    name: "Sec-WebSocket-Protocol",
    description: "`orchard, auth.<token>`, from a page.",
  },
  address: {
    type: "httpApiKey",
    in: "query",
    name: "auth",
    description: "Browsers and proxies print addresses, so a page had better not.",
  },
};

/** The parts of the document as they come to be. */
interface Draft {
  components: Components;
  messages: Record<string, JsonSchema>;
  operations: Record<string, JsonSchema>;
}

export function asyncapi(): JsonSchema {
  const draft: Draft = { components: createComponents(), messages: {}, operations: {} };
  for (const message of messages) addRequest(draft, message);
  for (const { type, doc, to, body } of pushes) {
    const payload = framed({ type: Type.Literal(type) }, body as TSchema);
    addSent(draft, `push.${type}`, { type, doc: `${doc}\n\nSent to: ${to}.` }, payload);
  }
  for (const { type, topic, doc, data } of events as readonly EventLiteral[]) {
    addSent(draft, `event.${type}`, { type, doc }, eventFrame(type, topic, data, { seq: Seq }));
  }
  for (const { type, topic, doc, data } of passing_events) {
    addSent(draft, `event.${type}`, { type, doc }, eventFrame(type, topic, data, {}));
  }
  addRefusal(draft);
  return documentOf(draft);
}

function documentOf({ components, messages, operations }: Draft): JsonSchema {
  return {
    asyncapi: "3.0.0",
    info: { title: "orchard", version: "1", description, license: { name: "MIT" } },
    defaultContentType: "application/json",
    servers: {
      orchard: {
        host: "{host}",
        protocol: "wss",
        description: "`ws` where the server has no certificate.",
        variables: { host: { default: "localhost:3000", description: "Host and port of the server." } },
        security: Object.keys(tokens).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
      },
    },
    channels: {
      socket: {
        address: "/subscribe",
        title: "The socket",
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: "GET" } },
      },
    },
    operations,
    components: { messages, schemas: components.schemas, securitySchemes: tokens },
  };
}

const socket = { $ref: "#/channels/socket" };
const inSocket = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });

const RequestId = Type.String({ maxLength: limits.request_id_length, description: "repeated in the reply" });
const ReplyId = Type.Optional(Type.String({ description: "that of the request" }));

/** What a session that has as many topics as it may is answered by whatever subscribes to more. */
const full = ["limit_reached"] as const;

function addRequest(draft: Draft, literal: MessageLiteral): void {
  const { type, dialect, request, reply, errors, subscribes, room, people_only } = literal;
  const head = { type: Type.Literal(type), id: Type.Optional(RequestId) };
  const is_console = dialect === "console";
  const needs = (request as { required?: string[] }).required ?? [];
  const data = needs.length > 0 ? request : Type.Optional(request as never);
  const frame = is_console ? framed(head, request) : Type.Object({ ...head, data });
  add(draft, `${type}.request`, type, frame);
  const replies = [`${type}.error`];
  if (reply) {
    const answer = is_console
      ? framed({ id: ReplyId }, reply)
      : Type.Object({ id: ReplyId, type: Type.Literal(type), data: reply });
    add(draft, `${type}.reply`, "reply", answer);
    replies.unshift(`${type}.reply`);
  }
  addError(draft, `${type}.error`, [
    ...errors,
    ...common_errors,
    ...(room ? room_errors : []),
    ...(people_only ? bot_errors : []),
    ...(subscribes ? full : []),
  ]);
  draft.operations[type] = {
    action: "receive",
    channel: socket,
    title: type,
    description: descriptionOf(literal),
    tags: [{ name: dialect }],
    messages: [inSocket(`${type}.request`)],
    reply: { channel: socket, messages: replies.map(inSocket) },
  };
}

function descriptionOf({ doc, may, people_only, tells, reply, cost }: MessageLiteral): string {
  return [
    doc,
    `Who may: ${may}${people_only ? "; no bots" : ""}.`,
    ...(tells ? [`Others get: ${tells}`] : []),
    ...(reply ? [] : ["There is no reply when it succeeds."]),
    `Cost: ${typeof cost === "number" ? cost : cost.doc}.`,
  ].join("\n\n");
}

function addSent(draft: Draft, name: string, literal: Told, payload: TSchema): void {
  add(draft, name, literal.type, payload);
  draft.operations[name] = {
    action: "send",
    channel: socket,
    title: literal.type,
    description: literal.doc,
    tags: [{ name: name.split(".")[0] }],
    messages: [inSocket(name)],
  };
}

/** What can't be read as a request of any type is refused as well. */
function addRefusal(draft: Draft): void {
  const doc = "The refusal of a frame that is no request: under its `id`, where one could be read.";
  addError(draft, "refusal", ["bad_request", "too_large", "unknown_type", "rate_limited"]);
  const messages = [inSocket("refusal")];
  draft.operations["refusal"] = { action: "send", channel: socket, title: "error", description: doc, messages };
}

interface Told {
  type: string;
  doc: string;
}

function add(draft: Draft, name: string, type: string, payload: TSchema): void {
  addMessage(draft, name, type, draft.components.schemaOf(payload));
}

function addMessage({ messages }: Draft, name: string, type: string, payload: JsonSchema): void {
  messages[name] = { name: type, title: name, payload };
}

function addError(draft: Draft, name: string, codes: readonly ErrorCode[]): void {
  const { code, message, details } = CallFailure.properties;
  const frame = Type.Object({ id: ReplyId, type: Type.Literal("error"), code, message, details });
  const error = draft.components.named("Error", frame);
  addMessage(draft, name, "error", { allOf: [error, { properties: { code: { enum: [...new Set(codes)] } } }] });
}

/** A frame in which the fields stand beside others. */
function framed(head: Record<string, TSchema>, body: TSchema): TSchema {
  const { properties, required = [] } = body as unknown as { properties: Record<string, TSchema>; required?: string[] };
  const fields = Object.entries(properties).map(([name, field]): [string, TSchema] => [
    name,
    required.includes(name) ? field : Type.Optional(field as never),
  ]);
  return Type.Object({ ...head, ...Object.fromEntries(fields) });
}

function eventFrame(type: string, topic: EventLiteral["topic"], data: TSchema, more: Record<string, TSchema>): TSchema {
  const of = topic === "self" ? Type.Literal("self") : Type.String({ pattern: `^${topic}:[1-9][0-9]*$` });
  return Type.Object({ type: Type.Literal(type), topic: of, ...more, data });
}

export function renderAsyncapi(): { path: string; content: string } {
  return { path: "docs/asyncapi.json", content: `${JSON.stringify(asyncapi(), null, 2)}\n` };
}

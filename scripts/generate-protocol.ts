// Writes the protocol reference from the literals in `src/protocol`. Nothing in it is written by hand but the
// paragraphs between the tables.

import { isDeepStrictEqual } from "node:util";
import type { TSchema } from "typebox";
import { announcedLimits, limits, rates } from "../src/domain/limits.ts";
import { DEFAULT_RULES, namesOf, type Rule, rule_names } from "../src/domain/permissions.ts";
import { type CallLiteral, type Contents, pathOf } from "../src/protocol/call.ts";
import { messages } from "../src/protocol/catalogue.ts";
import { audit_messages } from "../src/protocol/community/audit.ts";
import { bot_messages } from "../src/protocol/community/bots.ts";
import { channel_messages } from "../src/protocol/community/channels.ts";
import { conversation_messages } from "../src/protocol/community/conversations.ts";
import * as community from "../src/protocol/community/entities.ts";
import { events, passing_events } from "../src/protocol/community/events.ts";
import { member_messages } from "../src/protocol/community/members.ts";
import { message_messages } from "../src/protocol/community/messages.ts";
import { moderation_messages } from "../src/protocol/community/moderation.ts";
import { notification_messages } from "../src/protocol/community/notifications.ts";
import { report_messages } from "../src/protocol/community/reports.ts";
import { server_messages } from "../src/protocol/community/servers.ts";
import { sync_messages } from "../src/protocol/community/sync.ts";
import { user_messages } from "../src/protocol/community/users.ts";
import { webhook_messages } from "../src/protocol/community/webhooks.ts";
import { document_calls } from "../src/protocol/documents.ts";
import { bot_errors, close_codes, common_errors, error_codes, room_errors } from "../src/protocol/errors.ts";
import { export_calls } from "../src/protocol/exports.ts";
import { health_calls } from "../src/protocol/health.ts";
import { calls } from "../src/protocol/http.ts";
import type { MessageLiteral } from "../src/protocol/message.ts";
import { pushes } from "../src/protocol/pushes.ts";
import { upload_calls } from "../src/protocol/uploads.ts";
import { shapes } from "./shapes.ts";

const PATH = "docs/protocol.md";

/** What JSON Schema a TypeBox value may carry here. */
interface Shape {
  type?: string;
  const?: string | number | boolean;
  enum?: (string | number)[];
  anyOf?: Shape[];
  allOf?: Shape[];
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
export function notation(schema: TSchema): string {
  return shapeNotation(schema as Shape);
}

function shapeNotation(shape: Shape): string {
  return nameOf(shape) ?? spelledOut(shape);
}

/** The name of a shape that has one; `Partial<…>` for one whose fields may all be absent. */
function nameOf(shape: Shape): string | null {
  for (const [name, schema] of Object.entries(shapes)) {
    const { properties } = schema as Shape;
    if (schema === shape) return name;
    if (shape.properties && !shape.required && isDeepStrictEqual(shape.properties, properties))
      return `Partial<${name}>`;
  }
  return null;
}

function spelledOut(shape: Shape): string {
  if (shape.description) return shape.description;
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (shape.anyOf) return shape.anyOf.map(shapeNotation).join(" | ");
  if (shape.allOf) return objectNotation(merged(shape.allOf));
  switch (shape.type) {
    case "object":
      return objectNotation(shape);
    case "array":
      return `[${shapeNotation(shape.items ?? {})}…]${shape.maxItems === undefined ? "" : ` ≤ ${shape.maxItems}`}`;
    case "string":
      return `string${bounds(shape.minLength, shape.maxLength)}`;
    case "integer":
      return `integer${bounds(shape.minimum, shape.maximum)}`;
    default:
      return shape.type ?? "any";
  }
}

function bounds(least = 0, most?: number): string {
  if (most === undefined) return "";
  return least > 0 ? ` ${least}–${most}` : ` ≤ ${most}`;
}

function merged(parts: Shape[]): Shape {
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  return { properties, required: parts.flatMap((part) => part.required ?? []) };
}

function objectNotation({ properties, patternProperties, required = [] }: Shape): string {
  if (patternProperties) return `{[name]: ${Object.values(patternProperties).map(shapeNotation).join(" | ")}}`;
  const fields = Object.entries(properties ?? {}).map(
    ([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${shapeNotation(field)}`,
  );
  return fields.length === 0 ? "{}" : `{${fields.join(", ")}}`;
}

const code = (text: string) => `\`${text}\``;
const codes = (list: readonly string[]) => (list.length === 0 ? "none" : list.map(code).join(", "));

function messageSection(message: MessageLiteral): string {
  const where = message.dialect === "console" ? "the frame, beside `type` and `id`" : "`data`";
  const reply = message.dialect === "console" ? "Reply" : "Reply, in `data`";
  return [
    `### ${code(message.type)}`,
    "",
    message.doc,
    "",
    `- Request, in ${where}: ${code(notation(message.request))}`,
    `- ${reply}: ${message.reply ? code(notation(message.reply)) : "none when it succeeds"}`,
    `- Who may: ${message.may}${message.people_only ? "; no bots" : ""}`,
    ...(message.room ? [`- Server: that of its ${message.room.map(code).join(", or else its ")}`] : []),
    `- Errors of its own: ${codes(message.errors)}`,
    ...(message.subscribes ? [`- Subscribes to: ${subscriptions[message.subscribes]}`] : []),
    ...(message.tells ? [`- Others get: ${message.tells}`] : []),
    ...(message.pipelined ? ["- The next request doesn't wait for its reply"] : []),
    `- Cost: ${typeof message.cost === "number" ? message.cost : message.cost.doc}`,
    "",
  ].join("\n");
}

const subscriptions: Record<NonNullable<MessageLiteral["subscribes"]>, string> = {
  user: "`user:<id>` of those in the reply whom one has something in common with",
  server: "`server:<id>`",
  server_and_users: "`server:<id>` and the `user:<id>` of those in the reply",
  channel: "`channel:<id>`",
  any: "the topics named",
};

function callSection(call: CallLiteral): string {
  const { doc, bearer, bearer_welcome, people_only, body, takes, headers, status, reply, gives, also } = call;
  const others = Object.entries(also ?? {}).map(([other, says]) => `; ${other}: ${says}`);
  const token = bearer_welcome ? "welcome" : "none";
  return [
    `### ${code(`${call.method} ${pathOf(call).replace(/:(\w+)/g, "<$1>")}`)}`,
    "",
    doc,
    "",
    `- Token: ${bearer ? "wanted, as `Authorization: Bearer <token>`" : token}${people_only ? ", of no bot" : ""}`,
    ...(headers ? [`- Headers: ${code(notation(headers))}`] : []),
    `- Body: ${contentOf(body, takes)}`,
    `- Answer: ${status} ${contentOf(reply, gives)}${others.join("")}`,
    `- Errors of its own: ${codes(call.errors)}`,
    "",
  ].join("\n");
}

function contentOf(json: TSchema | null, others: Contents = {}): string {
  if (json) return code(notation(json));
  return Object.keys(others).length > 0 ? Object.keys(others).map(code).join(", ") : "none";
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

function shapeSection(): string {
  const rows = Object.entries(shapes).map(([name, schema]) => [code(name), code(spelledOut(schema as Shape))]);
  const statuses = (community.SeenStatus as Shape).enum?.map(String) ?? [];
  return `## Shapes

What stands in more than one place is named below. \`Partial<Channel>\` is a \`Channel\` of which any field may be absent; \`[id…]\` is
an array; \`string 1–100\` has 1 to 100 characters. A \`status\` is one of ${codes(statuses)}; a \`rule\` one of those under
[Permissions](#permissions). What a \`seq\` and an \`anchor\` are is said under [Community dialect](#community-dialect).

${table(["name", "fields"], rows)}`;
}

/** What each rule is for. */
const rules: Record<Rule, string> = {
  admin: "All the others, in every channel; to add, change and delete roles",
  manage_server:
    "To change the server's name, image and description, and whether anybody may join; to list invites and end those of others; to read the audit log; to bring one's own bots in",
  manage_channels: "To add, change and delete categories and channels",
  manage_members: "To give and take roles; to change others' nicknames",
  manage_messages:
    "To delete others' messages, also many at once; to pin, together with `read_history`; to write without waiting in slow mode",
  kick_members: "To send members away, and to time them out",
  ban_members: "To ban and unban; to list bans",
  create_invites: "To make invites",
  view_channel: "To know of a channel and hear what happens in it",
  read_history: "To load and search messages",
  send_messages: "To write messages, and to say that one is writing",
  add_reactions: "To react and to take it back, together with `read_history`",
  attach_files: "To attach uploads to messages",
  manage_webhooks: "To make, list, change and delete webhooks",
  mention_everyone: "To have `@everyone`, `@here` and mentions of roles count, also in webhooks that ping",
};

/** The requests of which it is said that they ask for the rule; of whom they are for who views, that is `view_channel`. */
function askingFor(rule: Rule): string[] {
  const asks = ({ may }: MessageLiteral) => may.includes(code(rule)) || (rule === "view_channel" && /\bview/.test(may));
  return (messages as readonly MessageLiteral[]).filter(asks).map(({ type }) => type);
}

function permissionSection(): string {
  const by_default = namesOf(DEFAULT_RULES);
  const rows = rule_names.map((rule) => {
    return [code(rule), by_default.includes(rule) ? "yes" : "", rules[rule], codes(askingFor(rule))];
  });
  return `## Permissions

Each role has a list of rules, and everybody has the default role, \`everyone\` at position 0. For a new server that role has
the rules marked below.

${table(["rule", "default", "what for", "asked for by"], rows)}
What a member may is computed in four steps:

1. The owner may everything.
2. The rules of the default role and of all the member's roles are put together. With \`admin\` among them: everything.
3. Overwrites change that, the category's first and then the channel's. At each of the two: the default role's \`deny\` takes
   away, then its \`allow\` adds; then the \`deny\` of all the member's roles together, then their \`allow\`; then the member's
   own \`deny\` and \`allow\`.
4. Without \`view_channel\` nothing is left: to this member the channel doesn't exist.

**Bots.** What was chosen for a bot as its \`rules\` stands for the default role's in step 2, and in step 3 the default role's \`allow\`
adds none but these. Of what comes of it a bot has what its owner has there as well, at that moment: it may nothing, and views
nothing, that its owner may not. It ranks no higher than its owner either.

What concerns a channel or a message asks for the rule in that channel, what concerns a category for the rule in that
category, all else for the rule in the server after step 2. A category is hidden from whoever may view neither it nor a channel
in it. \`roles\` of \`add_channel\` and \`update_channel\` writes overwrites by which only these roles may view the channel.

**Rank.** A member ranks as high as the highest position among their roles; without a role at 0; the owner above all. One may
edit, delete, give or take only roles below one's own rank, act only on members who rank below, and grant or deny, in a
role or an overwrite, only rules that one has. Anyone may drop a role of their own. A list of overwrites or roles is
judged by what in it differs from what stands, so that it may be sent back whole.
`;
}

function eventSection(): string {
  const topics = { self: "`self`", user: "`user:<id>`", server: "`server:<id>`", channel: "`channel:<id>`" };
  const rows = events.map(({ type, topic, data, doc }) => [code(type), topics[topic], code(notation(data)), doc]);
  const passing = passing_events.map(({ type, topic, data, doc }) => {
    return [code(type), `${topics[topic]}, without a \`seq\``, code(notation(data)), doc];
  });
  return `## Events

\`{type, topic, seq, data}\`, sent unasked to the sessions subscribed to the topic. \`…_updated\` and \`…_changed\` carry the id
and what changed. An event about a category or channel goes only to those who may know of it. A \`message_changed\` or
\`message_added\` has no \`me\` in its reactions, since one frame serves all.

${table(["type", "topic", "data", "meaning"], [...rows, ...passing])}
\`num_members\` of a server follows from \`member_added\` and \`member_deleted\`; it brings no \`server_updated\`.

**Gaining and losing sight.** When a role, an overwrite or a place changes who may view what, whoever gained a category or
channel gets \`category_added\` or \`channel_added\` for it, and whoever lost one gets \`category_deleted\` or
\`channel_deleted\` and hears no more of it. These come first, under numbers of their own, which are lower than those of the
change's other events; the last of them has the greatest. Who is subscribed to the channel alone is told of losing it as well.
`;
}

const takesNonce = ({ request }: MessageLiteral) => "nonce" in ((request as Shape).properties ?? {});

function communitySection(): string {
  const families: [string, readonly MessageLiteral[]][] = [
    ["People", user_messages],
    ["Servers and invites", server_messages],
    ["Categories and channels", channel_messages],
    ["Roles and members", member_messages],
    ["Bots", bot_messages],
    ["Webhooks", webhook_messages],
    ["Audit log", audit_messages],
    ["Reports", report_messages],
    ["Messages and reading", message_messages],
    ["Pins, moves and deletions", moderation_messages],
    ["Conversations", conversation_messages],
    ["Notifications", notification_messages],
    ["Catching up", sync_messages],
  ];
  const worded = new Set(families.flatMap(([, family]) => family));
  const left_out = (messages as readonly MessageLiteral[]).filter(
    (message) => message.dialect === "community" && !worded.has(message),
  );
  if (left_out.length > 0) throw new Error(`the reference leaves out ${left_out.map(({ type }) => type).join(", ")}`);
  const makers = (messages as readonly MessageLiteral[]).filter(takesNonce).map(({ type }) => type);
  return `## Community dialect

A request is \`{type, id?, data}\`, its reply \`{id?, type, data}\` with the same \`type\`. People talk in the channels of
**servers**; a server is what its members see, not the program.

**Changes.** \`null\` within \`changes\` clears a value, where it may be cleared; a field left out stays. An update
to what is there already is answered as done, and nobody is told.

**Nonces.** When the connection is lost before the answer, or the answer is \`unavailable\`, nobody knows whether something was
made. Who gave it a \`nonce\` of its own asks again under the same. ${codes(makers)}
take one; an upload has it in a header. For ${limits.nonce_age_ms / 3_600_000} hours at least, and after restarts too, the same author and nonce are answered with
the first, as it is now: nothing more is made, nobody is told, and neither the rest of the request nor how many there are
already makes a difference. It is the same while the first is under way. Who may not make such a thing any more is refused
as ever. Where the first was deleted since the answer is \`conflict\`. What was refused has not used its nonce. A nonce counts
for one type of message, and in one server; that of a message in one channel.

**Lists.** Pages are asked for by \`amount\` and \`anchor\`. An anchor is the id from which to go on, without itself.

**What one may not know of** answers \`not_found\`, in the same words as what isn't there. \`forbidden\` is for what one sees and may
not do.

**Topics.** Changes are told by topic: \`user:<id>\` (a person's profile, status and game), \`server:<id>\` (a server, its categories, channels,
roles and members), \`channel:<id>\` (its messages) and \`self\` (what concerns the receiver alone: their servers, friends and
how far they have read). Every session has \`self\`. It gets the others by loading: each message below says what it subscribes to.
\`subscribe\` does so without loading. A \`user:\` topic takes something in common with that person: a server, a
conversation, a friendship or a request from them; where nothing is left, the subscription ends. It also ends with \`unsubscribe\`, with the right to view, with
the server and with the socket. \`add_server\` and \`join_server\` subscribe to nothing: load the new server. A session has at
most ${limits.topics_per_session} topics: one that has them all is answered \`limit_reached\` by whatever subscribes to more, until it ends some.

**\`seq\`.** Every event but \`typing_started\` and \`report_added\` has a number that grows within its topic; gaps mean nothing. A reply that loads a topic carries
the \`seq\` of the topic's last event: all up to it is in the reply, all after it comes as an event. Keep the greatest
seen for each topic.

**Catching up.** Who keeps a copy sends \`sync\` after a reconnect, with the \`epoch\` of the \`ready\` under which it was loaded
and the \`seq\` that they have of each topic, and gets the events that are missing. It makes no difference how long they
were away, nor how often the server was restarted; what it costs grows with what changed. Where the new \`ready\` has another
\`epoch\`, as after a backup was restored, the copy is worth nothing. A list of servers brings no \`seq\`: \`subscribe\` to their topics
tells it. Hold back events of a topic that come between the request and its answer: those up to the \`seq\` of the answer are in it. Who
comes by \`member_added\` isn't loaded by that: their name and status stay as they came until a load or \`sync\` of \`user:<id>\`.

**Order.** Events of one topic come in the order of their \`seq\`. Whoever caused a change gets the reply first, and then the
event if they are subscribed; only \`read_state_changed\` leaves out the session that asked. What is stored is neither answered nor
told before it is durable.

${permissionSection()}
${families.map(([title, family]) => `## ${title}\n\n${family.map(messageSection).join("\n")}`).join("\n")}
${eventSection()}`;
}

function socketSection(): string {
  const errors = Object.entries(error_codes).map(([name, { http_status, doc }]) => [
    code(name),
    String(http_status),
    doc,
  ]);
  const closes = Object.values(close_codes).map(({ code: number, doc }) => [String(number), doc]);
  const pipelined = (messages as readonly MessageLiteral[]).filter((message) => message.pipelined);
  return `## The socket

${code("GET /subscribe")} with a token, upgraded to a WebSocket. One JSON object a text frame. The token comes in one of three ways; of several,
the first counts:

1. ${code("Authorization: Bearer <token>")}, where a client can set a header;
2. ${code("Sec-WebSocket-Protocol: orchard, auth.<token>")}, from a page: ${code('new WebSocket(url, ["orchard", "auth." + token])')}. The server answers
   ${code("orchard")}. A token counts only beside it, and of two none is good;
3. ${code("/subscribe?auth=<token>")}. Browsers and proxies print addresses, so a page had better not. Of several ${code("auth")} the last counts.

A request is \`{type, id?, …}\`. Its reply repeats the \`id\` (a string of at most ${limits.request_id_length} characters). Replies come in the order of the
requests; only ${pipelined.map(({ type }) => code(type)).join(", ")} may be answered after requests that were sent later, since these don't wait until it is durable. What the
server sends unasked never has an \`id\`. There are two dialects on the one socket, and a client may speak both: the parameters of
the [console dialect](#console-dialect) stand in the frame, those of the [community dialect](#community-dialect) in its \`data\`.

An error reply is \`{id?, type: "error", code, message, details?}\`. A malformed frame is answered with one and the socket
lives. A frame above ${limits.frame_length} characters is answered \`too_large\`, under its \`id\` where
that stands first or right after \`type\`, without escapes; one above ${limits.frame_hard_bytes} bytes closes the socket with 1009.

With a bad token the upgrade succeeds, then comes \`{"type":"error","reason":"SocketClosedBadJwt","code":"unauthorized",…}\` and the socket closes with 4001.

### Error codes

${table(["code", "HTTP", "meaning"], errors)}
Besides its own errors any message may answer ${codes(common_errors)}; what changes a server, ${codes(room_errors)}; what no bot may send is ${codes(bot_errors)} to bots.

### Close codes

${table(["code", "meaning"], closes)}
Below the protocol the WebSocket standard's own codes hold: 1002 for bytes that are no frames, 1007 for text that is no UTF-8.
`;
}

function pushSection(): string {
  const pushed = pushes.map(({ type, body, to, doc }) => [code(type), code(notation(body)), to, doc]);
  return `## Pushes

Sent unasked, whatever dialect the client speaks. In the order in which things happened; after the reply, for the one who
caused it. What the community dialect is told stands under [Events](#events).

${table(["type", "frame", "to", "meaning"], pushed)}
Presence: a user is online from their first session until their last one has been closed for the grace time
(${code("ORCHARD_PRESENCE_GRACE_MS")}). A return within it tells nobody anything, and what they play goes on.
What is played belongs to the session that said so: when that has been closed for the grace time it ends, though others stay. Here only friends see
whether somebody is online and what they play: to others, a pending request included, \`status\` is 0 and \`playing\` null. Who is
\`invisible\` looks offline.
`;
}

function limitSection(): string {
  const bounded = Object.entries(announcedLimits()).map(([name, value]) => [code(name), String(value)]);
  const buckets = Object.entries(rates).map(([name, { burst, per_s }]) => [code(name), String(burst), String(per_s)]);
  const costs = Object.values(calls)
    .map(({ method, path, cost }) => `${code(`${method} ${path}`)} ${cost}`)
    .join(", ");
  return `## Limits

As they are unless the operator has set others; \`ready\` carries those that hold.

${table(["limit", "value"], bounded)}
A request takes its cost from the session's bucket, from the user's and from the address's; where one hasn't enough it is answered
\`rate_limited\`, and who goes on is closed with 4008. A frame that is no request costs 1. Each frame costs 1 more for each
${code("frame_length_per_token")} characters of it, whatever it holds, and as much more of the refusals when it is refused. Each reply costs 1 more
for each ${code("reply_length_per_token")} characters of it, once it is known, a change of a server 1 more for each ${limits.rows_per_token} roles, channels and other things that
change with it, and a session that opens 1 more for each ${limits.friends_per_token} friends and requests it is told of: nothing is refused for it, but
what isn't there is owed. What one
user asks for at once is answered a part at a time, between what others ask. A socket that brings
more than ${limits.socket_input_factor} times what its session may ask for is closed with 4008, too, whatever it brings and open or not; each ping and pong of
the WebSocket protocol counts as ${limits.socket_input_factor} frames there. HTTP calls take their cost from the address and, with a token, from the user,
and that of their body's length from the address:
${costs}.
A new session costs ${limits.session_cost} tokens. An address is an IPv4 address or the /64 of an IPv6 address.
It may have ${limits.connections_per_address} open sockets.

${table(["bucket", "tokens", "refill a second"], buckets)}`;
}

function reference(): string {
  const console_dialect = messages.filter(({ dialect }) => dialect === "console");
  return `<!-- Generated from src/protocol by \`bun run generate\`. Don't edit. -->
# The protocol, version 1

JSON over HTTP and over one WebSocket. An ${code("id")} is a positive integer below 2^53; a ${code("time")} is ISO 8601, UTC, with
milliseconds. Unknown fields in a request are ignored, and \`null\` is taken for an absent field, but for those under \`changes\`.

[HTTP](#http) · [The socket](#the-socket) · [Shapes](#shapes) · [Console dialect](#console-dialect) · [Pushes](#pushes) ·
[Community dialect](#community-dialect): [permissions](#permissions), [people](#people), [servers](#servers-and-invites),
[channels](#categories-and-channels), [members](#roles-and-members), [bots](#bots), [webhooks](#webhooks), [audit log](#audit-log),
[messages](#messages-and-reading), [conversations](#conversations), [notifications](#notifications), [events](#events) · [Limits](#limits)

## HTTP

A failure is \`{"success": false, "code": …, "message": …}\` with the status of its code. Besides its own errors any call may answer ${codes(common_errors)}.
Where it is known when to ask again, \`details.retry_after_ms\` says so, and the header \`Retry-After\` in seconds, which pages can read, too.

Pages of any origin may call unless the operator named some. Then a page of another, as its \`Origin\` tells, gets \`forbidden\` for all but
reading, and for the socket. A token that ends while a body is on its way is no longer good: the call has no effect.

Programs read all this from [openapi.json](openapi.json), which the server hands out as well, and what is said on the socket from
[asyncapi.json](asyncapi.json).

${[calls, upload_calls, export_calls, document_calls].flatMap((family) => Object.values<CallLiteral>(family).map(callSection)).join("\n")}
### Others

These stand at the root, and want no token.

${Object.values(health_calls)
  .map(({ method, path, doc }) => `- ${code(`${method} ${path}`)}: ${doc}`)
  .join("\n")}

${socketSection()}
${shapeSection()}
## Console dialect

${console_dialect.map(messageSection).join("\n")}
${pushSection()}
${communitySection()}
${limitSection()}`;
}

export async function renderProtocolReference(): Promise<{ path: string; content: string }> {
  return { path: PATH, content: reference() };
}

// What the way between nodes must know of asks. Which may be carried out twice: what was asked of a node that is lost is
// then asked of the next, and nobody notices; all others have no known end. And which have to come behind other words.

import type { Topic } from "../../actors/delivery/gateway.ts";
import { messages } from "../../protocol/catalogue.ts";

/** Asks of rooms and of people that only read, or come to the same when they are done again. */
const calls = new Set([
  ...["subscribe", "unsubscribe", "follow", "gather", "holds", "catch_up", "catch_up_alone", "resume", "visible"],
  ...["departed", "told", "self_since", "look", "settled", "unwatch", "describe", "count", "open", "admit"],
  "set_active",
  // A guess that is counted twice lets nobody guess more.
  ...["at_name", "with_login"],
]);

export function isRepeatable(call: string, request: unknown): boolean {
  return calls.has(call) || (call === "perform" && (isRead(request) || hasNonce(request)));
}

/** Done once however often it is asked; yet asked again it may be refused, since who did it may no more. */
export function isDoneOnce(call: string, request: unknown): boolean {
  return call === "perform" && !isRead(request) && hasNonce(request);
}

function isRead(request: unknown): boolean {
  return /^(get|search)_/.test((request as { type: string }).type);
}

/** Clients may repeat what carries one. */
function hasNonce(request: unknown): boolean {
  return (request as { parameters: { nonce?: string } | null }).parameters?.nonce !== undefined;
}

/** Asks of rooms that subscribe whoever asks, or end that: reads that clients ask for, and these. */
const subscribing = new Set(["subscribe", "unsubscribe", "follow", "catch_up", "catch_up_alone"]);

export function subscribes(call: string, request: unknown): boolean {
  return subscribing.has(call) || (call === "perform" && /^get_/.test((request as { type: string }).type));
}

/** Somebody went: their own topic says so, which isn't the room's to tell. */
export function endsMembership(call: string, request: unknown): boolean {
  return call === "membership_changed" && (request as { deleted?: number }).deleted !== undefined;
}

/** What clients ask for that is answered with how far it tells of a topic. */
const telling: ReadonlySet<string> = new Set(
  messages.flatMap(({ type, reply }) => (reply && "seq" in reply.properties ? [type] : [])),
);

/** Up to where an answer of a room's tells of a topic, to the session that asked; null where it doesn't say. */
export function answeredUpTo(
  server_id: number,
  request: unknown,
  answer: { readonly value: unknown },
): { session: number; topic: Topic; seq: number } | null {
  const { type, parameters, from } = request as {
    type: string;
    parameters: { channel_id?: number } | null;
    from: { session: number };
  };
  // What another node answered is parsed only where it is read.
  if (!telling.has(type)) return null;
  const { seq } = (answer.value ?? {}) as { seq?: number };
  if (typeof seq !== "number") return null;
  const channel_id = parameters?.channel_id;
  return {
    session: from.session,
    topic: channel_id === undefined ? `server:${server_id}` : `channel:${channel_id}`,
    seq,
  };
}

/** The session for which what people tell of themselves waits until this is answered: with how they are; null for none. */
export function holdsUp(call: string, request: unknown): number | null {
  if (call !== "perform") return null;
  const { type, from } = request as { type: string; from: { session: number } };
  return type === "get_server_members" ? from.session : null;
}

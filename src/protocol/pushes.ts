// Every frame that the server sends unasked. A push never carries an `id`: the console takes a frame with an `id` for
// a reply. A frame is encoded once, here, however many receive it.

import type { Static } from "typebox";
import { Friend, SelfUser } from "./entities.ts";
import { definePush, Id } from "./message.ts";
import { Type } from "./schema.ts";

export const ready = definePush({
  type: "ready",
  doc: "The first frame after a good token. `epoch` changes only when the server's history no longer continues the client's: throw the cache away.",
  to: "the session",
  body: Type.Object({
    data: Type.Object({
      user: SelfUser,
      session_id: Id,
      epoch: Type.String(),
      protocol: Type.Literal(1),
      limits: Type.Record(Type.String(), Type.Number()),
    }),
  }),
});

export const socketError = definePush({
  type: "error",
  doc: "Sent without being asked only just before the server closes the socket. `reason` is `SocketClosedBadJwt` for a bad token.",
  to: "the session",
  body: Type.Object({
    reason: Type.Optional(Type.String()),
    code: Type.String(),
    message: Type.String(),
  }),
});

export const friendListUpdate = definePush({
  type: "friend-list-update",
  doc: "A person in the friend list, whole; `none` takes them off it. On connect there is one for every friend and pending request.",
  to: "both people's sessions when their relation changes; online friends when the person comes or goes",
  body: Type.Object({ data: Friend }),
});

export const nowOnline = definePush({
  type: "now-online",
  doc: "A friend opened their first session.",
  to: "online friends",
  body: Type.Object({ data: Type.Object({ id: Id, name: Type.String() }) }),
});

export const nowPlayingPush = definePush({
  type: "now-playing",
  doc: "What a friend plays; an empty `app` when they stopped.",
  to: "online friends",
  body: Type.Object({ data: Type.Object({ who: Id, app: Type.String() }) }),
});

export const toast = definePush({
  type: "message",
  doc: "Text for a pop-up, in `data`, and as a JSON text in `message`.",
  to: "online friends, when someone starts a game",
  body: Type.Object({
    message: Type.String(),
    data: Type.Object({ title: Type.String(), description: Type.String() }),
  }),
});

export const watchPartyPush = definePush({
  type: "watchParty",
  doc: "An invitation from a friend; `text` is what they sent, untouched.",
  to: "the one invited, all their sessions",
  body: Type.Object({ text: Type.String(), from: Type.Object({ id: Id, name: Type.String() }) }),
});

export const pushes = [ready, socketError, friendListUpdate, nowOnline, nowPlayingPush, toast, watchPartyPush] as const;

export type Push = (typeof pushes)[number];
export type PushType = Push["type"];
export type PushBody<Name extends PushType> = Static<Extract<Push, { type: Name }>["body"]>;

/** The frame, as text, ready for every receiver. */
export function encodePush<Name extends PushType>(type: Name, body: PushBody<Name>): string {
  return JSON.stringify({ type, ...body });
}

type Ready = PushBody<"ready">["data"];
/** The frame that greets this user at the beginning of this session. */
export type EncodeReady = (user: Ready["user"], session_id: number) => string;

/** All but who is greeted is the same for everybody, and long: it becomes text once. */
export function readyEncoder(same_for_all: Omit<Ready, "user" | "session_id">): EncodeReady {
  const rest = JSON.stringify(same_for_all).slice("{".length);
  return (user, session_id) =>
    `{"type":"ready","data":{"user":${JSON.stringify(user)},"session_id":${session_id},${rest}}`;
}

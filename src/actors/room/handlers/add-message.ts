// `add_message`, the way that has to be short: what it needs is in memory, it is handed to the writer in its order and
// not waited for. After the commit: into the log, the answer, and one frame for everybody.

import type { ChatMessage } from "../../../domain/community.ts";
import { whenThere } from "../../../domain/when-there.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import { asViewer, lockOf, type Viewer } from "../asker.ts";
import type { RoomHandler } from "../handler.ts";
import { type Draft, draftOf } from "../messages/compose.ts";
import { thoseHere, withAll } from "../messages/mentions.ts";
import { slowedDown, wroteNow } from "../messages/slow-mode.ts";
import type { Room } from "../room.ts";
import { messageView } from "../views.ts";

const sending = ["send_messages"] as const;
const attaching = ["send_messages", "attach_files"] as const;

type Answer = Reply<ReplyBody<"add_message">>;

/** Who asks for what, and who answers it. */
interface Asked {
  readonly room: Room;
  readonly request: Request<"add_message">;
  readonly from: Requester;
  readonly reply: Answer;
  /** Of its nonce; null where it has none. */
  readonly key: string | null;
}

export const addMessage: RoomHandler<"add_message">["run"] = (room, request, from, reply) => {
  const asked = { room, request, from, reply, key: nonceKey(request, from) };
  const rules = request.attachments?.length ? attaching : sending;
  return whenThere(asViewer(room, from.id, request.channel_id, ...rules), (viewer) =>
    viewer.ok ? addAs(asked, viewer.value) : reply(viewer),
  );
};

function addAs(asked: Asked, viewer: Viewer): void | Promise<void> {
  const { room, request, from, reply, key } = asked;
  const locked = lockOf(room);
  if (locked) return reply(locked);
  const earlier = key === null ? undefined : room.nonces.get(key);
  if (earlier) return room.background("add_message", repeat(room, earlier, from, reply), reply);
  const { member, channel } = viewer;
  if (channel.slow_mode_s > 0) return addSlowly(asked, viewer);
  return whenThere(draftOf(room, request, member, channel), (draft) => addDraft(asked, viewer, draft));
}

async function addSlowly(asked: Asked, viewer: Viewer): Promise<void> {
  const { room, request, from, reply } = asked;
  const { member, channel } = viewer;
  const slowed = await slowedDown(room, member, channel);
  if (slowed) return reply((await storedBefore(room, request, from)) ?? slowed);
  await addDraft(asked, viewer, await draftOf(room, request, member, channel));
}

function addDraft(asked: Asked, viewer: Viewer, draft: Outcome<Draft>): void | Promise<void> {
  if (!draft.ok) return refuseDraft(asked, draft);
  if (!draft.value.mentions_here) return add(asked, viewer, draft.value, null);
  const { member, channel } = viewer;
  return thoseHere(asked.room, member, channel).then((here) => add(asked, viewer, withAll(draft.value, here), here));
}

async function refuseDraft({ room, request, from, reply }: Asked, refusal: Outcome<never>): Promise<void> {
  reply((await storedBefore(room, request, from)) ?? refusal);
}

/** Hands the message to the writer in this turn. */
function add(asked: Asked, { member, channel }: Viewer, draft: Draft, here: readonly number[] | null): void {
  const { room, key } = asked;
  const takeBack = channel.slow_mode_s > 0 ? wroteNow(room, member, channel) : null;
  const added = commitDraft(asked, draft, here);
  if (takeBack) void added.then(({ ok }) => !ok && takeBack());
  if (key !== null) room.nonces.set(key, added);
  room.underway(added);
}

/** Settles when all is told, with the id of the message of this nonce. */
function commitDraft(asked: Asked, draft: Draft, here: readonly number[] | null): Promise<Outcome<number>> {
  const { room, reply } = asked;
  let message: ChatMessage = draft;
  let was_added = false;
  const committed = room.on.commit(room, {
    reserve: () => room.feed(draft.channel_id).reserve(),
    write(seq) {
      message = { ...draft, id: seq, seq };
      return room.on.store.messages.add(message, here);
    },
    came: ({ added }) => added,
    answer({ added }) {
      was_added = added;
      if (added) tellAdded(room, message, reply);
      else forget(asked);
    },
  });
  return committed.then(
    () => (was_added ? success(message.id) : explain(asked, message)),
    (error) => failed(asked, error),
  );
}

async function explain(asked: Asked, message: ChatMessage): Promise<Outcome<number>> {
  const { room, from, reply } = asked;
  try {
    const first = await whyNotAdded(room, message, from);
    reply(first);
    return first.ok ? success(first.value.message.id) : first;
  } catch (error) {
    return failed(asked, error);
  }
}

function failed(asked: Asked, error: unknown): Outcome<never> {
  const { room, reply } = asked;
  forget(asked);
  const refusal = {
    ok: false as const,
    error: room.on.onFault(error, { address: `room:${room.id}`, call: "add_message" }),
  };
  reply(refusal);
  return refusal;
}

/** What was refused has not used its nonce: forgotten before anybody is told so, it has whoever asks again judged anew. */
function forget({ room, key }: Asked): void {
  if (key !== null) room.nonces.delete(key);
}

/**
 * What was decided no longer held: the nonce was used, or the author, the channel or an upload had gone. Who was removed
 * may be back by now; nothing stands against the message any more, and it can be sent again.
 */
async function whyNotAdded(
  room: Room,
  message: ChatMessage,
  from: Requester,
): Promise<Outcome<ReplyBody<"add_message">>> {
  const first = await storedBefore(room, message, from);
  if (first) return first;
  const { rooms, uploads } = room.on.store;
  const [member, server_id] = await Promise.all([
    rooms.member(room.id, from.id),
    rooms.serverOf("channel", message.channel_id),
  ]);
  if (!member || server_id === null) return notFound();
  const upload_ids = message.attachments.map(({ id }) => id);
  const owned = new Set((await uploads.ownedBy(from.id, upload_ids)).map(({ id }) => id));
  const gone = upload_ids.findIndex((id) => !owned.has(id));
  if (gone !== -1) return failure("bad_request", "You have no such upload.", { path: `data.attachments.${gone}` });
  const { channel_id, nonce } = message;
  const was_deleted = nonce !== null && (await room.on.store.messages.wasDeleted(from.id, channel_id, nonce));
  return was_deleted ? deletedSince() : failure("unavailable", "The message was not added; send it again.");
}

function tellAdded(room: Room, message: ChatMessage, reply: Answer): void {
  const view = messageView(message, null);
  const is_standing = room.structure.channel(message.channel_id) !== undefined;
  if (is_standing && room.feed(message.channel_id).add(message)) room.gate.beginChange();
  const json = JSON.stringify(view);
  reply({ ok: true, value: { message: view }, json: `{"message":${json}}` });
  if (!is_standing) return;
  room.tellChannel("message_added", message.channel_id, message.seq, view, json);
  room.on.said(message);
}

/** Answers a request whose nonce is being used, or was. */
async function repeat(room: Room, earlier: Promise<Outcome<number>>, from: Requester, reply: Answer): Promise<void> {
  const first = await earlier;
  if (!first.ok) return reply(first);
  const message = await room.message(first.value);
  reply(message ? success({ message: messageView(message, from.id) }) : deletedSince());
}

/** The author's message of the same nonce that is stored in the channel. */
async function storedBefore(
  room: Room,
  { channel_id, nonce }: { channel_id: number; nonce?: string | null | undefined },
  from: Requester,
) {
  if (typeof nonce !== "string") return null;
  const message = await room.on.store.messages.byNonce(from.id, channel_id, nonce);
  return message && success({ message: messageView(message, from.id) });
}

/** Sending it again would bring back what somebody deleted. */
const deletedSince = () => failure("conflict", "This message was added before, and has been deleted since.");

function nonceKey(
  { channel_id, nonce }: Pick<Request<"add_message">, "channel_id"> & { nonce?: string | null | undefined },
  from: Requester,
): string | null {
  return typeof nonce === "string" ? `${from.id} ${channel_id} ${nonce}` : null;
}

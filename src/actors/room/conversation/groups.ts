// Changes of a group: what it shows, who comes and who goes. They pass the room's gate one at a time, each decided on
// the group as it is stored, and made only if it still is so. Everybody in it may change it but for sending others away.

import type { Write } from "../../../db/engine/write.ts";
import type { SavedConversation } from "../../../db/queries/conversation-writes.ts";
import { refusedAfter } from "../../../db/queries/conversation-writes.ts";
import type { StandingConversation } from "../../../db/queries/conversations.ts";
import { addingRefusal, mayChange, mayRemove, ownerWithout } from "../../../domain/conversations.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import { DECISIONS } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { judgePicture } from "../../pictures.ts";
import type { Requester } from "../../session/calls.ts";
import type { PlannedRows } from "../plan.ts";
import type { ConversationRoom } from "./conversation-room.ts";
import { accept, answerView, type ConversationHandler } from "./lists.ts";

type GroupType = "update_conversation" | "add_conversation_member" | "remove_conversation_member";

export const groupHandlers: { [Name in GroupType]: ConversationHandler<Name> } = {
  update_conversation: {
    mode: "beside",
    async run(room, { changes }, from, reply) {
      const is_mere_acceptance = changes.name === undefined && changes.image === undefined;
      const decide = (group: StandingConversation) => decideLook(room, group, changes, from);
      if (!is_mere_acceptance) return changeGroup(room, from, decide, (ok) => answerWith(room, from, ok, reply));
      if (!(await room.member(from.id))) return reply(notFound());
      await accept(room, from, reply);
    },
  },

  add_conversation_member: {
    mode: "beside",
    run: (room, { user_id }, from, reply) =>
      changeGroup(
        room,
        from,
        (group) => decideArrival(room, group, user_id, from),
        (outcome) => answerWith(room, from, outcome, reply),
      ),
  },

  remove_conversation_member: {
    mode: "beside",
    run: (room, { user_id }, from, reply) =>
      changeGroup(
        room,
        from,
        (group) => decideDeparture(room, group, user_id, from),
        async (outcome) => reply(outcome.ok ? success({}) : outcome),
      ),
  },
};

/** What is written, and what it makes of who the room knows to be in it. */
interface GroupChange {
  write: Write<SavedConversation>;
  rows: PlannedRows;
  seq: number;
}

/** Null: there is nothing to be changed. */
type Decision = Outcome<GroupChange | null>;

async function decideLook(
  { id, on: { store, ids } }: ConversationRoom,
  group: StandingConversation,
  changes: Request<"update_conversation">["changes"],
  from: Requester,
): Promise<Decision> {
  if (!mayChange(group)) return forbidden("Only a group has a name and a picture.");
  const { name = group.name, image = group.image } = changes;
  if (name === group.name && image === group.image) return success(null);
  const is_new = typeof image === "string" && image !== group.image;
  const judged = is_new ? await judgePicture(store, from.id, image, "data.changes.image") : success(null);
  if (!judged.ok) return judged;
  const picture = judged.value === null ? undefined : { user_id: from.id, upload_id: judged.value };
  const seq = ids.next();
  const write = store.conversations.save({ id, name, image, picture, known_seq: group.seq, seq });
  return success({ write, rows: {}, seq });
}

async function decideArrival(
  { id, on: { store, ids, clock } }: ConversationRoom,
  group: StandingConversation,
  user_id: number,
  from: Requester,
): Promise<Decision> {
  const { conversations } = store;
  const is_there = group.members.some((member) => member.user_id === user_id);
  if (is_there && mayChange(group)) return success(null);
  const [strangers, brought, crowded] = await Promise.all([
    conversations.strangersTo(from.id, [user_id]),
    conversations.broughtBy(id, user_id),
    conversations.crowdedAmong([user_id]),
  ]);
  const standing = { is_friend: strangers.length === 0, refused: brought?.refused ?? [] };
  const refusal = addingRefusal(group, from.id, standing);
  if (refusal === "full") return limitReached("The group is full.", "conversation_members");
  if (refusal) return forbidden("A member of a group may bring in friends, unless these left it by the same hand.");
  if (crowded.length > 0) return limitReached("They have too many conversations.", "conversations_per_user");
  const [now, seq] = [clock(), ids.next()];
  const write = conversations.add({ id, user_id, added_by: from.id, known_seq: group.seq, seq, now });
  const joined = { joined_at: now, joined_seq: seq, seq };
  const member = { user_id, nickname: null, role_ids: [], timed_out_until: null, bot: null, ...joined };
  return success({ write, rows: { members: [member] }, seq });
}

async function decideDeparture(
  { id, on: { store, ids, clock } }: ConversationRoom,
  group: StandingConversation,
  user_id: number,
  from: Requester,
): Promise<Decision> {
  if (!mayRemove(group, from.id, user_id)) return forbidden("Only a group's owner may send others away.");
  if (!group.members.some((member) => member.user_id === user_id)) return notFound();
  const brought = await store.conversations.broughtBy(id, user_id);
  const { refused = [], added_by = user_id } = brought ?? {};
  const [seq, now] = [ids.next(), clock()];
  const write = store.conversations.remove({
    ...{ id, user_id, known_seq: group.seq, seq, now },
    owner_id: ownerWithout(group, user_id),
    is_last: group.members.length === 1,
    refused: user_id === from.id ? refusedAfter(refused, added_by) : refused,
  });
  return success({ write, rows: { left_members: [{ user_id, seq }] }, seq });
}

/** Decides, makes the change, answers, and has everybody whom it concerns told. */
function changeGroup(
  room: ConversationRoom,
  from: Requester,
  decide: (group: StandingConversation) => Promise<Decision>,
  answer: (outcome: Outcome<null>) => Promise<void>,
): Promise<void> {
  return room.gate.exclusively(async () => {
    for (let left = DECISIONS; left > 0; left -= 1) {
      if (room.hasEnded) break;
      const group = await room.on.store.conversations.load(room.id);
      if (!group?.members.some(({ user_id }) => user_id === from.id)) return answer(notFound());
      const decided = await decide(group);
      if (!decided.ok) return answer(decided);
      if (!decided.value) return answer(success(null));
      const saved = await commitChange(room, decided.value);
      if (saved) return answer(success(null)).finally(() => room.written(saved.self));
      await room.takeInDepartures();
    }
    return answer(busy());
  });
}

/** Null where something came between. */
async function commitChange(
  room: ConversationRoom,
  { write, rows, seq }: GroupChange,
): Promise<SavedConversation | null> {
  let saved: SavedConversation | null = null;
  const came = (rows.members ?? []).map(({ user_id }) => user_id);
  const left = (rows.left_members ?? []).map(({ user_id }) => user_id);
  await room.gate.whileChanging(() =>
    room.on.commit(room, {
      write: () => write,
      unsure: () => room.catchUp(...came, ...left),
      apply: () => room.apply(rows, seq),
      answer: (stored) => {
        saved = stored;
      },
    }),
  );
  return saved;
}

async function answerWith(
  room: ConversationRoom,
  from: Requester,
  outcome: Outcome<null>,
  reply: Reply<ReplyBody<"update_conversation">>,
): Promise<void> {
  if (outcome.ok) await answerView(room, from, reply);
  else reply(outcome);
}

const forbidden = (why: string) => failure("forbidden", why);
const limitReached = (why: string, limit: string) => failure("limit_reached", why, { limit });

// Whose a server is when nobody in it decides that: it goes from an owner whose account ends to whoever may do all in it
// for longest, or is locked; and whoever runs the installation gives it to a member.
// Must not give it to somebody who then reads what they couldn't: an administrator reads all of it already.

import type { Statement } from "../../db/engine/driver.ts";
import { hasRule } from "../../domain/permissions.ts";
import { failure, notFound, success } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/actor.ts";
import { serverView } from "../server-view.ts";
import { entryOf } from "./audit.ts";
import { makeChange } from "./change.ts";
import { changedFields } from "./changed-fields.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

/** Nobody in the server did it; in its log whom it was given to stands for who gave it. */
const BY_OPERATORS = "Given by who runs this installation.";

export function succeedOwner(room: Room, owner_id: number, reply: Reply<null>): Promise<void> {
  return makeChange(
    room,
    async (nextSeq) => {
      const { server } = room.structure;
      if (server.owner_id !== owner_id || server.locked_at !== null) return success({ rows: {}, value: () => null });
      const heir_id = await heirOf(room, owner_id);
      const change = heir_id === null ? { locked_at: room.on.clock() } : { owner_id: heir_id };
      const plan = changeOfOwner(room, change, nextSeq);
      const views = { before: serverView(server), after: serverView({ ...server, ...change }) };
      return success({ ...plan, audit: [entryOf(room, { id: owner_id }, "server_updated", room.id, views)] });
    },
    reply,
  );
}

/** `conflict` where they are no member of it. */
export function handOver(room: Room, user_id: number, also: readonly Statement[], reply: Reply<null>): Promise<void> {
  return makeChange(
    room,
    async (nextSeq) => {
      if (room.deleted) return notFound();
      const heir = await room.member(user_id);
      if (!heir) return failure("conflict", "They are no member of the server.");
      if (heir.bot) return failure("conflict", "A bot owns no server.");
      const { server } = room.structure;
      const is_done = server.owner_id === user_id && server.locked_at === null;
      if (is_done) return success({ rows: {}, value: () => null });
      const change = { owner_id: user_id, locked_at: null };
      const views = { before: serverView(server), after: serverView({ ...server, ...change }) };
      const entry = entryOf(room, { id: user_id }, "server_updated", room.id, { ...views, reason: BY_OPERATORS });
      return success({ ...changeOfOwner(room, change, nextSeq), also, audit: [entry] });
    },
    reply,
  );
}

/** Who has been there longest of those whose roles let them do everything; null where there is nobody. */
function heirOf({ id, structure, on }: Room, owner_id: number): Promise<number | null> {
  const ruling = structure.roles().filter(({ rules }) => hasRule(rules, "admin"));
  const role_ids = ruling.map((role) => role.id);
  const are_all = role_ids.includes(structure.server.default_role_id);
  const among = { role_ids: are_all ? null : role_ids, now: on.clock() };
  return on.store.rooms.longestServing(id, { without: owner_id, ...among });
}

type Change = { owner_id?: number; locked_at?: number | null };

function changeOfOwner(room: Room, change: Change, nextSeq: () => number): Plan<null> {
  const standing = room.structure.server;
  const server = { ...standing, ...change, seq: nextSeq() };
  const data = { server_id: room.id, ...changedFields(serverView(standing), serverView(server)) };
  return {
    rows: { server },
    while_locked: true,
    value: () => null,
    events: () => [{ type: "server_updated", seq: server.seq, data }],
  };
}

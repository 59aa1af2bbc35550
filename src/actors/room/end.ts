// The end of a server: one transaction, after which nobody is answered here any more, and each of its members is told on
// their own topic.

import type { Statement } from "../../db/engine/driver.ts";
import type { SelfSeq } from "../../db/queries/self-topics.ts";
import { limits } from "../../domain/limits.ts";
import { busy, failure, notFound, type Outcome, success } from "../../protocol/outcome.ts";
import { DECISIONS } from "../commit/commit.ts";
import type { Reply } from "../kernel/actor.ts";
import { takeIn } from "./change.ts";
import type { Room } from "./room.ts";
import { catchUp } from "./self-news.ts";

/** Only for the owner. */
export async function asOwner(room: Room, user_id: number): Promise<Outcome<null>> {
  if (!(await room.member(user_id))) return notFound();
  if (user_id !== room.structure.server.owner_id) return failure("forbidden", "Only the owner may do this.");
  return success(null);
}

/** Deletes the server, as somebody wishes who may: `mayEnd` says whether, each time that it is decided. */
export function endServer(
  room: Room,
  mayEnd: () => Promise<Outcome<null>>,
  reply: Reply<Record<string, never>>,
  also: readonly Statement[] = [],
): Promise<void> {
  return room.gate.exclusively(async () => {
    for (let left = DECISIONS; left > 0; left -= 1) {
      const may = await mayEnd();
      if (!may.ok) return reply(may);
      if (room.hasEnded) break;
      if ((await room.gate.whileChanging(() => commitEnd(room, also, reply))) === "done") return;
      await takeIn(room);
    }
    reply(busy());
  });
}

/** Whoever runs the installation, who wants `also` stored with it, may end any. */
export function endByOperator(room: Room, also: readonly Statement[], reply: Reply<null>): Promise<void> {
  const mayEnd = async () => (room.deleted ? notFound() : success(null));
  return endServer(room, mayEnd, (ended) => reply(ended.ok ? success(null) : ended), also);
}

async function commitEnd(room: Room, also: readonly Statement[], reply: Reply<Record<string, never>>) {
  const { actors, store, ids, clock, commit } = room.on;
  const member_ids = await store.rooms.memberIds(room.id);
  return commit(room, {
    write: () => store.rooms.remove(room.id, { seq: ids.next(), known_seq: room.storedSeq, now: clock(), also }),
    unsure: () => catchUp(actors, member_ids),
    apply: () => room.close(),
    answer: () => reply(success({})),
    // Work of its own, whose reply has gone: the room isn't gone before it, and a fault in it is known of.
    tell: ({ self }) => room.background("delete_server", tellMembers(room, self), () => {}),
  });
}

/** In slices, so that nothing else waits for a large server. */
async function tellMembers({ id, on: { actors } }: Room, self: readonly SelfSeq[]) {
  for (let told = 0; told < self.length; told += limits.announced_at_once) {
    if (told > 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    for (const of_self of self.slice(told, told + limits.announced_at_once)) {
      actors.tell("presence", "membership_changed", { ...of_self, deleted: id });
    }
  }
}

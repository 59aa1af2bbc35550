// A session that heard of this room from another owner, at another node, and keeps its socket: it is told what happened
// since, as a client is by `sync`, but as events. Where that can't be done, it has to come back and ask.

import { limits } from "../../../domain/limits.ts";
import { busy, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import type { Heard } from "../calls.ts";
import type { Room } from "../room.ts";
import { catchUpAlone } from "./sync.ts";

export function resume(
  room: Room,
  { from, heard }: { from: Requester; heard: Heard },
  reply: Reply<null>,
): Promise<void> {
  const request = { from, heard, bytes: limits.sync_bytes, again: false, within_ms: limits.request_deadline_ms };
  return catchUpAlone(room, request, (caught_up) => {
    if (!caught_up.ok) return reply(caught_up);
    const answers = Object.values(caught_up.value);
    if (answers.some((answer) => "reset" in answer)) return reply(busy());
    for (const answer of answers) {
      if (!("events" in answer)) continue;
      for (const event of answer.events) room.on.gateway.send(from.session, JSON.stringify(event));
    }
    reply(success(null));
  });
}

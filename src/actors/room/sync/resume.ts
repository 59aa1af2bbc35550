// A session that heard of this room from another owner, at another node, and keeps its socket: it is answered what
// happened since, as a client is by `sync`, and subscribed. Its node hands it that, and until then nothing of the room.

import { limits } from "../../../domain/limits.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import type { Answers, Heard } from "../calls.ts";
import type { Room } from "../room.ts";
import { unsubscribeFromTopics } from "../topics.ts";
import { catchUpAlone } from "./sync.ts";

export function resume(
  room: Room,
  { from, heard }: { from: Requester; heard: Heard },
  reply: Reply<Answers>,
): Promise<void> {
  // Its node took it off them, whether this room has had it subscribed before or not.
  unsubscribeFromTopics(room, from.session, Object.keys(heard));
  const request = { from, heard, bytes: limits.sync_bytes, again: false, within_ms: limits.request_deadline_ms };
  return catchUpAlone(room, request, reply);
}

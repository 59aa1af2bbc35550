// What a node takes note of in what its sessions ask of owners, and in what they are answered: whose they are and who sits
// before them, how far they have heard, and what is held back until an answer is out.

import type { ActorKinds } from "../../actors/calls.ts";
import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";
import type { Reply, RequestAt } from "../../actors/kernel/actor.ts";
import type { AnswerLine } from "../../actors/kernel/system.ts";
import type { Claiming } from "../../actors/people/calls.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { Holds } from "./holds.ts";
import { answeredUpTo, holdsUp } from "./what-asks.ts";
import { serverOfAddress } from "./whereabouts.ts";

export type ResumeRequest = RequestAt<ActorKinds["room"], "resume">;
type ActiveRequest = RequestAt<ActorKinds["presence"], "set_active">;

/** Who is told of it. */
export interface Noting {
  holds: Holds;
  /** A session of this node claims a login. */
  claimed(claiming: Claiming): void;
  /** It says whether somebody sits before it. */
  active(session: SessionId, is_active: boolean): void;
  /** It is answered what it read of the topic, as of that `seq`. */
  answered(session: SessionId, topic: Topic, seq: number): void;
  /** With each answer to a `resume`, before whoever asked hears it. */
  resumed(address: string, request: ResumeRequest, outcome: Outcome<unknown>): void;
}

/** The reply for this ask; `then`: run when a session has been answered what it missed. */
export function noting(
  on: Noting & { line: AnswerLine; then(address: string): void },
  { address, call, request }: { address: string; call: string; request: unknown },
  reply: Reply<unknown>,
): Reply<unknown> {
  if (call === "perform") return notingRead(on, address, request, reply);
  if (address === "presence" && call === "admit") on.claimed(request as Claiming);
  if (address === "presence" && call === "set_active")
    on.active((request as ActiveRequest).session, (request as ActiveRequest).active);
  if (call !== "resume") return reply;
  return (outcome) => {
    on.resumed(address, request as ResumeRequest, outcome);
    reply(outcome);
    on.then(address);
  };
}

/** How far the session has heard of what it reads; and what people tell it meanwhile. */
function notingRead(
  { holds, answered, line }: Noting & { line: AnswerLine },
  address: string,
  request: unknown,
  reply: Reply<unknown>,
): Reply<unknown> {
  const server_id = serverOfAddress(address);
  const session = holdsUp("perform", request);
  if (session !== null) holds.begin(session);
  return (outcome) => {
    const told = server_id !== null && outcome.ok ? answeredUpTo(server_id, request, outcome) : null;
    if (told) answered(told.session, told.topic, told.seq);
    reply(outcome);
    if (session !== null) line.put(() => holds.end(session));
  };
}

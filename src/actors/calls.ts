// Every kind of actor and what it can be asked: the one place where an address meets its calls.

import type { GuessCalls } from "./guesses.ts";
import type { Address as KernelAddress } from "./kernel/actor.ts";
import type { ActorSystem } from "./kernel/system.ts";
import type { NodeCalls } from "./nodes.ts";
import type { FriendshipCalls, PresenceCalls, ProfileCalls } from "./people/calls.ts";
import type { RoomCalls } from "./room/calls.ts";
import type { SessionCalls } from "./session/calls.ts";
import type { UpkeepCalls } from "./upkeep.ts";

export interface ActorKinds {
  /** One a connection. */
  session: SessionCalls;
  /** The one registry of who is online, at the address `presence`. */
  presence: PresenceCalls;
  /** One a server or conversation, `room:<id>`, while somebody speaks to it or listens. */
  room: RoomCalls;
  /** One a user, `profile:<id>`, while they change their profile. */
  profile: ProfileCalls;
  /** One a pair of people, `friendship:<lower id>-<higher id>`, while something happens between them. */
  friendship: FriendshipCalls;
  /** The one at the address `guesses`, which counts them. */
  guesses: GuessCalls;
  /** The one at the address `upkeep`, where the work is done that only one process does. */
  upkeep: UpkeepCalls;
  /** One a process, `node:<number>`; `node:0` of one that is alone. */
  node: NodeCalls;
}

export type Address = KernelAddress<ActorKinds>;
export type Actors = ActorSystem<ActorKinds>;

/** All that speaking to actors takes, as who has a place in a pool does it. */
export type Asking = Pick<Actors, "tell" | "ask" | "request" | "atPlace">;

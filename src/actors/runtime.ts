// What actors stand on: how they find each other, speak to sessions and store, be it in this process alone or as one node
// of several. Whoever composes the server picks one; no actor can tell which.

import type { Perform } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";
import { alone, type Duty } from "../db/upkeep/duty.ts";
import { createIdGenerator, type IdGenerator } from "../domain/ids.ts";
import type { ActorKinds, Actors } from "./calls.ts";
import type { Gateway } from "./delivery/gateway.ts";
import type { Line } from "./delivery/line.ts";
import { LinedGateway } from "./delivery/lined-gateway.ts";
import { ActorSystem, type SystemOptions } from "./kernel/system.ts";
import type { Standing } from "./people/calls.ts";

/** Through what an owner tells and stores: it has no effect once somebody else is the owner. */
export interface Voice {
  gateway: Gateway;
  perform: Perform;
}

/** The same for people, of whom others must know enough to go on. */
export interface PeopleVoice extends Voice {
  onStanding: ((standing: Standing) => void) | null;
}

export interface Runtime {
  ids: IdGenerator;
  /** For what a node says to its own sessions, whoever owns what. */
  gateway: Gateway;
  /** For what no actor owns. */
  perform: Perform;
  /** Of what only one process does. */
  duty: Duty;
  /** What an actor is told may be heard only after others have the answers of whoever told it. */
  hints_lag: boolean;
  createActors(options: SystemOptions): Actors;
  forRoom(server_id: number): Voice;
  forPeople(): PeopleVoice;
  /** Has this run whenever words of people's owner may have been lost, such as that a log-in is no longer good. */
  whenPeopleMoved(run: () => void): void;
}

/** One process, which owns everything. */
export async function runtimeAlone(on: Alone, line: Line): Promise<Runtime> {
  const { store, gateway: sockets, clock, random, duty = alone } = on;
  const { perform } = store.writer;
  const voice: Voice = { gateway: new LinedGateway(line, sockets), perform };
  return {
    ...voice,
    ...{ hints_lag: false, duty },
    ids: createIdGenerator(await store.maxId(), clock, random),
    createActors: (options) => new ActorSystem<ActorKinds>(options),
    forRoom: () => voice,
    forPeople: () => ({ ...voice, onStanding: null }),
    whenPeopleMoved() {},
  };
}

interface Alone {
  store: Pick<Store, "maxId" | "writer">;
  gateway: Gateway;
  clock(): number;
  random(): number;
  duty?: Duty | undefined;
}

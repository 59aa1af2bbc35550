// A room that is given up: the next one must not read the server before the changes of this one are stored or lost, nor
// be stopped in its place.

import { expect, test } from "bun:test";
import { Room } from "../../../src/actors/room/room.ts";
import type { LoadedServer } from "../../../src/db/queries/rooms.ts";

const ids = { next: () => 1, pass() {} };
const structure: LoadedServer = {
  server: {
    ...{
      id: 2,
      name: "Orchard",
      image: null,
      description: null,
      owner_id: 1,
      default_role_id: 3,
      locked_at: null,
      joins: "open" as const,
    },
    ...{ num_members: 1, created_at: 0, seq: 1 },
  },
  roles: [],
  categories: [],
  channels: [],
  last_seq: 1,
};

test("a room that fails in many ways at once is stopped once: the next one at its address is not", async () => {
  const stopped: string[] = [];
  const actors = { stop: (address: string) => stopped.push(address) };
  const room = new Room({ actors, ids } as unknown as ConstructorParameters<typeof Room>[0], structure);
  room.end();
  await room.abandon();
  room.end();
  expect(stopped).toEqual(["room:2"]);
});

test("a room waits for the change under way, and for those behind it, before it is gone", async () => {
  const room = new Room({ ids } as unknown as ConstructorParameters<typeof Room>[0], structure);
  const events: string[] = [];
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const changes = [first, second].map(({ promise }, index) =>
    room.gate.exclusively(() => promise).then(() => void events.push(`change ${index + 1}`)),
  );
  for (const change of changes) room.background("change", change, () => {});
  const gone = room.abandon().then(() => events.push("gone"));
  first.resolve();
  await changes[0];
  second.resolve();
  await gone;
  await changes[1];
  expect(events).toEqual(["change 1", "change 2", "gone"]);
});

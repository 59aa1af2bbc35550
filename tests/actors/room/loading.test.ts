// A room that is loaded while others write: what it holds is of one moment, and what came after that is taken in.

import { expect, test } from "bun:test";
import type { LoadedServer } from "../../../src/db/queries/rooms.ts";
import { fakeRoom, OWNER, SERVER, settled, storedServer } from "./fake-room.ts";

const [READER, GONE] = [11, 31];

/** A server of two, one of whose accounts ends as soon as the server has been read. */
function emptying() {
  const departures: { user_id: number; seq: number }[] = [];
  const { server } = storedServer;
  return {
    async load(): Promise<LoadedServer> {
      const loaded = { ...storedServer, server: { ...server, num_members: 2 - departures.length } };
      departures.push({ user_id: GONE, seq: 50 });
      return loaded;
    },
    lastSeq: async () => departures.at(-1)?.seq ?? storedServer.last_seq,
    departedSince: async (_: number, since: number) => departures.filter(({ seq }) => seq > since),
  };
}

test("an account that ends while its server is loaded is counted out once", async () => {
  const room = fakeRoom({ [READER]: OWNER }, emptying());
  const numMembers = async () => {
    room.ask(READER, "get_server", { server_id: SERVER });
    await settled();
    return room.frames.get(READER)?.at(-1)?.reply?.server.num_members;
  };
  expect(await numMembers()).toBe(2);
  for (const _ of ["the hint of its end", "the same again"]) {
    expect(await room.actors.request(`room:${SERVER}`, "departed", null)).toMatchObject({ ok: true });
    expect(await numMembers()).toBe(1);
  }
  expect(room.faults).toEqual([]);
});

// Whatever happens in whatever order: what a client has built from pushes alone is what the server says. Random steps
// of six people, several at once.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Frame, Json, TestClient } from "../harness/client.ts";
import { type Random, seededRandom } from "../harness/random.ts";
import { startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";
import { friendList, graceOver } from "./people.ts";

const PEOPLE = 6;
const STEPS = 400;
const MOST_AT_ONCE = 6;
const MOST_SESSIONS = 3;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ presence_grace_ms: 60 });
});
afterAll(() => server.stop());

interface Person extends TestUser {
  clients: TestClient[];
}

/** Begins one random step; settles when it is over. */
async function step(people: Person[], random: Random): Promise<void> {
  const [me, peer] = [random.pick(people), random.pick(people)];
  const client = me.clients.length > 0 ? random.pick(me.clients) : undefined;
  /** The answer, or the end of the connection: who asks may close at once. */
  const ask = (request: Frame) => client && Promise.race([client.ask(request), client.closed]);
  const steps: Record<string, () => unknown> = {
    connect: async () => {
      if (me.clients.length >= MOST_SESSIONS) return;
      const opened = await server.connect(me);
      me.clients.push(opened);
    },
    close: async () => {
      if (client && me.clients.includes(client)) me.clients.splice(me.clients.indexOf(client), 1);
      await client?.close();
    },
    play: () => client?.send({ type: "now-playing", message: random.pick(["", "Chess", "Go"]) }),
    befriend: () => ask({ type: "send-friend-request", message: peer.name }),
    accept: () => ask({ type: "accept-friend-request", message: String(peer.id) }),
    reject: () => ask({ type: "reject-friend-request", message: String(peer.id) }),
    remove: () => ask({ type: "remove-friend", message: String(peer.id) }),
  };
  const often = ["connect", "connect", "close", "play", "play", "befriend", "befriend", "befriend", "accept", "accept"];
  await steps[random.pick([...often, "reject", "remove"])]?.();
}

function comparable(list: Json[]): Json[] {
  const asSeen = ({ id, type, name, status, playing, lastOnline }: Json) => {
    return { id, type, name, status, playing, lastOnline };
  };
  return list.map(asSeen).sort((one, other) => one.id - other.id);
}

test.each([1, 2, 3])("the pictures of all are the server's after 400 random steps from seed %i", async (seed) => {
  const random = seededRandom(seed);
  const users = await Promise.all(Array.from({ length: PEOPLE }, () => server.user(uniqueName("person"))));
  const people: Person[] = users.map((user) => ({ ...user, clients: [] }));
  for (let done = 0; done < STEPS; ) {
    const at_once = random.whole(1, MOST_AT_ONCE);
    await Promise.all(Array.from({ length: at_once }, () => step(people, random)));
    done += at_once;
  }
  await graceOver(server);

  const believed_by = new Map<number, Map<number, string>>();
  for (const person of people) {
    for (const client of person.clients) {
      const { result: friends } = await client.ask({ type: "get-friends" });
      const { result: requests } = await client.ask({ type: "get-friend-requests" });
      const list = friendList(client.seen);
      expect(comparable([...list.values()])).toEqual(comparable([...friends, ...requests]));
      for (const { id, status } of friends) {
        const there = people.some((one) => one.id === id && one.clients.length > 0);
        expect({ id, status }).toEqual({ id, status: there ? 1 : 0 });
      }
      believed_by.set(person.id, new Map([...list.values()].map(({ id, type }) => [id, type])));
    }
  }
  expect([...believed_by.values()].some((list) => list.size > 0)).toBe(true);
  const mirrored: Record<string, string> = { friend: "friend", incoming: "outgoing", outgoing: "incoming" };
  for (const [me, list] of believed_by) {
    for (const [peer, type] of list) {
      const theirs = believed_by.get(peer);
      if (theirs) expect(theirs.get(me)).toBe(mirrored[type] as string);
    }
  }
  await Promise.all(people.flatMap(({ clients }) => clients.map((client) => client.close())));
});

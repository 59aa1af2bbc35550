// One account does the worst of a kind that its limits allow. Whoever does so is refused or waits for themselves; all
// others are answered meanwhile, and nobody else is closed, refused or locked out.

import { afterEach, describe, expect, test } from "bun:test";
import { channelId, nameOf, PASSWORD } from "../../bench/neighbours/land.ts";
import { serverId } from "../../bench/seed.ts";
import { type RawClient, rawClient } from "../../scripts/reliability/raw-client.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import type { Frame } from "../harness/client.ts";
import { done, refusal } from "../harness/community.ts";
import { pngOfBytes } from "../uploads/samples.ts";
import { addressOf, from, openTown, type Person, results, type Town } from "./town.ts";

const PATIENCE_MS = 60_000;
/** Of mallory and whoever helps them: one address, and users who are no ordinary people. */
const ELSEWHERE = "198.51.100.1";
const [MALLORY, HELPER, OWNER] = [101, 102, 103];
/** Of theirs; the first server is everybody else's. */
const THEIRS = 2;

let town: Town;
afterEach(() => town.stop());

const logIn = async (user: number, password = PASSWORD, address = addressOf(user)): Promise<number> => {
  const body = JSON.stringify({ username: nameOf(user), password });
  return (await fetch(`${town.url}/api/v1/user/login`, { method: "POST", headers: from(address), body })).status;
};

/** Bob does what people do, on a session that was open before; nothing of it may be refused. */
async function expectServed({ client }: Person): Promise<void> {
  const epoch = client.seen[0]?.["data"].epoch;
  const content = "shall we see the other one tonight?";
  const channel_id = channelId(1);
  const answers = await Promise.all([
    client.ask({ type: "ping" }),
    client.ask({ type: "add_message", data: { channel_id, content } }),
    client.ask({ type: "get_message_chunk", data: { channel_id, amount: 10, anchor: 0, direction: true } }),
    client.ask({ type: "sync", data: { epoch, topics: { self: 0 } } }),
  ]);
  expect([...results(answers)]).toEqual(["pong", "add_message", "get_message_chunk", "sync"]);
  expect(await logIn(2)).toBe(200);
  expect((await fetch(`${town.url}/readyz`)).status).toBe(200);
}

const theirs = (person: Person, count: number): Promise<Person[]> =>
  Promise.all(Array.from({ length: count }, () => town.person(person.id, ELSEWHERE)));

test(
  "a search for one sign that is said everywhere holds up nobody else's reads",
  async () => {
    town = await openTown((land) => land.server(THEIRS, { owner: MALLORY, members: [MALLORY, HELPER] }));
    const [bob, mallory, helper] = [await town.person(1), await town.person(MALLORY), await town.person(HELPER)];
    const content = `${"的".repeat(limits.search_length - 1)}一`;
    const writers = await theirs(helper, 8);
    const written = Array.from({ length: 400 }, (_, at) =>
      done(writers[at % 8] as Person, "add_message", { channel_id: channelId(THEIRS), content }),
    );
    await Promise.all(written);
    const searchers = await theirs(mallory, 8);
    const query = "的".repeat(limits.search_length);
    const data = { server_id: serverId(THEIRS), query, amount: 25, anchor: 0 };
    const searches = Array.from({ length: 80 }, (_, at) =>
      answerTo(searchers[at % 8] as Person, "search_messages", data),
    );
    await expectServed(bob);
    const allowed = ["search_messages", "unavailable", "rate_limited"];
    expect(allowed).toEqual(expect.arrayContaining([...results(await Promise.all(searches))]));
  },
  PATIENCE_MS,
);

/** The answer, however long it takes; an answer of our own where the session was closed. */
async function answerTo({ client }: Person, type: string, data: object): Promise<Frame> {
  const id = crypto.randomUUID();
  client.send({ type, data, id });
  for (let closed = false; !closed; ) {
    const answer = await client.take((frame) => frame["id"] === id).catch(() => null);
    if (answer) return answer;
    closed = await Promise.race([client.closed.then(() => true), Promise.resolve(false)]);
  }
  return { code: "closed" };
}

describe("malformed frames", () => {
  const zeros = `{"id":"1","type":"get_users","data":{"user_ids":[${new Array(32_000).fill(0).join(",")}]}}`;
  const fields = Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`${at}`, -1]));

  test.each([
    ["a list of zeros", zeros],
    ["a record of what is none", JSON.stringify({ id: "1", type: "sync", data: { epoch: "x", topics: fields } })],
    ["lists of lists", `{"id":"1","type":"ping","data":[${new Array(8_000).fill("[[[]]]").join(",")}]}`],
  ])(
    "%s, as many as may be sent: each is answered or refused, and others are served",
    async (_, frame) => {
      town = await openTown();
      const [bob, mallory] = [await town.person(1), await town.person(MALLORY, ELSEWHERE)];
      const sent = rates.session_requests.burst;
      for (let at = 0; at < sent; at += 1) mallory.client.send(frame);
      await expectServed(bob);
      const answered = answerTo(mallory, "ping", {}).then(({ type }) => type ?? "closed");
      const closed = mallory.client.closed.then(({ code }) => code);
      expect(["pong", "error", "closed", 4008]).toContain(await Promise.race([answered, closed]));
      await expectServed(bob);
      expect(bob.client.socket.readyState).toBe(WebSocket.OPEN);
    },
    PATIENCE_MS,
  );
});

describe.each(["ping", "pong"] as const)("frames below the protocol: %s", (kind) => {
  /** Far more than anybody has a use for. */
  const MOST = 2_000_000;
  const AT_ONCE = 2_000;

  test(
    "without end close the socket, and nobody else's",
    async () => {
      town = await openTown();
      const [bob, mallory] = [await town.person(1), await town.person(MALLORY, ELSEWHERE)];
      let code = 0;
      void mallory.client.closed.then((closed) => {
        code = closed.code;
      });
      for (let sent = 0; sent < MOST && code === 0; sent += AT_ONCE) {
        for (let at = 0; at < AT_ONCE; at += 1) mallory.client.socket[kind]();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(code).toBe(4008);
      await expectServed(bob);
      expect(bob.client.socket.readyState).toBe(WebSocket.OPEN);
    },
    PATIENCE_MS,
  );

  test("as many as a careful client sends in an hour close nothing", async () => {
    town = await openTown();
    const bob = await town.person(1);
    for (let sent = 0; sent < 120; sent += 1) bob.client.socket[kind]();
    await expectServed(bob);
    expect(bob.client.socket.readyState).toBe(WebSocket.OPEN);
  });
});

test(
  "uploads that drip leave room for those of others",
  async () => {
    town = await openTown();
    const [mallory, helper] = [await town.person(MALLORY, ELSEWHERE), await town.person(HELPER, ELSEWHERE)];
    const dripping = await Promise.all(
      Array.from({ length: 32 }, (_, at) => allButTheLast(at % 2 === 0 ? mallory : helper, 40)),
    );
    // By now the server has read what was written before.
    await expectServed(await town.person(3));
    const image = pngOfBytes(64 * 1024);
    const statuses = await Promise.all(
      [1, 2, 3, 4, 5].map(async (user) => {
        const { token } = await town.person(user);
        const headers = { ...from(addressOf(user)), authorization: `Bearer ${token}` };
        return (await fetch(`${town.url}/api/v1/uploads`, { method: "POST", headers, body: image })).status;
      }),
    );
    for (const { socket } of dripping) socket.destroy();
    expect(statuses).toEqual([201, 201, 201, 201, 201]);
  },
  PATIENCE_MS,
);

/** The largest upload, but for its last bytes; or as much of it as the server takes. */
async function allButTheLast({ token }: Person, lacking: number): Promise<RawClient> {
  const client = await rawClient(town.url);
  const head = ["POST /api/v1/uploads HTTP/1.1", "Host: localhost", `Authorization: Bearer ${token}`];
  head.push(`X-Forwarded-For: ${ELSEWHERE}`, `Content-Length: ${limits.upload_bytes}`);
  client.write(`${head.join("\r\n")}\r\n\r\n`);
  const written = new Promise<void>((resolve) =>
    client.socket.write(new Uint8Array(limits.upload_bytes - lacking), () => resolve()),
  );
  await Promise.race([written, client.until("HTTP/1.1"), client.closed]);
  return client;
}

test(
  "wrong passwords from anywhere lock out no owner of a name",
  async () => {
    town = await openTown();
    const alice = await town.person(1);
    const guesses = Array.from({ length: 3 * rates.login_per_name.burst }, (_, at) =>
      logIn(1, `wrong password ${at}`, `198.51.100.${at}`),
    );
    for (const status of await Promise.all(guesses)) expect([401, 429]).toContain(status);
    expect(await logIn(1)).toBe(200);
    const headers = { ...from(addressOf(1)), authorization: `Bearer ${alice.token}` };
    const body = JSON.stringify({ password: PASSWORD, new_password: PASSWORD });
    expect((await fetch(`${town.url}/api/v1/user/password`, { method: "POST", headers, body })).status).toBe(200);
  },
  PATIENCE_MS,
);

describe("invites", () => {
  const server_id = serverId(THEIRS);

  test(
    "as many as one member may make leave room for the owner's",
    async () => {
      town = await openTown((land) => land.server(THEIRS, { owner: OWNER, members: [OWNER, MALLORY] }));
      const [owner, mallory] = [await town.person(OWNER), await town.person(MALLORY, ELSEWHERE)];
      const sessions = await theirs(mallory, 6);
      const asked = Array.from({ length: limits.invites_per_server - 40 }, (_, at) =>
        answerTo(sessions[at % 6] as Person, "add_invite", { server_id }),
      );
      const allowed = ["add_invite", "limit_reached", "rate_limited"];
      expect(allowed).toEqual(expect.arrayContaining([...results(await Promise.all(asked))]));
      const more = Array.from({ length: 60 }, () => done(owner, "add_invite", { server_id }));
      expect(await Promise.all(more)).toHaveLength(60);
    },
    PATIENCE_MS,
  );

  test(
    "of somebody who is banned admit nobody",
    async () => {
      town = await openTown((land) => land.server(THEIRS, { owner: OWNER, members: [OWNER, MALLORY] }));
      const [owner, mallory, helper] = [
        await town.person(OWNER),
        await town.person(MALLORY),
        await town.person(HELPER),
      ];
      const { invite } = await done(mallory, "add_invite", { server_id });
      await done(owner, "ban_member", { server_id, user_id: MALLORY });
      expect(await refusal(helper, "join_server", { invite_code: invite.code })).toMatchObject({ code: "not_found" });
      expect((await done(owner, "get_invites", { server_id })).invites).toEqual([]);
    },
    PATIENCE_MS,
  );
});

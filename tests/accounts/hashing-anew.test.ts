// What a password is hashed by may change from one start to the next, and so may the form in which it is typed.

import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

const COMPOSED = "caf\u00e9 au lait";
const DECOMPOSED = "cafe\u0301 au lait";

const logIn = (server: Pick<TestServer, "call">, username: string, password: string) =>
  server.call("POST", "/user/login", { username, password });

const hashOf = async ({ folder }: TestServer, { id }: Pick<TestUser, "id">) =>
  String((await readRows(folder, `select password_hash from users where id = ${id}`))[0]?.["password_hash"]);

/** The parameters of all hashes that are computed while `act` is done, in no order. */
async function computedIn(act: () => Promise<unknown>): Promise<string[]> {
  const verify = spyOn(Bun.password, "verify");
  const hash = spyOn(Bun.password, "hash");
  await act();
  const verified = verify.mock.calls.map(([, of]) => String(of).split("$")[3] ?? "");
  const hashed = hash.mock.calls.map(([, of]) => `new ${(of as { memoryCost: number }).memoryCost}`);
  verify.mockRestore();
  hash.mockRestore();
  return [...verified, ...hashed].sort();
}

describe("after the memory of a hash has changed", () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  beforeAll(async () => {
    const before = await startServer({ password_memory_kib: 1024 });
    alice = await before.user();
    bob = await before.user();
    server = await before.restart({ password_memory_kib: 2048 });
  });
  afterAll(() => server.stop());

  const wrong = (name: string) => () => logIn(server, name, "wrong horse battery");

  test("a known and an unknown name cost the same, and a log-in hashes anew", async () => {
    const carol = await server.user();
    for (const { name } of [alice, bob, carol, { name: uniqueName("nobody") }]) {
      expect(await computedIn(wrong(name))).toEqual(["m=1024,t=2,p=1", "m=2048,t=2,p=1"]);
    }
    expect((await logIn(server, alice.name, PASSWORD)).status).toBe(200);
    expect(await hashOf(server, alice)).toStartWith("$argon2id$v=19$m=2048,t=2,p=1$");
    expect((await logIn(server, alice.name, PASSWORD)).status).toBe(200);
    expect(await computedIn(wrong(alice.name))).toEqual(["m=1024,t=2,p=1", "m=2048,t=2,p=1"]);
  });

  test("once the last one has logged in, they cost no more than before", async () => {
    expect((await logIn(server, alice.name, PASSWORD)).status).toBe(200);
    expect((await logIn(server, bob.name, PASSWORD)).status).toBe(200);
    for (const name of [alice.name, bob.name, uniqueName("nobody")]) {
      expect(await computedIn(wrong(name))).toEqual(["m=2048,t=2,p=1"]);
    }
    expect(await computedIn(() => logIn(server, alice.name, PASSWORD))).toEqual(["m=2048,t=2,p=1"]);
  });
});

describe("a password in another normal form", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const register = (username: string, password: string) =>
    server.call("POST", "/user/register", { username, password });

  test.each([
    ["composed", COMPOSED, DECOMPOSED],
    ["decomposed", DECOMPOSED, COMPOSED],
    ["with a space of another width", "one\u3000two three", "one two\u00a0three"],
  ])("is the same as the one that was %s", async (_, chosen, typed) => {
    const name = uniqueName("alice");
    await register(name, chosen);
    for (const password of [chosen, typed]) expect((await logIn(server, name, password)).status).toBe(200);
    const { body } = await logIn(server, name, typed);
    const change = { password: typed, new_password: `${typed} again` };
    const changed = await server.call("POST", "/user/password", change, body.token);
    expect(changed.status).toBe(200);
    expect((await logIn(server, name, `${chosen} again`)).status).toBe(200);
    const removed = await server.call("DELETE", "/user", { password: `${chosen} again` }, changed.body.token);
    expect(removed.status).toBe(200);
  });

  test("stays another one where its letters are others", async () => {
    const name = uniqueName("alice");
    await register(name, "ﬁne horse");
    expect((await logIn(server, name, "ﬁne horse")).status).toBe(200);
    for (const other of ["fine horse", "ﬁne Horse", "ﬁne horse "]) {
      expect((await logIn(server, name, other)).status).toBe(401);
    }
  });

  test("goes on as it was hashed before, and from the next log-in in every form", async () => {
    const name = uniqueName("alice");
    const { body } = await register(name, PASSWORD);
    const raw = await Bun.password.hash(DECOMPOSED, { algorithm: "argon2id", memoryCost: 1024, timeCost: 2 });
    await writeRows(server.folder, "update users set password_hash = ? where id = ?", [[raw, body.id]]);
    expect((await logIn(server, name, COMPOSED)).status).toBe(401);
    expect((await logIn(server, name, DECOMPOSED)).status).toBe(200);
    expect(await hashOf(server, body)).not.toBe(raw);
    for (const form of [COMPOSED, DECOMPOSED]) expect((await logIn(server, name, form)).status).toBe(200);
  });

  test("costs the same for an unknown name", async () => {
    const { name } = await server.user();
    const work = await computedIn(() => logIn(server, name, DECOMPOSED));
    expect(work).toHaveLength(2);
    expect(await computedIn(() => logIn(server, uniqueName("nobody"), DECOMPOSED))).toEqual(work);
  });

  test("is counted as it is kept", async () => {
    const accented = (count: number) => "e\u0301".repeat(count);
    const { password_min_length: least, password_max_length: most } = limits;
    for (const [count, status] of [
      [least - 1, 400],
      [least, 201],
      [most, 201],
      [most + 1, 400],
    ] as const) {
      expect((await register(uniqueName("alice"), accented(count))).status).toBe(status);
    }
  });
});

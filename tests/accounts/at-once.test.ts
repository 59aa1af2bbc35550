// What changes an account, two at a time: the one that comes second finds that what it rests on no longer holds.

import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, type TestUser } from "../harness/server.ts";

const [FIRST, SECOND] = ["another horse battery", "a third horse battery"];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const change = ({ token }: { token: string }, new_password: string) =>
  server.call("POST", "/user/password", { password: PASSWORD, new_password }, token);
const remove = ({ token }: { token: string }) => server.call("DELETE", "/user", { password: PASSWORD }, token);
const logOut = ({ token }: { token: string }) => server.call("POST", "/user/logout", undefined, token);
const logIn = ({ name }: TestUser, password: string) =>
  server.call("POST", "/user/login", { username: name, password });
const isGood = async ({ token }: { token: string }) =>
  (await server.call("GET", "/validate_jwt", undefined, token)).status === 200;

/** Makes a call, and has something happen after it has checked its password and before it goes on. */
async function meanwhile<Answer>(call: () => Promise<Answer>, happen: () => Promise<unknown>): Promise<Answer> {
  const verify = Bun.password.verify;
  const spy = spyOn(Bun.password, "verify").mockImplementationOnce(async (password, hash) => {
    const fits = await verify(password, hash as string);
    await happen();
    return fits;
  });
  return call().finally(() => spy.mockRestore());
}

/** As another log-in or change leaves it: the password, hashed anew. */
async function rehash({ id }: TestUser, password: string, memoryCost = 1024): Promise<void> {
  const hash = await Bun.password.hash(password, { algorithm: "argon2id", memoryCost, timeCost: 2 });
  await writeRows(server.folder, "update users set password_hash = ? where id = ?", [[hash, id]]);
}

const hashOf = async ({ id }: TestUser) =>
  String((await readRows(server.folder, `select password_hash from users where id = ${id}`))[0]?.["password_hash"]);

test("of two changes from one old password one is done, from one token or from two", async () => {
  const alice = await server.user();
  const bob = await server.user();
  for (const [one, other] of [
    [alice, alice],
    [bob, await server.login(bob.name)],
  ] as const) {
    const answers = await Promise.all([change(one, FIRST), change(other, SECOND)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await isGood(answers[winner]?.body)).toBe(true);
    expect((await logIn(one, winner === 0 ? FIRST : SECOND)).status).toBe(200);
    expect((await logIn(one, winner === 0 ? SECOND : FIRST)).status).toBe(401);
    expect((await logIn(one, PASSWORD)).status).toBe(401);
  }
});

test("a change is refused where the password has become another since it was checked", async () => {
  const alice = await server.user();
  const changed = await meanwhile(
    () => change(alice, FIRST),
    () => rehash(alice, SECOND),
  );
  expect(changed).toMatchObject({ status: 401, body: { code: "unauthorized", details: { path: "password" } } });
  expect((await logIn(alice, SECOND)).status).toBe(200);
  expect((await logIn(alice, FIRST)).status).toBe(401);
});

test("of a change and an end of the account one is done", async () => {
  const alice = await server.user();
  const [changed, removed] = await Promise.all([change(alice, FIRST), remove(alice)]);
  expect([changed.status, removed.status].sort()).toEqual([200, 401]);
  expect((await logIn(alice, FIRST)).status).toBe(changed.status);
  expect((await logIn(alice, PASSWORD)).status).toBe(401);
});

test("an account isn't ended where the password has become another since it was checked", async () => {
  const alice = await server.user();
  const removed = await meanwhile(
    () => remove(alice),
    () => rehash(alice, SECOND),
  );
  expect(removed).toMatchObject({ status: 401, body: { code: "unauthorized", details: { path: "password" } } });
  expect((await logIn(alice, SECOND)).status).toBe(200);
});

test("a log-in under way with the old password is refused once the password is changed", async () => {
  const alice = await server.user();
  const entered = await meanwhile(
    () => logIn(alice, PASSWORD),
    () => change(alice, FIRST),
  );
  expect(entered.status).toBe(401);
});

test("a log-in with the old password during a change is dead after it", async () => {
  const alice = await server.user();
  let entered: Awaited<ReturnType<typeof logIn>> | undefined;
  const changed = await meanwhile(
    () => change(alice, FIRST),
    async () => {
      entered = await logIn(alice, PASSWORD);
    },
  );
  expect([changed.status, entered?.status]).toEqual([200, 200]);
  expect(await isGood(entered?.body)).toBe(false);
  expect(await isGood(changed.body)).toBe(true);
});

test.each([
  ["their change", (user: TestUser) => change(user, FIRST)],
  ["the end of their account", remove],
])("who logs out while %s is under way changes nothing", async (_, call) => {
  const alice = await server.user();
  const answer = await meanwhile(
    () => call(alice),
    () => logOut(alice),
  );
  expect(answer).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect(answer.body.details).toBeUndefined();
  expect((await logIn(alice, PASSWORD)).status).toBe(200);
});

test("log-ins at once whose hash is made anew are all good", async () => {
  const alice = await server.user();
  await rehash(alice, PASSWORD, 2048);
  for (const { status, body } of await Promise.all([1, 2, 3, 4].map(() => logIn(alice, PASSWORD)))) {
    expect(status).toBe(200);
    expect(await isGood(body)).toBe(true);
  }
  expect(await hashOf(alice)).toContain("$m=1024,");
});

test.each([
  ["a log-in", (user: TestUser) => logIn(user, PASSWORD)],
  ["a change", (user: TestUser) => change(user, FIRST)],
  ["the end of an account", remove],
])("%s goes on where the password was hashed anew since it was checked", async (_, call) => {
  const alice = await server.user();
  const answer = await meanwhile(
    () => call(alice),
    () => rehash(alice, PASSWORD),
  );
  expect(answer.status).toBe(200);
});

test("a hash made anew never undoes a change of the password", async () => {
  const alice = await server.user();
  await rehash(alice, PASSWORD, 2048);
  const entered = await meanwhile(
    () => logIn(alice, PASSWORD),
    () => change(alice, FIRST),
  );
  expect(entered.status).toBe(401);
  expect((await logIn(alice, FIRST)).status).toBe(200);
  expect((await logIn(alice, PASSWORD)).status).toBe(401);
});

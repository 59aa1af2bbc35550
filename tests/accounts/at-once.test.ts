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

const change = ({ token }: { token: string }, new_password: string, password = PASSWORD) =>
  server.call("POST", "/user/password", { password, new_password }, token);
const remove = ({ token }: { token: string }) => server.call("DELETE", "/user", { password: PASSWORD }, token);
const logOut = ({ token }: { token: string }) => server.call("POST", "/user/logout", undefined, token);
const logIn = ({ name }: TestUser, password: string) =>
  server.call("POST", "/user/login", { username: name, password });
const isGood = async ({ token }: { token: string }) =>
  (await server.call("GET", "/validate_jwt", undefined, token)).status === 200;

/** Has both run until each has had its password checked; then they go on together. So many hashes run at once. */
async function together<One, Other>(...all: [() => Promise<One>, () => Promise<Other>]): Promise<[One, Other]> {
  const verify = Bun.password.verify;
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const spy = spyOn(Bun.password, "verify").mockImplementation(async (password, hash) => {
    const fits = await verify(password, hash as string);
    waiting += 1;
    if (waiting === all.length) both.resolve();
    await both.promise;
    return fits;
  });
  const [one, other] = all;
  return Promise.all([one(), other()]).finally(() => spy.mockRestore());
}

test("of two changes from one old password one is done, from one token or from two", async () => {
  const alice = await server.user();
  const bob = await server.user();
  for (const [one, other] of [
    [alice, alice],
    [bob, await server.login(bob.name)],
  ] as const) {
    const answers = await together(
      () => change(one, FIRST),
      () => change(other, SECOND),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await isGood(answers[winner]?.body)).toBe(true);
    expect((await logIn(one, winner === 0 ? FIRST : SECOND)).status).toBe(200);
    expect((await logIn(one, winner === 0 ? SECOND : FIRST)).status).toBe(401);
    expect((await logIn(one, PASSWORD)).status).toBe(401);
  }
});

test("of a change and an end of the account one is done", async () => {
  const alice = await server.user();
  const [changed, removed] = await together(
    () => change(alice, FIRST),
    () => remove(alice),
  );
  expect([changed.status, removed.status].sort()).toEqual([200, 401]);
  expect((await logIn(alice, FIRST)).status).toBe(changed.status);
  expect((await logIn(alice, PASSWORD)).status).toBe(401);
});

test("a log-in with the old password is no longer good once the password is changed", async () => {
  const alice = await server.user();
  const [changed, entered] = await together(
    () => change(alice, FIRST),
    () => logIn(alice, PASSWORD),
  );
  expect(changed.status).toBe(200);
  if (entered.status === 200) expect(await isGood(entered.body)).toBe(false);
  else expect(entered.status).toBe(401);
});

test("who logs out while their change is under way changes nothing", async () => {
  const alice = await server.user();
  const [changed] = await together(
    () => change(alice, FIRST),
    async () => {
      await logOut(alice);
      // Takes part in the waiting, so that the change goes on only now.
      await logIn(alice, "wrong horse battery");
    },
  );
  expect(changed).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect(changed.body.details).toBeUndefined();
  expect((await logIn(alice, PASSWORD)).status).toBe(200);
});

test("who logs out while their account is being deleted keeps it", async () => {
  const alice = await server.user();
  const [removed] = await together(
    () => remove(alice),
    async () => {
      await logOut(alice);
      await logIn(alice, "wrong horse battery");
    },
  );
  expect(removed).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect((await logIn(alice, PASSWORD)).status).toBe(200);
});

/** A hash of the same password, with parameters of former days. */
async function age(user: TestUser): Promise<string> {
  const former = await Bun.password.hash(PASSWORD, { algorithm: "argon2id", memoryCost: 2048, timeCost: 2 });
  await writeRows(server.folder, "update users set password_hash = ? where id = ?", [[former, user.id]]);
  return former;
}

const hashOf = async ({ id }: TestUser) =>
  String((await readRows(server.folder, `select password_hash from users where id = ${id}`))[0]?.["password_hash"]);

test("log-ins at once whose hash is made anew are all good", async () => {
  const alice = await server.user();
  await age(alice);
  const answers = await together(
    () => logIn(alice, PASSWORD),
    () => logIn(alice, PASSWORD),
  );
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(await isGood(body)).toBe(true);
  }
  expect(await hashOf(alice)).toContain("$m=1024,");
});

test("a hash made anew never undoes a change of the password, and a change isn't refused for it", async () => {
  const alice = await server.user();
  await age(alice);
  const [changed, entered] = await together(
    () => change(alice, FIRST),
    () => logIn(alice, PASSWORD),
  );
  expect(changed.status).toBe(200);
  expect([200, 401]).toContain(entered.status);
  expect((await logIn(alice, FIRST)).status).toBe(200);
  expect((await logIn(alice, PASSWORD)).status).toBe(401);
});

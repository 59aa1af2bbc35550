import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const register = (username: string, password = PASSWORD) =>
  server.call("POST", "/user/register", { username, password });

test("an account is made under the name as it was typed", async () => {
  const name = uniqueName("Alice");
  const answer = await server.call("POST", "/user/register", {
    username: name,
    password: PASSWORD,
    email: "alice@example.org",
  });
  expect(answer).toEqual({ status: 201, body: { success: true, id: expect.any(Number), name } });
  expect(Number.isSafeInteger(answer.body.id)).toBe(true);
  expect(answer.body.id).toBeGreaterThan(0);
});

test("the e-mail address may be left out, or null", async () => {
  for (const email of [undefined, null]) {
    const name = uniqueName();
    const { status } = await server.call("POST", "/user/register", { username: name, password: PASSWORD, email });
    expect(status).toBe(201);
    const { token } = await server.login(name);
    expect((await server.call("GET", "/user/profile", undefined, token)).body).toMatchObject({ email: null });
  }
});

test("an e-mail address that can't be one is refused", async () => {
  for (const email of ["alice", "@example.org", "alice@", "a b@example.org", `${"x".repeat(250)}@example.org`]) {
    const { status, body } = await server.call("POST", "/user/register", {
      username: uniqueName(),
      password: PASSWORD,
      email,
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, code: "bad_request", details: { path: "email" } });
  }
});

describe("a name", () => {
  test.each([
    "a",
    "",
    "x".repeat(33),
    "alice smith",
    " alice",
    "alice@home",
    "al/ice",
    "a\0b",
    "\u{1f600}\u{1f600}",
    "m\u0430llory",
  ])("such as %p is refused", async (name) => {
    expect(await register(name)).toEqual({
      status: 400,
      body: {
        success: false,
        code: "bad_request",
        message: expect.stringMatching(/^A name /),
        details: { path: "username" },
      },
    });
  });

  test.each(["ab", "Zoë_2.b-c", "алиса", "小明", "42", "y".repeat(32)])("such as %p is good", async (name) => {
    expect((await register(name)).body).toMatchObject({ success: true, name });
    expect(await server.login(name)).toMatchObject({ name });
  });

  test.each([
    ["Mallory", "mALLORY"],
    ["Ｔｒｅｎｔ", "trent"],
    ["peggy", "ＰＥＧＧＹ"],
    ["straße", "STRASSE"],
    ["MASSE", "maße"],
    ["Zoe\u0301", "zo\u00e9"],
    ["ﬁnn", "Finn"],
    ["\u0130pek", "i\u0307pek"],
    ["Íñigo", "I\u0301N\u0303IGO"],
  ])("%p leaves no room for %p", async (taken, wanted) => {
    expect((await register(taken)).status).toBe(201);
    expect(await register(wanted)).toEqual({
      status: 409,
      body: { success: false, code: "conflict", message: "This name is taken.", details: { path: "username" } },
    });
    expect(await server.login(wanted)).toMatchObject({ name: taken });
  });

  test("asked for eight times at once is given once", async () => {
    const name = uniqueName("eve");
    const spellings = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? name : name.toUpperCase()));
    const answers = await Promise.all(spellings.map((spelling) => register(spelling)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    const made = answers.find(({ status }) => status === 201);
    expect(await server.login(name)).toMatchObject({ id: made?.body.id });
  });
});

describe("a password", () => {
  test.each(["", "1234567", "p".repeat(257), "\u{1f600}".repeat(7)])("such as %p is refused", async (password) => {
    expect(await register(uniqueName(), password)).toEqual({
      status: 400,
      body: {
        success: false,
        code: "bad_request",
        message: "A password has 8 to 256 characters.",
        details: { path: "password" },
      },
    });
  });

  test.each(["12345678", "p".repeat(256), "\u{1f600}".repeat(256), "        ", "päss\0wörd"])(
    "such as %p is good, and no other is",
    async (password) => {
      const name = uniqueName();
      expect((await register(name, password)).status).toBe(201);
      expect(await server.login(name, password)).toMatchObject({ name });
      const { status } = await server.call("POST", "/user/login", { username: name, password: password.slice(0, -1) });
      expect(status).toBe(401);
    },
  );
});

test("a server that is closed to newcomers takes none, and those it has may come", async () => {
  const own = await startServer();
  const alice = await own.user();
  const closed = await own.restart({ registration: "closed" });
  const { status, body } = await closed.call("POST", "/user/register", { username: uniqueName(), password: PASSWORD });
  expect(status).toBe(403);
  expect(body).toEqual({ success: false, code: "forbidden", message: expect.any(String) });
  expect(await closed.login(alice.name)).toMatchObject({ id: alice.id });
  await closed.stop();
});

test("a name that would pass for everybody or for who runs the server is refused; who has one keeps it", async () => {
  for (const name of ["everyone", "Here", "ADMIN", "sy5tem"]) {
    expect(await register(name)).toMatchObject({
      status: 400,
      body: { code: "bad_request", details: { path: "username" } },
    });
  }
  const alice = await server.join();
  const rename = (name: string) => alice.client.ask({ type: "update_user", data: { changes: { name } } });
  expect(await rename("admin")).toMatchObject({ code: "bad_request", details: { path: "data.changes.name" } });
  writeRows(server.folder, "UPDATE users SET name = ?, name_key = ? WHERE id = ?", [["Admin", "admin", alice.id]]);
  expect((await server.login("admin")).id).toBe(alice.id);
  expect(await rename("ADMIN")).toMatchObject({ data: { user: { name: "ADMIN" } } });
});

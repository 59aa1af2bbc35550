import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { TestClient } from "../harness/client.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const validate = ({ token }: { token: string }) => server.call("GET", "/validate_jwt", undefined, token);
const logout = ({ token }: { token: string }) => server.call("POST", "/user/logout", undefined, token);

/** A wrong password for a known name, and any password for an unknown one. */
async function wrongLogins(): Promise<[Response, Response]> {
  const { name } = await server.user();
  const attempt = (username: string) =>
    fetch(`${server.url}/api/v1/user/login`, {
      method: "POST",
      body: JSON.stringify({ username, password: "wrong horse battery" }),
    });
  return [await attempt(name), await attempt(uniqueName("nobody"))];
}

describe("log-in", () => {
  test("answers with a token, the id and the name as it was registered", async () => {
    const alice = await server.user(uniqueName("Alice"));
    const answer = await server.call("POST", "/user/login", { username: alice.name.toUpperCase(), password: PASSWORD });
    expect(answer).toEqual({
      status: 200,
      body: { success: true, token: expect.any(String), id: alice.id, name: alice.name },
    });
    expect(await validate(answer.body)).toEqual({ status: 200, body: { success: true } });
  });

  test("brings another token each time, and all are good", async () => {
    const alice = await server.user();
    const again = await server.login(alice.name);
    expect(again.token).not.toBe(alice.token);
    for (const { token } of [alice, again]) expect((await validate({ token })).status).toBe(200);
  });

  test("answers an unknown name and a wrong password alike", async () => {
    const [wrong, unknown] = await wrongLogins();
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const body = await wrong.text();
    expect(await unknown.text()).toBe(body);
    expect(JSON.parse(body)).toEqual({ success: false, code: "unauthorized", message: expect.any(String) });
    const names = ({ headers }: Response) => [...headers.keys()].sort();
    expect(names(unknown)).toEqual(names(wrong));
  });

  test("computes as much for an unknown name as for a wrong password", async () => {
    const verify = spyOn(Bun.password, "verify");
    await wrongLogins();
    const [wrong, unknown] = verify.mock.calls.slice(-2).map(([, hash]) => String(hash).split("$").slice(0, 4));
    verify.mockRestore();
    expect(wrong).toMatchObject(["", "argon2id", expect.any(String), "m=1024,t=2,p=1"]);
    expect(unknown).toEqual(wrong as string[]);
  });

  test("says nothing of the rules for names and passwords", async () => {
    for (const [username, password] of [
      ["", ""],
      ["a b c", "x"],
      ["alice\0", PASSWORD],
    ]) {
      const { status, body } = await server.call("POST", "/user/login", { username, password });
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: "unauthorized" });
    }
  });
});

test("a profile holds what its owner gave", async () => {
  const name = uniqueName("Bob");
  const email = "bob@example.org";
  const { body } = await server.call("POST", "/user/register", { username: name, password: PASSWORD, email });
  const bob = await server.login(name);
  expect(await server.call("GET", "/user/profile", undefined, bob.token)).toEqual({
    status: 200,
    body: {
      success: true,
      id: body.id,
      name,
      email,
      email_confirmed: false,
      profile_pic: null,
      created_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  });
});

describe("log-out", () => {
  test("kills the token at once", async () => {
    const alice = await server.user();
    expect(await logout(alice)).toEqual({ status: 200, body: { success: true } });
    expect(await validate(alice)).toEqual({
      status: 401,
      body: { success: false, code: "unauthorized", message: expect.any(String) },
    });
    expect((await logout(alice)).status).toBe(401);
    expect((await server.call("GET", "/user/profile", undefined, alice.token)).status).toBe(401);
  });

  test("closes every socket of that token with 4002, and no other", async () => {
    const alice = await server.user();
    const elsewhere = await server.login(alice.name);
    const [first, second, other] = await Promise.all([
      server.connect(alice),
      server.connect(alice),
      server.connect(elsewhere),
    ]);
    await logout(alice);
    expect((await Promise.all([first?.closed, second?.closed])).map((closed) => closed?.code)).toEqual([4002, 4002]);
    expect(await other?.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect((await validate(elsewhere)).status).toBe(200);
  });

  test("leaves no socket to one that opens meanwhile", async () => {
    const alice = await server.user();
    const openAndLeave = async (user: TestUser) => {
      const [client] = await Promise.all([TestClient.open(server.url, user.token), logout(user)]);
      return (await client.closed).code;
    };
    const logins = await Promise.all(Array.from({ length: 10 }, () => server.login(alice.name)));
    for (const code of await Promise.all(logins.map(openAndLeave))) expect([4001, 4002]).toContain(code);
  });
});

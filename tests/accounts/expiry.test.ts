// A token ends while its socket is open: the socket ends with it, whether or not the client says anything.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { writeRows } from "../harness/database.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

const SOON_MS = 400;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function expireSoon({ token }: TestUser): void {
  const login = Number(decodeJwt(token).jti);
  writeRows(server.folder, "update logins set expires_at = ? where id = ?", [[Date.now() + SOON_MS, login]]);
}

test("a socket closes with 4002 when its token expires, and only that one", async () => {
  const [alice, bob] = await server.friends();
  const elsewhere = await server.login(alice.name);
  expireSoon(elsewhere);
  const expiring = await server.connect(elsewhere);
  expect((await expiring.closed).code).toBe(4002);
  for (const { client } of [alice, bob]) expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
});

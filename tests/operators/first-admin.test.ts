// The first administrator, by a link in a file of the server's own.

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRows } from "../harness/database.ts";
import { administrator } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeEach(async () => {
  await server?.stop();
  server = await startServer();
});
afterAll(() => server.stop());

const path = () => join(server.folder, "first-admin");
const token = () => /^\/setup#([\w-]{43})\n$/.exec(readFileSync(path(), "utf8"))?.[1] ?? "";
const setUp = (body: object) => server.call("POST", "/user/setup", { username: "alice", password: PASSWORD, ...body });

describe("the first administrator", () => {
  test("is made by the link, once", async () => {
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    const link = token();
    expect(JSON.stringify(readRows(server.folder, "select * from links"))).not.toContain(link);
    const { status, body } = await setUp({ token: link });
    expect(status).toBe(201);
    expect(body).toEqual({ success: true, id: expect.any(Number), name: "alice" });
    const alice = await server.login("alice");
    expect((await server.call("GET", "/admin/users", undefined, alice.token)).status).toBe(200);
    expect((await setUp({ token: link, username: "mallory" })).body.code).toBe("forbidden");
    const audit = await server.call("GET", "/admin/audit", undefined, alice.token);
    expect(audit.body.entries).toMatchObject([
      { type: "user.admin", user: { name: "alice" }, actor: { name: "alice" } },
    ]);
  });

  test("is still to be made by the same link after another start, and there is no file once there is one", async () => {
    const link = token();
    server = await server.restart();
    expect(token()).toBe(link);
    await setUp({ token: link });
    server = await server.restart();
    expect(existsSync(path())).toBe(false);
  });

  test("is made by one of many who have the link", async () => {
    const link = token();
    const names = ["alice", "bob", "carol", "dave"];
    const made = await Promise.all(names.map((username) => setUp({ token: link, username })));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 403, 403, 403]);
    expect(readRows(server.folder, "select id from users where admin_since is not null")).toHaveLength(1);
  });

  test("is made by no link once there is another", async () => {
    const link = token();
    await administrator(server);
    expect((await setUp({ token: link })).body.code).toBe("forbidden");
  });

  test("keeps the link where the name or the password can't be one", async () => {
    const link = token();
    await server.user("bob");
    expect((await setUp({ token: link, username: "bob" })).body.code).toBe("conflict");
    expect((await setUp({ token: link, username: "!" })).body).toMatchObject({ details: { path: "username" } });
    expect((await setUp({ token: link, password: "short" })).body).toMatchObject({ details: { path: "password" } });
    expect((await setUp({ token: link })).status).toBe(201);
  });
});

// What holds at the doors for every operation: who is let in, and what the command line takes.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { operations } from "../../src/operators/catalogue.ts";
import type { OperationLiteral } from "../../src/operators/operation.ts";
import { writeRows } from "../harness/database.ts";
import { administrator, command } from "../harness/operators.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const all: readonly OperationLiteral[] = operations;
const calls = all.flatMap(({ name, http }) => (http ? [[name, http] as const] : []));

test("every operation has its tests", async () => {
  const covered = new Set<string>();
  for await (const path of new Glob("tests/**/*.test.ts").scan()) {
    const source = await Bun.file(path).text();
    for (const [, name] of source.matchAll(/\boperation\("([^"]+)"/g)) covered.add(name as string);
  }
  expect(all.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});

describe.each(calls)("the call of %s", (_, { method, path }) => {
  const at = path.replace(/:\w+/g, "1");

  test("is none for whoever runs nothing", async () => {
    const nothing = await server.call(method, "/admin/no-such-call");
    const mallory = await server.user();
    for (const token of [undefined, "garbage", mallory.token]) {
      for (const body of method === "GET" ? [undefined] : [undefined, {}, { password: 5 }]) {
        expect(await server.call(method, at, body, token)).toEqual(nothing);
      }
    }
    expect(nothing).toMatchObject({ status: 404, body: { success: false, code: "unknown_type" } });
  });

  test("is none any more for whoever ran the server, by the log-in that there is", async () => {
    const admin = await administrator(server);
    writeRows(server.folder, "update users set admin_since = null where id = ?", [[admin.id]]);
    expect((await server.call(method, at, undefined, admin.token)).body.code).toBe("unknown_type");
  });
});

describe("the socket", () => {
  test("is its owner's alone, and goes with the server", async () => {
    const own = await startServer();
    const path = join(own.folder, "orchard.sock");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await own.stop();
    expect(await Bun.file(path).exists()).toBe(false);
  });
});

describe("the help", () => {
  test("fits on a screen", async () => {
    const { code, out } = await command(server, "--help");
    expect(code).toBe(0);
    expect(out.split("\n").length).toBeLessThanOrEqual(40);
  });

  test.each(all.filter(({ command }) => command !== null))("is there for $name", async ({ command: words, doc }) => {
    const [noun = "", verb] = (words ?? "").split(" ");
    const { code, out } = await command(server, noun, ...(verb ? [verb] : []), "--help");
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, " ")).toContain(doc);
    if (verb) expect((await command(server, noun, "--help")).out).toContain(` ${verb} `);
  });
});

// The socket as it is made: for the server's own user alone, and in nobody else's place.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { chownSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSocketDoor } from "../../src/operators/doors/unix-socket.ts";
import type { Operators } from "../../src/operators/operators.ts";
import { createLog } from "../../src/telemetry/log.ts";

const SOMEBODY = 65_534;

let folder: string;
let path: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orchard-socket-"));
  path = join(folder, "orchard.sock");
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () =>
  openSocketDoor(path, {} as Operators, createLog("info", { write: (line: string) => void lines.push(line) }));

async function listening(): Promise<Server> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

test("is its user's alone, and nothing else is made under its mask", async () => {
  const own = process.umask();
  const masks = new Set<number>();
  let is_open = false;
  const opening = open().finally(() => {
    is_open = true;
  });
  while (!is_open) {
    // Between any two steps of it, and then in the next turn of the event loop.
    for (let step = 0; step < 100; step += 1) {
      masks.add(process.umask());
      await null;
    }
    await new Promise(setImmediate);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await (await opening)?.stop();
  expect([...masks]).toEqual([own]);
  expect(existsSync(path)).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)("of a server that can't be reached is left to it", async () => {
  const theirs = await listening();
  chownSync(folder, SOMEBODY, SOMEBODY);
  process.seteuid?.(SOMEBODY);
  try {
    expect(await open()).toBeNull();
  } finally {
    process.seteuid?.(0);
  }
  expect(existsSync(path)).toBe(true);
  expect(lines.join()).toContain("another server listens there");
  theirs.close();
});

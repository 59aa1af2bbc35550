// When it is noticed that a database isn't at its path any more.

import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { type FileWatch, watchFile } from "../../../src/db/engine/file-watch.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../temporary.ts";

const [SOON_MS, NEVER_MS] = [20, 60_000];

let path: string;
let watch: FileWatch;
beforeEach(async () => {
  path = `${await temporaryDirectory()}/test.db`;
  writeFileSync(path, "");
});
afterEach(() => watch.stop());
afterAll(removeTemporaryDirectories);

test("one that is used is looked for soon, each time, and one that isn't is not", async () => {
  watch = watchFile(path, { used_ms: SOON_MS, unused_ms: NEVER_MS });
  let is_lost = false;
  void watch.lost.then(() => {
    is_lost = true;
  });
  watch.used();
  await Bun.sleep(5 * SOON_MS);
  rmSync(path);
  await Bun.sleep(5 * SOON_MS);
  expect(is_lost).toBe(false);
  watch.used();
  expect(await watch.lost).toBe(path);
});

test("one that isn't used is looked for again and again", async () => {
  watch = watchFile(path, { used_ms: NEVER_MS, unused_ms: SOON_MS });
  await Bun.sleep(5 * SOON_MS);
  rmSync(path);
  expect(await watch.lost).toBe(path);
});

test("one that is used as its time comes is looked for no later", async () => {
  watch = watchFile(path, { used_ms: SOON_MS, unused_ms: 2 * SOON_MS });
  const using = setInterval(() => watch.used(), 1);
  await Bun.sleep(5 * SOON_MS);
  rmSync(path);
  expect(await watch.lost).toBe(path);
  clearInterval(using);
});

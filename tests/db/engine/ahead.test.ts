// A database that begins to be opened before there is anybody to use it.

import { afterAll, expect, test } from "bun:test";
import { type OpenedAhead, openAhead } from "../../../src/db/engine/ahead.ts";
import { DatabaseInUseError } from "../../../src/db/engine/claim.ts";
import { openStoreOver } from "../../../src/db/store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";

afterAll(removeTemporaryDirectories);

const open = (url: string) => openAhead(url, (fault) => expect(fault).toBeUndefined()) as OpenedAhead;

test("becomes the store of whoever comes later", async () => {
  const { driver } = open(await temporaryDatabaseUrl());
  const store = await openStoreOver(await driver);
  expect(await store.maxId()).toBe(0);
  await store.close();
});

test("says why it can't be opened to whoever comes later, and to nobody before", async () => {
  const url = await temporaryDatabaseUrl();
  const first = await open(url).driver;
  const { driver } = open(url);
  await new Promise((resolve) => setImmediate(resolve));
  await expect(driver).rejects.toBeInstanceOf(DatabaseInUseError);
  await first.close();
});

test("is none of a server's", () => {
  expect(openAhead("http://127.0.0.1:1", () => {})).toBeNull();
});

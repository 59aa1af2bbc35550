// Which file the configuration's `file:` URL means: exactly the one that is written there, or none.

import { expect, test } from "bun:test";
import { databasePath } from "../../../src/db/engine/database-path.ts";

test.each([
  ["file:./data/orchard.db", "./data/orchard.db"],
  ["file:/var/lib/orchard.db", "/var/lib/orchard.db"],
  ["file:///var/lib/my%20orchard.db", "/var/lib/my orchard.db"],
  ["file://localhost/var/lib/orchard.db", "/var/lib/orchard.db"],
  ["file:my%20orchard.db", "my orchard.db"],
  ["file:/srv/data#1/orchard.db", "/srv/data#1/orchard.db"],
  ["file:///srv/data#1/orchard.db", "/srv/data#1/orchard.db"],
  ["file:#.db", "#.db"],
  ["file:/srv/100%25/what%3F.db", "/srv/100%/what?.db"],
  ["file:///srv/100%25/what%3F.db", "/srv/100%/what?.db"],
  ["file:./süß/果樹園.db", "./süß/果樹園.db"],
])("%s is %s", (url, path) => {
  expect(databasePath(url)).toBe(path);
});

test.each([
  ["file:", "no file"],
  ["file::memory:", "no file"],
  ["file::memory:?cache=shared", "%3F"],
  ["file:./orchard.db?mode=ro", "%3F"],
  ["file:///srv/orchard.db?", "%3F"],
  ["file:%", "%25"],
  ["file:/srv/100%/orchard.db", "%25"],
  ["file:///srv/100%/orchard.db", "%25"],
  ["file:./%ff.db", "%25"],
  ["file:./a%00b.db", "null"],
  ["file:///a%00b.db", "null"],
  ["file:./data/", "folder"],
  ["file:///srv/data/", "folder"],
  ["file:.", "folder"],
  ["file:/srv/..", "folder"],
  ["file://elsewhere/orchard.db", "absolute"],
  ["file:///srv%2Forchard.db", "absolute"],
  ["http://example.org", "file:"],
])("%s is none, and says so", (url, word) => {
  const error = (() => {
    try {
      return databasePath(url);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).toContain(word);
});

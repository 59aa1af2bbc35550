// Text that is handed on and kept nowhere: it reaches the other as it was sent, or is refused, naming the field.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { faulty, invisible, keepable, lines, unruly } from "./texts.ts";

let server: TestServer;
let alice: Present;
let bob: Present;
beforeAll(async () => {
  server = await startServer();
  [alice, bob] = await server.friends();
});
afterAll(() => server.stop());

const malformed = { type: "error", code: "bad_request", message: expect.any(String), details: { path: "message" } };

test("the name of a game", async () => {
  for (const message of lines) {
    alice.client.send({ type: "now-playing", id: "1", message });
    const toast = await bob.client.take("message");
    const description = `${alice.name} is now playing ${message}.`;
    expect(toast["data"]).toEqual({ title: "Now playing", description });
    expect(JSON.parse(toast["message"])).toEqual(toast["data"]);
    expect(await bob.client.take("now-playing")).toMatchObject({ data: { who: alice.id, app: message } });
  }
  expect(await alice.client.rest()).toEqual([]);
});

test("an invitation", async () => {
  // Untouched: not even trimmed.
  for (const message of [...keepable, ...invisible, "", ` ${JSON.stringify({ partyId: "5", name: "\ud800\0" })}\n`]) {
    const asked = { type: "watchParty", userId: bob.id, message };
    expect(await alice.client.ask(asked)).toMatchObject({ type: "success" });
    expect(await bob.client.take("watchParty")).toMatchObject({ text: message, from: { id: alice.id } });
  }
});

test("the name of a game is a line, and shows something", async () => {
  for (const message of [...unruly, ...invisible]) {
    expect(await alice.client.ask({ type: "now-playing", message })).toMatchObject(malformed);
  }
  expect((await bob.client.rest()).filter(({ type }) => type !== "watchParty")).toEqual([]);
});

test("neither is handed on with NUL or half a surrogate pair in it", async () => {
  await Promise.all([alice.client.rest(), bob.client.rest()]);
  for (const message of faulty) {
    expect(await alice.client.ask({ type: "now-playing", message })).toMatchObject(malformed);
    expect(await alice.client.ask({ type: "watchParty", userId: bob.id, message })).toMatchObject(malformed);
  }
  expect(await bob.client.rest()).toEqual([]);
});

test("four-byte characters count by their bytes in an invitation, and as one in the name of a game", async () => {
  const message = "\u{1f600}".repeat(limits.watch_party_bytes / 4);
  const asked = { type: "watchParty", userId: bob.id, message };
  expect(await alice.client.ask(asked)).toMatchObject({ type: "success" });
  expect(await alice.client.ask({ ...asked, message: `${message}x` })).toMatchObject({ code: "too_large" });
  const game = "\u{10ffff}".repeat(limits.game_name_length);
  alice.client.send({ type: "now-playing", message: game });
  expect(await bob.client.take(({ data }) => data?.app === game)).toMatchObject({ type: "now-playing" });
  expect(await alice.client.ask({ type: "now-playing", message: `${game}x` })).toMatchObject(malformed);
});

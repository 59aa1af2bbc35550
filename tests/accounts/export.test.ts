// What somebody takes along: their own words and pictures, nobody else's; a zip that is whole or none.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { strFromU8, unzipSync } from "fflate";
import { botOf } from "../bots/programs.ts";
import { aPlace, post, postMany } from "../community/messages/place.ts";
import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { pngOf } from "../uploads/samples.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ask = (token: string | null, to = server) =>
  fetch(`${to.url}/api/v1/user/export`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } });

type Files = Record<string, Uint8Array>;

async function exported({ token }: { token: string }): Promise<Files> {
  const response = await ask(token);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/zip");
  return unzipSync(new Uint8Array(await response.arrayBuffer()));
}

function linesOf(files: Files, name: string): Json[] {
  const text = strFromU8(files[name] ?? new Uint8Array());
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function upload({ token }: Present, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: bytes });
  return ((await response.json()) as Json)["id"];
}

test("it holds what one is, knows, wrote, read and uploaded", async () => {
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  await done(alice, "update_user", { changes: { bio: "grows apples" } });
  await done(alice, "add_friend", { user_id: bob.id });
  const image = await upload(alice, await pngOf(3, 2));
  const hers = await post(alice, channel_id, "look", { attachments: [image] });
  const his = await post(bob, channel_id, "the secret of bob");
  await done(alice, "mark_read", { channel_id, message_id: his["id"] });
  const bot = await botOf(server, alice);
  const files = await exported(alice);
  expect(Object.keys(files).toSorted()).toEqual([
    ...[
      "bots.jsonl",
      "conversations.jsonl",
      "friends.jsonl",
      "memberships.jsonl",
      "messages.jsonl",
      "notification_settings.jsonl",
      "profile.jsonl",
      "push_subscriptions.jsonl",
      "read_states.jsonl",
    ],
    ...["uploads.jsonl", `uploads/${image}.png`],
  ]);
  expect(linesOf(files, "profile.jsonl")).toMatchObject([{ id: alice.id, name: alice.name, bio: "grows apples" }]);
  expect(linesOf(files, "bots.jsonl")).toMatchObject([{ id: bot.id, name: bot.name }]);
  expect(linesOf(files, "friends.jsonl")).toMatchObject([{ user_id: bob.id, name: bob.name, state: "outgoing" }]);
  expect(linesOf(files, "memberships.jsonl")).toMatchObject([{ server_id, name: "Orchard", nickname: null }]);
  expect(linesOf(files, "messages.jsonl")).toEqual([
    {
      ...{ id: hers["id"], server_id, channel_id, content: "look", created_date: hers["created_date"] },
      ...{ edited_date: null, reply_to: null, attachments: [image] },
    },
  ]);
  expect(linesOf(files, "read_states.jsonl")).toEqual([{ channel_id, last_read_id: his["id"] }]);
  expect(linesOf(files, "uploads.jsonl")).toMatchObject([{ id: image, type: "image/png", width: 3, height: 2 }]);
  expect(files[`uploads/${image}.png`]).toEqual(await pngOf(3, 2));
  const everything = Object.values(files)
    .map((bytes) => strFromU8(bytes, true))
    .join("");
  for (const secret of ["the secret of bob", "argon2", "password"]) expect(everything).not.toContain(secret);
});

test("it holds every message, in order, of all channels", async () => {
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  const { channel } = await done(alice, "add_channel", { server_id, name: "second" });
  await postMany(alice, channel_id, 450);
  await postMany(bob, channel_id, 50);
  await postMany(alice, channel.id, 30);
  const written = linesOf(await exported(alice), "messages.jsonl");
  expect(written).toHaveLength(480);
  for (const id of [channel_id, channel.id]) {
    const here = written.filter((line) => line["channel_id"] === id).map((line) => line["content"]);
    expect(here).toEqual(Array.from({ length: here.length }, (_, place) => `number ${place}`));
  }
});

test("nobody gets it without a good token", async () => {
  const alice = await server.user();
  await server.call("POST", "/user/logout", undefined, alice.token);
  for (const token of [null, "garbage", alice.token]) {
    const response = await ask(token);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ success: false, code: "unauthorized" });
  }
});

// Changing one's own profile: what is answered, who is told what, and that no stale name is left anywhere.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer, uniqueName } from "../../harness/server.ts";
import { ask, eventsOf, refuse } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const seq = expect.any(Number);
const change = (who: Present, changes: Record<string, unknown>) => ask(who, "update_user", { changes });

/** Uploads a picture; its URL as the call gives it. */
async function upload({ token }: Present): Promise<string> {
  const pixel = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  const response = await fetch(`${server.url}/api/v1/uploads`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: Buffer.from(pixel, "base64"),
  });
  const { url } = (await response.json()) as { url: string };
  return url;
}

conversation("update_user", {
  async success() {
    const [alice, bob] = await server.friends();
    const phone = await server.connect(bob);
    for (const who of [alice, bob, { client: phone }]) await ask(who, "get_user", { user_id: bob.id });
    const name = uniqueName("robert");
    const changes = {
      ...{ name, profile_pic: "https://pictures.example/bob.png", bio: "Pears.", custom_status: "in the orchard" },
      status: "dnd",
    };
    const reply = await change(bob, changes);
    expect(reply["data"]).toEqual({
      user: { id: bob.id, ...changes, dms: "servers", playing: null, created_date: expect.any(String) },
    });
    const event = { type: "user_changed", topic: `user:${bob.id}`, seq };
    const { status, ...profile } = changes;
    for (const client of [alice.client, bob.client, phone]) {
      expect(await eventsOf(client)).toEqual([
        { ...event, data: { id: bob.id, ...profile } },
        { ...event, data: { id: bob.id, status } },
      ]);
    }
    const { data } = await ask(alice, "get_user", { user_id: bob.id });
    expect(data.user).toMatchObject(changes);
    const cleared = { profile_pic: null, bio: null, custom_status: null };
    expect((await change(bob, cleared))["data"].user).toMatchObject({ name, ...cleared, status: "dnd" });
    expect(await eventsOf(alice.client)).toMatchObject([{ data: { id: bob.id, ...cleared } }]);
  },
  errors: {
    async conflict() {
      const [alice, bob] = await server.friends();
      await ask(alice, "get_user", { user_id: bob.id });
      const reply = await change(bob, { name: alice.name.toUpperCase(), bio: "Pears." });
      expect(reply).toMatchObject({ type: "error", code: "conflict", details: { path: "data.changes.name" } });
      expect(await eventsOf(alice.client)).toEqual([]);
      expect((await ask(bob, "get_user", { user_id: bob.id }))["data"].user).toMatchObject({
        name: bob.name,
        bio: null,
      });
    },
  },
  async malformed() {
    const bob = await server.join();
    await refuse(bob, "update_user", {}, "data.changes");
    for (const name of [null, 5, "", "x", "x".repeat(33), "with space", "a\u0000b"]) {
      await refuse(bob, "update_user", { changes: { name } }, "data.changes.name");
    }
    for (const status of [null, "offline", "", 1]) {
      await refuse(bob, "update_user", { changes: { status } }, "data.changes.status");
    }
    await refuse(bob, "update_user", { changes: { bio: "x".repeat(limits.bio_length + 1) } }, "data.changes.bio");
    const custom_status = "x".repeat(limits.custom_status_length + 1);
    await refuse(bob, "update_user", { changes: { custom_status } }, "data.changes.custom_status");
    const pictures = [
      5,
      "",
      "picture.png",
      "http://pictures.example/bob.png",
      "javascript:alert(1)",
      "https://",
      "data:,",
    ];
    for (const profile_pic of pictures) {
      await refuse(bob, "update_user", { changes: { profile_pic } }, "data.changes.profile_pic");
    }
  },
  also: {
    async "lengths are counted in code points"() {
      const bob = await server.join();
      const changes = { bio: "🍎".repeat(limits.bio_length), custom_status: "🍏".repeat(limits.custom_status_length) };
      expect((await change(bob, changes))["data"].user).toMatchObject(changes);
      await refuse(bob, "update_user", { changes: { bio: `${changes.bio}!` } }, "data.changes.bio");
    },
    async "what is so already is answered and told to nobody"() {
      const [alice, bob] = await server.friends();
      await ask(alice, "get_user", { user_id: bob.id });
      for (const changes of [{}, { name: bob.name, status: "online", bio: null }]) {
        expect((await change(bob, changes))["data"].user).toMatchObject({ name: bob.name, status: "online" });
      }
      expect(await alice.client.rest()).toEqual([]);
    },
    async "an upload of one's own is a picture, of another's isn't"() {
      const [alice, bob] = await server.friends();
      const url = await upload(bob);
      const whole = new URL(url, server.url).href;
      for (const profile_pic of [url, whole]) {
        expect((await change(bob, { profile_pic }))["data"].user).toMatchObject({ profile_pic });
        await refuse(alice, "update_user", { changes: { profile_pic } }, "data.changes.profile_pic");
      }
      const absent = url.replace(/uploads\/\d+/, "uploads/12345");
      await refuse(bob, "update_user", { changes: { profile_pic: absent } }, "data.changes.profile_pic");
    },
    async "one may write one's own name otherwise, and a name that was left is free"() {
      const [alice, bob] = await server.friends();
      const left = bob.name;
      expect((await change(bob, { name: left.toUpperCase() }))["data"].user.name).toBe(left.toUpperCase());
      expect(await change(alice, { name: left })).toMatchObject({ code: "conflict" });
      await change(bob, { name: uniqueName("robert") });
      expect((await change(alice, { name: left }))["data"].user.name).toBe(left);
    },
    async "two who want one name: one of them gets it"() {
      const [alice, bob] = await server.friends();
      const name = uniqueName("wanted");
      const replies = await Promise.all([change(alice, { name }), change(bob, { name })]);
      expect(replies.map(({ type }) => type).sort()).toEqual(["error", "update_user"]);
    },
    async "strangers hear nothing of it"() {
      const [alice, mallory] = await Promise.all([server.join(), server.join()]);
      await ask(mallory, "get_user", { user_id: alice.id });
      await change(alice, { name: uniqueName("alice"), bio: "Apples.", status: "idle" });
      expect(await mallory.client.rest()).toEqual([]);
    },
  },
});

test("changes of several sessions at once are told in order, each once, and nothing shows of who hides", async () => {
  const [alice, bob] = await server.friends();
  const sessions = [bob, { ...bob, client: await server.connect(bob) }, { ...bob, client: await server.connect(bob) }];
  const statuses = ["online", "invisible", "dnd", "invisible", "idle"];
  await ask(alice, "get_user", { user_id: bob.id });
  for (let round = 0; round < 10; round += 1) {
    await alice.client.rest();
    const asked = sessions.flatMap((who, session) =>
      Array.from({ length: 6 }, (_, index) => {
        if (session === 2) return who.client.send({ type: "now-playing", message: `game ${index}` });
        return change(who, session === 0 ? { bio: `${round} ${index}` } : { status: statuses[(round + index) % 5] });
      }),
    );
    await Promise.all(asked);
    await Promise.all(sessions.map(({ client }) => client.rest()));
    const events = await eventsOf(alice.client);
    const seqs = events.map((event) => event["seq"]);
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
    expect(events.filter(({ data }) => "bio" in data)).toHaveLength(6);
    const copy = Object.assign({}, ...events.map(({ data }) => data));
    expect((await ask(alice, "get_user", { user_id: bob.id }))["data"].user).toMatchObject(copy);
  }
});

test("another name reaches friends' lists, toasts, invitations, members, and the next log-in", async () => {
  const [alice, bob] = await server.friends();
  const name = uniqueName("robert");
  const in_server = await foundServer(alice);
  await change(bob, { name });
  const update = await alice.client.take(({ type, data }) => type === "friend-list-update" && data.name === name);
  expect(update).toMatchObject({ data: { id: bob.id, type: "friend", status: 1, data: { name } } });
  bob.client.send({ type: "now-playing", message: "Chess" });
  expect((await alice.client.take("message"))["data"].description).toBe(`${name} is now playing Chess.`);
  await bob.client.ask({ type: "watchParty", userId: alice.id, message: "{}" });
  expect((await alice.client.take("watchParty"))["from"]).toEqual({ id: bob.id, name });
  await inviteInto(in_server, alice, bob);
  const { members } = (await ask(alice, "get_server_members", { server_id: in_server, amount: 10, anchor: 0 }))["data"];
  expect(members).toContainEqual(expect.objectContaining({ user_id: bob.id, name }));
  expect(await server.login(name)).toMatchObject({ id: bob.id, name });
  await bob.client.close();
  const again = await server.connect(bob);
  expect((await ask({ client: again }, "get_user", { user_id: bob.id }))["data"].user.name).toBe(name);
  expect((await ask(alice, "get_friends"))["data"].friends).toMatchObject([{ user_id: bob.id, name }]);
  const { result } = await alice.client.ask({ type: "get-friends" });
  expect(result).toMatchObject([{ id: bob.id, name }]);
});

test("a name changed while one is away is the new one when one returns", async () => {
  const [alice, bob] = await server.friends();
  const phone = { ...bob, client: await server.connect(bob) };
  const name = uniqueName("robert");
  const [, laptop] = await Promise.all([change(phone, { name }), server.connect(bob)]);
  await laptop.rest();
  bob.client.send({ type: "now-playing", message: "Go" });
  expect((await alice.client.take("message"))["data"].description).toBe(`${name} is now playing Go.`);
});

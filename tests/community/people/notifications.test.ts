// What somebody wants to be told of while away: chosen by place, told to their other sessions, kept for who comes back.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, inviteInto, refusal } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { PASSWORD, type Present, startServer, type TestServer } from "../../harness/server.ts";
import { talking } from "../conversations/talkers.ts";
import { anotherChannel, aPlace } from "../messages/place.ts";
import { refuse } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const listOf = async (who: Present): Promise<Json[]> => (await done(who, "get_notification_settings")).settings;
const UNTIL = "2031-05-01T10:00:00.000Z";
const changed = (data: Json) => ({
  ...{ type: "notification_settings_changed", topic: "self", seq: expect.any(Number), data },
});

conversation("update_notification_settings", {
  async success() {
    const { bob, server_id, channel_id } = await aPlace(server);
    const phone = await server.connect(bob);
    await phone.rest();
    const set = (data: Json) => done(bob, "update_notification_settings", data);
    expect(await set({ server_id, level: "none" })).toEqual({});
    await set({ channel_id, level: "all", muted_until: "2031-05-01T12:00:00.000+02:00" });
    await set({ channel_id, level: "mentions" });
    const of_server = { server_id, level: "none", muted_until: null };
    const of_channel = { channel_id, level: "mentions", muted_until: UNTIL };
    const told = "notification_settings_changed";
    for (const setting of [of_server, { ...of_channel, level: "all" }, of_channel]) {
      expect(await phone.take(told)).toEqual(changed(setting));
    }
    expect(await phone.rest()).toEqual([]);
    expect(await bob.client.rest()).toEqual([]);
    expect(await listOf(bob)).toEqual([of_channel, of_server]);
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { bob, mallory, server_id, channel_id } = place;
      const { conversation: talk } = await talking(server);
      const hidden = await anotherChannel(place, true);
      const ask = (who: Present, data: Json) => refusal(who, "update_notification_settings", { ...data, level: "all" });
      const absent = await ask(bob, { server_id: 12_345 });
      expect(absent).toMatchObject({ code: "not_found" });
      for (const data of [{ server_id }, { channel_id }, { conversation_id: talk.id }]) {
        expect(await ask(mallory, data)).toEqual(absent);
      }
      expect(await ask(bob, { channel_id: hidden })).toEqual(absent);
      expect([await listOf(bob), await listOf(mallory)]).toEqual([[], []]);
    },
    async limit_reached() {
      const { bob, server_id, channel_id } = await aPlace(server);
      await done(bob, "update_notification_settings", { channel_id, level: "all" });
      addSettings(bob, addChannels(server_id, limits.notification_settings_per_user - 1));
      expect(await refusal(bob, "update_notification_settings", { server_id, level: "none" })).toMatchObject({
        ...{ code: "limit_reached", details: { limit: "notification_settings_per_user" } },
      });
      // What was chosen before may be chosen otherwise.
      await done(bob, "update_notification_settings", { channel_id, level: "none" });
    },
  },
  async malformed() {
    const { bob, server_id, channel_id } = await aPlace(server);
    const type = "update_notification_settings";
    await refuse(bob, type, { level: "all" }, "data.server_id");
    await refuse(bob, type, { server_id, channel_id, level: "all" }, "data.server_id");
    await refuse(bob, type, { server_id, level: "some" }, "data.level");
    await refuse(bob, type, { server_id, muted_until: "tomorrow" }, "data.muted_until");
    await refuse(bob, type, { server_id, muted_until: "+999999-01-01T00:00:00Z" }, "data.muted_until");
  },
});

conversation("get_notification_settings", {
  async success() {
    const { alice, bob, conversation: talk } = await talking(server);
    const { epoch } = (alice.client.seen[0] as Frame)["data"];
    const { settings, seq: self } = await done(alice, "get_notification_settings");
    expect(settings).toEqual([]);
    const phone = { ...alice, client: await server.connect(alice) };
    await done(phone, "update_notification_settings", { conversation_id: talk.id, muted_until: UNTIL });
    const setting = { conversation_id: talk.id, level: null, muted_until: UNTIL };
    expect(await listOf(alice)).toEqual([setting]);
    expect(await listOf(bob)).toEqual([]);
    // Who was away is brought it.
    const { topics } = await done(phone, "sync", { epoch, topics: { self } });
    expect(topics.self.events).toEqual([changed(setting)]);
  },
  errors: {},
  async malformed() {
    const alice = await server.join();
    const reply = await alice.client.ask({ type: "get_notification_settings", data: 5 });
    expect(reply).toMatchObject({ code: "bad_request" });
  },
});

test("what is chosen of what has gone doesn't count", async () => {
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  const gone = await aPlace(server);
  await inviteInto(gone.server_id, gone.alice, bob);
  addSettings(bob, addChannels(gone.server_id, limits.notification_settings_per_user));
  const choose = (data: Json) => ({ ...data, level: "none" });
  const type = "update_notification_settings";
  expect(await refusal(bob, type, choose({ server_id }))).toMatchObject({ code: "limit_reached" });
  await done(gone.alice, "delete_server", { server_id: gone.server_id });
  await done(bob, type, choose({ server_id }));
  const { channel } = await done(alice, "add_channel", { server_id, name: "later" });
  await done(bob, type, choose({ channel_id: channel.id }));
  addSettings(bob, addChannels(server_id, limits.notification_settings_per_user - 2));
  expect(await refusal(bob, type, choose({ channel_id }))).toMatchObject({ code: "limit_reached" });
  await done(alice, "delete_channel", { channel_id: channel.id });
  await done(bob, type, choose({ channel_id }));
});

test("of what has gone so much is kept, and no more", async () => {
  const { bob, server_id } = await aPlace(server);
  const ids_of_nothing = Array.from({ length: limits.notification_settings_kept_per_user }, (_, at) => 1_000_000 + at);
  addSettings(bob, ids_of_nothing.slice(1));
  await done(bob, "update_notification_settings", { server_id, level: "none" });
  const { conversation: talk, ...two } = await talking(server);
  addSettings(two.bob, ids_of_nothing);
  const chosen = { conversation_id: talk.id, level: "none" };
  expect(await refusal(two.bob, "update_notification_settings", chosen)).toMatchObject({ code: "limit_reached" });
});

/** So many more channels of the server. */
function addChannels(server_id: number, count: number): number[] {
  const ids = Array.from({ length: count }, (_, at) => next_channel_id + at);
  next_channel_id += count;
  writeRows(
    server.folder,
    `insert into channels (id, server_id, name, position, overwrites, seq) values (?, ${server_id}, 'more', 0, '[]', 1)`,
    ids.map((id) => [id]),
  );
  return ids;
}
let next_channel_id = 1_000;

function addSettings({ id }: Present, channel_ids: number[]): void {
  writeRows(
    server.folder,
    "insert into notification_settings (user_id, kind, target_id, level, seq) values (?, 'channel', ?, 'none', 1)",
    channel_ids.map((channel_id) => [id, channel_id]),
  );
}

conversation("set_active", {
  async success() {
    const alice = await server.join();
    for (const active of [false, false, true, true]) expect(await done(alice, "set_active", { active })).toEqual({});
    expect(await alice.client.rest()).toEqual([]);
  },
  errors: {},
  async malformed() {
    const alice = await server.join();
    for (const data of [{}, { active: "yes" }, { active: 1 }, { active: null }, 5]) {
      expect(await alice.client.ask({ type: "set_active", data })).toMatchObject({ code: "bad_request" });
    }
  },
});

test("it ends with the account", async () => {
  const { bob, server_id } = await aPlace(server);
  await done(bob, "update_notification_settings", { server_id, level: "none" });
  const kept = () =>
    readRows(server.folder, "select count(*) as n from notification_settings where user_id = ?", [bob.id]);
  expect(kept()).toEqual([{ n: 1 }]);
  await server.call("DELETE", "/user", { password: PASSWORD }, bob.token);
  expect(kept()).toEqual([{ n: 0 }]);
});

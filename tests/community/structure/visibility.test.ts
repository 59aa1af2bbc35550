// Who gains or loses sight of a channel is told so once, by whatever way it came; of a lost one they hear nothing more;
// and nobody else is told anything of it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Frame, Json } from "../../harness/client.ts";
import { done, inviteInto, refusal } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  addRole,
  anOrchard,
  another,
  expectHidden,
  giveRoles,
  NOTHING,
  type Orchard,
  promote,
  quiet,
  told,
  toldSelf,
  typesTold,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The orchard with a channel that only alice can view, a role that bob holds, and carol, who has nothing. */
interface Scene extends Orchard {
  carol: Present;
  secret_id: number;
  role_id: number;
  /** A category that only alice can view, with the channel in it, and one that the role's holders can view too. */
  hers_id: number;
  ours_id: number;
}

const unseen = ({ default_role_id }: Orchard) => ({ role_id: default_role_id, allow: [], deny: ["view_channel"] });
const seenBy = (target: Json) => ({ ...target, allow: ["view_channel"], deny: [] });

/** Without categories of its own, the channel is outside any. */
async function aScene(in_category = false): Promise<Scene> {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  const carol = await another(server, orchard);
  const role_id = await promote(orchard, bob, []);
  const addCategory = async (overwrites: Json[]): Promise<number> => {
    if (!in_category) return 0;
    return (await done(alice, "add_category", { server_id, name: "Private", overwrites })).category.id;
  };
  const hers_id = await addCategory([unseen(orchard)]);
  const ours_id = await addCategory([unseen(orchard), seenBy({ role_id })]);
  const place = in_category ? { category_id: hers_id } : { overwrites: [unseen(orchard)] };
  const secret_id = await addChannel(orchard, { name: "secret", ...place });
  await quiet(alice, bob, carol);
  return { ...orchard, carol, secret_id, role_id, hers_id, ours_id };
}

/** A way in which bob comes to view the channel, and loses it again. */
interface Way {
  in_category?: boolean;
  gain(scene: Scene): Promise<unknown>;
  lose(scene: Scene): Promise<unknown>;
  /** What every member is told of the change itself. */
  everybody?: string[];
  /** What bob gains before the channel, and loses after it. */
  around?: string;
}

const overwritesOf = (type: string, key: string) => (scene: Scene, place_id: number, more: Json[]) =>
  done(scene.alice, type, { [key]: place_id, changes: { overwrites: [unseen(scene), ...more] } });
const ofChannel = overwritesOf("update_channel", "channel_id");
const ofCategory = overwritesOf("update_category", "category_id");
const rulesOf = ({ alice, role_id }: Scene, rules: string[]) =>
  done(alice, "update_role", { role_id, changes: { rules } });

const ways: Record<string, Way> = {
  "a role given and taken": {
    async gain(scene) {
      const admins = await addRole(scene, ["admin"], 9);
      await quiet(scene.alice, scene.bob, scene.carol);
      await giveRoles(scene, scene.bob, admins);
    },
    lose: (scene) => giveRoles(scene, scene.bob),
    everybody: ["member_changed"],
  },
  "a role's rules edited": {
    gain: (scene) => rulesOf(scene, ["admin"]),
    lose: (scene) => rulesOf(scene, []),
    everybody: ["role_changed"],
  },
  "a role deleted": {
    gain: (scene) => ofChannel(scene, scene.secret_id, [seenBy({ role_id: scene.role_id })]),
    async lose(scene) {
      await done(scene.alice, "delete_role", { role_id: scene.role_id });
      expect(await scene.bob.client.take("role_deleted")).toBeDefined();
      expect(await scene.carol.client.take("role_deleted")).toBeDefined();
    },
  },
  "the channel's overwrite of a role": {
    gain: (scene) => ofChannel(scene, scene.secret_id, [seenBy({ role_id: scene.role_id })]),
    lose: (scene) => ofChannel(scene, scene.secret_id, []),
  },
  "the channel's overwrite of a member": {
    gain: (scene) => ofChannel(scene, scene.secret_id, [seenBy({ user_id: scene.bob.id })]),
    lose: (scene) => ofChannel(scene, scene.secret_id, []),
  },
  "the roles for which it is": {
    gain: ({ alice, secret_id, role_id }) =>
      done(alice, "update_channel", { channel_id: secret_id, changes: { roles: [role_id] } }),
    lose: ({ alice, secret_id }) => done(alice, "update_channel", { channel_id: secret_id, changes: { roles: [] } }),
  },
  "the category's overwrites": {
    in_category: true,
    gain: (scene) => ofCategory(scene, scene.hers_id, [seenBy({ role_id: scene.role_id })]),
    lose: (scene) => ofCategory(scene, scene.hers_id, []),
    around: "category",
  },
  "a move to another category": {
    in_category: true,
    gain: ({ alice, secret_id, ours_id }) =>
      done(alice, "update_channel", { channel_id: secret_id, changes: { category_id: ours_id } }),
    lose: ({ alice, secret_id, hers_id }) =>
      done(alice, "update_channel", { channel_id: secret_id, changes: { category_id: hers_id } }),
  },
};

const isSight = ({ type, data }: Frame) =>
  ["channel_added", "channel_deleted", "category_added", "category_deleted"].includes(type) && data.server_id;

describe.each(Object.entries(ways))("%s", (_, way) => {
  const { everybody = [], around } = way;

  test("tells who gains the channel, once, and nobody else", async () => {
    const scene = await aScene(way.in_category);
    const { bob, carol, secret_id } = scene;
    const bobs_phone = { client: await server.connect(bob) };
    await done(bobs_phone, "get_server", { server_id: scene.server_id });
    await way.gain(scene);
    const events = await bob.client.rest();
    expect(events.map(({ type }) => type)).toEqual([
      ...(around ? [`${around}_added`] : []),
      "channel_added",
      ...everybody,
    ]);
    const added = events.find(({ type }) => type === "channel_added");
    expect(added?.["data"]).toMatchObject({ channel: { id: secret_id, name: "secret" } });
    const { channel } = await done(bob, "get_server_channel", { channel_id: secret_id });
    expect(added?.["data"].channel).toEqual(channel);
    // Who was told only of the sight has not seen the change of which it came.
    const [seen, changed] = [events.filter(isSight), events.filter((event) => !isSight(event))];
    for (const { seq } of changed) expect(seq).toBeGreaterThan(seen[0]?.["seq"]);
    expect(await carol.client.rest()).toMatchObject(everybody.map((type) => ({ type })));
    expect((await bobs_phone.client.rest()).filter(isSight)).toEqual(seen);
  });

  test("tells who loses it, once, and then nothing more", async () => {
    const scene = await aScene(way.in_category);
    const { alice, bob, carol, secret_id } = scene;
    await way.gain(scene);
    await done(bob, "get_message_chunk", { channel_id: secret_id, amount: 10, anchor: 0, direction: true });
    const { message } = await done(bob, "add_message", { channel_id: secret_id, content: "here" });
    const bobs_phone = { client: await server.connect(bob) };
    await done(bobs_phone, "subscribe", { topics: [`channel:${secret_id}`] });
    await quiet(alice, bob, carol, bobs_phone);
    await way.lose(scene);
    const events = await bob.client.rest();
    expect(events.map(({ type }) => type)).toEqual([
      "channel_deleted",
      ...(around ? [`${around}_deleted`] : []),
      ...everybody,
    ]);
    const deleted = told(scene, "channel_deleted", { channel_id: secret_id });
    expect(events[0]).toEqual(deleted);
    expect(await bobs_phone.client.rest()).toEqual([deleted]);
    expect(await typesTold(carol)).toEqual(everybody);
    await expectSilence(scene, message.id, bob, carol, bobs_phone);
  });
});

/** Nothing that happens in the channel reaches them, nor can they reach it. */
async function expectSilence(scene: Scene, message_id: number, ...people: Pick<Present, "client">[]): Promise<void> {
  const { alice, secret_id: channel_id } = scene;
  await done(alice, "add_message", { channel_id, content: "alone" });
  await done(alice, "add_reaction", { message_id, emoji: "🍎" });
  await done(alice, "typing", { channel_id });
  await done(alice, "update_channel", { channel_id, changes: { name: "deeper" } });
  await done(alice, "delete_channel", { channel_id });
  for (const person of people) {
    expect(await person.client.rest()).toEqual([]);
    await expectHidden(person, "get_server_channel", { channel_id }, { channel_id: NOTHING });
    expect((await refusal(person, "subscribe", { topics: [`channel:${channel_id}`] }))["code"]).toBe("not_found");
  }
}

const goings: Record<string, (scene: Scene) => Promise<unknown>> = {
  "who is sent away": ({ alice, bob, server_id }) => done(alice, "remove_member", { server_id, user_id: bob.id }),
  "who is banned": ({ alice, bob, server_id }) => done(alice, "ban_member", { server_id, user_id: bob.id }),
  "who leaves": ({ bob, server_id }) => done(bob, "leave_server", { server_id }),
};

test.each(Object.entries(goings))("%s hears that the server is gone, and nothing more", async (_, go) => {
  const scene = await aScene();
  const { alice, bob, carol, server_id, general_id, secret_id } = scene;
  await ofChannel(scene, secret_id, [seenBy({ user_id: bob.id })]);
  const bobs_phone = { client: await server.connect(bob) };
  for (const channel_id of [general_id, secret_id]) {
    await done(bob, "get_server_channel", { channel_id });
    await done(bobs_phone, "get_server_channel", { channel_id });
  }
  const { message } = await done(bob, "add_message", { channel_id: secret_id, content: "here" });
  await quiet(alice, bob, carol, bobs_phone);
  await go(scene);
  for (const { client } of [bob, bobs_phone]) {
    expect(await client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
  }
  expect(await carol.client.rest()).toEqual([told(scene, "member_deleted", { user_id: bob.id })]);
  await done(alice, "add_message", { channel_id: general_id, content: "gone" });
  await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
  await quiet(carol);
  await expectSilence(scene, message.id, bob, bobs_phone);
});

test("who comes back starts from what members see", async () => {
  const scene = await aScene();
  const { alice, bob, server_id, role_id, secret_id } = scene;
  await ofChannel(scene, secret_id, [seenBy({ role_id })]);
  await done(bob, "get_server_channel", { channel_id: secret_id });
  await done(alice, "remove_member", { server_id, user_id: bob.id });
  await inviteInto(server_id, alice, bob);
  await quiet(bob);
  await expectHidden(bob, "get_server_channel", { channel_id: secret_id }, { channel_id: NOTHING });
  await done(bob, "get_server", { server_id });
  await done(alice, "add_message", { channel_id: secret_id, content: "alone" });
  expect(await typesTold(bob)).toEqual([]);
});

test("whose server it becomes gains what the one before loses", async () => {
  const scene = await aScene();
  const { alice, bob, carol, server_id, secret_id } = scene;
  await done(alice, "get_server_channel", { channel_id: secret_id });
  await done(alice, "transfer_server", { server_id, user_id: bob.id });
  expect(await typesTold(bob)).toEqual(["channel_added", "server_updated"]);
  expect(await typesTold(alice)).toEqual(["channel_deleted", "server_updated"]);
  expect(await typesTold(carol)).toEqual(["server_updated"]);
  await done(bob, "add_message", { channel_id: secret_id, content: "mine now" });
  expect(await typesTold(alice)).toEqual([]);
});

test("what the default role may no longer view, everybody loses at once", async () => {
  const scene = await aScene();
  const { alice, bob, carol, general_id, category_id, default_role_id } = scene;
  const changes = { rules: ["send_messages"] };
  await done(alice, "update_role", { role_id: default_role_id, changes });
  for (const person of [bob, carol]) {
    expect(await person.client.rest()).toEqual([
      told(scene, "channel_deleted", { channel_id: general_id }),
      told(scene, "category_deleted", { category_id }),
      told(scene, "role_changed", { role: { id: default_role_id, ...changes } }),
    ]);
  }
  expect(await typesTold(alice)).toEqual(["role_changed"]);
});

test("a change that gives and takes at once tells each what is theirs", async () => {
  const scene = await aScene();
  const { alice, bob, carol, secret_id } = scene;
  await ofChannel(scene, secret_id, [seenBy({ user_id: bob.id })]);
  await quiet(alice, bob, carol);
  await ofChannel(scene, secret_id, [seenBy({ user_id: carol.id })]);
  expect(await typesTold(bob)).toEqual(["channel_deleted"]);
  expect(await typesTold(carol)).toEqual(["channel_added"]);
  expect(await typesTold(alice)).toEqual(["channel_updated"]);
});

test("who loaded only the channel is told of its loss, and of no gain", async () => {
  const scene = await aScene();
  const { bob, secret_id } = scene;
  await ofChannel(scene, secret_id, [seenBy({ user_id: bob.id })]);
  const bobs_phone = { client: await server.connect(bob) };
  await done(bobs_phone, "get_server_channel", { channel_id: secret_id });
  await ofChannel(scene, secret_id, []);
  expect(await bobs_phone.client.rest()).toEqual([told(scene, "channel_deleted", { channel_id: secret_id })]);
  await ofChannel(scene, secret_id, [seenBy({ user_id: bob.id })]);
  expect(await typesTold(bobs_phone)).toEqual([]);
});

test("nothing said at the time it is lost comes after the word of its loss", async () => {
  const scene = await aScene();
  const { alice, bob, carol, secret_id } = scene;
  for (const round of Array.from({ length: 5 }, (_, index) => index)) {
    await ofChannel(scene, secret_id, [seenBy({ user_id: bob.id })]);
    await done(bob, "get_server_channel", { channel_id: secret_id });
    await quiet(alice, bob, carol);
    const say = (number: number) =>
      done(alice, "add_message", { channel_id: secret_id, content: `round ${round}, number ${number}` });
    const alices_phone = { client: await server.connect(alice) };
    const takeAway = done(alices_phone, "update_channel", {
      ...{ channel_id: secret_id, changes: { overwrites: [unseen(scene)] } },
    });
    await Promise.all([...Array.from({ length: 30 }, (_, number) => say(number)), takeAway]);
    const heard = await bob.client.rest();
    const lost_at = heard.findIndex(({ type }) => type === "channel_deleted");
    expect(lost_at).toBeGreaterThanOrEqual(0);
    expect(heard.slice(lost_at + 1)).toEqual([]);
    expect(await typesTold(carol)).toEqual([]);
  }
});

// What people see of each other: `get_user` and `get_users`, for friends, people of one server and strangers.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { PASSWORD, type Present, startServer, type TestServer, uniqueName } from "../../harness/server.ts";
import { ask, eventsOf, forgetId, refuse } from "./acquaintances.ts";

let server: TestServer;
/** Alice and bob are friends; mallory knows neither. */
let [alice, bob, mallory]: Present[] = [];
const NOBODY = 12_345;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const seq = expect.any(Number);
const publicly = ({ id, name }: Present) => ({ id, name, profile_pic: null });
const wholly = (who: Present) => ({
  ...{ ...publicly(who), bio: null, status: "online", custom_status: null, playing: null },
  created_date: time,
});

async function meet(): Promise<[Present, Present, Present]> {
  [alice, bob] = await server.friends();
  mallory = await server.join(uniqueName("mallory"));
  return [alice, bob, mallory];
}

conversation("get_user", {
  async success() {
    const [alice, bob] = await meet();
    expect(await ask(alice, "get_user", { user_id: bob.id })).toEqual({
      id: expect.any(String),
      type: "get_user",
      data: { user: wholly(bob), seq },
    });
    await ask(bob, "update_user", { changes: { bio: "Pears." } });
    const [event] = await eventsOf(alice.client);
    expect(event).toEqual({ type: "user_changed", topic: `user:${bob.id}`, seq, data: { id: bob.id, bio: "Pears." } });
    const again = await ask(alice, "get_user", { user_id: bob.id });
    expect(again["data"]).toEqual({ user: { ...wholly(bob), bio: "Pears." }, seq: event?.["seq"] });
  },
  errors: {
    async not_found() {
      const [alice] = await meet();
      expect(await ask(alice, "get_user", { user_id: NOBODY })).toMatchObject({ type: "error", code: "not_found" });
    },
  },
  async malformed() {
    const [alice] = await meet();
    for (const user_id of [undefined, null, "5", 0, -1, 1.5, 2 ** 53]) {
      await refuse(alice, "get_user", { user_id }, "data.user_id");
    }
  },
  also: {
    async "a stranger gets the public fields, and hears nothing"() {
      const [alice, , mallory] = await meet();
      const reply = await ask(mallory, "get_user", { user_id: alice.id });
      expect(reply["data"]).toEqual({ user: publicly(alice) });
      await ask(alice, "update_user", { changes: { bio: "Apples." } });
      alice.client.send({ type: "now-playing", message: "Chess" });
      await alice.client.rest();
      expect(await mallory.client.rest()).toEqual([]);
      const again = await ask(mallory, "get_user", { user_id: alice.id });
      expect(again["data"]).toEqual({ user: publicly(alice) });
    },
    async "a request is enough for who got it, and not for who sent it, until it is accepted"() {
      const [alice, , mallory] = await meet();
      await ask(mallory, "add_friend", { user_id: alice.id });
      expect((await ask(mallory, "get_user", { user_id: alice.id }))["data"]).toEqual({ user: publicly(alice) });
      const refused = await ask(mallory, "subscribe", { topics: [`user:${alice.id}`] });
      expect(refused).toMatchObject({ code: "not_found" });
      expect((await ask(alice, "get_user", { user_id: mallory.id }))["data"]).toEqual({ user: wholly(mallory), seq });
      await ask(alice, "update_friend", { user_id: mallory.id, action: "accept" });
      expect((await ask(mallory, "get_user", { user_id: alice.id }))["data"]).toEqual({ user: wholly(alice), seq });
    },
    async "a server in common is enough"() {
      const [alice, , mallory] = await meet();
      await inviteInto(await foundServer(alice), alice, mallory);
      expect((await ask(mallory, "get_user", { user_id: alice.id }))["data"]).toEqual({ user: wholly(alice), seq });
    },
    async "oneself looks as others see one"() {
      const [alice] = await meet();
      expect((await ask(alice, "get_user", { user_id: alice.id }))["data"]).toEqual({ user: wholly(alice), seq });
      await ask(alice, "update_user", { changes: { status: "invisible" } });
      const hidden = { ...wholly(alice), status: "offline" };
      expect((await ask(alice, "get_user", { user_id: alice.id }))["data"]).toEqual({ user: hidden, seq });
    },
    async "somebody whose account is deleted is a deleted user to everybody"() {
      const [alice, bob, mallory] = await meet();
      await server.call("DELETE", "/user", { password: PASSWORD }, bob.token);
      for (const who of [alice, mallory]) {
        const reply = await ask(who, "get_user", { user_id: bob.id });
        expect(reply["data"]).toEqual({ user: { id: bob.id, name: "deleted user", profile_pic: null } });
      }
    },
    async "what a stranger gets doesn't tell whether they are there"() {
      const [alice, , mallory] = await meet();
      const there = forgetId(await ask(mallory, "get_user", { user_id: alice.id }));
      await alice.client.close();
      expect(forgetId(await ask(mallory, "get_user", { user_id: alice.id }))).toEqual(there);
    },
  },
});

conversation("get_users", {
  async success() {
    const [alice, bob, mallory] = await meet();
    const user_ids = [mallory.id, NOBODY, bob.id, alice.id, bob.id];
    const reply = await ask(alice, "get_users", { user_ids });
    expect(reply["data"]).toEqual({
      users: [publicly(mallory), wholly(bob), wholly(alice)],
      topics: { [`user:${bob.id}`]: { seq }, [`user:${alice.id}`]: { seq } },
    });
    await ask(bob, "update_user", { changes: { custom_status: "away" } });
    await ask(mallory, "update_user", { changes: { custom_status: "away" } });
    expect(await eventsOf(alice.client)).toMatchObject([{ data: { id: bob.id, custom_status: "away" } }]);
    const { topics } = (await ask(alice, "get_users", { user_ids }))["data"];
    expect(topics[`user:${bob.id}`].seq).toBeGreaterThan(reply["data"].topics[`user:${bob.id}`].seq);
  },
  errors: {},
  async malformed() {
    const [alice] = await meet();
    await refuse(alice, "get_users", {}, "data.user_ids");
    await refuse(alice, "get_users", { user_ids: alice.id }, "data.user_ids");
    await refuse(alice, "get_users", { user_ids: [alice.id, "5"] }, "data.user_ids.1");
    const many = Array.from({ length: limits.page_length + 1 }, (_, index) => index + 1);
    await refuse(alice, "get_users", { user_ids: many }, "data.user_ids");
  },
  also: {
    async "of nobody is answered with nobody"() {
      const [alice] = await meet();
      expect((await ask(alice, "get_users", { user_ids: [] }))["data"]).toEqual({ users: [], topics: {} });
      expect((await ask(alice, "get_users", { user_ids: [NOBODY] }))["data"]).toEqual({ users: [], topics: {} });
    },
    async "those whose account is deleted have a name still"() {
      const [alice, bob] = await meet();
      await server.call("DELETE", "/user", { password: PASSWORD }, bob.token);
      const reply = await ask(alice, "get_users", { user_ids: [bob.id] });
      const deleted = { id: bob.id, name: "deleted user", profile_pic: null };
      expect(reply["data"]).toEqual({ users: [deleted], topics: {} });
    },
  },
});

test("what was loaded and what was told since make what others load now", async () => {
  const [alice, bob] = await server.friends();
  for (let round = 0; round < 40; round += 1) {
    const changes = { bio: `round ${round}`, custom_status: `${round}`, ...(round % 4 === 0 && { status: "dnd" }) };
    bob.client.send({ type: "update_user", data: { changes: round % 4 === 2 ? { status: "invisible" } : changes } });
    bob.client.send({ type: "now-playing", message: round % 3 === 0 ? "" : `game ${round}` });
    const phone = await server.connect(alice);
    const loaded = await ask({ client: phone }, "get_user", { user_id: bob.id });
    await bob.client.rest();
    await phone.rest();
    const copy = { ...loaded["data"].user };
    let told: number = loaded["data"].seq;
    for (const event of phone.seen.slice(phone.seen.indexOf(loaded) + 1).filter(({ topic }) => topic)) {
      expect(event["seq"]).toBeGreaterThan(told);
      told = event["seq"];
      Object.assign(copy, event["data"]);
    }
    const fresh = await ask({ client: phone }, "get_user", { user_id: bob.id });
    expect(fresh["data"]).toEqual({ user: copy, seq: told });
    await phone.close();
  }
});

// What is done in a server as large as one may be: whoever listens hears all of it, nobody is cut off by it, and nobody
// elsewhere waits for it.

import { afterEach, expect, test } from "bun:test";
import { categoryId, channelId, roleId, SINCE } from "../../bench/neighbours/land.ts";
import { serverId } from "../../bench/seed.ts";
import { limits } from "../../src/domain/limits.ts";
import { done } from "../harness/community.ts";
import { openTown, type Person, results, type Town } from "./town.ts";

const PATIENCE_MS = 60_000;
const ELSEWHERE = "198.51.100.1";
const [OWNER, MEMBER, MALLORY, FIRST_GUEST] = [101, 102, 103, 110];
const [LARGE, OTHER] = [2, 3];
const large = { channels: limits.channels_per_server, roles: 249, overwrites: limits.overwrites };
const server_id = serverId(LARGE);

let town: Town;
afterEach(() => town.stop());

const topics = [
  `server:${server_id}`,
  ...Array.from({ length: large.channels }, (_, at) => `channel:${channelId(LARGE, at + 1)}`),
];

async function expectServed({ client }: Person): Promise<void> {
  const epoch = client.seen[0]?.["data"].epoch;
  const data = { channel_id: channelId(1), content: "apples" };
  const answers = await Promise.all([
    client.ask({ type: "ping" }),
    client.ask({ type: "add_message", data }),
    client.ask({ type: "sync", data: { epoch, topics: { self: 0 } } }),
  ]);
  expect([...results(answers)]).toEqual(["pong", "add_message", "sync"]);
}

test(
  "a role's new name, again and again: who has loaded everything is told each time, and others are served",
  async () => {
    town = await openTown((land) => {
      land.server(LARGE, { owner: OWNER, members: [OWNER, MEMBER], ...large });
      land.allRolesFor(LARGE, MEMBER, large.roles);
    });
    const [bob, owner, member] = [await town.person(1), await town.person(OWNER), await town.person(MEMBER)];
    await done(member, "subscribe", { topics });
    const names = Array.from({ length: 20 }, (_, at) => `role ${at}`);
    const renames = names.map((name) =>
      done(owner, "update_role", { role_id: roleId(LARGE, 1), changes: { name } }).catch((error) => error),
    );
    await expectServed(bob);
    for (const renamed of await Promise.all(renames)) expect(renamed.role).toBeDefined();
    for (const name of names) {
      const { data } = await member.client.take("role_changed");
      expect(data.role.name).toBe(name);
    }
    expect(member.client.socket.readyState).toBe(WebSocket.OPEN);
  },
  PATIENCE_MS,
);

test(
  "a category of as many channels as there may be is shown: all its members hear all of it, at their pace",
  async () => {
    const guests = Array.from({ length: 20 }, (_, at) => FIRST_GUEST + at);
    town = await openTown((land) =>
      land.server(LARGE, { owner: OWNER, members: [OWNER, ...guests], ...large, is_hidden: true }),
    );
    const [bob, owner] = [await town.person(1), await town.person(OWNER)];
    const members = await Promise.all(guests.map((guest) => town.person(guest)));
    for (const member of members) await done(member, "subscribe", { topics: [`server:${server_id}`] });
    const showing = done(owner, "update_category", { category_id: categoryId(LARGE), changes: { overwrites: [] } });
    await expectServed(bob);
    await showing;
    for (const { client } of members) {
      const came = new Set<number>();
      while (came.size < large.channels - 1) {
        const closed = client.closed.then(({ code }) => {
          throw new Error(`a member was closed with ${code}`);
        });
        const { data } = await Promise.race([client.take("channel_added"), closed]);
        came.add(data.channel.id);
      }
      expect(client.socket.readyState).toBe(WebSocket.OPEN);
    }
  },
  PATIENCE_MS,
);

test.each<[string, { is_hidden: boolean }, string, object]>([
  ["a role is deleted that all channels name", { is_hidden: false }, "delete_role", { role_id: roleId(LARGE, 1) }],
  ["a category is deleted", { is_hidden: true }, "delete_category", { category_id: categoryId(LARGE) }],
  [
    "a role is renamed",
    { is_hidden: false },
    "update_role",
    { role_id: roleId(LARGE, 1), changes: { name: "helpers", position: 190 } },
  ],
  [
    "a channel moves past all others",
    { is_hidden: false },
    "update_channel",
    { channel_id: channelId(LARGE, large.channels), changes: { position: 0 } },
  ],
  ["a role is put below all others", { is_hidden: false }, "add_role", { server_id, name: "helpers", position: 1 }],
  ["the server has another owner", { is_hidden: true }, "transfer_server", { server_id, user_id: FIRST_GUEST }],
])(
  "nobody who listens is cut off when %s",
  async (_, { is_hidden }, type, data) => {
    const guests = Array.from({ length: 10 }, (_, at) => FIRST_GUEST + at);
    town = await openTown((land) => {
      land.server(LARGE, { owner: OWNER, members: [OWNER, ...guests], ...large, roles: 200, is_hidden });
      for (const guest of guests) land.allRolesFor(LARGE, guest, 200);
    });
    const [bob, owner] = [await town.person(1), await town.person(OWNER)];
    const members = await Promise.all(guests.map((guest) => town.person(guest)));
    for (const member of members) await done(member, "subscribe", { topics: [`server:${server_id}`] });
    const changed = done(owner, type, data);
    await expectServed(bob);
    await changed;
    for (const { client } of members) {
      const closed = client.closed.then(({ code }) => code);
      expect(await Promise.race([client.ask({ type: "ping" }).then(({ type }) => type), closed])).toBe("pong");
    }
  },
  PATIENCE_MS,
);

test(
  "sessions that catch up with 900 changes of 500 channels each wait for themselves alone",
  async () => {
    town = await openTown((land) => {
      land.server(LARGE, { owner: OWNER, members: [OWNER, MEMBER], ...large });
      land.changesBehind(LARGE, 900, large.channels);
    });
    const bob = await town.person(1);
    const sessions = await Promise.all(Array.from({ length: 28 }, () => town.person(MEMBER, ELSEWHERE)));
    const epoch = bob.client.seen[0]?.["data"].epoch;
    const behind = Object.fromEntries(topics.map((topic) => [topic, SINCE]));
    const syncs = sessions.flatMap(({ client }) =>
      [1, 2, 3].map(() => client.ask({ type: "sync", data: { epoch, topics: behind } }).catch((error) => error)),
    );
    await expectServed(bob);
    await Promise.all(syncs);
    await expectServed(bob);
  },
  PATIENCE_MS,
);

test(
  "who is banned and joins all the same, while they join a busy server of their own, holds up nobody's messages",
  async () => {
    town = await openTown((land) => {
      land.server(LARGE, { owner: OWNER, members: [OWNER, MEMBER], ...large });
      land.allRolesFor(LARGE, MEMBER, large.roles);
      land.server(OTHER, { owner: OWNER, members: [OWNER] });
      land.invite(LARGE, "busy");
      land.invite(1, "ours");
      land.ban(1, MALLORY);
    });
    const [bob, owner, member] = [await town.person(1), await town.person(OWNER), await town.person(MEMBER)];
    await done(member, "subscribe", { topics });
    const mallory = await town.person(MALLORY, ELSEWHERE);
    for (let at = 0; at < 20; at += 1) {
      owner.client.send({
        type: "update_role",
        data: { role_id: roleId(LARGE, 1), changes: { name: `role ${at}` } },
      });
      mallory.client.send({ type: "join_server", data: { invite_code: "busy" } });
      mallory.client.send({ type: "join_server", data: { invite_code: "ours" } });
      mallory.client.send({ type: "leave_server", data: { server_id } });
    }
    await expectServed(bob);
    expect((await mallory.client.ask({ type: "join_server", data: { invite_code: "ours" } }))["code"]).toBe(
      "forbidden",
    );
  },
  PATIENCE_MS,
);

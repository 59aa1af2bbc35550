// What can be done with what is long: texts, friends, lists of a server's parts, and changes that change many of them.

import { limits } from "../../src/domain/limits.ts";
import type { LoadSocket } from "../socket.ts";
import { type Attack, type Attacker, demanded } from "./attack.ts";
import { channelId, roleId } from "./land.ts";

const SESSIONS = 4;
const [ONE, OTHER] = [0, 1];
/** One sign that is taken apart into eighteen to be searched. */
const LIGATURE = "\ufdfa";

const texts: Attack = {
  name: "long-texts",
  title: "messages of as many words as a message may have",
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE)] }),
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    const channel_id = channelId(by.own.server);
    const han = (at: number) =>
      Array.from({ length: limits.message_length }, (_, sign) =>
        String.fromCodePoint(0x4e00 + ((at * 7 + sign) % 20_000)),
      );
    by.begin();
    by.ask(sockets, 26, (at) => [
      "add_message",
      { channel_id, content: at % 2 === 0 ? LIGATURE.repeat(limits.message_length) : han(at).join("") },
    ]);
  },
};

/** Put in order by comparing each with those before it. */
const marks: Attack = {
  name: "marks",
  title: "messages of one letter and as many marks on it as there is room for",
  seed: texts.seed as NonNullable<Attack["seed"]>,
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    const half = limits.message_length / 2 - 1;
    const content = `a${"\u0315".repeat(half)}${"\u0316".repeat(half)}`;
    by.begin();
    by.ask(sockets, 26, () => ["add_message", { channel_id: channelId(by.own.server), content }]);
  },
};

const friends: Attack = {
  name: "friend-lists",
  title: "lists of as many people as one may be friends with, or have asked",
  seed(land, own, size) {
    const peers = Array.from(
      { length: Math.min(limits.relations_per_user, size.members / 2) },
      (_, at) => size.members - at,
    );
    for (const [user, peer, asked] of [
      [own.user(ONE), "value", "outgoing"],
      ["value", own.user(ONE), "incoming"],
    ] as const) {
      land.run(`INSERT INTO friendships (user_id, peer_id, state, since, seq)
        SELECT ${user}, ${peer}, iif(key < ${limits.requests_per_user}, '${asked}', 'friend'), 1, 1
        FROM json_each('${JSON.stringify(peers)}')`);
    }
  },
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.spend(sockets, 3, (socket, at) => {
      socket.send(`{"id":"${at + 1}","type":"${at % 2 === 0 ? "get-friend-requests" : "get_friends"}","data":{}}`);
    });
  },
};

const openings: Attack = {
  name: "openings",
  title: "opens sessions of somebody with as many friends and requests as one may have",
  seed: friends.seed as NonNullable<Attack["seed"]>,
  async run(by) {
    by.begin();
    by.loop(16, async () => {
      try {
        (await by.session()).drop();
      } catch {
        await Bun.sleep(20);
      }
    });
  },
};

const large = (land: Parameters<NonNullable<Attack["seed"]>>[0], own: Attacker["own"], size: Attacker["size"]) => {
  const { channels, roles, overwrites } = size;
  land.server(own.server, {
    owner: own.user(ONE),
    members: [own.user(ONE), own.user(OTHER)],
    channels,
    roles,
    overwrites,
  });
  land.allRolesFor(own.server, own.user(OTHER), roles);
};

const asking = (name: string, title: string, cost: number, request: (by: Attacker) => [string, object]): Attack => ({
  name,
  title,
  seed: large,
  async run(by) {
    const sockets = await by.sessions(SESSIONS, OTHER);
    by.begin();
    by.ask(sockets, cost, () => request(by));
  },
});

const deletedRoles: Attack = {
  name: "deleted-roles",
  title: "deletes roles that are named in every channel's overwrites",
  seed: large,
  async run(by) {
    await watching(by);
    const socket = await by.session();
    by.begin();
    by.loop(1, async (at) => {
      const role_id = roleId(by.own.server, 1 + (at % by.size.roles));
      if ((await by.demand(socket, "delete_role", { role_id }))["type"] === "error") await Bun.sleep(100);
    });
  },
};

const positions: Attack = {
  name: "positions",
  title: "moves roles and channels past all others",
  seed: large,
  async run(by) {
    await watching(by);
    const sockets = await by.sessions(SESSIONS);
    const { own, size } = by;
    by.begin();
    by.ask(sockets, 5, (at) =>
      at % 2 === 0
        ? ["update_role", { role_id: roleId(own.server, 1 + (at % size.roles)), changes: { position: 1 } }]
        : ["update_channel", { channel_id: channelId(own.server, 1 + (at % size.channels)), changes: { position: 0 } }],
    );
  },
};

const roleFlips: Attack = {
  name: "role-flips",
  title: "gives a member the role by which 499 channels are seen, and takes it away, 20 sessions watching",
  seed(land, own, { channels, roles, overwrites }) {
    const members = [own.user(ONE), own.user(OTHER)];
    land.server(own.server, { owner: own.user(ONE), members, channels, roles, overwrites, is_hidden: true });
    land.run(`UPDATE channels SET overwrites = json_set(overwrites, '$[0].allow', (1 << 14) - 1)
      WHERE server_id = (SELECT server_id FROM roles WHERE id = ${roleId(own.server, 1)})`);
  },
  async run(by) {
    const watchers = await by.sessions(20, OTHER);
    for (const socket of watchers) demanded(await socket.ask("subscribe", { topics: [`server:${by.server_id}`] }));
    const socket = await by.session(ONE);
    by.begin();
    by.loop(1, async (at) => {
      const roles = at % 2 === 0 ? [] : [roleId(by.own.server, 1)];
      await by.demand(socket, "update_member", {
        server_id: by.server_id,
        user_id: by.own.user(OTHER),
        changes: { roles },
      });
      await Bun.sleep(20);
    });
  },
};

async function watching(by: Attacker): Promise<LoadSocket[]> {
  const sockets = await by.sessions(20, OTHER);
  for (const socket of sockets) demanded(await socket.ask("subscribe", { topics: [`server:${by.server_id}`] }));
  return sockets;
}

export const list_attacks: readonly Attack[] = [
  ...[texts, marks, friends, openings],
  asking("channel-lists", "lists 500 channels of 100 overwrites", 3, (by) => [
    "get_server_channels",
    { server_id: by.server_id },
  ]),
  asking("role-lists", "lists 249 roles", 2, (by) => ["get_server_roles", { server_id: by.server_id }]),
  asking("one-channel", "loads a channel of 100 overwrites", 2, ({ own }) => [
    "get_server_channel",
    { channel_id: channelId(own.server, 7) },
  ]),
  ...[deletedRoles, positions, roleFlips],
];

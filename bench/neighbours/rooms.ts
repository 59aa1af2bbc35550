// What can be done in servers of one's own, as large as servers may be.

import { limits } from "../../src/domain/limits.ts";
import { serverId } from "../seed.ts";
import { epochOf, type LoadSocket } from "../socket.ts";
import { type Attack, type Attacker, demanded } from "./attack.ts";
import { categoryId, channelId, nameOf, PEOPLE, roleId, SINCE } from "./land.ts";

const SESSIONS = 4;
/** Who wrote, and who searches. */
const [ONE, OTHER] = [0, 1];
const IN_HIDDEN = 20;

const search: Attack = {
  name: "search",
  title: "a word of one sign said 200 times, in 400 messages of it",
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE), own.user(OTHER)] }),
  async run(by) {
    const writers = await by.sessions(8, OTHER);
    const content = `${"的".repeat(199)}一`;
    const each = Math.ceil(by.size.messages / writers.length);
    await Promise.all(
      writers.map(async (socket) => {
        const data = { channel_id: channelId(by.own.server), content };
        for (let at = 0; at < each; at += 1) demanded(await socket.ask("add_message", data));
      }),
    );
    const sockets = await by.sessions(8, ONE);
    by.begin();
    by.ask(sockets, 20, () => [
      "search_messages",
      { server_id: by.server_id, query: "的".repeat(200), amount: 25, anchor: 0 },
    ]);
  },
};

const roleNames: Attack = {
  name: "role-names",
  title: "renames a role of 249, over 500 channels of 100 overwrites",
  seed(land, own, { channels, roles, overwrites }) {
    const members = [own.user(ONE), own.user(OTHER)];
    land.server(own.server, { owner: own.user(ONE), members, channels, roles, overwrites });
    land.allRolesFor(own.server, own.user(OTHER), roles);
  },
  async run(by) {
    await subscribed(by, await by.session(OTHER));
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.ask(sockets, 5, (at) => renamed(by, at));
  },
};

const renamed = ({ own }: Attacker, at: number): [string, object] => [
  "update_role",
  { role_id: roleId(own.server, 1), changes: { name: `role ${at}` } },
];

const syncs: Attack = {
  name: "syncs",
  title: "28 sessions sync 500 channels, 900 changes of overwrites behind",
  seed(land, own, { channels, roles, overwrites, changes }) {
    const members = [own.user(ONE), own.user(OTHER)];
    land.server(own.server, { owner: own.user(ONE), members, channels, roles, overwrites });
    land.changesBehind(own.server, changes, channels);
  },
  async run(by) {
    const sockets = await by.sessions(28, OTHER);
    const epoch = epochOf(sockets[0] as LoadSocket);
    const topics = Object.fromEntries(topicsOf(by).map((topic) => [topic, SINCE]));
    by.begin();
    by.ask(sockets, 20, () => ["sync", { epoch, topics }]);
  },
};

const shown: Attack = {
  name: "category-shown",
  title: "shows a category of 499 channels to 20 members, and hides it",
  seed(land, own, { channels, roles, overwrites }) {
    const members = Array.from({ length: IN_HIDDEN + 1 }, (_, at) => own.user(at));
    land.server(own.server, { owner: own.user(ONE), members, channels, roles, overwrites, is_hidden: true });
  },
  async run(by) {
    const socket = await by.session();
    const reply = demanded(await socket.ask("get_server_roles", { server_id: by.server_id }));
    const { roles } = reply["data"] as { roles: { id: number; position: number }[] };
    const role_id = roles.find(({ position }) => position === 0)?.id;
    by.begin();
    let is_shown = false;
    // As fast as one is answered.
    by.loop(1, async () => {
      is_shown = !is_shown;
      const overwrites = is_shown ? [] : [{ role_id, allow: [], deny: ["view_channel"] }];
      await by.demand(socket, "update_category", { category_id: categoryId(by.own.server), changes: { overwrites } });
      await Bun.sleep(100);
    });
  },
};

const invites: Attack = {
  name: "invites",
  title: `one member makes ${limits.invites_per_server - 1} invites`,
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE), own.user(OTHER)] }),
  async run(by) {
    const sockets = await by.sessions(SESSIONS, OTHER);
    by.begin();
    by.ask(sockets, 5, () => ["add_invite", { server_id: by.server_id }]);
  },
};

const joins: Attack = {
  name: "joins",
  title: "is banned, joins all the same, and joins a busy server of its own",
  seed(land, own, { channels, roles, overwrites }) {
    const members = [own.user(ONE), own.user(OTHER)];
    land.server(own.server, { owner: own.user(ONE), members, channels, roles, overwrites });
    land.invite(own.server, `in-${own.server}`);
    land.invite(1, `ones-${own.server}`);
    land.ban(1, own.user(2));
  },
  async run(by) {
    await subscribed(by, await by.session(OTHER));
    const busy = await by.sessions(2, ONE);
    const sockets = await by.sessions(SESSIONS, 2);
    by.begin();
    by.ask(busy, 5, (at) => renamed(by, at));
    by.spend(sockets, 25, (socket) => {
      socket.post("join_server", { invite_code: `in-${by.own.server}` });
      socket.post("join_server", { invite_code: `ones-${by.own.server}` });
      socket.post("leave_server", { server_id: by.server_id });
    });
  },
};

const reactions: Attack = {
  name: "reactions",
  title: "reacts to one message and takes it back, 60 sessions watching",
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE), ...watchers(own)] }),
  async run(by) {
    const [first] = await watching(by);
    const message = { channel_id: channelId(by.own.server), content: "apples" };
    const added = demanded(await (first as LoadSocket).ask("add_message", message));
    const message_id = (added["data"] as { message: { id: number } }).message.id;
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.spend(sockets, 3, (socket, at) => {
      const emoji = String.fromCodePoint(0x1f34e + ((at >> 3) % limits.reaction_kinds));
      socket.post((at >> 2) % 2 === 0 ? "add_reaction" : "remove_reaction", { message_id, emoji });
    });
  },
};

const profiles: Attack = {
  name: "profiles",
  title: "changes name, bio and status, 60 sessions watching",
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE), ...watchers(own)] }),
  async run(by) {
    const user_id = by.own.user(ONE);
    for (const socket of await watching(by)) demanded(await socket.ask("get_user", { user_id }));
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.ask(sockets, 5, (at) => [
      "update_user",
      { changes: { bio: `${at}`.repeat(100), status: at % 2 === 0 ? "dnd" : "invisible" } },
    ]);
  },
};

const members: Attack = {
  name: "member-lists",
  title: "lists of 20,000 members, filtered",
  seed(land, own, size) {
    const list = Array.from({ length: size.members }, (_, at) => at + 1).filter((user) => user > PEOPLE);
    land.server(own.server, { owner: own.user(ONE), members: list });
  },
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    const filters = [{ online: true }, { name: "9" }, { name: "user", online: true }, { friends: true, name: "x" }];
    by.begin();
    by.ask(sockets, 8, (at) => [
      "get_server_members",
      { server_id: by.server_id, amount: limits.page_length, anchor: 0, filter: filters[at % filters.length] },
    ]);
  },
};

const readStates: Attack = {
  name: "read-states",
  title: "asks what is unread in 500 channels of 50,000 messages",
  seed(land, own, size) {
    land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE)], channels: size.channels });
    land.messages(own.server, size.channels, size.messages * 125);
  },
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.ask(sockets, 10, () => ["get_read_state", {}]);
  },
};

const deletions: Attack = {
  name: "channels",
  title: "adds channels and deletes them, 60 sessions watching",
  seed: (land, own) => land.server(own.server, { owner: own.user(ONE), members: [own.user(ONE), ...watchers(own)] }),
  async run(by) {
    await watching(by);
    const socket = await by.session();
    by.begin();
    by.loop(8, async (at) => {
      const added = await by.demand(socket, "add_channel", { server_id: by.server_id, name: `channel ${at}` });
      if (added["type"] === "error") return Bun.sleep(200);
      const { channel } = added["data"] as { channel: { id: number } };
      await by.demand(socket, "delete_channel", { channel_id: channel.id });
    });
  },
};

const watchers = (own: Attacker["own"]) => [own.user(1), own.user(2)];

/** Sessions of two accounts, subscribed to the server and its first channel. */
async function watching(by: Attacker): Promise<LoadSocket[]> {
  const sockets = [...(await by.sessions(30, 1)), ...(await by.sessions(30, 2))];
  const topics = [`server:${serverId(by.own.server)}`, `channel:${channelId(by.own.server)}`];
  for (const socket of sockets) demanded(await socket.ask("subscribe", { topics }));
  return sockets;
}

function topicsOf({ own, size }: Attacker): string[] {
  const channels = Array.from({ length: size.channels }, (_, at) => `channel:${channelId(own.server, at + 1)}`);
  return [`server:${serverId(own.server)}`, ...channels];
}

async function subscribed(by: Attacker, socket: LoadSocket): Promise<void> {
  demanded(await socket.ask("subscribe", { topics: topicsOf(by) }));
}

/** Whom strangers find by name. */
const befriending: Attack = {
  name: "friendships",
  title: "asks everybody to be friends, and takes it back",
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.spend(sockets, 10, (socket, at) => {
      const name = nameOf(by.own.user(1 + (at % 30)));
      socket.post("add_friend", { name });
      socket.post("delete_friend", { user_id: by.own.user(1 + (at % 30)) });
    });
  },
};

export const room_attacks: readonly Attack[] = [
  ...[search, roleNames, syncs, shown, invites, joins],
  ...[reactions, profiles, members, readStates, deletions, befriending],
];
export const HIDDEN_FROM = IN_HIDDEN;

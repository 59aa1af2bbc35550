// The database of a server that has ordinary people in it, and what each attack wants to find: servers at the limits of
// what may be in one. Everything has a number, by which both processes know its id.

import { DEFAULT_RULES, rulesOf } from "../../src/domain/permissions.ts";
import {
  CREATED_MS,
  channelId as channelAt,
  roleId as defaultRoleId,
  numbers,
  type Seeder,
  seeder,
  serverId,
} from "../seed.ts";

/** How much there is of what has a limit. */
export interface Size {
  members: number;
  channels: number;
  roles: number;
  overwrites: number;
  changes: number;
  messages: number;
  upload_bytes: number;
}

/** Ordinary people are the users 1 to this, in the first server. */
export const PEOPLE = 24;
export const PASSWORD = "correct horse battery staple";
/** Who has a password that others try, and nothing else to do. */
export const OWNER_OF_A_NAME = PEOPLE + 1;
const FIRST_ATTACKER = 100;
const EACH = 40;
const CHANNELS_EACH = 1_000;

/** The users and the server of an attack, by its place among all of them. */
export interface Own {
  server: number;
  user(at: number): number;
}

export const ownOf = (attack: number): Own => ({
  server: 2 + attack,
  user: (at) => FIRST_ATTACKER + EACH * attack + at,
});

/** Counted from 1 in each server, as channels are. */
export const channelId = (server: number, channel = 1) => channelAt(server * CHANNELS_EACH + channel);
export const roleId = (server: number, role: number) => 210_000_000 + server * CHANNELS_EACH + role;
export const categoryId = (server: number) => 400_000_000 + server;
export const nameOf = (user: number) => `user${user}`;
/** The seq of what was there before anything changed. */
export const SINCE = 500_000_000;

export interface ServerSeed {
  owner: number;
  members: readonly number[];
  channels?: number;
  roles?: number;
  /** Of each channel, for as many of its roles. */
  overwrites?: number;
  /** All channels but the first lie in a category that nobody may view. */
  is_hidden?: boolean;
}

export class Land {
  readonly #seed: Seeder;

  private constructor(seed: Seeder) {
    this.#seed = seed;
  }

  static async open(folder: string, users: number): Promise<Land> {
    const land = new Land(await seeder(folder));
    land.#seed.users(users);
    const hash = await Bun.password.hash(PASSWORD, { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 });
    land.run(`UPDATE users SET password_hash = '${hash}' WHERE id <= ${OWNER_OF_A_NAME}`);
    land.server(1, { owner: 1, members: Array.from({ length: PEOPLE }, (_, at) => at + 1) });
    return land;
  }

  run(sql: string): void {
    this.#seed.run(sql);
  }

  server(server: number, { owner, members, channels = 1, roles = 0, overwrites = 0, is_hidden }: ServerSeed): void {
    const id = serverId(server);
    this.run(`INSERT INTO servers (id, name, owner_id, default_role_id, num_members, created_at, seq)
      VALUES (${id}, 'server${server}', ${owner}, ${defaultRoleId(server)}, ${members.length}, ${CREATED_MS}, ${id})`);
    this.run(`INSERT INTO roles (id, server_id, name, rules, position, seq)
      VALUES (${defaultRoleId(server)}, ${id}, 'everyone', ${DEFAULT_RULES}, 0, ${defaultRoleId(server)})`);
    if (roles > 0) this.#roles(server, roles);
    if (is_hidden) this.#hiddenCategory(server);
    const list = overwrites > 0 ? overwritesSql(server, Math.min(overwrites, roles)) : "'[]'";
    this.run(`INSERT INTO channels (id, server_id, category_id, name, position, overwrites, seq) ${numbers(channels)}
      SELECT ${channelId(server, 0)} + i, ${id}, ${is_hidden ? `iif(i = 1, null, ${categoryId(server)})` : "null"},
        'channel' || i, i, ${list}, ${channelId(server, 0)} + i FROM n`);
    this.members(server, members);
  }

  members(server: number, users: readonly number[]): void {
    this.run(`INSERT INTO members (server_id, user_id, joined_at, seq, self_seq)
      SELECT ${serverId(server)}, value, ${CREATED_MS}, 1, 1 FROM json_each('${JSON.stringify(users)}')`);
  }

  /** The user has all roles of the server. */
  allRolesFor(server: number, user: number, roles: number): void {
    this.run(`INSERT INTO member_roles (server_id, user_id, role_id) ${numbers(roles)}
      SELECT ${serverId(server)}, ${user}, ${roleId(server, 0)} + i FROM n`);
  }

  /** So many changes of the channels' overwrites, and a deleted message in each, which a copy as of `SINCE` lacks. */
  changesBehind(server: number, changes: number, channels: number): void {
    const id = serverId(server);
    this.run(`INSERT INTO sight_seqs (server_id, seq) VALUES (${id}, ${SINCE + changes})`);
    this.run(`INSERT INTO structure_history (server_id, until_seq, kind, id, value) ${numbers(changes)}
      SELECT ${id}, ${SINCE} + n.i, 'channel', channels.id,
        json_object('category_id', null, 'overwrites', json(channels.overwrites))
      FROM n JOIN channels ON channels.id = ${channelId(server, 1)} + n.i % ${channels}`);
    this.run(`UPDATE channels SET seq = ${SINCE + changes} + id - ${channelId(server, 0)} WHERE server_id = ${id}`);
    this.run(`INSERT INTO messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
        mentions_everyone, seq, deleted_at) ${numbers(channels)}
      SELECT ${SINCE} - i, ${channelId(server, 0)} + i, ${id}, 1, '', ${CREATED_MS}, '[]', '[]', 0,
        ${SINCE + 100_000} + i, ${CREATED_MS} FROM n`);
  }

  /** Messages of the owner's, spread over the channels. */
  messages(server: number, channels: number, count: number): void {
    const first = 1_000_000_000 + server * 1_000_000;
    this.run(`INSERT INTO messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
        mentions_everyone, seq) ${numbers(count)}
      SELECT ${first} + i, ${channelId(server, 1)} + i % ${channels}, ${serverId(server)}, 1, 'so much hay',
        ${CREATED_MS} + i, '[]', '[]', 0, ${first} + i FROM n`);
  }

  invite(server: number, code: string): void {
    this.run(`INSERT INTO invites (code, server_id, creator_id, created_at, uses)
      SELECT '${code}', id, owner_id, ${CREATED_MS}, 0 FROM servers WHERE id = ${serverId(server)}`);
  }

  ban(server: number, user: number): void {
    this.run(`INSERT INTO bans (server_id, user_id, banned_by, created_at)
      VALUES (${serverId(server)}, ${user}, 1, ${CREATED_MS})`);
  }

  close(): void {
    this.#seed.close();
  }

  #roles(server: number, roles: number): void {
    this.run(`INSERT INTO roles (id, server_id, name, rules, position, seq) ${numbers(roles)}
      SELECT ${roleId(server, 0)} + i, ${serverId(server)}, 'role' || i, 0, i, ${roleId(server, 0)} + i FROM n`);
  }

  #hiddenCategory(server: number): void {
    const hides = JSON.stringify([{ role_id: defaultRoleId(server), allow: 0, deny: rulesOf(["view_channel"]) }]);
    this.run(`INSERT INTO categories (id, server_id, name, position, overwrites, seq)
      VALUES (${categoryId(server)}, ${serverId(server)}, 'hidden', 0, '${hides}', ${categoryId(server)})`);
  }
}

function overwritesSql(server: number, count: number): string {
  const allow = rulesOf(["send_messages"]);
  const list = Array.from({ length: count }, (_, at) => ({ role_id: roleId(server, at + 1), allow, deny: 0 }));
  return `'${JSON.stringify(list)}'`;
}

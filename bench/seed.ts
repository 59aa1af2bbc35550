// Fills a database before the server starts: people, friends, servers and messages by the million, written with plain
// SQL into the schema that the server's own migrations made. Ids are small and computed, so that nothing is looked up.

import Database from "libsql";
import { createTokens } from "../src/accounts/tokens.ts";
import { reachServer } from "../src/db/engine/database-server.ts";
import type { Statement } from "../src/db/engine/driver.ts";
import { openStore } from "../src/db/store.ts";
import { DEFAULT_RULES } from "../src/domain/permissions.ts";
import { databaseIn, JWT_SECRET } from "./process.ts";

export const CREATED_MS = Date.UTC(2025, 0, 1);
const EXPIRES_MS = Date.UTC(2100, 0, 1);
const MESSAGES_AT_ONCE = 250_000;
const SERVER_SEEDING_MS = 60_000;
/** A word that so many of the seeded messages hold, whatever their number. */
export const RARE = { word: "needle", messages: 100 };

/** Servers and channels are counted from 1. A server has one channel unless it was made with more. */
export const serverId = (server: number) => 100_000_000 + server;
export const channelId = (channel: number) => 300_000_000 + channel;
export const roleId = (server: number) => 200_000_000 + server;
const FIRST_MESSAGE_ID = 1_000_000_000;
export const messageId = (message: number) => FIRST_MESSAGE_ID + message;

/** Numbers from 1, as the table `n`. */
export const numbers = (count: number, from = 1) =>
  `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${from + count - 1})`;

export interface People {
  /** Users 1 to `count`, each with one login of the same number. */
  users(count: number): void;
  /** Makes each user a friend of the next `reach` in a ring of all. */
  friendsInRing(count: number, reach: number): void;
  /** Makes the first user a friend of all others. */
  friendsOfFirst(count: number): void;
  /** Servers 1 to `count`, with so many channels each. */
  servers(count: number, channels?: number): void;
  /** `pairs` selects a server's number and a user's. */
  members(pairs: string): void;
}

export interface Seeder extends People {
  /** Spread evenly over the channels 1 to `channels` of the first server. */
  messages(count: number, channels: number): void;
  /** Whatever else there is to be. */
  run(sql: string): void;
  close(): void;
}

/** A new database in the folder, as the server makes it. */
export async function seeder(folder: string): Promise<Seeder> {
  await (await openStore({ url: `file:${databaseIn(folder)}` })).close();
  const database = new Database(databaseIn(folder));
  const run = (sql: string) => database.exec(sql);
  for (const pragma of ["synchronous = OFF", "foreign_keys = OFF", "cache_size = -262144", "temp_store = MEMORY"]) {
    run(`PRAGMA ${pragma}`);
  }
  run("BEGIN");
  return {
    ...peopleBy(run),
    run,
    messages(count, channels) {
      for (let from = 1; from <= count; from += MESSAGES_AT_ONCE) {
        addMessages(run, from, Math.min(MESSAGES_AT_ONCE, count - from + 1), count, channels);
        run("COMMIT; BEGIN");
      }
    },
    close() {
      run("COMMIT");
      run("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

/** A new database on a server, with what `fill` has there be, all of it in one transaction. */
export async function seedServer(url: string, fill: (seed: People) => void): Promise<void> {
  await (await openStore({ url })).close();
  const statements: Statement[] = [];
  fill(peopleBy((sql) => void statements.push({ sql, params: [] })));
  const server = await reachServer({ url }, SERVER_SEEDING_MS);
  const answer = await server.batch(statements);
  server.close();
  if (answer.state !== "done") throw new Error(`the database server was not filled: ${answer.fault.message}`);
}

function peopleBy(run: (sql: string) => void): People {
  return {
    users(count) {
      run(`INSERT INTO users (id, name, name_key, last_online, created_at) ${numbers(count)}
        SELECT i, 'user' || i, 'user' || i, ${CREATED_MS}, ${CREATED_MS} FROM n`);
      run(`INSERT INTO logins (id, user_id, created_at, expires_at) ${numbers(count)}
        SELECT i, i, ${CREATED_MS}, ${EXPIRES_MS} FROM n`);
    },
    friendsInRing(count, reach) {
      const pairs = `SELECT n.i AS one, 1 + (n.i - 1 + step.i) % ${count} AS other FROM n, n AS step
        WHERE step.i <= ${reach}`;
      befriend(run, numbers(count), pairs);
    },
    friendsOfFirst(count) {
      befriend(run, numbers(count), "SELECT 1 AS one, i AS other FROM n WHERE i > 1");
    },
    servers(count, channels = 1) {
      run(`INSERT INTO servers (id, name, owner_id, default_role_id, num_members, created_at, seq) ${numbers(count)}
        SELECT ${serverId(0)} + i, 'server' || i, 1, ${roleId(0)} + i, 0, ${CREATED_MS}, ${serverId(0)} + i FROM n`);
      run(`INSERT INTO roles (id, server_id, name, rules, position, seq) ${numbers(count)}
        SELECT ${roleId(0)} + i, ${serverId(0)} + i, 'everyone', ${DEFAULT_RULES}, 0, ${roleId(0)} + i FROM n`);
      run(`INSERT INTO channels (id, server_id, name, position, overwrites, seq) ${numbers(count * channels)}
        SELECT ${channelId(0)} + i, ${serverId(1)} + (i - 1) / ${channels}, 'channel' || i, i % ${channels}, '[]',
        ${channelId(0)} + i FROM n`);
    },
    members(pairs) {
      run(`INSERT INTO members (server_id, user_id, joined_at, seq, self_seq)
        SELECT ${serverId(0)} + server, user, ${CREATED_MS}, 1, 1 FROM (${pairs}) ORDER BY 1, 2`);
      run("UPDATE servers SET num_members = (SELECT count(*) FROM members WHERE server_id = servers.id)");
    },
  };
}

/** The pairs of all servers 1 to `servers` with all users 1 to `users`. */
export function everybodyIn(servers: number, users: number): string {
  return `${numbers(Math.max(servers, users))} SELECT s.i AS server, u.i AS user FROM n AS s, n AS u
    WHERE s.i <= ${servers} AND u.i <= ${users}`;
}

/** The pairs in which each user is in `each` of the servers, evenly. */
export function someIn(servers: number, users: number, each: number): string {
  return `${numbers(users)} SELECT 1 + (u.i + step.i) % ${servers} AS server, u.i AS user FROM n AS u, n AS step
    WHERE step.i <= ${each}`;
}

function befriend(run: (sql: string) => void, prefix: string, pairs: string): void {
  for (const [user, peer] of [
    ["one", "other"],
    ["other", "one"],
  ]) {
    run(`INSERT INTO friendships (user_id, peer_id, state, since, seq)
      ${prefix} SELECT ${user}, ${peer}, 'friend', ${CREATED_MS}, 1 FROM (${pairs}) ORDER BY 1, 2`);
  }
}

function addMessages(run: (sql: string) => void, from: number, count: number, total: number, channels: number): void {
  const every = Math.max(1, Math.floor(total / RARE.messages));
  run(`INSERT INTO messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
      mentions_everyone, seq) ${numbers(count, from)}
    SELECT ${FIRST_MESSAGE_ID} + i, ${channelId(1)} + i % ${channels}, ${serverId(1)}, 1,
      CASE WHEN i % ${every} = 0 THEN 'a ${RARE.word} in hay ' ELSE 'so much hay ' END || (i % 1000),
      ${CREATED_MS} + i, '[]', '[]', 0, ${FIRST_MESSAGE_ID} + i FROM n`);
  // Their text is made of search terms already.
  run(`INSERT INTO messages_fts (rowid, terms)
    SELECT id, replace(' ' || content, ' ', ' ' || server_id || ':') || ' #' || channel_id || ' ' || server_id || '@' || author_id
    FROM messages WHERE id BETWEEN ${messageId(from)} AND ${messageId(from + count - 1)}`);
}

/** The address of each user's socket. */
export async function authQueries(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, async (_, index) => `auth=${await tokenOf(index + 1)}`));
}

/** The token that the server would have given the user at log-in. */
export function tokenOf(user: number): Promise<string> {
  return createTokens(JWT_SECRET, () => Date.now()).sign({ user_id: user, login: user }, EXPIRES_MS);
}

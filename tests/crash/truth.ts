// What is there after a crash: loaded by clients that begin with nothing, and looked at in the database itself.

import { expect } from "bun:test";
import pLimit from "p-limit";
import type { ClientCache } from "../community/client-cache.ts";
import { Session } from "../community/session.ts";
import { sharedContents } from "../community/shared-contents.ts";
import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import type { RunningServer, TestUser } from "../harness/server.ts";
import type { Load } from "./load.ts";

/** Newcomers who are looked up at once. */
const AT_ONCE = 8;

/**
 * Whoever loads gets the same, and so do those who kept a copy from before the crash and bring it up to date; nothing but
 * what the protocol allows came on the way. Returns what they got.
 */
export async function expectTruth(
  server: RunningServer,
  people: readonly TestUser[],
  keepers: readonly Session[] = [],
): Promise<ClientCache> {
  const returned = await Promise.all(keepers.map((keeper) => Session.resume(server, keeper)));
  const sessions = await Promise.all(people.map((person) => Session.open(server, person)));
  const caches = await Promise.all(sessions.map((session) => session.loadAll()));
  const [first] = caches;
  if (!first) throw new Error("nobody loads");
  for (const session of returned) caches.push(await session.settle());
  for (const cache of caches) {
    expect(cache.faults).toEqual([]);
    expect(impartial(sharedContents(cache, first))).toEqual(impartial(sharedContents(first, cache)));
  }
  await Promise.all([...sessions, ...returned].map(({ client }) => client.close()));
  return first;
}

/** Without what is told to each in another way. */
const impartial = (contents: Json): Json =>
  JSON.parse(JSON.stringify(contents, (key, value) => (key === "me" ? undefined : value)));

/** All that a load's ledger knows of, as it is found; notes the ids of messages in the load. */
export async function factsOf(server: RunningServer, load: Load, cache: ClientCache): Promise<Map<string, string>> {
  const facts = new Map<string, string>();
  const note = (key: string, value: string) => {
    if (facts.has(key)) throw new Error(`${key} is there twice: ${facts.get(key)} and ${value}`);
    facts.set(key, value);
  };
  for (const channel_id of load.channels) {
    const channel = cache.channel(channel_id);
    note(`channel ${channel_id}`, channel?.name ?? "");
    for (const { id, nonce, content, reactions } of channel?.messages?.values() ?? []) {
      note(`message ${nonce}`, content);
      load.ids.set(nonce, id);
      for (const { emoji } of reactions) note(`reaction ${nonce} ${emoji}`, "there");
    }
  }
  await Promise.all(load.people.map((person) => noteWhatOneHas(server, load, person, note)));
  const some_at_once = pLimit(AT_ONCE);
  await some_at_once.map(load.ledger.names("account"), (name) => noteNewcomer(server, name, note));
  for (const [url, bytes] of load.pictures) {
    const stored = await fetch(server.url + url).then((response) => response.bytes());
    if (Buffer.compare(stored, bytes) === 0) note(`picture ${url}`, "there");
  }
  return facts;
}

type Note = (key: string, value: string) => void;

async function noteWhatOneHas(server: RunningServer, load: Load, person: TestUser, note: Note): Promise<void> {
  const client = await server.connect(person);
  const { user } = await done({ client }, "get_user", { user_id: person.id });
  if (user.bio !== null) note(`bio ${person.id}`, user.bio);
  const { channels } = await done({ client }, "get_read_state", { server_id: load.server_id });
  for (const { channel_id, last_read_id } of channels) {
    if (load.channels.includes(channel_id) && last_read_id)
      note(`read ${person.id} ${channel_id}`, String(last_read_id));
  }
  await client.close();
}

async function noteNewcomer(server: RunningServer, name: string, note: Note): Promise<void> {
  const newcomer = await server.login(name).catch(() => null);
  if (!newcomer) return;
  note(`account ${name}`, "there");
  const client = await server.connect(newcomer);
  const { friends } = await done({ client }, "get_friends");
  for (const { user_id, state } of friends) note(`friend ${name}`, `${state} of ${user_id}`);
  await client.close();
}

/** What SQLite finds wrong: in the tables and their indexes, in what refers to what, in the search and its contents. */
export function databaseFaults(folder: string): string[] {
  const count = (sql: string) => Number(readRows(folder, `select count(*) as count from ${sql}`)[0]?.["count"]);
  const faults = readRows(folder, "pragma integrity_check").flatMap((row) => Object.values(row).map(String));
  const stray = readRows(folder, "pragma foreign_key_check").map((row) => `refers to nothing: ${JSON.stringify(row)}`);
  writeRows(folder, "insert into messages_fts (messages_fts) values ('integrity-check')", [[]]);
  const [written, indexed] = [count("messages where content <> ''"), count("messages_fts_docsize")];
  const search = written === indexed ? [] : [`${written} messages have words, ${indexed} are in the search`];
  return [...faults.filter((fault) => fault !== "ok"), ...stray, ...search];
}

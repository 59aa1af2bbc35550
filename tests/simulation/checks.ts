// What must be in the tables when all has come to rest, whatever happened before.

import type { SqlValue } from "../../src/db/engine/driver.ts";
import type { Connection } from "../../src/db/engine/embedded-connection.ts";
import type { Ledger, Made } from "./ledger.ts";

type Rows = SqlValue[][];

/** Queries that must find nothing, and what it means where they do. */
const never: [string, string][] = [
  [
    "a living server is owned by a deleted user",
    "SELECT s.id, s.owner_id FROM servers s LEFT JOIN users u ON u.id = s.owner_id WHERE s.deleted_at IS NULL AND (u.id IS NULL OR u.deleted_at IS NOT NULL)",
  ],
  [
    "a living server's owner is no member of it",
    "SELECT s.id, s.owner_id FROM servers s WHERE s.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM members m WHERE m.server_id = s.id AND m.user_id = s.owner_id AND m.left_at IS NULL)",
  ],
  [
    "a deleted user is a member",
    "SELECT m.server_id, m.user_id FROM members m JOIN users u ON u.id = m.user_id WHERE u.deleted_at IS NOT NULL AND m.left_at IS NULL",
  ],
  [
    "a deleted user has a login",
    "SELECT l.id, l.user_id FROM logins l JOIN users u ON u.id = l.user_id WHERE u.deleted_at IS NOT NULL",
  ],
  [
    "a deleted user has friends",
    "SELECT f.user_id, f.peer_id, f.state FROM friendships f JOIN users u ON u.id IN (f.user_id, f.peer_id) WHERE u.deleted_at IS NOT NULL AND f.state <> 'none'",
  ],
  [
    "num_members is wrong",
    "SELECT s.id, s.num_members, count(m.user_id) FROM servers s LEFT JOIN members m ON m.server_id = s.id AND m.left_at IS NULL WHERE s.deleted_at IS NULL GROUP BY s.id HAVING s.num_members <> count(m.user_id)",
  ],
  [
    "somebody who was never a member has a role",
    "SELECT r.server_id, r.user_id FROM member_roles r WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.server_id = r.server_id AND m.user_id = r.user_id) AND EXISTS (SELECT 1 FROM servers s WHERE s.id = r.server_id AND s.deleted_at IS NULL)",
  ],
  [
    "the two sides of a friendship don't fit",
    `SELECT f.user_id, f.peer_id, f.state FROM friendships f LEFT JOIN friendships g ON g.user_id = f.peer_id AND g.peer_id = f.user_id
     WHERE (f.state = 'friend' AND coalesce(g.state, 'none') <> 'friend') OR (f.state = 'incoming' AND coalesce(g.state, 'none') <> 'outgoing')
        OR (f.state = 'outgoing' AND coalesce(g.state, 'none') <> 'incoming')`,
  ],
];

export function tableFaults(connection: Connection): string[] {
  const rows = (sql: string): Rows => connection.run({ sql, params: [] }).rows;
  return never.flatMap(([words, sql]) => rows(sql).map((row) => `${words}: ${row.join(", ")}`));
}

const tables: Readonly<Record<string, { table: string; label: string; id: string }>> = {
  server: { table: "servers", label: "name", id: "id" },
  category: { table: "categories", label: "name", id: "id" },
  channel: { table: "channels", label: "name", id: "id" },
  role: { table: "roles", label: "name", id: "id" },
  message: { table: "messages", label: "content", id: "id" },
  invite: { table: "invites", label: "max_uses", id: "code" },
};

/** Nothing acknowledged is lost, nothing is there twice, nothing that was refused is there. */
export function ledgerFaults(connection: Connection, ledger: Ledger): string[] {
  const stored = new Map(Object.keys(tables).map((kind) => [kind, storedOf(connection, kind)]));
  return [
    ...ledger.made.flatMap((made) => makingFault(made, stored.get(made.kind) ?? new Map())),
    ...ledger.keys().flatMap((key) => {
      const value = presentValue(connection, key);
      return (value === null ? null : ledger.faultOf(key, value)) ?? [];
    }),
  ];
}

/** Ids by label. */
function storedOf(connection: Connection, kind: string): Map<string, Set<number | string>> {
  const { table, label, id } = tables[kind] as (typeof tables)[string] & object;
  const found = new Map<string, Set<number | string>>();
  for (const [key, name] of connection.run({ sql: `SELECT ${id}, ${label} FROM ${table}`, params: [] }).rows) {
    const ids = found.get(String(name)) ?? new Set();
    found.set(String(name), ids.add(key as number | string));
  }
  return found;
}

function makingFault({ kind, label, fate, ids }: Made, stored: Map<string, Set<number | string>>): string[] {
  const all = new Set([...ids, ...(stored.get(label) ?? [])]);
  if (all.size > 1) return [`one ${kind} was asked for, and there are ${all.size}: ${label}`];
  if (fate === "refused" && all.size > 0) return [`a ${kind} that was refused is there: ${label}`];
  // Who has ended it may have taken it away; of what is edited or renamed there is a register.
  const isEnded = kind === "invite" || kind === "message";
  const present = [...stored.values()].some((found) => [...ids].some((id) => found.has(id)));
  if (fate === "acknowledged" && !isEnded && !present)
    return [`a ${kind} that was acknowledged is not there: ${label}`];
  return [];
}

/** What a register holds now; null where it is gone with something else. */
function presentValue(connection: Connection, key: string): string | null {
  const [kind = "", ...rest] = key.split(":");
  if (kind === "member") return membershipOf(connection, rest.map(Number));
  const [id = "", field = ""] = rest.join(":").split(".");
  const table = kind === "user" ? "users" : tables[kind]?.table;
  if (!table) return null;
  const column = field === "deleted" ? "CASE WHEN deleted_at IS NULL THEN 'no' ELSE 'yes' END" : field;
  const living = field === "deleted" ? "" : " AND deleted_at IS NULL";
  const [row] = connection.run({
    sql: `SELECT ${column} FROM ${table} WHERE id = ?${living}`,
    params: [Number(id)],
  }).rows;
  return row ? String(row[0]) : null;
}

function membershipOf(connection: Connection, params: number[]): string | null {
  const [server] = connection.run({
    sql: "SELECT deleted_at FROM servers WHERE id = ?",
    params: params.slice(0, 1),
  }).rows;
  if (!server || server[0] !== null) return null;
  const sql = "SELECT 1 FROM members WHERE server_id = ? AND user_id = ? AND left_at IS NULL";
  return connection.run({ sql, params }).rows.length > 0 ? "in" : "out";
}

// New messages as rows of JSON, and the statement that inserts them, in which each row is judged.
// Most are mere text: all else that a message may have is in one field of its row, which is null then, so that nothing
// of it is looked for. SQLite finds a field by its place in less time than by its name.

import { isNotNull, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { SqlValue, Statement, StatementResult } from "../engine/driver.ts";
import { mergeable } from "../engine/mergeable.ts";
import type { Access } from "../engine/query.ts";
import { messages, type StoredAuthor } from "../schema/community.ts";
import { fieldsByPlace, insertRows } from "./json-rows.ts";

/** What is stored of every new message, in the order in which its row has it; the rest comes behind. */
const fields = ["id", "channel_id", "server_id", "author_id", "content", "created_at", "nonce"] as const;
const rest = [
  ...["seq", "edited_at", "reply_to", "attachments", "mentions", "mentions_everyone", "mention_roles"],
  ...["mentions_here", "reply_mention", "author"],
] as const;

type Fields = Record<(typeof fields)[number] | "attachments", SQL>;

/** As a row of the statement. `here`: whom it mentions because they are there. */
export function rowOf(
  content: string,
  message: ChatMessage,
  here: readonly number[] | null,
  author: StoredAuthor | null = null,
): unknown[] {
  const { id, channel_id, server_id, author_id, created_at, nonce } = message;
  return [id, channel_id, server_id, author_id, content, created_at, nonce, restOf(message, here, author)];
}

function restOf(message: ChatMessage, here: readonly number[] | null, author: StoredAuthor | null): unknown[] | null {
  const { id, seq, edited_at, reply_to, attachments, mentions, mentions_everyone, mention_roles } = message;
  const { reply_mention } = message;
  const is_text = attachments.length + mentions.length + mention_roles.length === 0 && !mentions_everyone;
  const is_alone = reply_to === null && reply_mention === null && here === null && author === null;
  if (is_text && is_alone && seq === id && edited_at === null) return null;
  const own = [seq, edited_at, reply_to, attachments, mentions, mentions_everyone, mention_roles];
  return [...own, here, reply_mention, author];
}

/** The rows in the parameter `rows`. Neither limit is one: each keeps SQLite from working out what is below it anew. */
const new_rows = sql`(
  select value, value ->> 0 as id, value ->> ${sql.raw(String(fields.length))} as rest
  from (select value from json_each(${sql.placeholder("rows")}) limit -1) limit -1
) as json_each`;

const id = sql.raw("json_each.id");
const none = sql.raw("'[]'");

/** What stands for a field of the rest where the row has none. */
const absent: Record<string, SQL> = {
  ...{ seq: id, attachments: none, mentions: none, mentions_everyone: sql.raw("0"), mention_roles: none },
};

function fieldsOfNew(): Fields & Record<string, SQL> {
  const of_rest = rest.map((name, place) => {
    const value = sql.raw(`json_each.rest ->> ${place}`);
    return [name, absent[name] ? sql`coalesce(${value}, ${absent[name]})` : value];
  });
  return { ...fieldsByPlace(fields), id, ...Object.fromEntries(of_rest) } as Fields;
}

/** What no new message has. */
const of_no_new = { search_text: sql`null`, deleted_at: sql`null`, pin_order: sql`null` };

/** What must hold of a row, and what it is joined with for that, of which there is one row at most. */
export interface Standing {
  holds: SQL;
  joined?: SQL;
  /** Fields of the row that are the same in what it is joined with: SQLite has them there in less time. */
  same?: Partial<Fields>;
}

/** The statement for rows of `rowOf`. Leaves out those for which `standing` doesn't hold, and those whose nonce is taken. */
export function insertUnderNonce(reads: Access["reads"], standing: (of: Fields) => Standing) {
  const of = fieldsOfNew();
  const { holds, joined = sql.empty(), same } = standing(of);
  const from = sql`${new_rows} ${joined}`;
  return insertRows(reads, messages, { ...of, ...same, ...of_no_new }, { from, holds }).onConflictDoUpdate({
    target: [messages.author_id, messages.channel_id, messages.nonce],
    targetWhere: isNotNull(messages.nonce),
    // Never done. Drizzle words a `do nothing` with a target like this in a way that SQLite refuses.
    set: { nonce: sql`excluded.nonce` },
    setWhere: sql`false`,
  });
}

/** Nothing is looked for where as many came in as there were: to return the ids of these would cost more. */
const leftOut = mergeable(`select value from json_each(?1) where not exists (select 1 from messages where id = value)
  limit iif(changes() < json_array_length(?1), -1, 0)`);

/** Right after the insertion, in the same job: finds out who was left out. */
export function findingLeftOut(id: number): Statement {
  return leftOut(`[${id}]`);
}

export const was_added = { added: true };
const was_not_added = { added: false };

/** Of the message with this id, what `findingLeftOut` found. */
export function additionOf(id: number, left_out: StatementResult | undefined): { added: boolean } {
  if (left_out === undefined || (left_out.rows.length > 0 && idsIn(left_out).has(id))) return was_not_added;
  return was_added;
}

/** Looked through once for all the jobs that share it. */
function idsIn(result: StatementResult): ReadonlySet<SqlValue | undefined> {
  const known = idsOfResults.get(result);
  if (known) return known;
  const ids = new Set<SqlValue | undefined>();
  for (const row of result.rows) ids.add(row[0]);
  idsOfResults.set(result, ids);
  return ids;
}

const idsOfResults = new WeakMap<StatementResult, ReadonlySet<SqlValue | undefined>>();

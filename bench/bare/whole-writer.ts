// The writer's thread of what keeps messages whole: one statement for the rows of a group, one for their words, and one
// synced commit. Which nonces were used before is looked up only where fewer rows came in than were handed over.

import type { Message } from "./channel-server.ts";
import type { Firsts } from "./committing.ts";
import { openDatabase } from "./database.ts";
import type { Group } from "./groups.ts";

declare const self: Worker;

const database = openDatabase(`CREATE TABLE messages (
  id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL, author_id INTEGER NOT NULL, content TEXT NOT NULL,
  created_at INTEGER NOT NULL, edited_at INTEGER, reply_to INTEGER, attachments TEXT NOT NULL, mentions TEXT NOT NULL,
  nonce TEXT, seq INTEGER NOT NULL
)`);
database.exec("CREATE INDEX messages_channel_id ON messages (channel_id, id)");
database.exec("CREATE UNIQUE INDEX messages_nonce ON messages (author_id, channel_id, nonce) WHERE nonce IS NOT NULL");
database.exec(
  "CREATE VIRTUAL TABLE messages_fts USING fts5(content, content = '', contentless_delete = 1, detail = none)",
);

const insert = database.prepare(`INSERT INTO messages
  SELECT value ->> 'id', value ->> 'channel_id', value ->> 'author_id', value ->> 'content', value ->> 'created_at',
    NULL, value ->> 'reply_to', coalesce(value ->> 'attachments', '[]'), '[]', value ->> 'nonce', value ->> 'id'
  FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`);
const WORDS = "INSERT INTO messages_fts (rowid, content) SELECT value ->> 'id', value ->> 'content' FROM json_each(?)";
const index = database.prepare(WORDS);
const index_added = database.prepare(`${WORDS} WHERE value ->> 'id' IN (SELECT id FROM messages)`);
const firsts = database.prepare(`SELECT value ->> 'id' AS left_out, messages.*
  FROM json_each(?) JOIN messages ON author_id = value ->> 'author_id' AND channel_id = value ->> 'channel_id'
    AND nonce = value ->> 'nonce' AND messages.id <> value ->> 'id'`);

self.onmessage = ({ data: { rows, count } }: MessageEvent<Group>) => {
  database.exec("BEGIN IMMEDIATE");
  const are_all = insert.run([rows]).changes === count;
  (are_all ? index : index_added).run([rows]);
  database.exec("COMMIT");
  self.postMessage(are_all ? null : firstsOf(rows));
};

function firstsOf(rows: string): Firsts {
  const found = firsts.all([rows]) as (Message & { left_out: number })[];
  return new Map(found.map(({ left_out, ...first }) => [left_out, first]));
}

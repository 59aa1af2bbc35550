// The bare writer's thread: one statement and one synced commit for all messages that it is handed.

import type { Firsts } from "./committing.ts";
import { openDatabase } from "./database.ts";
import type { Group } from "./groups.ts";

declare const self: Worker;

const database = openDatabase(`CREATE TABLE messages (
  id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL, author_id INTEGER NOT NULL, content TEXT NOT NULL,
  created_at INTEGER NOT NULL
)`);
database.exec("CREATE INDEX messages_channel_id ON messages (channel_id, id)");
const insert = database.prepare(`INSERT INTO messages
  SELECT value ->> 'id', value ->> 'channel_id', value ->> 'author_id', value ->> 'content', value ->> 'created_at'
  FROM json_each(?)`);

self.onmessage = ({ data: { rows } }: MessageEvent<Group>) => {
  database.exec("BEGIN IMMEDIATE");
  insert.run([rows]);
  database.exec("COMMIT");
  self.postMessage(null satisfies Firsts);
};

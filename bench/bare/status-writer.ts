// The thread that keeps what people chose to be: one statement and one synced commit for all that it is handed.

import { openDatabase } from "./database.ts";
import type { Group } from "./groups.ts";

declare const self: Worker;

const database = openDatabase("CREATE TABLE users (id INTEGER PRIMARY KEY, status TEXT NOT NULL)");
const choose = database.prepare(
  "INSERT OR REPLACE INTO users SELECT value ->> 'id', value ->> 'status' FROM json_each(?)",
);

self.onmessage = ({ data: { rows } }: MessageEvent<Group>) => {
  database.exec("BEGIN IMMEDIATE");
  choose.run([rows]);
  database.exec("COMMIT");
  self.postMessage(null);
};

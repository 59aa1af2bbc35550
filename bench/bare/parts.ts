// The least server made of the libraries that orchard is made of, of each what orchard loads of it: one table, one shape,
// one route and one socket. What it takes to listen is what those take to be loaded.

import { cors } from "@elysiajs/cors";
import { eq } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { Elysia } from "elysia";
import { Compile } from "typebox/schema";
import { openDatabase } from "./database.ts";

const database = openDatabase("CREATE TABLE IF NOT EXISTS parts (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
const parts = sqliteTable("parts", { id: integer().primaryKey(), name: text().notNull() });
const db = drizzle(async (sql, parameters) => ({ rows: database.prepare(sql).raw().all(parameters) as unknown[][] }));
const asked = Compile({ type: "object", required: ["id"], properties: { id: { type: "integer" } } });

const app = new Elysia()
  .use(cors())
  .get("/health/live", () => "ok")
  .ws("/subscribe", {
    async message(socket, frame) {
      if (asked.Check(frame)) socket.send(await db.select().from(parts).where(eq(parts.id, frame.id)));
    },
  })
  .listen({ hostname: "127.0.0.1", port: 0 });
process.stdout.write(`listening on http://127.0.0.1:${app.server?.port}\n`);

// Where drizzle-kit finds the schema and leaves its migrations.
// For generating only: the program applies migrations itself and never needs credentials here.

import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "turso",
  schema: [
    "./src/db/schema/people.ts",
    "./src/db/schema/community.ts",
    "./src/db/schema/conversations.ts",
    "./src/db/schema/history.ts",
    "./src/db/schema/notifications.ts",
    "./src/db/schema/operators.ts",
    "./src/db/schema/reports.ts",
    "./src/db/schema/programs.ts",
    "./src/db/schema/push.ts",
  ],
  out: "./src/db/migrations",
});

// The least that keeps messages: rows that are found by their channel's order alone. It remembers nothing else.

import { serveCommitting } from "./committing.ts";

serveCommitting(new URL("./writer.ts", import.meta.url));

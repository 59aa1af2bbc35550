// The least that keeps messages as orchard promises to: with all that a client reads back of them, found by their
// channel's order and by their words, and each nonce but once.

import { serveCommitting } from "./committing.ts";

serveCommitting(new URL("./whole-writer.ts", import.meta.url));

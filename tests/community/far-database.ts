// A database server that is far away: what is asked and what is answered is under way for a while, one longer than
// another, so that answers cross as they never do with a file.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHranaServer } from "../db/hrana-server.ts";
import type { Random } from "../harness/random.ts";

export interface FarDatabase {
  url: string;
  stop(): Promise<void>;
}

/** `most_ms` is how long one way takes at most. */
export async function startFarDatabase(random: Random, most_ms: number): Promise<FarDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  const near = startHranaServer({ path: join(folder, "far.db") });
  const underWay = () => Bun.sleep(random.whole(0, most_ms));
  const far = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.arrayBuffer();
      await underWay();
      const answer = await fetch(near.url + new URL(request.url).pathname, { ...forwarded(request), body });
      const answered = await answer.arrayBuffer();
      await underWay();
      return new Response(answered, { status: answer.status, headers: { "content-type": "application/json" } });
    },
  });
  return {
    url: `http://127.0.0.1:${far.port}`,
    async stop() {
      await far.stop(true);
      await near.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function forwarded({ method, headers }: Request) {
  return { method, headers: { "content-type": headers.get("content-type") ?? "application/json" } };
}

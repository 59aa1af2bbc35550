// A database server that is far away: what is asked and what is answered is under way for a while, so that answers
// cross as they never do with a file.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHranaServer } from "../db/engine/hrana-server.ts";
import type { Random } from "../harness/random.ts";

export interface FarDatabase {
  url: string;
  /**
   * Keeps the answer to the next question in which the words stand on its way until `release`; `reached` settles when it
   * has set out.
   */
  holdNextAnswer(words?: string): { reached: Promise<void>; release(): void };
  stop(): Promise<void>;
}

interface Hold {
  words: string;
  reached: PromiseWithResolvers<void>;
  released: PromiseWithResolvers<void>;
}

/** With `random`, every question and every answer takes a time of its own, up to `most_ms`. */
export async function startFarDatabase(random?: Random, most_ms = 0): Promise<FarDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  const near = startHranaServer({ path: join(folder, "far.db") });
  const underWay = async () => random && Bun.sleep(random.whole(0, most_ms));
  let next: Hold | null = null;
  const far = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const body = await request.text();
      const hold = next && body.includes(next.words) ? next : null;
      if (hold) next = null;
      await underWay();
      const headers = { "content-type": request.headers.get("content-type") ?? "application/json" };
      const path = new URL(request.url).pathname;
      const { status, answer } = await fetch(near.url + path, { method: request.method, headers, body }).then(read);
      hold?.reached.resolve();
      await hold?.released.promise;
      await underWay();
      return new Response(answer, { status, headers: { "content-type": "application/json" } });
    },
  });
  return {
    url: `http://127.0.0.1:${far.port}`,
    holdNextAnswer(words = "") {
      const hold: Hold = { words, reached: Promise.withResolvers(), released: Promise.withResolvers() };
      next = hold;
      return { reached: hold.reached.promise, release: hold.released.resolve };
    },
    async stop() {
      await far.stop(true);
      await near.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function read(response: Response) {
  return { status: response.status, answer: await response.arrayBuffer() };
}

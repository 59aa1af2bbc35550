// Has sqld sync each commit of its database `default`, by its admin API, and waits for it to be there.
// As a program: `bun scripts/cluster/durable.ts http://127.0.0.1:8081 FOLDER`, the folder that secrets.ts made.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

const PATIENCE_MS = 30_000;
const PAUSE_MS = 100;

/** Rejects with a sentence. */
export async function makeDurable(admin_url: string, folder: string): Promise<void> {
  const key = /=(\w+)/.exec(await readFile(join(folder, "sqld.env"), "utf8"))?.[1] ?? "";
  const until_ms = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await fetch(`${admin_url}/v1/namespaces/default/config`, {
      method: "POST",
      headers: { authorization: `basic ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ block_reads: false, block_writes: false, durability_mode: "strong" }),
    }).catch(() => null);
    if (answer?.ok) return;
    if (answer) throw new Error(`sqld refuses (${answer.status}): ${await answer.text()}`);
    if (performance.now() > until_ms) throw new Error(`nothing answers at ${admin_url}`);
    await Bun.sleep(PAUSE_MS);
  }
}

if (import.meta.main) {
  const [admin_url = "", folder = ""] = process.argv.slice(2);
  await makeDurable(admin_url, folder).catch((error) => {
    console.error(String(error instanceof Error ? error.message : error));
    process.exit(1);
  });
  console.log("sqld syncs each commit");
}

// Makes the client library for those who don't run TypeScript: dist/client/index.js, one file for browsers, Node and
// Bun without any import, and its types beside it.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { allWell, root, runBun } from "./steps.ts";

/** Builds into the folder and returns the bundle's size in bytes. */
export async function bundleClient(outdir: string): Promise<number> {
  const { outputs } = await Bun.build({
    entrypoints: [join(root, "src/client/index.ts")],
    outdir,
    target: "browser",
    format: "esm",
    sourcemap: "linked",
    // Names stay, for those who read a stack trace.
    minify: { whitespace: true, syntax: true },
  });
  return outputs.find(({ kind }) => kind === "entry-point")?.size ?? 0;
}

if (import.meta.main) {
  const outdir = join(root, "dist/client");
  await rm(outdir, { recursive: true, force: true });
  const bytes = await bundleClient(outdir);
  console.log(`dist/client/index.js  ${(bytes / 2 ** 10).toFixed(1)} KiB`);
  const typed = await runBun("types of the client", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.client.json"]);
  process.exit(allWell([typed]) ? 0 : 1);
}

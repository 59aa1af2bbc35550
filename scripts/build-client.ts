// Makes the client library for other projects: dist/client, a package of one file for browsers, Node and Bun without any
// import, and its types beside it. Only the types want another package.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dependencies, license, version } from "../package.json";
import { allWell, root, runBun, type Step } from "./steps.ts";

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

/** What makes the folder a package that a project adds by its path. */
const manifest = {
  ...{ name: "orchard-client", version, license, private: true, type: "module" },
  exports: { ".": { types: "./types/client/index.d.ts", default: "./index.js" } },
  dependencies: { typebox: dependencies.typebox },
};

/** Writes the types and the manifest into the folder. */
export async function describeClient(outdir: string): Promise<Step> {
  await Bun.write(join(outdir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.client.json", "--outDir", join(outdir, "types")];
  return runBun("types of the client", compiler);
}

if (import.meta.main) {
  const outdir = join(root, "dist/client");
  await rm(outdir, { recursive: true, force: true });
  const bytes = await bundleClient(outdir);
  console.log(`dist/client/index.js  ${(bytes / 2 ** 10).toFixed(1)} KiB`);
  process.exit(allWell([await describeClient(outdir)]) ? 0 : 1);
}

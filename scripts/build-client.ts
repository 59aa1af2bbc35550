// Makes the client library for other projects: dist/client, a package of one file for browsers, Node and Bun, and of its
// types. Neither wants another package. `npm pack` there makes the tarball that can be published.

import { copyFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { license, version } from "../package.json";
import { standAlone } from "./client-types.ts";
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

const manifest = {
  ...{ name: "orchard-client", version, license, type: "module" },
  description: "The client library of orchard: one socket, a cache that is kept up to date, nothing lost or doubled.",
  exports: { ".": { types: "./types/index.d.ts", default: "./index.js" } },
  types: "./types/index.d.ts",
  files: ["index.js", "index.js.map", "types"],
  sideEffects: false,
  engines: { node: ">=20" },
};

/** Makes a package of the folder: its manifest, its types, what to know of it. */
export async function describeClient(outdir: string): Promise<Step> {
  await Bun.write(join(outdir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(root, "src/client/README.md"), join(outdir, "README.md"));
  await copyFile(join(root, "LICENSE"), join(outdir, "LICENSE"));
  const folder = await mkdtemp(join(tmpdir(), "orchard-types-"));
  try {
    const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.client.json", "--outDir", folder];
    const compiled = await runBun("types of the client", compiler);
    if (compiled.failure !== undefined) return compiled;
    await cp(join(folder, "client"), join(outdir, "types"), { recursive: true });
    await standAlone(join(outdir, "types"));
    return compiled;
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const outdir = join(root, "dist/client");
  await rm(outdir, { recursive: true, force: true });
  const bytes = await bundleClient(outdir);
  console.log(`dist/client/index.js  ${(bytes / 2 ** 10).toFixed(1)} KiB`);
  process.exit(allWell([await describeClient(outdir)]) ? 0 : 1);
}

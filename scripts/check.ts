// What can be said about the project without running it: format, lint and import direction (all Biome's,
// configured in biome.json), types, whether the generated files are those their sources make now, and what the pages
// weigh.

import { bundlePages } from "../src/routes/page-bundle.ts";
import { allWell, runBunsTogether, type Step, tell } from "./steps.ts";

// Biome colours its words for a file, too, when it believes that it runs in CI.
const colors = process.stdout.isTTY ? "--colors=force" : "--colors=off";
const tsc = ["node_modules/typescript/bin/tsc", "--noEmit", "--pretty", String(process.stdout.isTTY ?? false)];

/** Runs every check, also after one has failed, and prints how each ended. */
export async function check(): Promise<Step[]> {
  const steps = [
    // Those that take longest first.
    ...(await runBunsTogether([
      ["types", ...tsc],
      ["types of the pages", ...tsc, "-p", "src/web/tsconfig.json"],
      ["types of their tests", ...tsc, "-p", "tests/web/tsconfig.json"],
      ["format, lint and imports", "node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", colors, "."],
      ["generated files", "scripts/generate.ts", "--check"],
    ])),
    await weighPages(),
  ];
  for (const step of steps) tell(step);
  return steps;
}

/** What a browser loads to show the first page, its code and style included. */
const FIRST_PAGE_BYTES = 170 * 2 ** 10;

async function weighPages(): Promise<Step> {
  const name = "weight of the first page";
  console.log(`\n── ${name}`);
  const files = await bundlePages();
  const html = files.find(({ path }) => path === "/index.html");
  const named = new TextDecoder().decode(Bun.gunzipSync(html?.gzipped ?? new Uint8Array()));
  const loaded = files.filter(({ path }) => path === html?.path || named.includes(path));
  const bytes = loaded.reduce((sum, { gzipped }) => sum + gzipped.length, 0);
  console.log(`${(bytes / 2 ** 10).toFixed(1)} KiB of ${FIRST_PAGE_BYTES / 2 ** 10} KiB`);
  return bytes <= FIRST_PAGE_BYTES ? { name } : { name, failure: "it weighs too much" };
}

if (import.meta.main) process.exit(allWell(await check()) ? 0 : 1);

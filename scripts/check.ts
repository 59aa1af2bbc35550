// What can be said about the project without running it: format, lint and import direction (all Biome's,
// configured in biome.json), types, and whether the generated files are those their sources make now.

import { allWell, runBun, type Step, tell } from "./steps.ts";

// Biome colours its words for a file, too, when it believes that it runs in CI.
const colors = process.stdout.isTTY ? "--colors=force" : "--colors=off";

/** Runs every check, also after one has failed, and prints how each ended. */
export async function check(): Promise<Step[]> {
  const steps = [
    await runBun("format, lint and imports", [
      "node_modules/@biomejs/biome/bin/biome",
      "ci",
      "--error-on-warnings",
      colors,
      ".",
    ]),
    await runBun("types", ["node_modules/typescript/bin/tsc", "--noEmit"]),
    await runBun("generated files", ["scripts/generate.ts", "--check"]),
  ];
  for (const step of steps) tell(step);
  return steps;
}

if (import.meta.main) process.exit(allWell(await check()) ? 0 : 1);

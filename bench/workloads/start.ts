// A server that starts on a database which is there already: how long until it listens. The binary is measured as well
// where it has been built.

import { rm } from "node:fs/promises";
import { type BareProgram, hasBinary, makeFolder, type StartOptions, startingMs } from "../process.ts";
import { seeder } from "../seed.ts";
import { median } from "../stats.ts";
import type { Figures, Run, Workload } from "../workload.ts";

const sizes = { full: { starts: 9 }, quick: { starts: 5 }, tiny: { starts: 1 } } as const;

export const starting: Workload = {
  name: "start",
  title: "start: until it listens, on a database that is there",
  sides: ["bare", "orchard"],
  targets: [
    { figure: "listening_ms", at_most: 100 },
    { figure: "binary_listening_ms", at_most: 50 },
  ],
  run: (run) => startFor(run, "topics"),
};

/** What of the above is the price of the libraries. */
export const startingParts: Workload = {
  name: "start-parts",
  title: "start, where the bare side is made of the same libraries",
  sides: ["bare", "orchard"],
  targets: [{ figure: "listening_ms", at_most_times_bare: 1.5 }],
  run: (run) => startFor(run, "parts"),
};

async function startFor(run: Run, bare_program: BareProgram): Promise<Figures> {
  const folder = await makeFolder();
  try {
    if (run.side === "bare") return { listening_ms: await usual(folder, run, bare_program) };
    return await startsIn(folder, run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startsIn(folder: string, run: Run): Promise<Figures> {
  const seed = await seeder(folder);
  seed.users(1_000);
  seed.close();
  const listening_ms = await usual(folder, run, run.start);
  if (hasBinary()) return { listening_ms, binary_listening_ms: await usual(folder, run, { is_binary: true }) };
  run.note("of the binary nothing is said: bun run build makes it");
  return { listening_ms };
}

/** The median of several, after one by which the files are in memory. */
async function usual(folder: string, { scale }: Run, what: StartOptions | BareProgram): Promise<number> {
  const times_ms: number[] = [];
  await startingMs(folder, what);
  for (let at = 0; at < sizes[scale].starts; at += 1) times_ms.push(await startingMs(folder, what));
  return median(times_ms);
}

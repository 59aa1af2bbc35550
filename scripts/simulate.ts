// Runs simulations of the whole server with faults, one seed after the other: `bun scripts/simulate.ts --seeds N --from S`.
// `--seed N --trace` prints all that happened in one. Its exit code is 0 when nothing was found. Time and chance are
// replaced in this process, for good.

import { createMetrics } from "../src/telemetry/metrics.ts";
import { replaceChance } from "../tests/simulation/chance.ts";
import { DatabaseFolder } from "../tests/simulation/database.ts";
import { play, scenarios } from "../tests/simulation/scenarios.ts";
import { type Grounds, type Result, simulate } from "../tests/simulation/simulation.ts";
import { replaceTime } from "../tests/simulation/time.ts";
import { countOf, readArguments } from "./arguments.ts";
import { root } from "./steps.ts";

const options = {
  seeds: { type: "string", default: "100" },
  from: { type: "string", default: "1" },
  /** So many at once, each with its part of the seeds. */
  processes: { type: "string", default: "1" },
  /** So many nodes of one cluster, in place of one process. */
  nodes: { type: "string", default: "1" },
  seed: { type: "string" },
  trace: { type: "boolean", default: false },
  /** Leaves a kind of fault out, such as "answer lost", "late", room_deaths, cuts, or "asking again" for what was made. */
  without: { type: "string", multiple: true },
  /** Plays what has a name, and prints what went wrong in each as JSON. */
  scenarios: { type: "boolean", default: false },
} as const;

/** So often a seed is run twice, to see whether it replays. */
const REPLAY_EVERY = 50;
const MOST_TOLD = 6;

function tell({ seed, faults, tail }: Result): void {
  console.log(`\nseed ${seed}: ${faults[0]}`);
  for (const words of faults.slice(1, MOST_TOLD)) console.log(`  and ${words}`);
  for (const line of tail) console.log(`    ${line}`);
}

function runSeeds(grounds: Grounds, from: number, count: number, without: string[]): number {
  let failed = 0;
  const began_ns = Bun.nanoseconds();
  for (let seed = from; seed < from + count; seed += 1) {
    const result = simulate(seed, grounds, { without, nodes });
    const replays = seed % REPLAY_EVERY > 0 || simulate(seed, grounds, { without, nodes }).hash === result.hash;
    if (result.faults.length > 0) tell(result);
    if (!replays) console.log(`\nseed ${seed}: it doesn't replay`);
    if (result.faults.length > 0 || !replays) failed += 1;
  }
  const per_seed_ms = (Bun.nanoseconds() - began_ns) / 1e6 / count;
  console.log(`\n${count} seeds from ${from}, ${failed} failed, ${per_seed_ms.toFixed(1)} ms a seed`);
  return failed;
}

function runSeed(grounds: Grounds, seed: number, without: string[], trace: boolean): number {
  const { faults, steps, hash, tail } = simulate(seed, grounds, {
    without,
    nodes,
    ...(trace && { print: console.log }),
  });
  if (faults.length > 0) tell({ seed, faults, steps, hash, tail: trace ? [] : tail });
  console.log(`seed ${seed}: ${faults.length} faults, ${steps} steps, hash ${hash}`);
  return faults.length;
}

function playScenarios(grounds: Grounds): number {
  for (const scenario of scenarios) {
    console.log(JSON.stringify({ name: scenario.name, faults: play(scenario, grounds) }));
  }
  return 0;
}

/** Splits the seeds; returns in how many processes any failed. */
async function spread(from: number, count: number, processes: number, without: string[]): Promise<number> {
  const share = Math.ceil(count / processes);
  const exits = Array.from({ length: processes }, (_, index) => {
    const [first, some] = [from + index * share, Math.min(share, count - index * share)];
    const part = [
      "--nodes",
      String(nodes),
      "--from",
      String(first),
      "--seeds",
      String(some),
      ...without.flatMap((one) => ["--without", one]),
    ];
    const command = [process.execPath, "scripts/simulate.ts", ...part];
    return Bun.spawn(command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).exited;
  });
  return (await Promise.all(exits)).filter((code) => code !== 0).length;
}

const SCRIPT = "scripts/simulate.ts";
const values = readArguments(SCRIPT, options);
const { without = [] } = values;
const count_of = (name: "from" | "seeds" | "processes" | "seed" | "nodes") =>
  countOf(SCRIPT, options, name, values[name] ?? "1");
const [from, count, processes] = [count_of("from"), count_of("seeds"), count_of("processes")];
const [seed, nodes] = [count_of("seed"), count_of("nodes")];
const isSpread = values.seed === undefined && !values.scenarios && processes > 1;
if (isSpread) process.exit((await spread(from, count, processes, without)) === 0 ? 0 : 1);

const grounds = { folder: await DatabaseFolder.open(), metrics: createMetrics() };
replaceTime();
replaceChance();
let failed: number;
if (values.scenarios) failed = playScenarios(grounds);
else if (values.seed !== undefined) failed = runSeed(grounds, seed, without, values.trace);
else failed = runSeeds(grounds, from, count, without);
grounds.folder.remove();
process.exit(failed === 0 ? 0 : 1);

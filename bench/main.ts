// `bun run bench`: measures what it is asked for, prints a table, writes the results. Its exit code says whether the
// bench worked, not whether the targets were met: machines differ.

import { readFileSync } from "node:fs";
import { measure } from "./measure.ts";
import { asksForHelp, type Options, readOptions, usage } from "./options.ts";
import { printMeasured, resultsOf } from "./report.ts";
import { soak } from "./soak.ts";
import { workloads } from "./workloads/index.ts";

/** Files that the largest workload has open at once, in one process. */
const FILES_WANTED = 12_000;

function options(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

/** Bun raises the soft limit to the hard one by itself. */
function checkOpenFiles(): void {
  const hard = readFileSync("/proc/self/limits", "utf8").match(/Max open files\s+\S+\s+(\d+)/)?.[1];
  if (hard !== undefined && Number(hard) < FILES_WANTED) {
    console.log(`only ${hard} files may be open (ulimit -Hn): idle and storm want ${FILES_WANTED}`);
  }
}

async function bench({ names, scale, runs, rows, profile_dir, beside, out }: Options): Promise<void> {
  const started = new Date();
  const measured = [];
  for (const workload of workloads) {
    if (names.length > 0 && !names.includes(workload.name)) continue;
    console.log(`\n── ${workload.name}`);
    const options = { scale, rows, start: { profile_dir } };
    const of_one = await measure(workload, options, workload.once ? 1 : runs, beside);
    printMeasured(of_one);
    measured.push(of_one);
  }
  await Bun.write(out, `${JSON.stringify(resultsOf(measured, started, scale, runs), null, 2)}\n`);
  const verdicts = measured.flatMap(({ verdicts }) => verdicts);
  console.log(`\n${verdicts.filter(({ is_met }) => is_met).length} of ${verdicts.length} targets met; all in ${out}`);
  if (scale !== "full")
    console.log("The targets are those of the full size: with less to do, what is done once weighs more.");
}

if (asksForHelp(process.argv.slice(2))) {
  console.log(usage);
  process.exit(0);
}
if (process.platform !== "linux") {
  console.error("The bench reads CPU and memory from /proc, which only Linux has.");
  process.exit(2);
}
// An exit takes the servers down, a signal alone would not.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const asked = options();
checkOpenFiles();
if (asked.names.includes("soak")) await soak(asked.minutes);
else await bench(asked);
process.exit(0);

// The arguments of `bun run bench`.

import { parseArgs } from "node:util";
import type { Scale, Side } from "./workload.ts";
import { workloads } from "./workloads/index.ts";

export interface Options {
  /** Names of workloads; `soak` stands alone. */
  names: string[];
  scale: Scale;
  runs: number;
  rows: number;
  minutes: number;
  profile_dir: string | null;
  /** Who else does the work, where it can. */
  beside: Side[];
  out: string;
}

/** Whether the arguments ask for nothing but how to use it. */
export function asksForHelp(args: string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

const NAME_WIDTH = Math.max(...workloads.map(({ name }) => name.length));

export const usage = `bun run bench [workload…] [--quick] [--runs N] [--rows N] [--beside socket.io] [--profile FOLDER] [--out FILE]
bun run bench soak [--minutes N]

Measures orchard and, where there is one, the bare limit of this machine in turns, prints a table and writes
bench/results.json. Without a name, all workloads are run:

${workloads.map(({ name, title }) => `  ${name.padEnd(NAME_WIDTH)}  ${title}`).join("\n")}

  --quick        smaller and shorter, to see whether something changed much
  --runs N       runs of each side [3, with --quick 1]; reading is run once
  --rows N       the most messages that are read from [10000000]
  --beside WHAT  has socket.io do the work too, in turns; it is installed into a temporary folder, and run by Node
  --profile DIR  writes a CPU profile of each orchard into the folder
  --out FILE     where the results go [bench/results.json]
  --minutes N    how long the soak takes [10]`;

/** Throws what `usage` should follow. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      rows: { type: "string", default: "10000000" },
      minutes: { type: "string", default: "10" },
      profile: { type: "string" },
      beside: { type: "string" },
      out: { type: "string", default: "bench/results.json" },
    },
  });
  const known = ["soak", ...workloads.map(({ name }) => name)];
  for (const name of positionals) if (!known.includes(name)) throw new Error(`There is no workload '${name}'.`);
  if (values.beside !== undefined && values.beside !== "socket.io") {
    throw new Error(`Nothing is known of '${values.beside}'.`);
  }
  return {
    names: positionals,
    scale: values.quick ? "quick" : "full",
    runs: positive("runs", values.runs ?? (values.quick ? "1" : "3")),
    rows: positive("rows", values.rows),
    minutes: positive("minutes", values.minutes),
    profile_dir: values.profile ?? null,
    beside: values.beside === undefined ? [] : [values.beside],
    out: values.out,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} wants a number above 0.`);
  return value;
}

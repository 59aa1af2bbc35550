// The results for a person, as a table, and for a program, as JSON.

import { cpus, totalmem } from "node:os";
import { version } from "../package.json";
import type { Measured } from "./measure.ts";
import type { Summary } from "./stats.ts";

const WANTED_WIDTH = ">= 0.8 x one process".length;

/** What of it is shown besides the figures that are held to something. */
const HIDDEN = new Set(["deliveries", "messages", "acknowledged", "sessions", "sockets", "rooms"]);

/** Prints a workload: each figure of both sides with its spread, then what it is held to. */
export function printMeasured({ title, against, figures, verdicts, notes, table }: Measured): void {
  console.log(`\n${title}`);
  if (table) for (const line of table) console.log(`  ${line}`);
  else printFigures(figures, verdicts, against);
  for (const note of notes) console.log(`  note: ${note}`);
}

function printFigures(figures: Measured["figures"], verdicts: Measured["verdicts"], against: string): void {
  const names = Object.keys(figures.orchard ?? figures.bare ?? {}).filter((name) => !HIDDEN.has(name));
  const other = figures["socket.io"];
  console.log(row(["", against, "orchard", "ratio", "wanted", "", other ? "socket.io" : ""]));
  for (const name of names) {
    const verdict = verdicts.find(({ figure }) => figure === name);
    const [bare, orchard] = [figures.bare?.[name], figures.orchard?.[name]];
    const ratio = verdict?.ratio ?? (bare && orchard ? orchard.median / bare.median : Number.NaN);
    const judgement = verdict ? (verdict.is_met ? "met" : "MISSED") : "";
    console.log(
      row([
        name,
        shown(bare),
        shown(orchard),
        Number.isFinite(ratio) ? round(ratio) : "",
        verdict?.wanted ?? "",
        judgement,
        shown(other?.[name]),
      ]),
    );
  }
}

function row([name = "", ...cells]: string[]): string {
  const [bare = "", orchard = "", ratio = "", wanted = "", judgement = "", other = ""] = cells;
  const figures = `${bare.padStart(26)}${orchard.padStart(26)}${ratio.padStart(8)}`;
  return `  ${name.padEnd(24)}${figures}  ${wanted.padEnd(WANTED_WIDTH)}${judgement.padEnd(8)}${other.padStart(26)}`.trimEnd();
}

/** The median, with the least and the greatest where there were several. */
function shown(summary: Summary | undefined): string {
  if (!summary) return "";
  const { median, min, max } = summary;
  return min === max ? round(median) : `${round(median)} (${round(min)}..${round(max)})`;
}

function round(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

export interface Results {
  machine: Record<string, string | number>;
  versions: Record<string, string>;
  started: string;
  scale: string;
  runs: number;
  workloads: Measured[];
}

export function resultsOf(workloads: Measured[], started: Date, scale: string, runs: number): Results {
  const [cpu] = cpus();
  return {
    machine: { cpu: cpu?.model ?? "", cores: cpus().length, memory_bytes: totalmem(), system: process.platform },
    versions: { orchard: version, bun: Bun.version },
    ...{ started: started.toISOString(), scale, runs, workloads },
  };
}

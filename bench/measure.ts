// Runs a workload: its sides in turns (bare, orchard, bare, orchard …), so that what else the machine does hits both,
// and puts the runs together.

import { type Summary, summary } from "./stats.ts";
import { SATURATED_SHARE } from "./watch.ts";
import type { Figures, Run, Side, Target, Workload } from "./workload.ts";

export interface Measured {
  name: string;
  title: string;
  /** By side and figure. */
  figures: Partial<Record<Side, Record<string, Summary>>>;
  verdicts: Verdict[];
  notes: string[];
  /** Shown in place of a line for each figure. */
  table?: string[];
}

export interface Verdict {
  figure: string;
  orchard: number;
  bare: number | null;
  /** Orchard's by the bare one's, run by run, their median; null for a plain bound. */
  ratio: number | null;
  wanted: string;
  is_met: boolean;
}

export async function measure(
  workload: Workload,
  options: Omit<Run, "side" | "note">,
  runs: number,
  beside: readonly Side[] = [],
): Promise<Measured> {
  const notes = new Set<string>();
  const note = (text: string) => void notes.add(text);
  const of: Record<Side, Figures[]> = { bare: [], orchard: [], "socket.io": [] };
  const sides = workload.beside ? [...workload.sides, ...beside] : workload.sides;
  for (let at = 0; at < runs; at += 1) {
    for (const side of sides) {
      Bun.gc(true);
      of[side].push(await workload.run({ ...options, side, note }));
    }
  }
  const saturated = saturation(of);
  if (saturated) note(saturated);
  const figures: Measured["figures"] = {};
  for (const side of sides) figures[side] = summaries(of[side]);
  return {
    ...{ name: workload.name, title: workload.title, figures, notes: [...notes] },
    verdicts: workload.targets.flatMap((target) => verdictOn(target, of) ?? []),
    ...(workload.table ? { table: workload.table(mediansOf(figures.orchard)) } : {}),
  };
}

function mediansOf(summaries: Record<string, Summary> = {}): Figures {
  return Object.fromEntries(Object.entries(summaries).map(([name, { median }]) => [name, median]));
}

function summaries(runs: readonly Figures[]): Record<string, Summary> {
  const names = Object.keys(runs[0] ?? {}).filter((name) => runs[0]?.[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, summary(runs.flatMap((run) => run[name] ?? []))]));
}

/** A generator that has no time left while the server does is what was measured. */
function saturation(of: Record<Side, Figures[]>): string | null {
  const shares = (side: Side) => of[side].map((run) => run["generator_share"] ?? 0);
  const percent = (side: Side) => `${side} ${Math.round(Math.max(0, ...shares(side)) * 100)} %`;
  const sides = (Object.keys(of) as Side[]).filter((side) => Math.max(0, ...shares(side)) > SATURATED_SHARE);
  if (sides.length === 0) return null;
  return `the load generator was saturated (${sides.map(percent).join(", ")} of a core): rates and times are its own too`;
}

/** Null for a figure that was not measured. */
function verdictOn(target: Target, of: Record<Side, Figures[]>): Verdict | null {
  const { figure } = target;
  const values = of.orchard.flatMap((run) => run[figure] ?? []);
  if (values.length === 0) return null;
  const orchard = summary(values).median;
  const bare_values = of.bare.flatMap((run) => run[figure] ?? []);
  const bare = bare_values.length === 0 ? null : summary(bare_values).median;
  const ratio =
    bare === null ? null : summary(values.map((value, at) => value / (bare_values[at] ?? Number.NaN))).median;
  return { figure, orchard, bare, ratio, ...judged(target, orchard, bare ?? 0, ratio ?? Number.NaN) };
}

function judged(target: Target, orchard: number, bare: number, ratio: number): Pick<Verdict, "wanted" | "is_met"> {
  if ("at_most_times_bare" in target) {
    return { wanted: `<= ${target.at_most_times_bare} x bare`, is_met: ratio <= target.at_most_times_bare };
  }
  if ("at_least_times_bare" in target) {
    return { wanted: `>= ${target.at_least_times_bare} x bare`, is_met: ratio >= target.at_least_times_bare };
  }
  if ("at_most_above_bare" in target) {
    const { at_most_above_bare } = target;
    return { wanted: `<= bare + ${at_most_above_bare}`, is_met: orchard - bare <= at_most_above_bare };
  }
  if ("at_most" in target) return { wanted: `<= ${target.at_most}`, is_met: orchard <= target.at_most };
  return { wanted: `>= ${target.at_least}`, is_met: orchard >= target.at_least };
}

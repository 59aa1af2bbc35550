// Runs a workload: its sides in turns (bare, orchard, bare, orchard …), so that what else the machine does hits both,
// and puts the runs together.

import { type Summary, summary } from "./stats.ts";
import { SATURATED_SHARE } from "./watch.ts";
import type { Figures, Run, Side, Target, Workload } from "./workload.ts";

export interface Measured {
  name: string;
  title: string;
  /** What the bare side is. */
  against: string;
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
  const { name, title, against = "bare" } = workload;
  return {
    ...{ name, title, against, figures, notes: [...notes] },
    verdicts: workload.targets.flatMap((target) => verdictOn(target, of, against) ?? []),
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
function verdictOn(target: Target, of: Record<Side, Figures[]>, against: string): Verdict | null {
  const { figure } = target;
  const values = of.orchard.flatMap((run) => run[figure] ?? []);
  if (values.length === 0) return null;
  const orchard = summary(values).median;
  const bare_values = of.bare.flatMap((run) => run[figure] ?? []);
  const bare = bare_values.length === 0 ? null : summary(bare_values).median;
  const ratio =
    bare === null ? null : summary(values.map((value, at) => value / (bare_values[at] ?? Number.NaN))).median;
  const [wanted, is_met] = judged(target, orchard, bare ?? 0, ratio ?? Number.NaN);
  return { figure, orchard, bare, ratio, wanted: wanted.replace("bare", against), is_met };
}

function judged(target: Target, orchard: number, bare: number, ratio: number): [wanted: string, is_met: boolean] {
  if ("at_most_times_bare" in target) {
    const { at_most_times_bare: most } = target;
    return [`<= ${most} x bare`, ratio <= most];
  }
  if ("at_least_times_bare" in target) {
    const { at_least_times_bare: least } = target;
    return [`>= ${least} x bare`, ratio >= least];
  }
  if ("at_most_above_bare" in target) {
    const { at_most_above_bare: more } = target;
    return [`<= bare + ${more}`, orchard - bare <= more];
  }
  if ("at_most" in target) return [`<= ${target.at_most}`, orchard <= target.at_most];
  return [`>= ${target.at_least}`, orchard >= target.at_least];
}

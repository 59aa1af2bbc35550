// What a workload is: a thing to do to a server, orchard or a bare one, the figures that come of it, and what they are
// held to. The unit of a figure is the end of its name.

import type { StartOptions } from "./process.ts";

/** `bare` is the least program that does the same work on the same machine; `socket.io` does it where it is asked for. */
export type Side = "bare" | "orchard" | "socket.io";
/** `tiny` proves that the bench works and measures nothing. */
export type Scale = "full" | "quick" | "tiny";
/** A figure that a side doesn't have is absent. */
export type Figures = Record<string, number | undefined>;

export interface Run {
  side: Side;
  scale: Scale;
  start: StartOptions;
  /** Tables of at most so many messages are read from. */
  rows: number;
  /** Says to a person what couldn't be measured, or what is going on. */
  note(text: string): void;
}

/** A figure of orchard against the bare one's, or against a plain bound. */
export type Target =
  | { figure: string; at_most_times_bare: number }
  | { figure: string; at_least_times_bare: number }
  | { figure: string; at_most_above_bare: number }
  | { figure: string; at_most: number }
  | { figure: string; at_least: number };

export interface Workload {
  name: string;
  title: string;
  sides: readonly Side[];
  /** What the bare side is, where it isn't the least program. */
  against?: string;
  /** Others do the same work, in place of the bare program for topics. */
  beside?: true;
  targets: readonly Target[];
  /** One run tells enough, or takes long. */
  once?: true;
  run(run: Run): Promise<Figures>;
  /** The lines of a table of its own, in place of a line for each figure; by name, what orchard's came to. */
  table?(medians: Figures): string[];
}

/** Held to in every workload of orchard's. */
export const lag_target = { figure: "loop_lag_p99_ms", at_most: 10 } as const;

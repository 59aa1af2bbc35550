// What a node makes of its line to another node's process: whether it is sure that the process has ended. Plain decisions.
// Only the process itself holds both ends of what counts: the line to it, and the place where it takes new ones. So it
// has ended when the line was ended in order, and it takes no other, twice in a row. Silence is never a sign of that.

/** What is known of the process. */
export type Certainty = "none" | "there" | "hung up" | "refused" | "gone";

export type LineEvent =
  /** The process has answered as itself, with nobody between who could speak for it. */
  | "greeted"
  /** The line that it had answered on was ended in order, as a system ends the files of a process that ends. */
  | "ended"
  /** A new line was refused at once. */
  | "refused"
  /** Anything else: no answer in time, somebody else's, a line that broke. */
  | "failed";

const next: Record<Certainty, Partial<Record<LineEvent, Certainty>>> = {
  none: { greeted: "there" },
  there: { greeted: "there", ended: "hung up" },
  // A system that is about to end all may have taken another line before, and broken it.
  "hung up": { greeted: "there", ended: "hung up", refused: "refused", failed: "hung up" },
  refused: { greeted: "there", ended: "hung up", refused: "gone", failed: "hung up" },
  gone: { greeted: "gone", ended: "gone", refused: "gone", failed: "gone" },
};

export function certaintyAfter(certainty: Certainty, event: LineEvent): Certainty {
  return next[certainty][event] ?? "none";
}

// What people asked to be stored and what they were answered: for each thing that holds one value, who wanted which and
// when, and for each thing that was made, under which label. Against it the tables are held at the end.

/** `unknown`: it may have been done, also later than the answer. `refused`: it was not. */
export type Fate = "acknowledged" | "unknown" | "refused";

interface Write {
  value: string;
  begun_ms: number;
  /** When it was certain; Infinity where it never was. */
  ended_ms: number;
  fate: Fate;
}

export interface Made {
  /** `server`, `channel` and so on. */
  kind: string;
  /** Stands in its name or content, whatever else becomes of it, and in no other's. */
  label: string;
  fate: Fate;
  /** By answers: more than one is a fault. */
  ids: Set<number | string>;
}

/** Nobody need have asked for it: what one is in goes, and one with it. */
const FROM_THE_START = ["out", "no", "yes"];

export class Ledger {
  readonly #writes = new Map<string, Write[]>();
  readonly made: Made[] = [];

  /** Somebody begins to write; the function it returns takes what became of it. */
  write(key: string, value: string, now_ms: number): (fate: Fate, now_ms: number) => void {
    const write: Write = { value, begun_ms: now_ms, ended_ms: Number.POSITIVE_INFINITY, fate: "unknown" };
    const writes = this.#writes.get(key) ?? [];
    this.#writes.set(key, [...writes, write]);
    return (fate, ended_ms) => Object.assign(write, { fate, ended_ms: fate === "unknown" ? write.ended_ms : ended_ms });
  }

  make(kind: string, label: string): Made {
    const made: Made = { kind, label, fate: "unknown", ids: new Set() };
    this.made.push(made);
    return made;
  }

  keys(): string[] {
    return [...this.#writes.keys()];
  }

  /** What is wrong with `value` as the last of all that was written, in words; null where it may be. */
  faultOf(key: string, value: string): string | null {
    const writes = this.#writes.get(key) ?? [];
    const here = writes.filter((write) => write.value === value);
    const acknowledged = writes.filter(({ fate }) => fate === "acknowledged");
    const isGiven = here.length > 0 && !FROM_THE_START.includes(value);
    if (isGiven && here.every(({ fate }) => fate === "refused")) return `${key} is ${value}, which was refused`;
    const ended_ms = Math.max(0, ...here.filter(({ fate }) => fate !== "refused").map((write) => write.ended_ms));
    const lost = acknowledged.find((write) => write.value !== value && write.begun_ms > ended_ms);
    return lost ? `${key} is ${value}, though ${lost.value} was acknowledged after it` : null;
  }
}

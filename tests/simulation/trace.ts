// What happened in a simulation, in its order, as lines and as one number: the same seed has to give the same number.

import type { VirtualTime } from "./time.ts";

const TAIL = 4_000;
const LINE_LENGTH = 260;

export class Trace {
  readonly #time: VirtualTime;
  readonly #print: (line: string) => void;
  #lines: string[] = [];
  #hash = 0n;
  count = 0;

  constructor(time: VirtualTime, print: (line: string) => void) {
    this.#time = time;
    this.#print = print;
  }

  note(who: string, what: string): void {
    const line = `${this.#time.now_ms.toFixed(2).padStart(11)} ${who.padEnd(12)} ${what}`;
    const short = line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
    this.#hash = Bun.hash.wyhash(short, this.#hash) as bigint;
    this.count += 1;
    this.#print(line);
    this.#lines.push(short);
    if (this.#lines.length > TAIL * 2) this.#lines = this.#lines.slice(-TAIL);
  }

  get hash(): string {
    return this.#hash.toString(16);
  }

  tail(lines: number): string[] {
    return this.#lines.slice(-lines);
  }
}

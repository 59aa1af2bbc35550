// Lines between the processes of a simulation's nodes, as their systems keep them: one that ends has its lines ended and
// takes no other; one that stands still has both, and answers when it goes on. Now and then a line ends for nothing, or
// nobody can be reached, which a caller may be told of as of a refusal. Nothing makes both at once.

import type { LineEvent } from "../../../src/cluster/lifelines/certainty.ts";
import type { LineGround } from "../../../src/cluster/lifelines/lifelines.ts";
import type { ProcessTime } from "../time.ts";
import type { WiresParts } from "./wires.ts";

interface Door {
  process: ProcessTime;
  holder: string;
  /** Whose lines to it ended for nothing, and have no other since. */
  hung_up: Set<ProcessTime>;
}

interface OpenLine {
  caller: ProcessTime;
  door: Door;
  happened(event: LineEvent): void;
}

/** As long as one waits for an answer. */
const PATIENCE_MS = 1_000;

export class Lines {
  readonly #on: WiresParts;
  readonly #doors = new Map<string, Door>();
  readonly #open = new Set<OpenLine>();
  readonly #cut_off = new Set<ProcessTime>();

  constructor(parts: WiresParts) {
    this.#on = parts;
  }

  /** As the process has them. */
  groundOf(process: ProcessTime, holder: string): LineGround {
    const address = `node-${process.number}:1`;
    const door = { process, holder, hung_up: new Set<ProcessTime>() };
    this.#doors.set(address, door);
    return {
      address,
      dial: (to, wanted, happened) => this.#dial(process, to, wanted, happened),
      close: () => {
        this.#doors.delete(address);
        this.#endAll(door);
      },
    };
  }

  /** It has ended, and its system ends what it had open. */
  ended(process: ProcessTime): void {
    for (const door of this.#doors.values()) if (door.process === process) this.#endAll(door);
  }

  /** What it says reaches nobody for so long, and nobody reaches it; some of the lines break. */
  cutOff(process: ProcessTime, for_ms: number): void {
    const { time, random } = this.#on;
    this.#cut_off.add(process);
    time.afterIn(null, for_ms, () => void this.#cut_off.delete(process));
    for (const line of [...this.#open]) {
      if ((line.caller === process || line.door.process === process) && random.next() < 0.5) this.#end(line, "failed");
    }
  }

  /** The lines to that process end in order, though it lives. */
  hangUp(process: ProcessTime): void {
    for (const line of [...this.#open]) {
      if (line.door.process !== process) continue;
      line.door.hung_up.add(line.caller);
      this.#end(line, "ended");
    }
  }

  #dial(caller: ProcessTime, to: string, wanted: string, happened: OpenLine["happened"]) {
    const { time, weather, random } = this.#on;
    const door = this.#doors.get(to);
    let is_known = false;
    const line: OpenLine | null = door ? { caller, door, happened } : null;
    const tell = (event: LineEvent) => {
      if (is_known) return;
      is_known = true;
      if (line && event === "greeted") {
        this.#open.add(line);
        line.door.hung_up.delete(caller);
      }
      happened(event);
    };
    time.afterIn(caller, PATIENCE_MS, () => tell("failed"));
    time.afterIn(null, weather.networkMs(), () => {
      const answer = (event: LineEvent) => void time.afterIn(caller, weather.networkMs(), () => tell(event));
      if (this.#isCut(caller, door?.process)) {
        return !door?.hung_up.has(caller) && random.next() < 0.7 ? answer("refused") : undefined;
      }
      if (!door || door.process.is_over || this.#doors.get(to) !== door) return answer("refused");
      // By the process itself, as soon as it runs.
      time.afterIn(door.process, 0, () => answer(door.holder === wanted ? "greeted" : "failed"));
    });
    return {
      close: () => {
        is_known = true;
        if (line) this.#open.delete(line);
      },
    };
  }

  #isCut(one: ProcessTime, other: ProcessTime | undefined): boolean {
    return this.#cut_off.has(one) || (other !== undefined && this.#cut_off.has(other));
  }

  #endAll(door: Door): void {
    for (const line of [...this.#open]) if (line.door === door) this.#end(line, "ended");
  }

  #end(line: OpenLine, event: LineEvent): void {
    const { time, weather } = this.#on;
    this.#open.delete(line);
    if (event === "ended" && this.#isCut(line.caller, line.door.process)) return;
    time.afterIn(line.caller, weather.networkMs(), () => line.happened(event));
  }
}

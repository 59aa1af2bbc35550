// What goes wrong and how long things take, by chance: each seed has its own climate, from calm to a storm, and at the
// end the sky is clear. A scenario may order one fault by name.

import type { Random } from "../harness/random.ts";

/** What becomes of a group of writes. */
export type WriteFate =
  /** As it should be. */
  | "done"
  /** Done, but the answer is lost. */
  | "answer lost"
  /** Neither done nor answered. */
  | "lost"
  /** Refused at once. */
  | "refused"
  /** Done, at long last. */
  | "late";

const FAULTY_FATES = ["answer lost", "answer lost", "lost", "refused", "late"] as const;
const READ_FATES = ["failed", "slow"] as const;
export type ReadFate = "done" | (typeof READ_FATES)[number];

interface Climate {
  write_faults: number;
  read_faults: number;
  /** Milliseconds, on an average. */
  disk_ms: number;
  network_ms: number;
  /** Cuts, restarts, deaths of rooms, and clocks set: how many of each in a seed. */
  cuts: number;
  restarts: number;
  room_deaths: number;
  clocks_set: number;
  outages: number;
  /** Of the answers to HTTP calls. */
  lost_calls: number;
}

export class Weather {
  readonly #random: Random;
  readonly climate: Climate;
  /** Reads are answered in the order in which they were asked. */
  readonly in_order: boolean;
  /** Ordered by a scenario for the next group whose words it fits. */
  ordered: { fate: WriteFate; words: RegExp } | null = null;
  isClear = false;
  /** The database can't be reached. */
  isOut = false;

  /** Kinds of faults that are left out, to see what else there is. */
  readonly #without: readonly string[];

  constructor(random: Random, climate: Climate = climateBy(random), without: readonly string[] = []) {
    this.#random = random;
    this.#without = without;
    const left_out = Object.keys(climate).filter((name) => without.includes(name));
    this.climate = { ...climate, ...Object.fromEntries(left_out.map((name) => [name, 0])) };
    this.in_order = random.next() < 0.5;
  }

  writeFate(words: () => string): WriteFate {
    const { ordered } = this;
    if (ordered?.words.test(words())) {
      this.ordered = null;
      return ordered.fate;
    }
    if (this.isOut) return this.#random.pick(["lost", "refused"]);
    if (this.isClear || this.#random.next() >= this.climate.write_faults) return "done";
    const fate = this.#random.pick(FAULTY_FATES);
    return this.#without.includes(fate) ? "done" : fate;
  }

  readFate(): ReadFate {
    if (this.isOut) return "failed";
    if (this.isClear || this.#random.next() >= this.climate.read_faults) return "done";
    return this.#random.pick(READ_FATES);
  }

  /** What the disk takes for one thing. */
  diskMs(): number {
    return this.#random.next() * 2 * this.climate.disk_ms;
  }

  /** What is out of the ordinary: mostly a little, seldom longer than anybody waits. */
  lateMs(): number {
    return this.#random.next() < 0.15 ? 9_000 + this.#random.next() * 8_000 : this.#random.next() * 2_000;
  }

  networkMs(): number {
    const usual_ms = this.#random.next() * 2 * this.climate.network_ms;
    return !this.isClear && this.#random.next() < 0.01 ? usual_ms + this.#random.next() * 1_000 : usual_ms;
  }
}

export const clear_sky: Climate = {
  ...{ write_faults: 0, read_faults: 0, disk_ms: 2, network_ms: 3, lost_calls: 0 },
  ...{ cuts: 0, restarts: 0, room_deaths: 0, clocks_set: 0, outages: 0 },
};

/** So many at most, and mostly none. */
const some = (random: Random, share: number, most: number) => (random.next() < share ? random.whole(1, most) : 0);

function climateBy(random: Random): Climate {
  const faulty = random.next() < 0.75;
  return {
    write_faults: faulty ? random.pick([0.01, 0.03, 0.1]) : 0,
    read_faults: faulty ? random.pick([0, 0.002, 0.01]) : 0,
    disk_ms: random.pick([0.3, 2, 15]),
    network_ms: random.pick([0.5, 5, 40]),
    lost_calls: random.pick([0, 0.1]),
    cuts: some(random, 0.8, 8),
    restarts: some(random, 0.25, 2),
    room_deaths: some(random, 0.4, 6),
    clocks_set: some(random, 0.25, 3),
    outages: some(random, 0.2, 2),
  };
}

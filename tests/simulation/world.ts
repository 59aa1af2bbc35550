// What the people of a simulation have in common: who there is, which servers, and what they have heard of.

import type { Place } from "../community/storm-steps.ts";
import type { Random } from "../harness/random.ts";
import type { DeviceParts } from "./device.ts";
import type { House } from "./house.ts";
import { Ledger } from "./ledger.ts";
import type { Person } from "./person.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

export interface World extends DeviceParts {
  readonly seed: number;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly house: House;
  readonly ledger: Ledger;
  readonly people: Person[];
  readonly places: Place[];
  readonly messages: number[];
  readonly channels: number[];
  readonly invites: string[];
  /** Kinds of faults that are left out. */
  readonly without: readonly string[];
  /** What must not have happened, in sentences. */
  readonly faults: string[];
  /** Counts what is named. */
  nextNumber(): number;
}

type Given = Pick<World, "seed" | "random" | "time" | "trace" | "weather" | "house" | "without" | "faults" | "onFault">;

export function createWorld(given: Given): World {
  let numbers = 0;
  return {
    ...given,
    ...{ ledger: new Ledger(), people: [], places: [], messages: [], channels: [], invites: [] },
    nextNumber() {
      numbers += 1;
      return numbers;
    },
  };
}

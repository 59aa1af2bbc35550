// A store for tests whose writing methods have what they word done at once and come to what it came to.
// Stale is an error here. Tests of staleness, and of what is looked up after a lost answer, take the store itself.

import type { Write } from "../../src/db/engine/write.ts";
import type { Store } from "../../src/db/store.ts";

type Performing<Aggregate> = {
  [Name in keyof Aggregate]: Aggregate[Name] extends (...args: infer Args) => Write<infer Stored>
    ? (...args: Args) => Promise<Stored>
    : Aggregate[Name];
};

const aggregates = [
  ...["users", "logins", "friendships", "rooms", "invites", "messages", "readStates", "uploads"],
  ...["settings", "tombstones", "made", "links", "registrationInvites", "bots"],
  ...["pushNotices", "pushSubscriptions"],
] as const satisfies (keyof Store)[];
type AggregateName = (typeof aggregates)[number];

export type PerformingStore = Omit<Store, AggregateName> & { [Name in AggregateName]: Performing<Store[Name]> };

export class StaleError extends Error {}

export function performing(store: Store): PerformingStore {
  const all = Object.fromEntries(aggregates.map((name) => [name, performingAll(store, store[name])]));
  return { ...store, ...all } as unknown as PerformingStore;
}

/** What a write came to; fails with StaleError. */
export async function done<Stored>({ writer }: Pick<Store, "writer">, write: Write<Stored>): Promise<Stored> {
  const performed = await writer.perform(write);
  if (performed.state === "stale") throw new StaleError("what was decided no longer holds");
  return performed.value;
}

function performingAll(store: Store, aggregate: object): object {
  const methods = Object.entries(aggregate).map(([name, method]) => [
    name,
    (...args: unknown[]) => {
      const result: unknown = method.apply(aggregate, args);
      return isWrite(result) ? done(store, result) : result;
    },
  ]);
  return Object.fromEntries(methods);
}

function isWrite(result: unknown): result is Write<unknown> {
  return typeof result === "object" && result !== null && "job" in result;
}

// Rates that hold at all nodes together. Each node has buckets of its own, and what is spent at one is owed at all others:
// so somebody has the whole rate wherever they are, and no more at several nodes than at one, but for what isn't told yet.

import type { Rate } from "./limits.ts";
import { type Bucket, spentToTell } from "./token-bucket.ts";

/** What was spent at one node, of which rate and by whom. */
export interface Spent {
  name: string;
  key: string | number;
  tokens: number;
}

/** `owe` is called with what others have spent; what is returned is to be called with what is spent here. */
export type Share<Key extends string | number> = (
  rate: Rate,
  owe: (key: Key, tokens: number) => void,
) => (key: Key, bucket: Bucket, cost: number) => void;

export interface SharedRates {
  /** The same name at all nodes for the same rate. */
  of<Key extends string | number>(name: string): Share<Key>;
  /** Another node says so. */
  spent(spent: Spent): void;
}

/** `tell` tells all others. */
export function createSharedRates(tell: (spent: Spent) => void): SharedRates {
  const owing = new Map<string, (key: never, tokens: number) => void>();
  return {
    of: (name) => (rate, owe) => {
      owing.set(name, owe);
      return (key, bucket, cost) => {
        const tokens = spentToTell(bucket, rate, cost);
        if (tokens > 0) tell({ name, key, tokens });
      };
    },
    // Another version may have rates that this one lacks.
    spent: ({ name, key, tokens }) => owing.get(name)?.(key as never, tokens),
  };
}

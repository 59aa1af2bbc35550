// What is kept as texts in the database and held in memory, brought up to what other processes on the same database have
// stored meanwhile. Only where there are others.
// Must not undo what this process has stored since it began to read: each follower sees to that.

import { limits } from "../../domain/limits.ts";
import type { Store } from "../store.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export type Texts = ReadonlyMap<string, string>;

export interface Follower {
  readonly keys: readonly string[];
  /** Called before the texts are read; what it returns takes them over. */
  follow(): (texts: Texts) => void;
}

export interface FollowingDependencies {
  store: Pick<Store, "settings">;
  followers: readonly Follower[];
  onFault(error: unknown): void;
}

export interface Following extends Rounds {
  /** Reads them anew, from now on; whether that went through. */
  again(): Promise<boolean>;
}

/** Reads them again and again. */
export function startFollowing({ store, followers, onFault }: FollowingDependencies): Following {
  const keys = followers.flatMap((one) => one.keys);
  let readings = 0;
  const round = async () => {
    const takes = followers.map((one) => one.follow());
    const texts = await store.settings.among(keys);
    for (const take of takes) take(texts);
    readings += 1;
  };
  const rounds = startRounds(round, { every_ms: limits.following_ms, closing_ms: 0, onFault });
  return {
    ...rounds,
    async again() {
      // What is being read now may have been read before.
      await rounds.run();
      const before = readings;
      await rounds.run();
      return readings > before;
    },
  };
}

/** Takes texts over unless `changed` was called since they began to be read. */
export function followedBy(keys: readonly string[], take: (texts: Texts) => void): Follower & { changed(): void } {
  let changes = 0;
  return {
    keys,
    changed() {
      changes += 1;
    },
    follow() {
      const before = changes;
      return (texts) => {
        if (changes === before) take(texts);
      };
    },
  };
}

// A cache of so many entries, the least used of which go first, that takes room as it fills: with `max`, lru-cache takes
// at once all that it may ever need, which is much where each server or each throttle has a cache.

import { LRUCache } from "lru-cache";

export type GrowingCache<Key extends {}, Value extends {}> = LRUCache<Key, Value>;

export function growingCache<Key extends {}, Value extends {}>(entries: number): GrowingCache<Key, Value> {
  return new LRUCache({ maxSize: entries, sizeCalculation: () => 1 });
}

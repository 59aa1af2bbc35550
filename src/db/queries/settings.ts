// The settings table: the few values the server keeps for itself, such as its signing secret.
// Of two writers of one absent key the first wins, and both learn what stands.
// Must not hold what belongs in the configuration.

import { eq, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { settings } from "../schema/people.ts";
import { guard } from "./guards.ts";

/** The key of how far tombstones were cleared away: what ended before this seq may have left none. */
export const compacted_to = "compacted_to";

type Setting = { key: string; value: string };

export type Settings = ReturnType<typeof settingsOf>;

export function settingsOf({ reads }: Access) {
  const byKey = reads
    .select({ value: settings.value })
    .from(settings)
    .where(eq(settings.key, given("key")));
  const get = byKey.prepare();
  const getStatement = template<{ key: string }>(byKey);
  const row = { key: given<string>("key"), value: given<string>("value") };
  const insert = template<Setting>(reads.insert(settings).values(row).onConflictDoNothing());
  const upsert = template<Setting>(
    reads
      .insert(settings)
      .values(row)
      .onConflictDoUpdate({ target: settings.key, set: { value: sql`excluded.value` } }),
  );
  const standing = sql`(select ${settings.value} from ${settings} where ${settings.key} = ${given("key")})`;
  const isStill = guard<{ key: string; was: string | null }>(reads, sql`${standing} is ${given("was")}`);
  const among = reads
    .select({ key: settings.key, value: settings.value })
    .from(settings)
    .where(sql`${settings.key} in (select value from json_each(${sql.placeholder("keys")}))`)
    .prepare();
  return {
    /** Those that there are of these, by their keys. */
    async among(keys: readonly string[]): Promise<Map<string, string>> {
      const rows = await read(among.all({ keys: JSON.stringify(keys) }));
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    async get(key: string): Promise<string | null> {
      return (await read(get.get({ key })))?.value ?? null;
    },
    /** Comes to the value that stands: the given one, or the one that was there before. */
    putIfAbsent(key: string, value: string): Write<string> {
      return {
        job: [insert({ key, value }), getStatement({ key })],
        stored: ([, standing]) => String(standing?.rows[0]?.[0] ?? value),
        find: async () => (await read(get.get({ key })))?.value ?? null,
      };
    },
    put(key: string, value: string): Write<string> {
      return {
        job: [upsert({ key, value })],
        stored: () => value,
        find: async () => ((await read(get.get({ key })))?.value === value ? value : null),
      };
    },
    /** The same, stale where what stands isn't `was`, null for nothing. */
    replace(key: string, was: string | null, value: string): Write<string> {
      return {
        ...this.put(key, value),
        job: [isStill({ key, was }), upsert({ key, value })],
      };
    },
  };
}

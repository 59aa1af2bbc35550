// The settings table: the few values the server keeps for itself, such as its signing secret.
// Of two writers of one absent key the first wins, and both learn what stands.
// Must not hold what belongs in the configuration.

import { eq, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import { settings } from "../schema/people.ts";

type Setting = { key: string; value: string };

export type Settings = ReturnType<typeof settingsOf>;

export function settingsOf({ reads, write }: Access) {
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
  return {
    async get(key: string): Promise<string | null> {
      return (await read(get.get({ key })))?.value ?? null;
    },
    /** Returns the value that stands: the given one, or the one that was there before. */
    async putIfAbsent(key: string, value: string): Promise<string> {
      // Read first, so that the usual start writes nothing.
      const known = await read(get.get({ key }));
      if (known) return known.value;
      const [, standing] = await write([insert({ key, value }), getStatement({ key })]);
      return String(standing?.rows[0]?.[0] ?? value);
    },
    async put(key: string, value: string): Promise<void> {
      await write([upsert({ key, value })]);
    },
  };
}

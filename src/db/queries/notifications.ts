// The notification_settings table: what each user wants to be told of while away.
// Must not judge what they may see: that is decided above.

import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import type { NotificationKind, NotificationLevel, NotificationSetting } from "../../domain/notifications.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { notification_settings } from "../schema/notifications.ts";
import { guard, isAlive } from "./guards.ts";
import { nextSelfSeq, type SelfSeq, selfBefore, selfSeqs } from "./self-topics.ts";

/** What is absent stays as it is. */
export interface NotificationChange {
  user_id: number;
  kind: NotificationKind;
  target_id: number;
  level?: NotificationLevel | undefined;
  muted_until?: number | undefined;
  seq: number;
}

export interface SavedNotification {
  self: SelfSeq | null;
  setting: NotificationSetting;
}

type Values = {
  user_id: number;
  kind: NotificationKind;
  target_id: number;
  level: NotificationLevel | null;
  muted_until: number | null;
  seq: number;
};

const { user_id, kind, target_id, level, muted_until, seq } = notification_settings;
/** What a NotificationSetting is selected by. */
export const notificationColumns = { kind, target_id, level, muted_until };

export type Notifications = ReturnType<typeof notificationsOf>;

export function notificationsOf({ reads }: Access) {
  const ofUser = eq(user_id, given("user_id"));
  const thisOne = and(ofUser, eq(kind, given("kind")), eq(target_id, given("target_id")));
  const list = reads
    .select(notificationColumns)
    .from(notification_settings)
    .where(ofUser)
    .orderBy(kind, asc(target_id))
    .prepare();
  const one = reads
    .select({ ...notificationColumns, seq })
    .from(notification_settings)
    .where(thisOne)
    .prepare();
  const exists = sql`exists (select 1 from ${notification_settings} where ${thisOne})`;
  const mayGrow = guard<Values>(reads, sql`${isAlive(given("user_id"))} and (${exists} or ${hasRoom(ofUser)})`);
  const room = reads
    .select({ has_room: hasRoom(ofUser) })
    .from(sql`(select 1)`)
    .prepare();
  const before = selfBefore(reads);
  const put = template<Values>(
    reads
      .insert(notification_settings)
      .select(
        sql`select ${given("user_id")}, ${given("kind")}, ${given("target_id")}, ${given("level")},
          ${given("muted_until")}, ${nextSelfSeq(given("user_id"), given("seq"))} where true`,
      )
      .onConflictDoUpdate({
        target: [user_id, kind, target_id],
        set: {
          level: sql`coalesce(excluded.level, ${level})`,
          muted_until: sql`coalesce(excluded.muted_until, ${muted_until})`,
          seq: sql`excluded.seq`,
        },
      })
      .returning({ user_id, seq, level, muted_until }),
  );
  return {
    /** In the order of kinds and ids. */
    async listOf(of: number): Promise<NotificationSetting[]> {
      return read(list.all({ user_id: of }));
    },
    /** Whether they may choose for one more place. */
    async hasRoom(of: number): Promise<boolean> {
      return (await read(room.get({ user_id: of })))?.has_room ?? false;
    },
    /** Stale where the user has as many as one may, and this isn't one of them. */
    set(change: NotificationChange): Write<SavedNotification> {
      const values: Values = { ...change, level: change.level ?? null, muted_until: change.muted_until ?? null };
      const of = { kind: change.kind, target_id: change.target_id };
      return {
        job: [mayGrow(values), before([change.user_id]), put(values)],
        stored: ([, were, set]) => {
          const [row] = set?.rows ?? [];
          const chosen = { level: (row?.[2] ?? null) as NotificationLevel | null };
          const muted = { muted_until: row?.[3] == null ? null : Number(row[3]) };
          return { self: selfSeqs(were, set)[0] ?? null, setting: { ...of, ...chosen, ...muted } };
        },
        async find() {
          const found = await read(one.get({ user_id: change.user_id, ...of }));
          if (!found || found.seq < change.seq) return null;
          const { seq: at, ...setting } = found;
          return { self: { user_id: change.user_id, seq: at, after: null }, setting };
        },
      };
    },
  };
}

/** What is gone doesn't count, though it is kept, as far as that goes. */
function hasRoom(ofUser: SQL): SQL<boolean> {
  const count = (condition: SQL) =>
    sql`(select count(*) from ${notification_settings} where ${ofUser} and ${condition})`;
  const [standing, kept] = [limits.notification_settings_per_user, limits.notification_settings_kept_per_user];
  return sql<boolean>`(${count(isStanding)} < ${sql.raw(String(standing))}
    and ${count(sql`true`)} < ${sql.raw(String(kept))})`.mapWith(Boolean);
}

/** The server, channel or conversation that it is of is there. */
const isStanding = sql`case ${kind}
  when 'server' then exists (select 1 from servers where id = ${target_id} and deleted_at is null)
  when 'conversation' then exists (select 1 from conversations where id = ${target_id} and deleted_at is null)
  else exists (
    select 1 from channels join servers on servers.id = channels.server_id
    where channels.id = ${target_id} and channels.deleted_at is null and servers.deleted_at is null
  ) or exists (select 1 from conversations where channel_id = ${target_id} and deleted_at is null)
end`;

/** The statement that takes away all of a user's, whose account ends. */
export function endNotifications(reads: Access["reads"]) {
  return template<{ id: number }>(reads.delete(notification_settings).where(eq(user_id, given("id"))));
}

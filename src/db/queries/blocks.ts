// Who has blocked whom, as conditions in SQL. Whoever blocks somebody has blocked their bots, and the webhooks that these
// or they made: else a block would be got round by a program.
// Must not judge what a block keeps somebody from.

import { type SQL, sql } from "drizzle-orm";

/** Whose bot the user is; null of a person. */
export function ownerOf(user: SQL): SQL {
  return sql`(select owned.bot_owner_id from users as owned where owned.id = ${user})`;
}

/** The ids of those whom the user has blocked, and of their bots, as rows. */
export function blockedBy(user: SQL): SQL {
  return sql`select block.peer_id as id from friendships as block
      where block.user_id = ${user} and block.state = 'blocked'
    union all select bot.id from friendships as block cross join users as bot
      where block.user_id = ${user} and block.state = 'blocked' and bot.bot_owner_id = block.peer_id`;
}

/** One of the two, or whose bot that one is, has blocked the other, or whose bot that is. */
export function isBlockedBetween(one: SQL, other: SQL): SQL {
  const has = (blocker: SQL, blocked: SQL) => sql`(block.user_id in (${blocker}, ${ownerOf(blocker)})
    and block.peer_id in (${blocked}, ${ownerOf(blocked)}))`;
  return sql`exists (select 1 from friendships as block
    where block.state = 'blocked' and (${has(one, other)} or ${has(other, one)}))`;
}

/** Bits: from whom of the two that a viewer is somebody hides, the viewer and whose bot the viewer is. */
export type Hides = number;
export const FROM_VIEWER = 1;
export const FROM_OWNER = 2;

const [fromViewer, fromOwner] = [sql.raw(String(FROM_VIEWER)), sql.raw(String(FROM_OWNER))];

/** From whom the one hides, for whom they look offline: those whom they have blocked. */
export function hidesFrom(one: SQL, viewer: SQL): SQL<Hides> {
  return sql<Hides>`(select coalesce(sum(case block.peer_id when ${viewer} then ${fromViewer} else ${fromOwner} end), 0)
    from friendships as block
    where block.user_id = ${one} and block.peer_id in (${viewer}, ${ownerOf(viewer)}) and block.state = 'blocked')`;
}

/**
 * Of a message: it is by nobody whom the user has blocked. `message` is what its columns are called by, with its dot. Who
 * made the webhook that speaks is read of the message alone where the user has blocked anybody.
 */
export function isOfNobodyBlocked(user: SQL, message = ""): SQL {
  const column = (name: string) => sql.raw(`${message}${name}`);
  return sql`(not exists (select 1 from friendships where user_id = ${user} and state = 'blocked')
    or coalesce(${column("author")} ->> 'maker_id', ${column("author_id")}) not in (${blockedBy(user)}))`;
}

// Who is in a conversation, and what stands between people, as conditions in SQL: what is decided by reading them is
// made sure of by the same words in the commit.

import { type SQL, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { friendships, users } from "../schema/people.ts";
import { isBlockedBetween } from "./blocks.ts";

const raw = (value: number) => sql.raw(String(value));

/** The user is in the conversation. */
export function isInConversation(conversation: SQL, user: SQL): SQL {
  return sql`exists (select 1 from ${conversation_members} as mine
    where mine.conversation_id = ${conversation} and mine.user_id = ${user} and mine.left_at is null)`;
}

export function areFriends(one: SQL, other: SQL): SQL {
  return sql`exists (select 1 from ${friendships} as friendship
    where friendship.user_id = ${one} and friendship.peer_id = ${other} and friendship.state = 'friend')`;
}

/** Whether both are members of one standing server. */
export function shareServer(one: SQL, other: SQL): SQL {
  return sql`exists (select 1 from members as ours join members as theirs on theirs.server_id = ours.server_id
    where ours.user_id = ${one} and ours.left_at is null and theirs.user_id = ${other} and theirs.left_at is null)`;
}

/** The other of a direct conversation, where `condition` holds of their row, called `other`. */
function otherOf(conversation: SQL, user: SQL, condition: SQL): SQL {
  return sql`exists (select 1 from ${conversations} as direct
    join ${conversation_members} as other on other.conversation_id = direct.id and other.user_id <> ${user}
    where direct.id = ${conversation} and direct.kind = 'direct' and ${condition})`;
}

const other = sql`other.user_id`;

export function isBlockedIn(conversation: SQL, user: SQL): SQL {
  return otherOf(conversation, user, isBlockedBetween(user, other));
}

/** The other of a direct conversation has no account any more. */
export function isLeftAlone(conversation: SQL, user: SQL): SQL {
  return otherOf(conversation, user, sql`other.left_at is not null`);
}

/** What the user says first would be a request, and the other has as many of these as may wait. */
export function isRequestTooMany(conversation: SQL, user: SQL): SQL {
  const waiting = sql`(select count(*) from ${conversation_members} as waiting
    where waiting.user_id = ${other} and waiting.is_hidden = 0 and waiting.state = 'request'
      and waiting.left_at is null)`;
  const is_first = sql`other.state = 'unseen' and not ${areFriends(user, other)}`;
  return otherOf(conversation, user, sql`${is_first} and ${waiting} >= ${raw(limits.conversation_requests_per_user)}`);
}

/** The user is a bot to whom nobody has said anything in it, or not for long. */
export function isBotUnasked(conversation: SQL, user: SQL): SQL {
  return sql`exists (select 1 from ${conversation_members} as unasked
    join ${users} as program on program.id = unasked.user_id and program.bot_owner_id is not null
    where unasked.conversation_id = ${conversation} and unasked.user_id = ${user} and unasked.state = 'unseen')`;
}

/** The user is in the conversation and may say something there that the other hears. */
export function mayTalkIn(conversation: SQL, user: SQL): SQL {
  const hindered = otherOf(conversation, user, sql`(other.left_at is not null or ${isBlockedBetween(user, other)})`);
  return sql`(${isInConversation(conversation, user)} and not ${hindered} and not ${isBotUnasked(conversation, user)})`;
}

/** The other takes a first message of the user's: a conversation with them may be opened, or begun. */
export function mayOpenWith(user: SQL, peer: SQL): SQL {
  const dms = sql`(select dms from ${users} where id = ${peer})`;
  return sql`(not ${isBlockedBetween(user, peer)} and (${areFriends(user, peer)} or ${dms} = 'everyone'
    or (${dms} = 'servers' and ${shareServer(user, peer)})))`;
}

/** What the user says first is for the other, who takes no first message of theirs. */
export function isUnwanted(conversation: SQL, user: SQL): SQL {
  return otherOf(conversation, user, sql`other.state = 'unseen' and not ${mayOpenWith(user, other)}`);
}

/** There is room for one more in the user's list; `user` is no column of a table called `kept`. */
export function hasRoomForConversation(user: SQL): SQL {
  const count = (condition: SQL) => sql`(select count(*) from ${conversation_members} as kept
    where kept.user_id = ${user} and kept.left_at is null and ${condition})`;
  const listed = count(sql`kept.is_hidden = 0 and kept.state = 'open'`);
  return sql`(${listed} < ${raw(limits.conversations_per_user)}
    and ${count(sql`kept.added_seq > 0`)} < ${raw(limits.conversations_kept_per_user)})`;
}

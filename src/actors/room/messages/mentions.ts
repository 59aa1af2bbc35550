// Whom a message mentions so that it counts: members who can view the channel and haven't blocked its author, named or
// replied to; and, where the author may mention everyone, all of them, those who are there, and roles.

import type { Channel, ChatMessage, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { mentionsIn } from "../../../domain/mentions.ts";
import type { Room } from "../room.ts";

type Mentioned = Pick<
  ChatMessage,
  "mentions" | "mentions_everyone" | "mention_roles" | "mentions_here" | "reply_mention"
>;

export const nobody: Mentioned = {
  ...{ mentions: [], mentions_everyone: false, mention_roles: [], mentions_here: false, reply_mention: null },
};

/** `replied_id`: who is replied to, if anybody. At once where it mentions nobody by name and replies to nobody else. */
export function mentionsOf(
  room: Room,
  content: string,
  author: Member,
  channel: Channel,
  replied_id: number | null = null,
): Mentioned | Promise<Mentioned> {
  const { user_ids: named, role_ids, everyone, here } = mentionsIn(content);
  const reply_mention = replied_id === author.user_id ? null : replied_id;
  const user_ids = reply_mention === null ? named : [...new Set([...named, reply_mention])];
  if (user_ids.length + role_ids.length === 0 && !everyone && !here) return nobody;
  const may = room.structure.mayIn(author, channel, "mention_everyone");
  const mention_roles = may ? role_ids.filter((id) => isGiven(room, id)) : [];
  const to_all = { mention_roles, mentions_everyone: may && everyone, mentions_here: may && here && !everyone };
  if (user_ids.length === 0) return { mentions: [], reply_mention, ...to_all };
  return viewersAmong(room, user_ids, author, channel).then((mentions) => ({ mentions, reply_mention, ...to_all }));
}

/** A role of the server that isn't everybody's. */
function isGiven({ structure }: Room, role_id: number): boolean {
  return role_id !== structure.server.default_role_id && structure.role(role_id) !== undefined;
}

async function viewersAmong(
  room: Room,
  user_ids: readonly number[],
  author: Member,
  channel: Channel,
): Promise<number[]> {
  const members = await room.membersAmong(user_ids);
  const viewers = members.filter((member) => room.structure.mayIn(member, channel, "view_channel"));
  return withoutBlockers(
    room,
    author,
    viewers.map(({ user_id }) => user_id),
  );
}

async function withoutBlockers(room: Room, author: Member, user_ids: readonly number[]): Promise<number[]> {
  if (user_ids.length === 0) return [];
  const blockers = new Set(await room.on.store.friendships.blockersOf(author.user_id, user_ids));
  return user_ids.filter((user_id) => !blockers.has(user_id));
}

/** Those who are there: they listen to the server, and can view the channel. Null where they are too many. */
export async function thoseHere(room: Room, author: Member, channel: Channel): Promise<readonly number[] | null> {
  const here = [...new Set(room.subscribers.users())].filter((user_id) => {
    const member = user_id === author.user_id ? null : room.knownMember(user_id);
    return member !== null && room.structure.visibleTo(member).has(channel.id);
  });
  return here.length > limits.here_mentions ? null : withoutBlockers(room, author, here);
}

/** Where too many are there, all are mentioned. */
export function withAll<Draft extends Mentioned>(draft: Draft, here: readonly number[] | null): Draft {
  return draft.mentions_here && here === null ? { ...draft, mentions_here: false, mentions_everyone: true } : draft;
}

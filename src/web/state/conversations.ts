// Conversations as the pages show them: what one is called, who is in it, and how many messages in it are for oneself.

import { computed } from "@preact/signals";
import type { CachedConversation } from "../../client/index.ts";
import { words } from "../words.ts";
import { client, membersOf, read, selfId } from "./cache.ts";
import { attempt } from "./notices.ts";
import { isMuted } from "./notifications.ts";
import { go, ways } from "./places.ts";

export type Conversation = CachedConversation;

/** The latest first, requests among them; null until the first page is there. */
export const conversationList = () =>
  read("conversations")?.conversations as ReadonlyMap<number, Conversation> | null | undefined;

export const conversationOf = (id: number) => conversationList()?.get(id) ?? null;

/** Whether the server has older ones than those that are loaded. */
export const hasMoreConversations = () => (read("conversations")?.conversations_from ?? 0) > 0;

const by_channel = computed(
  () => new Map([...(conversationList()?.values() ?? [])].map((one) => [one.channel_id, one] as const)),
);

export const conversationIn = (channel_id: number) => by_channel.value.get(channel_id) ?? null;

export const othersIn = ({ members }: Conversation) => members.filter(({ user_id }) => user_id !== selfId());

/** Of two, the other; of a group nobody. */
export const otherOf = (conversation: Conversation) =>
  conversation.kind === "direct" ? (othersIn(conversation)[0] ?? null) : null;

export function titleOf(conversation: Conversation): string {
  if (conversation.name) return conversation.name;
  const names = othersIn(conversation).map(({ name }) => name);
  return names.length > 0 ? names.join(", ") : words.conversations.alone;
}

/** What of it is meant for oneself: of two, each message; of a group, who mentions one; of a stranger, that they wrote. */
export function wantedIn({ id, kind, state, unread, mentions }: Conversation): number {
  if (isMuted({ conversation_id: id })) return 0;
  if (state === "request") return unread ? 1 : 0;
  return (kind === "direct" ? unread : mentions) ?? 0;
}

export const all_wanted = computed(() => {
  let sum = 0;
  for (const one of conversationList()?.values() ?? []) sum += wantedIn(one);
  return sum;
});

export interface Named {
  user_id: number;
  name: string;
  nickname: string | null;
  profile_pic: string | null;
}

/** Who can be meant by what is written there, as far as they are loaded. */
export function peopleIn(server_id: number, channel_id: number): Iterable<Named> {
  if (server_id) return membersOf(server_id)?.values() ?? [];
  return (conversationIn(channel_id)?.members ?? []).map((one) => ({ ...one, nickname: null }));
}

/** With one other it is the conversation of the two; with more, a new group. */
export async function openConversation(user_ids: number[], name = ""): Promise<void> {
  const named = name && user_ids.length > 1 ? { name } : {};
  const opened = await client.value?.ask("open_conversation", { user_ids, ...named });
  if (opened) go(ways.conversation(opened.conversation.id));
}

export const writeTo = (user_id: number) => attempt(openConversation([user_id]));

export const accept = (conversation_id: number) =>
  attempt(client.value?.ask("update_conversation", { conversation_id, changes: { state: "open" } }));

export async function closeConversation(conversation_id: number): Promise<void> {
  if (await attempt(client.value?.ask("close_conversation", { conversation_id }))) go(ways.friends);
}

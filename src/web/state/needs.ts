// What is loaded as one goes about: a server when it is opened, a channel's newest messages, members a page at a time.
// What is kept already is kept up to date by the client, and not asked for again.

import { effect, signal } from "@preact/signals";
import type { RequestError } from "../../client/index.ts";
import { is_loaded } from "./account.ts";
import { client } from "./cache.ts";
import { conversationIn, conversationOf, hasMoreConversations } from "./conversations.ts";
import { place } from "./places.ts";

export const PAGE = 100;

/** Why a place can't be shown, by `server:<id>` or `channel:<id>`. */
export const refusals = signal<ReadonlyMap<string, RequestError>>(new Map());
/** The ids of one's own roles, by server; they may lie beyond the members that are loaded. */
export const own_roles = signal<ReadonlyMap<number, readonly number[]>>(new Map());

const refuse = (key: string) => (error: RequestError) => {
  if (error.code === "closed") return;
  refusals.value = new Map(refusals.value).set(key, error);
};

function clearRefusal(key: string): void {
  if (!refusals.value.has(key)) return;
  const left = new Map(refusals.value);
  left.delete(key);
  refusals.value = left;
}

export async function loadServer(server_id: number): Promise<void> {
  const mine = client.value;
  if (!mine) return;
  clearRefusal(`server:${server_id}`);
  const known = mine.cache.servers.get(server_id);
  const loads: Promise<unknown>[] = [];
  if (!known?.details) loads.push(mine.ask("get_server", { server_id }));
  if (!known?.channels) loads.push(mine.ask("get_server_channels", { server_id }));
  if (!known?.roles) loads.push(mine.ask("get_server_roles", { server_id }));
  if (!known?.members_to) loads.push(mine.ask("get_server_members", { server_id, amount: PAGE, anchor: 0 }));
  loads.push(loadOwnRoles(server_id));
  await Promise.all(loads).catch(refuse(`server:${server_id}`));
}

async function loadOwnRoles(server_id: number): Promise<void> {
  const mine = client.value;
  const user_id = mine?.ready?.user.id;
  if (!mine || !user_id) return;
  const { roles } = await mine.ask("get_server_roles", { server_id, user_id });
  own_roles.value = new Map(own_roles.value).set(
    server_id,
    roles.map(({ id }) => id),
  );
}

/** The next page of members; nothing while it is under way. */
const paging = new Set<number>();
export async function loadMoreMembers(server_id: number): Promise<void> {
  const mine = client.value;
  const anchor = mine?.cache.servers.get(server_id)?.members_to ?? 0;
  if (!mine || paging.has(server_id) || anchor === Number.MAX_SAFE_INTEGER) return;
  paging.add(server_id);
  await mine.ask("get_server_members", { server_id, amount: PAGE, anchor }).catch(() => {});
  paging.delete(server_id);
}

/** Of a channel that is opened at a message, what is around that is loaded by who goes there. */
export async function loadChannel(channel_id: number, message_id: number | null): Promise<void> {
  const mine = client.value;
  if (!mine) return;
  clearRefusal(`channel:${channel_id}`);
  const loads: Promise<unknown>[] = [];
  const server = [...mine.cache.servers.values()].find(({ channels }) => channels?.has(channel_id));
  if (!conversationIn(channel_id) && !server?.channels?.get(channel_id)?.details) {
    loads.push(mine.ask("get_server_channel", { channel_id }));
  }
  const ends = mine.cache.windows.get(channel_id)?.to === Number.MAX_SAFE_INTEGER;
  if (message_id === null && !ends) loads.push(loadNewest(channel_id));
  await Promise.all(loads).catch(refuse(`channel:${channel_id}`));
}

/** The next page of conversations, asked for once at a time. */
let conversations_page: Promise<unknown> | null = null;
export async function loadMoreConversations(): Promise<void> {
  const { conversations, conversations_from: from = 0 } = client.value?.cache ?? {};
  const anchor = conversations ? from : 0;
  conversations_page ??= client.value?.ask("get_conversations", { amount: PAGE, anchor }) ?? null;
  await conversations_page?.finally(() => {
    conversations_page = null;
  });
}

/** Page by page until it is there, or there are no more. */
async function loadConversation(id: number): Promise<void> {
  while (client.value && !conversationOf(id) && hasMoreConversations()) await loadMoreConversations();
}

export async function loadNewest(channel_id: number): Promise<void> {
  await client.value?.ask("get_message_chunk", { channel_id, amount: PAGE, anchor: 0, direction: true });
}

export async function loadOlder(channel_id: number): Promise<void> {
  const anchor = client.value?.cache.windows.get(channel_id)?.from ?? 0;
  if (anchor === 0) return;
  await client.value?.ask("get_message_chunk", { channel_id, amount: PAGE, anchor, direction: false });
}

export async function loadNewer(channel_id: number): Promise<void> {
  const window = client.value?.cache.windows.get(channel_id);
  if (!window || window.to === Number.MAX_SAFE_INTEGER) return;
  await client.value?.ask("get_message_chunk", { channel_id, amount: PAGE, anchor: window.to, direction: true });
}

/** Loads what the place shows, and asks again whatever was asked for in vain before. */
export function followPlace(): void {
  let server_before = 0;
  let channel_before = 0;
  let conversation_before = 0;
  effect(() => {
    const here = place.value;
    if (!is_loaded.value) {
      server_before = 0;
      channel_before = 0;
      conversation_before = 0;
      return;
    }
    const server_id = here.at === "channel" || here.at === "server" ? here.server_id : 0;
    const conversation_id = here.at === "conversation" ? here.conversation_id : 0;
    const of_conversation = conversation_id ? conversationOf(conversation_id)?.channel_id : null;
    const channel_id = (here.at === "channel" ? here.channel_id : of_conversation) ?? 0;
    if (server_id !== server_before && server_id) void loadServer(server_id);
    if (channel_id !== channel_before && channel_id)
      void loadChannel(channel_id, "message_id" in here ? here.message_id : null);
    if (conversation_id !== conversation_before && conversation_id)
      void loadConversation(conversation_id).catch(() => {});
    server_before = server_id;
    conversation_before = conversation_id;
    channel_before = channel_id;
  });
  effect(() => {
    const mine = client.value;
    own_roles.value = new Map();
    mine?.on("event", (event) => {
      if (event.type !== "member_changed" || event.data.member.user_id !== mine.ready?.user.id) return;
      const { roles } = event.data.member;
      if (roles) own_roles.value = new Map(own_roles.value).set(event.data.server_id, roles);
    });
    mine?.on("synced", () => {
      const here = place.peek();
      const server_ids = new Set(own_roles.peek().keys());
      if (here.at === "channel" || here.at === "server") server_ids.add(here.server_id);
      for (const server_id of server_ids) void loadOwnRoles(server_id).catch(() => {});
    });
  });
}

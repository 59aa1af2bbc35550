// Finds the server or conversation that a field of a request leads to, for who is a member of it; everything else leads
// nowhere, whether it is there or not, and to find that out takes the same reads. What lies in one never moves to
// another, so what was found once is remembered. Whether it still exists, and for whom, the room says.

import type { RoomPart } from "../../db/queries/rooms.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { NewestMap } from "../../domain/newest-map.ts";
import { SmallSet } from "../../domain/small.ts";
import type { RoomKey } from "../../protocol/message.ts";
import type { Requester } from "./calls.ts";

export interface RoomDirectory {
  /**
   * The id of the server or conversation, or null when the value leads nowhere; at once where the session has been led
   * there before.
   */
  find(key: RoomKey, value: number | string, from: Requester): number | null | Promise<number | null>;
  /** Takes as long as for what leads nowhere: for what `find` found at once and the room doesn't show. */
  lookInVain(key: RoomKey, value: number | string, from: Requester): Promise<void>;
  /** The same for many ids of servers and of channels, by id, in one look-up; those that lead nowhere are left out. */
  findAll(
    ids: Asked,
    from: Requester,
  ): Promise<{ servers: ReadonlySet<number>; channels: ReadonlyMap<number, number> }>;
}

interface Asked {
  servers: readonly number[];
  channels: readonly number[];
}

type DirectoryStore = Pick<Store, "rooms" | "messages" | "invites" | "conversations" | "webhooks">;
type IdKey = Exclude<RoomKey, "invite_code">;

export function createRoomDirectory(store: DirectoryStore): RoomDirectory {
  const known: Record<IdKey, NewestMap<number, number>> = {
    server_id: new NewestMap(limits.directory_entries),
    channel_id: new NewestMap(limits.directory_entries),
    category_id: new NewestMap(limits.directory_entries),
    role_id: new NewestMap(limits.directory_entries),
    message_id: new NewestMap(limits.directory_entries),
    conversation_id: new NewestMap(limits.directory_entries),
    webhook_id: new NewestMap(limits.directory_entries),
  };
  /** The servers and conversations of which a session's user was seen to be a member. */
  const own = new WeakMap<Requester, SmallSet>();

  async function lookUp(key: IdKey, id: number, from: Requester): Promise<number | null> {
    const place_id = await placeOf(store, key, id);
    // Read in any case: who isn't a member learns as little of a server as of none.
    const is_member = await isMemberOf(store, key, place_id ?? NO_PLACE, from);
    if (place_id === null || !is_member) {
      if (key === "message_id") await store.messages.byId(id);
      return null;
    }
    known[key].set(id, place_id);
    own.set(from, (own.get(from) ?? new SmallSet()).add(place_id));
    return place_id;
  }

  async function lookUpChannels(
    ids: readonly number[],
    theirs: ReadonlySet<number>,
    from: Requester,
  ): Promise<[number, number][]> {
    if (ids.length === 0) return [];
    const [of_servers, of_talks] = await Promise.all([
      store.rooms.serversOf("channel", ids),
      store.conversations.ofChannels(from.id, ids),
    ]);
    const own = of_servers.filter(({ server_id }) => theirs.has(server_id));
    for (const { id, server_id } of own) known.channel_id.set(id, server_id);
    return [
      ...own.map(({ id, server_id }): [number, number] => [id, server_id]),
      ...of_talks.map(({ id, conversation_id }): [number, number] => [id, conversation_id]),
    ];
  }

  return {
    find(key, value, from) {
      if (key === "invite_code") return inviteTo(store, String(value));
      const id = Number(value);
      const place_id = known[key].get(id);
      return place_id !== undefined && own.get(from)?.has(place_id) ? place_id : lookUp(key, id, from);
    },

    async lookInVain(key, value, from) {
      if (key === "invite_code") return;
      await placeOf(store, key, Number(value));
      await isMemberOf(store, key, NO_PLACE, from);
    },

    async findAll({ servers, channels }, from) {
      if (servers.length + channels.length === 0) return { servers: new Set(), channels: new Map() };
      const theirs = new Set((await store.rooms.listOf(from.id)).map(({ id }) => id));
      const found = new Map<number, number>();
      for (const id of channels) {
        const place_id = known.channel_id.get(id);
        if (place_id !== undefined && theirs.has(place_id)) found.set(id, place_id);
      }
      // The others are read in any case: whatever was found for somebody else.
      const others = channels.filter((id) => !found.has(id));
      for (const [id, place_id] of await lookUpChannels(others, theirs, from)) found.set(id, place_id);
      return { servers: new Set(servers.filter((id) => theirs.has(id))), channels: found };
    },
  };
}

const NO_PLACE = 0;

async function inviteTo(store: DirectoryStore, code: string): Promise<number | null> {
  return (await store.invites.find(code))?.server_id ?? null;
}

async function placeOf(store: DirectoryStore, key: IdKey, id: number): Promise<number | null> {
  if (key === "message_id") return (await store.messages.placeOf(id))?.server_id ?? null;
  if (key === "conversation_id") return id;
  if (key === "webhook_id") return (await store.webhooks.find(id))?.server_id ?? null;
  if (key !== "channel_id") return store.rooms.serverOf(key.slice(0, -"_id".length) as RoomPart, id);
  const [server_id, conversation_id] = await Promise.all([
    store.rooms.serverOf("channel", id),
    store.conversations.ofChannel(id),
  ]);
  return server_id ?? conversation_id;
}

/** Of a server or a conversation, whose ids are apart; a conversation's own id leads to nothing else. */
async function isMemberOf(store: DirectoryStore, key: IdKey, place_id: number, { id }: Requester): Promise<boolean> {
  const [of_server, of_conversation] = await Promise.all([
    store.rooms.member(place_id, id),
    store.conversations.member(place_id, id),
  ]);
  return of_conversation !== null || (of_server !== null && key !== "conversation_id");
}

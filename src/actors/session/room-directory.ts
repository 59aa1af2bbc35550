// Finds the server that a field of a request leads to, for who is a member of it; everything else leads nowhere, whether
// it is there or not, and to find that out takes the same reads. What lies in a server never moves to another, so what
// was found once is remembered. Whether it still exists, and for whom, the room says.

import type { RoomPart } from "../../db/queries/rooms.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { NewestMap } from "../../domain/newest-map.ts";
import { SmallSet } from "../../domain/small.ts";
import type { RoomKey } from "../../protocol/message.ts";
import type { Requester } from "./calls.ts";

export interface RoomDirectory {
  /** The server's id, or null when the value leads nowhere; at once where the session has been led there before. */
  find(key: RoomKey, value: number | string, from: Requester): number | null | Promise<number | null>;
  /** Takes as long as for what leads nowhere: for what `find` found at once and the room doesn't show. */
  lookInVain(key: RoomKey, value: number | string, from: Requester): Promise<void>;
  /** The servers of many ids, by id, in one look-up; those that lead nowhere are left out. */
  findAll(kind: "server" | "channel", ids: readonly number[], from: Requester): Promise<Map<number, number>>;
}

type DirectoryStore = Pick<Store, "rooms" | "messages" | "invites">;
type IdKey = Exclude<RoomKey, "invite_code">;

export function createRoomDirectory(store: DirectoryStore): RoomDirectory {
  const known: Record<IdKey, NewestMap<number, number>> = {
    server_id: new NewestMap(limits.directory_entries),
    channel_id: new NewestMap(limits.directory_entries),
    category_id: new NewestMap(limits.directory_entries),
    role_id: new NewestMap(limits.directory_entries),
    message_id: new NewestMap(limits.directory_entries),
  };
  /** The servers of which a session's user was seen to be a member. */
  const own = new WeakMap<Requester, SmallSet>();

  async function lookUp(key: IdKey, id: number, from: Requester): Promise<number | null> {
    const server_id = await serverOf(store, key, id);
    // Read in any case: who isn't a member learns as little of a server as of none.
    const member = await store.rooms.member(server_id ?? NO_SERVER, from.id);
    if (server_id === null || !member) {
      if (key === "message_id") await store.messages.byId(id);
      return null;
    }
    known[key].set(id, server_id);
    own.set(from, (own.get(from) ?? new SmallSet()).add(server_id));
    return server_id;
  }

  return {
    find(key, value, from) {
      if (key === "invite_code") return inviteTo(store, String(value));
      const id = Number(value);
      const server_id = known[key].get(id);
      return server_id !== undefined && own.get(from)?.has(server_id) ? server_id : lookUp(key, id, from);
    },

    async lookInVain(key, value, from) {
      if (key === "invite_code") return;
      await serverOf(store, key, Number(value));
      await store.rooms.member(NO_SERVER, from.id);
    },

    async findAll(kind, ids, from) {
      if (ids.length === 0) return new Map();
      const [found, servers] = await Promise.all([store.rooms.serversOf(kind, ids), store.rooms.listOf(from.id)]);
      const theirs = new Set(servers.map(({ id }) => id));
      return new Map(
        found.filter(({ server_id }) => theirs.has(server_id)).map(({ id, server_id }) => [id, server_id]),
      );
    },
  };
}

const NO_SERVER = 0;

async function inviteTo(store: DirectoryStore, code: string): Promise<number | null> {
  return (await store.invites.find(code))?.server_id ?? null;
}

async function serverOf(store: DirectoryStore, key: IdKey, id: number): Promise<number | null> {
  if (key === "message_id") return (await store.messages.placeOf(id))?.server_id ?? null;
  return store.rooms.serverOf(key.slice(0, -"_id".length) as RoomPart, id);
}

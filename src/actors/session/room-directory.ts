// Finds the server that a field of a request leads to. What lies in a server never moves to another, so what was found
// once is remembered; whether it still exists, and for whom, the room says. Nonsense leads nowhere, so that guessing ids
// starts no rooms.

import type { RoomPart } from "../../db/queries/rooms.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { NewestMap } from "../../domain/newest-map.ts";
import type { RoomKey } from "../../protocol/message.ts";

export interface RoomDirectory {
  /** The server's id, or null when the value leads nowhere. */
  find(key: RoomKey, value: number | string): number | null | Promise<number | null>;
  /** The servers of many ids, by id, in one look-up; those that lead nowhere are left out. */
  findAll(kind: "server" | "channel", ids: readonly number[]): Promise<Map<number, number>>;
}

export function createRoomDirectory(store: Pick<Store, "rooms" | "messages" | "invites">): RoomDirectory {
  const known = {
    server_id: new NewestMap<number, number>(limits.directory_entries),
    channel_id: new NewestMap<number, number>(limits.directory_entries),
    category_id: new NewestMap<number, number>(limits.directory_entries),
    role_id: new NewestMap<number, number>(limits.directory_entries),
    message_id: new NewestMap<number, number>(limits.directory_entries),
  };

  async function inviteTo(code: string): Promise<number | null> {
    return (await store.invites.find(code))?.server_id ?? null;
  }

  async function lookUp(key: keyof typeof known, id: number): Promise<number | null> {
    const server_id =
      key === "message_id"
        ? ((await store.messages.placeOf(id))?.server_id ?? null)
        : await store.rooms.serverOf(key.slice(0, -"_id".length) as RoomPart, id);
    if (server_id !== null) known[key].set(id, server_id);
    return server_id;
  }

  return {
    async findAll(kind, ids) {
      const servers = known[`${kind}_id`];
      const found = new Map<number, number>();
      // Taken now: what is remembered may be forgotten while the others are looked up.
      for (const id of ids) {
        const server_id = servers.get(id);
        if (server_id !== undefined) found.set(id, server_id);
      }
      const unknown = ids.filter((id) => !found.has(id));
      const looked_up = unknown.length === 0 ? [] : await store.rooms.serversOf(kind, unknown);
      for (const { id, server_id } of looked_up) {
        servers.set(id, server_id);
        found.set(id, server_id);
      }
      return found;
    },

    find(key, value) {
      if (key === "invite_code") return inviteTo(String(value));
      const id = Number(value);
      return known[key].get(id) ?? lookUp(key, id);
    },
  };
}

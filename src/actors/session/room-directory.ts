// Finds the server that a field of a request leads to. What lies in a server never moves to another, so what was found
// once is remembered; whether it still exists, and for whom, the room says. Nonsense leads nowhere, so that guessing ids
// starts no rooms.

import { LRUCache } from "lru-cache";
import type { RoomPart } from "../../db/rooms.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import type { RoomKey } from "../../protocol/message.ts";

export interface RoomDirectory {
  /** The server's id, or null when the value leads nowhere. */
  find(key: RoomKey, value: number | string): number | null | Promise<number | null>;
  /** The servers of many ids, by id, in one look-up; those that lead nowhere are left out. */
  findAll(kind: "server" | "channel", ids: readonly number[]): Promise<Map<number, number>>;
}

export function createRoomDirectory(store: Pick<Store, "rooms" | "messages" | "invites">): RoomDirectory {
  const known = new LRUCache<string, number>({ max: limits.directory_entries });

  async function lookUp(key: RoomKey, value: number | string): Promise<number | null> {
    switch (key) {
      case "invite_code":
        return (await store.invites.find(String(value)))?.server_id ?? null;
      case "message_id":
        return (await store.messages.placeOf(Number(value)))?.server_id ?? null;
      case "server_id":
      case "channel_id":
      case "category_id":
      case "role_id":
        return store.rooms.serverOf(key.slice(0, -"_id".length) as RoomPart, Number(value));
    }
  }

  return {
    async findAll(kind, ids) {
      const unknown = ids.filter((id) => !known.has(`${kind}_id ${id}`));
      const found = unknown.length === 0 ? [] : await store.rooms.serversOf(kind, unknown);
      for (const { id, server_id } of found) known.set(`${kind}_id ${id}`, server_id);
      const just_found = new Map(found.map(({ id, server_id }) => [id, server_id]));
      return new Map(
        ids.flatMap((id) => {
          const server_id = just_found.get(id) ?? known.get(`${kind}_id ${id}`);
          return server_id === undefined ? [] : [[id, server_id] as const];
        }),
      );
    },

    find(key, value) {
      const entry = `${key} ${value}`;
      const found = known.get(entry);
      if (found !== undefined) return found;
      return lookUp(key, value).then((server_id) => {
        if (server_id !== null && key !== "invite_code") known.set(entry, server_id);
        return server_id;
      });
    },
  };
}

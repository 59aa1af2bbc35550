// The client's cache as signals: whoever reads a place of it while drawing is drawn again when that place changes.
// Nothing is copied; a place is known to have changed by its number alone.

import { batch, type Signal, signal } from "@preact/signals";
import type { Cache, Change, Client, Readable, Ready } from "../../client/index.ts";

/** Who one is and what the server allows, as it said last: also before it can say so again. */
export const ready = signal<Pick<Ready, "user" | "limits"> | null>(null);
const numbers = new Map<string, Signal<number>>();
/** The client whose cache is read; null while nobody is logged in. */
export const client = signal<Client | null>(null);

function numberOf(key: string): Signal<number> {
  const known = numbers.get(key);
  if (known) return known;
  const made = signal(0);
  numbers.set(key, made);
  return made;
}

type Kind = Change["kind"];

/** Reads the cache, and is told when the place changes. */
export function read(kind: Kind, id = 0): Readable<Cache> | null {
  void numberOf(`${kind}:${id}`).value;
  return client.value?.cache ?? null;
}

function idOf(change: Change): number {
  if ("server_id" in change) return change.server_id;
  if ("channel_id" in change) return change.channel_id;
  return "user_id" in change ? change.user_id : 0;
}

export function takeChanges(changes: readonly Change[]): void {
  batch(() => {
    for (const change of changes) {
      numberOf(`${change.kind}:${idOf(change)}`).value += 1;
      // One of a server's own is in the list of them, too.
      if (change.kind === "server") numberOf("servers:0").value += 1;
    }
  });
}

/** Every place is another. */
export function takeAll(): void {
  batch(() => {
    for (const number of numbers.values()) number.value += 1;
  });
}

export type Server = Readable<Cache> extends { servers: ReadonlyMap<number, infer Value> } ? Value : never;
export type MessageWindow = Readable<Cache> extends { windows: ReadonlyMap<number, infer Value> } ? Value : never;

export const servers = () => [...(read("servers")?.servers.values() ?? [])];

export function serverOf(id: number): Server | null {
  read("server", id);
  return read("servers")?.servers.get(id) ?? null;
}

export const channelsOf = (server_id: number) => read("channels", server_id)?.servers.get(server_id)?.channels ?? null;
export const categoriesOf = (server_id: number) =>
  read("channels", server_id)?.servers.get(server_id)?.categories ?? null;
export const rolesOf = (server_id: number) => read("roles", server_id)?.servers.get(server_id)?.roles ?? null;
export const membersOf = (server_id: number) => read("members", server_id)?.servers.get(server_id)?.members ?? null;
export const windowOf = (channel_id: number) => read("messages", channel_id)?.windows.get(channel_id) ?? null;
export const userOf = (id: number) => read("user", id)?.users.get(id) ?? null;
export const friendList = () => [...(read("friends")?.friends?.values() ?? [])];
export const lastReadOf = (channel_id: number) => read("last_read")?.last_read?.get(channel_id) ?? null;
export const selfId = () => ready.value?.user.id ?? 0;

/** Where a message that the pages show was written; those of a conversation are of none. */
export const serverOfMessage = ({ server_id }: { readonly server_id: number | null }): number => server_id ?? 0;

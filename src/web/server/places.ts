// A server's categories and channels with who may do what in them, which only what is set there needs.

import type { Category, Channel, Member, Overwrite, Role } from "../../protocol/community/entities.ts";
import { categoriesOf, channelsOf, client, membersOf, rolesOf } from "../state/cache.ts";
import { may } from "../state/rights.ts";

export async function loadPlaces(server_id: number): Promise<void> {
  const mine = client.value;
  if (!mine) return;
  if (!mine.cache.servers.get(server_id)?.channels) {
    await mine.ask("get_server_channels", { server_id }).catch(() => {});
  }
  const { categories, channels } = mine.cache.servers.get(server_id) ?? {};
  const loads: Promise<unknown>[] = [];
  for (const { id, details } of channels?.values() ?? []) {
    if (!details) loads.push(mine.ask("get_server_channel", { channel_id: id }));
  }
  // No message loads a category: to change nothing of it answers with all of it.
  for (const category of may("manage_channels", server_id) ? (categories?.values() ?? []) : []) {
    if (!category.overwrites) loads.push(mine.ask("update_category", { category_id: category.id, changes: {} }));
  }
  await Promise.allSettled(loads);
}

export const allRoles = (server_id: number) => [...((rolesOf(server_id)?.values() ?? []) as Iterable<Role>)];
export const allMembers = (server_id: number) => [...((membersOf(server_id)?.values() ?? []) as Iterable<Member>)];
export const allChannels = (server_id: number) => [...(channelsOf(server_id)?.values() ?? [])];
export const allCategories = (server_id: number) =>
  [...(categoriesOf(server_id)?.values() ?? [])] as (Pick<Category, "id" | "name" | "position"> & Partial<Category>)[];

export function overwritesOf(server_id: number, channel_id: number): { category: Overwrite[]; channel: Overwrite[] } {
  const channel = channelsOf(server_id)?.get(channel_id);
  const category = allCategories(server_id).find(({ id }) => id === channel?.category_id);
  const details = channel?.details as Channel | null | undefined;
  return { category: category?.overwrites ?? [], channel: details?.overwrites ?? [] };
}

// What one may here, as far as the cache says: to show what can be done and nothing else. The server decides.

import { computed, type ReadonlySignal } from "@preact/signals";
import {
  defaultRoleOf,
  type Rule,
  rankOf,
  type Standing,
  standingOf,
  type Verdict,
  verdictsOf,
} from "../../client/index.ts";
import type { Channel, Member, Message, Role } from "../../protocol/community/entities.ts";
import { channelsOf, client, membersOf, rolesOf, selfId, serverOf } from "./cache.ts";
import { own_roles } from "./needs.ts";

export function standingIn(server_id: number, user_id = selfId()): Standing | null {
  const server = serverOf(server_id);
  const own = user_id === selfId() ? own_roles.value.get(server_id) : undefined;
  const member = own ? { user_id, roles: [...own] } : membersOf(server_id)?.get(user_id);
  if (!server) return null;
  const of_owner = { user_id, is_owner: true, roles: [] };
  if (server.details?.owner_id === user_id) return of_owner;
  const roles = rolesOf(server_id) as ReadonlyMap<number, Role> | null;
  return member && roles ? standingOf(member as Pick<Member, "user_id" | "roles">, roles, null) : null;
}

type Verdicts = Record<Rule, Verdict>;

/** By server and channel: each message of a channel asks for the same. */
const known = new Map<string, ReadonlySignal<Verdicts | null>>();

function verdicts(server_id: number, channel_id?: number): Verdicts | null {
  const key = `${server_id}:${channel_id ?? ""}`;
  const made = known.get(key) ?? computed(() => judge(server_id, channel_id));
  known.set(key, made);
  return made.value;
}

function judge(server_id: number, channel_id?: number): Verdicts | null {
  const standing = standingIn(server_id);
  if (!standing) return null;
  const roles = rolesOf(server_id) as ReadonlyMap<number, Role> | null;
  const default_role = roles ? defaultRoleOf(roles) : undefined;
  if (channel_id === undefined) return verdictsOf(standing, default_role);
  const { category_id, details } = channelsOf(server_id)?.get(channel_id) ?? {};
  const category = client.value?.cache.servers.get(server_id)?.categories?.get(category_id ?? 0);
  const overwrites = (details as Channel | null | undefined)?.overwrites ?? [];
  return verdictsOf(standing, default_role, {
    category: (category as { overwrites?: Channel["overwrites"] } | undefined)?.overwrites ?? [],
    channel: overwrites,
  });
}

/** Where it isn't known it counts as not allowed. */
export const may = (rule: Rule, server_id: number, channel_id?: number) =>
  verdicts(server_id, channel_id)?.[rule].may ?? false;

/** In a conversation each of its members may. */
export const mayPin = ({ server_id, channel_id }: Pick<Message, "server_id" | "channel_id">) =>
  server_id === null || may("manage_messages", server_id, channel_id);

/** Where it isn't known it counts as allowed: the server will say. */
export const mayPerhaps = (rule: Rule, server_id: number, channel_id?: number) =>
  verdicts(server_id, channel_id)?.[rule].may ?? true;

/** Until when a member may say nothing; null where they may, as far as that is known. */
export function timedOutUntil(server_id: number, user_id = selfId()): string | null {
  const until = membersOf(server_id)?.get(user_id)?.timed_out_until ?? null;
  if (serverOf(server_id)?.details?.owner_id === user_id) return null;
  return until && Date.parse(until) > Date.now() ? until : null;
}

export function outranks(server_id: number, user_id: number): boolean {
  const [own, other] = [standingIn(server_id), standingIn(server_id, user_id)];
  if (!own || !other || other.is_owner) return false;
  return rankOf(own) > rankOf(other);
}

export const ownRank = (server_id: number) => {
  const own = standingIn(server_id);
  return own ? rankOf(own) : 0;
};

const MANAGING: readonly Rule[] = [
  "admin",
  "manage_server",
  "manage_channels",
  "manage_members",
  "manage_webhooks",
  "ban_members",
];
export const mayManage = (server_id: number) => MANAGING.some((rule) => may(rule, server_id));

// Conversations: people without a server. Who may open one, change it, bring somebody in or send them away, and what a
// member may do in it. Pure questions over plain values, as permissions.ts has them for servers.

import { limits } from "./limits.ts";
import { type Rule, type Rules, rulesOf } from "./permissions.ts";

export const conversation_kinds = ["direct", "group"] as const;
export type ConversationKind = (typeof conversation_kinds)[number];

/** From whom somebody takes a first message. */
export const dms_settings = ["everyone", "servers", "friends"] as const;
export type DmsSetting = (typeof dms_settings)[number];

/** Why somebody may not write first to another one. */
export const not_taken = "They take messages of friends alone, or of who shares a server.";

/**
 * How a member stands to a conversation: `unseen` while the other of a direct one has said nothing in it, or a request
 * has expired; `request` while it came from a stranger and is not accepted.
 */
export const conversation_states = ["unseen", "request", "open"] as const;
export type ConversationState = (typeof conversation_states)[number];

const everybody = ["view_channel", "read_history", "send_messages", "add_reactions", "attach_files"] as const;

/** What each member may in the one channel. Of two, who writes to a stranger mentions nobody. */
export const conversation_rules: Readonly<Record<ConversationKind, Rules>> = {
  direct: rulesOf(everybody),
  group: rulesOf([...everybody, "mention_everyone"]),
};

/** What it takes to pin a message there, or to take it from the pins: whoever reads may. */
export const conversation_pin_rules: readonly Rule[] = ["read_history"];

export interface ConversationMember {
  readonly user_id: number;
  /** Unix milliseconds. */
  readonly joined_at: number;
}

export interface Group {
  readonly kind: ConversationKind;
  readonly owner_id: number | null;
  /** Those who are in it, the longest-serving first. */
  readonly members: readonly ConversationMember[];
}

export type ConversationRefusal = "forbidden" | "blocked" | "full";

/** How who wants to open a direct conversation stands to the other. */
export interface Acquaintance {
  readonly is_friend: boolean;
  /** One of the two has blocked the other, or whose bot that is. */
  readonly is_blocked: boolean;
  readonly shares_server: boolean;
  /** The other's setting. */
  readonly dms: DmsSetting;
  /** The conversation of the two has been shown to who asks. */
  readonly has_it: boolean;
}

/** Null: they may. What somebody has, they may open again whatever has come between. */
export function directRefusal(between: Acquaintance): ConversationRefusal | null {
  const { is_friend, is_blocked, shares_server, dms, has_it } = between;
  if (has_it) return null;
  if (is_blocked) return "blocked";
  if (is_friend || dms === "everyone") return null;
  return dms === "servers" && shares_server ? null : "forbidden";
}

/** Who may name a group, give it a picture and bring friends in: each of its members. */
export function mayChange({ kind }: Group): boolean {
  return kind === "group";
}

/** `refused`: from whose hand the one to be added has left before. */
export function addingRefusal(
  group: Group,
  adder_id: number,
  { is_friend, refused }: { is_friend: boolean; refused: readonly number[] },
): ConversationRefusal | null {
  if (!mayChange(group) || !is_friend || refused.includes(adder_id)) return "forbidden";
  return group.members.length < limits.conversation_members ? null : "full";
}

/** Everybody may go, and the owner may send others away; from a direct conversation nobody goes. */
export function mayRemove(group: Group, asker_id: number, user_id: number): boolean {
  return group.kind === "group" && (asker_id === user_id || asker_id === group.owner_id);
}

/** Who owns the group once the user is gone; null where nobody is left. */
export function ownerWithout({ owner_id, members }: Group, user_id: number): number | null {
  if (owner_id !== user_id) return owner_id;
  return members.find((member) => member.user_id !== user_id)?.user_id ?? null;
}

/** By it two people have one direct conversation, whoever opens it. */
export function pairKey(one: number, other: number): string {
  return `${Math.min(one, other)}-${Math.max(one, other)}`;
}

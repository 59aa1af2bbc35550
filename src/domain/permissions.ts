// Who may do what: rules, how they are computed from roles and overwrites, and rank. Pure questions over plain values;
// there is no other way to ask "may they?". A set of rules is a bit mask; on the wire it is a list of names.

/** The rules by bit. `admin` holds all of them. */
export const rule_names = [
  "admin",
  "manage_server",
  "manage_channels",
  "manage_members",
  "manage_messages",
  "kick_members",
  "ban_members",
  "create_invites",
  "view_channel",
  "read_history",
  "send_messages",
  "add_reactions",
  "attach_files",
  "mention_everyone",
  "manage_webhooks",
] as const;

export type Rule = (typeof rule_names)[number];
/** A set of rules as a bit mask. */
export type Rules = number;

export const NO_RULES: Rules = 0;
export const ALL_RULES: Rules = (1 << rule_names.length) - 1;
const bits = Object.fromEntries(rule_names.map((name, bit) => [name, 1 << bit])) as Record<Rule, Rules>;
/** Those of the sets that were asked for: one structure has tens of thousands of them. */
const names_of = new Map<Rules, readonly Rule[]>();

/** What the default role of a new server lets everybody do. */
export const DEFAULT_RULES: Rules = rulesOf([
  "create_invites",
  "view_channel",
  "read_history",
  "send_messages",
  "add_reactions",
  "attach_files",
]);

export function rulesOf(names: readonly Rule[]): Rules {
  return names.reduce((rules, name) => rules | bits[name], NO_RULES);
}

/** The names in the order of `rule_names`. */
export function namesOf(rules: Rules): Rule[] {
  const known = names_of.get(rules) ?? rule_names.filter((name) => hasRule(rules, name));
  names_of.set(rules, known);
  return known.slice();
}

export function hasRule(rules: Rules, name: Rule): boolean {
  return (rules & bits[name]) !== 0;
}

/** Whether every rule of `wanted` is in `rules`. */
export function hasAll(rules: Rules, wanted: Rules): boolean {
  return (rules & wanted) === wanted;
}

export interface Role {
  readonly id: number;
  readonly name: string;
  readonly color: string | null;
  readonly rules: Rules;
  readonly position: number;
}

/** Changes the rules of one role's holders, or of one member, in a category or channel. */
export type Overwrite = Target & {
  readonly allow: Rules;
  readonly deny: Rules;
};

/** Whether they say the same in the same order. */
export function saySame(one: readonly Overwrite[], other: readonly Overwrite[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every((overwrite, at) => isSame(overwrite, other[at] as Overwrite));
}

function isSame(one: Overwrite, other: Overwrite): boolean {
  return isForSame(one, other) && one.allow === other.allow && one.deny === other.deny;
}

/** What an overwrite is for: a role or a member. */
export type Target = { readonly role_id: number } | { readonly user_id: number };

export function isForSame(one: Target, other: Target): boolean {
  if ("role_id" in one) return "role_id" in other && one.role_id === other.role_id;
  return "user_id" in other && one.user_id === other.user_id;
}

/** A member as permissions see one: `roles` without the default role. */
export interface MemberStanding {
  readonly user_id: number;
  readonly is_owner: boolean;
  readonly roles: readonly Role[];
  /** Of a bot: what it may in place of the default role's rules, where that is chosen, and whose it is. */
  readonly bot?: { readonly rules: Rules | null; readonly owner: MemberStanding | null };
}

/** Steps 1 and 2: the owner has all; the default role's rules with the member's roles'; `admin` is all. */
export function serverRules(member: MemberStanding, default_role: Role): Rules {
  return withinOwner(member, uncappedRules(member, default_role), (owner) => serverRules(owner, default_role));
}

/** The same without what caps a bot. */
export function uncappedRules({ is_owner, roles, bot }: MemberStanding, default_role: Role): Rules {
  if (is_owner) return ALL_RULES;
  const rules = roles.reduce((sum, role) => sum | role.rules, bot?.rules ?? default_role.rules);
  return hasRule(rules, "admin") ? ALL_RULES : rules;
}

/** Of a bot's rules, those that its owner has as well. */
function withinOwner({ bot }: MemberStanding, rules: Rules, of: (owner: MemberStanding) => Rules): Rules {
  if (!bot) return rules;
  return bot.owner ? rules & of(bot.owner) : NO_RULES;
}

/** Steps 1 to 4: what the member may in a channel with these overwrites. Nothing without `view_channel`. */
export function channelRules(
  member: MemberStanding,
  default_role: Role,
  category_overwrites: readonly Overwrite[],
  channel_overwrites: readonly Overwrite[],
): Rules {
  const overwrites = [category_overwrites, channel_overwrites] as const;
  const rules = uncappedChannelRules(member, default_role, ...overwrites);
  return withinOwner(member, rules, (owner) => channelRules(owner, default_role, ...overwrites));
}

function uncappedChannelRules(
  member: MemberStanding,
  default_role: Role,
  category_overwrites: readonly Overwrite[],
  channel_overwrites: readonly Overwrite[],
): Rules {
  const base = uncappedRules(member, default_role);
  if (base === ALL_RULES) return ALL_RULES;
  const in_category = rulesUnder(base, member, default_role, category_overwrites);
  const rules = rulesUnder(in_category, member, default_role, channel_overwrites);
  return hasRule(rules, "view_channel") ? rules : NO_RULES;
}

/**
 * Step 3 at one level: the default role's, then all the member's roles' together, then the member's own; deny first. What
 * everybody is allowed there, a bot for which rules were chosen is allowed as far as these go.
 */
export function rulesUnder(
  base: Rules,
  member: MemberStanding,
  default_role: Role,
  overwrites: readonly Overwrite[],
): Rules {
  if (overwrites.length === 0) return base;
  const held = new Set(member.roles.map(({ id }) => id));
  const [everybody, by_role, own] = [nothing(), nothing(), nothing()];
  for (const overwrite of overwrites) {
    const sum = "user_id" in overwrite ? own : overwrite.role_id === default_role.id ? everybody : by_role;
    const counts = "user_id" in overwrite ? overwrite.user_id === member.user_id : sum === everybody;
    if (!counts && !("role_id" in overwrite && held.has(overwrite.role_id))) continue;
    sum.allow |= overwrite.allow;
    sum.deny |= overwrite.deny;
  }
  if (member.bot) everybody.allow &= member.bot.rules ?? ALL_RULES;
  return [everybody, by_role, own].reduce((rules, { allow, deny }) => (rules & ~deny) | allow, base);
}

const nothing = () => ({ allow: NO_RULES, deny: NO_RULES });

/**
 * A member's rank: the position of their highest role; the owner is above all, who has no role is below all. A bot ranks
 * no higher than whose it is.
 */
export function rankOf({ is_owner, roles, bot }: MemberStanding): number {
  if (is_owner) return Number.POSITIVE_INFINITY;
  const own = roles.reduce((highest, { position }) => Math.max(highest, position), 0);
  return bot ? Math.min(own, bot.owner ? rankOf(bot.owner) : 0) : own;
}

/** Whether the member may edit, delete, give or take a role at this position: only one below their own rank. */
export function outranksPosition(member: MemberStanding, position: number): boolean {
  return rankOf(member) > position;
}

/** Whether the member may act on another: only on who ranks below. */
export function outranks(member: MemberStanding, other: MemberStanding): boolean {
  return !other.is_owner && rankOf(member) > rankOf(other);
}

/** Whether the member may grant these rules: only rules they have themselves. */
export function mayGrant(own: Rules, granted: Rules): boolean {
  return hasAll(own, granted);
}

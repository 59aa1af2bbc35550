// What a member may, computed from what the cache holds as the server computes it, with the step that decided. It asks
// nothing: the server's own answer stands above it, and what isn't loaded counts as saying nothing. Whose a bot is nobody
// is told: what its owner lacks, it may not have either.

import type { Member, Overwrite, Role } from "../protocol/community/entities.ts";

export type Rule = Role["rules"][number];

/** The rules that there are; the compiler wants each of them, and `admin` holds all. */
const every_rule: Record<Rule, true> = {
  admin: true,
  manage_server: true,
  manage_channels: true,
  manage_members: true,
  manage_messages: true,
  kick_members: true,
  ban_members: true,
  create_invites: true,
  view_channel: true,
  read_history: true,
  send_messages: true,
  add_reactions: true,
  attach_files: true,
  mention_everyone: true,
  manage_webhooks: true,
};
export const rule_names = Object.keys(every_rule) as Rule[];

/** Whom it is asked of: a member, or who would hold just these roles. */
export interface Standing {
  user_id: number | null;
  is_owner: boolean;
  /** Without the default role. */
  roles: readonly Role[];
  /** Of a bot, those that were chosen for it in place of the default role's. */
  chosen?: readonly Rule[] | undefined;
}

export interface Places {
  category: readonly Overwrite[];
  channel: readonly Overwrite[];
}

/** What decided: being the owner, `admin`, a role, an overwrite, or that the channel can't be viewed. */
export type Reason =
  | { by: "owner" | "nothing" }
  | { by: "admin" | "role"; role: Role }
  | { by: "overwrite"; at: "category" | "channel"; target: "everyone" | "role" | "member"; role?: Role }
  | { by: "hidden"; because: Reason };

export interface Verdict {
  may: boolean;
  reason: Reason;
}

const NOWHERE: Places = { category: [], channel: [] };

export function standingOf(
  member: Pick<Member, "user_id" | "roles" | "rules">,
  roles: ReadonlyMap<number, Role>,
  owner_id: number | null,
): Standing {
  const held = member.roles.flatMap((id) => roles.get(id) ?? []);
  const standing = { user_id: member.user_id, is_owner: member.user_id === owner_id, roles: held };
  return member.rules ? { ...standing, chosen: member.rules } : standing;
}

/** The role that everybody has. */
export const defaultRoleOf = (roles: ReadonlyMap<number, Role>) =>
  [...roles.values()].find(({ position }) => position === 0);

/** Each rule, with whether the member has it and why. In the server at large where no places are given. */
export function verdictsOf(
  standing: Standing,
  default_role: Role | undefined,
  places: Places = NOWHERE,
): Record<Rule, Verdict> {
  const verdicts = inServer(standing, default_role);
  if (standing.is_owner || verdicts.admin.may) return verdicts;
  for (const at of ["category", "channel"] as const) overwrite(verdicts, standing, default_role, places[at], at);
  if (places !== NOWHERE && !verdicts.view_channel.may) hideAll(verdicts);
  return verdicts;
}

/** Steps 1 and 2. */
function inServer({ is_owner, roles, chosen }: Standing, default_role: Role | undefined): Record<Rule, Verdict> {
  const everybodys = default_role && { ...default_role, rules: [...(chosen ?? default_role.rules)] };
  const held = everybodys ? [everybodys, ...roles] : roles;
  const admin = held.find(({ rules }) => rules.includes("admin"));
  const judge = (rule: Rule): Verdict => {
    if (is_owner) return { may: true, reason: { by: "owner" } };
    if (admin) return { may: true, reason: { by: "admin", role: admin } };
    const role = held.find(({ rules }) => rules.includes(rule));
    return role ? { may: true, reason: { by: "role", role } } : { may: false, reason: { by: "nothing" } };
  };
  return Object.fromEntries(rule_names.map((rule) => [rule, judge(rule)])) as Record<Rule, Verdict>;
}

/** Step 3 at one place: everybody's, then all the roles' together, then the member's own; what denies comes first. */
function overwrite(
  verdicts: Record<Rule, Verdict>,
  { user_id, roles, chosen }: Standing,
  default_role: Role | undefined,
  overwrites: readonly Overwrite[],
  at: "category" | "channel",
): void {
  const byRole = (wanted: (id: number) => boolean) =>
    overwrites.filter((one) => "role_id" in one && wanted(one.role_id));
  const held = new Map(roles.map((role) => [role.id, role]));
  const steps = [
    { target: "everyone", its: byRole((id) => id === default_role?.id) },
    { target: "role", its: byRole((id) => id !== default_role?.id && held.has(id)) },
    { target: "member", its: overwrites.filter((one) => "user_id" in one && one.user_id === user_id) },
  ] as const;
  for (const { target, its } of steps) {
    for (const effect of ["deny", "allow"] as const) {
      for (const one of its) {
        const role = "role_id" in one ? held.get(one.role_id) : undefined;
        const reason: Reason = { by: "overwrite", at, target, ...(role && { role }) };
        const bound = target === "everyone" && effect === "allow" ? chosen : undefined;
        for (const rule of one[effect])
          if (bound?.includes(rule) ?? true) verdicts[rule] = { may: effect === "allow", reason };
      }
    }
  }
}

/** Step 4. */
function hideAll(verdicts: Record<Rule, Verdict>): void {
  const because = verdicts.view_channel.reason;
  for (const rule of rule_names) {
    if (rule !== "view_channel") verdicts[rule] = { may: false, reason: { by: "hidden", because } };
  }
}

/** The position of the highest role; the owner is above all. */
export const rankOf = ({ is_owner, roles }: Standing) =>
  is_owner ? Number.POSITIVE_INFINITY : roles.reduce((highest, { position }) => Math.max(highest, position), 0);

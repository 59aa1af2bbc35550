// Bots come in by the hand of whose they are, who chooses what they may.

import type { BotMembership, Member } from "../../../domain/community.ts";
import { mayGrant, namesOf, type Rule, rulesOf } from "../../../domain/permissions.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { notFound, success } from "../../../protocol/outcome.ts";
import type { Requester } from "../../session/calls.ts";
import { asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { change, type RoomHandlers } from "../handler.ts";
import { arrivalOf } from "../members/arrival.ts";
import { profileOf } from "../members/profiles.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import { lacksRules } from "../structure/overwrites.ts";
import { type MemberProfile, memberView } from "../views.ts";

export const botHandlers: RoomHandlers<"add_bot"> = {
  add_bot: change(async (room, { bot_id, rules }, from, nextSeq) => {
    const asker = await asMemberWith(room, from.id, "manage_server");
    if (!asker.ok) return asker;
    if (!(await room.on.store.bots.find(bot_id, from.id))) return notFound();
    const profile = await profileOf(room, bot_id, from.id);
    if (!profile.ok) return profile;
    const bot = membershipOf(asker.value, rules);
    if (!mayGrant(room.structure.rules(asker.value), bot.rules ?? 0)) return lacksRules();
    const standing = await room.member(bot_id);
    if (standing) return success(choosing(room, from, { standing, profile: profile.value, bot }, nextSeq));
    const arrival = await arrivalOf(room, { user_id: bot_id, bot }, nextSeq);
    if (!arrival.ok) return arrival;
    const { member, ...plan } = arrival.value;
    const audit = [entryOf(room, from, "bot_added", bot_id, { after: { rules: rules ?? null } })];
    return success({
      ...plan,
      arrival: { invite_code: null },
      audit,
      value: () => ({ member: memberView(member, profile.value) }),
    });
  }),
};

/** One that is there already may what was chosen now; where nothing was, it stays as it is. */
function choosing(
  room: Room,
  from: Requester,
  { standing, profile, bot }: { standing: Member; profile: MemberProfile; bot: BotMembership },
  nextSeq: () => number,
): Plan<ReplyBody<"add_bot">> {
  if (bot.rules === null || bot.rules === standing.bot?.rules) {
    return { rows: {}, value: () => ({ member: memberView(standing, profile) }) };
  }
  const member = { ...standing, bot, seq: nextSeq() };
  const shown = (of: Member) => ({ rules: memberView(of, profile).rules ?? null });
  const data = { server_id: room.id, member: { user_id: member.user_id, rules: namesOf(bot.rules) } };
  return {
    rows: { members: [member] },
    audit: [entryOf(room, from, "member_changed", member.user_id, { before: shown(standing), after: shown(member) })],
    value: () => ({ member: memberView(member, profile) }),
    events: () => [{ type: "member_changed", seq: member.seq, data }],
  };
}

function membershipOf(owner: Member, rules: readonly Rule[] | undefined): BotMembership {
  return { owner_id: owner.user_id, rules: rules === undefined ? null : rulesOf(rules), owner };
}

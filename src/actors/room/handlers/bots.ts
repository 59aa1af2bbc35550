// Bots come in by the hand of whose they are.

import type { BotMembership, Member } from "../../../domain/community.ts";
import { mayGrant, type Rule, rulesOf } from "../../../domain/permissions.ts";
import { notFound, success } from "../../../protocol/outcome.ts";
import { asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { change, type RoomHandlers } from "../handler.ts";
import { arrivalOf } from "../members/arrival.ts";
import { profileOf } from "../members/profiles.ts";
import { lacksRules } from "../structure/overwrites.ts";
import { memberView } from "../views.ts";

export const botHandlers: RoomHandlers<"add_bot"> = {
  add_bot: change(async (room, { bot_id, rules }, from, nextSeq) => {
    const asker = await asMemberWith(room, from.id, "manage_server");
    if (!asker.ok) return asker;
    if (!(await room.on.store.bots.find(bot_id, from.id))) return notFound();
    const profile = await profileOf(room, bot_id, from.id);
    if (!profile.ok) return profile;
    const standing = await room.member(bot_id);
    if (standing) return success({ rows: {}, value: () => ({ member: memberView(standing, profile.value) }) });
    const bot = membershipOf(asker.value, rules);
    if (!mayGrant(room.structure.rules(asker.value), bot.rules ?? 0)) return lacksRules();
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

function membershipOf(owner: Member, rules: readonly Rule[] | undefined): BotMembership {
  return { owner_id: owner.user_id, rules: rules === undefined ? null : rulesOf(rules), owner };
}

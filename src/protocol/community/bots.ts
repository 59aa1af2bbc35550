// How bots come into servers. How people have bots, `../bots.ts` says.

import { defineMessage, Id } from "../message.ts";
import { Type } from "../schema.ts";
import { Member, RuleNames } from "./entities.ts";

export const addBot = defineMessage({
  type: "add_bot",
  dialect: "community",
  doc: "Has a bot of one's own come into a server, whether joins are paused or not. `rules` are what it may there in place of the default role's rules: none that one lacks; without them it has the default role's, as they are. Roles and overwrites bear on it as on a person, but what a channel allows to everybody it is allowed as far as its `rules` go. Whatever it has, it may nothing, sees nothing and ranks above nobody where its owner may, sees or ranks no more; it is silent while its owner is timed out, and it goes when its owner goes. A bot that is there already gets the `rules`; without them it stays as it is.",
  may: "`manage_server`, with a bot of one's own",
  request: Type.Object({ server_id: Id, bot_id: Id, rules: Type.Optional(RuleNames) }),
  reply: Type.Object({ member: Member }),
  errors: ["not_found", "forbidden", "limit_reached"],
  cost: 10,
  room: ["server_id"],
  people_only: true,
  tells:
    "The bot's sessions: `server_added`; subscribers of the server: `member_added`, or `member_changed` of a bot that was there.",
});

export const bot_messages = [addBot] as const;

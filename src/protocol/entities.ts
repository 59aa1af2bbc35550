// Shapes that stand in more than one message.

import type { Static } from "typebox";
import { dms_settings } from "../domain/conversations.ts";
import { Id, nullable, Time } from "./message.ts";
import { Type } from "./schema.ts";

const ConsoleStatus = Type.Union([Type.Literal(0), Type.Literal(1)], { description: "0 offline, 1 online" });

const LastOnline = Type.String({ description: "time; of who is no friend, when the account was made" });

/** A person as the console knows them, in every reply and push; who is no friend looks offline. */
export const Friend = Type.Object({
  id: Id,
  type: Type.Union([Type.Literal("friend"), Type.Literal("incoming"), Type.Literal("outgoing"), Type.Literal("none")]),
  name: Type.String(),
  status: ConsoleStatus,
  lastOnline: LastOnline,
  playing: nullable(Type.String()),
  data: Type.Object({ name: Type.String(), status: ConsoleStatus, lastOnline: LastOnline }),
});
export type Friend = Static<typeof Friend>;

/** There, and true, of a bot alone. */
export const BotMark = Type.Optional(Type.Literal(true));

/** A user as they see themselves. */
export const SelfUser = Type.Object({
  id: Id,
  name: Type.String(),
  email: nullable(Type.String()),
  profile_pic: nullable(Type.String()),
  bio: nullable(Type.String()),
  status: Type.Union([Type.Literal("online"), Type.Literal("idle"), Type.Literal("dnd"), Type.Literal("invisible")]),
  custom_status: nullable(Type.String()),
  dms: Type.Enum([...dms_settings]),
  created_date: Time,
  bot: BotMark,
});
export type SelfUser = Static<typeof SelfUser>;

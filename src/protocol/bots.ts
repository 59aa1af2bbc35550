// The HTTP calls by which people have bots: accounts of their own programs, which know a token in place of a password.

import type { Static } from "typebox";
import { limits } from "../domain/limits.ts";
import { defineCall } from "./call.ts";
import { Image, Nonce } from "./community/entities.ts";
import { Id, nullable, Time } from "./message.ts";
import { Type } from "./schema.ts";

const Bot = Type.Object({
  id: Id,
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  created_date: Time,
});
export type Bot = Static<typeof Bot>;

const of_bot = Type.Object({ id: Id });
const Name = Type.String({ maxLength: limits.login_name_length });
const success = Type.Literal(true);
const MadeToken = Type.Object({ success, id: Id, token: Type.String() });

export const bot_calls = {
  add_bot: defineCall({
    method: "POST",
    path: "/bots",
    doc: `Makes a bot of the caller's, with a name as people have them. Its \`token\` is shown this once, and only a hash of it is kept; it doesn't expire, and does all that a log-in's does, but for what is for people only. At most ${limits.bots_per_owner} a person. A bot stops while its owner is suspended, and ends with their account. The same \`nonce\` again, for a day at least: the same bot, with another token in place of the first. No password is asked for: a bot may nowhere more than its owner, who sees it among theirs and ends it.`,
    bearer: true,
    people_only: true,
    body: Type.Object({ name: Name, nonce: Type.Optional(Nonce) }),
    status: 201,
    reply: MadeToken,
    errors: ["unauthorized", "conflict", "limit_reached", "suspended"],
    cost: 20,
  }),
  bots: defineCall({
    method: "GET",
    path: "/bots",
    doc: "The caller's bots, in the order in which they were made.",
    bearer: true,
    people_only: true,
    body: null,
    status: 200,
    reply: Type.Object({ success, bots: Type.Array(Bot) }),
    errors: ["unauthorized"],
    cost: 2,
  }),
  change_bot: defineCall({
    method: "PATCH",
    path: "/bots/:id",
    params: of_bot,
    doc: "Changes a bot of the caller's; `null` takes its picture away. A picture is an `https:` URL, or the URL of an image that the caller uploaded.",
    bearer: true,
    people_only: true,
    body: Type.Object({ name: Type.Optional(Name), profile_pic: Type.Optional(nullable(Image)) }),
    status: 200,
    reply: Type.Object({ success, bot: Bot }),
    errors: ["unauthorized", "not_found", "conflict"],
    cost: 5,
  }),
  change_bot_token: defineCall({
    method: "POST",
    path: "/bots/:id/token",
    params: of_bot,
    doc: "Makes another token of a bot of the caller's, which is shown this once. The old one ends at once; its sockets close with 4002. None is made of a bot that is suspended.",
    bearer: true,
    people_only: true,
    body: null,
    status: 200,
    reply: MadeToken,
    errors: ["unauthorized", "not_found", "suspended"],
    cost: 5,
  }),
  delete_bot: defineCall({
    method: "DELETE",
    path: "/bots/:id",
    params: of_bot,
    doc: "Deletes a bot of the caller's, as an account is deleted. What it wrote stays, by a deleted user.",
    bearer: true,
    people_only: true,
    body: null,
    status: 200,
    reply: Type.Object({ success }),
    errors: ["unauthorized", "not_found"],
    cost: 20,
  }),
} as const;

// The HTTP calls that take and give JSON: one literal a call, as for messages. Their routes, their types and their
// reference follow from these. A failure is `{success: false, code, message}` with the status of its code.

import type { Static, TSchema } from "typebox";
import { limits } from "../domain/limits.ts";
import { bot_calls } from "./bots.ts";
import { defineCall } from "./call.ts";
import { BotMark } from "./entities.ts";
import { Id, nullable, Time } from "./message.ts";
import { push_calls } from "./push.ts";
import { Type } from "./schema.ts";

// Lengths of passwords and names are checked by the accounts themselves, so that log-in never says more than "wrong".
const Name = Type.String({ maxLength: limits.login_name_length });
const Password = Type.String({ maxLength: limits.login_password_length });
const Email = Type.String({
  maxLength: limits.email_max_length,
  pattern: "^[^\\s@\\p{Cc}\\p{Cs}]+@[^\\s@\\p{Cc}\\p{Cs}]+$",
});
const Login = Type.Object({
  id: Id,
  device: nullable(Type.String()),
  address: nullable(Type.String()),
  created_date: Time,
  used_date: Time,
  current: Type.Boolean(),
});
const LinkToken = Type.String({ maxLength: limits.link_token_length });
const done = Type.Object({ success: Type.Literal(true) });

export const account_calls = {
  register: defineCall({
    method: "POST",
    path: "/user/register",
    doc: `Makes an account. Names have ${limits.name_min_length} to ${limits.name_max_length} letters, digits, \`_ . -\`, and are unique without regard to case. Their letters are of one script, since those of two may look the same; Chinese, Japanese and Korean count as one each, and may have Latin letters beside them. Passwords have ${limits.password_min_length} to ${limits.password_max_length} characters, counted when composed (NFC); how a letter is composed and which space it is makes no difference. Where only the invited may, \`invite\` is the code of an invite, a use of which is spent: without a good one it is \`forbidden\`. Where the server says so, that of an invite to a server is one, too, and the account comes into that server.`,
    bearer: false,
    body: Type.Object({
      username: Name,
      password: Password,
      email: Type.Optional(Email),
      invite: Type.Optional(Type.String({ maxLength: limits.invite_code_length })),
    }),
    status: 201,
    reply: Type.Object({ success: Type.Literal(true), id: Id, name: Type.String() }),
    errors: ["conflict", "forbidden"],
    cost: 20,
  }),
  login: defineCall({
    method: "POST",
    path: "/user/login",
    doc: `Answers with a new token. An unknown name and a wrong password can't be told apart. After too many passwords for one name the address that tried them is \`rate_limited\`; after too many from many addresses, all from which the name's owner hasn't logged in lately. A good token of theirs, as \`Authorization: Bearer <token>\`, is held up by neither. Of more than ${limits.logins_per_user} log-ins of one user, the one ends that was used longest ago.`,
    bearer: false,
    bearer_welcome: true,
    body: Type.Object({ username: Name, password: Password }),
    status: 200,
    reply: Type.Object({ success: Type.Literal(true), token: Type.String(), id: Id, name: Type.String() }),
    errors: ["unauthorized", "suspended"],
    cost: 20,
  }),
  reset_password: defineCall({
    method: "POST",
    path: "/user/reset",
    doc: "Sets a new password by a link that was made for it, once; `forbidden` where the link is good no more. Every log-in ends, and sockets close with 4002.",
    bearer: false,
    body: Type.Object({ token: LinkToken, password: Password }),
    status: 200,
    reply: done,
    errors: ["forbidden"],
    cost: 20,
  }),
  setup: defineCall({
    method: "POST",
    path: "/user/setup",
    doc: "Makes the account of the first administrator, by the link that a server without one leaves in its data folder; `forbidden` where the link is good no more.",
    bearer: false,
    body: Type.Object({ token: LinkToken, username: Name, password: Password }),
    status: 201,
    reply: Type.Object({ success: Type.Literal(true), id: Id, name: Type.String() }),
    errors: ["conflict", "forbidden"],
    cost: 20,
  }),
  logout: defineCall({
    method: "POST",
    path: "/user/logout",
    doc: "Ends this token at once; its sockets close with 4002.",
    bearer: true,
    body: null,
    status: 200,
    reply: done,
    errors: ["unauthorized"],
    cost: 5,
  }),
  change_password: defineCall({
    method: "POST",
    path: "/user/password",
    doc: "Changes the password and answers with a new token; every other token of the user dies, and its sockets close with 4002.",
    bearer: true,
    people_only: true,
    body: Type.Object({ password: Password, new_password: Password }),
    status: 200,
    reply: Type.Object({ success: Type.Literal(true), token: Type.String() }),
    errors: ["unauthorized"],
    cost: 40,
  }),
  delete_user: defineCall({
    method: "DELETE",
    path: "/user",
    doc: "Deletes the account, its tokens, friendships, memberships and invites; `conflict` while it owns servers, or is the last administrator. What it wrote stays, by a deleted user; with `messages`, its messages go as if each were deleted, and its images, from then on and soon after.",
    bearer: true,
    people_only: true,
    body: Type.Object({ password: Password, messages: Type.Optional(Type.Boolean()) }),
    status: 200,
    reply: done,
    errors: ["unauthorized", "conflict"],
    cost: 40,
  }),
  forgot: defineCall({
    method: "POST",
    path: "/user/forgot",
    doc: "Sends a link to set a new password with, to who has the name, or confirmed the e-mail address; good once, for 24 hours. The answer is the same whether there is anybody. `unavailable` where the server sends no mail.",
    bearer: false,
    body: Type.Object({ name_or_email: Type.String({ maxLength: limits.email_max_length }) }),
    status: 202,
    reply: done,
    errors: [],
    cost: 20,
  }),
  set_email: defineCall({
    method: "POST",
    path: "/user/email",
    doc: "Sends a link to an e-mail address, by which it becomes the caller's; until then the old one stays. That one is told, where it was confirmed. A change of the password makes the link void. `unavailable` where the server sends no mail.",
    bearer: true,
    people_only: true,
    body: Type.Object({ password: Password, email: Email }),
    status: 200,
    reply: done,
    errors: ["unauthorized"],
    cost: 40,
  }),
  confirm_email: defineCall({
    method: "POST",
    path: "/user/email/confirm",
    doc: "Makes the e-mail address the user's to which the link with this token was sent.",
    bearer: false,
    body: Type.Object({ token: LinkToken }),
    status: 200,
    reply: done,
    errors: ["not_found"],
    cost: 20,
  }),
  profile: defineCall({
    method: "GET",
    path: "/user/profile",
    doc: "The caller's own account.",
    bearer: true,
    body: null,
    status: 200,
    reply: Type.Object({
      success: Type.Literal(true),
      id: Id,
      name: Type.String(),
      email: nullable(Type.String()),
      email_confirmed: Type.Boolean(),
      profile_pic: nullable(Type.String()),
      created_date: Time,
      bot: BotMark,
    }),
    errors: ["unauthorized"],
    cost: 2,
  }),
  logins: defineCall({
    method: "GET",
    path: "/user/logins",
    doc: "Where the caller is logged in, what was used last first: the device by its user agent, the address at the log-in, and when it was used last, within an hour or two. `current` is the login that asks.",
    bearer: true,
    people_only: true,
    body: null,
    status: 200,
    reply: Type.Object({ success: Type.Literal(true), logins: Type.Array(Login) }),
    errors: ["unauthorized"],
    cost: 5,
  }),
  end_login: defineCall({
    method: "DELETE",
    path: "/user/logins/:id",
    params: Type.Object({ id: Id }),
    doc: "Ends one of the caller's log-ins at once; its sockets close with 4002.",
    bearer: true,
    people_only: true,
    body: null,
    status: 200,
    reply: done,
    errors: ["unauthorized", "not_found"],
    cost: 5,
  }),
  validate_jwt: defineCall({
    method: "GET",
    path: "/validate_jwt",
    doc: "Whether the token is good.",
    bearer: true,
    body: null,
    status: 200,
    reply: done,
    errors: ["unauthorized"],
    cost: 2,
  }),
  ...push_calls,
} as const;

export const calls = { ...account_calls, ...bot_calls } as const;

export type CallName = keyof typeof calls;
type Asked<Name extends CallName, Part extends "params" | "body"> = (typeof calls)[Name] extends {
  readonly [P in Part]: infer Schema extends TSchema;
}
  ? Static<Schema>
  : null;
type Both<Params, Body> = Params extends null ? Body : Body extends null ? Params : Params & Body;
/** What a call asks with: its body, and what stands in its path. */
export type CallBody<Name extends CallName> = Both<Asked<Name, "params">, Asked<Name, "body">>;
export type CallReply<Name extends CallName> = Static<(typeof calls)[Name]["reply"]>;

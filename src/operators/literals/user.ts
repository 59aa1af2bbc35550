// The operations on accounts.

import { limits } from "../../domain/limits.ts";
import { Id, nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { line } from "../../protocol/text.ts";
import { defineOperation, Moment, page } from "../operation.ts";

export const Suspension = Type.Object({
  since: Time,
  until: nullable(Time),
  reason: nullable(Type.String()),
});

/** An account as who runs the server sees it. */
export const Account = {
  id: Id,
  name: Type.String(),
  email: nullable(Type.String()),
  created_date: Time,
  last_online: Time,
  sessions: Type.Integer({ minimum: 0 }),
  servers: Type.Integer({ minimum: 0 }),
  upload_bytes: Type.Integer({ minimum: 0 }),
  suspended: nullable(Suspension),
  admin: Type.Boolean(),
  bot_owner_id: nullable(Type.Integer({ description: "whose bot it is" })),
};

export const account_statuses = ["active", "suspended", "admin"] as const;

const of_user = { user_id: Id };
const nothing = Type.Object({});
const NewPassword = Type.Optional(Type.String({ maxLength: limits.login_password_length }));
const Link = nullable(Type.String({ description: "link" }));

export const userList = defineOperation({
  name: "user.list",
  command: "user list",
  http: { method: "GET", path: "/admin/users" },
  doc: "Lists accounts, by their ids.",
  input: Type.Object({
    search: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.search_length, description: "anywhere in the name or the e-mail" }),
    ),
    status: Type.Optional(Type.Enum(account_statuses, { description: account_statuses.join(", ") })),
    ...page,
  }),
  output: Type.Object({ users: Type.Array(Type.Object(Account)), has_more: Type.Boolean() }),
  errors: [],
  changes: false,
});

export const userShow = defineOperation({
  name: "user.show",
  command: "user show WHO",
  http: { method: "GET", path: "/admin/users/:user_id" },
  doc: "Shows one account: what it holds, the servers it owns, and where it is logged in.",
  input: Type.Object(of_user),
  output: Type.Object({
    user: Type.Object({
      ...Account,
      servers_owned: Type.Array(
        Type.Object({ id: Id, name: Type.String(), num_members: Type.Integer({ minimum: 0 }) }),
      ),
      logins: Type.Array(
        Type.Object({
          id: Id,
          device: nullable(Type.String()),
          address: nullable(Type.String()),
          created_date: Time,
          used_date: Time,
        }),
      ),
    }),
  }),
  errors: ["not_found"],
  changes: false,
});

export const userAdd = defineOperation({
  name: "user.add",
  command: "user add NAME",
  http: { method: "POST", path: "/admin/users", status: 201 },
  doc: "Makes an account, also where registration is closed. Over HTTP it comes with a link by which its owner sets the password.",
  input: Type.Object({
    name: Type.String({ maxLength: limits.login_name_length }),
    email: Type.Optional(Type.String({ maxLength: limits.email_max_length, pattern: "^[^\\s@]+@[^\\s@]+$" })),
    admin: Type.Optional(Type.Boolean({ description: "makes it an administrator" })),
    link: Type.Optional(Type.Boolean({ description: "instead of a password, a link by which one is set" })),
    new_password: NewPassword,
  }),
  output: Type.Object({ user: Type.Object({ id: Id, name: Type.String() }), link: Link }),
  errors: ["conflict"],
  gives_rights: "admin",
  changes: true,
  prints: "link",
  secret: { field: "new_password", unless: "link" },
});

export const userPassword = defineOperation({
  name: "user.password",
  command: "user password WHO",
  http: { method: "POST", path: "/admin/users/:user_id/password" },
  doc: "Sets a password and ends every log-in. Or gives a link by which the account's owner sets one, once and within a day. Over HTTP it is always the link.",
  input: Type.Object({
    ...of_user,
    link: Type.Optional(Type.Boolean({ description: "a link instead of a password" })),
    new_password: NewPassword,
  }),
  output: Type.Object({ link: Link }),
  errors: ["not_found", "forbidden"],
  changes: true,
  tells: true,
  prints: "link",
  secret: { field: "new_password", unless: "link" },
});

export const userSuspend = defineOperation({
  name: "user.suspend",
  command: "user suspend WHO",
  http: { method: "POST", path: "/admin/users/:user_id/suspend" },
  doc: "Suspends an account. Every log-in ends, open sockets, those of its bots too, close at once with 4003, and logging in is refused with the reason and until when. Its bots stop as long. Nothing that it owns or wrote changes.",
  input: Type.Object({
    ...of_user,
    until: Type.Optional(Moment),
    reason: Type.Optional(line(limits.reason_length)),
  }),
  output: nothing,
  errors: ["not_found", "forbidden"],
  changes: true,
  tells: true,
});

export const userUnsuspend = defineOperation({
  name: "user.unsuspend",
  command: "user unsuspend WHO",
  http: { method: "POST", path: "/admin/users/:user_id/unsuspend" },
  doc: "Lets a suspended account log in again.",
  input: Type.Object(of_user),
  output: nothing,
  errors: ["not_found", "forbidden", "conflict"],
  changes: true,
  tells: true,
});

export const userLogout = defineOperation({
  name: "user.logout",
  command: "user logout WHO",
  http: { method: "POST", path: "/admin/users/:user_id/logout" },
  doc: "Ends every log-in of an account. Its sockets close with 4002.",
  input: Type.Object(of_user),
  output: nothing,
  errors: ["not_found", "forbidden"],
  changes: true,
  tells: true,
});

export const userAdmin = defineOperation({
  name: "user.admin",
  command: "user admin WHO ADMIN",
  http: { method: "POST", path: "/admin/users/:user_id/admin" },
  doc: "Makes an account an administrator, or no longer one. It holds at once, for log-ins that exist too. Over HTTP the last administrator stays one.",
  input: Type.Object({ ...of_user, admin: Type.Boolean() }),
  output: nothing,
  errors: ["not_found", "forbidden", "conflict"],
  gives_rights: true,
  changes: true,
  tells: true,
});

export const userDelete = defineOperation({
  name: "user.delete",
  command: "user delete WHO",
  http: { method: "DELETE", path: "/admin/users/:user_id" },
  doc: "Deletes an account, and its bots. A server that it owns goes to whoever has been there longest of those whose role has `admin`; where there is nobody, it is locked: it can be read, and not changed, until it is transferred. What it wrote stays, by a deleted user; with `messages` its messages and files go, soon after. Over HTTP the last administrator stays.",
  input: Type.Object({
    ...of_user,
    messages: Type.Optional(Type.Boolean({ description: "what it wrote and uploaded goes, too" })),
  }),
  output: Type.Object({}),
  errors: ["not_found", "forbidden", "conflict"],
  destroys: true,
  changes: true,
});

export const userExport = defineOperation({
  name: "user.export",
  command: "user export WHO FILE",
  http: null,
  doc: "Writes a zip of somebody's own words: profile, friends, memberships, messages, read states, and what they uploaded. The file is there when it is whole.",
  input: Type.Object(of_user),
  output: nothing,
  errors: ["not_found"],
  changes: true,
});

export const user_operations = [
  userList,
  userShow,
  userAdd,
  userPassword,
  userSuspend,
  userUnsuspend,
  userLogout,
  userAdmin,
  userDelete,
  userExport,
] as const;

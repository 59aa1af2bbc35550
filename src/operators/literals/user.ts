// The operations on accounts.

import Type from "typebox";
import { Id, nullable, Time } from "../../protocol/message.ts";
import { defineOperation } from "../operation.ts";

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
};

const of_user = { user_id: Id };

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
      logins: Type.Array(Type.Object({ id: Id, created_date: Time, expires_date: Time })),
    }),
  }),
  errors: ["not_found"],
  changes: false,
});

export const user_operations = [userShow] as const;

// The operations on invites to make an account.

import { limits } from "../../domain/limits.ts";
import { nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

const Code = Type.String({ minLength: 1, maxLength: limits.invite_code_length });

const Invite = Type.Object({
  code: Code,
  url: Type.String({ description: "where it is opened; a path where the server has no public URL" }),
  creator_id: nullable(Type.Integer({ minimum: 1 })),
  created_date: Time,
  expires_date: nullable(Time),
  uses: Type.Integer({ minimum: 0 }),
  max_uses: nullable(Type.Integer({ minimum: 1 })),
});

export const inviteAdd = defineOperation({
  name: "invite.add",
  command: "invite add",
  http: { method: "POST", path: "/admin/invites", status: 201 },
  doc: "Makes an invite to make an account, for where only the invited may. It is good until it is deleted, or as often and as long as is said.",
  input: Type.Object({
    uses: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: "how many accounts it is good for" }),
    ),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650, description: "for how many days" })),
  }),
  output: Type.Object({ invite: Invite }),
  errors: ["limit_reached"],
  changes: true,
});

export const inviteList = defineOperation({
  name: "invite.list",
  command: "invite list",
  http: { method: "GET", path: "/admin/invites" },
  doc: "Lists the invites to make an account, the newest first, and how often each was used.",
  input: Type.Object({}),
  output: Type.Object({ invites: Type.Array(Invite) }),
  errors: [],
  changes: false,
});

export const inviteDelete = defineOperation({
  name: "invite.delete",
  command: "invite delete CODE",
  http: { method: "DELETE", path: "/admin/invites/:code" },
  doc: "Deletes an invite to make an account; the accounts that were made by it stay.",
  input: Type.Object({ code: Code }),
  output: Type.Object({}),
  errors: ["not_found"],
  changes: true,
});

export const invite_operations = [inviteAdd, inviteList, inviteDelete] as const;

// The operations on servers, the places people talk in.

import { limits } from "../../domain/limits.ts";
import { Id, nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

const Count = Type.Integer({ minimum: 0 });

/** A server as who runs the installation sees it. */
const ShownServer = Type.Object({
  id: Id,
  name: Type.String(),
  owner: nullable(Type.String()),
  owner_id: Id,
  members: Count,
  messages: Count,
  bytes: Count,
  created_date: Time,
  locked_date: nullable(Time),
});

const of_server = { server_id: Id };
const counted = `Of its messages, and the bytes of their files, at most ${limits.messages_counted} are counted.`;

export const serverList = defineOperation({
  name: "server.list",
  command: "server list",
  http: { method: "GET", path: "/admin/servers" },
  doc: `Lists servers, by their ids. ${counted}`,
  input: Type.Object({
    amount: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.page_length, description: "how many" })),
    anchor: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "the id after which to go on" }),
    ),
  }),
  output: Type.Object({ servers: Type.Array(ShownServer), has_more: Type.Boolean() }),
  errors: [],
  changes: false,
});

export const serverShow = defineOperation({
  name: "server.show",
  command: "server show ID",
  http: { method: "GET", path: "/admin/servers/:server_id" },
  doc: `Shows one server: whose it is, and what it holds. ${counted}`,
  input: Type.Object(of_server),
  output: Type.Object({ server: ShownServer }),
  errors: ["not_found"],
  changes: false,
});

export const serverTransfer = defineOperation({
  name: "server.transfer",
  command: "server transfer ID WHO",
  http: { method: "POST", path: "/admin/servers/:server_id/transfer" },
  doc: "Gives a server to one of its members. A locked one can be changed again. Over HTTP not another administrator's.",
  input: Type.Object({ ...of_server, user_id: Id }),
  output: Type.Object({}),
  errors: ["not_found", "forbidden", "conflict"],
  gives_rights: true,
  changes: true,
  tells: true,
});

export const serverDelete = defineOperation({
  name: "server.delete",
  command: "server delete ID",
  http: { method: "DELETE", path: "/admin/servers/:server_id" },
  doc: "Deletes a server with all that is in it. Over HTTP not another administrator's.",
  input: Type.Object(of_server),
  output: Type.Object({}),
  errors: ["not_found", "forbidden"],
  destroys: true,
  changes: true,
  tells: true,
});

export const server_operations = [serverList, serverShow, serverTransfer, serverDelete] as const;

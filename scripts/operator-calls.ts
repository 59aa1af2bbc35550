// The operations that administrators call, as HTTP calls: what the door of `src/operators/doors/http.ts` makes of their
// literals, for the documents.

import Type, { type TSchema } from "typebox";
import { limits } from "../src/domain/limits.ts";
import { operations } from "../src/operators/catalogue.ts";
import type { OperationCall, OperationLiteral } from "../src/operators/operation.ts";
import type { CallFamily, CallLiteral } from "../src/protocol/call.ts";

type Fields = Record<string, TSchema>;

/** In a call's description: who may, and with what. */
const by_administrators = "For administrators alone; all others get `unknown_type`, as of a call that isn't there.";
const asks_password = "Asks for the administrator's own password again.";

export const operator_family: CallFamily = {
  name: "operators",
  doc: "For those who run the server.",
  calls: Object.fromEntries(
    (operations as readonly OperationLiteral[]).flatMap((operation) =>
      operation.http ? [[operation.name, callOf(operation, operation.http)]] : [],
    ),
  ),
};

function callOf(operation: OperationLiteral, { method, path, status }: OperationCall): CallLiteral {
  const { doc, input, output, errors, changes, destroys, gives_rights, secret } = operation;
  const fields = fieldsOf(input).filter(([name]) => name !== secret?.field);
  const proof: [string, TSchema][] = destroys || gives_rights ? [["password", passwordOf(operation)]] : [];
  const in_path = ([name]: [string, TSchema]) => path.split("/").includes(`:${name}`);
  const others = [...fields.filter((field) => !in_path(field)), ...proof];
  const params = method === "GET" ? fields : fields.filter(in_path);
  return {
    ...{ method, path, status: status ?? 200, bearer: true, params: objectOf(params) },
    doc: [doc, by_administrators, ...(proof.length > 0 ? [asks_password] : [])].join(" "),
    body: method === "GET" || others.length === 0 ? null : objectOf(others),
    reply: objectOf([["success", Type.Literal(true)], ...fieldsOf(output)]),
    errors: [
      ...new Set([...errors, "unknown_type" as const, ...(proof.length > 0 ? (["unauthorized"] as const) : [])]),
    ],
    cost: changes ? limits.operation_cost : limits.overview_cost,
  };
}

/** Wanted, but where rights depend on a field. */
function passwordOf({ destroys, gives_rights }: OperationLiteral): TSchema {
  const password = Type.String({ description: "the administrator's own" });
  return destroys || gives_rights === true ? password : Type.Optional(password);
}

function fieldsOf(schema: TSchema): [string, TSchema][] {
  const { properties, required = [] } = schema as unknown as { properties: Fields; required?: string[] };
  return Object.entries(properties).map(([name, field]) => [
    name,
    required.includes(name) ? field : Type.Optional(field as never),
  ]);
}

function objectOf(fields: readonly [string, TSchema][]) {
  return Type.Object(Object.fromEntries(fields));
}

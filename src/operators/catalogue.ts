// Every operation, by its name. Add an operation's literal to its noun's list and it is here.

import type { Outcome } from "../protocol/outcome.ts";
import { audit_operations } from "./literals/audit.ts";
import { cluster_operations } from "./literals/cluster.ts";
import { invite_operations } from "./literals/invite.ts";
import { report_operations } from "./literals/report.ts";
import { secret_operations } from "./literals/secret.ts";
import { server_operations } from "./literals/server.ts";
import { settings_operations } from "./literals/settings.ts";
import { stats_operations } from "./literals/stats.ts";
import { user_operations } from "./literals/user.ts";
import type { InputOf, OperationLiteral, Operator, OutputOf } from "./operation.ts";

export const operations = [
  ...user_operations,
  ...server_operations,
  ...report_operations,
  ...invite_operations,
  ...audit_operations,
  ...secret_operations,
  ...cluster_operations,
  ...stats_operations,
  ...settings_operations,
] as const;

/** What the operations are about, each with its line in the help. */
export const nouns = {
  user: "accounts",
  server: "the places people talk in",
  report: "what people reported",
  invite: "invites to make an account",
  audit: "who had what done",
  secret: "what signs tokens",
  cluster: "the nodes that the server is made of",
  stats: "how the server does",
  settings: "what may be set while the server runs",
} as const satisfies Record<NounOf<OperationName>, string>;

export type NounName = NounOf<OperationName>;
type NounOf<Name extends string> = Name extends `${infer Noun}.${string}` ? Noun : never;

export type Operation = (typeof operations)[number];
export type OperationName = Operation["name"];
export type OperationOf<Name extends OperationName> = Extract<Operation, { name: Name }>;
export type Input<Name extends OperationName> = InputOf<OperationOf<Name>>;
export type Output<Name extends OperationName> = OutputOf<OperationOf<Name>>;

/** What carries the operations of these names out: the input is checked, and who has it done may. */
export type OperationHandlers<Name extends OperationName> = {
  [One in Name]: (input: Input<One>, by: Operator) => Promise<Outcome<Output<One>>>;
};

const by_name: ReadonlyMap<string, OperationLiteral> = new Map(
  operations.map((operation) => [operation.name, operation]),
);

/** The literal of that name, or undefined. A Map, so that `__proto__` is a name like any other. */
export function findOperation(name: string): OperationLiteral | undefined {
  return by_name.get(name);
}

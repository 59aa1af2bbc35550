// The shape of an operation's literal. An operation is a value: the command line, its help and completions, the HTTP
// call and who may make it, the reference, and what the tests must cover are derived from its one literal.

import type { Static, TObject } from "typebox";
import { limits } from "../domain/limits.ts";
import type { CommonError, ErrorCode } from "../protocol/errors.ts";
import { Type } from "../protocol/schema.ts";

export interface OperationLiteral {
  /** Noun and verb, as the log of operations has it. */
  readonly name: `${string}.${string}`;
  /**
   * The command: noun, verb, and the fields of the input that stand without a name, in their order. `WHO` is `user_id`,
   * `ID` the id of the noun, and any other word the field of that name. All other fields are options. Null: there is none.
   */
  readonly command: string | null;
  /** The call: its path lies below `/api/v1`, and `:field` in it is of the input. Null: there is none. */
  readonly http: OperationCall | null;
  /** One or more sentences; the first is its line in the help. */
  readonly doc: string;
  readonly input: TObject;
  /** What is answered beside `success: true`. */
  readonly output: TObject;
  /** The codes it may be refused with besides the common ones. */
  readonly errors: readonly Exclude<ErrorCode, CommonError>[];
  /** What it ends can't be had again: the command line asks, and an administrator proves to know their own password. */
  readonly destroys?: boolean;
  /** It gives somebody rights, always or with this field: over HTTP an administrator proves to know their own password. */
  readonly gives_rights?: boolean | string;
  /** It changes something: whoever had it done is in the log of operations. */
  readonly changes: boolean;
  /** Whom it concerns is told, by `account_notice` on their own topic. */
  readonly tells?: boolean;
  /** The one field of the answer that the command line prints, where it isn't null. */
  readonly prints?: string;
  /** The field that the command line asks for, hidden, unless one of the others is given; HTTP never takes it. */
  readonly secret?: { readonly field: string; readonly unless?: string };
}

export interface OperationCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: `/admin/${string}`;
  /** 200 where absent. */
  readonly status?: 201;
}

export function defineOperation<const O extends OperationLiteral>(operation: O): O {
  return operation;
}

export type InputOf<O extends OperationLiteral> = Static<O["input"]>;
export type OutputOf<O extends OperationLiteral> = Static<O["output"]>;

/** Who has an operation done: whoever sits at the machine, or an administrator, who is logged in. */
export type Operator =
  | { readonly door: "command_line" }
  | {
      readonly door: "http";
      readonly id: number;
      readonly name: string;
      readonly login: number;
      readonly address: string;
    };

/** The field of the input that a word of a command in capitals stands for. */
export function fieldOf({ name }: Pick<OperationLiteral, "name">, word: string): string {
  if (word === "WHO") return "user_id";
  return word === "ID" ? `${name.split(".")[0]}_id` : word.toLowerCase();
}

/** The words of the command in capitals, in their order. */
export function argumentsOf({ command }: Pick<OperationLiteral, "command">): string[] {
  return (command ?? "").split(" ").slice(2);
}

/** A time in the future or in the past: a date, with or without a time of day, or a span from now, as `7d` is. */
export const Moment = Type.String({
  maxLength: 40,
  description: "a date such as 2026-05-01T12:00Z, or a span: 30m, 12h, 7d",
});

export const DEFAULT_AMOUNT = 50;

/** Fields of a list that comes in pages: the next begins after the last id of this one. */
export const page = {
  amount: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limits.page_length, description: `${DEFAULT_AMOUNT} if absent` }),
  ),
  anchor: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "the last id of the page before" }),
  ),
};

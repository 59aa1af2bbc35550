// The shape of an HTTP call's literal. Its route, its types, its part of the reference and of the OpenAPI document, and
// what the tests ask of it follow from the one literal. Must not say how a call is carried out.

import type { TObject, TSchema } from "typebox";
import { type CommonError, type ErrorCode, error_codes } from "./errors.ts";
import { Type } from "./schema.ts";

/** Below it stand all calls but those at the root. */
export const API = "/api/v1";

export interface CallLiteral {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/v1`, or at the root; a part that varies is `:name`. */
  readonly path: string;
  readonly at_root?: true;
  readonly doc: string;
  /** Whether it wants `Authorization: Bearer <token>`. */
  readonly bearer: boolean;
  /** With the token of a bot it is `forbidden`. */
  readonly people_only?: true;
  /** It needs no token, and makes use of one. */
  readonly bearer_welcome?: true;
  /** Of the path, those whose `:name` is in it; of the query, all others. */
  readonly params?: TObject;
  /** Headers that it reads besides the token's. */
  readonly headers?: TObject;
  /** As JSON. */
  readonly body: TSchema | null;
  /** The body where it is no JSON. */
  readonly takes?: Contents;
  readonly status: 101 | 200 | 201 | 202;
  /** As JSON; null where it answers with something else. */
  readonly reply: TSchema | null;
  readonly gives?: Contents;
  /** Headers of a good answer, and what each says. */
  readonly gives_headers?: Readonly<Record<string, string>>;
  /** Statuses beside its own that are no failures, and what each says; without JSON. */
  readonly also?: Readonly<Record<number, string>>;
  readonly errors: readonly Exclude<ErrorCode, CommonError>[];
  /** Tokens that it takes from the address's rate limit and, with a token, from the user's. */
  readonly cost: number;
}

/** What a body may be, by its media type; null for bytes. */
export type Contents = Readonly<Record<string, TSchema | null>>;

/** Calls that belong together, by the names of their operations. */
export interface CallFamily {
  readonly name: string;
  readonly doc: string;
  readonly calls: Readonly<Record<string, CallLiteral>>;
}

export const defineCall = <const C extends CallLiteral>(call: C): C => call;

type PathOf<C extends CallLiteral> = C extends { at_root: true } ? C["path"] : `${typeof API}${C["path"]}`;

/** Its whole path, for a route. */
export function pathOf<C extends CallLiteral>({ path, at_root }: C): PathOf<C> {
  return (at_root ? path : API + path) as PathOf<C>;
}

/** The answer of every call that fails. */
export const CallFailure = Type.Object({
  success: Type.Literal(false),
  code: Type.Enum(Object.keys(error_codes) as ErrorCode[]),
  message: Type.String({ description: "a sentence for a person" }),
  details: Type.Optional(
    Type.Object({
      path: Type.Optional(Type.String({ description: "the field at fault, dotted" })),
      retry_after_ms: Type.Optional(Type.Number({ description: "milliseconds until it is worth asking again" })),
      limit: Type.Optional(Type.String({ description: "which limit was reached" })),
      reason: Type.Optional(Type.String({ description: "why, in the words of who runs the server" })),
      until: Type.Optional(Type.String({ description: "when it ends, a time" })),
    }),
  ),
});

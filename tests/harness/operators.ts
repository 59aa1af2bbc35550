// Operations under test: asked for by the command line, in this process, and by administrators over HTTP.

import { describe, test } from "bun:test";
import { join } from "node:path";
import type { OperationName, OperationOf } from "../../src/operators/catalogue.ts";
import { runCommandLine } from "../../src/operators/doors/command-line.ts";
import { fileSink } from "../../src/operators/doors/file-sink.ts";
import { askServer } from "../../src/operators/doors/socket-client.ts";
import type { Json } from "./client.ts";
import { writeRows } from "./database.ts";
import type { RunningServer, TestUser } from "./server.ts";

type Test = () => Promise<void>;

interface OperationTests<Name extends OperationName> {
  /** By the command line. */
  command: OperationOf<Name>["command"] extends string ? Test : null;
  /** By an administrator; that all others are refused is tested for all operations at once. */
  http: OperationOf<Name>["http"] extends null ? null : Test;
  /** By error code. */
  errors: Record<OperationOf<Name>["errors"][number], Test>;
  /** Further tests, by what they show. */
  also?: Record<string, Test>;
}

export function operation<Name extends OperationName>(name: Name, tests: OperationTests<Name>): void {
  describe(name, () => {
    if (tests.command) test("by the command line", tests.command);
    if (tests.http) test("by an administrator", tests.http);
    for (const [code, run] of Object.entries<Test>(tests.errors)) test(`error ${code}`, run);
    for (const [what, run] of Object.entries(tests.also ?? {})) test(what, run);
  });
}

export interface Ran {
  code: number;
  out: string;
  err: string;
  /** What was printed, where that is one JSON document. */
  json: Json;
}

/** What a person types, in this order, at a terminal; or what comes from a pipe. */
export interface Typed {
  answers?: string[];
  piped?: string;
}

/** Runs a command against the server. */
export function command(server: Pick<RunningServer, "folder">, ...args: string[]): Promise<Ran> {
  return commandWith(server, {}, ...args);
}

/** The same, by somebody who is asked. */
export async function commandWith(
  server: Pick<RunningServer, "folder">,
  { answers, piped = "" }: Typed,
  ...args: string[]
): Promise<Ran> {
  const path = join(server.folder, "orchard.sock");
  const left = [...(answers ?? [])];
  let [out, err] = ["", ""];
  const next = async (question: string) => left.shift() ?? Promise.reject(new Error(`nobody answers "${question}"`));
  const code = await runCommandLine(args, {
    async perform(request, sink) {
      const answer = await askServer(path, request, sink);
      if (!answer) throw new Error("no server runs");
      return answer;
    },
    sinkTo: fileSink,
    write(text) {
      out += text;
    },
    complain(text) {
      err += text;
    },
    is_terminal: answers !== undefined,
    askHidden: next,
    ask: next,
    readLine: async () => piped.split(/\r?\n/, 1)[0] ?? "",
    environment: [],
  });
  const is_document = args.includes("--json") && out.startsWith("{");
  return { code, out, err, json: is_document ? JSON.parse(out) : null };
}

/** A new account that runs the server, logged in. */
export async function administrator(server: RunningServer): Promise<TestUser> {
  const user = await server.user();
  writeRows(server.folder, "update users set admin_since = 1 where id = ?", [[user.id]]);
  return user;
}

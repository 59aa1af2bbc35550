// A conversation covers one message type: the compiler wants a test for its success, for each error that its literal
// declares, and for malformed requests.

import { describe, test } from "bun:test";
import type { MessageOf, MessageType } from "../../src/protocol/catalogue.ts";

type Test = () => Promise<void>;

export interface Conversation<Name extends MessageType> {
  success: Test;
  /** By error code. */
  errors: Record<MessageOf<Name>["errors"][number], Test>;
  malformed: Test;
  /** Further tests, by what they show. */
  also?: Record<string, Test>;
}

export function conversation<Name extends MessageType>(type: Name, tests: Conversation<Name>): void {
  describe(type, () => {
    test("success", tests.success);
    for (const [code, run] of Object.entries<Test>(tests.errors)) test(`error ${code}`, run);
    test("malformed", tests.malformed);
    for (const [name, run] of Object.entries(tests.also ?? {})) test(name, run);
  });
}

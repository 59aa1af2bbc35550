import { expect, test } from "bun:test";
import type { Accounts } from "../../src/accounts/accounts.ts";
import { unlimited } from "../../src/actors/session/allowances.ts";
import { limits } from "../../src/domain/limits.ts";
import { callRoutes } from "../../src/routes/calls.ts";
import { createClientKey } from "../../src/routes/client-address.ts";

/** The status of a log-in whose body comes in two parts, so long after each other. */
async function statusAfter(pause_ms: number): Promise<number> {
  let now_ms = 0;
  const app = callRoutes({
    accounts: { login: async () => ({ ok: true, value: {} }) } as unknown as Accounts,
    ...{ allowances: unlimited, clientKey: createClientKey([]), clock: () => now_ms },
  });
  const parts = ['{"username":"alice",', '"password":"correct horse"}'];
  const body = new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) return controller.close();
      controller.enqueue(new TextEncoder().encode(part));
      if (parts.length === 0) now_ms += pause_ms;
    },
  });
  return (await app.handle(new Request("http://localhost/api/v1/user/login", { method: "POST", body }))).status;
}

test("a body that comes by drops is refused after its time", async () => {
  expect(await statusAfter(limits.http_body_deadline_ms)).toBe(200);
  expect(await statusAfter(limits.http_body_deadline_ms + 1)).toBe(400);
});

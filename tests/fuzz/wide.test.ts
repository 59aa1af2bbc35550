// The longest lists, the widest objects and the longest texts, in the place of each field of each message and in the
// bodies of HTTP calls: each has one answer, the server lives on, and logs no fault.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { limits } from "../../src/domain/limits.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import { calls } from "../../src/protocol/http.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Present, type RunningServer, serverAt, testConfig } from "../harness/server.ts";
import { Correspondence } from "./correspondence.ts";
import { wideFramesOf } from "./wide-values.ts";

/** Each test takes one of so many places and values, so that all types together take some seconds. */
const SHARE = 8;

const logged: string[] = [];
let folder: string;
let server: RunningServer;
let stop: () => Promise<void>;
let alice: Present;
let bob: Present;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-wide-"));
  const log = createLog("warn", { write: (line: string) => void logged.push(line) });
  const app = await startApp(testConfig(folder), log, "test");
  stop = () => app.stop();
  server = serverAt(app.url, folder);
  [alice, bob] = [await server.join("alice"), await server.join("bob")];
});
afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
  expect(logged).toEqual([]);
});

describe("frames", () => {
  test.each(messages.map((literal, at) => [literal.type, literal, at] as const))("%s", async (_, literal, at) => {
    const [letter] = await Correspondence.afterQuiet([alice]);
    const frames = wideFramesOf(literal).filter((_, place) => (place + at) % SHARE === 0);
    for (const { json } of frames) {
      expect(json.length).toBeLessThanOrEqual(limits.frame_length);
      letter?.send({ after_id: `,${json.slice(1)}` });
    }
    expect(await letter?.settle()).toEqual([]);
    expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

/** What the server can't do without a server for mail, which it says of any body that is right. */
const with_mail = ["/user/forgot", "/user/email", "/user/email/confirm"];

describe("bodies of calls", () => {
  const with_bodies = Object.values(calls).filter(({ body }) => body !== null);
  test.each(with_bodies.map((call) => [`${call.method} ${call.path}`, call] as const))("%s", async (_, call) => {
    const literal = { type: "call", dialect: "community", request: call.body } as never;
    const bodies = wideFramesOf(literal).map(({ json }) => json.slice(json.indexOf('"data":') + 7, -1));
    const headers = { authorization: `Bearer ${alice.token}` };
    for (const [at, body] of bodies.entries()) {
      if (at % SHARE !== 0) continue;
      const response = await fetch(`${server.url}/api/v1${call.path}`, { method: call.method, headers, body });
      const answer = (await response.json()) as { success: boolean; code: string };
      // What was put into a field that nobody knows may well be a password that is wrong.
      const refusals = [400, 401, 404, 409, 413, ...(with_mail.includes(call.path) ? [503] : [])];
      expect(refusals).toContain(response.status);
      expect(answer).toMatchObject({ success: false, code: expect.any(String) });
    }
    expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

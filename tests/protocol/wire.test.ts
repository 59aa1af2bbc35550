import { expect, test } from "bun:test";
import { join } from "node:path";
import { messages } from "../../src/protocol/catalogue.ts";
import { events } from "../../src/protocol/community/events.ts";
import { close_codes, error_codes } from "../../src/protocol/errors.ts";
import { call_families } from "../../src/protocol/families.ts";
import { pushes } from "../../src/protocol/pushes.ts";

// A change of the wire is never an accident. When this fails and the change is meant: look whether old clients can
// still talk to the server, say so in CHANGELOG.md, and write the hashes that the failure shows into wire.json.
const hash = (value: unknown) =>
  new Bun.CryptoHasher("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

test("the wire is what wire.json says it is", async () => {
  const wire: Record<string, string> = {};
  for (const { type, dialect, request, reply, errors } of messages) {
    wire[`message ${type}`] = hash({ dialect, request, reply, errors });
  }
  for (const { type, body } of pushes) wire[`push ${type}`] = hash(body);
  for (const { method, path, at_root, ...call } of call_families.flatMap(({ calls }) => Object.values(calls))) {
    const { bearer, body, status, reply, errors, params, headers, takes, gives } = call;
    const wired = { bearer, body, status, reply, errors, params, headers, takes, gives };
    wire[`call ${method} ${at_root ? "at root " : ""}${path}`] = hash(wired);
  }
  for (const { type, topic, data } of events) wire[`event ${type}`] = hash({ topic, data });
  wire["error codes"] = hash(Object.keys(error_codes));
  wire["close codes"] = hash(Object.values(close_codes).map(({ code }) => code));
  expect(wire).toEqual(await Bun.file(join(import.meta.dir, "wire.json")).json());
});

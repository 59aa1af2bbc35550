// The documents of the protocol are what the standards say such documents are, and hold every literal.

import { describe, expect, test } from "bun:test";
import { Parser } from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import { renderAsyncapi } from "../../scripts/generate-asyncapi.ts";
import { openapiOf, renderOpenapi } from "../../scripts/generate-openapi.ts";
import { type CallLiteral, pathOf } from "../../src/protocol/call.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import { events, passing_events } from "../../src/protocol/community/events.ts";
import { error_codes } from "../../src/protocol/errors.ts";
import { call_families } from "../../src/protocol/families.ts";
import { pushes } from "../../src/protocol/pushes.ts";
import type { Json } from "../harness/client.ts";
import { asyncapi, openapi } from "../harness/documented.ts";

/** Every `$ref` in it that leads nowhere. */
function loose(document: Json, within: Json = document): string[] {
  if (typeof within !== "object" || within === null) return [];
  const here = typeof within.$ref === "string" ? [within.$ref as string] : [];
  const lost = here.filter((ref) => {
    const steps = ref.slice(2).split("/");
    return steps.reduce<Json>((at, step) => at?.[step], document) === undefined;
  });
  return [...lost, ...Object.values(within).flatMap((inner) => loose(document, inner))];
}

describe("the OpenAPI document", () => {
  test("is one, by a validator of others", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(openapi))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    const wrong = structuredClone(openapi);
    delete wrong.paths["/healthz"].get.responses;
    wrong.paths["/healthz"].get.parameters = [{ in: "nowhere" }];
    expect((await new Validator().validate(wrong)).valid).toBe(false);
  });

  test("refers to nothing that isn't there", () => expect(loose(openapi)).toEqual([]));

  const all = call_families.flatMap(({ name, calls }) =>
    Object.entries(calls).map(([id, call]): [string, CallLiteral, string] => [id, call, name]),
  );

  test.each(all)("has %s, with its errors", (id, call, family) => {
    const operation = openapi.paths[pathOf(call).replaceAll(/:(\w+)/g, "{$1}")][call.method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: id, tags: [family], description: call.doc });
    for (const code of call.errors) {
      const { schema } = operation.responses[error_codes[code].http_status].content["application/json"];
      expect(schema.allOf[1].properties.code.enum).toContain(code);
    }
  });

  test("names each operation once", () => {
    expect(new Set(all.map(([id]) => id)).size).toBe(all.length);
  });

  test("has a further call by its literal alone", () => {
    const plums: CallLiteral = {
      ...{ method: "POST", path: "/plums/:plum_id", doc: "Eats one.", bearer: true, body: null, status: 200 },
      ...{ reply: null, errors: ["offline"], cost: 1 },
    };
    const document: Json = openapiOf([{ name: "plums", doc: "Plums.", calls: { eat: plums } }]);
    const { responses, security } = document.paths["/api/v1/plums/{plum_id}"].post;
    expect(security).toEqual([{ token: [] }]);
    expect(Object.keys(responses).sort()).toEqual(["200", "400", "403", "409", "429", "500", "503"]);
    expect(responses["429"].headers).toHaveProperty("Retry-After");
  });
});

/** The parser looks at every message of a channel for each operation in it: fewer at once cost it much less. */
const OPERATIONS_AT_ONCE = 40;

/** The document in parts, each with some of the operations, and their messages. */
function partsOf({ operations, ...whole }: Json): Json[] {
  const names = Object.keys(operations);
  const { socket } = whole.channels;
  const only = (of: Json, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, of[name]]));
  return Array.from({ length: Math.ceil(names.length / OPERATIONS_AT_ONCE) }, (_, part) => {
    const some = only(operations, names.slice(part * OPERATIONS_AT_ONCE, (part + 1) * OPERATIONS_AT_ONCE));
    const named = JSON.stringify(some).matchAll(/"#\/channels\/socket\/messages\/([^"]+)"/g);
    const theirs = [...new Set([...named].map(([, name = ""]) => name))];
    return {
      ...{ ...whole, operations: some },
      channels: { socket: { ...socket, messages: only(socket.messages, theirs) } },
      components: { ...whole.components, messages: only(whole.components.messages, theirs) },
    };
  });
}

describe("the AsyncAPI document", () => {
  const parts = partsOf(asyncapi);
  const faultsOf = async (document: Json) => {
    const diagnostics = await new Parser().validate(JSON.stringify(document));
    // All but hints, such as that there is a later version of the standard.
    return diagnostics.filter(({ severity }) => severity < 2);
  };

  test.each(parts.map((part, at) => [at + 1, part]))(
    "is one, by the standard's own parser: part %d",
    async (_, part) => expect(await faultsOf(part)).toEqual([]),
    60_000,
  );

  test("is all of its parts, and none where an operation does what there isn't", async () => {
    const messages_in_parts = parts.flatMap(({ components }) => Object.keys(components.messages)).sort();
    expect(messages_in_parts).toEqual(Object.keys(asyncapi.components.messages).sort());
    expect(messages_in_parts).toEqual(Object.keys(asyncapi.channels.socket.messages).sort());
    const channels = { socket: { address: "/subscribe" } };
    const shout = { action: "shout", channel: { $ref: "#/channels/socket" } };
    expect(await faultsOf({ ...asyncapi, components: {}, channels, operations: { shout } })).not.toEqual([]);
    expect(Object.keys(asyncapi.operations)).toHaveLength(
      messages.length + pushes.length + events.length + passing_events.length + 1,
    );
  }, 60_000);

  test("refers to nothing that isn't there", () => expect(loose(asyncapi)).toEqual([]));

  test.each(messages.map(({ type, reply, errors }) => [type, reply !== null, errors] as const))(
    "has %s as what the server receives, with its reply and refusals",
    (type, has_reply, errors) => {
      const { action, reply } = asyncapi.operations[type];
      expect(action).toBe("receive");
      expect(reply.messages).toHaveLength(has_reply ? 2 : 1);
      const { payload } = asyncapi.components.messages[`${type}.error`];
      expect(payload.allOf[1].properties.code.enum).toEqual(expect.arrayContaining([...errors]));
      const request = asyncapi.components.messages[`${type}.request`].payload;
      expect(request.properties.type).toEqual({ type: "string", const: type });
    },
  );

  test("has every push and event as what the server sends", () => {
    const sent = Object.entries<Json>(asyncapi.operations).filter(([, { action }]) => action === "send");
    const wanted = [
      ...pushes.map(({ type }) => `push.${type}`),
      ...[...events, ...passing_events].map(({ type }) => `event.${type}`),
      "refusal",
    ];
    expect(sent.map(([name]) => name)).toEqual(wanted);
  });
});

test("the generator of each writes where it is read", () => {
  expect([renderOpenapi().path, renderAsyncapi().path]).toEqual(["docs/openapi.json", "docs/asyncapi.json"]);
});

// What programs post as `multipart/form-data`, with files beside the JSON: said as the JSON alone would be.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawClient } from "../../scripts/reliability/raw-client.ts";
import { limits } from "../../src/domain/limits.ts";
import { anOrchard, type Orchard } from "../community/structure/orchard.ts";
import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { anyPng, pngOfBytes } from "../uploads/samples.ts";
import { grafana_discord_parts } from "./samples.ts";

type Part = [head: string, content: string | Uint8Array];
type Body = NonNullable<RequestInit["body"]>;

const BOUNDARY = "2f1c9a5d0c8e4b7fa3d6";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const payload = (content: string): Part => ['Content-Disposition: form-data; name="payload_json"', content];
const file = (name: string, bytes: Uint8Array): Part => [
  `Content-Disposition: form-data; name="${name}"; filename="a.png"\r\nContent-Type: image/png`,
  bytes,
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  await server.stop();
  expect(metrics).toContain("orchard_faults_total 0");
});

function formOf(...parts: Part[]): Buffer<ArrayBuffer> {
  const worded = parts.flatMap(([head, content]) => [`--${BOUNDARY}\r\n${head}\r\n\r\n`, content, "\r\n"]);
  return Buffer.concat([...worded, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece as string)));
}

async function aDoor(): Promise<{ orchard: Orchard; url: string }> {
  const orchard = await anOrchard(server);
  const { webhook } = await done(orchard.alice, "add_webhook", { channel_id: orchard.general_id, name: "Gardener" });
  return { orchard, url: webhook.url };
}

async function post(url: string, body: Body, headers: Record<string, string> = {}) {
  const init = { method: "POST", headers: { "content-type": TYPE, ...headers }, body };
  const response = await fetch(server.url + url, init);
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith("{") ? (JSON.parse(text) as Json) : null };
}

async function messagesIn({ alice, general_id: channel_id }: Orchard): Promise<Json[]> {
  return (await done(alice, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true })).messages;
}

const refused = (code: string, status: number, path?: string) => ({
  status,
  json: { success: false, code, ...(path !== undefined && { details: { path } }) },
});

test("Grafana's alert with a screenshot is said once, and the picture is kept nowhere", async () => {
  const { orchard, url } = await aDoor();
  const uploads = () => readRows(server.folder, "SELECT id FROM uploads");
  const before = await uploads();
  const form = formOf(...grafana_discord_parts(pngOfBytes(2 * limits.webhook_body_bytes)));
  for (let sent = 0; sent < 2; sent += 1) {
    expect(await post(`${url}/discord`, form, { "idempotency-key": "one" })).toMatchObject({ status: 204, text: "" });
  }
  const messages = await messagesIn(orchard);
  expect(messages).toMatchObject([{ attachments: [], author: { name: "Grafana", webhook: true } }]);
  expect(messages[0]?.["content"]).toStartWith("**Firing**");
  expect(messages[0]?.["content"]).toContain("DiskFull – Größe");
  expect(await uploads()).toEqual(before);
});

test.each<[string, string, Record<string, string>, object]>([
  ["", '{"success":true', {}, { content: "of a form: ä€🌳" }],
  ["/slack", "ok", {}, { text: "of a form: ä€🌳" }],
  ["/discord?wait=true", '{"id":', {}, { content: "of a form: ä€🌳" }],
  ["/github", '{"success":true}', { "x-github-event": "ping" }, { zen: "of a form: ä€🌳" }],
])("a form is answered as plain JSON is: %p", async (way, answer, headers, said) => {
  const { orchard, url } = await aDoor();
  const sent = await post(url + way, formOf(payload(JSON.stringify(said))), headers);
  expect(sent.status).toBe(200);
  expect(sent.text).toStartWith(answer);
  const contents = (await messagesIn(orchard)).map(({ content }) => content);
  expect(contents).toEqual(way === "/github" ? [] : ["of a form: ä€🌳"]);
});

test("the JSON is found before the files, between and behind them", async () => {
  const { orchard, url } = await aDoor();
  const pictures = [file("file", anyPng()), file("files[1]", pngOfBytes(300_000))];
  for (const at of [0, 1, 2]) {
    const body = formOf(...pictures.toSpliced(at, 0, payload(`{"content":"at ${at}"}`)));
    expect(await post(`${url}/discord`, body)).toMatchObject({ status: 204 });
  }
  const contents = (await messagesIn(orchard)).map(({ content }) => content);
  expect(contents.toSorted()).toEqual(["at 0", "at 1", "at 2"]);
});

describe("a form is refused, and nothing said,", () => {
  const good = formOf(payload('{"content":"said"}'), file("file", anyPng()));
  // What is behind it is reached only by who reads further than JSON may go.
  const large = file("file", Buffer.alloc(limits.webhook_body_bytes, "x"));
  const at_field = refused("bad_request", 400, "payload_json");
  const whole = refused("bad_request", 400, "");
  test.each<[string, Body, string, object]>([
    ["without its JSON", formOf(file("file", anyPng())), TYPE, at_field],
    [
      "with the JSON in a field of another name",
      formOf(['Content-Disposition: form-data; name="x"', "{}"]),
      TYPE,
      at_field,
    ],
    ["with its JSON twice", formOf(payload("{}"), payload("{}")), TYPE, at_field],
    ["of more fields than are looked at", formOf(...Array(17).fill(file("f", anyPng()))), TYPE, at_field],
    ["without a boundary", good, "multipart/form-data", at_field],
    ["with an empty boundary", good, "multipart/form-data; boundary=", at_field],
    ["with a boundary of two words", good, "multipart/form-data; boundary=x y", at_field],
    ["with another boundary", good, "multipart/form-data; boundary=other", at_field],
    ["of nothing", "", TYPE, at_field],
    ["that stops half way", good.subarray(0, good.length - 40), TYPE, at_field],
    ["that stops within the JSON", good.subarray(0, 90), TYPE, at_field],
    ["that is JSON", '{"content":"said"}', TYPE, at_field],
    ["with no JSON in the field", formOf(large, payload("{")), TYPE, whole],
    ["in no UTF-8", formOf(large, [payload("")[0], Buffer.from('{"content":"\xff"}', "latin1")]), TYPE, whole],
    ["with nothing to say", formOf(large, payload("{}")), TYPE, whole],
  ])("%s", async (_, body, type, answer) => {
    const { orchard, url } = await aDoor();
    expect(await post(`${url}/discord`, body, { "content-type": type })).toMatchObject(answer);
    expect(await messagesIn(orchard)).toEqual([]);
  });
});

describe("of a form", () => {
  const json = (bytes: number) => payload(`{"content":"said"${" ".repeat(bytes - 18)}}`);

  test("the JSON has as much as without one, to the byte", async () => {
    const { orchard, url } = await aDoor();
    expect(await post(`${url}/discord`, formOf(json(limits.webhook_body_bytes)))).toMatchObject({ status: 204 });
    const larger = formOf(json(limits.webhook_body_bytes + 1), file("file", anyPng()));
    expect(await post(`${url}/discord`, larger)).toMatchObject(refused("too_large", 413));
    expect(await messagesIn(orchard)).toHaveLength(1);
  });

  test("the whole has a bound, to the byte, whether its length is told or not", async () => {
    const { orchard, url } = await aDoor();
    const around = formOf(json(20), file("file", pngOfBytes(1_000))).length - 1_000;
    const of = (bytes: number) => formOf(json(20), file("file", pngOfBytes(bytes - around)));
    const streamed = (bytes: number) => new Blob([of(bytes)]).stream();
    const most = limits.webhook_form_bytes;
    expect(await post(`${url}/discord`, of(most))).toMatchObject({ status: 204 });
    expect(await post(`${url}/discord`, streamed(most))).toMatchObject({ status: 204 });
    expect(await post(`${url}/discord`, of(most + 1))).toMatchObject(refused("too_large", 413));
    expect(await post(`${url}/discord`, streamed(most + 1))).toMatchObject(refused("too_large", 413));
    expect(await messagesIn(orchard)).toHaveLength(2);
  });
});

test("a form whose connection breaks off says nothing, and is no fault", async () => {
  const { orchard, url } = await aDoor();
  const body = formOf(payload('{"content":"said"}'), file("file", pngOfBytes(100_000)));
  for (const length of [`content-length: ${body.length}`, "transfer-encoding: chunked"]) {
    const client = await rawClient(server.url);
    client.write(
      [`POST ${url}/discord HTTP/1.1`, "host: orchard", `content-type: ${TYPE}`, length, "", ""].join("\r\n"),
    );
    client.write(
      length.startsWith("content") ? body.subarray(0, 50_000) : `c350\r\n${body.toString("latin1", 0, 50_000)}`,
    );
    client.socket.end();
    await client.closed;
  }
  expect(await post(`${url}/discord`, formOf(payload('{"content":"after"}')))).toMatchObject({ status: 204 });
  expect(await messagesIn(orchard)).toMatchObject([{ content: "after" }]);
});

// `POST /uploads`: an image in, as raw bytes or in a form.

import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { limits, rates } from "../../src/domain/limits.ts";
import { UPLOAD_NONCE_HEADER } from "../../src/protocol/uploads.ts";
import type { Json } from "../harness/client.ts";
import { readRows } from "../harness/database.ts";
import { heard, mostTogether } from "../harness/processes.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { bucketOf, startS3Server } from "./s3-server.ts";
import { anyPng, pngOfBytes, samples } from "./samples.ts";

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startServer();
  alice = await server.user();
});
afterAll(() => server.stop());

interface Answer {
  status: number;
  body: Json;
}

async function upload(
  body: RequestInit["body"],
  { to = server, by = alice, type }: { to?: TestServer; by?: TestUser | null; type?: string } = {},
): Promise<Answer> {
  const headers: Record<string, string> = { ...(by && { authorization: `Bearer ${by.token}` }) };
  if (type !== undefined) headers["content-type"] = type;
  const response = await fetch(`${to.url}/api/v1/uploads`, { method: "POST", headers, body: body ?? null });
  return { status: response.status, body: await response.json() };
}

function formOf(...files: [name: string, content: Blob | string, filename?: string][]): FormData {
  const form = new FormData();
  for (const [name, content, filename] of files) {
    if (typeof content === "string") form.append(name, content);
    else form.append(name, content, filename);
  }
  return form;
}

const asFile = (bytes: Uint8Array<ArrayBuffer>, type = "image/png") => new Blob([bytes], { type });

/** A body whose length isn't told. */
function streamed(bytes: Uint8Array, step = 64 * 1024): ReadableStream {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + step));
      at += step;
    },
  });
}

const damaged_png = pngOfBytes(1_000).subarray(0, 500);
const refusal = (code: string, details?: object) => ({
  ...{ success: false, code, message: expect.any(String) },
  ...(details && { details }),
});
const bad_file = { status: 400, body: refusal("bad_request", { path: "file" }) };
const too_large = { status: 413, body: refusal("too_large") };

/** The names of all files below the uploads folder. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, "uploads"), { recursive: true, withFileTypes: true });
  return entries.flatMap((one) => (one.isFile() ? [one.name] : [])).sort();
}

describe("an image is taken", () => {
  for (const [name, { bytes, type, width, height }] of Object.entries(samples)) {
    const expected = {
      status: 201,
      body: {
        ...{ success: true, id: expect.any(Number), url: expect.any(String) },
        ...{ name: expect.any(String), width, height, type, bytes: bytes.length },
      },
    };
    test(`as the raw bytes of a ${name}`, async () => {
      const answer = await upload(bytes, { type: "application/octet-stream" });
      expect(answer).toEqual(expected);
      expect(answer.body.url).toMatch(new RegExp(`^/api/v1/uploads/${answer.body.id}/[\\w-]{22}$`));
    });

    test(`as a ${name} in a form`, async () => {
      expect(await upload(formOf(["file", asFile(bytes, type), `picture.${name}`]))).toEqual(expected);
    });
  }

  test("whatever it is called and declared to be", async () => {
    const { bytes } = samples["png"] ?? { bytes: anyPng() };
    for (const type of [undefined, "text/html", "application/json", "image/gif", "nonsense"]) {
      const answer = await upload(bytes, type === undefined ? {} : { type });
      expect(answer).toMatchObject({ status: 201, body: { type: "image/png" } });
    }
    const form = formOf(["file", asFile(bytes, "text/html"), "../../etc/passwd\0.html"]);
    expect(await upload(form)).toMatchObject({ status: 201, body: { type: "image/png" } });
  });

  test("among other fields of a form", async () => {
    const form = formOf(["title", "a picture"], ["file", asFile(anyPng()), "a.png"], ["other", asFile(anyPng()), "b"]);
    expect(await upload(form)).toMatchObject({ status: 201 });
  });

  test("when its length isn't told", async () => {
    const bytes = pngOfBytes(200_000);
    expect(await upload(streamed(bytes))).toMatchObject({ status: 201, body: { bytes: bytes.length } });
  });

  test("each time it comes, under its hash and an id of its own", async () => {
    const bytes = pngOfBytes(12_345);
    const bob = await server.user();
    const before = await filesOf(server.folder);
    const answers = await Promise.all([upload(bytes), upload(bytes), upload(bytes, { by: bob })]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
    const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const keys = answers.map(({ body }) => `${hash}.${body.id}`);
    expect((await filesOf(server.folder)).filter((name) => !before.includes(name)).sort()).toEqual(keys.sort());
    const rows = readRows(server.folder, "SELECT user_id FROM uploads WHERE hash = ? ORDER BY user_id", [hash]);
    expect(rows.map(({ user_id }) => user_id)).toEqual([alice.id, alice.id, bob.id]);
  });
});

describe("under an Idempotency-Key", () => {
  const send = async (nonce: string, body = anyPng()): Promise<Answer> => {
    const headers = { authorization: `Bearer ${alice.token}`, [UPLOAD_NONCE_HEADER]: nonce };
    const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body });
    return { status: response.status, body: await response.json() };
  };

  test("an image is taken once, however often it comes", async () => {
    const bytes = anyPng();
    const first = await send("once", bytes);
    expect(first.status).toBe(201);
    expect(await Promise.all([send("once", bytes), send("once", bytes)])).toEqual([first, first]);
    expect((await send("twice", bytes)).body.id).not.toBe(first.body.id);
  });

  test("that is none, nothing is taken", async () => {
    for (const nonce of ["", "n".repeat(limits.nonce_length + 1)]) {
      expect(await send(nonce)).toEqual({ status: 400, body: refusal("bad_request", { path: UPLOAD_NONCE_HEADER }) });
    }
  });
});

describe("who isn't logged in", () => {
  test("uploads nothing, whether it is an image or not", async () => {
    const unauthorized = { status: 401, body: refusal("unauthorized") };
    for (const body of [anyPng(), "words", null]) expect(await upload(body, { by: null })).toEqual(unauthorized);
    expect(await upload(anyPng(), { by: { ...alice, token: "no-such-token" } })).toEqual(unauthorized);
  });

  test("nor does who has logged out", async () => {
    const carol = await server.user();
    await server.call("POST", "/user/logout", undefined, carol.token);
    expect(await upload(anyPng(), { by: carol })).toMatchObject({ status: 401 });
  });
});

describe("what can't be kept", () => {
  test.each([
    ["nothing", null],
    ["half an image", damaged_png],
    ["what begins as an image", "GIF89a, and no more of it"],
  ])("%s is refused, raw and in a form", async (_, body) => {
    expect(await upload(body, { type: "image/png" })).toEqual(bad_file);
    const form = formOf(["file", new Blob(body === null ? [] : [body], { type: "image/png" }), "picture.png"]);
    expect(await upload(form)).toEqual(bad_file);
  });

  test.each([
    ["without a file", () => formOf(["title", "a picture"])],
    ["with a file of another name", () => formOf(["image", asFile(anyPng()), "a.png"])],
    ["with words for a file", () => formOf(["file", "GIF89a"])],
    ["with two files", () => formOf(["file", asFile(anyPng()), "a.png"], ["file", asFile(anyPng()), "b.png"])],
  ])("a form %s is refused", async (_, form) => {
    expect(await upload(form())).toEqual(bad_file);
  });

  test.each([
    ["no boundary", "multipart/form-data", "--x\r\n\r\n--x--"],
    ["another boundary", "multipart/form-data; boundary=y", "--x\r\n\r\n--x--"],
    [
      "no end",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nab',
    ],
    ["nothing in it", "multipart/form-data; boundary=x", ""],
    ["an image for a form", "multipart/form-data; boundary=x", anyPng()],
    ["a thousand parts", "multipart/form-data; boundary=x", `${"--x\r\n\r\n\r\n".repeat(1000)}--x--`],
  ])("a form with %s is refused", async (_, type, body) => {
    expect(await upload(body, { type })).toEqual(bad_file);
  });

  test("a form of 150,000 fields is refused, and so many looked at as it may have", async () => {
    const field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
    const looked = spyOn(Response.prototype, "formData");
    const answer = await upload(`${field.repeat(150_000)}--x--\r\n`, { type: "multipart/form-data; boundary=x" });
    expect(answer).toEqual(bad_file);
    expect(looked.mock.calls.length).toBeLessThanOrEqual(limits.upload_form_parts);
    looked.mockRestore();
  });

  test("leaves nothing on the disk", async () => {
    const before = await filesOf(server.folder);
    await upload(damaged_png);
    expect(await filesOf(server.folder)).toEqual(before);
  });
});

describe("the limit of size", () => {
  test("is kept to the byte", async () => {
    const largest = pngOfBytes(limits.upload_bytes);
    expect(await upload(largest)).toMatchObject({ status: 201, body: { bytes: limits.upload_bytes } });
    expect(await upload(formOf(["file", asFile(largest), "a.png"]))).toMatchObject({ status: 201 });
    expect(await upload(streamed(largest))).toMatchObject({ status: 201 });
  });

  test("is not passed by one byte, whether its length is told or not, or it comes in a form", async () => {
    const larger = pngOfBytes(limits.upload_bytes + 1);
    expect(await upload(larger)).toEqual(too_large);
    expect(await upload(streamed(larger))).toEqual(too_large);
    expect(await upload(formOf(["file", asFile(larger), "a.png"]))).toEqual(too_large);
    const words = "x".repeat(limits.upload_bytes + limits.upload_wrapping_bytes);
    expect(await upload(formOf(["file", asFile(anyPng()), "a.png"], ["title", words]))).toEqual(too_large);
  });

  test("is told at once when much more is announced, and before any of it came", async () => {
    expect(await upload(Buffer.alloc(30 * 1024 * 1024))).toEqual(too_large);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const first = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    const head = ["POST /api/v1/uploads HTTP/1.1", "host: orchard", `authorization: Bearer ${alice.token}`];
    socket.write([...head, `content-length: ${limits.upload_bytes + 1}`, "", ""].join("\r\n"));
    expect(await first).toStartWith("HTTP/1.1 413");
    socket.destroy();
  });

  test("does not hold for who isn't logged in: they are told so first", async () => {
    expect(await upload(Buffer.alloc(30 * 1024 * 1024), { by: null })).toMatchObject({ status: 401 });
  });
});

test("an upload that breaks off leaves nothing, and the server as it was", async () => {
  const before = [await filesOf(server.folder), readRows(server.folder, "SELECT id FROM uploads")];
  const { hostname, port } = new URL(server.url);
  const head = ["POST /api/v1/uploads HTTP/1.1", "host: orchard", `authorization: Bearer ${alice.token}`];
  for (const length of ["content-length: 1000", "transfer-encoding: chunked"]) {
    const socket = connect(Number(port), hostname);
    socket.write([...head, length, "", "123\r\nhalf an image"].join("\r\n"));
    await new Promise<void>((resolve) => socket.end(resolve));
  }
  expect(await upload(damaged_png)).toEqual(bad_file);
  expect([await filesOf(server.folder), readRows(server.folder, "SELECT id FROM uploads")]).toEqual(before);
});

test("who uploads too much in too short a time is told to wait, others are not", async () => {
  const few = { burst: 8, per_s: 0.001 };
  const limited = await startServer({ rate_limits: true, rates: { ...rates, uploads_per_user: few } });
  const [carol, dave] = [await limited.user(), await limited.user()];
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429) statuses.push((await upload(damaged_png, { to: limited, by: carol })).status);
  expect(new Set(statuses)).toEqual(new Set([400, 429]));
  const taken = statuses.length - 1;
  expect([taken >= few.burst, taken <= mostTogether(few)]).toEqual([true, true]);
  await heard(limited.url);
  expect(await upload(anyPng(), { to: limited, by: carol })).toEqual({
    status: 429,
    body: refusal("rate_limited", { retry_after_ms: expect.any(Number) }),
  });
  expect(await upload(anyPng(), { to: limited, by: dave })).toMatchObject({ status: 201 });
  await limited.stop();
});

describe("a disk that takes nothing", () => {
  test("is answered with unavailable, leaves nothing, and works again when it takes something", async () => {
    const own = await startServer();
    const by = await own.user();
    const bytes = anyPng();
    const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const in_the_way = join(own.folder, "uploads", hash.slice(0, 2));
    await writeFile(in_the_way, "");
    expect(await upload(bytes, { to: own, by })).toEqual({ status: 503, body: refusal("unavailable") });
    expect(await filesOf(own.folder)).toEqual([hash.slice(0, 2)]);
    expect(readRows(own.folder, "SELECT id FROM uploads")).toEqual([]);
    await rm(in_the_way);
    expect(await upload(bytes, { to: own, by })).toMatchObject({ status: 201 });
    await own.stop();
  });
});

describe("with a bucket", () => {
  test("an image goes there, and comes from there", async () => {
    const s3 = startS3Server();
    const own = await startServer({ uploads_bucket: bucketOf(s3) });
    const by = await own.user();
    const bytes = anyPng();
    const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const [first, second] = [await upload(bytes, { to: own, by }), await upload(bytes, { to: own, by })];
    expect([first.status, second.status]).toEqual([201, 201]);
    const place = `/orchard/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
    expect([...s3.objects]).toEqual(
      [first, second].map(({ body }) => [`${place}.${body.id}`, Buffer.from(bytes)]) as never,
    );
    const found = await fetch(`${own.url}${second.body.url}`, { redirect: "error" });
    expect([found.status, found.headers.get("content-type"), await found.bytes()]).toEqual([
      200,
      "image/png",
      bytes,
    ] as never);
    const head = await fetch(`${own.url}${second.body.url}`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    s3.failing = 503;
    expect(await upload(anyPng(), { to: own, by })).toEqual({ status: 503, body: refusal("unavailable") });
    expect((await fetch(`${own.url}${second.body.url}`)).status).toBe(503);
    s3.failing = null;
    s3.objects.clear();
    expect((await fetch(`${own.url}${second.body.url}`)).status).toBe(404);
    await own.stop();
    await s3.stop();
  });
});

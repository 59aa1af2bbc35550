// `GET /uploads/:id/:key`: a file out, to whoever has its address.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRows } from "../harness/database.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { samples } from "./samples.ts";

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startServer();
  alice = await server.user();
});
afterAll(() => server.stop());

const bytesOf = (name: string) => samples[name]?.bytes ?? new Uint8Array();

async function upload(bytes: Uint8Array<ArrayBuffer>): Promise<{ id: number; url: string }> {
  const headers = { authorization: `Bearer ${alice.token}` };
  const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: bytes });
  return (await response.json()) as { id: number; url: string };
}

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);
const not_found = { success: false, code: "not_found", message: expect.any(String) };

describe("an upload", () => {
  test.each(Object.keys(samples))("is read as it was sent, by anyone: %s", async (name) => {
    const { bytes, type, extension } = samples[name] ?? { bytes: new Uint8Array(), type: "", extension: "" };
    const { id, url } = await upload(bytes);
    const response = await get(url);
    expect(response.status).toBe(200);
    expect(await response.bytes()).toEqual(bytes);
    const names = ["content-type", "content-length", "content-disposition"];
    expect(names.map((one) => response.headers.get(one))).toEqual([
      type,
      String(bytes.length),
      `inline; filename="${id}.${extension}"`,
    ]);
  });

  test("may be kept for ever by its reader alone, and does nothing as a page", async () => {
    const { headers } = await get((await upload(bytesOf("gif"))).url);
    expect(headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(headers.get("vary")).toBe("origin");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const policy = headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "sandbox"]));
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  });

  test("is not sent again to who has it", async () => {
    const { url } = await upload(bytesOf("png"));
    const tag = (await get(url)).headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const response = await get(url, { headers: { "if-none-match": known } });
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", tag]);
      expect(response.headers.get("cache-control")).toContain("immutable");
    }
    for (const other of ['"other"', "", tag.slice(1, -1)]) {
      expect((await get(url, { headers: { "if-none-match": other } })).status).toBe(200);
    }
  });

  test("has the same tag as another with the same bytes, and no other", async () => {
    const [one, same, other] = [
      await upload(bytesOf("png")),
      await upload(bytesOf("png")),
      await upload(bytesOf("gif")),
    ];
    const tags = await Promise.all([one, same, other].map(async ({ url }) => (await get(url)).headers.get("etag")));
    expect(tags[1]).toBe(tags[0] as string);
    expect(tags[2]).not.toBe(tags[0] as string);
  });

  test("tells its length without its bytes", async () => {
    const { url } = await upload(bytesOf("webp"));
    const response = await get(url, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("content-length")).toBe(String(bytesOf("webp").length));
    expect(response.headers.get("content-type")).toBe("image/webp");
  });

  test("is sent in parts", async () => {
    const { url } = await upload(bytesOf("jpeg"));
    const response = await get(url, { headers: { range: "bytes=2-9" } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes 2-9/${bytesOf("jpeg").length}`);
    expect(await response.bytes()).toEqual(bytesOf("jpeg").slice(2, 10));
  });

  test("is there after a restart", async () => {
    const first = await startServer({}, join(server.folder, "other"));
    const { token } = await first.user();
    const headers = { authorization: `Bearer ${token}` };
    const init = { method: "POST", headers, body: bytesOf("avif") };
    const { url } = (await (await fetch(`${first.url}/api/v1/uploads`, init)).json()) as { url: string };
    await first.stop();
    const second = await startServer({}, join(server.folder, "other"));
    expect(await (await fetch(`${second.url}${url}`)).bytes()).toEqual(bytesOf("avif"));
    await second.stop();
  });
});

describe("what is no upload", () => {
  test.each([
    "1",
    "0",
    "-1",
    "01",
    "1.5",
    "1e3",
    "9007199254740991",
    "9007199254740993",
    "99999999999999999999",
    "abc",
    "..",
    "%2e%2e",
    "..%2f..%2forchard.db",
    "..%5c..%5corchard.db",
    "%00",
    "1%00",
    "%F0%9F%8D%8E",
    "%ff",
    "incoming",
    "__proto__",
    "1;drop%20table%20uploads",
  ])("is answered 404, as JSON: %s", async (id) => {
    const response = await get(`/api/v1/uploads/${id}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(response.headers.get("cache-control") ?? "no-store").toBe("no-store");
    expect(await response.json()).toMatchObject({
      success: false,
      code: expect.stringMatching(/^(not_found|unknown_type)$/),
    });
  });

  test("has no hash for an address, and no folder", async () => {
    await upload(bytesOf("png"));
    const [row] = readRows(server.folder, "SELECT hash FROM uploads");
    expect((await get(`/api/v1/uploads/${row?.["hash"]}`)).status).toBe(404);
    expect((await get("/api/v1/uploads")).status).toBe(404);
    expect((await get("/api/v1/uploads/")).status).toBe(404);
  });

  test("has no tag, either", async () => {
    const response = await get("/api/v1/uploads/1", { headers: { "if-none-match": "*" } });
    expect([response.status, await response.json()]).toEqual([404, not_found] as never);
  });
});

test("an upload whose bytes somebody took away is not found", async () => {
  const { id, url } = await upload(bytesOf("lossless webp"));
  const entries = await readdir(join(server.folder, "uploads"), { recursive: true, withFileTypes: true });
  const tag = (await get(url)).headers.get("etag")?.slice(1, -1);
  const entry = entries.find(({ name }) => name === `${tag}.${id}`);
  const path = join(entry?.parentPath ?? "", entry?.name ?? "");
  await rm(path);
  const response = await get(url);
  expect([response.status, await response.json()]).toEqual([404, not_found] as never);
  await writeFile(path, bytesOf("lossless webp"));
  expect((await get(url)).status).toBe(200);
});

// HTTP that no well-behaved client sends, byte by byte: it is refused or the connection closes, no second request slips
// in behind a malformed one, and nothing fails inside.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { calls } from "../../src/protocol/http.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { keepable } from "../text/texts.ts";
import { exchange, requestOf, statusesIn } from "./raw.ts";

const SECRET = "nobody may read this";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await writeFile(join(server.folder, "secret.txt"), SECRET);
});

afterAll(async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const stopped = server.stop();
  expect(metrics).toContain("orchard_faults_total 0");
  await stopped;
});

const LOGIN = "POST /api/v1/user/login";
const CHUNKED = ["Transfer-Encoding: chunked"];
/** Behind a body that can't be told from it. */
const SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: orchard.test\r\n\r\n";
const kept = (request: string) => request.replace("Connection: close\r\n", "");

describe("a malformed request", () => {
  test.each([
    ["that is no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["of HTTP/0.9", "GET /healthz\r\n\r\n"],
    ["of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["with bare line feeds", "GET /healthz HTTP/1.1\nHost: orchard.test\n\n"],
    ["without a host", "GET /healthz HTTP/1.1\r\n\r\n"],
    ["with a host of control characters", kept(requestOf("GET /healthz", [], "", "\x01 /.."))],
    ["with a NUL in its path", kept(requestOf("GET /heal\0thz"))],
    ["with a NUL in a header", kept(requestOf("GET /healthz", ["X-Odd: a\0b"]))],
    ["with a blank in a header's name", kept(requestOf("GET /healthz", ["X Odd : b"]))],
    ["with a header of 2 MB", kept(requestOf("GET /healthz", [`X-Odd: ${"a".repeat(2_000_000)}`]))],
    [
      "with 1,000 headers",
      kept(
        requestOf(
          "GET /healthz",
          Array.from({ length: 1_000 }, (_, at) => `X-${at}: 1`),
        ),
      ),
    ],
    ["with an address of 20,000 characters", kept(requestOf(`GET /${"a".repeat(20_000)}`))],
    ["with two lengths", kept(requestOf(LOGIN, ["Content-Length: 2", "Content-Length: 5"], "{}"))],
    ["with a length below zero", kept(requestOf(LOGIN, ["Content-Length: -1"], "{}"))],
    ["with a length in letters", kept(requestOf(LOGIN, ["Content-Length: two"], "{}"))],
    ["with a length of twenty digits", kept(requestOf(LOGIN, [`Content-Length: ${"9".repeat(20)}`], "{}"))],
    ["with a length and chunks", kept(requestOf(LOGIN, ["Content-Length: 4", ...CHUNKED], "0\r\n\r\n"))],
    ["with a length above the limit", kept(requestOf(LOGIN, ["Content-Length: 99999999"], "{}"))],
    ["in an unknown transfer encoding", kept(requestOf(LOGIN, ["Transfer-Encoding: gzip"], "{}"))],
    ["whose chunk has no size", kept(requestOf(LOGIN, CHUNKED, "zz\r\n{}\r\n0\r\n\r\n"))],
    ["whose chunk is below zero", kept(requestOf(LOGIN, CHUNKED, "-2\r\n{}\r\n0\r\n\r\n"))],
    ["whose chunk is larger than any number", kept(requestOf(LOGIN, CHUNKED, "ffffffffffffffff\r\n{}\r\n0\r\n\r\n"))],
    ["whose chunk is longer than its size", kept(requestOf(LOGIN, CHUNKED, "1\r\n{}\r\n0\r\n\r\n"))],
  ])("%s ends the connection, and what is behind it is not read", async (_, request) => {
    const answer = await exchange(server, request + SMUGGLED);
    const statuses = statusesIn(answer);
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) expect([400, 413, 431, 505]).toContain(status);
    expect(answer).not.toContain('"success":true');
  });

  test.each([
    ["names no host", "GET /readyz HTTP/1.0\r\nConnection: close\r\n\r\n"],
    ["names none and has a body", `${LOGIN} HTTP/1.0\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`],
    ["asks for a page so", "GET / HTTP/1.0\r\nAccept: text/html\r\nConnection: close\r\n\r\n"],
    ["asks for a socket so", "GET /subscribe HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["names a host that is none", "GET /readyz HTTP/1.0\r\nHost: a b\r\nConnection: close\r\n\r\n"],
  ])("of HTTP/1.0 that %s is refused", async (_, request) => {
    expect(statusesIn(await exchange(server, request))).toEqual([400]);
  });

  test("that names its host in HTTP/1.0 is none", async () => {
    const request = "GET /readyz HTTP/1.0\r\nHost: orchard.test\r\nConnection: close\r\n\r\n";
    expect(statusesIn(await exchange(server, request))).toEqual([200]);
  });

  test("does not hold up others", async () => {
    expect(statusesIn(await exchange(server, requestOf("GET /healthz")))).toEqual([200]);
  });
});

describe("a method", () => {
  test.each(["BREW", "get", "G E T", "", "A".repeat(5_000), "\xff", "__proto__"])(
    "such as %j is not served",
    async (method) => {
      const answer = await exchange(server, kept(requestOf(`${method} /api/v1/user/profile`)));
      expect(statusesIn(answer).filter((status) => status < 400)).toEqual([]);
    },
  );

  test.each(["TRACE", "CONNECT", "PROPFIND", "PUT", "PATCH", "DELETE"])("%s has no call", async (method) => {
    const answer = await exchange(server, requestOf(`${method} /api/v1/user/profile`));
    expect(statusesIn(answer)).toEqual([404]);
    expect(answer).toContain('"code":"unknown_type"');
  });

  test("HEAD is answered without a body", async () => {
    const answer = await exchange(server, requestOf("HEAD /healthz"));
    expect(statusesIn(answer)).toEqual([200]);
    expect(answer).toEndWith("\r\n\r\n");
  });
});

describe("chunks", () => {
  test("are a body like any other", async () => {
    const body = JSON.stringify({ username: "nobody", password: "correct horse battery" });
    const chunks = [...body].map((character) => `1;odd=extension\r\n${character}\r\n`).join("");
    const answer = await exchange(server, requestOf(LOGIN, CHUNKED, `${chunks}0\r\n\r\n`));
    expect(statusesIn(answer)).toEqual([401]);
  });
});

describe("a path that leads out of the uploads", () => {
  const ups = [
    ...[
      "..",
      "%2e%2e",
      "%2E.",
      ".%2e",
      "%252e%252e",
      "%c0%ae%c0%ae",
      "%e0%80%ae.",
      "%uff0e%uff0e",
      "..;",
      "....",
      "..%20",
    ],
    ...["..%00", "%00..", "．．", "\xc0\xae\xc0\xae"],
  ];
  const slashes = ["/", "%2f", "%2F", "%252f", "\\", "%5c", "%c0%af", "//", "/./", "%2f%2f"];
  const paths = ups.flatMap((up) => slashes.map((slash) => `${up}${slash}secret.txt`));

  test.each([
    ["alone", (path: string) => `/${path}`],
    ["below the calls", (path: string) => `/api/v1/${path}`],
    ["in place of an id", (path: string) => `/api/v1/uploads/${path}`],
    ["after an id", (path: string) => `/api/v1/uploads/5/${path}`],
    ["several times", (path: string) => `/api/v1/uploads/${path.replace("secret.txt", "").repeat(4)}${path}`],
    ["with a whole address", (path: string) => `http://orchard.test/api/v1/uploads/${path}`],
    ["with what ends texts", (path: string) => `/api/v1/uploads/${path}%00.png`],
  ])("%s leads nowhere, in every encoding", async (_, placed) => {
    const answers = await Promise.all(
      paths.map((path) => exchange(server, requestOf(`GET ${encodeLatin(placed(path))}`))),
    );
    for (const [at, answer] of answers.entries()) {
      expect(answer).not.toContain(SECRET);
      expect([paths[at], statusesIn(answer).filter((status) => status < 400 || status >= 500)]).toEqual([
        paths[at],
        [],
      ]);
    }
  });

  test.each([
    "0",
    "-1",
    "1.0",
    "1e3",
    "0x10",
    "%31",
    "５",
    "9".repeat(16),
    "9".repeat(400),
    "5%20",
    "NaN",
    "5;",
    "5,6",
    "__proto__",
  ])("an id such as %j is that of no upload", async (id) => {
    const answer = await exchange(server, requestOf(`GET /api/v1/uploads/${encodeLatin(id)}`));
    expect(statusesIn(answer)).toEqual([404]);
  });
});

/** The bytes of UTF-8, a character each. */
const encodeLatin = (text: string) => Buffer.from(text, "utf8").toString("latin1");

describe("a host", () => {
  test.each(["x", "nas", "tv:80", "a.b", "[::1]:3000", "192.168.1.2", "h".repeat(5_000)])(
    "such as %j finds all routes",
    async (host) => {
      const ask = async (line: string, body = "") =>
        statusesIn(await exchange(server, requestOf(line, [`Content-Length: ${body.length}`], body, host)));
      expect(await ask("GET /healthz")).toEqual([200]);
      expect(await ask("GET /api/v1/uploads/5")).toEqual([404]);
      expect(await ask("GET /api/v1/validate_jwt")).toEqual([401]);
      expect(await ask(LOGIN, "{}")).toEqual([400]);
      expect(await ask("GET /nowhere/at/all")).toEqual([404]);
    },
  );
});

describe("a token", () => {
  test.each([
    ["of odd bytes", "Authorization: Bearer \xff\xfe"],
    ["of 15,000 characters", `Authorization: Bearer ${"a".repeat(15_000)}`],
    ["of dots", "Authorization: Bearer ..."],
    ["of JSON", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."],
    ["twice", "Authorization: Bearer a\r\nAuthorization: Bearer b"],
    ["that is empty", "Authorization: Bearer "],
    ["without a scheme", "Authorization: a.b.c"],
  ])("%s is a bad one", async (_, header) => {
    expect(statusesIn(await exchange(server, requestOf("GET /api/v1/validate_jwt", [header])))).toEqual([401]);
  });
});

describe("any body", () => {
  const bodies = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc
      .dictionary(fc.constantFrom("username", "password", "email", "new_password", "__proto__"), fc.jsonValue())
      .map((fields) => Buffer.from(JSON.stringify(fields))),
    fc
      .record({ username: fc.constantFrom(...keepable), password: fc.constantFrom(...keepable) })
      .map((fields) => Buffer.from(JSON.stringify(fields))),
  );
  const types = fc.constantFrom(
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "x/\u00ff",
    "",
  );
  const with_body = [...Object.values(calls), { method: "POST", path: "/uploads" } as const].filter(
    ({ method }) => method !== "GET",
  );

  test.each(with_body.map(({ method, path }) => [method, path]))(
    "of %s %s, in any type, has an answer that blames who sent it",
    async (method, path) => {
      const { token } = await server.user();
      const asked = fc.asyncProperty(bodies, types, async (body, type) => {
        const headers = { authorization: `Bearer ${token}`, "content-type": type };
        const response = await fetch(`${server.url}/api/v1${path}`, { method, headers, body });
        const { success, code } = (await response.json()) as { success: boolean; code?: string };
        expect(
          success ? response.status < 300 : response.status >= 400 && response.status < 500 && code !== undefined,
        ).toBe(true);
      });
      await fc.assert(asked, { numRuns: 40, seed: 1 });
    },
  );
});

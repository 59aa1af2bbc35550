// A start that fails names the variable to look at and what to do, in one line without a stack, and ends with 2 where
// starting again can't help. It shows no more of an address than its host.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { readConfig } from "../../src/config.ts";
import { FailedStart, startFault } from "../../src/failed-start.ts";
import { program } from "../harness/program.ts";
import { freePorts } from "../harness/sqld.ts";

const answers: Record<string, () => Response> = {
  "/401": () => new Response("no", { status: 401 }),
  "/404": () => new Response("no", { status: 404 }),
  "/503": () => new Response("no", { status: 503 }),
  "/html": () => new Response("<p>Hello", { headers: { "content-type": "text/html" } }),
};
let folder: string;
/** Another program: its path says how it answers. */
let other: Bun.Server<undefined>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-starts-"));
  other = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    fetch: ({ url }) => answers[`/${new URL(url).pathname.split("/")[1]}`]?.() ?? new Response(),
  });
});
afterAll(async () => {
  await other.stop(true);
  await rm(folder, { recursive: true });
});

async function failedStart(settings: Record<string, string>): Promise<{ code: number; reason: string }> {
  const own = await mkdtemp(join(folder, "own-"));
  const standing = { ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0", ORCHARD_LOG: "warn" };
  const { exitCode, stdout, stderr } = await Program.run(program, own, { ...standing, ...settings });
  expect(stdout).toBe("");
  const lines = stderr.trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(stderr).not.toMatch(/hunter2|stack/);
  const { msg, reason } = JSON.parse(lines[0] ?? "");
  expect(msg).toBe("the server can't start");
  return { code: exitCode, reason };
}

describe("where it listens", () => {
  test("a name without an address is told", async () => {
    const { code, reason } = await failedStart({ ORCHARD_HOST: "nowhere.invalid" });
    expect(reason).toStartWith("ORCHARD_HOST: ");
    expect(reason).toContain("nowhere.invalid");
    // Without any name server it can't be told from one that may answer yet.
    expect(reason.includes("no name server") ? 1 : 2).toBe(code);
  });

  test.each(["203.0.113.7", "2001:db8::7"])("%s of another machine is told", async (host) => {
    const { code, reason } = await failedStart({ ORCHARD_HOST: host });
    expect(reason).toStartWith(`ORCHARD_HOST: ${host} is no address of this machine`);
    expect(code).toBe(2);
  });

  test("a port that another program has is told", async () => {
    const taken = await failedStart({ ORCHARD_PORT: String(other.port) });
    const reason = `another program listens on 127.0.0.1:${other.port}: stop it, or set ORCHARD_PORT`;
    expect(taken).toEqual({ code: 1, reason });
  });
});

describe("files", () => {
  test.each([
    ["ORCHARD_UPLOADS_DIR", import.meta.path, "a file and no folder"],
    ["ORCHARD_UPLOADS_DIR", join(import.meta.path, "uploads"), "a file and no folder"],
    ["ORCHARD_DATABASE_URL", `file:${join(import.meta.path, "orchard.db")}`, "a file and no folder"],
    ["ORCHARD_DATABASE_URL", "file:/proc/orchard.db", "nothing can be made there"],
    ["ORCHARD_DATABASE_URL", "file:/dev/null", "it is no database"],
  ])("%s=%s can't be used, and will not", async (name, value, why) => {
    const { code, reason } = await failedStart({ [name]: value });
    expect(reason).toStartWith(`${name}: `);
    expect(reason).toContain(value.replace("file:", ""));
    expect(reason).toContain(`can't be used: `);
    expect(reason).toContain(why);
    expect(code).toBe(2);
  });

  test("a folder, and a file of another program's, are no database, and nothing is made beside them", async () => {
    const strange = join(folder, "strange");
    await mkdir(join(strange, "photos"), { recursive: true });
    await Bun.write(join(strange, "photo.png"), `\x89PNG\r\n\x1a\n${"x".repeat(100)}`);
    await Bun.write(join(strange, "short"), "x");
    for (const [name, why] of [
      ["photos", "it is a folder: name a file in it"],
      ["photo.png", "it is no database"],
      ["short", "it is no database"],
    ] as const) {
      const { code, reason } = await failedStart({ ORCHARD_DATABASE_URL: `file:${join(strange, name)}` });
      expect(reason).toStartWith(`ORCHARD_DATABASE_URL: the database ${join(strange, name)} can't be used: ${why}`);
      expect(code).toBe(2);
    }
    expect((await readdir(strange)).sort()).toEqual(["photo.png", "photos", "short"]);
  });
});

describe("a database server", () => {
  const address = (path = "") => `127.0.0.1:${other.port}${path}`;

  test("that is away is told by its host, and starting again may help", async () => {
    const [port] = freePorts();
    for (const scheme of ["http", "ws", "https"]) {
      const url = `${scheme}://someone:hunter2@127.0.0.1:${port}/?authToken=hunter2`;
      const { code, reason } = await failedStart({ ORCHARD_DATABASE_URL: url });
      expect(reason).toStartWith(
        `ORCHARD_DATABASE_URL: the database server ${scheme}://127.0.0.1:${port} can't be reached`,
      );
      expect(code).toBe(1);
    }
  });

  test("that wants a token, or another one, is told", async () => {
    const url = `http://${address("/401/")}`;
    const without = await failedStart({ ORCHARD_DATABASE_URL: url });
    expect(without.reason).toStartWith(`ORCHARD_DATABASE_AUTH_TOKEN: the database server http://${address()} wants a`);
    const wrong = await failedStart({ ORCHARD_DATABASE_URL: url, ORCHARD_DATABASE_AUTH_TOKEN: "hunter2" });
    expect(wrong.reason).toStartWith(`ORCHARD_DATABASE_AUTH_TOKEN: the database server http://${address()} refuses`);
    expect([without.code, wrong.code]).toEqual([2, 2]);
  });

  test.each(["http://ADDRESS/404/", "http://ADDRESS/html/", "ws://someone:hunter2@ADDRESS/html/"])(
    "is none at %s",
    async (url) => {
      const { code, reason } = await failedStart({ ORCHARD_DATABASE_URL: url.replace("ADDRESS", address()) });
      expect(reason).toStartWith("ORCHARD_DATABASE_URL: ");
      expect(reason).toContain(`://${address()} is`);
      expect(code).toBe(2);
    },
  );

  test("that can't answer now is waited for by who starts it again", async () => {
    const { code, reason } = await failedStart({ ORCHARD_DATABASE_URL: `http://${address("/503/")}` });
    expect(reason).toContain("can't answer now (HTTP status 503)");
    expect(code).toBe(1);
  });

  test("has an address without anything behind", async () => {
    const { code, reason } = await failedStart({ ORCHARD_DATABASE_URL: `http://${address()}/#hunter2` });
    expect(reason).toStartWith("ORCHARD_DATABASE_URL: ");
    expect(code).toBe(2);
  });
});

test("a temporary folder from which the binary can't load its native module is told", async () => {
  const said = "the database writer stopped: error: /tmp/.bun-0.node: failed to map segment from shared object";
  const read = readConfig({});
  if (!read.ok) throw new Error("the defaults are faulty");
  const fault = await startFault(new FailedStart("database", new Error(said)), read.config);
  expect(fault).toMatchObject({ again: false, reason: expect.stringMatching(/^TMPDIR: .*must allow execution/) });
});

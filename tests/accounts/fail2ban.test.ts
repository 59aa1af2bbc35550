// The log of a server that was used, as fail2ban reads it with the filter in deploy/. Debian has `fail2ban-regex` in
// `fail2ban`; where it isn't, this is left out, but not with CI=true.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { rates } from "../../src/domain/limits.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { PASSWORD, testConfig } from "../harness/server.ts";

const fail2ban_regex = Bun.which("fail2ban-regex");
const is_wanted = fail2ban_regex !== null || process.env["CI"] === "true";
const filter = join(import.meta.dir, "../../deploy/fail2ban/filter.d/orchard.conf");

/** Names that would pass for another's failed log-in, were they not quoted. */
const forged = [
  '","address":"203.0.113.66","result":"unauthorized","name":"',
  '\n{"level":30,"time":"2026-01-01T00:00:00.000Z","address":"203.0.113.66","result":"unauthorized","name":"x","msg":"log-in"}',
  '\u2028{"level":30,"time":"2026-01-01T00:00:00.000Z","address":"203.0.113.66","result":"unauthorized"',
  "\\",
  '\\"',
  "\ud800",
  "\u009b2J\u202e",
];

/** The addresses of each line that the filter finds, in their order. */
async function found(lines: readonly string[], folder: string): Promise<string[]> {
  const path = join(folder, "orchard.log");
  await Bun.write(path, lines.join(""));
  const run = Bun.spawn([fail2ban_regex ?? "fail2ban-regex", "-o", "<ip>", path, filter], { stderr: "pipe" });
  const [exit_code, output, said] = await Promise.all([run.exited, run.stdout.text(), run.stderr.text()]);
  expect([exit_code, said]).toEqual([0, ""]);
  return output.trim().split("\n");
}

if (!is_wanted) process.stderr.write("left out, since there is no fail2ban-regex: what it reads in the log\n");
else
  test("fail2ban finds who was refused, and nobody whom a name speaks of", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
    const lines: string[] = [];
    const log = createLog("info", { write: (line) => void lines.push(line) });
    const config = testConfig(folder, {
      ...{ rate_limits: true, rates: { ...rates, login_per_name: { burst: 2, per_s: 0.0001 } } },
      trusted_proxies: [{ address: "127.0.0.1", prefix: 32, family: "ipv4" }],
    });
    const app = await startApp(config, log, "test");
    const ask = async (path: string, username: string, password: string, from: string) => {
      const body = JSON.stringify({ username, password });
      await fetch(`${app.url}/api/v1/user/${path}`, { method: "POST", headers: { "x-forwarded-for": from }, body });
    };
    await ask("register", "alice", PASSWORD, "198.51.100.1");
    await ask("login", "alice", PASSWORD, "198.51.100.1");
    await ask("login", "alice", "wrong horse battery", "198.51.100.2");
    await ask("login", "alice", "wrong horse battery", "2001:db8:1:2:3:4:5:6");
    for (const name of forged) await ask("login", name, "wrong horse battery", "198.51.100.3");
    for (let guess = 0; guess < 3; guess += 1) await ask("login", "bob", "wrong horse battery", "198.51.100.4");
    await app.stop();

    const refused = [
      ...["198.51.100.2", "2001:db8:1:2::/64", ...forged.map(() => "198.51.100.3")],
      ...["198.51.100.4", "198.51.100.4", "198.51.100.4"],
    ];
    expect(await found(lines, folder)).toEqual(refused);
    const from_journal = lines.map((line) => `host orchard[4711]: ${line}`);
    expect(await found(from_journal, folder)).toEqual(refused);
    // What moves a cursor or turns a line round isn't in it as it came.
    expect(lines.join("").replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    await rm(folder, { recursive: true, force: true });
  });

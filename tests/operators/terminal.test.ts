// What somebody has written reaches whoever sits at the machine as text, and never as a command to their terminal.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { foundServer } from "../harness/community.ts";
import { writeRows } from "../harness/database.ts";
import { command, commandWith } from "../harness/operators.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** An escape and a control sequence of one character, a bell, a change of direction, a tag, ends of lines. */
const evil = "a\u001b[31mb\u009b2Jc\u0007d\u202ee\u{e0041}f\r\ng\u2028h\u2029i";
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test.each(["servers", "reports"])("in the list of %s, and as JSON that says the same", async (what) => {
  const alice = await server.join();
  const server_id = await foundServer(alice);
  writeRows(server.folder, "update servers set name = ? where id = ?", [[evil, server_id]]);
  const report =
    "insert into reports (id, reporter_id, user_id, reason, evidence, created_at) values (?, ?, 1, ?, ?, 1)";
  writeRows(server.folder, report, [[server_id, alice.id, evil, JSON.stringify({ person: null, messages: [] })]]);
  const [noun, field] = what === "servers" ? ["server", "name"] : ["report", "reason"];
  for (const of_noun of [["list"], ["show", String(server_id)]]) {
    const shown = await command(server, noun, ...of_noun);
    expect(shown.code).toBe(0);
    for (const line of shown.out.split("\n")) expect(line).not.toMatch(controls);
    const { out, json } = await command(server, noun, ...of_noun, "--json");
    expect(out.trimEnd()).not.toMatch(controls);
    const found = json[what]?.find(({ id }: { id: number }) => id === server_id) ?? json[noun];
    expect(found[field]).toBe(evil);
  }
});

test("in a refusal", async () => {
  const { code, err } = await command(server, "user", "show", `nobody${evil}`);
  expect(code).toBe(1);
  expect(err.trimEnd()).not.toMatch(controls);
});

test("a page that isn't the last says how to go on", async () => {
  const ids = [(await server.user()).id, (await server.user()).id, (await server.user()).id];
  const after = ["--anchor", String((ids[0] ?? 0) - 1), "--amount", "1"];
  const { out } = await command(server, "user", "list", ...after);
  expect(out).toEndWith(`there are more: --anchor ${ids[0]}\n`);
  const last = await command(server, "user", "list", "--anchor", String(ids[1]));
  expect(last.out).not.toContain("anchor");
});

test.each([
  [["user", "list", "--status", "asleep"], "--status wants one of active, suspended, admin"],
  [["user", "list", "--amount", "many"], "--amount wants a number"],
  [["server", "show", "orchard"], "<id> wants a number"],
])("what can't be read is said to be so, with what is wanted: %p", async (args, said) => {
  const { code, out, err } = await command(server, ...args);
  expect({ code, out, err }).toEqual({ code: 2, out: "", err: `orchard: ${said}\n` });
});

test("before what can't be undone it is said once more what is meant", async () => {
  const { name } = await server.user();
  const asked = await commandWith(server, { answers: [] }, "user", "delete", name);
  expect(asked.err).toContain(`"user delete ${name} can't be undone. Do it? [y/N] "`);
  const kept = await commandWith(server, { answers: ["n"] }, "user", "delete", name);
  expect(kept).toMatchObject({ code: 1, err: "orchard: nothing was done\n" });
  const unasked = await command(server, "user", "delete", `${name}${evil}`);
  expect(unasked.code).toBe(2);
  expect(unasked.err.trimEnd()).not.toMatch(controls);
});

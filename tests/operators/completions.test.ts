// What completes commands in a shell, in the shells that are there.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completionsFor, shells } from "../../src/operators/doors/completions.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-completions-"));
  for (const shell of shells) await writeFile(join(folder, shell), completionsFor(shell) ?? "");
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash proposes for the last of these words. */
function proposed(...words: string[]): string[] {
  const list = ["orchard", ...words].map((word) => `'${word}'`).join(" ");
  const script = `source '${join(folder, "bash")}'
    COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _orchard; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = Bun.spawnSync(["bash", "--norc", "-c", script], { cwd: folder });
  return stdout.toString().split("\n").filter(Boolean);
}

describe.if(Bun.which("bash") !== null)("bash", () => {
  test.each([
    [["us"], ["user"]],
    [["user", "un"], ["unsuspend"]],
    [
      ["user", "suspend", "alice", "--"],
      ["--until", "--reason", "--json", "--help"],
    ],
    [["user", "password", "alice", "--pass"], ["--password-stdin"]],
    [
      ["user", "admin", "alice", "o"],
      ["on", "off"],
    ],
    [
      ["completions", ""],
      ["bash", "zsh", "fish", "--help"],
    ],
    [["backup", "zs"], ["zsh"]],
  ])("%p", (words, proposals) => {
    expect(proposed(...words)).toEqual(proposals);
  });
});

test.each(["zsh", "fish"])("%s reads its own", (shell) => {
  const script = completionsFor(shell) ?? "";
  for (const word of ["user", "suspend", "--until", "restore"]) expect(script).toContain(word);
  if (Bun.which(shell)) expect(Bun.spawnSync([shell, "--no-execute", join(folder, shell)]).exitCode).toBe(0);
});

test("there are none for another", () => {
  expect(completionsFor("csh")).toBeNull();
  expect(completionsFor("__proto__")).toBeNull();
});

// What completes commands in a shell, asked for in real ones as their manuals say that it is installed. A shell that isn't
// there is left out, but not with CI=true.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadline } from "../../scripts/deadline.ts";
import { completionsFor, shells } from "../../src/operators/doors/completions.ts";

type Shell = (typeof shells)[number];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-completions-"));
  const places = { bash: "bash", zsh: "functions/_orchard", fish: "fish/completions/orchard.fish" };
  for (const shell of shells) {
    const path = join(folder, places[shell]);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, completionsFor(shell) ?? "");
  }
  await mkdir(join(folder, "here"));
  // For a command that isn't there fish looks for no completions.
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/orchard"), "", { mode: 0o755 });
  await writeFile(join(folder, "here/friday.db"), "");
  await writeFile(join(folder, "here/fri day.db"), "");
});
afterAll(() => rm(folder, { recursive: true }));

/** What a shell is told before it is asked: Ctrl-X and `a` put all that is proposed into the line. */
const beginnings = {
  bash: `source ../bash; bind '"\\C-xa": insert-completions'`,
  zsh: `fpath=(../functions $fpath); autoload -Uz compinit; compinit -D -u
    zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches
    zstyle ':completion:all-matches:*' completer _all_matches _complete
    zstyle ':completion:all-matches:*' insert true`,
};
const commands = { bash: ["bash", "--norc", "--noprofile", "-i"], zsh: ["zsh", "-f", "-i"] };

/** Types the line at a terminal, and has the shell say which words it comes to. */
async function atTerminal(shell: "bash" | "zsh", line: string): Promise<string[]> {
  let shown = "";
  let look = () => {};
  const came = (pattern: RegExp) =>
    deadline(
      `${pattern} from ${shell}`,
      new Promise<string>((resolve) => {
        look = () => {
          const [found] = pattern.exec(shown) ?? [];
          if (found !== undefined) resolve(found);
        };
        look();
      }),
    );
  const child = Bun.spawn(commands[shell], {
    cwd: join(folder, "here"),
    env: { ...process.env, HOME: folder, TERM: "dumb", PS1: "" },
    terminal: {
      cols: 1_000,
      rows: 50,
      data(_, bytes) {
        shown += new TextDecoder().decode(bytes);
        look();
      },
    },
  });
  try {
    const { terminal } = child;
    // What is typed is shown as well, so the words to wait for aren't typed as they come.
    const told = `orchard() { printf '<%s>' "$@"; printf 'DO''NE\\n'; }; ${beginnings[shell]}; printf 'REA''DY\\n'\n`;
    terminal?.write(told);
    await came(/READY/);
    terminal?.write(`orchard ${line}\x18a\n`);
    const words = await came(/(<[^<>]*>)+DONE/);
    return [...words.matchAll(/<([^<>]*)>/g)].map(([, word]) => word ?? "");
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

/** What fish proposes, a line each, with what it says of it. */
function askFish(line: string): string[] {
  const env = {
    ...process.env,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
  };
  const asked = Bun.spawnSync(["fish", "-c", `complete -C "orchard ${line}"`], { cwd: join(folder, "here"), env });
  return asked.stdout.toString().split("\n").filter(Boolean);
}

/** What is proposed for the last word of the line, in whatever order. */
async function proposals(shell: Shell, line: string): Promise<string[]> {
  const before = line.split(" ").slice(0, -1);
  if (shell !== "fish") return (await atTerminal(shell, line)).slice(before.length).toSorted();
  const words = askFish(line).map((one) => one.split("\t")[0] ?? "");
  return words.map((word) => word.replaceAll("\\ ", " ")).toSorted();
}

const isWanted = (shell: Shell) => Bun.which(shell) !== null || process.env["CI"] === "true";

describe.each(shells)("%s", (shell) => {
  if (!isWanted(shell)) process.stderr.write(`left out, since there is no ${shell}: its completions\n`);

  test.if(isWanted(shell)).each([
    ["us", ["user"]],
    ["user un", ["unsuspend"]],
    ["user suspend alice --", ["--until", "--reason", "--json", "--help"]],
    ["user password alice --pass", ["--password-stdin"]],
    ["user admin alice o", ["on", "off"]],
    ["server delete 606 --y", ["--yes"]],
    ["audit --w", ["--who", "--what"]],
    ["settings ", ["list", "set", "--help"]],
    ["completions ", ["bash", "zsh", "fish", "--help"]],
    ["backup fri", ["fri day.db", "friday.db"]],
    ["user export alice frid", ["friday.db"]],
  ])("orchard %s", async (line, expected) => {
    expect(await proposals(shell, line)).toEqual(expected.toSorted());
  });
});

test.if(isWanted("fish"))("fish says what each does", () => {
  expect(askFish("rest")).toEqual(["restore\tputs such a copy in the database's place"]);
});

test("there are none for another", () => {
  expect(completionsFor("csh")).toBeNull();
  expect(completionsFor("__proto__")).toBeNull();
});

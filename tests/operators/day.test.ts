// The README's operator's day, played: its lines are typed at a terminal as they stand, one after another, while the
// people whom they concern do their part. A line that the README gets or loses has to be played here, too.
// The machine's folders are below one of the test's own, and what systemd does of the unit a few lines of shell do.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { deadline } from "../../scripts/deadline.ts";
import { post } from "../community/messages/place.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { program } from "../harness/program.ts";
import { PASSWORD, type Present, type RunningServer, serverAt } from "../harness/server.ts";

const checkout = resolve(import.meta.dir, "../..");

/** As `systemctl` does it: the folder, the environment and the mask that the unit names, and what it has started. */
const systemctl = (root: string) => `#!/bin/bash
unit='${root}/etc/systemd/system/orchard.service'
of() { sed -n "s/^$1=//p" "$unit"; }
case "$*" in
  daemon-reload) test -f "$unit" ;;
  "enable --now orchard")
    state='${root}/var/lib'
    mkdir -p -m "$(of StateDirectoryMode)" "$state/$(of StateDirectory)"
    folder=$(of WorkingDirectory)
    cd "\${folder/\\%S/$state}" && umask "$(of UMask)"
    env $(of Environment) ORCHARD_PORT=0 '${root}'"$(of ExecStart)" > '${root}/out' 2> '${root}/err' &
    echo $! > '${root}/pid'
    until grep -q 'listening on' '${root}/out' || ! kill -0 $! 2> /dev/null; do sleep 0.05; done ;;
  *) exit 1 ;;
esac
`;

let root: string;
let terminal: Terminal;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-day-"));
  const folders = ["usr/local/bin", "etc/systemd/system", "stand-in", "checkout/dist"];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await symlink(join(checkout, "deploy"), join(root, "checkout/deploy"));
  await writeFile(join(root, "stand-in/systemctl"), systemctl(root));
  await writeFile(
    join(root, "checkout/dist/orchard"),
    `#!/bin/sh\nexec ${program.map((part) => `'${part}'`).join(" ")} "$@"\n`,
  );
  await chmod(join(root, "stand-in/systemctl"), 0o755);
  terminal = new Terminal(join(root, "checkout"), `${root}/usr/local/bin:${root}/stand-in:${process.env["PATH"]}`);
});
afterAll(async () => {
  await terminal.close();
  const pid = Number(await Bun.file(join(root, "pid")).text());
  if (pid > 0) process.kill(pid, "SIGKILL");
  await rm(root, { recursive: true, force: true });
});

/** A shell that somebody sits at. */
class Terminal {
  readonly #shell: Bun.Subprocess;
  #shown = "";
  #look = () => {};

  constructor(cwd: string, path: string) {
    const env = {
      ...process.env,
      PATH: path,
      HOME: cwd,
      PS1: "said $? > ",
      TERM: "dumb",
      ORCHARD_PASSWORD_MEMORY_KIB: "1024",
    };
    this.#shell = Bun.spawn(["bash", "--norc", "--noprofile", "-i"], {
      ...{ cwd, env },
      terminal: {
        cols: 2_000,
        rows: 50,
        data: (_, bytes) => {
          this.#shown += new TextDecoder().decode(bytes);
          this.#look();
        },
      },
    });
  }

  /** Types the line, and what is asked for after it; what is shown until the next prompt, with what the line ended with. */
  async type(line: string, answers: readonly [question: string, answer: string][] = []) {
    await this.#until(/said \d+ > $/);
    this.#write(`${line}\n`);
    for (const [question, answer] of answers) {
      const shown = await this.#until(new RegExp(question));
      expect(shown).not.toContain(PASSWORD);
      this.#write(`${answer}\n`);
    }
    const shown = await this.#until(/said \d+ > $/);
    const [, out = "", code] = /^[^\n]*\n([\s\S]*)said (\d+) > $/.exec(shown) ?? [];
    return { out: out.replaceAll("\r", ""), code: Number(code) };
  }

  async close(): Promise<void> {
    this.#shell.kill("SIGKILL");
    await this.#shell.exited;
  }

  #write(text: string): void {
    this.#shown = "";
    this.#shell.terminal?.write(text);
  }

  #until(pattern: RegExp): Promise<string> {
    const { promise, resolve: found } = Promise.withResolvers<string>();
    this.#look = () => {
      if (pattern.test(this.#shown)) found(this.#shown);
    };
    this.#look();
    return deadline(`${pattern} at the terminal`, promise);
  }
}

/** The lines of the shell in this chapter of the README. */
async function linesOf(title: string): Promise<string[]> {
  const text = await Bun.file(join(checkout, "README.md")).text();
  const [, chapter = ""] = text.split(`\n## ${title}\n`);
  const [own = ""] = chapter.split(/\n##/);
  return [...own.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block?.trimEnd().split("\n") ?? []);
}

/** Whom the day is about, once the server runs. */
let server: RunningServer;
let people: Record<"zoe" | "carol" | "casino", Present>;
let place: { server_id: number; channel_id: number };
let report_id = 0;
let bob: { name: string; invite_code: string };

async function arrive(): Promise<void> {
  const [, origin = ""] = /listening on (\S+)/.exec(await Bun.file(join(root, "out")).text()) ?? [];
  server = serverAt(origin, join(root, "var/lib/orchard/data"));
  people = { zoe: await server.join("zoe"), carol: await server.join("carol"), casino: await server.join("casino") };
  const server_id = await foundServer(people.zoe);
  await inviteInto(server_id, people.zoe, people.carol, people.casino);
  const { categories } = await done(people.zoe, "get_server_channels", { server_id });
  place = { server_id, channel_id: categories[0].channels[0].id };
  await post(people.carol, place.channel_id, "I grow pears");
  const spam = await post(people.casino, place.channel_id, "play here");
  await done(people.carol, "report", { message_id: spam["id"], reason: "advertises" });
  report_id = Number(readRows(server.folder, "select id from reports")[0]?.["id"]);
}

const register = (username: string, invite?: string) =>
  server.call("POST", "/user/register", { username, password: PASSWORD, invite });
const logIn = (username: string, password = PASSWORD) => server.call("POST", "/user/login", { username, password });
const said = async (): Promise<string[]> => {
  const page = { channel_id: place.channel_id, amount: 10, anchor: 0, direction: true };
  return (await done(people.zoe, "get_message_chunk", page)).messages.map(({ content }: Json) => content);
};

interface Play {
  /** What the line begins with. */
  line: string;
  answers?: [question: string, answer: string][];
  /** What it says, and what has become of it. */
  comes?(out: string): Promise<unknown> | unknown;
}

const plays: Play[] = [
  { line: "install -m 755 dist/orchard " },
  { line: "install -m 644 deploy/orchard.service " },
  { line: "systemctl ", comes: arrive },
  { line: "cd " },
  {
    line: "orchard user add alice --admin",
    answers: [
      ["New password: ", PASSWORD],
      ["Once more: ", PASSWORD],
    ],
    async comes() {
      const { body } = await logIn("alice");
      expect((await server.call("GET", "/admin/users", undefined, body.token)).status).toBe(200);
    },
  },
  {
    line: "orchard settings set registration invite",
    comes: async () => expect((await register("eve")).status).toBe(403),
  },
  {
    line: "orchard invite add ",
    async comes(out) {
      const [, code = ""] = /^code +(\S+)/m.exec(out) ?? [];
      expect((await register("bob", code)).status).toBe(201);
      expect((await register("eve", code)).status).toBe(403);
      bob = { name: "bob", invite_code: code };
    },
  },
  { line: "orchard report list", comes: (out) => expect(out).toMatch(new RegExp(`^${report_id} .*advertises`, "m")) },
  {
    line: "orchard report show ",
    comes: (out) => expect(out).toMatch(/I grow pears[\s\S]*play here/),
  },
  {
    line: "orchard user suspend casino ",
    async comes() {
      expect((await people.casino.client.closed).code).toBe(4003);
      const { status, body } = await logIn("casino");
      expect({ status, ...body }).toMatchObject({ status: 403, code: "suspended", details: { reason: "advertising" } });
    },
  },
  {
    line: "orchard report close ",
    comes: async () => expect((await terminal.type("orchard report list")).out).toContain("no reports"),
  },
  {
    line: "orchard user password bob --link",
    async comes(out) {
      const [, token] = /\/reset#([\w-]{43})\n/.exec(out) ?? [];
      const password = "another horse battery";
      expect((await server.call("POST", "/user/reset", { token, password })).status).toBe(200);
      expect((await logIn(bob.name)).status).toBe(401);
      expect((await logIn(bob.name, password)).status).toBe(200);
    },
  },
  {
    line: "orchard user export carol ",
    async comes() {
      const path = join(root, "var/lib/orchard/carol.zip");
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const files = unzipSync(new Uint8Array(await Bun.file(path).arrayBuffer()));
      const words = Object.values(files).map((file) => strFromU8(file));
      expect(words.join("\n")).toContain("I grow pears");
      expect(words.join("\n")).not.toContain("play here");
    },
  },
  {
    line: "orchard user delete carol --messages",
    answers: [["can't be undone", "y"]],
    async comes() {
      expect((await people.carol.client.closed).code).toBe(4002);
      expect((await logIn("carol")).status).toBe(401);
      while ((await said()).length > 1);
      expect(await said()).toEqual(["play here"]);
    },
  },
  {
    line: "orchard audit ",
    comes(out) {
      const done_here = [...out.matchAll(/^\d+ +\S+ +(\S+) +command_line/gm)].map(([, type]) => type);
      expect(done_here).toEqual([
        ...["user.delete", "user.export", "user.password", "report.close", "user.suspend"],
        ...["invite.add", "settings.set", "user.add"],
      ]);
      expect(out).not.toContain(bob.invite_code);
    },
  },
];

test("as the README has it", async () => {
  const lines = await linesOf("An operator's day");
  expect(lines.map((line, at) => line.slice(0, plays[at]?.line.length))).toEqual(plays.map(({ line }) => line));
  for (const [at, { answers, comes }] of plays.entries()) {
    const here = (lines[at] ?? "").replace(/ \/(usr|etc|var)\//g, ` ${root}/$1/`).replace(/ 606\b/, ` ${report_id}`);
    const { out, code } = await terminal.type(here, answers);
    expect({ here, out, code }).toMatchObject({ code: 0 });
    await comes?.(out);
  }
});

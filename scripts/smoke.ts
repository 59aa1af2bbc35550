// Does the program work as a person gets it? Runs a command, the source or a binary, in an empty folder and uses it
// as a client and an operator do. Knows nothing of src: only the wire, the streams, the signals and the exit codes.
// As a program: `bun scripts/smoke.ts dist/orchard`.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { version } from "../package.json";
import { deadline } from "./deadline.ts";
import { Program } from "./program.ts";
import { type Frame, Socket } from "./socket.ts";
import { allWell, type Step, tell } from "./steps.ts";

interface Account {
  id: number;
  name: string;
  token: string;
}

const password = "correct horse battery staple";

const images = {
  "image/gif": "R0lGODlhAgABAIAAAP8AAAD/ACwAAAAAAgABAAACAkQKADs=",
  "image/avif":
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYA" +
    "AAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAB0AAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IA" +
    "AAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAIAAAACAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgQ0MAAAAABNjb2xybmNseAACAAIAAYAA" +
    "AAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACVtZGF0EgAKCBgANogQEAwgMg8f8D///8WfhwB8+ErK42A=",
};

/** What a program that read it would not start with: the environment is what it was given, wherever it runs. */
const stray = "ORCHARD_PORT=banana\nORCHARD_LOG=loud\n";

/** Runs the steps in order until one fails, for each stands on those before it; answers the steps that were run. */
export async function smoke(command: readonly string[], report: (step: Step) => void = () => {}): Promise<Step[]> {
  const run = new SmokeRun(
    command.map((part) => (existsSync(part) ? resolve(part) : part)),
    await mkdtemp(join(tmpdir(), "orchard-smoke-")),
  );
  const steps: Step[] = [];
  try {
    await run.prepare();
    for (const [name, body] of run.steps()) {
      const step = await outcome(name, body);
      steps.push(step);
      report(step);
      if (step.failure !== undefined) break;
    }
  } finally {
    await run.clean();
  }
  return steps;
}

async function outcome(name: string, body: () => Promise<void>): Promise<Step> {
  try {
    await body();
    return { name };
  } catch (error) {
    return { name, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** One command in one folder, with what its steps leave for each other. */
class SmokeRun {
  readonly #command: string[];
  readonly #folder: string;
  #running: Program | undefined;
  /** As the last `ready` said it. */
  #epoch = "";
  #people: [Account, Account] | undefined;
  #sockets: [Socket, Socket] | undefined;

  constructor(command: string[], folder: string) {
    this.#command = command;
    this.#folder = folder;
  }

  steps(): [string, () => Promise<void>][] {
    return [
      ["--version and --help", () => this.#describesItself()],
      ["a bad ORCHARD_PORT ends with code 2", () => this.#refusesBadConfiguration()],
      ["starts in a folder with nothing but a .env of somebody's", () => this.#starts()],
      ["answers GET /, /healthz, /readyz and /metrics", () => this.#answersProbes()],
      ["answers a browser with the pages, and with all that they load", () => this.#servesPages()],
      ["registers two accounts and logs them in", () => this.#makesAccounts()],
      ["opens their sockets with ready", () => this.#opensSockets()],
      ["answers ping with pong", () => this.#answersPing()],
      ["makes them friends", () => this.#makesFriends()],
      ["keeps images of every way to read them", () => this.#keepsImages()],
      ["makes images small", () => this.#makesImagesSmall()],
      ["closes a socket with a bad token with 4001", () => this.#refusesBadToken()],
      ["backs up while it runs, and refuses to restore", () => this.#backsUp()],
      ["SIGTERM closes sockets with 1012 and ends with code 0", () => this.#stops()],
      ["starts again and remembers", () => this.#remembers()],
      ["restores the backup, and remembers under a new epoch", () => this.#restores()],
    ];
  }

  prepare(): Promise<unknown> {
    return Bun.write(join(this.#folder, ".env"), stray);
  }

  async clean(): Promise<void> {
    await this.#running?.kill();
    await rm(this.#folder, { recursive: true });
  }

  async #describesItself(): Promise<void> {
    for (const [flag, word] of [["--version", version] as const, ["--help", "ORCHARD_PORT"] as const]) {
      const ending = await Program.run([...this.#command, flag], this.#folder);
      assert.equal(ending.exitCode, 0, `${flag} ended with code ${ending.exitCode}: ${ending.stderr}`);
      assert.ok(ending.stdout.includes(word), `${flag} does not mention ${word}: ${ending.stdout}`);
    }
  }

  async #refusesBadConfiguration(): Promise<void> {
    const ending = await Program.run(this.#command, this.#folder, { ORCHARD_PORT: "banana" });
    assert.equal(ending.exitCode, 2, `ended with code ${ending.exitCode}: ${ending.stderr}`);
    assert.ok(ending.stderr.includes("ORCHARD_PORT"), `does not name the variable: ${ending.stderr}`);
  }

  async #starts(): Promise<void> {
    this.#running = await Program.start(this.#command, this.#folder);
  }

  async #answersProbes(): Promise<void> {
    for (const path of ["/", "/healthz", "/readyz", "/metrics"]) {
      const response = await fetch(this.#program.origin + path);
      assert.equal(response.status, 200, `GET ${path} answered ${response.status}`);
      const text = await response.text();
      if (path === "/metrics") assert.match(text, /^# TYPE /m);
    }
  }

  async #servesPages(): Promise<void> {
    const html = await fetch(`${this.#program.origin}/`, { headers: { accept: "text/html" } });
    assert.equal(html.headers.get("content-type"), "text/html; charset=utf-8");
    const loaded = [...(await html.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = ""]) => path);
    assert.ok(loaded.length > 3);
    for (const path of [...loaded, "/worker.js"]) {
      const file = await fetch(this.#program.origin + path);
      assert.equal(file.status, 200, path);
      assert.ok((await file.bytes()).length > 0, path);
    }
  }

  async #makesAccounts(): Promise<void> {
    this.#people = [await this.#register("alice"), await this.#register("bob")];
  }

  async #opensSockets(): Promise<void> {
    this.#sockets = [await this.#connect(this.#alice), await this.#connect(this.#bob)];
  }

  async #answersPing(): Promise<void> {
    assert.deepEqual(await this.#aliceSocket.ask({ type: "ping", id: "1" }), { type: "pong", id: "1" });
  }

  async #makesFriends(): Promise<void> {
    const sent = await this.#aliceSocket.ask({ type: "send-friend-request", id: "2", message: this.#bob.name });
    assert.equal(sent["type"], "success", JSON.stringify(sent));
    await this.#bobSocket.next("alice's request", friendUpdate(this.#alice, "incoming"));
    const accepted = await this.#bobSocket.ask({
      type: "accept-friend-request",
      id: "3",
      message: String(this.#alice.id),
    });
    assert.equal(accepted["type"], "success", JSON.stringify(accepted));
    await this.#aliceSocket.next("bob's acceptance", friendUpdate(this.#bob, "friend"));
  }

  /** One that Bun reads, and one that a package does. */
  async #keepsImages(): Promise<void> {
    for (const [type, image] of Object.entries(images)) {
      const body = Buffer.from(image, "base64");
      const headers = { authorization: `Bearer ${this.#alice.token}` };
      const kept = await fetch(`${this.#program.origin}/api/v1/uploads`, { method: "POST", headers, body });
      const answer = (await kept.json()) as Frame;
      assert.equal(kept.status, 201, JSON.stringify(answer));
      const found = await fetch(`${this.#program.origin}${answer["url"]}`);
      assert.equal(found.headers.get("content-type"), type);
      assert.deepEqual(Buffer.from(await found.arrayBuffer()), body);
    }
  }

  /** Made by what is in the program, without anything beside it. */
  async #makesImagesSmall(): Promise<void> {
    const body = await new Bun.Image(Buffer.from(images["image/gif"], "base64")).resize(300, 200).png().bytes();
    const headers = { authorization: `Bearer ${this.#alice.token}` };
    const kept = await fetch(`${this.#program.origin}/api/v1/uploads`, { method: "POST", headers, body });
    const answer = (await kept.json()) as Frame;
    const small = await fetch(`${this.#program.origin}${answer["url"]}?size=128`);
    const { width, height, format } = await new Bun.Image(await small.arrayBuffer()).metadata();
    assert.deepEqual({ width, height, format }, { width: 128, height: 85, format: "webp" });
  }

  async #refusesBadToken(): Promise<void> {
    const socket = new Socket(this.#program.origin, "no-such-token");
    const frame = await socket.next("the refusal");
    assert.equal(frame["type"], "error");
    assert.equal(frame["reason"], "SocketClosedBadJwt");
    assert.equal(frame["code"], "unauthorized");
    assert.equal(await deadline("the close", socket.closed), 4001);
  }

  async #backsUp(): Promise<void> {
    const made = await Program.run([...this.#command, "backup", "copy.db"], this.#folder);
    assert.equal(made.exitCode, 0, made.stderr);
    const refused = await Program.run([...this.#command, "restore", "copy.db"], this.#folder);
    assert.equal(refused.exitCode, 1, `ended with code ${refused.exitCode}: ${refused.stdout}`);
  }

  async #restores(): Promise<void> {
    const ending = await Program.run([...this.#command, "restore", "copy.db"], this.#folder);
    assert.equal(ending.exitCode, 0, ending.stderr);
    const epoch = this.#epoch;
    await this.#remembers();
    assert.notEqual(this.#epoch, epoch, "the epoch is the old one");
  }

  async #stops(): Promise<void> {
    const codes = Promise.all([this.#aliceSocket.closed, this.#bobSocket.closed]);
    assert.equal(await this.#program.stop(), 0, "the exit code is not 0");
    assert.deepEqual(await deadline("the sockets' close", codes), [1012, 1012]);
  }

  async #remembers(): Promise<void> {
    this.#running = await Program.start(this.#command, this.#folder);
    const socket = await this.#connect(await this.#logIn(this.#alice.name));
    const reply = await socket.ask({ type: "get-friends", id: "4" });
    const friends = reply["result"] as Frame[];
    assert.deepEqual(
      friends.map(({ id, name, type }) => ({ id, name, type })),
      [{ id: this.#bob.id, name: this.#bob.name, type: "friend" }],
    );
    assert.equal(await this.#program.stop(), 0, "the exit code is not 0");
  }

  async #register(name: string): Promise<Account> {
    await this.#post("/api/v1/user/register", { username: name, password }, 201);
    return this.#logIn(name);
  }

  async #logIn(name: string): Promise<Account> {
    const { id, token } = await this.#post("/api/v1/user/login", { username: name, password }, 200);
    assert.ok(Number.isSafeInteger(id), "the id is not a whole number");
    assert.ok(typeof token === "string" && token.length > 0, "there is no token");
    return { id: Number(id), name, token };
  }

  async #post(path: string, body: Frame, status: number): Promise<Frame> {
    const response = await fetch(this.#program.origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, status, `POST ${path} answered ${response.status} ${text}`);
    const answer = JSON.parse(text) as Frame;
    assert.equal(answer["success"], true, text);
    return answer;
  }

  async #connect(account: Account): Promise<Socket> {
    const socket = new Socket(this.#program.origin, account.token);
    const first = await socket.next("the first frame");
    assert.equal(first["type"], "ready", JSON.stringify(first));
    this.#epoch = String((first["data"] as Frame)["epoch"]);
    return socket;
  }

  get #program(): Program {
    return present(this.#running);
  }

  get #alice(): Account {
    return present(this.#people)[0];
  }

  get #bob(): Account {
    return present(this.#people)[1];
  }

  get #aliceSocket(): Socket {
    return present(this.#sockets)[0];
  }

  get #bobSocket(): Socket {
    return present(this.#sockets)[1];
  }
}

function friendUpdate(who: Account, type: string): (frame: Frame) => boolean {
  return (frame) => {
    const friend = frame["data"] as Frame | undefined;
    return frame["type"] === "friend-list-update" && friend?.["id"] === who.id && friend["type"] === type;
  };
}

function present<Value>(value: Value | undefined): Value {
  assert.ok(value !== undefined, "an earlier step did not leave what this one needs");
  return value;
}

if (import.meta.main) {
  const command = process.argv.slice(2);
  if (command.length === 0) {
    console.error("usage: bun scripts/smoke.ts <command> [<argument>…]");
    process.exit(2);
  }
  process.exit(allWell(await smoke(command, tell)) ? 0 : 1);
}

// What was acknowledged is kept, however the program ends. The real program, in a process of its own, is ended in the
// middle of its work: at a number of acknowledgements, not at a time, so that a seed means the same on every machine.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { type Frame, TestClient } from "../harness/client.ts";
import { seededRandom } from "../harness/random.ts";
import { type Present, type RunningServer, serverAt, uniqueName } from "../harness/server.ts";

const WORKERS = 6;
const settings = ["ORCHARD_RATE_LIMITS=off", "ORCHARD_PASSWORD_MEMORY_KIB=1024", "ORCHARD_LOG=error"];
const command = ["env", ...settings, process.execPath, join(import.meta.dir, "../../src/main.ts")];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the server has acknowledged. */
interface Promised {
  accounts: string[];
  friendships: [string, string][];
}

/** People who come and make friends until the server is gone. `onPromise` is called at each acknowledgement. */
class Load {
  readonly promised: Promised = { accounts: [], friendships: [] };
  readonly clients: TestClient[] = [];
  readonly #server: RunningServer;
  readonly #onPromise: (count: number) => void;
  #count = 0;

  constructor(server: RunningServer, onPromise: (count: number) => void) {
    this.#server = server;
    this.#onPromise = onPromise;
  }

  /** Settles when every worker has met the end of the server. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, () => this.#work().catch(() => {})));
  }

  async #work(): Promise<never> {
    let friend = await this.#newcomer();
    for (;;) {
      const newcomer = await this.#newcomer();
      await answered(newcomer.client, { type: "send-friend-request", message: friend.name });
      await answered(friend.client, { type: "accept-friend-request", message: String(newcomer.id) });
      this.#promise(() => this.promised.friendships.push([friend.name, newcomer.name]));
      friend = newcomer;
    }
  }

  async #newcomer(): Promise<Present> {
    const user = await this.#server.user(uniqueName("person"));
    this.#promise(() => this.promised.accounts.push(user.name));
    const client = await TestClient.open(this.#server.url, user.token);
    await unlessGone(client, client.take("ready"));
    this.clients.push(client);
    return { ...user, client };
  }

  #promise(note: () => void): void {
    note();
    this.#count += 1;
    this.#onPromise(this.#count);
  }
}

/** The frame awaited; throws when the connection ends first. */
function unlessGone(client: TestClient, frame: Promise<Frame>): Promise<Frame> {
  const gone = client.closed.then(() => {
    throw new Error("the server is gone");
  });
  return Promise.race([frame, gone]);
}

async function answered(client: TestClient, request: Frame): Promise<void> {
  const reply = await unlessGone(client, client.ask(request));
  if (reply["type"] !== "success") throw new Error(`refused: ${JSON.stringify(reply)}`);
}

async function start(): Promise<{ program: Program; server: RunningServer }> {
  const program = await Program.start(command, folder);
  return { program, server: serverAt(program.origin, folder) };
}

/** Loads the server until it has acknowledged so much, ends it then, and returns what it had acknowledged. */
async function endAfter(count: number, end: (program: Program) => Promise<unknown>): Promise<Load> {
  const { program, server } = await start();
  const ended = Promise.withResolvers<void>();
  const load = new Load(server, (reached) => {
    if (reached === count) end(program).then(() => ended.resolve(), ended.reject);
  });
  await Promise.all([load.run(), ended.promise]);
  return load;
}

/** A new start finds everybody's account, and each friendship on both sides. */
async function expectKept(promises: Promised[]): Promise<void> {
  const { program, server } = await start();
  const friends = new Map<string, string[]>();
  for (const name of promises.flatMap(({ accounts }) => accounts)) {
    const client = await server.connect(await server.login(name));
    const { result } = await client.ask({ type: "get-friends" });
    friends.set(
      name,
      result.map((friend: { name: string }) => friend.name),
    );
    client.socket.close();
  }
  for (const [one, other] of promises.flatMap(({ friendships }) => friendships)) {
    expect(friends.get(one)).toContain(other);
    expect(friends.get(other)).toContain(one);
  }
  expect(await program.stop()).toBe(0);
}

test("killed at any moment, three times over, it has lost nothing that it acknowledged", async () => {
  const random = seededRandom(20_260_101);
  const promises: Promised[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { promised } = await endAfter(random.whole(10, 80), (program) => program.kill());
    expect(promised.friendships.length).toBeGreaterThan(0);
    promises.push(promised);
    await expectKept(promises);
  }
}, 60_000);

test("told to stop under load, it closes sockets with 1012, ends with 0, and keeps what it acknowledged", async () => {
  let exit_code: number | undefined;
  const load = await endAfter(60, async (program) => {
    exit_code = await program.stop();
  });
  expect(exit_code).toBe(0);
  const codes = await Promise.all(load.clients.map(async ({ closed }) => (await closed).code));
  expect(new Set(codes)).toEqual(new Set([1012]));
  await expectKept([load.promised]);
}, 60_000);

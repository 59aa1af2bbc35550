// Programs of several people do everything at once, while their connections break, they end and start again from what
// they stored, roles hide and show channels, and the server ends by SIGTERM and by SIGKILL. After it every cache is what
// a new program loads, and every message that was acknowledged is there once.
// ORCHARD_TEST_CLIENT_STORM_ACTS makes it longer, ORCHARD_TEST_CLIENT_STORM_SEED another.

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import type { Client, SocketConstructor } from "../../src/client/index.ts";
import { readRows } from "../harness/database.ts";
import { ofOneProcess } from "../harness/one-process.ts";
import { program } from "../harness/program.ts";
import { type Random, seededRandom } from "../harness/random.ts";
import { type RunningServer, serverAt, type TestUser, uniqueName } from "../harness/server.ts";
import { clientOf, loadAll, present, sharedPicture } from "./programs.ts";
import { act, type Place, type Stage } from "./storm-acts.ts";

const ACTS = Number(process.env["ORCHARD_TEST_CLIENT_STORM_ACTS"] ?? 300);
const SEED = Number(process.env["ORCHARD_TEST_CLIENT_STORM_SEED"] ?? 1);
const PATIENCE_MS = 60_000 + ACTS * 50;
const PEOPLE = 5;
const AT_ONCE = 8;
/** Of the first so many people, how many messages of a channel their programs keep. */
const LENGTHS = [5, 20];
const settings = [
  ...["ORCHARD_RATE_LIMITS=off", "ORCHARD_PASSWORD_MEMORY_KIB=1024", "ORCHARD_LOG=error"],
  "ORCHARD_PRESENCE_GRACE_MS=50",
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-client-storm-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The server, started again and again at one address. */
class Restarted {
  program: Program | null = null;
  server: RunningServer = serverAt("", "");
  #port = 0;

  async start(): Promise<void> {
    const places = [`ORCHARD_DATABASE_URL=file:${folder}/orchard.db`, `ORCHARD_UPLOADS_DIR=${folder}/uploads`];
    const command = ["env", ...settings, ...places, `ORCHARD_PORT=${this.#port}`, ...program];
    this.program = await Program.start(command, folder);
    this.#port = Number(new URL(this.program.origin).port);
    this.server = serverAt(this.program.origin, folder);
  }

  async restart(how: "stop" | "kill"): Promise<void> {
    await this.program?.[how]();
    await this.start();
  }
}

/** A person with a program that may be away. */
class Person {
  readonly user: TestUser;
  client: Client;
  /** What was acknowledged to one of their programs. */
  readonly sent = new Set<string>();
  /** The sockets of the client that runs. */
  readonly sockets = new Set<WebSocket>();
  readonly #url: string;
  /** How much of a channel their programs keep. */
  readonly #most: number;

  constructor(url: string, user: TestUser, most: number) {
    this.#url = url;
    this.#most = most;
    this.user = user;
    this.client = this.#program(null);
  }

  #program(snapshot: string | null): Client {
    const { sockets } = this;
    class Watched extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        sockets.add(this);
        this.addEventListener("close", () => sockets.delete(this));
      }
    }
    const own = { WebSocket: Watched as unknown as SocketConstructor, messages_per_channel: this.#most };
    return clientOf({ url: this.#url }, this.user, { snapshot, ...own });
  }

  loseConnection(): void {
    for (const socket of this.sockets) socket.close();
  }

  /** The program ends; what was not acknowledged to it, its successor will be told of. */
  leave(): string {
    const snapshot = this.client.snapshot();
    this.client.close();
    return snapshot;
  }

  async comeBack(snapshot: string): Promise<void> {
    this.client = this.#program(snapshot);
    this.client.on("delivery", (delivery) => {
      if ("message" in delivery) this.sent.add(delivery.message.content);
    });
    // It may be ended again before that.
    await this.client.connect().catch(() => {});
  }
}

class Storm {
  readonly random: Random;
  readonly restarted: Restarted;
  readonly people: Person[] = [];
  readonly places: Place[] = [];
  readonly faults: string[] = [];
  readonly #away = new Map<Person, string>();
  #words = 0;

  constructor(random: Random, restarted: Restarted) {
    this.random = random;
    this.restarted = restarted;
  }

  async gather(): Promise<void> {
    const { server } = this.restarted;
    for (let index = 0; index < PEOPLE; index += 1) {
      const person = new Person(server.url, await server.user(uniqueName("storm")), LENGTHS[index] ?? 1_000);
      await person.client.connect();
      this.people.push(person);
    }
    for (const { client } of this.people.slice(0, 2)) {
      const { server: founded } = await client.ask("add_server", { name: "storm" });
      const { invite } = await client.ask("add_invite", { server_id: founded.id });
      this.places.push({ server_id: founded.id, invite_code: invite.code });
      for (const other of this.people) await other.client.ask("join_server", { invite_code: invite.code });
    }
    await Promise.all(this.people.map(({ client }) => loadAll(client)));
  }

  async rage(acts: number): Promise<void> {
    const under_way = new Set<Promise<void>>();
    for (let begun = 0; begun < acts; begun += 1) {
      const done = this.#act().finally(() => under_way.delete(done));
      under_way.add(done);
      while (under_way.size >= AT_ONCE) await Promise.race(under_way);
    }
    await Promise.all(under_way);
  }

  async #act(): Promise<void> {
    const person = this.random.pick(this.people);
    const chance = this.random.next();
    const snapshot = this.#away.get(person);
    if (snapshot !== undefined) {
      if (chance > 0.3) return;
      this.#away.delete(person);
      return person.comeBack(snapshot);
    }
    if (chance < 0.03) return person.loseConnection();
    if (chance < 0.05) return void this.#away.set(person, person.leave());
    const index = this.random.whole(0, this.places.length - 1);
    const place = this.places[index] as Place;
    const stage: Stage = {
      ...{ random: this.random, client: person.client, place, user_id: person.user.id, sent: person.sent },
      user_ids: this.people.map(({ user }) => user.id),
      word: () => this.#word(),
    };
    const fault = await act(stage, this.people[index] === person || this.random.next() < 0.1);
    if (fault !== null) this.faults.push(fault);
  }

  #word(): string {
    this.#words += 1;
    return String(this.#words);
  }

  /** Everybody is back, and in step. */
  async calm(): Promise<void> {
    for (const [person, snapshot] of this.#away) await person.comeBack(snapshot);
    this.#away.clear();
    await Promise.all(this.people.map(({ client }) => client.settled()));
    await Promise.all(this.people.map(({ client }) => client.settled()));
  }
}

async function expectTruth({ people, restarted }: Storm): Promise<void> {
  for (const { user, client } of people) {
    const { client: fresh } = await present(restarted.server, { user });
    await loadAll(fresh);
    await client.settled();
    expect(sharedPicture(client.cache, fresh.cache)).toEqual(sharedPicture(fresh.cache, client.cache));
    fresh.close();
  }
}

ofOneProcess("programs that are ended and started anew are processes of their own")(
  `after a storm all caches are the server's, and what was sent is there once, seed ${SEED}`,
  async () => {
    const restarted = new Restarted();
    await restarted.start();
    const storm = new Storm(seededRandom(SEED), restarted);
    await storm.gather();
    for (const how of ["stop", "kill", null] as const) {
      const raging = storm.rage(ACTS / 3);
      if (how) await restarted.restart(how);
      await raging;
      await storm.calm();
      await expectTruth(storm);
    }
    expect(storm.faults).toEqual([]);
    const sent = storm.people.flatMap((person) => [...person.sent]);
    const rows = readRows(
      folder,
      "select content, count(*) as times from messages where content like 'sent %' group by content",
    );
    expect(rows.filter(({ times }) => times !== 1)).toEqual([]);
    const stored = new Set(rows.map(({ content }) => content));
    expect({ some: sent.length > 0, lost: sent.filter((content) => !stored.has(content)) }).toEqual({
      some: true,
      lost: [],
    });
    for (const { client } of storm.people) client.close();
    await restarted.program?.stop();
  },
  PATIENCE_MS,
);

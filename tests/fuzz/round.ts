// One round of the fuzz test: a server of its own, four people and a bot, and frames of every sort in batches. After each batch the
// frames that were refused are sent once more, and must leave no trace: nothing stored, nobody told.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { limits } from "../../src/domain/limits.ts";
import { close_codes } from "../../src/protocol/errors.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { ClientCache } from "../community/client-cache.ts";
import { Session } from "../community/session.ts";
import { sharedContents } from "../community/shared-contents.ts";
import { databaseOf, readTables } from "../harness/database.ts";
import { type Random, seededRandom } from "../harness/random.ts";
import { type RunningServer, serverAt, type TestUser, testConfig } from "../harness/server.ts";
import { type Body, Correspondence, type Sent, wasRefused } from "./correspondence.ts";
import { encode, type FuzzFrame, framesOf } from "./frames.ts";
import { World } from "./world.ts";

const BATCH = 120;
/** Batches for which one server of alice's is expected to last. */
const RENEWED_EVERY = 3;
/** One frame in so many has no `id`. */
const NAMELESS = 25;
const MOST_FAULTS = 20;
/** How many of the frames come from alice, bob, carol, mallory and the bot. */
const SHARES = [5, 2, 2, 1, 1];
/** What was refused may be allowed a moment later; so often what is left of it is sent again. */
const MOST_ATTEMPTS = 4;

export interface Figures {
  frames: number;
  /** Frames sent once more because they were refused, and batches of them after which all was compared. */
  refused_again: number;
  compared: number;
  by_sort: Record<string, number>;
  /** Answers, by error code or `ok`. */
  by_result: Record<string, number>;
  /** Message types sent with what fits them, and those that succeeded at least once. */
  sent_types: Set<string>;
  succeeded_types: Set<string>;
  closes: Record<number, number>;
  /** What must not have happened, in words. */
  faults: string[];
}

export const noFigures = (): Figures => ({
  ...{ frames: 0, refused_again: 0, compared: 0, by_sort: {}, by_result: {}, closes: {}, faults: [] },
  ...{ sent_types: new Set<string>(), succeeded_types: new Set<string>() },
});

/** Sends so many frames, and counts into `figures`. The same seed sends the same, but for ids. */
export async function fuzzRound(seed: number, count: number, figures: Figures): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-fuzz-"));
  const logged: string[] = [];
  let server = await serve(folder, logged);
  try {
    const round = new Round(server, await World.open(server), seededRandom(seed), figures);
    const frames = framesOf(seed, count);
    for (let at = 0; at < frames.length && figures.faults.length < MOST_FAULTS; at += BATCH) {
      if ((at / BATCH) % RENEWED_EVERY === 0) await round.world.renew();
      await round.batch(frames.slice(at, at + BATCH));
    }
    await expectAlive(server, figures);
    const { people } = round.world;
    const before = await Promise.all(people.map((person) => loadAll(server, person)));
    await server.stop();
    server = await serve(folder, logged);
    const after = await Promise.all(people.map((person) => loadAll(server, person)));
    for (const [at, { name }] of people.entries()) compare(name, before[at], after[at], figures);
  } catch (error) {
    figures.faults.push(`the round broke off: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  figures.faults.push(...logged.map((line) => `logged: ${line}`));
}

/** A server on the folder, whose warnings and errors go to `logged`. */
async function serve(folder: string, logged: string[]): Promise<RunningServer & { stop(): Promise<void> }> {
  const log = createLog("warn", { write: (line: string) => void logged.push(line) });
  const app = await startApp(testConfig(folder), log, "test");
  return { ...serverAt(app.url, folder), stop: () => app.stop() };
}

class Round {
  readonly world: World;
  readonly #server: RunningServer;
  readonly #random: Random;
  readonly #figures: Figures;

  constructor(server: RunningServer, world: World, random: Random, figures: Figures) {
    this.#server = server;
    this.world = world;
    this.#random = random;
    this.#figures = figures;
  }

  async batch(frames: readonly FuzzFrame[]): Promise<void> {
    const read = frames.filter((frame) => !isNeverRead(frame));
    const writers = await Correspondence.afterQuiet(this.world.people);
    const sent = read.map((frame) => ({ frame, sent: this.#pick(writers).send(this.#bodyOf(frame)) }));
    await this.#settle(writers);
    for (const one of sent) this.#count(one.frame, one.sent);
    await this.#sendAgain(sent.map((one) => one.sent).filter(wasRefused));
    for (const frame of frames.filter(isNeverRead)) await this.#breakOff(frame);
  }

  /** Those who may do more are heard more often. */
  #pick(writers: readonly Correspondence[]): Correspondence {
    return this.#random.pick(
      SHARES.flatMap((share, at) => Array.from({ length: share }, () => writers[at] ?? writers[0])),
    ) as Correspondence;
  }

  async #settle(writers: readonly Correspondence[]): Promise<void> {
    const faults = await Promise.all(writers.map((writer) => writer.settle()));
    this.#figures.faults.push(...faults.flat());
  }

  #bodyOf({ content }: FuzzFrame): Body {
    if (typeof content === "string" || content instanceof Uint8Array) return { whole: content };
    const text = encode(content, (reference) => this.world.resolve(reference));
    if (this.#random.whole(1, NAMELESS) === 1) return { whole: text };
    return { after_id: text === "{}" ? "}" : `,${text.slice(1)}` };
  }

  #count({ sort, type }: FuzzFrame, { id, literal, answers: [answer] }: Sent): void {
    const figures = this.#figures;
    figures.frames += 1;
    figures.by_sort[sort] = (figures.by_sort[sort] ?? 0) + 1;
    if (sort === "valid" && type) figures.sent_types.add(type);
    const result = id === null ? "without id" : answer?.["type"] === "error" ? String(answer["code"]) : "ok";
    figures.by_result[result] = (figures.by_result[result] ?? 0) + 1;
    if (result !== "ok" || !literal) return;
    figures.succeeded_types.add(literal.type);
    this.world.learn(answer?.["data"]);
  }

  /** Sends what was refused, until all of it is refused once more; then nothing may have come of it. */
  async #sendAgain(refused: readonly Sent[]): Promise<void> {
    let left = refused;
    for (let attempt = 0; attempt < MOST_ATTEMPTS && left.length > 0; attempt += 1) {
      await this.#swept();
      const writers = await Correspondence.afterQuiet(this.world.people);
      const before = await storedIn(this.#server.folder);
      const again = left.flatMap(({ by, body }) => writers.find(({ person }) => person === by)?.send(body) ?? []);
      await this.#settle(writers);
      this.#figures.refused_again += again.length;
      const still = again.filter(wasRefused);
      if (still.length === left.length) return this.#compare(still, before, writers);
      left = still;
    }
  }

  /** What goes after a ban has gone. */
  async #swept(): Promise<void> {
    const [someone] = this.world.people;
    while ((await storedIn(this.#server.folder)).get("message_sweeps") !== "[]") await someone?.client.rest();
  }

  async #compare(
    refused: readonly Sent[],
    before: Map<string, string>,
    writers: readonly Correspondence[],
  ): Promise<void> {
    this.#figures.compared += 1;
    const after = await storedIn(this.#server.folder);
    const tables = [...before].flatMap(([name, rows]) => (after.get(name) === rows ? [] : name));
    const told = writers.flatMap((writer) => writer.told);
    if (tables.length === 0 && told.length === 0) return;
    const frames = refused.map(({ by, frame }) => `${by.name}: ${String(frame).slice(0, 500)}`);
    this.#figures.faults.push(
      `refused requests changed ${tables.join(", ")} and told ${JSON.stringify(told)}:\n${frames.join("\n")}`,
    );
  }

  /** Sends what no server reads: the socket closes, and opens again. */
  async #breakOff({ sort, content }: FuzzFrame): Promise<void> {
    const person = this.#random.pick(this.world.people);
    person.client.send(content as string);
    const { code } = await person.client.closed;
    const figures = this.#figures;
    figures.frames += 1;
    figures.by_sort[sort] = (figures.by_sort[sort] ?? 0) + 1;
    figures.closes[code] = (figures.closes[code] ?? 0) + 1;
    if (code !== close_codes.frame_too_big.code) figures.faults.push(`a frame too big closed the socket with ${code}`);
    person.client = await this.#server.connect(person);
  }
}

const isNeverRead = ({ content }: FuzzFrame) => typeof content === "string" && content.length > limits.frame_hard_bytes;

/** What each table holds, but for when somebody was last online, which no request tells. */
async function storedIn(folder: string): Promise<Map<string, string>> {
  const tables = [...(await readTables(await databaseOf(folder)))];
  return new Map(tables.map(([name, rows]) => [name, JSON.stringify(rows.map(({ last_online: _, ...row }) => row))]));
}

/** Newcomers are served, and nothing was counted as a fault. */
async function expectAlive(server: RunningServer, figures: Figures): Promise<void> {
  const [dave, erin] = await server.friends();
  const { type } = await dave.client.ask({ type: "watchParty", userId: erin.id, message: "{}" });
  if (type !== "success") figures.faults.push(`afterwards an invitation was answered with ${type}`);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const faults = /^orchard_faults_total (\d+)$/m.exec(metrics)?.[1];
  if (faults !== "0") figures.faults.push(`${faults} faults were counted`);
}

/** What each of them loads is what they load of a server that has just read it from the disk; statuses are of now. */
function compare(name: string, cache: ClientCache | undefined, fresh: ClientCache | undefined, figures: Figures): void {
  const contents = (one = cache, other = fresh) =>
    one && other && JSON.stringify(sharedContents(one, other), (key, value) => (key === "status" ? null : value));
  const faults = [...(cache?.faults ?? []), ...(fresh?.faults ?? [])];
  if (contents() !== contents(fresh, cache)) faults.push(`${contents()}\nis stored as\n${contents(fresh, cache)}`);
  figures.faults.push(...faults.map((fault) => `${name} loads: ${fault}`));
}

async function loadAll(server: RunningServer, user: TestUser): Promise<ClientCache> {
  const session = await Session.open(server, user);
  const cache = await session.loadAll();
  await session.client.close();
  return cache;
}

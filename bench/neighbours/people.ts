// Ordinary people, each with an address of their own, who go on doing what people do: how long each thing takes them.
// What takes longer than the time there is counts for as long as was waited.

import { textOf } from "../deliveries.ts";
import { serverId, tokenOf } from "../seed.ts";
import { epochOf, LoadSocket } from "../socket.ts";
import { channelId, nameOf, PASSWORD, PEOPLE } from "./land.ts";

/** What they do, and how often, all together. */
export const intervals_ms = { ping: 10, send: 25, login: 250, sync: 50 } as const;
export type Deed = keyof typeof intervals_ms;
export const deeds = Object.keys(intervals_ms) as Deed[];

export interface Noticed {
  times_ms: Record<Deed, number[]>;
  /** Deeds that came to nothing: refused, or their socket closed. */
  failed: number;
}

const address = (person: number) => `203.0.113.${person}`;

export class People {
  readonly #origin: string;
  readonly #sockets: LoadSocket[];
  readonly #topics: Record<string, number>;
  #turn = 0;

  private constructor(origin: string, sockets: LoadSocket[], topics: Record<string, number>) {
    this.#origin = origin;
    this.#sockets = sockets;
    this.#topics = topics;
  }

  static async arrive(origin: string): Promise<People> {
    const sockets = await Promise.all(
      Array.from({ length: PEOPLE }, (_, at) => openAs(origin, at + 1, address(at + 1))),
    );
    const topics = ["self", `server:${serverId(1)}`, ...Array.from({ length: PEOPLE }, (_, at) => `user:${at + 1}`)];
    const ask = { topics: [...topics, `channel:${channelId(1)}`] };
    const answers = await Promise.all(
      sockets.map((socket) => socket.demand<{ topics: Record<string, { seq: number }> }>("subscribe", ask)),
    );
    const seqs = Object.fromEntries(topics.map((topic) => [topic, answers[0]?.topics[topic]?.seq ?? 0]));
    return new People(origin, sockets, seqs);
  }

  get are_here(): boolean {
    return this.#sockets.every(({ closed }) => !closed);
  }

  /** What they notice of the server for so long, and then at most the patience for what is left. */
  async live(duration_ms: number, patience_ms: number): Promise<Noticed> {
    const noticed: Noticed = { times_ms: { ping: [], send: [], login: [], sync: [] }, failed: 0 };
    const waiting = new Map<Promise<void>, { deed: Deed; since_ms: number }>();
    const start = (deed: Deed) => {
      const since_ms = performance.now();
      const done: Promise<void> = this.#do(deed).then((well) => {
        if (!waiting.delete(done)) return;
        noticed.times_ms[deed].push(performance.now() - since_ms);
        if (!well) noticed.failed += 1;
      });
      waiting.set(done, { deed, since_ms });
    };
    const timers = deeds.map((deed) => setInterval(start, intervals_ms[deed], deed));
    for (const deed of deeds) start(deed);
    await Bun.sleep(duration_ms);
    for (const timer of timers) clearInterval(timer);
    await Promise.race([Promise.all(waiting.keys()), Bun.sleep(patience_ms)]);
    const now_ms = performance.now();
    for (const { deed, since_ms } of waiting.values()) noticed.times_ms[deed].push(now_ms - since_ms);
    waiting.clear();
    return noticed;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.drop();
  }

  /** Whether it was done. */
  async #do(deed: Deed): Promise<boolean> {
    this.#turn += 1;
    const person = this.#turn % PEOPLE;
    if (deed === "login") return (await logIn(this.#origin, person + 1)) === 200;
    const socket = this.#sockets[person] as LoadSocket;
    const reply = await socket.ask(...this.#request(deed, socket));
    return reply["type"] !== "error";
  }

  #request(deed: Exclude<Deed, "login">, socket: LoadSocket): [type: string, data: object] {
    if (deed === "ping") return ["ping", {}];
    if (deed === "sync") return ["sync", { epoch: epochOf(socket), topics: this.#topics }];
    return ["add_message", { channel_id: channelId(1), content: textOf(this.#turn) }];
  }
}

export async function openAs(origin: string, user: number, from: string): Promise<LoadSocket> {
  return LoadSocket.open(origin, `auth=${await tokenOf(user)}`, from);
}

/** The status of a log-in with the right password; 0 when there was no answer. */
export async function logIn(origin: string, user: number): Promise<number> {
  const headers = { "x-forwarded-for": address(user) };
  const body = JSON.stringify({ username: nameOf(user), password: PASSWORD });
  try {
    const response = await fetch(`${origin}/api/v1/user/login`, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

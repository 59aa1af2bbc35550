// The nodes that the server is made of, and the way to what each of them counts and knows: told to say it, each tells it
// back. A process alone is the only one of its kind. Who doesn't answer in time is left out: what has to be right asks
// whether all have answered.

import type { SharedRates, Spent } from "../domain/shared-rates.ts";
import type { Actors } from "./calls.ts";
import type { Call } from "./kernel/actor.ts";
import type { SocketCounts, ToldSockets } from "./told-sockets.ts";

/** What is known of a node by another, or by itself. */
export interface NodeStanding {
  number: number;
  /** It is the one that says so. */
  is_asked: boolean;
  host: string;
  pid: number;
  version: string;
  protocol: number;
  state: "alone" | "joining" | "serving" | "leaving";
  started_ms: number;
  /** How many slots it has; null where they aren't shared out. */
  slots: number | null;
  has_people: boolean;
  /** Milliseconds since it was heard, and bytes told to it that it hasn't said to have heard; null of oneself. */
  silent_ms: number | null;
  waiting_bytes: number | null;
}

export interface Standing {
  nodes: readonly NodeStanding[];
  /** Slots that are nobody's; null where they aren't shared out. */
  free_slots: number | null;
}

/** What a process counts. */
export type NodeFigures = {
  sessions: number;
  commits: number;
  commit_mean_ms: number | null;
  loop_lag_p50_ms: number | null;
  loop_lag_p99_ms: number | null;
};

export type NodeCalls = {
  say_figures: Call<{ to: number; ask: number }>;
  figures: Call<{ from: number; ask: number; figures: NodeFigures }>;
  /** To read anew what all processes read again and again, and then to say that it has. */
  follow: Call<{ to: number; ask: number }>;
  followed: Call<{ from: number; ask: number }>;
  /** Another node has let somebody spend of what they may at all together. */
  spent: Call<Spent>;
  /** How many sockets addresses have at another node, of those that have many. */
  sockets: Call<{ from: number; counts: SocketCounts }>;
};

export interface NodesOptions {
  actors: Actors;
  standing(): Standing;
  /** Looks anew which processes there are; whether that went through. */
  look(): Promise<boolean>;
  figures(): Promise<NodeFigures>;
  /** Reads anew, from now on, what others may have stored; whether that went through. */
  follow(): Promise<boolean>;
  /** What other nodes tell. */
  shared_rates: Pick<SharedRates, "spent">;
  told_sockets: Pick<ToldSockets, "told">;
}

export interface Nodes {
  /** All that there are, this one too. */
  standing(): Standing;
  /** Of each that answered in time, by its number. */
  figures(): Promise<Map<number, NodeFigures>>;
  /**
   * Whether all that there are know what was stored before this was asked, of all that they follow. Who comes to be one
   * since reads it as it begins.
   */
  allKnow(): Promise<boolean>;
  /** Tells all others what was spent here, or how many sockets addresses have here. */
  tellSpent(spent: Spent): void;
  tellSockets(counts: SocketCounts): void;
}

const PATIENCE_MS = 1_000;
const MAILBOX = 1_000;

interface Asked {
  answers: Map<number, unknown>;
  /** How many are missing. */
  missing: number;
  complete(): void;
}

/** A process alone. */
export function aloneIn(process: Pick<NodeStanding, "host" | "pid" | "version" | "started_ms">): Standing {
  const alone = { number: 0, is_asked: true, protocol: 0, state: "alone", slots: null, has_people: true } as const;
  return { nodes: [{ ...process, ...alone, silent_ms: null, waiting_bytes: null }], free_slots: null };
}

/** Its actor answers to `node:` and this process's number from now on. */
export function createNodes(on: NodesOptions): Nodes {
  const { actors, standing, look, figures, follow, shared_rates, told_sockets } = on;
  const asked = new Map<number, Asked>();
  let asks = 0;
  const me = () => standing().nodes.find(({ is_asked }) => is_asked)?.number ?? 0;
  const answered = (from: number, ask: number, said: unknown) => {
    const one = asked.get(ask);
    if (!one) return;
    one.answers.set(from, said);
    if (one.answers.size === one.missing) one.complete();
  };
  actors.define("node", {
    mailbox_limit: MAILBOX,
    start: () => ({
      receive: {
        async say_figures({ to, ask }) {
          actors.tell(`node:${to}`, "figures", { from: me(), ask, figures: await figures() });
        },
        figures: ({ from, ask, figures: said }) => answered(from, ask, said),
        // What others tell meanwhile isn't held up.
        follow({ to, ask }) {
          void follow().then((is_read) => is_read && actors.tell(`node:${to}`, "followed", { from: me(), ask }));
        },
        followed: ({ from, ask }) => answered(from, ask, true),
        spent: (spent) => shared_rates.spent(spent),
        sockets: ({ from, counts }) => told_sockets.told(from, counts),
      },
    }),
  });
  /** What those say that answer in time. */
  async function gather(call: "say_figures" | "follow"): Promise<Map<number, unknown>> {
    asks += 1;
    const ask = asks;
    const { promise, resolve } = Promise.withResolvers<void>();
    const one: Asked = { answers: new Map(), missing: 0, complete: resolve };
    asked.set(ask, one);
    const told = standing().nodes.filter(({ number }) => actors.tell(`node:${number}`, call, { to: me(), ask }));
    one.missing = told.length;
    if (told.length === 0) resolve();
    const late = setTimeout(resolve, PATIENCE_MS);
    await promise;
    clearTimeout(late);
    asked.delete(ask);
    return one.answers;
  }
  const others = () => standing().nodes.filter(({ is_asked }) => !is_asked);
  return {
    standing,
    tellSpent(spent) {
      for (const { number } of others()) actors.tell(`node:${number}`, "spent", spent);
    },
    tellSockets(counts) {
      for (const { number } of others()) actors.tell(`node:${number}`, "sockets", { from: me(), counts });
    },
    figures: () => gather("say_figures") as Promise<Map<number, NodeFigures>>,
    async allKnow() {
      if (!(await look())) return false;
      const { nodes } = standing();
      const knowing = await gather("follow");
      return nodes.every(({ number }) => knowing.has(number));
    },
  };
}

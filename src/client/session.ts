// One connection's life, from `ready` on: it brings the cache up to date, keeps events back until that is done, and
// from then on asks for whatever the cache lacks. It ends with its connection.

import { bodyOf } from "./asks.ts";
import { type Change, type Kept, type Turn, takeTurn } from "./cache.ts";
import { type Connection, LOST } from "./connection.ts";
import type { EventFrame, MessageType, ReplyBody, Request } from "./contract.ts";
import type { RequestError } from "./errors.ts";
import { closeChange, takeEvent } from "./events.ts";
import { dropTopic } from "./forgetting.ts";
import { applyLoad, applyReply, refuseLoad } from "./replies.ts";
import { type Clock, DEFAULT_PAGE_LENGTH, DEFAULT_TOPICS_PER_REQUEST } from "./surroundings.ts";
import { applyNotSynced, applySynced, hasNeeds, type Need, needsOf, syncSlices } from "./sync.ts";

export interface SessionDependencies {
  connection: Connection;
  clock: Clock;
  retry_ms: number;
  limits: Readonly<Record<string, number>>;
  kept: Kept;
  onChanges(changes: Change[]): void;
  onEvent(event: EventFrame): void;
  /** The cache is in step; what it lacks is being asked for. */
  onCaughtUp(): void;
}

export class Session {
  readonly #on: SessionDependencies;
  /** Events that came while catching up; null once it is done. */
  #early: EventFrame[] | null = [];
  #ended = false;
  #mending: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;

  constructor(on: SessionDependencies) {
    this.#on = on;
  }

  /** Settles when all that is kept is up to date; rejects with a `RequestError` when the connection ends before. */
  async catchUp(): Promise<void> {
    const { kept, limits } = this.#on;
    for (const topics of syncSlices(kept, limits["topics_per_request"] ?? DEFAULT_TOPICS_PER_REQUEST)) {
      await this.#sync(topics);
    }
    const early = this.#early ?? [];
    this.#early = null;
    for (const event of early) this.take(event);
    this.#on.onCaughtUp();
    this.mend();
    await this.mended();
  }

  take(event: EventFrame): void {
    if (this.#early) return void this.#early.push(event);
    let is_news = false;
    this.#turn((turn) => {
      closeChange(turn, event);
      is_news = takeEvent(turn, event);
    });
    if (is_news) this.#on.onEvent(event);
    this.mend();
  }

  /** Takes the reply to what the program asked. */
  takeReply<Name extends MessageType>(type: Name, asked: Request<Name>, reply: ReplyBody<Name>): void {
    this.#turn((turn) => {
      closeChange(turn, null);
      applyReply(turn, type, asked, reply);
    });
    this.mend();
  }

  end(): void {
    this.#ended = true;
    this.#cancelRetry?.();
  }

  /** Whether there is nothing more to ask for. */
  get isWhole(): boolean {
    return this.#early === null && !hasNeeds(this.#on.kept);
  }

  async mended(): Promise<void> {
    while (this.#mending) await this.#mending;
  }

  /** Begins to ask for what is lacking, unless it does already. */
  mend(): void {
    if (this.#ended || this.#early || this.#mending || !hasNeeds(this.#on.kept)) return;
    this.#mending = this.#mendAll().finally(() => {
      this.#mending = null;
      this.mend();
    });
  }

  async #mendAll(): Promise<void> {
    const { kept, limits } = this.#on;
    const page_length = limits["page_length"] ?? DEFAULT_PAGE_LENGTH;
    const topics_per_request = limits["topics_per_request"] ?? DEFAULT_TOPICS_PER_REQUEST;
    let split = false;
    while (!this.#ended && hasNeeds(kept)) {
      const needs = needsOf(kept, page_length, split ? 1 : topics_per_request);
      const ends = await Promise.all(needs.map((need) => this.#fill(need)));
      split = ends.includes("refused together");
      if (ends.includes("later")) await this.#retryPause();
    }
  }

  #retryPause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#on.clock.after(this.#on.retry_ms, resolve);
      this.#cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Asks for what is needed, and takes what comes or what is refused. */
  #fill(need: Need): Promise<"done" | "refused together" | "later"> {
    const asked = requestOf(need);
    return new Promise((resolve) => {
      this.#request(asked.type, asked.parameters, {
        onReply: (reply) => {
          this.#turn((turn) => {
            closeChange(turn, null);
            if (need.kind === "load") applyLoad(turn, need.load, reply as never);
            else applyReply(turn, asked.type, asked.parameters as never, reply as never);
          });
          resolve("done");
        },
        onFailure: ({ code }) => {
          if (is_passing.has(code) || code === "internal") return resolve("later");
          if (need.kind === "topics" && need.topics.length > 1) return resolve("refused together");
          this.#turn((turn) => refuse(turn, need));
          resolve("done");
        },
      });
    });
  }

  #sync(topics: Record<string, number>): Promise<void> {
    const { connection, kept } = this.#on;
    return new Promise((resolve, reject) => {
      this.#request(
        "sync",
        { epoch: kept.epoch, topics },
        {
          onReply: (reply) => {
            this.#turn((turn) => applySynced(turn, (reply as ReplyBody<"sync">).topics), true);
            resolve();
          },
          onFailure: (error) => {
            if (!is_passing.has(error.code)) {
              this.#turn((turn) => applyNotSynced(turn, Object.keys(topics)));
              return resolve();
            }
            reject(error);
            // Nothing may be taken before it: the next connection tries again.
            connection.end(LOST);
          },
        },
      );
    });
  }

  #request(
    type: MessageType,
    parameters: object,
    { onReply, onFailure }: { onReply(reply: unknown): void; onFailure(error: RequestError): void },
  ): void {
    this.#on.connection.request({ type, parameters, onFailure, onReply: (frame) => onReply(bodyOf(type, frame)) });
  }

  #turn(step: (turn: Turn) => void, synced = false): void {
    const changes = takeTurn(this.#on.kept, step, synced);
    if (changes.length > 0) this.#on.onChanges(changes);
  }
}

/** It may be otherwise the next time. */
const is_passing: ReadonlySet<RequestError["code"]> = new Set(["unavailable", "disconnected", "closed"]);

function requestOf(need: Need): { type: MessageType; parameters: object } {
  if (need.kind === "users") return { type: "get_users", parameters: { user_ids: need.user_ids } };
  if (need.kind === "topics") return { type: "subscribe", parameters: { topics: need.topics } };
  return { type: need.load.type, parameters: need.load.parameters };
}

function refuse(turn: Turn, need: Need): void {
  if (need.kind === "load") return refuseLoad(turn, need.load);
  const topics = need.kind === "topics" ? need.topics : need.user_ids.map((id) => `user:${id}`);
  for (const topic of topics) dropTopic(turn, topic);
}

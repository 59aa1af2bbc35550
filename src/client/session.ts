// One connection's life, from `ready` on: it brings the cache up to date, keeps events back until that is done, and
// from then on asks for whatever the cache lacks. It ends with its connection.

import { bodyOf } from "./asks.ts";
import { type Change, eachOnce, type Kept, type Turn, takeTurn } from "./cache.ts";
import { type Connection, LOST } from "./connection.ts";
import type { EventFrame, MessageType, ReplyBody, Request } from "./contract.ts";
import { pauseAfter, type RequestError } from "./errors.ts";
import { asTold, closeChange, takeEvent } from "./events.ts";
import { dropTopic } from "./forgetting.ts";
import { putInOrder } from "./order.ts";
import { applyLoad, applyReply, noteAsked, refuseLoad } from "./replies.ts";
import { type Clock, DEFAULT_PAGE_LENGTH, DEFAULT_TOPICS_PER_REQUEST, type KeptBounds } from "./surroundings.ts";
import { applyNotSynced, applySynced, hasNeeds, type Need, needsOf, syncSlices } from "./sync.ts";
import { trimWindows } from "./trimming.ts";
import { onAbort, type Patience } from "./waiting.ts";

export interface SessionDependencies {
  connection: Connection;
  clock: Clock;
  retry_ms: number;
  limits: Readonly<Record<string, number>>;
  kept: Kept;
  bounds: Pick<KeptBounds, "messages_per_channel">;
  onChanges(changes: Change[]): void;
  onEvent(event: EventFrame): void;
  /** The cache is in step; what it lacks is being asked for. */
  onCaughtUp(): void;
}

export class Session {
  readonly #on: SessionDependencies;
  /** Events that came while catching up; null once it is done. */
  #early: EventFrame[] | null = [];
  /** By topic, the events of a change of which there are more to come: an order is put right at once. */
  readonly #parts = new Map<string, EventFrame[]>();
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
    const parts = [...(this.#parts.get(event.topic) ?? []), event];
    if (hasMore(event)) return void this.#parts.set(event.topic, parts);
    this.#parts.delete(event.topic);
    const news: EventFrame[] = [];
    this.#turn((turn) => {
      for (const part of parts) {
        closeChange(turn, part);
        if (takeEvent(turn, part)) news.push(part);
      }
    });
    for (const part of news) this.#on.onEvent(asTold(this.#on.kept, part));
    this.mend();
  }

  /** Takes the reply to what the program asked. */
  takeReply<Name extends MessageType>(type: Name, asked: Request<Name>, reply: ReplyBody<Name>): void {
    this.#turn((turn) => {
      closeChange(turn, null);
      applyReply(turn, type, asked, reply);
      if (type === "get_user" || type === "get_users") noteAsked(turn, asked as Request<"get_user" | "get_users">);
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

  /** Settles when it has asked for what was lacking, or the signal says so. */
  async mended({ signal }: Patience = {}): Promise<void> {
    while (this.#mending) {
      let unhear = () => {};
      const abort = new Promise<never>((_, reject) => {
        unhear = onAbort(signal, reject);
      });
      await Promise.race([this.#mending, abort]).finally(unhear);
    }
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
      const pauses = ends.map((end) => (typeof end === "number" ? end : 0));
      if (ends.some((end) => typeof end === "number")) await this.#pause(Math.max(...pauses));
    }
  }

  #pause(pause_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#on.clock.after(pause_ms, resolve);
      this.#cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Asks for what is needed, and takes what comes or what is refused; a number: to be asked again after so long. */
  #fill(need: Need): Promise<"done" | "refused together" | number> {
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
        onFailure: (error) => {
          const { code } = error;
          if (is_passing.has(code) || code === "internal") return resolve(pauseAfter(error, this.#on.retry_ms));
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
            let news: EventFrame[] = [];
            this.#turn((turn) => {
              news = applySynced(turn, (reply as ReplyBody<"sync">).topics);
            }, true);
            for (const event of news) this.#on.onEvent(event);
            resolve();
          },
          onFailure: (error) => {
            if (error.code === "unavailable" && error.details.retry_after_ms !== undefined) {
              return void this.#pause(pauseAfter(error, 0)).then(() => this.#sync(topics).then(resolve, reject));
            }
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
    const { kept, bounds } = this.#on;
    const settled = (turn: Turn) => {
      step(turn);
      turn.changes = eachOnce(turn.changes);
      putInOrder(turn);
      trimWindows(turn, bounds.messages_per_channel);
    };
    const changes = takeTurn(kept, settled, synced);
    if (changes.length > 0) this.#on.onChanges(changes);
  }
}

const hasMore = ({ data }: EventFrame) => "more" in data && data.more === true;

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

// The actor system: addresses to actors. It starts actors of a known kind when they are first spoken to, lets idle ones
// go, and carries asks and their answers. Addresses are strings (`presence`, `session:12`), messages are plain data, so
// that an actor may one day live in another process. An actor's state is its own; nobody gets it from here.

import { monotonic } from "../../clock.ts";
import type { Place } from "../../domain/fair-share.ts";
import { crowded, failure, type Outcome } from "../../protocol/outcome.ts";
import type {
  Actor,
  Address,
  CallsAt,
  FaultBoundary,
  KindName,
  KindOptions,
  Reply,
  ReplyAt,
  RequestAt,
} from "./actor.ts";
import { Mailbox, type MailboxOptions } from "./mailbox.ts";

/** What carries answers to their askers, in the order in which they were given. */
export interface AnswerLine {
  put(item: () => void): void;
  /** A turn is over: all that was said in it goes out. */
  flush(): void;
}

export interface SystemOptions {
  line: AnswerLine;
  ask_deadline_ms: number;
  sweep_ms: number;
  /** Told of every throw of an actor; returns what its asker is answered. */
  onFault: FaultBoundary;
}

export interface KindStats {
  actors: number;
  waiting: number;
  oldest_ms: number;
}

type AnyActor = {
  mayRest?(): boolean;
  receive: Record<string, (request: unknown, reply: Reply<unknown>) => void | Promise<void>>;
  stop?(): void | Promise<void>;
};

interface Envelope {
  call: string;
  request: unknown;
  answer: Reply<unknown>;
  /** Answered already, by the actor or by the deadline. */
  settled: boolean;
}

const toNobody: Reply<unknown> = () => {};

function answerLate({ answer }: Envelope): void {
  answer(failure("unavailable", "The server took too long to answer."));
}

function gone({ answer }: Envelope): void {
  answer(failure("unavailable", "Whoever was asked has gone."));
}

interface Kind {
  name: string;
  start?(key: string): AnyActor | Promise<AnyActor>;
  mailbox: MailboxOptions<Envelope, Cell>;
  always_taken: readonly string[];
  idle_ms: number;
  restart_on_fault: boolean;
}

/** An address, and who is there. */
class Cell {
  readonly address: string;
  readonly kind: Kind;
  readonly mailbox: Mailbox<Envelope, Cell>;
  actor: AnyActor | null = null;
  used_ms = monotonic();
  /** No longer at its address. */
  released = false;

  constructor(address: string, kind: Kind) {
    this.address = address;
    this.kind = kind;
    this.mailbox = new Mailbox(kind.mailbox, this);
  }
}

export class ActorSystem<Kinds> {
  readonly #options: SystemOptions;
  readonly #kinds = new Map<string, Kind>();
  readonly #cells = new Map<string, Cell>();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #sweeper: ReturnType<typeof setInterval>;
  /** From now on no actor starts. */
  #is_closed = false;

  constructor(options: SystemOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.sweep(), options.sweep_ms);
    this.#sweeper.unref();
  }

  /** Makes a kind known; its actors start when they are first spoken to. */
  define<Name extends KindName<Kinds>>(name: Name, options: KindOptions<Kinds[Name]>): void {
    const mailbox: MailboxOptions<Envelope, Cell> = {
      limit: options.mailbox_limit,
      handle: (envelope, cell) => this.#handle(cell, envelope),
      onFault: (error, envelope, cell) => this.#fault(cell, error, envelope),
      afterTurn: () => this.#options.line.flush(),
    };
    const usual = { idle_ms: Infinity, restart_on_fault: false, always_taken: [] };
    this.#kinds.set(name, { ...usual, ...options, name, mailbox } as Kind);
  }

  /** Puts an actor at an address. */
  spawn<A extends Address<Kinds>>(address: A, actor: Actor<CallsAt<Kinds, A>>): void {
    this.#open(address).actor = actor as AnyActor;
  }

  /** Sends without waiting for an answer. False when it can't be taken: the mailbox is full, or nobody is there. */
  tell<A extends Address<Kinds>, Name extends keyof CallsAt<Kinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<Kinds, A>, Name>,
  ): boolean {
    return this.tellHere(address, call, request);
  }

  /**
   * `tell`, to the actor of this process, whoever has its address: for what an actor tells itself. `if_there`: where
   * none is, none is started.
   */
  tellHere<A extends Address<Kinds>, Name extends keyof CallsAt<Kinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<Kinds, A>, Name>,
    { if_there = false } = {},
  ): boolean {
    if (if_there && !this.#cells.has(address)) return false;
    return this.#post(address, { call, request, answer: toNobody, settled: false });
  }

  /** `request` of an actor that is there. Where none is, it is null, and none is started. */
  async requestIfThere<A extends Address<Kinds>, Name extends keyof CallsAt<Kinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<Kinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<Kinds, A>, Name>> | null> {
    return this.#cells.has(address) ? this.request(address, call, request) : null;
  }

  /**
   * Sends, and hands the answer to `reply`, exactly once: the actor's own, or `unavailable` when its mailbox is full,
   * it can't start, or the deadline passes; `internal` when it throws. What passed its deadline unread is not done.
   */
  ask<A extends Address<Kinds>, Name extends keyof CallsAt<Kinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<Kinds, A>, Name>,
    reply: Reply<ReplyAt<CallsAt<Kinds, A>, Name>>,
  ): void {
    const envelope: Envelope = { call, request, settled: false, answer: toNobody };
    const deadline = setTimeout(answerLate, this.#options.ask_deadline_ms, envelope);
    envelope.answer = (outcome) => {
      if (envelope.settled) return;
      envelope.settled = true;
      clearTimeout(deadline);
      this.#options.line.put(() => reply(outcome as Outcome<ReplyAt<CallsAt<Kinds, A>, Name>>));
    };
    if (!this.#post(address, envelope)) {
      envelope.answer(crowded());
    }
  }

  /** `ask`, for those who may wait: a promise of the answer, read a moment after it was given. */
  request<A extends Address<Kinds>, Name extends keyof CallsAt<Kinds, A> & string>(
    address: A,
    call: Name,
    request: RequestAt<CallsAt<Kinds, A>, Name>,
  ): Promise<Outcome<ReplyAt<CallsAt<Kinds, A>, Name>>> {
    return new Promise((resolve) => this.ask(address, call, request, resolve));
  }

  /** For who has that place: where an answer comes from another node, they have left it meanwhile. Here none does. */
  atPlace(_place: Place): Pick<ActorSystem<Kinds>, "tell" | "ask" | "request" | "atPlace"> {
    return this;
  }

  /** Settles once all that was said so far has been heard, wherever it went; here nothing is on its way. */
  async heard(): Promise<void> {}

  /** Takes the actor from its address at once. What still waits is answered `unavailable`. */
  stop(address: Address<Kinds>): void {
    const cell = this.#cells.get(address);
    if (cell) this.#release(cell);
  }

  /** The same, once it has taken all that waits; settles when it has stopped. Nobody may speak to it any more. */
  async retire(address: Address<Kinds>): Promise<void> {
    const cell = this.#cells.get(address);
    if (!cell) return;
    await cell.mailbox.rest();
    this.#release(cell);
    await this.#stopping.get(address);
  }

  /** Stops every actor that has been idle for its kind's time. */
  sweep(now_ms: number = monotonic()): void {
    for (const cell of this.#cells.values()) {
      if (now_ms - cell.used_ms < cell.kind.idle_ms || !cell.mailbox.idle) continue;
      if (cell.actor?.mayRest?.() ?? true) this.#release(cell);
    }
  }

  /** Where actors are. */
  get addresses(): Iterable<string> {
    return this.#cells.keys();
  }

  /** By kind: how many actors there are, how many messages wait, and for how long the oldest has. */
  stats(): Record<string, KindStats> {
    const stats: Record<string, KindStats> = {};
    for (const name of this.#kinds.keys()) stats[name] = { actors: 0, waiting: 0, oldest_ms: 0 };
    for (const { kind: of, mailbox } of this.#cells.values()) {
      const kind = stats[of.name];
      if (!kind) continue;
      kind.actors += 1;
      kind.waiting += mailbox.length;
      kind.oldest_ms = Math.max(kind.oldest_ms, mailbox.ageMs());
    }
    return stats;
  }

  /** Stops all actors, whatever waits. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#is_closed = true;
    for (const cell of this.#cells.values()) this.#release(cell);
    await Promise.all(this.#stopping.values());
  }

  #post(address: string, envelope: Envelope): boolean {
    const cell = this.#cells.get(address) ?? this.#openOnDemand(address);
    if (!cell) return false;
    cell.used_ms = monotonic();
    return cell.mailbox.post(envelope, cell.kind.always_taken.includes(envelope.call), cell.used_ms);
  }

  #openOnDemand(address: string): Cell | null {
    if (this.#is_closed) return null;
    const cell = this.#open(address);
    if (cell.kind.start) return cell;
    this.#cells.delete(address);
    return null;
  }

  #open(address: string): Cell {
    const colon = address.indexOf(":");
    const kind_name = colon === -1 ? address : address.slice(0, colon);
    const kind = this.#kinds.get(kind_name);
    if (!kind) throw new Error(`no actor kind for address '${address}'`);
    const cell = new Cell(address, kind);
    this.#cells.set(address, cell);
    return cell;
  }

  #handle(cell: Cell, envelope: Envelope): void | Promise<void> {
    if (envelope.settled) return;
    if (cell.released) return gone(envelope);
    if (cell.actor) return this.#deliver(cell.actor, envelope);
    return this.#startFor(cell, envelope);
  }

  async #startFor(cell: Cell, envelope: Envelope): Promise<void> {
    const actor = await this.#start(cell);
    // It was taken from its address while it began: another one may be there.
    if (cell.released) {
      this.#drop(cell);
      return gone(envelope);
    }
    await this.#deliver(actor, envelope);
  }

  #deliver(actor: AnyActor, envelope: Envelope): void | Promise<void> {
    return actor.receive[envelope.call]?.(envelope.request, envelope.answer);
  }

  async #start(cell: Cell): Promise<AnyActor> {
    await this.#stopping.get(cell.address);
    const key = cell.address.slice(cell.kind.name.length + 1);
    if (!cell.kind.start) throw new Error(`${cell.address} can't be started again`);
    cell.actor = await cell.kind.start(key);
    return cell.actor;
  }

  #fault(cell: Cell, error: unknown, envelope: Envelope): void {
    const answer = this.#options.onFault(error, { address: cell.address, call: envelope.call });
    const is_broken = answer.code === "internal";
    if (is_broken && cell.kind.start && cell.kind.restart_on_fault) this.#drop(cell);
    envelope.answer({ ok: false, error: answer });
  }

  #release(cell: Cell): void {
    this.#cells.delete(cell.address);
    cell.released = true;
    this.#drop(cell);
  }

  /** Stops the actor in the cell; the next message for the cell starts another, once this one has stopped. */
  #drop(cell: Cell): void {
    const { actor, address } = cell;
    cell.actor = null;
    const failed = (error: unknown) => void this.#options.onFault(error, { address, call: "stop" });
    try {
      const stopped = actor?.stop?.();
      if (!(stopped instanceof Promise)) return;
      const settled: Promise<void> = stopped.catch(failed).then(() => {
        if (this.#stopping.get(address) === settled) this.#stopping.delete(address);
      });
      this.#stopping.set(address, settled);
    } catch (error) {
      failed(error);
    }
  }
}

// One database thread as seen from outside: requests and replies, its death and its replacement.
// Every accepted request settles: with its reply, or `unavailable` when the thread is gone and does nothing any more.
// Must not repeat a request by itself, since a lost one may have been done.

import { Fifo } from "../../domain/fifo.ts";
import { limits } from "../../domain/limits.ts";
import { DatabaseError, type DatabaseFault, unavailable, undone } from "./driver.ts";
import type { ConnectionRole } from "./embedded-connection.ts";
import type { WorkerCall, WorkerCalls, WorkerReply, WorkerRequest } from "./worker-messages.ts";

export interface WorkerLinkOptions {
  path: string;
  role: ConnectionRole;
  spawn: (role: ConnectionRole) => Worker;
  now: () => number;
  onFault: (fault: DatabaseFault) => void;
  /** Told that only a new process can help. */
  onFatal: (reason: string) => void;
}

interface Pending {
  request: WorkerRequest;
  resolve: (value: WorkerCalls[WorkerCall]["reply"]) => void;
  reject: (error: unknown) => void;
}

interface Thread {
  worker: Worker;
  /** What was asked in this turn and is about to be posted. */
  outgoing: Pending[];
  /** In the order in which they were asked, which is that of the replies. */
  pending: Fifo<Pending>;
  opened: Promise<void> | null;
  isOpen: boolean;
  ended: Promise<void>;
}

export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  /** Behind all that this round of the event loop asks; the writer's jobs have been gathered before. */
  readonly #postSoon: (post: () => void) => void;
  #thread: Thread | null = null;
  /** A thread that was given up and may still be at work. */
  #ending: Thread | null = null;
  /** Whether a thread was lost that had the database open: its connection may have stayed. */
  #lostOpen = false;
  #closed = false;
  #lastId = 0;
  #failures = 0;
  #retryAtMs = 0;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#postSoon = options.role === "writer" ? queueMicrotask : setImmediate;
  }

  /** Starts the thread and its loading without touching the database file yet. */
  warm(): void {
    this.#running();
  }

  /** Resolves when the thread has the database open; also done by the first request. */
  async open(): Promise<void> {
    await this.#opened(this.#running());
  }

  request<Call extends "query" | "transact">(
    call: Call,
    payload: WorkerCalls[Call]["payload"],
  ): Promise<WorkerCalls[Call]["reply"]> {
    try {
      const thread = this.#running();
      if (thread.pending.length + thread.outgoing.length >= limits.database_requests) {
        throw neverSent(`the database ${this.#options.role} has too many requests waiting`);
      }
      // Not awaited: the thread answers in order, so the request can already wait behind the opening.
      if (!thread.opened) this.#opened(thread).catch(() => undefined);
      return this.#post(thread, call, payload);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Lets the requests before it finish, closes the connection, and ends the thread. */
  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    if (!thread) return;
    if (thread.opened) await this.#post(thread, "close", null).catch(() => undefined);
    this.#thread = null;
    thread.worker.terminate();
    await thread.ended;
  }

  #running(): Thread {
    if (this.#closed) throw neverSent("the database is closed");
    if (this.#thread) return this.#thread;
    if (this.#ending || this.#options.now() < this.#retryAtMs) {
      throw neverSent(`the database ${this.#options.role} is restarting`);
    }
    this.#thread = this.#start();
    return this.#thread;
  }

  #start(): Thread {
    const worker = this.#options.spawn(this.#options.role);
    const ended = Promise.withResolvers<void>();
    const lists = { outgoing: [], pending: new Fifo<Pending>() };
    const thread: Thread = { worker, ...lists, opened: null, isOpen: false, ended: ended.promise };
    worker.addEventListener("message", (event: MessageEvent<WorkerReply[]>) => {
      for (const reply of event.data) if (settle(thread, reply)) this.#failures = 0;
    });
    worker.addEventListener("error", (event) => this.#lost(thread, `stopped: ${errorLine(event.message)}`));
    worker.addEventListener("messageerror", () => this.#lost(thread, "sent an unreadable reply"));
    worker.addEventListener("close", () => {
      ended.resolve();
      this.#lost(thread, "stopped");
    });
    return thread;
  }

  #opened(thread: Thread): Promise<void> {
    const { path, role } = this.#options;
    // What a lost connection of this process holds it holds for good: no need to wait long for it.
    const busy_ms = this.#lostOpen ? limits.database_left_busy_ms : limits.database_busy_ms;
    thread.opened ??= this.#post(thread, "open", { path, role, busy_ms }).then(
      () => {
        thread.isOpen = true;
      },
      (error: DatabaseError) => {
        this.#lost(thread, `could not open: ${error.message}`);
        if (this.#lostOpen && isLocked(error)) this.#giveUp();
        throw error;
      },
    );
    return thread.opened;
  }

  #post<Call extends WorkerCall>(
    thread: Thread,
    call: Call,
    payload: WorkerCalls[Call]["payload"],
  ): Promise<WorkerCalls[Call]["reply"]> {
    const request = { id: ++this.#lastId, call, payload } as WorkerRequest;
    return new Promise((resolve, reject) => {
      if (thread.outgoing.length === 0) this.#postSoon(() => postOutgoing(thread));
      // The thread answers each call with that call's own kind of reply.
      thread.outgoing.push({ request, resolve: resolve as Pending["resolve"], reject });
    });
  }

  #giveUp(): void {
    this.#closed = true;
    this.#options.onFatal("a database thread died within a transaction, and only the process's end frees its lock");
  }

  #lost(thread: Thread, what: string): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#ending = thread;
    this.#lostOpen ||= thread.isOpen;
    const { role, now, onFault } = this.#options;
    this.#failures += 1;
    this.#retryAtMs = now() + restartDelayMs(this.#failures);
    const fault = unavailable(`the database ${role} ${what}`);
    thread.worker.terminate();
    for (const one of thread.outgoing.splice(0)) one.reject(new DatabaseError(undone(fault)));
    onFault(fault);
    // Its owner looks for what came of it: a commit under way must have happened by then, or never happen.
    void thread.ended.then(() => {
      this.#ending = null;
      for (let one = thread.pending.shift(); one; one = thread.pending.shift()) one.reject(new DatabaseError(fault));
    });
  }
}

function neverSent(message: string): DatabaseError {
  return new DatabaseError(undone(unavailable(message)));
}

function isLocked(error: DatabaseError): boolean {
  return error.message.includes("database is locked");
}

/** Posts what was asked. What can't be sent is rejected alone, and waits for no reply. */
function postOutgoing(thread: Thread): void {
  const outgoing = thread.outgoing.splice(0);
  if (outgoing.length === 0) return;
  try {
    post(thread, outgoing);
  } catch {
    for (const one of outgoing) {
      try {
        post(thread, [one]);
      } catch (error) {
        one.reject(error);
      }
    }
  }
}

/** Throws, and has posted nothing, where one of them can't be sent. */
function post({ worker, pending }: Thread, some: readonly Pending[]): void {
  worker.postMessage(some.map(({ request }) => request));
  for (const one of some) pending.push(one);
}

/** Whether it was a good answer to what has waited for it. */
function settle(thread: Thread, reply: WorkerReply): boolean {
  if (thread.pending.first?.request.id !== reply.id) return false;
  const pending = thread.pending.shift();
  if (!pending) return false;
  if (reply.ok) pending.resolve(reply.value);
  else pending.reject(new DatabaseError(reply.fault));
  return reply.ok && pending.request.call !== "open";
}

/** None after the first death, then doubling, so that a broken disk does not spin through threads. */
function restartDelayMs(failures: number): number {
  if (failures <= 1) return 0;
  return Math.min(limits.database_restart_ms * 2 ** (failures - 2), limits.database_restart_max_ms);
}

/** The error itself, without the source around it that comes with an uncaught one. */
function errorLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*error: /i.test(line)) ?? lines[0] ?? "";
}

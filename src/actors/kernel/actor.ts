// What an actor is, in types alone: its calls, what answers them, its kind, and how an address leads to its calls. The
// system that runs actors stands in `system.ts`; whoever only speaks of actors needs nothing of it.

import type { Failure, Outcome } from "../../protocol/outcome.ts";

/** One call of an actor. */
export interface Call<Request, Reply = null> {
  request: Request;
  reply: Reply;
}

/**
 * Answers an ask. Whoever asked hears it when the turn in which it is given is over, in the order of all that was said,
 * and before anything that is said later. Only the first answer counts.
 */
export type Reply<Value> = (outcome: Outcome<Value>) => void;

/** An actor: one function a call, over state that lives in their closure or object. */
export type Behaviour<C> = {
  [Name in keyof C]: C[Name] extends Call<infer Request, infer Value>
    ? (request: Request, reply: Reply<Value>) => void | Promise<void>
    : never;
};

export interface Actor<C> {
  receive: Behaviour<C>;
  /** Whether it may be let go when it has been idle; it may when absent. */
  mayRest?(): boolean;
  /** Lets go of what it holds; awaited before an actor of the same address may start again. */
  stop?(): void | Promise<void>;
}

export interface KindOptions<C> {
  /**
   * Makes the actor for `key`, the part of its address behind the colon. What is asked meanwhile waits. Absent for a
   * kind whose actors only `spawn` makes: what is sent to one that isn't there is dropped.
   */
  start?(key: string): Actor<C> | Promise<Actor<C>>;
  mailbox_limit: number;
  /**
   * Calls that are taken though the mailbox is full, such as that somebody has gone: who makes them makes few, and what
   * they tell would never be learnt again.
   */
  always_taken?: readonly (keyof C & string)[];
  /** Without a message for this long, the actor stops. Never when absent. */
  idle_ms?: number;
  /** After a throw that is answered `internal`, the actor's state is dropped and made again for the next message. */
  restart_on_fault?: boolean;
}

/** Makes an answer of something thrown, after logging it. */
export type FaultBoundary = (error: unknown, where: { address: string; call: string }) => Failure;

export type KindName<Kinds> = keyof Kinds & string;
export type Address<Kinds> = KindName<Kinds> | `${KindName<Kinds>}:${string | number}`;
type KindOf<A extends string> = A extends `${infer Kind}:${string}` ? Kind : A;
export type CallsAt<Kinds, A extends string> = KindOf<A> extends keyof Kinds ? Kinds[KindOf<A>] : never;
export type RequestAt<C, Name extends keyof C> = C[Name] extends Call<infer Request, unknown> ? Request : never;
export type ReplyAt<C, Name extends keyof C> = C[Name] extends Call<unknown, infer Value> ? Value : never;

// The session: one connection, from its token to its close. It knows who is there and which rooms keep it up to date, and
// tells both when it is over. How it opens is in `opening.ts`; a frame goes through `intake.ts`, then `dispatch.ts`. It
// owns nothing but that; what a request changes, others own.

import { limits } from "../../domain/limits.ts";
import { SmallSet } from "../../domain/small.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import type { Actor, Behaviour, KindOptions } from "../kernel/actor.ts";
import type { Claims } from "./authenticator.ts";
import type { SessionCalls } from "./calls.ts";
import type { Expiries } from "./expiries.ts";
import { Intake, type IntakeDependencies } from "./intake.ts";
import { type Opened, type Opening, type OpeningDependencies, openSession } from "./opening.ts";

export interface SessionDependencies extends OpeningDependencies, IntakeDependencies {
  actors: Actors;
  gateway: Gateway;
  expiries: Expiries;
}

/** A session is put at its address by whoever has the connection; nobody else can start one. */
export function sessionKind(): KindOptions<SessionCalls> {
  return { mailbox_limit: limits.session_queue, always_taken: ["closed", "revoked", "drained", "listening", "moved"] };
}

export function sessionActor(id: SessionId, dependencies: SessionDependencies): Actor<SessionCalls> {
  return { receive: new Session(id, dependencies) };
}

type State =
  | { state: "authenticating"; claims: Claims | null }
  | { state: "ready"; claims: Claims; intake: Intake }
  | { state: "closed" };

/** Its public methods are its calls, then what its opening and its intake tell it. */
class Session implements Behaviour<SessionCalls>, Opening {
  readonly #id: SessionId;
  readonly #on: SessionDependencies;
  #state: State = { state: "authenticating", claims: null };
  /** Servers whose rooms keep this session up to date. */
  readonly #rooms = new SmallSet();

  constructor(id: SessionId, dependencies: SessionDependencies) {
    this.#id = id;
    this.#on = dependencies;
  }

  opened({ token, address }: { token: string; address: string }): Promise<void> {
    return openSession(this.#on, this.#id, token, address, this);
  }

  frame({ frame }: { frame: string | null }): void {
    if (this.#state.state === "ready") this.#state.intake.take(frame);
  }

  drained(): void {
    if (this.#state.state === "ready") this.#state.intake.pump();
  }

  closed(): void {
    this.#end();
  }

  revoked({ logins, reason, spared, spares_bots }: SessionCalls["revoked"]["request"]): void {
    if (this.#state.state === "closed") return;
    const { claims } = this.#state;
    if (claims && ((spares_bots && claims.is_bot) || claims.login === spared)) return;
    if (logins === null || (claims && logins.includes(claims.login))) this.close(reason);
  }

  moved({ server_id, heard }: { server_id: number; heard: Readonly<Record<string, number>> }): void {
    if (this.#state.state !== "ready") return;
    const { from } = this.#state.intake;
    this.#on.actors.ask(`room:${server_id}`, "resume", { from, heard }, (resumed) => {
      // What it missed is more than can be told: it has to come back and ask.
      const is_told = resumed.ok && !Object.values(resumed.value).some((answer) => "reset" in answer);
      if (!is_told) this.close("server_fault");
    });
  }

  listening({ server_id }: { server_id: number }): void {
    this.#rooms.add(server_id);
  }

  claimed(claims: Claims): void {
    this.#state = { state: "authenticating", claims };
  }

  ready(opened: Opened): void {
    const intake = new Intake(this.#on, opened, this);
    this.#state = { state: "ready", claims: opened.claims, intake };
    this.#on.expiries.watch(this.#id, opened.claims.login, opened.expires_ms);
  }

  close(reason: CloseReason): void {
    this.#on.gateway.close(this.#id, reason);
    this.#end();
  }

  #end(): void {
    if (this.#state.state === "closed") return;
    const { claims } = this.#state;
    if (this.#state.state === "ready") this.#state.intake.end();
    this.#on.expiries.forget(this.#id);
    this.#state = { state: "closed" };
    if (claims) this.#on.actors.tell("presence", "close", { user_id: claims.user_id, session: this.#id });
    for (const server_id of this.#rooms) this.#on.actors.tell(`room:${server_id}`, "forget", { session: this.#id });
    this.#on.actors.stop(`session:${this.#id}`);
  }
}

// One person's side of a fuzz round: what was sent, and what each of it was answered. Every frame has exactly one answer,
// under its `id` where one could be read.

import { Compile, type Validator } from "typebox/compile";
import { limits } from "../../src/domain/limits.ts";
import { findMessage } from "../../src/protocol/catalogue.ts";
import { bot_errors, common_errors, room_errors } from "../../src/protocol/errors.ts";
import { isDeeperThan } from "../../src/protocol/frame.ts";
import type { MessageLiteral } from "../../src/protocol/message.ts";
import { pushes } from "../../src/protocol/pushes.ts";
import type { Frame } from "../harness/client.ts";
import type { Present } from "../harness/server.ts";

/** A frame as it is sent, but for its `id`: the text after it, or the whole, which may be bytes. */
export type Body = { after_id: string } | { whole: string | Uint8Array<ArrayBuffer> };

export interface Sent {
  readonly by: Present;
  readonly body: Body;
  /** As it went out. */
  readonly frame: string | Uint8Array<ArrayBuffer>;
  /** The `id` it must be answered under; null where none can be read. */
  readonly id: string | null;
  /** What it asks for, where that can be read. */
  readonly literal: MessageLiteral | null;
  /** The answers with that id. */
  readonly answers: Frame[];
}

const push_types = new Set<string>(pushes.map(({ type }) => type));

/** What comes unasked: events and pushes. An error is one only when the socket closes. */
export const isUnasked = (frame: Frame): boolean =>
  !("id" in frame) && frame["type"] !== "error" && ("topic" in frame || push_types.has(frame["type"]));

let ids = 0;

export class Correspondence {
  readonly person: Present;
  readonly #sent = new Map<string, Sent>();
  #nameless: Sent[] = [];
  /** Where in what came the batch begins. */
  #from: number;

  constructor(person: Present) {
    this.person = person;
    this.#from = person.client.seen.length;
  }

  send(body: Body): Sent {
    ids += 1;
    const frame = "whole" in body ? body.whole : `{"id":"fuzz-${ids}"${body.after_id}`;
    const { id, literal } = readFrame(frame);
    const sent: Sent = { by: this.person, body, frame, id, literal, answers: [] };
    if (id === null) this.#nameless.push(sent);
    else this.#sent.set(id, sent);
    this.person.client.send(frame);
    return sent;
  }

  /** Waits until all that the server does of itself is done, and begins anew. */
  static async afterQuiet(people: readonly Present[]): Promise<Correspondence[]> {
    await Promise.all(people.map(({ client }) => client.rest()));
    return people.map((person) => new Correspondence(person));
  }

  /** Waits until all is answered that must be; what is wrong with the answers, in words. */
  async settle(): Promise<string[]> {
    const { client } = this.person;
    const closed = client.closed.then(({ code }) => {
      throw new Error(`the socket closed with ${code}`);
    });
    await Promise.race([client.rest(), closed]);
    while (this.#isWaiting()) {
      const next = await Promise.race([client.take(() => true).catch(() => null), closed]);
      if (!next) break;
    }
    // A second answer would come before this one.
    await Promise.race([client.rest(), closed]);
    const came = client.seen.slice(this.#from);
    return [...this.#sent.values()].flatMap((sent) => faultsOf(sent, came)).concat(this.#namelessFaults(came));
  }

  /** Events and pushes that came since it began. */
  get told(): Frame[] {
    return this.person.client.seen.slice(this.#from).filter(isUnasked);
  }

  #isWaiting(): boolean {
    const came = this.person.client.seen.slice(this.#from);
    const answered = new Set(came.map((frame) => frame["id"]));
    const nameless = came.filter(isNamelessAnswer).length;
    return (
      nameless < this.#nameless.filter(({ literal }) => literal?.reply !== null).length ||
      [...this.#sent.values()].some(({ id, literal }) => literal?.reply !== null && !answered.has(id))
    );
  }

  #namelessFaults(came: readonly Frame[]): string[] {
    const answers = came.filter(isNamelessAnswer).length;
    const silent = this.#nameless.filter(({ literal }) => literal?.reply === null).length;
    if (answers <= this.#nameless.length && answers >= this.#nameless.length - silent) return [];
    return [`${this.#nameless.length} frames without an id had ${answers} answers: ${JSON.stringify(this.#nameless)}`];
  }
}

const isNamelessAnswer = (frame: Frame) => !("id" in frame) && !isUnasked(frame);

/** Whether it was answered with an error; what can't be read is, in any case. */
export const wasRefused = ({ id, literal, answers: [answer] }: Sent): boolean =>
  answer ? answer["type"] === "error" : id === null && literal === null;

/** What the server can read of a frame. */
function readFrame(frame: string | Uint8Array): { id: string | null; literal: MessageLiteral | null } {
  const nothing = { id: null, literal: null };
  if (typeof frame !== "string") return nothing;
  if (frame.length > limits.frame_length)
    return { ...nothing, id: /^\{"id":"(fuzz-\d+)"[,}]/.exec(frame)?.[1] ?? null };
  let fields: unknown;
  try {
    // As it arrives: a socket carries no half of a surrogate pair.
    fields = JSON.parse(frame.toWellFormed());
  } catch {
    return nothing;
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return nothing;
  const own = (name: string) => Object.getOwnPropertyDescriptor(fields, name)?.value;
  const [id, type] = [own("id"), own("type")];
  const is_known = typeof type === "string" && !isDeeperThan(fields, limits.frame_depth);
  return { id: typeof id === "string" ? id : null, literal: (is_known && findMessage(type)) || null };
}

const validators = new Map<string, Validator>();

/** What is wrong with the answers to one frame; keeps them with it. */
function faultsOf(sent: Sent, came: readonly Frame[]): string[] {
  const { id, literal } = sent;
  sent.answers.splice(0, sent.answers.length, ...came.filter((frame) => frame["id"] === id));
  const [answer, ...more] = sent.answers;
  const fault = (what: string) => [`${what}: ${String(sent.frame).slice(0, 2_000)} → ${JSON.stringify(sent.answers)}`];
  if (more.length > 0) return fault("answered twice");
  if (!answer) return literal?.reply === null ? [] : fault("not answered");
  if (answer["type"] === "error") return isDeclared(answer, literal) ? [] : fault("an error that isn't declared");
  if (!literal?.reply) return fault("a reply where there is none");
  return fits(answer, literal) ? [] : fault("a reply that its literal doesn't know");
}

function isDeclared({ code, message, details }: Frame, literal: MessageLiteral | null): boolean {
  if (typeof message !== "string" || message === "" || code === "internal" || code === "unavailable") return false;
  if (code === "bad_request" && typeof details?.path !== "string") return false;
  const of_room = literal?.room ? room_errors : [];
  const of_bot = literal?.people_only ? bot_errors : [];
  const known = literal
    ? [...common_errors, ...of_room, ...of_bot, ...literal.errors]
    : ["bad_request", "too_large", "unknown_type"];
  const declared: readonly string[] = known;
  return declared.includes(code);
}

function fits({ id: _, ...answer }: Frame, { type, dialect, reply }: MessageLiteral): boolean {
  const validator = validators.get(type) ?? Compile(reply ?? {});
  validators.set(type, validator);
  if (dialect === "console") return validator.Check(answer);
  return answer["type"] === type && validator.Check(answer["data"]);
}

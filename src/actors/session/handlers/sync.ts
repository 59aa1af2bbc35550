// `sync`: what a client's copy lacks, put together from those who own its topics: rooms, people, oneself. Each of them
// first gathers what it has to read; then all answer, one right after another, and the reply goes out in the turn of
// the last one. Where something came between, it is gathered anew, so that the answers are of one moment.

import type { Store } from "../../../db/store.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import { type Bounds, limits } from "../../../domain/limits.ts";
import type { Request } from "../../../protocol/catalogue.ts";
import type { SyncedTopic } from "../../../protocol/community/sync.ts";
import { type Outcome, success } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/system.ts";
import type { Look } from "../../people/calls.ts";
import type { Answers, Gathered, Heard } from "../../room/calls.ts";
import { GONE, RESET } from "../../room/sync/sync.ts";
import { type AskedTopic, parseTopics, roomFor } from "../asked-topics.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import type { RoomDirectory } from "../room-directory.ts";
import { describePeople, type FoundPeople, findPeople, type People } from "./people.ts";

export interface SyncDependencies {
  actors: Actors;
  gateway: Gateway;
  store: Pick<Store, "users">;
  ids: IdGenerator;
  directory: RoomDirectory;
  bounds: Pick<Bounds, "topics_per_session">;
  /** Another one, and clients must throw away what they keep. */
  epoch: string;
  /** Bounds how many gather at once; after a restart, everybody does. */
  gathering<Value>(gather: () => Promise<Value>): Promise<Value>;
}

/** Owners that gather at once; between one lot and the next, other work has its turn. */
const AT_ONCE = 8;
/** Times that all are asked because something came between; after that, who doesn't hold still is made to. */
const COMMON_PASSES = 6;

export function syncHandlers(on: SyncDependencies): Handlers<"sync"> {
  return {
    async sync({ epoch, topics }, from, reply) {
      const asked = parseTopics(Object.keys(topics), (topic) => topic);
      if (!asked.ok) return reply(asked);
      const answers: Answers = {};
      const now = on.ids.next();
      const answerable = asked.value.filter(({ topic }) => {
        const may_be_known = epoch === on.epoch && (topics[topic] ?? 0) <= now;
        if (!may_be_known) answers[topic] = RESET;
        return may_be_known;
      });
      const room_for = roomFor(on, from.session, answerable);
      if (!room_for.ok) return reply(room_for);
      await on.gathering(async () => {
        const owners = await ownersOf(on, from, answerable, topics);
        for (const topic of owners.unknown) answers[topic] = GONE;
        await askAll(owners.known, (answered) => {
          if (!answered.ok) return reply(answered);
          const all = { ...answers, ...answered.value };
          const kept = withinBytes(asked.value.map(({ topic }) => [topic, all[topic] ?? GONE]));
          reply(success({ topics: kept.answers }));
          if (kept.dropped.length > 0) unsubscribe(owners.known, kept.dropped);
        });
      });
    },
  };
}

/** One who owns topics that are asked about. */
interface Owner {
  readonly topics: readonly string[];
  /** Reads what the answers take, at most about so many bytes of it; `again`, when the step after it came too late. */
  gather(bytes: number, again: boolean): Promise<Outcome<{ bytes: number }>>;
  /** Whether nothing has come since it was gathered. */
  holds(reply: Reply<boolean>): void;
  /** Answers and subscribes in one turn; null when something has come since it was gathered. */
  answer(reply: Reply<Answers | null>): void;
  /** Gathers and answers whatever comes. */
  insist(bytes: number, reply: Reply<Answers>): void | Promise<void>;
  unsubscribe(topics: string[]): void;
}

async function ownersOf(
  on: SyncDependencies,
  from: Requester,
  asked: readonly AskedTopic[],
  seqs: Request<"sync">["topics"],
): Promise<{ known: Owner[]; unknown: string[] }> {
  const idsOf = (kind: AskedTopic["kind"]) => asked.filter((one) => one.kind === kind).map(({ id }) => id);
  const [servers, channels] = await Promise.all([
    on.directory.findAll("server", idsOf("server")),
    on.directory.findAll("channel", idsOf("channel")),
  ]);
  const rooms = new Map<number, Record<string, number>>();
  const unknown: string[] = [];
  for (const { topic, kind, id } of asked) {
    if (kind !== "server" && kind !== "channel") continue;
    const server_id = (kind === "server" ? servers : channels).get(id);
    if (server_id === undefined) unknown.push(topic);
    else rooms.set(server_id, Object.assign(rooms.get(server_id) ?? {}, { [topic]: seqs[topic] }));
  }
  const people = new Map(idsOf("user").map((id) => [id, seqs[`user:${id}`] ?? 0]));
  const known = [...rooms].map(([server_id, heard]) => roomOwner(on, from, server_id, heard));
  if (people.size > 0) known.push(peopleOwner(on, from, people));
  if (seqs["self"] !== undefined && asked.some(({ kind }) => kind === "self")) {
    known.push(selfOwner(on, from, seqs["self"]));
  }
  return { known, unknown };
}

function roomOwner({ actors }: SyncDependencies, from: Requester, server_id: number, heard: Heard): Owner {
  const address = `room:${server_id}` as const;
  let gathered: Gathered | null = null;
  return {
    topics: Object.keys(heard),
    async gather(bytes, again) {
      const outcome = await actors.request(address, "gather", { from, heard, bytes, again });
      if (outcome.ok) gathered = outcome.value;
      return outcome;
    },
    holds(reply) {
      if (gathered) actors.ask(address, "holds", { changes: gathered.changes }, reply);
    },
    answer(reply) {
      if (gathered) actors.ask(address, "catch_up", { from, heard, gathered }, reply);
    },
    insist: (bytes, reply) => actors.ask(address, "catch_up_alone", { from, heard, bytes, again: true }, reply),
    unsubscribe: (topics) => void actors.tell(address, "unsubscribe", { session: from.session, topics }),
  };
}

function peopleOwner({ actors, store }: SyncDependencies, from: Requester, heard: ReadonlyMap<number, number>): Owner {
  const user_ids = [...heard.keys()];
  let found: FoundPeople | null = null;
  const look = <Value>(people: FoundPeople, judge: (looked: Look) => Value, reply: Reply<Value>) =>
    actors.ask("presence", "look", { user_ids: people.known, watch_with: from.session }, (looked) =>
      reply(looked.ok ? success(judge(looked.value)) : looked),
    );
  const answersOf = (people: FoundPeople, looked: Look) =>
    peopleAnswers(heard, people.known, looked.left_out, describePeople(people, looked));
  return {
    topics: user_ids.map((id) => `user:${id}`),
    async gather() {
      if (found) await actors.request("presence", "settled", { user_ids: found.known });
      found = await findPeople(store, from.id, user_ids);
      return success({ bytes: 0 });
    },
    holds(reply) {
      if (!found) return reply(success(false));
      actors.ask("presence", "look", { user_ids: found.known, watch_with: null }, (looked) =>
        reply(looked.ok ? success(looked.value.moving.length === 0) : looked),
      );
    },
    answer(reply) {
      const people = found;
      if (people) look(people, (looked) => (looked.moving.length > 0 ? null : answersOf(people, looked)), reply);
    },
    async insist(_bytes, reply) {
      const people = await findPeople(store, from.id, user_ids);
      look(people, (looked) => answersOf(people, looked), reply);
    },
    unsubscribe: (dropped) => {
      const user_ids = dropped.map((topic) => Number(topic.slice("user:".length)));
      actors.tell("presence", "unwatch", { session: from.session, user_ids });
    },
  };
}

function peopleAnswers(
  heard: ReadonlyMap<number, number>,
  known: readonly number[],
  left_out: readonly number[],
  { users, topics, profile_seqs }: People,
): Answers {
  const answers: Answers = {};
  const [related, without] = [new Set(known), new Set(left_out)];
  for (const id of heard.keys()) answers[`user:${id}`] = without.has(id) ? RESET : GONE;
  for (const { created_date: _, ...user } of users) {
    const { id, status = "offline", playing = null } = user;
    const topic = `user:${id}`;
    const since = heard.get(id) ?? 0;
    const told = topics[topic];
    if (!told || !related.has(id)) continue;
    const profile_changed = (profile_seqs.get(id) ?? 0) > since || since === 0;
    const data = profile_changed ? user : { id, status, playing };
    const seq = Math.max(told.seq, since);
    answers[topic] = { seq, events: [{ type: "user_changed", topic, seq, data }] };
  }
  return answers;
}

function selfOwner({ actors }: SyncDependencies, { id: user_id }: Requester, since: number): Owner {
  let told = 0;
  let answers: Answers = {};
  const isStill = (reply: Reply<boolean>) =>
    actors.ask("presence", "told", { user_id, seq: 0 }, (now) => reply(now.ok ? success(now.value.seq === told) : now));
  const ask = async () => {
    const found = await actors.request("presence", "self_since", { user_id, since });
    if (!found.ok) return found;
    told = found.value.told;
    answers = { self: found.value.answer };
    return success({ bytes: 0 });
  };
  return {
    topics: ["self"],
    gather: ask,
    holds: isStill,
    answer: (reply) => isStill((still) => reply(still.ok ? success(still.value ? answers : null) : still)),
    async insist(_bytes, reply) {
      const asked = await ask();
      reply(asked.ok ? success(answers) : asked);
    },
    unsubscribe() {},
  };
}

function bytesLeft(gathered: ReadonlyMap<Owner, number>): number {
  return [...gathered.values()].reduce((left, bytes) => left - bytes, limits.sync_bytes);
}

/** Has these gather, as much in all as fits one answer, and notes how many bytes of it each has; or gives the refusal. */
async function gatherAll(
  owners: readonly Owner[],
  gathered: Map<Owner, number>,
  again: boolean,
): Promise<Outcome<never> | null> {
  for (const owner of owners) gathered.delete(owner);
  for (let at = 0; at < owners.length; at += AT_ONCE) {
    const lot = owners.slice(at, at + AT_ONCE);
    const left = bytesLeft(gathered);
    const outcomes = await Promise.all(lot.map((owner) => owner.gather(left, again)));
    for (const [index, outcome] of outcomes.entries()) {
      if (!outcome.ok) return outcome;
      gathered.set(lot[index] as Owner, outcome.value.bytes);
    }
  }
  return null;
}

/** Has all gather and answer; `reply` is called in the turn of the last answer. */
async function askAll(owners: readonly Owner[], reply: Reply<Answers>): Promise<void> {
  const answers: Answers = {};
  const gathered = new Map<Owner, number>();
  const finish = () => reply(success(answers));
  const take = (owner: Owner, answer: Answers | null) => {
    Object.assign(answers, answer);
    return answer ? null : owner;
  };
  let stale: Owner[] | null = [...owners];
  for (let pass = 1; pass <= COMMON_PASSES; pass += 1) {
    const refused = await gatherAll(stale, gathered, pass > 1);
    if (refused) return reply(refused);
    // Asked before anybody subscribes: what comes meanwhile isn't told before the answer that it is part of.
    stale = await each(
      owners,
      (owner, done) => owner.holds(done),
      (owner, holds) => (holds ? null : owner),
      reply,
    );
    if (stale?.length === 0) stale = await each(owners, (owner, done) => owner.answer(done), take, reply, finish);
    if (!stale || stale.length === 0) return;
  }
  const late = await each(owners, (owner, done) => owner.answer(done), take, reply, finish);
  const bytes = bytesLeft(gathered);
  if (late && late.length > 0) await each(late, (owner, done) => owner.insist(bytes, done), take, reply, finish);
}

/**
 * Asks all at once; those that `judge` gives back have to gather anew. When there are none, `finish` is called in the
 * turn of the last answer. A refusal is the reply to it all, and gives null.
 */
function each<Value>(
  owners: readonly Owner[],
  ask: (owner: Owner, done: Reply<Value>) => void | Promise<void>,
  judge: (owner: Owner, value: Value) => Owner | null,
  reply: Reply<never>,
  finish: () => void = () => {},
): Promise<Owner[] | null> {
  return new Promise((resolve, reject) => {
    const stale: Owner[] = [];
    let waiting = owners.length;
    const end = () => {
      if (stale.length === 0) finish();
      resolve(stale);
    };
    if (waiting === 0) return end();
    for (const owner of owners) {
      const asked = ask(owner, (outcome) => {
        if (!outcome.ok) {
          reply(outcome);
          return resolve(null);
        }
        const found = judge(owner, outcome.value);
        if (found) stale.push(found);
        waiting -= 1;
        if (waiting === 0) end();
      });
      asked?.catch(reject);
    }
  });
}

/** The answers in their order, as long as they fit; the rest is `reset`. */
function withinBytes(all: [string, SyncedTopic][]): { answers: Answers; dropped: string[] } {
  const [answers, dropped]: [Answers, string[]] = [{}, []];
  let bytes = 0;
  for (const [topic, answer] of all) {
    const has_events = "events" in answer && answer.events.length > 0;
    if (has_events) bytes += Buffer.byteLength(JSON.stringify(answer));
    answers[topic] = has_events && bytes > limits.sync_bytes ? RESET : answer;
    if (answers[topic] !== answer) dropped.push(topic);
  }
  return { answers, dropped };
}

/** What is loaded anew is subscribed to then. */
function unsubscribe(owners: readonly Owner[], dropped: readonly string[]): void {
  for (const owner of owners) {
    const topics = dropped.filter((topic) => owner.topics.includes(topic));
    if (topics.length > 0) owner.unsubscribe(topics);
  }
}

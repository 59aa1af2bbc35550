// Who owns the topics that `sync` asks about, each as an owner that the passes can ask: a room for a server and its
// channels, the presence registry for people and for oneself. What of it the asker may know, the owner says.

import { monotonic } from "../../../clock.ts";
import type { Store } from "../../../db/store.ts";
import { limits } from "../../../domain/limits.ts";
import type { Request } from "../../../protocol/catalogue.ts";
import { GONE, RESET } from "../../../protocol/community/sync.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Look } from "../../people/calls.ts";
import type { Answers, Gathered, Heard } from "../../room/calls.ts";
import type { AskedTopic } from "../asked-topics.ts";
import type { Requester } from "../calls.ts";
import type { RoomDirectory } from "../room-directory.ts";
import { describePeople, type FoundPeople, findPeople, type People } from "./people.ts";
import type { Owner } from "./sync-passes.ts";

export interface OwnersDependencies {
  actors: Actors;
  store: Pick<Store, "users">;
  directory: RoomDirectory;
}

/** The owners of the topics, with the `seq` that was heard of each; `unknown` are the topics that lead nowhere. */
export async function ownersOf(
  on: OwnersDependencies,
  from: Requester,
  asked: readonly AskedTopic[],
  seqs: Request<"sync">["topics"],
): Promise<{ known: Owner[]; unknown: string[] }> {
  const idsOf = (kind: AskedTopic["kind"]) => asked.filter((one) => one.kind === kind).map(({ id }) => id);
  const [servers, channels] = await Promise.all([
    on.directory.findAll("server", idsOf("server"), from),
    on.directory.findAll("channel", idsOf("channel"), from),
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

function roomOwner({ actors }: OwnersDependencies, from: Requester, server_id: number, heard: Heard): Owner {
  const address = `room:${server_id}` as const;
  const until_ms = monotonic() + limits.request_deadline_ms;
  const within = () => ({ within_ms: until_ms - monotonic() });
  let gathered: Gathered | null = null;
  return {
    topics: Object.keys(heard),
    async gather(bytes, again) {
      const outcome = await actors.request(address, "gather", { from, heard, bytes, again, ...within() });
      if (outcome.ok) gathered = outcome.value;
      return outcome;
    },
    holds(reply) {
      if (gathered) actors.ask(address, "holds", { changes: gathered.changes }, reply);
    },
    answer(reply) {
      if (gathered) actors.ask(address, "catch_up", { from, heard, gathered }, reply);
    },
    insist: (bytes, reply) =>
      actors.ask(address, "catch_up_alone", { from, heard, bytes, again: true, ...within() }, reply),
    unsubscribe: (topics) => void actors.tell(address, "unsubscribe", { session: from.session, topics }),
  };
}

function peopleOwner(
  { actors, store }: OwnersDependencies,
  from: Requester,
  heard: ReadonlyMap<number, number>,
): Owner {
  const user_ids = [...heard.keys()];
  let found: FoundPeople | null = null;
  const look = <Value>(people: FoundPeople, judge: (looked: Look) => Value, reply: Reply<Value>) =>
    actors.ask(
      "presence",
      "look",
      { user_ids: people.known, viewer: people.viewer, watch_with: from.session },
      (looked) => reply(looked.ok ? success(judge(looked.value)) : looked),
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
      actors.ask("presence", "look", { user_ids: found.known, viewer: null, watch_with: null }, (looked) =>
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

function selfOwner({ actors }: OwnersDependencies, { id: user_id }: Requester, since: number): Owner {
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

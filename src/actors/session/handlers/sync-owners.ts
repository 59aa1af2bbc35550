// Who owns the topics that `sync` asks about, each as an owner that the passes can ask: a room for a server and its
// channels, the presence registry for people and for oneself. What of it the asker may know, the owner says.

import { monotonic } from "../../../clock.ts";
import type { Store } from "../../../db/store.ts";
import { limits } from "../../../domain/limits.ts";
import type { Request } from "../../../protocol/catalogue.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Gathered, Heard } from "../../room/calls.ts";
import type { AskedTopic } from "../asked-topics.ts";
import type { Requester } from "../calls.ts";
import type { RoomDirectory } from "../room-directory.ts";
import type { Answered, Owner } from "./sync-passes.ts";
import { peopleOwner } from "./sync-people.ts";

export interface OwnersDependencies {
  actors: Asking;
  store: Pick<Store, "users">;
  directory: RoomDirectory;
}

/** The owners of the topics, with the `seq` that was heard of each; nobody has those that lead nowhere. */
export async function ownersOf(
  on: OwnersDependencies,
  from: Requester,
  asked: readonly AskedTopic[],
  seqs: Request<"sync">["topics"],
): Promise<Owner[]> {
  const people = new Map<number, number>();
  const wanted: { servers: number[]; channels: number[] } = { servers: [], channels: [] };
  for (const { topic, kind, id } of asked) {
    if (kind === "user") people.set(id, seqs[topic] ?? 0);
    else if (kind !== "self") wanted[`${kind}s`].push(id);
  }
  const of_people = people.size > 0 ? [peopleOwner(on, from, people)] : [];
  const { servers, channels } = await on.directory.findAll(wanted, from);
  const rooms = new Map<number, Record<string, number>>();
  for (const { topic, kind, id } of asked) {
    if (kind !== "server" && kind !== "channel") continue;
    const server_id = kind === "channel" ? channels.get(id) : servers.has(id) ? id : undefined;
    if (server_id === undefined) continue;
    rooms.set(server_id, Object.assign(rooms.get(server_id) ?? {}, { [topic]: seqs[topic] }));
  }
  const owners = [...[...rooms].map(([server_id, heard]) => roomOwner(on, from, server_id, heard)), ...of_people];
  if (seqs["self"] !== undefined && asked.some(({ kind }) => kind === "self")) {
    owners.push(selfOwner(on, from, seqs["self"]));
  }
  return owners;
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
      if (gathered)
        actors.ask(address, "catch_up", { from, heard, gathered }, (caught_up) =>
          reply(caught_up.ok ? success(caught_up.value && Object.entries(caught_up.value)) : caught_up),
        );
    },
    insist: (bytes, reply) =>
      actors.ask(address, "catch_up_alone", { from, heard, bytes, again: true, ...within() }, (caught_up) =>
        reply(caught_up.ok ? success(Object.entries(caught_up.value)) : caught_up),
      ),
    unsubscribe: (topics) => void actors.tell(address, "unsubscribe", { session: from.session, topics }),
  };
}

function selfOwner({ actors }: OwnersDependencies, { id: user_id }: Requester, since: number): Owner {
  let told = 0;
  let answered: Answered = [];
  const isStill = (reply: Reply<boolean>) =>
    actors.ask("presence", "told", { user_id, seq: 0 }, (now) => reply(now.ok ? success(now.value.seq === told) : now));
  const ask = async () => {
    const found = await actors.request("presence", "self_since", { user_id, since });
    if (!found.ok) return found;
    told = found.value.told;
    answered = [["self", found.value.answer]];
    return success({ bytes: 0 });
  };
  return {
    topics: ["self"],
    gather: ask,
    holds: isStill,
    answer: (reply) => isStill((still) => reply(still.ok ? success(still.value ? answered : null) : still)),
    async insist(_bytes, reply) {
      const asked = await ask();
      reply(asked.ok ? success(answered) : asked);
    },
    unsubscribe() {},
  };
}

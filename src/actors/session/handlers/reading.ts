// The handlers of what concerns several rooms at once: how far one has read, and subscriptions by topic. They find out
// who owns each topic and ask its owner; whether a topic may be viewed, the owner says.

import type { ReadState } from "../../../db/queries/read-states.ts";
import type { Store } from "../../../db/store.ts";
import { type Bounds, limits } from "../../../domain/limits.ts";
import type { Pools } from "../../../domain/pools.ts";
import { notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Gateway, Topic } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { inTurn } from "../../parties.ts";
import { type AskedTopic, parseTopics, roomFor } from "../asked-topics.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import type { RoomDirectory } from "../room-directory.ts";
import { type OwnChannel, ownChannels } from "./own-channels.ts";
import { readPeople } from "./people.ts";

export interface ReadingDependencies {
  actors: Asking;
  store: Pick<Store, "friendships" | "users" | "rooms" | "readStates" | "conversations">;
  gateway: Gateway;
  directory: RoomDirectory;
  bounds: Pick<Bounds, "topics_per_session">;
  /** To count what is unread in thousands of channels is as much as a `sync`. */
  pools: Pick<Pools, "syncs">;
}

export function readingHandlers(on: ReadingDependencies): Handlers<"get_read_state" | "subscribe" | "unsubscribe"> {
  return {
    get_read_state(request, from, reply) {
      return inTurn(on, from, reply, async (at) => {
        const own = await ownChannels(at, request, from, false);
        if (!own.ok) return reply(own);
        const states = await on.store.readStates.of(from.id, own.value, limits.unread_count);
        reply(success({ channels: states.map((state, index) => placed(state, own.value[index])) }));
      });
    },

    subscribe: async ({ topics }, from, reply) => {
      const asked = parseTopics(topics, (_, index) => index);
      if (!asked.ok) return reply(asked);
      const room_for = roomFor(on, from.session, asked.value);
      if (!room_for.ok) return reply(room_for);
      const added = new Set(asked.value.map(({ topic }) => topic).filter((topic) => !isHeld(on, from, topic)));
      const owners = await ownersOf(on, asked.value, from);
      if (!owners) return reply(notFound());
      const self = await ownSeq(on, from, owners.self);
      if (!self.ok) return reply(self);
      const steps = [...peopleSteps(on, from, owners.people), ...roomSteps(on, from, owners)];
      await takeSteps(steps, added, (taken) =>
        reply(taken.ok ? success({ topics: { ...self.value, ...taken.value } }) : taken),
      );
    },

    unsubscribe: async ({ topics }, from, reply) => {
      const asked = parseTopics(topics, (_, index) => index);
      if (!asked.ok) return reply(asked);
      const end = await endingOf(on, from, asked.value);
      await end();
      reply(success({}));
    },
  };
}

/** Finds whose these are of what the session is subscribed to; what is returned ends them, asking at once. */
export async function endingOf(
  on: ReadingDependencies,
  from: Requester,
  asked: readonly AskedTopic[],
): Promise<() => Promise<unknown>> {
  const held = asked.filter(({ topic }) => isHeld(on, from, topic));
  const owners = await ownersOf(on, held, from);
  const steps = owners ? [...peopleSteps(on, from, owners.people), ...roomSteps(on, from, owners)] : [];
  return () => Promise.all(steps.map((step) => step.undo(step.topics)));
}

/** Of a conversation one is told without a subscription to its channel, by its id. */
const placed = (state: ReadState, channel: OwnChannel | undefined) =>
  channel?.is_conversation ? { ...state, conversation_id: channel.place_id } : state;

/** Whether the session is subscribed to it; to `self` it always is. */
function isHeld({ gateway }: ReadingDependencies, { session }: Requester, topic: string): boolean {
  return topic === "self" || gateway.isSubscribed(session, topic as Topic);
}

interface Owners {
  /** Topics by the server whose room they belong to. */
  rooms: Map<number, string[]>;
  people: number[];
  self: boolean;
  /** Those of the topics whose server was found without a look. */
  at_once: Map<string, () => Promise<void>>;
}

/** Null when a channel is in no server. One after another, so that a list of nonsense costs one look-up. */
async function ownersOf(
  { directory }: ReadingDependencies,
  asked: readonly AskedTopic[],
  from: Requester,
): Promise<Owners | null> {
  const owners: Owners = { rooms: new Map(), people: [], self: false, at_once: new Map() };
  for (const { topic, kind, id } of asked) {
    if (kind === "self") owners.self = true;
    else if (kind === "user") owners.people.push(id);
    else {
      const finding = directory.find(`${kind}_id`, id, from);
      if (!(finding instanceof Promise)) {
        owners.at_once.set(topic, () => directory.lookInVain(`${kind}_id`, id, from));
      }
      const server_id = await finding;
      if (server_id === null) return null;
      owners.rooms.set(server_id, [...(owners.rooms.get(server_id) ?? []), topic]);
    }
  }
  return owners;
}

type Seqs = Record<string, { seq: number }>;

/** The topics of one owner. */
interface Step {
  readonly topics: string[];
  go(reply: Reply<Seqs>): void | Promise<void>;
  /** Ends these of them; those that don't stand are passed over. */
  undo(topics: string[]): Promise<unknown>;
}

function peopleSteps(on: ReadingDependencies, from: Requester, user_ids: number[]): Step[] {
  if (user_ids.length === 0) return [];
  const topics = user_ids.map((id) => `user:${id}`);
  const idOf = (topic: string) => Number(topic.slice("user:".length));
  return [
    {
      topics,
      go: (reply) =>
        readPeople(on, from, user_ids, (read) => {
          if (!read.ok) return reply(read);
          const seqs = read.value.topics;
          reply(topics.every((topic) => seqs[topic]) ? success(seqs) : notFound());
        }),
      undo: (added) => on.actors.request("presence", "unwatch", { session: from.session, user_ids: added.map(idOf) }),
    },
  ];
}

function roomSteps({ actors }: ReadingDependencies, from: Requester, { rooms, at_once }: Owners): Step[] {
  return [...rooms].map(([server_id, topics]) => ({
    topics,
    go: (reply) =>
      actors.ask(`room:${server_id}`, "subscribe", { from, topics }, (outcome) => {
        if (outcome.ok) return reply(success(outcome.value.topics));
        // What the room hides takes as long as what isn't there.
        const [look] = topics.flatMap((topic) => at_once.get(topic) ?? []);
        const answer = () => reply(outcome);
        if (look && outcome.error.code === "not_found") look().then(answer, answer);
        else answer();
      }),
    undo: (added) => actors.request(`room:${server_id}`, "unsubscribe", { session: from.session, topics: added }),
  }));
}

/** Takes one step after another, the answer in the turn of the last; when one is refused, `added` is undone. */
function takeSteps(steps: readonly Step[], added: ReadonlySet<string>, reply: Reply<Seqs>): void | Promise<void> {
  const answer: Seqs = {};
  const takeFrom = (index: number): void | Promise<void> => {
    const step = steps[index];
    if (!step) return reply(success(answer));
    return step.go((outcome) => {
      if (outcome.ok) {
        Object.assign(answer, outcome.value);
        return void takeFrom(index + 1);
      }
      const taken = steps.slice(0, index + 1);
      const undone = taken.map(({ topics, undo }) => undo(topics.filter((topic) => added.has(topic))));
      void Promise.all(undone).then(() => reply(outcome));
    });
  };
  return takeFrom(0);
}

/** The `seq` of one's own topic, to which every session is subscribed. */
async function ownSeq({ actors }: ReadingDependencies, { id }: Requester, asked: boolean): Promise<Outcome<Seqs>> {
  if (!asked) return success({});
  const told = await actors.request("presence", "told", { user_id: id, seq: 0 });
  return told.ok ? success({ self: { seq: told.value.seq } }) : told;
}

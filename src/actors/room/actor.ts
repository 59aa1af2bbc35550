// The room actor. It loads a server when somebody first speaks to it, runs each message as its handler's mode says, and
// keeps account of who listens. A fault in its turn drops all it holds; the next message loads it anew.

import { limits } from "../../domain/limits.ts";
import { notFound, success } from "../../protocol/outcome.ts";
import type { Actor, KindOptions, Reply } from "../kernel/actor.ts";
import type { Answers, RoomCalls } from "./calls.ts";
import { ConversationRoom } from "./conversation/conversation-room.ts";
import { endByOperator } from "./end.ts";
import type { ConversationMessageType, RoomMessageType } from "./handler.ts";
import { ofServers } from "./handlers/index.ts";
import { admit } from "./handlers/invites.ts";
import { reportMessage } from "./handlers/reports.ts";
import { buryMessages } from "./messages/burial.ts";
import { Room, type RoomDependencies } from "./room.ts";
import { answerShown, answerVisible } from "./showing.ts";
import { handOver, succeedOwner } from "./succession.ts";
import { gatherChanges, NOTHING } from "./sync/gathering.ts";
import { resume } from "./sync/resume.ts";
import { allGone, catchUp, catchUpAlone } from "./sync/sync.ts";
import { followServer, subscribeToTopics, unsubscribeFromTopics } from "./topics.ts";
import { answerViewers } from "./viewers.ts";
import { postOfWebhook } from "./webhook-post.ts";

/** What rooms are made of: through what each tells and stores, `forRoom` says. */
export interface RoomServices extends Omit<RoomDependencies, "gateway" | "commit" | "nature"> {
  forRoom(server_id: number): Pick<RoomDependencies, "gateway" | "commit">;
}

export function roomKind(on: RoomServices): KindOptions<RoomCalls> {
  return {
    mailbox_limit: limits.mailbox,
    always_taken: ["forget", "departed", "resume"],
    idle_ms: limits.room_idle_ms,
    restart_on_fault: true,
    start: (key) => startRoom(on, Number(key)),
  };
}

/** Starts the room of the server or conversation with this id; while there is none, it answers `not_found` to everything. */
function startRoom(on: RoomServices, server_id: number): Actor<RoomCalls> {
  let room: Room | null = null;
  /** Looked for again each time it isn't there: a guess at an id must not keep its server from its members. */
  const load = async () => {
    room = await loadRoom(on, server_id);
    return room;
  };
  const find = () => room ?? load();
  return {
    receive: {
      perform: within(find, (room, { type, parameters, from }, reply) => {
        const handler = room.on.nature.handlers[type as RoomMessageType | ConversationMessageType];
        const running = handler.run(room, parameters, from, reply);
        if (handler.mode === "append") return running;
        if (running) room.background(type, running, reply);
      }),
      ...subscriptions(find),
      ...catchingUp(find, () => room),
      resume: async (request, reply) => {
        const room = await find();
        if (room) room.background("resume", resume(room, request, reply), reply);
        else reply(success(allGone(request)));
      },
      visible: within(find, (room, request, reply) => answerVisible(room, request, reply)),
      shown: within(find, (room, request, reply) => room.background("shown", answerShown(room, request, reply), reply)),
      viewers: within(find, (room, request, reply) =>
        room.background("viewers", answerViewers(room, request, reply), reply),
      ),
      post: within(find, (room, post, reply) => room.background("post", postOfWebhook(room, post, reply), reply)),
      report: within(find, (room, request, reply) =>
        room.background("report", reportMessage(room, request, reply), reply),
      ),
      bury: within(find, (room, request, reply) => room.background("bury", buryMessages(room, request, reply), reply)),
      succeed: within(find, (room, { owner_id }, reply) =>
        room.background("succeed", succeedOwner(room, owner_id, reply), reply),
      ),
      hand_over: within(find, (room, { user_id, also }, reply) =>
        room.background("hand_over", handOver(room, user_id, also, reply), reply),
      ),
      admit: within(find, (room, request, reply) => room.background("admit", admit(room, request, reply), reply)),
      remove: within(find, (room, { also }, reply) =>
        room.background("remove", endByOperator(room, also, reply), reply),
      ),
      departed: (_, reply) => {
        const done = () => reply(success(null));
        if (room) room.background("departed", room.on.nature.takeInDepartures(room).then(done), reply);
        else done();
      },
    },
    mayRest: () => !room || room.subscribers.size === 0,
    stop: () => room?.abandon(),
  };
}

type Find = () => Room | Promise<Room | null>;
type Receive<Name extends keyof RoomCalls> = Pick<Actor<RoomCalls>["receive"], Name>;

function subscriptions(find: Find): Receive<"subscribe" | "follow" | "unsubscribe"> {
  return {
    subscribe: within(find, (room, { from, topics }, reply) =>
      room.background("subscribe", subscribeToTopics(room, from, topics, reply), reply),
    ),
    async follow({ from, listed }, reply) {
      const room = await find();
      if (!room) return reply(success(null));
      const following = followServer(room, from, listed).then(() => reply(success(null)));
      room.background("follow", following, reply);
    },
    unsubscribe: within(find, (room, { session, topics }, reply) => {
      unsubscribeFromTopics(room, session, topics);
      reply(success(null));
    }),
  };
}

function catchingUp(
  find: Find,
  known: () => Room | null,
): Receive<"gather" | "holds" | "catch_up_alone" | "catch_up" | "forget"> {
  return {
    gather: async (request, reply) => {
      const room = await find();
      if (!room) return reply(success(NOTHING));
      room.background("gather", gatherChanges(room, request, reply), reply);
    },
    // A room that has not been loaded again knows nothing of what was gathered before it.
    holds: ({ changes }, reply) => reply(success(known()?.gate.isAsOf(changes) ?? changes === NOTHING.changes)),
    catch_up_alone: async (request, reply) => {
      const room = await find();
      if (!room) return reply(success(allGone(request)));
      room.background("catch_up_alone", catchUpAlone(room, request, worded(room, reply)), reply);
    },
    catch_up: (request, reply) => {
      const room = known();
      if (room) catchUp(room, request, worded(room, reply));
      else reply(success(request.gathered.changes === NOTHING.changes ? allGone(request) : null));
    },
    forget: ({ session }) => known()?.subscribers.drop(session),
  };
}

const worded =
  <Value extends Answers | null>(room: Room, reply: Reply<Value>): Reply<Value> =>
  (outcome) =>
    reply(outcome.ok && outcome.value ? success(room.on.nature.worded(outcome.value) as Value) : outcome);

async function loadRoom(on: RoomServices, id: number): Promise<Room | null> {
  const server = await on.store.rooms.load(id);
  if (server) return new Room({ ...on, ...on.forRoom(id), nature: ofServers }, server);
  const conversation = await on.store.conversations.load(id);
  return conversation && new ConversationRoom({ ...on, ...on.forRoom(id) }, conversation);
}

/** What answers in the room, or `not_found` where there is none; in the turn of the request once the room is loaded. */
function within<Request, Value>(
  find: () => Room | Promise<Room | null>,
  answer: (room: Room, request: Request, reply: Reply<Value>) => void | Promise<void>,
) {
  return (request: Request, reply: Reply<Value>): void | Promise<void> => {
    const found = find();
    return found instanceof Promise ? answerLoaded(found, answer, request, reply) : answer(found, request, reply);
  };
}

async function answerLoaded<Request, Value>(
  loading: Promise<Room | null>,
  answer: (room: Room, request: Request, reply: Reply<Value>) => void | Promise<void>,
  request: Request,
  reply: Reply<Value>,
): Promise<void> {
  const room = await loading;
  if (room) await answer(room, request, reply);
  else reply(notFound());
}

// The handlers of what no one room can answer about servers: the list of them, and making one.

import type { NewMember, ServerSummary } from "../../../db/queries/rooms.ts";
import type { Store } from "../../../db/store.ts";
import type { ServerStructure } from "../../../domain/community.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import type { Locks } from "../../../domain/locks.ts";
import { DEFAULT_RULES } from "../../../domain/permissions.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { encodeEvent } from "../../../protocol/community/events.ts";
import { failure, success } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import type { Gateway, Topic } from "../../delivery/gateway.ts";
import type { OrderedTopics } from "../../delivery/ordered-topics.ts";
import { imageFault } from "../../images.ts";
import type { Reply } from "../../kernel/system.ts";
import { serverView } from "../../room/views.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";

export interface ServerDependencies {
  actors: Actors;
  gateway: Gateway;
  store: Pick<Store, "rooms" | "uploads">;
  ids: IdGenerator;
  topics: OrderedTopics;
  /** Who comes into a server holds `servers <user>`, from the count of theirs to the commit. */
  locks: Locks;
  clock(): number;
}

export function serverHandlers(on: ServerDependencies): Handlers<"get_servers" | "add_server"> {
  const { store } = on;
  return {
    async get_servers({ user_id = null }, from, reply) {
      if (user_id !== null && user_id !== from.id) {
        return reply(success({ servers: await store.rooms.mutual(from.id, user_id) }));
      }
      await listOwn(on, from, reply);
    },

    add_server: (request, from, reply) => on.locks.hold(`servers ${from.id}`, () => found(on, request, from, reply)),
  };
}

async function found(
  on: ServerDependencies,
  request: Request<"add_server">,
  from: Requester,
  reply: Reply<ReplyBody<"add_server">>,
): Promise<void> {
  const { store, topics } = on;
  const fault = request.image === undefined ? null : await imageFault(store, from.id, request.image);
  if (fault !== null) return reply(failure("bad_request", fault, { path: "data.image" }));
  if ((await store.rooms.countOf(from.id)) >= limits.servers_per_user) {
    return reply(failure("limit_reached", "You are in too many servers.", { limit: "servers_per_user" }));
  }
  const place = topics.reserve(`self:${from.id}`);
  const { structure, owner } = newServer(request, from.id, place.seq, on);
  try {
    await store.rooms.create(structure, owner);
  } catch (error) {
    place.release();
    throw error;
  }
  const { id, name, image } = structure.server;
  reply(success({ server: serverView(structure.server) }));
  place.publish(encodeEvent("server_added", "self", place.seq, { server: { id, name, image } }));
}

/**
 * One's servers, as of a turn in which nothing of coming and going was on its way. Then the session is subscribed to
 * each; the room tells it what has changed since they were read.
 */
async function listOwn(on: ServerDependencies, from: Requester, reply: Reply<ReplyBody<"get_servers">>): Promise<void> {
  const { topics, store } = on;
  const self: Topic = `self:${from.id}`;
  for (;;) {
    await topics.settled(self);
    const told = topics.told(self);
    const servers = await store.rooms.listOf(from.id);
    if (topics.settled(self) !== null || topics.told(self) !== told) continue;
    reply(success({ servers }));
    for (const listed of servers) follow(on, from, listed);
    return;
  }
}

/** A session that would hear nothing of a server that it has been told of has to come back. */
function follow({ actors, gateway }: ServerDependencies, from: Requester, listed: ServerSummary): void {
  actors.ask(`room:${listed.id}`, "follow", { from, listed }, (followed) => {
    if (!followed.ok) gateway.close(from.session, "server_fault");
  });
}

function newServer(
  request: Request<"add_server">,
  owner_id: number,
  self_seq: number,
  { ids, clock }: ServerDependencies,
): { structure: ServerStructure; owner: NewMember } {
  const { name, image = null, description = null } = { ...request };
  const created_at = clock();
  const [id, default_role_id, category_id, channel_id, seq] = [
    ids.next(),
    ids.next(),
    ids.next(),
    ids.next(),
    ids.next(),
  ];
  const server = { id, name, image, description, owner_id, default_role_id, num_members: 1, created_at, seq };
  const role = { id: default_role_id, name: "everyone", color: null, rules: DEFAULT_RULES, position: 0, seq };
  const category = { id: category_id, name: "General", position: 0, overwrites: [], seq };
  const channel = { id: channel_id, category_id, name: "general", description: null, position: 0, overwrites: [], seq };
  const owner = { user_id: owner_id, nickname: null, role_ids: [], joined_at: created_at, seq, self_seq };
  return { structure: { server, roles: [role], categories: [category], channels: [channel] }, owner };
}

// The handlers of what no one room can answer about servers: the list of them, and making one.

import { monotonic } from "../../../clock.ts";
import { noteOf } from "../../../db/queries/made.ts";
import type { ServerSummary } from "../../../db/queries/rooms.ts";
import type { Store } from "../../../db/store.ts";
import type { LiveSettings } from "../../../db/upkeep/live-settings.ts";
import type { Member, ServerStructure } from "../../../domain/community.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import { DEFAULT_RULES } from "../../../domain/permissions.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import { type Commit, type Committed, DECISIONS } from "../../commit/commit.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { judgePicture } from "../../pictures.ts";
import { serverView } from "../../server-view.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { readAsTold } from "../quiet-read.ts";

export interface ServerDependencies {
  actors: Actors;
  gateway: Gateway;
  store: Pick<Store, "rooms" | "uploads" | "users" | "people" | "made">;
  settings: Pick<LiveSettings, "value">;
  commit: Commit;
  ids: IdGenerator;
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

    add_server: (request, from, reply) => addServer(on, request, from, reply),
  };
}

type Added = Reply<ReplyBody<"add_server">>;

async function addServer(
  on: ServerDependencies,
  request: Request<"add_server">,
  from: Requester,
  reply: Added,
): Promise<void> {
  for (let left = DECISIONS; left > 0; left -= 1) {
    const earlier = await madeBefore(on, request, from);
    if (earlier) return reply(earlier);
    const judged = await judge(on, request, from);
    if (!judged.ok) return reply(judged);
    if ((await commitServer(on, request, judged.value, from, reply)) === "done") return;
    if (!(await on.store.users.byId(from.id))) return reply(failure("unauthorized", "This account is no more."));
  }
  reply(busy());
}

/** Whether the asker may make it, and the upload of theirs that it shows, if it is one. */
async function judge(
  { store, settings }: ServerDependencies,
  { image }: Request<"add_server">,
  from: Requester,
): Promise<Outcome<number | null>> {
  if (settings.value("server_creation") === "admins" && (await store.people.byId(from.id))?.admin_since == null) {
    return failure("forbidden", "Only who runs this server may make servers here.");
  }
  const picture = image === undefined ? success(null) : await judgePicture(store, from.id, image, "data.image");
  if (!picture.ok || (await store.rooms.countOf(from.id)) < limits.servers_per_user) return picture;
  return failure("limit_reached", "You are in too many servers.", { limit: "servers_per_user" });
}

/** What the asker made under this nonce before, as it is now; null where nothing was. */
async function madeBefore(
  { store }: ServerDependencies,
  { nonce }: Request<"add_server">,
  { id: user_id }: Requester,
): Promise<Outcome<ReplyBody<"add_server">> | null> {
  const made = await store.made.find({ ...making(user_id), nonce });
  if (made === null) return null;
  const [member, standing] = await Promise.all([
    store.rooms.member(Number(made), user_id),
    store.rooms.load(Number(made)),
  ]);
  if (member && standing) return success({ server: serverView(standing.server) });
  return failure("conflict", "This was made before, and has been deleted since, or left.");
}

const making = (user_id: number) => ({ user_id, kind: "server" as const, server_id: 0 });

function commitServer(
  { actors, gateway, store, commit, ids, clock }: ServerDependencies,
  request: Request<"add_server">,
  upload_id: number | null,
  from: Requester,
  reply: Added,
): Promise<Committed> {
  const { structure, owner } = newServer(request, from.id, ids, clock());
  const { id, name, image } = structure.server;
  const note = noteOf({ ...making(from.id), nonce: request.nonce }, id, clock());
  return commit(
    { end: () => gateway.close(from.session, "server_fault") },
    {
      write: () => store.rooms.create({ structure, owner, at_most: limits.servers_per_user, upload_id, note }),
      unsure: () => void actors.tell("presence", "catch_up", { user_ids: [from.id] }),
      answer: () => reply(success({ server: serverView(structure.server) })),
      tell({ self }) {
        for (const of_self of self) {
          actors.tell("presence", "membership_changed", { ...of_self, added: { id, name, image } });
        }
      },
    },
  );
}

/**
 * One's servers, as of a turn in which all that they come from was told. Then the session is subscribed to each; the room
 * tells it what has changed since they were read.
 */
async function listOwn(on: ServerDependencies, from: Requester, reply: Reply<ReplyBody<"get_servers">>): Promise<void> {
  const begun_ms = monotonic();
  const is_answered = await readAsTold(
    on,
    from.id,
    () => on.store.rooms.listOf(from.id),
    (servers) => {
      // Who has been answered that it took too long has loaded nothing.
      if (monotonic() - begun_ms >= limits.request_deadline_ms) return;
      reply(success({ servers }));
      for (const listed of servers) follow(on, from, listed);
    },
  );
  if (!is_answered) reply(busy());
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
  ids: IdGenerator,
  created_at: number,
): { structure: ServerStructure; owner: Member } {
  const { name, image = null, description = null } = { ...request };
  const [id, default_role_id, category_id, channel_id, seq] = [
    ids.next(),
    ids.next(),
    ids.next(),
    ids.next(),
    ids.next(),
  ];
  const owned = { owner_id, default_role_id, num_members: 1, locked_at: null, joins: "open" as const };
  const server = { id, name, image, description, ...owned, created_at, seq };
  const role = { id: default_role_id, name: "everyone", color: null, rules: DEFAULT_RULES, position: 0, seq };
  const category = { id: category_id, name: "General", position: 0, overwrites: [], seq };
  const general = { name: "general", description: null, slow_mode_s: 0 };
  const channel = { ...general, id: channel_id, category_id, position: 0, overwrites: [], seq };
  const owner = {
    user_id: owner_id,
    nickname: null,
    role_ids: [],
    joined_at: created_at,
    joined_seq: seq,
    timed_out_until: null,
    bot: null,
    seq,
  };
  return { structure: { server, roles: [role], categories: [category], channels: [channel] }, owner };
}

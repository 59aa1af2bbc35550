// Pages of a server's members, and the subscription to those on a page. It reads beside the mailbox, and answers right
// after the presence registry has, so that neither a change of the server nor one of a person on the page is missed.

import type { ListedMember, MembersQuery } from "../../../db/queries/rooms.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { PresenceCalls } from "../../people/calls.ts";
import type { Requester } from "../../session/calls.ts";
import type { Room } from "../room.ts";
import { subscribeTo } from "../topics.ts";
import { memberView } from "../views.ts";
import { blockersAmong, profilesBy } from "./profiles.ts";

type Look = PresenceCalls["look"]["reply"];

interface Page {
  rows: ListedMember[];
  /** After whom to go on; null when nobody is left. */
  next_anchor: number | null;
}

/** Answers with a page, and subscribes the session to the server and to who is on it. Rejects as its reads do. */
export function readMemberPage(
  room: Room,
  request: Request<"get_server_members">,
  from: Requester,
  reply: Reply<ReplyBody<"get_server_members">>,
): Promise<void> {
  const load = async () => {
    const asker = await room.member(from.id);
    return { asker, page: asker ? await findPage(room, request, from) : success(NOBODY) };
  };
  return room.gate.readThrough(load, ({ asker, page }, settle) => {
    if (!page.ok) return settle(() => reply(page));
    if (!asker) return settle(() => reply(notFound()));
    const { rows, next_anchor } = page.value;
    const look = { ...lookAt(rows, from.id), watch_with: from.session };
    room.on.actors.ask("presence", "look", look, (looked) =>
      settle(() => {
        if (!looked.ok) return reply(looked);
        subscribeTo(room, from, null);
        const profile = profilesBy(looked.value);
        // A member who went offline since the page was found is no longer what was asked for.
        const shown = request.filter?.online ? onlineAmong(rows, looked.value) : rows;
        const members = shown.map((row) => memberView(row, profile(row)));
        reply(success({ members, next_anchor, seq: room.seq }));
      }),
    );
  });
}

const NOBODY: Page = { rows: [], next_anchor: null };

async function findPage(
  room: Room,
  { amount, anchor, filter = {} }: Request<"get_server_members">,
  from: Requester,
): Promise<Outcome<Page>> {
  const { name, role_id, friends, online } = filter;
  const query: MembersQuery = {
    ...{ server_id: room.id, viewer_id: from.id, after: anchor, limit: amount },
    // Everybody has the default role, and nobody is stored as having it.
    role_id: role_id === room.structure.server.default_role_id ? undefined : role_id,
    user_ids: friends ? await friendsOf(room, from.id) : undefined,
  };
  if (name === undefined && !online) return success(await readPage(room, query));
  return findBySlices(query, async (slice) => {
    const page = name === undefined ? await readPage(room, slice) : await readNamed(room, slice, name);
    if (!online) return success(page);
    const look = { ...lookAt(page.rows, from.id), watch_with: null };
    const looked = await room.on.actors.request("presence", "look", look);
    return looked.ok ? success({ ...page, rows: onlineAmong(page.rows, looked.value) }) : looked;
  });
}

async function readPage({ on }: Room, query: MembersQuery): Promise<Page> {
  const rows = await on.store.rooms.members({ ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  return { rows: page, next_anchor: rows.length > page.length ? (page.at(-1)?.user_id ?? null) : null };
}

/** Those of a slice in whose name or nickname it is. */
async function readNamed({ on }: Room, slice: MembersQuery, name: string): Promise<Page> {
  const { user_ids, next } = await on.store.rooms.named(slice, name);
  const named = { ...slice, limit: user_ids.length, role_id: undefined, user_ids };
  return { rows: user_ids.length === 0 ? [] : await on.store.rooms.members(named), next_anchor: next };
}

/**
 * Goes through members in slices, as presence isn't stored and names are compared without accents, until the page is
 * full or enough were looked at.
 */
async function findBySlices(
  query: MembersQuery,
  find: (slice: MembersQuery) => Promise<Outcome<Page>>,
): Promise<Outcome<Page>> {
  const rows: ListedMember[] = [];
  let after: number | null = query.after;
  for (let looked_at = 0; looked_at < limits.members_looked_at && after !== null; looked_at += limits.members_slice) {
    const found = await find({ ...query, after, limit: limits.members_slice });
    if (!found.ok) return found;
    rows.push(...found.value.rows);
    if (rows.length > query.limit) {
      const page = rows.slice(0, query.limit);
      return success({ rows: page, next_anchor: page.at(-1)?.user_id ?? null });
    }
    after = found.value.next_anchor;
  }
  return success({ rows, next_anchor: after });
}

function lookAt(rows: ListedMember[], viewer_id: number) {
  return {
    user_ids: rows.map(({ user_id }) => user_id),
    viewer: { user_id: viewer_id, blockers: blockersAmong(rows) },
  };
}

function onlineAmong(rows: ListedMember[], { seen }: Look): ListedMember[] {
  const online = new Set(seen.map(({ user_id }) => user_id));
  return rows.filter(({ user_id }) => online.has(user_id));
}

async function friendsOf({ on }: Room, user_id: number): Promise<number[]> {
  const relations = await on.store.friendships.listFor(user_id);
  return relations.filter(({ state }) => state === "friend").map(({ id }) => id);
}

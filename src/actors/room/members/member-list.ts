// Pages of a server's members, and the subscription to those on a page. It reads beside the mailbox, and answers right
// after the presence registry has, so that neither a change of the server nor one of a person on the page is missed.

import type { ListedMember, MembersQuery } from "../../../db/queries/rooms.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { PresenceCalls } from "../../people/calls.ts";
import type { Requester } from "../../session/calls.ts";
import { viewerOf } from "../../viewer.ts";
import type { Room } from "../room.ts";
import { subscribeTo } from "../topics.ts";
import { memberView } from "../views.ts";
import { profilesBy } from "./profiles.ts";

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
        const seen = looked.value.seen.map(({ user_id }) => user_id);
        const shown = request.filter?.online ? among(rows, seen) : rows;
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
  const { rooms } = room.on.store;
  return findBySlices(query, async (slice) => {
    const { user_ids, next } = await (name === undefined ? rooms.ids(slice) : rooms.named(slice, name));
    // Whoever isn't online to anybody is not read at all: they are most.
    const there = online ? await onlineAmong(room, { user_ids, viewer: null }) : success(user_ids);
    if (!there.ok) return there;
    const rows = await readRows(room, slice, there.value);
    const seen = online && rows.length > 0 ? await onlineAmong(room, lookAt(rows, from.id)) : there;
    return seen.ok ? success({ rows: among(rows, seen.value), next_anchor: next }) : seen;
  });
}

async function readPage({ on }: Room, query: MembersQuery): Promise<Page> {
  const rows = await on.store.rooms.members({ ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  return { rows: page, next_anchor: rows.length > page.length ? (page.at(-1)?.user_id ?? null) : null };
}

/** These of a slice. */
async function readRows({ on }: Room, slice: MembersQuery, user_ids: readonly number[]): Promise<ListedMember[]> {
  if (user_ids.length === 0) return [];
  return on.store.rooms.members({ ...slice, limit: user_ids.length, role_id: undefined, user_ids });
}

type Looking = Pick<PresenceCalls["look"]["request"], "user_ids" | "viewer">;

/** Those whom the viewer sees online; where nobody in particular looks, those whom anybody may. */
async function onlineAmong({ on }: Room, looking: Looking): Promise<Outcome<number[]>> {
  const looked = await on.actors.request("presence", "look", { ...looking, watch_with: null });
  return looked.ok ? success(looked.value.seen.map(({ user_id }) => user_id)) : looked;
}

function among(rows: ListedMember[], user_ids: readonly number[]): ListedMember[] {
  const ids = new Set(user_ids);
  return rows.filter(({ user_id }) => ids.has(user_id));
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
    viewer: viewerOf(viewer_id, rows),
  };
}

async function friendsOf({ on }: Room, user_id: number): Promise<number[]> {
  const relations = await on.store.friendships.listFor(user_id);
  return relations.filter(({ state }) => state === "friend").map(({ id }) => id);
}

// What people show of themselves, and who may see it because they have something in common.
// A deleted user keeps an empty profile, flagged, so that what they wrote still has an author.

import { and, eq, inArray, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { DmsSetting } from "../../domain/conversations.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { members } from "../schema/community.ts";
import { type FriendshipState, friendships, type UserStatus, users } from "../schema/people.ts";
import { type Hides, hidesFrom } from "./blocks.ts";
import { guard, ownsUpload } from "./guards.ts";
import { givenIds, storableText } from "./json-rows.ts";
import { refersTo } from "./uploads.ts";

/** What is absent stays as it is; `name` and `name_key` go together. */
export interface ProfileChanges {
  name?: string | undefined;
  name_key?: string | undefined;
  profile_pic?: string | null | undefined;
  bio?: string | null | undefined;
  status?: UserStatus | undefined;
  custom_status?: string | null | undefined;
  dms?: DmsSetting | undefined;
  last_online?: number | undefined;
}

/** A profile, and when its user was last online, Unix milliseconds: only friends are told that. */
export interface StoredProfile extends Profile {
  readonly last_online: number;
}

/** Of some people: whom a user may watch, and who may watch the user. */
export interface Sight {
  readonly sees: readonly number[];
  readonly seen_by: readonly number[];
}

/** One of whom a user sees more than what is public. */
export interface Seen {
  readonly id: number;
  readonly hides: Hides;
  readonly seq: number | null;
}

/** `gone`: there is no such user, or they aren't as they were. */
export type ProfileUpdate = "updated" | "name_taken" | "gone";

/** Whose the picture was, if not the user's; and the `seq` that the profile must still have, where it was read before. */
interface UpdateOptions {
  uploader_id?: number;
  since?: number | null;
}

const profileColumns = {
  id: users.id,
  name: users.name,
  profile_pic: users.profile_pic,
  bio: users.bio,
  status: users.status,
  custom_status: users.custom_status,
  created_at: users.created_at,
  seq: users.seq,
  bot: sql<boolean>`${isNotNull(users.bot_owner_id)}`.mapWith(Boolean),
  deleted: sql<boolean>`${isNotNull(users.deleted_at)}`.mapWith(Boolean),
};

/** What a StoredProfile is selected by. */
export const storedProfileColumns = { ...profileColumns, last_online: users.last_online };

export function profilesOf({ reads }: Access) {
  const [user, asked] = [given<number>("user_id"), sql<number>`asked.value`];
  const seen = prepareSight(reads, user, asked);
  const seeing = prepareSight(reads, asked, user);
  const byIds = reads
    .select(profileColumns)
    .from(users)
    .where(inArray(users.id, givenIds("ids")))
    .orderBy(users.id)
    .prepare();
  const stored = reads
    .select(storedProfileColumns)
    .from(users)
    .where(eq(users.id, given("id")))
    .prepare();
  const seqOf = reads
    .select({ seq: users.seq })
    .from(users)
    .where(eq(users.id, given("id")))
    .prepare();
  const owns = guard<{ id: number; upload_id: number }>(reads, ownsUpload(given("id"), given("upload_id")));
  const refers = template<{ id: number; upload_id: number }>(
    refersTo(reads, { upload_id: given("upload_id"), kind: "user", owner_id: given("id") }, sql`changes() = 1`),
  );
  const updateOf = updateStatements(reads);
  return {
    /** `seq` is of the user's topic. Stale where the picture is an upload and has gone from whose it is. */
    update(
      id: number,
      changes: ProfileChanges,
      seq: number,
      upload_id: number | null = null,
      { uploader_id = id, since = null }: UpdateOptions = {},
    ): Write<ProfileUpdate> {
      const update = updateOf(id, changes, seq, since);
      return {
        job: upload_id === null ? [update] : [owns({ id: uploader_id, upload_id }), update, refers({ id, upload_id })],
        stored: (results) => (results[upload_id === null ? 0 : 1]?.changes === 1 ? "updated" : "gone"),
        find: async () => ((await read(seqOf.get({ id })))?.seq === seq ? "updated" : null),
        refused: (constraint) => (isNameTaken(constraint) ? "name_taken" : undefined),
      };
    },
    /**
     * Those of the ids of whom the user sees more than what is public: who shares a server, a friendship or a conversation
     * that both have taken with them, or has asked them to be friends; oneself, too. Who `hides` looks offline to the user.
     * `seq` is that of the profile; null of who never was.
     */
    async seenBy(user_id: number, ids: readonly number[]): Promise<Seen[]> {
      return ids.length === 0 ? [] : read(seen.all({ user_id, ids: JSON.stringify(ids) }));
    },
    /** Who may watch whom, between the user and these. */
    async sightBetween(user_id: number, ids: readonly number[]): Promise<Sight> {
      if (ids.length === 0) return { sees: [], seen_by: [] };
      const of = { user_id, ids: JSON.stringify(ids) };
      const [sees, seen_by] = await Promise.all([read(seen.all(of)), read(seeing.all(of))]);
      return { sees: sees.map(({ id }) => id), seen_by: seen_by.map(({ id }) => id) };
    },
    /** Those that exist or existed, in the order of their ids. */
    async profiles(ids: readonly number[]): Promise<Profile[]> {
      return ids.length === 0 ? [] : read(byIds.all({ ids: JSON.stringify(ids) }));
    },
    /** Null where there never was such a user. */
    async storedProfile(id: number): Promise<StoredProfile | null> {
      return (await read(stored.get({ id }))) ?? null;
    },
  };
}

export function isNameTaken(constraint: string | undefined): boolean {
  return constraint === "users.name_key";
}

type Changed = Record<string, string | number | null>;

/** The statement for each set of changed fields, worded when it is first asked for. */
function updateStatements(reads: Access["reads"]) {
  const worded = new Map<string, (values: Changed) => Statement>();
  return (id: number, changes: ProfileChanges, seq: number, since: number | null): Statement => {
    const { name, name_key, profile_pic, bio, status, custom_status, dms, last_online } = changes;
    const set: Changed = {};
    for (const [key, text] of Object.entries({ name, name_key, profile_pic, bio, status, custom_status, dms })) {
      if (text !== undefined) set[key] = text && storableText(text);
    }
    if (last_online !== undefined) set["last_online"] = last_online;
    const fields = Object.keys(set);
    const fill = worded.get(fields.join()) ?? wordUpdate(reads, fields);
    worded.set(fields.join(), fill);
    return fill({ ...set, id, seq, since });
  };
}

function wordUpdate(reads: Access["reads"], fields: string[]) {
  const set = Object.fromEntries([...fields, "seq"].map((name) => [name, given(name)]));
  return template<Changed>(
    reads
      .update(users)
      .set(set)
      .where(
        and(
          eq(users.id, given("id")),
          isNull(users.deleted_at),
          sql`${users.seq} = ifnull(${given("since")}, ${users.seq})`,
        ),
      ),
  );
}

/** Of each of the ids, called `asked`: whether `viewer`, one of the two, sees more of `viewed`, the other. */
function prepareSight(reads: Access["reads"], viewer: SQL<number>, viewed: SQL<number>) {
  const asked = sql<number>`asked.value`;
  const servers = reads
    .select({ server_id: members.server_id })
    .from(members)
    .where(and(eq(members.user_id, given("user_id")), isNull(members.left_at)));
  const sharesServer = sql`exists (
    select 1 from members where server_id in ${servers} and user_id = ${asked} and left_at is null
  )`;
  const talks = sql`select conversation_id from conversation_members
    where user_id = ${given("user_id")} and state = 'open' and left_at is null`;
  const sharesConversation = sql`exists (
    select 1 from conversation_members
    where conversation_id in (${talks}) and user_id = ${asked} and state = 'open' and left_at is null
  )`;
  const stands = (of: SQL<number>, to: SQL<number>, states: FriendshipState[]) =>
    inArray(
      to,
      reads
        .select({ id: friendships.peer_id })
        .from(friendships)
        .where(and(eq(friendships.user_id, of), eq(friendships.peer_id, to), inArray(friendships.state, states))),
    );
  // Whoever is asked is to know by whom; whoever asks learns nothing by it.
  const befriended = or(stands(viewer, viewed, ["friend", "incoming"]), stands(viewed, viewer, ["friend", "outgoing"]));
  return reads
    .select({
      id: asked,
      hides: hidesFrom(viewed, viewer),
      seq: sql<number | null>`(select seq from users where users.id = ${asked})`,
    })
    .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
    .where(or(sql`${asked} = ${given("user_id")}`, befriended, sharesServer, sharesConversation))
    .prepare();
}

// A profile actor owns the changes of one user's profile. It makes one at a time: it checks a change, makes a
// reservation in what is told of the person, stores it, and has the registry tell it. Of what it stored last it knows how
// it is, so that who goes and comes doesn't read it anew each time; that it still is so, is asked as the next is stored.

import type { ProfileUpdate, UserRow } from "../../db/queries/users.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { nameFault, nameKey } from "../../domain/names.ts";
import { OFFLINE, type SeenPresence } from "../../domain/presence.ts";
import { type Profile, type ProfileFields, profileDiff } from "../../domain/profile.ts";
import { isReserved } from "../../domain/reserved-names.ts";
import type { Request } from "../../protocol/catalogue.ts";
import type { OwnUser } from "../../protocol/community/entities.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import { type Commit, nobodys } from "../commit/commit.ts";
import type { Actor, KindOptions, Reply } from "../kernel/actor.ts";
import { judgePicture } from "../pictures.ts";
import type { ProfileCalls } from "./calls.ts";

type Changes = Request<"update_user">["changes"];

export interface ProfileDependencies {
  actors: Actors;
  store: Pick<Store, "users" | "uploads">;
  commit: Commit;
  clock(): number;
}

export function profileKind(on: ProfileDependencies): KindOptions<ProfileCalls> {
  return {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: (key) => profileActor(on, Number(key)),
  };
}

/** Who asks for a change, and what is done when it is made. */
interface Asked {
  /** Whose upload the new picture is, and which; null where it is none. */
  uploader_id: number;
  upload_id: number | null;
  remember(after: UserRow): void;
  reply: Reply<{ user: OwnUser }>;
}

function profileActor(on: ProfileDependencies, user_id: number): Actor<ProfileCalls> {
  /** As it was stored here last; null where that isn't known. */
  let known: UserRow | null = null;
  return {
    receive: {
      async update({ changes, uploader_id = user_id }, reply) {
        const judged = await judge(on, uploader_id, changes);
        if (!judged.ok) return reply(judged);
        const remember = (after: UserRow) => {
          // A bot's owner may change it while it is away, and the registry doesn't know when it was last online.
          if (uploader_id === user_id) known = after;
        };
        const asked = { uploader_id, upload_id: judged.value, remember, reply };
        const remembered = known;
        known = null;
        if (remembered && (await changeRemembered(on, remembered, changes, asked))) return;
        const before = await on.store.users.byId(user_id);
        if (!before) return reply(gone());
        const differing = profileDiff(before, changes);
        if (Object.keys(differing).length === 0) return answer(on, before, reply);
        if (takesReserved(before, differing)) return reply(reserved());
        if (!(await change(on, before, differing, asked))) reply(gone());
      },
    },
  };
}

/** False, and nothing is done, where it has to be read: to say that nothing differs, too, and to judge a name. */
async function changeRemembered(
  on: ProfileDependencies,
  before: UserRow,
  changes: Changes,
  asked: Asked,
): Promise<boolean> {
  const differing = profileDiff(before, changes);
  if (changes.name !== undefined || Object.keys(differing).length === 0) return false;
  return change(on, before, differing, asked, before.seq);
}

/** Who has a reserved name keeps it, however it is written. */
function takesReserved(before: UserRow, { name }: Partial<ProfileFields>): boolean {
  return name !== undefined && isReserved(name) && nameKey(name) !== nameKey(before.name);
}

const reserved = () => failure("bad_request", "This name is nobody's to take.", { path: "data.changes.name" });
const gone = () => failure("unavailable", "This account is no more.");

/** What the schema can't say; and the upload of the uploader's that the new picture is, if it is one. */
async function judge(
  { store }: ProfileDependencies,
  uploader_id: number,
  { name, profile_pic }: Changes,
): Promise<Outcome<number | null>> {
  const name_fault = name === undefined ? null : nameFault(name);
  if (name_fault) return failure("bad_request", name_fault, { path: "data.changes.name" });
  if (typeof profile_pic !== "string") return success(null);
  return judgePicture(store, uploader_id, profile_pic, "data.changes.profile_pic");
}

/** Nothing is to be changed. */
function answer({ actors }: ProfileDependencies, user: UserRow, reply: Reply<{ user: OwnUser }>): void {
  actors.ask("presence", "look", { user_ids: [user.id], viewer: null, watch_with: null }, (looked) => {
    if (!looked.ok) return reply(looked);
    const [seen] = looked.value.seen;
    reply(success({ user: ownView(user, seen?.presence ?? OFFLINE) }));
  });
}

/**
 * Takes a `seq` from the registry, which keeps the order of what is told, and stores the change under it. False, and
 * nothing is done or answered, where the user is no more, or their profile isn't that of `since`.
 */
async function change(
  on: ProfileDependencies,
  before: UserRow,
  changes: Partial<ProfileFields>,
  { upload_id, uploader_id, remember, reply }: Asked,
  since: number | null = null,
): Promise<boolean> {
  const { id: user_id } = before;
  const reserved = await on.actors.request("presence", "change_profile", { user_id });
  if (!reserved.ok) {
    reply(reserved);
    return true;
  }
  const { seq } = reserved.value;
  const name_key = changes.name === undefined ? undefined : nameKey(changes.name);
  const last_online = hidesOrShows(before, changes) ? on.clock() : undefined;
  // Requests hold no text that would be stored otherwise than it came.
  const after = { ...before, ...changes, last_online: last_online ?? before.last_online, seq };
  let is_there = true;
  const unchanged = () => void on.actors.tell("presence", "profile_unchanged", { user_id, seq });
  const refuse = (refusal: Outcome<never>) => {
    unchanged();
    reply(refusal);
  };
  const unsure = () => void on.actors.tell("presence", "profile_unsure", { user_id, seq });
  const taken = failure("conflict", "This name is taken.", { path: "data.changes.name" });
  const outcomes: Record<ProfileUpdate, () => void> = {
    updated() {
      remember(after);
      tell(on, before, after, unsure, reply);
    },
    name_taken: () => refuse(taken),
    gone() {
      is_there = false;
      unchanged();
    },
  };
  const committed = await on
    .commit(nobodys, {
      write() {
        const values = { ...changes, name_key, last_online };
        return on.store.users.update(user_id, values, seq, upload_id, { uploader_id, since });
      },
      answer: (stored) => outcomes[stored](),
    })
    .catch((error) => {
      // The registry keeps the place of what may be stored: it finds out.
      unsure();
      throw error;
    });
  if (committed === "stale") refuse(pictureGone());
  return is_there;
}

const pictureGone = () =>
  failure("bad_request", "There is no such upload of yours any more.", { path: "data.changes.profile_pic" });

/** To others, one who hides leaves now, and one who shows comes; the time is noted while they can be seen. */
function hidesOrShows(before: UserRow, { status }: Partial<ProfileFields>): boolean {
  return status !== undefined && (before.status === "invisible" || status === "invisible");
}

/** The registry answers how the person looks, and then tells those who have loaded them. */
function tell(
  { actors }: ProfileDependencies,
  before: UserRow,
  after: UserRow,
  unsure: () => void,
  reply: Reply<{ user: OwnUser }>,
): void {
  const { last_online } = after;
  const renamed = before.name !== after.name;
  const { status: _, dms: __, ...changes } = profileDiff(before, after);
  const changed = { profile: profileOf(after), changes, renamed, last_online };
  actors.ask("presence", "profile_changed", changed, (told) => {
    // It is stored, whatever keeps the registry from saying so.
    if (!told.ok) unsure();
    reply(told.ok ? success({ user: ownView(after, told.value.seen) }) : told);
  });
}

function profileOf(user: UserRow): Profile {
  const { id, name, profile_pic, bio, status, custom_status, created_at, seq } = user;
  const bot = user.bot_owner_id !== null;
  return { id, name, profile_pic, bio, status, custom_status, created_at, seq, bot, deleted: false };
}

function ownView(user: UserRow, seen: SeenPresence): OwnUser {
  const { id, name, profile_pic, bio, status, custom_status, dms, created_at } = user;
  const created_date = new Date(created_at).toISOString();
  const view = { id, name, profile_pic, bio, status, custom_status, dms, playing: seen.playing, created_date };
  return user.bot_owner_id === null ? view : { ...view, bot: true };
}

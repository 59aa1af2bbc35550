// A profile actor owns the changes of one user's profile: one at a time, each checked, stored, answered and only then
// told. It keeps no state between them.

import type { UserRow } from "../../db/queries/users.ts";
import type { Store } from "../../db/store.ts";
import { nameFault, nameKey } from "../../domain/names.ts";
import { OFFLINE, type SeenPresence } from "../../domain/presence.ts";
import { type Profile, type ProfileFields, profileDiff } from "../../domain/profile.ts";
import type { Request } from "../../protocol/catalogue.ts";
import type { OwnUser } from "../../protocol/community/entities.ts";
import { encodeEvent } from "../../protocol/community/events.ts";
import { type Failure, failure, success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { OrderedTopics, Place } from "../delivery/ordered-topics.ts";
import { imageFault } from "../images.ts";
import type { Actor, Reply } from "../kernel/system.ts";
import type { ProfileCalls } from "./calls.ts";

type Changes = Request<"update_user">["changes"];

export interface ProfileDependencies {
  actors: Actors;
  store: Pick<Store, "users" | "uploads">;
  topics: OrderedTopics;
  clock(): number;
}

export function profileActor(on: ProfileDependencies, user_id: number): Actor<ProfileCalls> {
  return {
    receive: {
      async update({ changes }, reply) {
        const fault = await changesFault(on, user_id, changes);
        if (fault) return reply({ ok: false, error: fault });
        const before = await on.store.users.byId(user_id);
        if (!before) return reply(gone());
        const differing = profileDiff(before, changes);
        if (Object.keys(differing).length === 0) return answer(on, before, reply);
        await change(on, before, differing, reply);
      },
    },
  };
}

const gone = () => failure("unavailable", "This account is no more.");

/** What the schema can't say. */
async function changesFault(
  { store }: ProfileDependencies,
  user_id: number,
  { name, profile_pic }: Changes,
): Promise<Failure | null> {
  const refused = (message: string, path: string): Failure => ({ code: "bad_request", message, details: { path } });
  const name_fault = name === undefined ? null : nameFault(name);
  if (name_fault) return refused(name_fault, "data.changes.name");
  const image_fault = typeof profile_pic === "string" ? await imageFault(store, user_id, profile_pic) : null;
  return image_fault ? refused(image_fault, "data.changes.profile_pic") : null;
}

/** Nothing is to be changed. */
function answer({ actors }: ProfileDependencies, user: UserRow, reply: Reply<{ user: OwnUser }>): void {
  actors.ask("presence", "look", { user_ids: [user.id], watch_with: null }, (looked) => {
    if (!looked.ok) return reply(looked);
    const [seen] = looked.value.seen;
    reply(success({ user: ownView(user, seen?.presence ?? OFFLINE) }));
  });
}

async function change(
  on: ProfileDependencies,
  before: UserRow,
  changes: Partial<ProfileFields>,
  reply: Reply<{ user: OwnUser }>,
): Promise<void> {
  const { id } = before;
  const place = on.topics.reserve(`user:${id}`);
  try {
    const name_key = changes.name === undefined ? undefined : nameKey(changes.name);
    const last_online = hidesOrShows(before, changes) ? on.clock() : undefined;
    const stored = await on.store.users.update(id, { ...changes, name_key, last_online }, place.seq);
    // Requests hold no text that would be stored otherwise than it came.
    const after = { ...before, ...changes, last_online: last_online ?? before.last_online, seq: place.seq };
    if (stored === "updated") return tell(on, before, after, place, reply);
    place.release();
    const taken = failure("conflict", "This name is taken.", { path: "data.changes.name" });
    reply(stored === "name_taken" ? taken : gone());
  } catch (error) {
    place.release();
    throw error;
  }
}

/** To others who hides leaves now, and who shows comes; the time of both is noted while they are to be seen. */
function hidesOrShows(before: UserRow, { status }: Partial<ProfileFields>): boolean {
  return status !== undefined && (before.status === "invisible" || status === "invisible");
}

/** Answers in the presence registry's turn, then tells whoever has loaded the user; the registry tells the rest. */
function tell(
  { actors }: ProfileDependencies,
  before: UserRow,
  after: UserRow,
  place: Place,
  reply: Reply<{ user: OwnUser }>,
): void {
  const { id, last_online } = after;
  const renamed = before.name !== after.name;
  actors.ask("presence", "profile_changed", { profile: profileOf(after), renamed, last_online }, (told) => {
    reply(told.ok ? success({ user: ownView(after, told.value.seen) }) : told);
    const { status: _, ...changes } = profileDiff(before, after);
    if (Object.keys(changes).length === 0) return place.release();
    place.publish(encodeEvent("user_changed", `user:${id}`, place.seq, { id, ...changes }));
  });
}

function profileOf({ id, name, profile_pic, bio, status, custom_status, created_at, seq }: UserRow): Profile {
  return { id, name, profile_pic, bio, status, custom_status, created_at, seq, deleted: false };
}

function ownView(user: UserRow, seen: SeenPresence): OwnUser {
  const { id, name, profile_pic, bio, status, custom_status, created_at } = user;
  const created_date = new Date(created_at).toISOString();
  return { id, name, profile_pic, bio, status, custom_status, playing: seen.playing, created_date };
}

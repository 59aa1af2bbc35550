// What a member's entry shows of the person behind it: put together from what is stored of them and from how the
// presence registry sees them.

import { notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { PresenceCalls } from "../../people/calls.ts";
import type { Room } from "../room.ts";
import type { MemberProfile } from "../views.ts";

interface StoredPerson {
  user_id: number;
  name: string;
  profile_pic: string | null;
}

/** What the registry says makes of what is stored: it knows the newest name, and the status. */
export function profilesBy({
  seen,
  profiles,
}: PresenceCalls["look"]["reply"]): (stored: StoredPerson) => MemberProfile {
  const statuses = new Map(seen.map(({ user_id, presence }) => [user_id, presence.status]));
  const told = new Map(profiles.map((profile) => [profile.id, profile]));
  return ({ user_id, ...stored }) => {
    const { name, profile_pic } = told.get(user_id) ?? stored;
    return { name, profile_pic, status: statuses.get(user_id) ?? "offline" };
  };
}

/** As `viewer_id` sees them. `not_found` for an account that is gone. */
export async function profileOf(room: Room, user_id: number, viewer_id: number): Promise<Outcome<MemberProfile>> {
  const { users, friendships } = room.on.store;
  const [[stored], blockers] = await Promise.all([
    users.profiles([user_id]),
    user_id === viewer_id ? [] : friendships.blockersOf(viewer_id, [user_id]),
  ]);
  if (!stored || stored.deleted) return notFound();
  const viewer = { user_id: viewer_id, blockers, owner_blockers: [] };
  const look = { user_ids: [user_id], viewer, watch_with: null };
  const looked = await room.on.actors.request("presence", "look", look);
  return looked.ok ? success(profilesBy(looked.value)({ ...stored, user_id })) : looked;
}

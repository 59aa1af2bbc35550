// What can be asked of people: of the presence registry, of a profile, of what is between two. Plain data in, plain
// data out; no code.

import type { FriendshipAction, Relation, RelationPair } from "../../domain/friendship.ts";
import type { Person, SeenPresence } from "../../domain/presence.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Request } from "../../protocol/catalogue.ts";
import type { FriendEntry, OwnUser } from "../../protocol/community/entities.ts";
import type { Friend } from "../../protocol/entities.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Call } from "../kernel/system.ts";

export interface RelatedPerson {
  peer: Person;
  relation: Relation;
}

/** What a session wants of its friends: to hear of their coming and going, or to have loaded them. */
export interface Following {
  session: SessionId;
  topic: "friends" | "user";
}

export type PresenceCalls = {
  /** A connection claims a login of the user's: from now on it hears of each that is revoked. Nobody is told. */
  admit: Call<{ user_id: number; session: SessionId }>;
  /**
   * A session has proved who it is. `limit_reached` when the user has too many. Answered before anybody is told.
   * `seq` is that of the profile of which `user` is a part; `profile` is the newer one that was told meanwhile.
   */
  open: Call<{ user: Person; seq: number; session: SessionId }, { revision: number; profile: Profile | null }>;
  close: Call<{ user_id: number; session: SessionId }>;
  /**
   * Turns relations read from the database into `Friend`s, in their order, and lets a session follow the friends among
   * them. `stale` when the user's relations changed since `revision`: read again, with the revision given.
   */
  describe: Call<
    { user_id: number; revision: number; relations: RelatedPerson[]; following: Following | null },
    { stale: true; revision: number } | { stale: false; friends: Friend[] }
  >;
  /** A relation has been changed and stored. Answers how `me` sees `peer`, and one's own name, then tells both. */
  relate: Call<{ me: Person; peer: Person; was: RelationPair; now: RelationPair }, { friend: Friend; my_name: string }>;
  /** A person is gone for good, and from the lists of `peers`. Answered before they are told. */
  part: Call<{ user: Person; profile: Profile; peers: number[] }>;
  play: Call<{ user_id: number; app: string | null }>;
  /**
   * How others see these users: those who are not offline, and in `profiles` those whose profile was told of so lately
   * that the asker may have read an older one. A session in `watch_with` is subscribed to `user:<id>` of each in the
   * same turn; `left_out` are those for whom it has no room.
   */
  look: Call<
    { user_ids: readonly number[]; watch_with: SessionId | null },
    { seen: { user_id: number; presence: SeenPresence }[]; profiles: Profile[]; left_out: number[] }
  >;
  unwatch: Call<{ session: SessionId; user_ids: readonly number[] }>;
  /**
   * A profile has been changed and stored. Answers how the person looks to others now; whoever asks tells `user:<id>` of
   * the profile in that same turn. Then the registry tells what became of status and game, which don't wait for
   * commits, and tells friends, of another name as well when `renamed`.
   */
  profile_changed: Call<{ profile: Profile; renamed: boolean; last_online: number }, { seen: SeenPresence }>;
  /** The user left a server, or it is gone: those who have nothing in common any more stop hearing of each other. */
  separated: Call<{ user_id: number }>;
  /** To itself: who still has something in common with the one being looked up; null when it couldn't be read. */
  checked: Call<{ related: number[] | null }>;
  /** Hands `text` to the sessions of `to`; `offline` when they have none, or don't wish to be seen. */
  invite: Call<{ from: { id: number; name: string }; to: number; text: string }>;
  count: Call<null, { count: number }>;
  /** Logins died: their sockets close. `logins: null` means all of the user's. */
  revoke: Call<{ user_id: number; logins: number[] | null }>;
  /** To itself: the grace time is over; then: that they left is stored. */
  lapse: Call<{ user_id: number; left_ms: number }>;
  gone: Call<{ user_id: number; left_ms: number }>;
};

/** How one sees the other after an action: for the console, and as an entry of the list; one that ended, as it was. */
export interface FriendshipAnswer {
  friend: Friend;
  entry: FriendEntry;
}

export type FriendshipCalls = {
  /** Answers how `user_id` sees `peer_id` afterwards. */
  act: Call<{ action: FriendshipAction; user_id: number; peer_id: number }, FriendshipAnswer>;
  /** An invitation for a friend; `forbidden` when they aren't one. */
  invite: Call<{ user_id: number; peer_id: number; text: string }>;
};

/** The address of the one actor for these two, whoever of them acts. */
export function friendshipAddress(one: number, other: number) {
  return `friendship:${Math.min(one, other)}-${Math.max(one, other)}` as const;
}

type Changes = Request<"update_user">["changes"];

export type ProfileCalls = {
  update: Call<{ changes: Changes }, { user: OwnUser }>;
};

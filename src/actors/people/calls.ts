// What can be asked of the presence registry, of a profile, and of the friendship between two people. Plain data in,
// plain data out; no code.

import type { HeardBy } from "../../db/queries/conversation-messages.ts";
import type { FriendshipChanged } from "../../db/queries/friendships.ts";
import type { Sight, StoredProfile } from "../../db/queries/profiles.ts";
import type { ServerSummary } from "../../db/queries/rooms.ts";
import type { ReadSelf, SelfSeq } from "../../db/queries/self-topics.ts";
import type { FriendshipAction, Relation, RelationPair } from "../../domain/friendship.ts";
import type { NotificationSetting } from "../../domain/notifications.ts";
import type { Person, SeenPresence } from "../../domain/presence.ts";
import type { Profile, ProfileFields } from "../../domain/profile.ts";
import type { Request } from "../../protocol/catalogue.ts";
import type { FriendEntry, OwnUser } from "../../protocol/community/entities.ts";
import type { SyncedTopic } from "../../protocol/community/sync.ts";
import type { Friend } from "../../protocol/entities.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Call } from "../kernel/actor.ts";

export interface RelatedPerson {
  peer: Person;
  relation: Relation;
}

/** What a session wants of its friends: to hear of their coming and going, or to have loaded them. */
export interface Following {
  session: SessionId;
  topic: "friends" | "user";
}

/** Who looks, and who has blocked them, or whose bot they are, as was read; null where nobody in particular looks. */
export interface Viewer {
  user_id: number;
  blockers: readonly number[];
  owner_blockers: readonly number[];
}

/** How others see these users. A session in `watch_with` is subscribed to `user:<id>` of each in the same turn. */
export interface Look {
  /** Those who are not offline. */
  seen: { user_id: number; presence: SeenPresence }[];
  /** Those told so lately that the asker may have read older ones. */
  profiles: Profile[];
  /** Users for whom the session's subscriptions have no room. */
  left_out: number[];
  /** How far the topic of each was told, where that is known. */
  told: { user_id: number; seq: number }[];
  /** Users of whose profile a change is on its way. */
  moving: number[];
}

/** How somebody stands who is here, or was a moment ago: what the next owner of all people must know of them. */
export interface Standing {
  person: Person;
  game: { app: string; player: SessionId } | null;
  /** False from when they are told to be gone. */
  is_here: boolean;
  /** Grows with each change. */
  version: number;
}

/** A session as its node knows it: whose it is, how far it was told its user's own topic, and what it said of itself. */
export interface HeardSession {
  session: SessionId;
  user_id: number;
  told: number;
  /** Somebody sits before it. */
  is_active: boolean;
}

/** A connection that claims a login of the user's. */
export interface Claiming {
  session: SessionId;
  user_id: number;
}

export type PresenceCalls = {
  /** A connection claims a login of the user's: from now on it hears of each that is revoked. Nobody is told. */
  admit: Call<Claiming>;
  /**
   * A session has proved who it is. `limit_reached` when the user has too many. Answered before anybody is told.
   * `seq` is that of the profile of which `user` is a part; `profile` is the newer one that was told meanwhile;
   * `self_seq` is how far the user's own topic was stored when they and `relations` were read; `owner_id` whose bot it
   * is. The session follows the friends among these, and `friends` is as `describe` has them; null, and none is followed,
   * where more was told meanwhile, or a node of an earlier version sends none: they are to be read again. `unavailable`
   * where the session was never let in by `admit`, here or where another registry ended: it has to come again.
   */
  open: Call<
    {
      user: Person;
      seq: number;
      self_seq: number;
      owner_id: number | null;
      session: SessionId;
      relations?: RelatedPerson[];
    },
    { revision: number; profile: Profile | null; friends: Friend[] | null }
  >;
  close: Call<{ user_id: number; session: SessionId }>;
  /** The node has these sessions, opening or open, and no others; none once it is there no more. */
  node_has: Call<{ node: number; sessions: readonly SessionId[] }>;
  /**
   * To a registry that goes on where another one ended, before anything else: how people stood, and the sessions that
   * there are. `opening` have claimed a login, and are not open yet. Nobody is told of anything by that.
   */
  inherit: Call<{ standings: readonly Standing[]; sessions: readonly HeardSession[]; opening: readonly Claiming[] }>;
  /** The node's sessions were told otherwise of these people, or not at all: they hear how they look. */
  retell: Call<{ node: number; people: readonly Person[] }>;
  /**
   * Turns relations read from the database into `Friend`s, in their order, and lets a session follow the friends among
   * them; `self_seq` is how far the user's own topic was told. `stale` when the user's relations changed since
   * `revision`: read again, with the revision given; with null, none is looked at.
   */
  describe: Call<
    { user_id: number; revision: number | null; relations: RelatedPerson[]; following: Following | null },
    { stale: true; revision: number } | { stale: false; friends: Friend[]; self_seq: number }
  >;
  /**
   * A relation has been changed and stored. Answers how `me` sees `peer`, and one's own name, then tells both.
   */
  relate: Call<
    { me: Person; peer: Person; was: RelationPair; now: RelationPair; stored: FriendshipChanged },
    { friend: Friend; my_name: string }
  >;
  /**
   * A person is gone for good, and from the lists of `peers`. Answered before they are told. `profile.seq` was reserved
   * by `change_profile`.
   */
  part: Call<{ user: Person; profile: Profile; peers: SelfSeq[] }>;
  /** A hint: the user came into a server, or is in one no more. */
  membership_changed: Call<SelfSeq & { added?: ServerSummary; deleted?: number }>;
  /** A hint: how far the user has read in a channel. Session `but_not` isn't told. */
  read_state_changed: Call<SelfSeq & { channel_id: number; last_read_id: number; but_not: SessionId | null }>;
  /** A hint: what the user wants to be told of. Session `but_not` isn't told. */
  notification_changed: Call<SelfSeq & { setting: NotificationSetting; but_not: SessionId }>;
  /** A hint: rows of conversations in these people's own topics were written, which say what is told. */
  conversation_written: Call<{ self: readonly SelfSeq[] }>;
  /** A hint: this was said in a conversation; `heard` are all its members. */
  conversation_said: Call<{ conversation_id: number; last_message_id: number; heard: readonly HeardBy[] }>;
  /** A write into these users' own topics has no known end: what is stored and was not told is read and told. */
  catch_up: Call<{ user_ids: readonly number[] }>;
  /** Accounts may have ended of which their rooms weren't told, since whoever ended them is gone: they are told. */
  hint_at_departures: Call<null>;
  /** To itself: what was read to catch up, as far as `seq`; null when it couldn't be read. */
  caught_up: Call<{ user_id: number; since: number; read: ReadSelf | null }>;
  /** How far the user's own topic has been told; answered once that is `seq` or more. */
  told: Call<{ user_id: number; seq: number }, { seq: number }>;
  /** What changed in the user's own topic after `since`, as of `told`. */
  self_since: Call<{ user_id: number; since: number }, { told: number; answer: SyncedTopic }>;
  /** What is played belongs to the session that says so. */
  play: Call<{ user_id: number; session: SessionId; app: string | null }>;
  look: Call<{ user_ids: readonly number[]; viewer: Viewer | null; watch_with: SessionId | null }, Look>;
  /**
   * Answered when no change of these users' profiles is on its way any more; and, where `heard` is asked for, when all
   * sessions have heard what they were told so far.
   */
  settled: Call<{ user_ids: readonly number[]; heard?: true }>;
  unwatch: Call<{ session: SessionId; user_ids: readonly number[] }>;
  /** A profile is about to be stored: under which `seq`. What is told of the person from now on waits for its end. */
  change_profile: Call<{ user_id: number }, { seq: number }>;
  /**
   * It has been stored. Answers how the person looks to others now. Then tells those who have loaded them of `changes`,
   * and what became of status and game, which don't wait for commits; and friends, of a new name too when `renamed`.
   */
  profile_changed: Call<
    {
      profile: Profile;
      changes: Partial<Omit<ProfileFields, "status" | "dms">>;
      renamed: boolean;
      last_online: number;
    },
    { seen: SeenPresence }
  >;
  /** The profile was not stored under the `seq` that was reserved. */
  profile_unchanged: Call<{ user_id: number; seq: number }>;
  /** Nobody knows whether the profile was stored: it is read, and told if it was. */
  profile_unsure: Call<{ user_id: number; seq: number }>;
  /** To itself: the profile as read; null when there is no such user, undefined when it couldn't be read. */
  profile_read: Call<{ user_id: number; seq: number; profile: StoredProfile | null | undefined }>;
  /** To itself: who may still watch whom, as far as the one being looked up goes; null when it couldn't be read. */
  checked: Call<{ sight: Sight | null }>;
  /** Hands `text` to the sessions of `to`; `offline` when they have none, or don't wish to be seen. */
  invite: Call<{ from: { id: number; name: string }; to: number; text: string }>;
  /** Whether somebody sits before the session: the user is told on other ways where nobody does before any. */
  set_active: Call<{ user_id: number; session: SessionId; active: boolean }>;
  /** Those of the users before one of whose sessions somebody sits. */
  active_among: Call<{ user_ids: readonly number[] }, { user_ids: number[] }>;
  /** Users whom others see online. */
  count: Call<null, { count: number }>;
  /** How many sessions there are in all. */
  count_all_sessions: Call<null, { sessions: number }>;
  /** How many sessions these users have open. */
  count_sessions: Call<{ user_ids: readonly number[] }, { sessions: { user_id: number; count: number }[] }>;
  /** Nobody knows which of the user's log-ins are alive: their sessions are closed, to log in again if they can. */
  come_again: Call<{ user_id: number }>;
  /** Logins died: their sockets close. `logins: null` means all of the user's but `spared`. `suspended`: so is the user. */
  revoke: Call<{ user_id: number; logins: number[] | null; spared?: number; suspended?: true }>;
  /** No login is good any more that a secret signed: all sockets close but those of bots. */
  revoke_all: Call<null>;
  /** To itself: the grace time is over. */
  lapse: Call<{ user_id: number; left_ms: number }>;
  /** To itself: the grace time of the session that played is over. */
  lapse_game: Call<{ user_id: number; player: SessionId }>;
  /** To itself: it is stored when they left. */
  gone: Call<{ user_id: number; left_ms: number }>;
};

/** How the one who acted sees the other afterwards, in both dialects. `entry` has the old `since` where it ended. */
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

/** The address of the one actor for these two, whichever of them acts. */
export function friendshipAddress(one: number, other: number) {
  return `friendship:${Math.min(one, other)}-${Math.max(one, other)}` as const;
}

type Changes = Request<"update_user">["changes"];

export type ProfileCalls = {
  /** A picture that is an upload has to be the uploader's: the user's own, where none is named. */
  update: Call<{ changes: Changes; uploader_id?: number }, { user: OwnUser }>;
};

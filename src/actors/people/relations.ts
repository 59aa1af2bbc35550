// What two people are to each other, as they are told of it: each their entry in the other's list, for the console and
// on their own topic. It alone makes `Friend`s, so that what is answered and what is pushed can never cross. All of it
// runs in the registry's turn.

import type { ServerSummary } from "../../db/queries/rooms.ts";
import type { ChangedFriendship, SelfChanges, SelfSeq } from "../../db/queries/self-topics.ts";
import { isConnected, type Relation, shownRelation } from "../../domain/friendship.ts";
import type { NotificationSetting } from "../../domain/notifications.ts";
import { OFFLINE, type Person } from "../../domain/presence.ts";
import type { Profile } from "../../domain/profile.ts";
import { type EventData, type EventType, encodeEvent } from "../../protocol/community/events.ts";
import type { Friend } from "../../protocol/entities.ts";
import { encodePush } from "../../protocol/pushes.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { notificationView } from "../notification-view.ts";
import { friendView } from "./announcements.ts";
import type { PresenceCalls, RelatedPerson } from "./calls.ts";
import type { PresenceRegistry } from "./registry.ts";
import { untoldChanges } from "./self-changes.ts";

type Related = PresenceCalls["relate"]["request"];
type Parted = PresenceCalls["part"]["request"];

export class Relations {
  readonly #registry: PresenceRegistry;
  readonly #gateway: Gateway;

  constructor(registry: PresenceRegistry, gateway: Gateway) {
    this.#registry = registry;
    this.#gateway = gateway;
  }

  /** How somebody in the given relation sees the person: only friends see whether they are online. */
  describe(read: Person, relation: Relation): Friend {
    const type = listType(relation);
    return friendView(
      this.#registry.roll.personOf(read),
      type,
      type === "friend" ? this.#registry.roll.look(read.id) : OFFLINE,
    );
  }

  /** Each of them so, in their order. */
  describeAll(read: readonly RelatedPerson[]): Friend[] {
    return read.map(({ peer, relation }) => this.describe(peer, relation));
  }

  /** The session hears from now on of the coming, going and playing of these friends. */
  follow(session: SessionId, friends: readonly number[]): void {
    for (const friend of friends) this.#gateway.subscribe(session, `friends:${friend}`);
  }

  /** Tells both sides of a relation that was stored. */
  relate({ me, peer, was, now, stored }: Related): void {
    if (stored.mine) this.#relateOne(stored.mine, peer, was.mine, now.mine);
    if (stored.theirs) this.#relateOne(stored.theirs, me, was.theirs, now.theirs);
    this.#hide(me.id, peer.id, now.mine === "blocked");
    if (isConnected(was) && !isConnected(now)) this.#registry.watching.separated({ user_id: me.id, from: peer.id });
  }

  /** The person's account has ended; `profile` is what is left of it. */
  part({ user, profile, peers }: Parted): void {
    const { self_topics } = this.#registry;
    this.ended(profile);
    for (const of_peer of peers) {
      const { user_id, seq } = of_peer;
      self_topics.hint(of_peer, () => {
        this.#tellSelf(user_id, "friend_deleted", seq, { user_id: user.id, name: user.name, state: "none" });
        this.#registry.relationChanged(user_id, user.id, false);
        this.#updateList(user_id, user, "none");
      });
    }
  }

  /** Those who have loaded the user hear what is left of them, and nothing more. */
  ended(profile: Profile): void {
    const { user_topics, watching } = this.#registry;
    user_topics.finish(profile.id, profile.seq, () => {
      user_topics.note(profile);
      user_topics.send(profile.id, profile.seq, remainsOf(profile));
      watching.hide(profile.id);
    });
  }

  /** Tells the user that they came into a server, or are in one no more. */
  membershipChanged({ added, deleted, ...self }: PresenceCalls["membership_changed"]["request"]): void {
    const { user_id, seq } = self;
    this.#registry.self_topics.hint(self, () => this.#tellMembership(user_id, seq, added, deleted));
    if (deleted !== undefined) this.#registry.watching.separated({ user_id, from: null });
  }

  /** Tells the user's other sessions how far they have read. */
  readStateChanged(changed: PresenceCalls["read_state_changed"]["request"]): void {
    const { user_id, seq, channel_id, last_read_id, but_not } = changed;
    this.#registry.self_topics.hint(changed, () =>
      this.#tellSelf(user_id, "read_state_changed", seq, { channel_id, last_read_id }, but_not ?? undefined),
    );
  }

  /** Tells the user's other sessions what they want to be told of while away. */
  tellNotification(self: SelfSeq, setting: NotificationSetting, but_not: SessionId): void {
    const { user_id, seq } = self;
    this.#registry.self_topics.hint(self, () =>
      this.#tellSelf(user_id, "notification_settings_changed", seq, notificationView(setting), but_not),
    );
  }

  /** Tells what is stored after `since` and was not told, because the end of a write was not known. */
  caughtUp({ user_id, since, read }: PresenceCalls["caught_up"]["request"]): void {
    const { self_topics } = this.#registry;
    self_topics.caughtUp(user_id, since, read, () => {
      if (read) this.#tellChanges(user_id, read.changes, since);
    });
  }

  /** The one has blocked the other, to whose sessions and bots they look offline from now on; or hasn't any more. */
  #hide(one: number, from: number, hides: boolean): void {
    const { blindness, user_topics } = this.#registry;
    const viewers = blindness.tell(one, from, hides);
    const seen = this.#registry.roll.look(one);
    if (viewers.length === 0 || seen.status === "offline") return;
    const sessions = viewers.flatMap((viewer) => [...this.#registry.roll.sessionsOf(viewer)]);
    user_topics.show(one, sessions, hides ? OFFLINE : seen);
  }

  #tellChanges(user_id: number, changes: SelfChanges, since: number): void {
    for (const event of untoldChanges(changes, since)) {
      this.#gateway.publish(`self:${user_id}`, encodeEvent(event.type, "self", event.seq, event.data as never));
    }
    for (const friendship of changes.friendships) this.#tellFriendship(user_id, friendship);
    if ([...changes.memberships, ...changes.conversations].some(({ left }) => left))
      this.#registry.watching.separated({ user_id, from: null });
  }

  #tellFriendship(user_id: number, { peer_id, state, ...person }: ChangedFriendship): void {
    this.#registry.relationChanged(user_id, peer_id, state === "friend");
    this.#updateList(user_id, { id: peer_id, ...person }, state);
    this.#hide(user_id, peer_id, state === "blocked");
    if (!isConnected({ mine: state, theirs: "none" })) this.#registry.watching.separated({ user_id, from: peer_id });
  }

  #tellMembership(user_id: number, seq: number, added: ServerSummary | undefined, deleted: number | undefined): void {
    if (added) this.#tellSelf(user_id, "server_added", seq, { server: added });
    if (deleted !== undefined) this.#tellSelf(user_id, "server_deleted", seq, { server_id: deleted });
  }

  #relateOne(self: SelfSeq, peer: Person, was: Relation, now: Relation): void {
    const { user_id: me, seq } = self;
    this.#registry.self_topics.hint(self, () => {
      const type = was === "none" ? "friend_added" : now === "none" ? "friend_deleted" : "friend_changed";
      const name = this.#registry.roll.nameOf(peer);
      this.#tellSelf(me, type, seq, { user_id: peer.id, name, state: shownRelation(now) });
      this.#registry.relationChanged(me, peer.id, now === "friend");
      if (listType(was) !== listType(now)) this.#updateList(me, peer, now);
    });
  }

  #updateList(me: number, peer: Person, relation: Relation): void {
    const data = this.describe(peer, relation);
    this.#gateway.publish(`self:${me}`, encodePush("friend-list-update", { data }));
  }

  #tellSelf<Name extends EventType>(
    user_id: number,
    type: Name,
    seq: number,
    data: EventData<Name>,
    but_not?: SessionId,
  ): void {
    this.#gateway.publish(`self:${user_id}`, encodeEvent(type, "self", seq, data), but_not);
  }
}

/** What others see of a user who is gone. */
export function remainsOf({ name, profile_pic, bio, custom_status }: Profile) {
  return { name, profile_pic, bio, custom_status, status: "offline" as const, playing: null };
}

/** The console's list knows no blocks. */
function listType(relation: Relation): Friend["type"] {
  return relation === "blocked" || relation === "blocked_by" ? "none" : relation;
}

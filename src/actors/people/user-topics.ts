// The topics `user:<id>`: how far each was told, in which order, and which profiles were told lately. Status and game
// are told at once and stored nowhere. A profile is stored first, and what is told of its user meanwhile waits for it.

import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { NewestMap } from "../../domain/newest-map.ts";
import type { SeenPresence } from "../../domain/presence.ts";
import type { Profile } from "../../domain/profile.ts";
import { type EventData, encodeEvent } from "../../protocol/community/events.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { whenHeard } from "../delivery/late-frame.ts";
import { type Reservation, Reservations } from "../delivery/reservations.ts";
import type { Blindness } from "./blindness.ts";
import { Recent } from "./recent.ts";

export interface UserTopicsDependencies {
  gateway: Gateway;
  blindness: Pick<Blindness, "isEmpty" | "ofSession">;
  ids: IdGenerator;
  clock(): number;
}

const userChanged = (id: number, seq: number, changes: Omit<EventData<"user_changed">, "id">) =>
  encodeEvent("user_changed", `user:${id}`, seq, { id, ...changes });

/** Changes of one profile that are on their way to the database. */
interface Underway {
  order: Reservations;
  reserved: Map<number, Reservation>;
}

export class UserTopics {
  readonly #on: UserTopicsDependencies;
  readonly #told = new NewestMap<number, number>(limits.topics_remembered);
  readonly #profiles: Recent<Profile>;
  readonly #underway = new Map<number, Underway>();

  constructor(on: UserTopicsDependencies) {
    this.#on = on;
    this.#profiles = new Recent(limits.request_deadline_ms, on.clock);
  }

  /** The `seq` of the last event told; 0 when memory doesn't go back that far. */
  told(user_id: number): number {
    return this.#told.get(user_id) ?? 0;
  }

  /** A change of the profile is about to be stored: its `seq`. What is told from now on waits for its end. */
  reserve(user_id: number): number {
    const underway = this.#underway.get(user_id) ?? { order: new Reservations(), reserved: new Map() };
    this.#underway.set(user_id, underway);
    const reservation = underway.order.reserve(this.#on.ids.next());
    underway.reserved.set(reservation.seq, reservation);
    return reservation.seq;
  }

  /** The change that reserved `seq` was stored: runs `tell` in its order. */
  finish(user_id: number, seq: number, tell: () => void): void {
    const reservation = this.#take(user_id, seq);
    if (!reservation) return;
    void reservation.tell(() => {
      this.#told.set(user_id, seq);
      tell();
    });
    this.#forgetEmpty(user_id);
  }

  /** Nothing came of it. */
  release(user_id: number, seq: number): void {
    this.#take(user_id, seq)?.release();
    this.#forgetEmpty(user_id);
  }

  /** Whether the change that reserved `seq` hasn't ended. */
  isUnderway(user_id: number, seq: number): boolean {
    return this.#underway.get(user_id)?.reserved.has(seq) ?? false;
  }

  /** Whether any change of the profile is on its way. */
  isMoving(user_id: number): boolean {
    return this.#underway.has(user_id);
  }

  /** Settles when no change of the profile is on its way any more; null when none is. */
  settled(user_id: number): Promise<void> | null {
    return this.#underway.get(user_id)?.order.settled() ?? null;
  }

  /** Tells those who have loaded the user, in order, how they look now: not to those from whom they hide. */
  publish(user_id: number, changes: Partial<SeenPresence>): void {
    this.#inOrder(user_id, (seq) => {
      const sent = whenHeard(() => userChanged(user_id, seq, changes));
      const { gateway, blindness } = this.#on;
      const topic = `user:${user_id}` as const;
      if (blindness.isEmpty) return gateway.publish(topic, sent);
      for (const session of gateway.subscribers(topic)) {
        if (!blindness.ofSession(session, user_id)) gateway.send(session, sent.word());
      }
    });
  }

  /** Tells these sessions, in order, how the user looks to them from now on. */
  show(user_id: number, sessions: Iterable<SessionId>, changes: Omit<EventData<"user_changed">, "id">): void {
    this.#inOrder(user_id, (seq) => {
      for (const session of sessions) {
        const { gateway } = this.#on;
        if (gateway.isSubscribed(session, `user:${user_id}`)) gateway.send(session, userChanged(user_id, seq, changes));
      }
    });
  }

  #inOrder(user_id: number, send: (seq: number) => void): void {
    const seq = this.#on.ids.next();
    const tell = () => {
      this.#told.set(user_id, seq);
      send(seq);
    };
    const underway = this.#underway.get(user_id);
    if (!underway) return tell();
    void underway.order.reserve(seq).tell(tell);
  }

  /** Sends an event in this turn: the caller is in its order. */
  send(user_id: number, seq: number, changes: Omit<EventData<"user_changed">, "id">): void {
    this.#on.gateway.publish(`user:${user_id}`, userChanged(user_id, seq, changes));
  }

  /** These sessions may not have been told of it. */
  retell({ id, name, profile_pic, bio, custom_status }: Profile, sessions: Iterable<SessionId>): void {
    this.show(id, sessions, { name, profile_pic, bio, custom_status });
  }

  /** A profile is being told. */
  note(profile: Profile): void {
    this.#profiles.note(profile.id, profile);
  }

  /** The profile, if it was told lately: a reader of the database may have got an older one just before. */
  toldLately(user_id: number): Profile | undefined {
    return this.#profiles.of(user_id);
  }

  #take(user_id: number, seq: number): Reservation | undefined {
    const underway = this.#underway.get(user_id);
    const reservation = underway?.reserved.get(seq);
    underway?.reserved.delete(seq);
    return reservation;
  }

  #forgetEmpty(user_id: number): void {
    if (this.#underway.get(user_id)?.order.isEmpty) this.#underway.delete(user_id);
  }
}

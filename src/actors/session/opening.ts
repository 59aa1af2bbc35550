// How a session opens, all before its first request: from the token to the account, what its user and its address may
// still open, the registry, the greeting, the friend list. What state the session is in, the session keeps; it is told
// of each step in the turn in which it is taken.

import type { Store } from "../../db/store.ts";
import type { Place } from "../../domain/fair-share.ts";
import { limits } from "../../domain/limits.ts";
import type { Pools } from "../../domain/pools.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Friend, SelfUser } from "../../protocol/entities.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { encodeFailure } from "../../protocol/frame.ts";
import { crowded } from "../../protocol/outcome.ts";
import { type EncodeReady, encodePush } from "../../protocol/pushes.ts";
import type { Asking } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { type Frame, lateFrame } from "../delivery/late-frame.ts";
import type { FaultBoundary, Reply } from "../kernel/actor.ts";
import { atPlace, partyOf } from "../parties.ts";
import { type Allowance, type Allowances, takeAll, tooMuch, waitForAll } from "./allowances.ts";
import type { Arrival, Authenticator, Claims } from "./authenticator.ts";
import type { Requester } from "./calls.ts";
import { describeRelatedPeople, relationsIn, shownIn } from "./related-people.ts";

export interface OpeningDependencies {
  actors: Asking;
  gateway: Gateway;
  authenticator: Authenticator;
  store: Pick<Store, "friendships">;
  allowances: Allowances;
  greeting: EncodeReady;
  /** Bounds how many sessions open at once: those that are open have their turn between. */
  pools: Pick<Pools, "openings">;
  onFault: FaultBoundary;
}

/** The session, as far as its opening goes. */
export interface Opening {
  /** The token is ours: the registry knows of the session from now on, and must hear of its end. */
  claimed(claims: Claims): void;
  /** It is in the registry; its greeting goes out next. */
  ready(opened: Opened): void;
  close(reason: CloseReason): void;
}

export interface Opened {
  claims: Claims;
  from: Requester;
  /** When its token stops being good, Unix milliseconds. */
  expires_ms: number;
  /** What its requests take from besides its own bucket: the user's and the address's. */
  shared: readonly Allowance[];
}

/**
 * Opens it, or closes it with the reason why it can't be. Never rejects. Where it has to be read who it is, it takes its
 * turn for that among those of its address, and then among those of its user.
 */
export async function openSession(
  on: OpeningDependencies,
  session: SessionId,
  token: string,
  address: string,
  opening: Opening,
): Promise<void> {
  const inTurn = <Value>(party: string, work: (place: Place) => Promise<Value>): Promise<Value | typeof TURNED_AWAY> =>
    on.pools.openings.run<Value | typeof TURNED_AWAY>(
      { party, group: address },
      work,
      () => TURNED_AWAY,
      // The gateway knows at once: the session hears of its end when this has ended.
      () => on.gateway.isOpen(session),
    );
  try {
    const signed = on.authenticator.signed(token);
    // Only what has to be read takes a place.
    const claims =
      signed === undefined ? await inTurn(`address ${address}`, () => on.authenticator.claims(token)) : signed;
    if (claims === TURNED_AWAY) return turnAway(on, session, opening);
    // Who closed meanwhile isn't known to the registry, and would never be forgotten there.
    if (!on.gateway.isOpen(session)) return;
    if (!claims) return refuseToken(on, session, opening);
    const shared = [on.allowances.ofUser(claims.user_id), on.allowances.ofAddress(address)];
    // Before anything is read for it; yet who was robbed of the token doesn't pay for the thief once it is revoked.
    const wait_ms = waitForAll(shared, limits.session_cost);
    if (wait_ms > 0) return refuseForNow(on, session, wait_ms, opening);
    opening.claimed(claims);
    // Answered before the login is read: a revocation comes to one of the two.
    const admitted = await on.actors.request("presence", "admit", { user_id: claims.user_id, session });
    if (!admitted.ok) return turnAway(on, session, opening);
    const { party } = partyOf(claims.user_id, address);
    const came = await inTurn(party, (place) => openAs(atPlace(on, place), claims, shared, session, address, opening));
    if (came === TURNED_AWAY) turnAway(on, session, opening);
  } catch (error) {
    on.onFault(error, { address: `session:${session}`, call: "opened" });
    opening.close("server_fault");
  }
}

const TURNED_AWAY = Symbol("turned away");

async function openAs(
  on: OpeningDependencies,
  claims: Claims,
  shared: readonly Allowance[],
  session: SessionId,
  address: string,
  opening: Opening,
): Promise<void> {
  const arrival = await on.authenticator.arrival(claims);
  if (!arrival) return refuseToken(on, session, opening);
  const { account } = arrival;
  const wait_ms = takeAll(shared, limits.session_cost);
  if (wait_ms > 0) return refuseForNow(on, session, wait_ms, opening);
  const from = { id: account.user.id, session, address, ...(claims.is_bot && { is_bot: true as const }) };
  const opened = { claims, from, expires_ms: account.expires_ms, shared };
  const revision = await enter(on, arrival, opened, opening);
  if (revision !== null) await introduce(on, opened, revision, opening);
}

/** Too many open at once, or the client has gone. */
function turnAway({ gateway }: OpeningDependencies, session: SessionId, opening: Opening): void {
  gateway.send(session, encodeFailure(undefined, crowded().error));
  opening.close("server_fault");
}

function refuseToken({ gateway }: OpeningDependencies, session: SessionId, opening: Opening): void {
  const message = "The token is missing, malformed, expired or revoked.";
  gateway.send(session, encodePush("error", { reason: "SocketClosedBadJwt", code: "unauthorized", message }));
  opening.close("bad_token");
}

/** Its user, or its address, may not begin one more session yet. */
function refuseForNow(
  { gateway }: OpeningDependencies,
  session: SessionId,
  retry_after_ms: number,
  opening: Opening,
): void {
  gateway.send(session, encodeFailure(undefined, tooMuch(retry_after_ms).error));
  opening.close("rate_abuse");
}

/**
 * Has the registry take the session in, and greets the client in the registry's turn, with the friend list where what was
 * read of it is as told. If not, the revision of the user's relations as of then; null when the session was turned away,
 * too.
 */
function enter(
  on: OpeningDependencies,
  { account: { user, person, profile_seq: seq, self_seq, owner_id }, relations: rows }: Arrival,
  to_be: Opened,
  opening: Opening,
): Promise<number | null> {
  const { session } = to_be.from;
  const arriving = { user: person, seq, self_seq, owner_id, session, relations: relationsIn(rows) };
  return new Promise((resolve) => {
    on.actors.ask("presence", "open", arriving, (opened) => {
      if (!opened.ok) {
        opening.close(opened.error.code === "limit_reached" ? "too_many_sessions" : "server_fault");
        return resolve(null);
      }
      const { profile, friends, revision } = opened.value;
      opening.ready(to_be);
      const listed = friends ? friendFrames(shownIn(friends), to_be) : [];
      on.gateway.sendAll(session, [on.greeting(withProfile(user, profile), session), ...listed]);
      resolve(friends ? null : revision);
    });
  });
}

/** The user with what was told of them since they were read. */
function withProfile(user: SelfUser, told: Profile | null): SelfUser {
  if (!told) return user;
  const { name, profile_pic, bio, status, custom_status } = told;
  return { ...user, name, profile_pic, bio, status, custom_status };
}

/** Reads the friend list again, sends it, and has the session follow its friends. */
function introduce(on: OpeningDependencies, opened: Opened, revision: number, opening: Opening): Promise<void> {
  const { id: user_id, session } = opened.from;
  const send: Reply<Friend[]> = (people) => {
    if (!people.ok) return opening.close("server_fault");
    on.gateway.sendAll(session, friendFrames(people.value, opened));
  };
  return describeRelatedPeople(on, user_id, session, send, revision);
}

/** The friend list, for which the session owes by its length. */
function friendFrames(people: readonly Friend[], { shared }: Opened): Frame[] {
  const cost = Math.floor(people.length / limits.friends_per_token);
  if (cost > 0) for (const allowance of shared) allowance.owe(cost);
  const encode = (data: Friend) => encodePush("friend-list-update", { data });
  // What is little is worded at once: to keep in mind what is worded late costs more.
  if (people.length <= limits.friends_worded_at_once) return people.map(encode);
  return people.map((data) => lateFrame(() => encode(data)));
}

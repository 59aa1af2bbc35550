// Which sessions end when log-ins do.

import { expect, test } from "bun:test";
import { type SessionDependencies, sessionActor } from "../../../src/actors/session/actor.ts";
import type { Claims } from "../../../src/actors/session/authenticator.ts";
import type { SessionCalls } from "../../../src/actors/session/calls.ts";
import type { Opening } from "../../../src/actors/session/opening.ts";

type Revoked = SessionCalls["revoked"]["request"];

/** With what the socket of a log-in is closed; null where it stays. */
function closedBy(claims: Claims, revoked: Revoked): string | null {
  let closed: string | null = null;
  const on = {
    gateway: {
      close(_: number, reason: string) {
        closed = reason;
      },
    },
    actors: { tell: () => true, stop: () => {} },
    expiries: { forget: () => {} },
  };
  const { receive } = sessionActor(1, on as unknown as SessionDependencies);
  const session = receive as unknown as Opening & { revoked(request: Revoked): void };
  session.claimed(claims);
  session.revoked(revoked);
  return closed;
}

const reason = "token_revoked";
const by = (login: number, is_bot?: true): Claims => ({ user_id: 5, login, ...(is_bot && { is_bot }) });

test.each<[string, Claims, Revoked, boolean]>([
  ["one of those", by(7), { logins: [6, 7], reason }, true],
  ["none of those", by(7), { logins: [6], reason }, false],
  ["where all end", by(7), { logins: null, reason }, true],
  ["where all end but this one, which took their place", by(7), { logins: null, reason, spared: 7 }, false],
  ["where all end but another", by(7), { logins: null, reason, spared: 8 }, true],
  ["a bot's, where a secret is changed", by(7, true), { logins: null, reason, spares_bots: true }, false],
  ["a person's, where a secret is changed", by(7), { logins: null, reason, spares_bots: true }, true],
])("%s", (_, claims, revoked, is_closed) => {
  expect(closedBy(claims, revoked)).toBe(is_closed ? reason : null);
});

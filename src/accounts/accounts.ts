// The accounts, and what their calls share. They write through the store and, once a login is gone for good, have the
// presence registry close its sockets. They hold no state of their own.

import type { Actors } from "../actors/calls.ts";
import type { Commit } from "../actors/commit/commit.ts";
import type { Account, Authenticator, Claims } from "../actors/session/authenticator.ts";
import type { Store } from "../db/store.ts";
import type { LiveSettings } from "../db/upkeep/live-settings.ts";
import type { IdGenerator } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { CallBody, CallName, CallReply, calls } from "../protocol/http.ts";
import { failure, type Outcome } from "../protocol/outcome.ts";
import type { Log } from "../telemetry/log.ts";
import type { Arrivals } from "./arrivals.ts";
import { deviceName } from "./devices.ts";
import type { Guesses } from "./guesses.ts";
import type { Mailer } from "./mail/mailer.ts";
import { keptForm, type PasswordChecks } from "./password-checks.ts";
import type { PlaceOf } from "./places.ts";
import type { PushDoor } from "./push/composition.ts";
import type { Throttle } from "./throttle.ts";
import type { Tokens } from "./tokens.ts";

export interface AccountsDependencies {
  store: Pick<
    Store,
    | "users"
    | "logins"
    | "links"
    | "invites"
    | "registrationInvites"
    | "standing"
    | "operations"
    | "rooms"
    | "friendships"
    | "conversations"
    | "bots"
    | "made"
    | "pushSubscriptions"
  >;
  actors: Actors;
  commit: Commit;
  tokens: Tokens;
  authenticator: Authenticator;
  passwords: PasswordChecks;
  placeOf: PlaceOf;
  ids: IdGenerator;
  log: Log;
  clock(): number;
  settings: Pick<LiveSettings, "value">;
  arrivals: Pick<Arrivals, "welcome">;
  /** Something is left to do of an account that has ended. */
  goOn(): void;
  guesses: Guesses;
  push: PushDoor;
  /** Null where no mail is sent. */
  mailer: Mailer | null;
  throttles: Record<"login_address" | "register_address" | "mail_person" | "mail_address", Throttle>;
}

/** Where a call comes from. */
export interface Caller {
  /** The remote address, as text. */
  address: string;
  /** The user agent, where it says what it is. */
  agent?: string | null;
  /** The token that it brings, good or not, where it needs none. */
  token?: string | null;
}

export interface SignedIn extends Caller {
  account: Account;
  claims: Claims;
}

/** The handler of each HTTP call; all are told where the call comes from, those with a token whose it is, too. */
export type Accounts = Authenticator & {
  [Name in CallName]: (
    body: CallBody<Name>,
    by: (typeof calls)[Name]["bearer"] extends true ? SignedIn : Caller,
  ) => Promise<Outcome<CallReply<Name>>>;
};

/** A login that is still to be stored, and its token. */
export async function newLogin(
  { tokens, ids, clock }: Pick<AccountsDependencies, "tokens" | "ids" | "clock">,
  user_id: number,
  { address, agent = null }: Caller,
) {
  const now_ms = clock();
  const known_by = { device: deviceName(agent), address: address || null };
  const login = { id: ids.next(), user_id, created_at: now_ms, expires_at: now_ms + limits.token_age_ms, ...known_by };
  return { login, token: await tokens.sign({ user_id, login: login.id }, login.expires_at) };
}

/** Why it can't be anybody's new password, as a sentence for a person; null when it can. */
export function passwordFault(password: string): string | null {
  // Half a surrogate pair is no character: all of them would be hashed as the same one.
  if (!password.isWellFormed()) return "A password is made of whole characters.";
  const length = [...keptForm(password)].length;
  if (length >= limits.password_min_length && length <= limits.password_max_length) return null;
  return `A password has ${limits.password_min_length} to ${limits.password_max_length} characters.`;
}

export const signedOut = () => failure("unauthorized", "Log in: the token is missing, expired or revoked.");
export const tooOften = (retry_after_ms: number) =>
  failure("rate_limited", "Too many attempts; try again later.", { retry_after_ms });

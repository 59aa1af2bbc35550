// Who opens a session: what the session asks of the accounts, which are above it.

import type { FriendshipRow } from "../../db/queries/friendships.ts";
import type { Person } from "../../domain/presence.ts";
import type { SelfUser } from "../../protocol/entities.ts";

export interface Claims {
  user_id: number;
  login: number;
  is_bot?: true;
}

export interface Account {
  user: SelfUser;
  person: Person;
  /** The seq of the profile that both are part of. */
  profile_seq: number;
  /** How far the user's own topic was stored when they were read. */
  self_seq: number;
  /** Whose bot it is; null of a person. */
  owner_id: number | null;
  /** When the token stops being good, Unix milliseconds. */
  expires_ms: number;
  /** Whether the user runs the server. */
  is_admin: boolean;
}

/** An account, and whom it is related to, as of one moment. */
export interface Arrival {
  account: Account;
  /** Friends, requests and blocks, the latest first. */
  relations: readonly FriendshipRow[];
}

/** Says who a token belongs to, in two steps, so that a revocation between them is not missed. */
export interface Authenticator {
  /** The same as `claims`, at once; undefined of a token of which that has to be read. */
  signed(token: string): Claims | null | undefined;
  /** What a token says, if we signed it and it has not expired; null otherwise. */
  claims(token: string): Promise<Claims | null>;
  /** The account behind the claims, as stored now; null when the login is no longer good. */
  account(claims: Claims): Promise<Account | null>;
  /** The same for a session that opens, with all that it is told at once. */
  arrival(claims: Claims): Promise<Arrival | null>;
}

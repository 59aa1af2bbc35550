// Tokens over a change of the secret that signs them: one signs, and besides it former ones are good until the last token
// that they signed has expired, and one with which others may begin to sign before this process hears of it.
// Must not store a secret: what it is given has been.

import { type Follower, followedBy, type Texts } from "../db/upkeep/following.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** A secret that doesn't sign here, and until when its tokens are good, in Unix milliseconds. */
export interface FormerSecret {
  secret: string;
  until_ms: number;
}

export interface RotatingTokens extends Tokens {
  /** The secrets that are good besides the one that signs. */
  former(): FormerSecret[];
  /** From now on this one signs, and besides it only these are good. */
  rotate(secret: string, former: readonly FormerSecret[]): void;
  /** The one that signs. */
  secret(): string;
  /** Takes over what another process has stored; `secretsIn` says what that is, null for nothing. */
  following(
    keys: readonly string[],
    secretsIn: (texts: Texts) => { secret: string; former: FormerSecret[] } | null,
  ): Follower;
}

export function rotatingTokens(
  first: string,
  former_secrets: readonly FormerSecret[],
  clock: () => number,
): RotatingTokens {
  const over = (former: FormerSecret) => ({ ...former, tokens: createTokens(former.secret, clock) });
  let secret = first;
  let newest = createTokens(first, clock);
  let former = former_secrets.map(over);
  let kept = JSON.stringify(former_secrets);
  let followed: ReturnType<typeof followedBy> | null = null;
  const become = (next: string, good: readonly FormerSecret[]) => {
    secret = next;
    newest = createTokens(next, clock);
    former = good.map(over);
    kept = JSON.stringify(good);
  };
  const standing = () => former.filter(({ until_ms }) => until_ms > clock());
  return {
    secret: () => secret,
    former: () => standing().map(({ secret: one, until_ms }) => ({ secret: one, until_ms })),
    rotate(next, good) {
      followed?.changed();
      become(next, good);
    },
    following(keys, secretsIn) {
      followed = followedBy(keys, (texts) => {
        const stored = secretsIn(texts);
        if (stored === null) return;
        if (stored.secret !== secret || JSON.stringify(stored.former) !== kept) become(stored.secret, stored.former);
      });
      return followed;
    },
    sign: (claims, expires_ms) => newest.sign(claims, expires_ms),
    verify(token) {
      const claims = newest.verify(token);
      if (claims || former.length === 0) return claims;
      for (const { tokens } of standing()) {
        const found = tokens.verify(token);
        if (found) return found;
      }
      return null;
    },
  };
}
